#include "evidence/export.hpp"

#include "core/file.hpp"
#include "tests/storage/fixtures.hpp"
#include "tests/support/json_schema.hpp"
#include "tests/support/temp_dir.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>

using namespace chiptrail;
using namespace chiptrail::tests;
using evidence::export_hits;
using evidence::ExportOptions;
using nlohmann::json;

namespace {

const std::string kPhoto = "\xFF\xD8\xFF\xE0 photo bytes";
const std::string kPage = "<!DOCTYPE html><title>R740</title>";

/// A store with one hit, whose page was reached over a redirect.
struct ExportStore : OpenStore {
    explicit ExportStore(const std::filesystem::path& folder) : OpenStore(folder) {
        const auto post = listing("1");
        auto moved = page_exchange("http://shop.example/item/1", "");
        moved.status = 301;
        moved.response_headers = {{"Location", post.url}};
        store.fetches().add(moved, {run, "shop", post.url, 0, std::nullopt});
        const auto page = store.fetches().add(page_exchange(post.url, kPage),
                                              {run, "shop", post.url, 1, std::nullopt});
        store.posts().upsert("shop", post, storage::Sighting::own_page, page, at("10:00:00"));
        photo = fetch_photo("https://cdn.example/1-a.jpg", kPhoto);
        detect(photo.sha256, {finding("dell", 0.93)});
        store.hits().recompute({}, at("10:03:00"));
        hit = storage::hit_id("shop", "1", photo.sha256);
        store.hits().decide(hit, storage::Verdict::confirm, "mara", "clear", at("10:04:00"));
    }
    storage::Blob photo;
    storage::HitId hit;
};

ExportOptions options() {
    ExportOptions options;
    options.version = "0.1.0";
    options.exported_at = at("12:00:00");
    options.annotate = [](std::string_view, const std::vector<core::Finding>& findings) {
        return std::optional<std::string>("\xFF\xD8\xFF marked " + findings.at(0).brand);
    };
    return options;
}

std::string content(const std::filesystem::path& path) {
    const auto bytes = core::read_file(path, 1'000'000);
    REQUIRE(bytes);
    return *bytes;
}

std::map<std::string, std::string> all_files(const std::filesystem::path& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) {
            files[std::filesystem::relative(entry.path(), folder).string()] = content(entry.path());
        }
    }
    return files;
}

int sha256sum(const std::filesystem::path& folder) {
    const auto command =
        "cd '" + folder.string() + "' && sha256sum --strict --quiet -c SHA256SUMS >/dev/null 2>&1";
    return std::system(command.c_str());  // NOLINT(concurrency-mt-unsafe)
}

bool is_empty_folder(const std::filesystem::path& folder) {
    return std::filesystem::directory_iterator(folder) == std::filesystem::directory_iterator();
}

}  // namespace

TEST_CASE("export: sha256sum agrees with every file, and sees a changed byte", "[evidence]") {
    const TempDir folder;
    ExportStore open(folder / "data");
    const auto result = export_hits(open.store, {open.hit}, folder / "out", options());

    CHECK(sha256sum(folder / "out") == 0);
    const auto files = all_files(folder / "out");
    CHECK(files.size() == result.files);
    const auto& sums = files.at("SHA256SUMS");
    CHECK(std::count(sums.begin(), sums.end(), '\n') == static_cast<long>(files.size() - 1));
    CHECK(core::sha256(sums).hex() == result.sums_sha256);

    std::ofstream(folder / "out" / "hits" / open.hit.text / "hit.json", std::ios::app) << " ";
    CHECK(sha256sum(folder / "out") != 0);
}

TEST_CASE("export: originals lie there byte for byte, named by hash and kind", "[evidence]") {
    const TempDir folder;
    ExportStore open(folder / "data");
    export_hits(open.store, {open.hit}, folder / "out", options());
    auto files = all_files(folder / "out" / "hits" / open.hit.text);

    CHECK(files.at("photo/" + core::sha256(kPhoto).hex() + ".jpg") == kPhoto);
    CHECK(files.at("page/" + core::sha256(kPage).hex() + ".html") == kPage);
    CHECK(files.at("annotated.jpg") == "\xFF\xD8\xFF marked dell");
    CHECK(files.at("page/request.txt") ==
          "GET https://shop.example/item/1 HTTP/1.1\nHost: shop.example\n"
          "User-Agent: chiptrail/0.1\n");
    CHECK(files.at("page/response.txt") ==
          "HTTP/1.1 200 OK\nContent-Type: text/html\nSet-Cookie: a=1\nSet-Cookie: b=2\n");
    CHECK(files.at("redirects/1-response.txt") ==
          "HTTP/1.1 301 OK\nLocation: https://shop.example/item/1\n");
}

TEST_CASE("export: hit.json leads from the finding back to the bytes", "[evidence]") {
    const TempDir folder;
    ExportStore open(folder / "data");
    export_hits(open.store, {open.hit}, folder / "out", options());
    const auto root = folder / "out" / "hits" / open.hit.text;
    const auto hit = json::parse(content(root / "hit.json"));

    CHECK(hit.at("schema") == "chiptrail.hit/1");
    CHECK(hit.at("id") == open.hit.text);
    CHECK(hit.at("detection").at("findings").at(0).at("brand") == "dell");
    CHECK(hit.at("detection").at("findings").at(0).at("box") == json({10, 20, 30, 12}));
    CHECK(hit.at("detection").at("stages").at("detect") == 0.2);
    CHECK(hit.at("decisions").at(0).at("verdict") == "confirm");
    CHECK(hit.at("state") == "confirmed");
    CHECK(hit.at("history").at(0).at("post").at("title") == "Dell PowerEdge R740");
    CHECK(hit.at("page").at("robots").at("line") == 7);
    CHECK(hit.at("page").at("remote_ip") == "192.0.2.7");
    CHECK(hit.at("redirects").at(0).at("status") == 301);
    CHECK(hit.at("run").at("command") == "crawl");
    const auto photo = content(root / hit.at("image").at("file").get<std::string>());
    CHECK(core::sha256(photo).hex() == hit.at("image").at("sha256"));
}

TEST_CASE("export: each finding has its id, its parts and pictures that explain it", "[evidence]") {
    const TempDir folder;
    ExportStore open(folder / "data");
    auto word = finding("dell", 0.93);
    word.parts = {{"confidence of the reader", 0.95}, {"length of the name", 0.98}};
    word.rotation = 90;
    word.scale = 1.5;
    auto symbol = finding("dell", 0.8);
    symbol.kind = core::FindingKind::symbol;
    symbol.box = {100, 200, 40, 40};
    symbol.reference = "dell/roundel";
    open.store.images().describe_detector(
        {"v2", "ppocr-v4/9", "aa", "bb", R"({"max_tiles":6})", "0.2", std::nullopt},
        at("10:05:00"));
    storage::Detection newer;
    newer.image = open.photo.sha256;
    newer.detector = "v2";
    newer.at = at("10:05:00");
    newer.findings = {word, symbol};
    open.store.images().save_detection(newer);
    open.store.hits().recompute({}, at("10:06:00"));

    auto explaining = options();
    explaining.explain = [](std::string_view photo, const core::Finding& finding) {
        CHECK(photo == kPhoto);
        const bool is_symbol = finding.kind == core::FindingKind::symbol;
        return evidence::FindingView{"\xFF\xD8\xFF place " + finding.text,
                                     is_symbol ? "\x89PNG\r\n\x1A\n mark" : "",
                                     is_symbol ? "" : "Dell"};
    };
    export_hits(open.store, {open.hit}, folder / "out", explaining);
    CHECK(sha256sum(folder / "out") == 0);
    const auto root = folder / "out" / "hits" / open.hit.text;
    const auto hit = json::parse(content(root / "hit.json"));
    const auto ids = open.store.images().newest_detection(open.photo.sha256)->finding_ids;

    const auto& detection = hit.at("detection");
    CHECK(detection.at("made_by").at("models_sha256") == "aa");
    CHECK(detection.at("made_by").at("settings").at("max_tiles") == 6);
    CHECK(detection.at("copied_from").is_null());
    const auto& findings = detection.at("findings");
    REQUIRE(findings.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        const bool is_symbol = findings.at(i).at("kind") == "symbol";
        CHECK(findings.at(i).at("id") == ids.at(i).text);
        CHECK(content(root / findings.at(i).at("place_file").get<std::string>())
                  .starts_with("\xFF\xD8\xFF place"));
        CHECK(findings.at(i).at("reference_file").is_null() != is_symbol);
        CHECK(findings.at(i).at("spelling") == (is_symbol ? json(nullptr) : json("Dell")));
        CHECK(findings.at(i).at("reference") == (is_symbol ? json("dell/roundel") : json(nullptr)));
        CHECK(findings.at(i).at("parts").size() == (is_symbol ? 0 : 2));
        CHECK(findings.at(i).at("rotation") == (is_symbol ? 0 : 90));
    }
    const auto schema =
        std::filesystem::path(CHIPTRAIL_SOURCE_DIR) / "docs" / "schemas" / "export-hit.schema.json";
    CHECK(SchemaCheck(json::parse(content(schema))).problems(hit).empty());
}

TEST_CASE("export: the same store gives the same bytes, the time stands in the manifest alone",
          "[evidence]") {
    const TempDir folder;
    ExportStore open(folder / "data");
    auto later = options();
    later.exported_at = at("13:00:00");
    export_hits(open.store, {open.hit}, folder / "a", options());
    export_hits(open.store, {open.hit, open.hit}, folder / "b", options());
    export_hits(open.store, {open.hit}, folder / "c", later);

    CHECK(all_files(folder / "a") == all_files(folder / "b"));
    auto first = all_files(folder / "a");
    auto third = all_files(folder / "c");
    CHECK(first != third);
    for (const auto* name : {"manifest.json", "SHA256SUMS"}) {
        first.erase(name);
        third.erase(name);
    }
    CHECK(first == third);
}

TEST_CASE("export: an export happens whole or leaves nothing", "[evidence]") {
    const TempDir folder;
    ExportStore open(folder / "data");
    std::filesystem::create_directory(folder / "place");
    const auto out = folder / "place" / "out";

    SECTION("a folder with something in it is refused") {
        std::filesystem::create_directory(out);
        std::ofstream(out / "mine.txt") << "keep";
        CHECK_THROWS_WITH(export_hits(open.store, {open.hit}, out, options()),
                          Catch::Contains("is not empty"));
        CHECK(all_files(out).size() == 1);
    }
    SECTION("a file is refused") {
        std::ofstream(out) << "keep";
        CHECK_THROWS_WITH(export_hits(open.store, {open.hit}, out, options()),
                          Catch::Contains("is a file"));
    }
    SECTION("an empty folder is used, also with a slash at the end") {
        std::filesystem::create_directory(out);
        export_hits(open.store, {open.hit}, out / "", options());
        CHECK(sha256sum(out) == 0);
    }
    SECTION("a hit that is not there") {
        CHECK_THROWS_WITH(export_hits(open.store, {open.hit, {"0000000000000000"}}, out, options()),
                          Catch::Contains("no hit 0000"));
        CHECK(is_empty_folder(folder / "place"));
    }
    SECTION("no hit at all") {
        CHECK_THROWS_WITH(export_hits(open.store, {}, out, options()),
                          Catch::Contains("nothing to export"));
    }
    SECTION("stored bytes that were changed") {
        std::ofstream(open.store.blobs().path_of(open.photo.sha256), std::ios::binary)
            << std::string(kPhoto.size(), 'x');
        CHECK_THROWS_WITH(export_hits(open.store, {open.hit}, out, options()),
                          Catch::Contains("was changed after it was stored"));
        CHECK(is_empty_folder(folder / "place"));
    }
    SECTION("stored bytes that are missing") {
        std::filesystem::remove(open.store.blobs().path_of(open.photo.sha256));
        CHECK_THROWS_WITH(export_hits(open.store, {open.hit}, out, options()),
                          Catch::Contains(open.photo.sha256.hex()));
        CHECK(is_empty_folder(folder / "place"));
    }
}

TEST_CASE("export: what cannot be shown is said and the rest is exported", "[evidence]") {
    const TempDir folder;
    ExportStore open(folder / "data");
    auto plain = options();
    plain.annotate = [](std::string_view, const std::vector<core::Finding>&) {
        return std::optional<std::string>();
    };
    plain.max_blob_bytes = kPhoto.size();
    const auto result = export_hits(open.store, {open.hit}, folder / "out", plain);

    REQUIRE(result.warnings.size() == 2);
    CHECK_THAT(result.warnings[0], Catch::Contains("was not copied"));
    CHECK_THAT(result.warnings[1], Catch::Contains("could not be drawn on"));
    const auto hit = json::parse(content(folder / "out" / "hits" / open.hit.text / "hit.json"));
    CHECK(hit.at("page").at("body").at("file").is_null());
    CHECK(hit.at("page").at("body").at("sha256") == core::sha256(kPage).hex());
    CHECK(sha256sum(folder / "out") == 0);
}

TEST_CASE("export: a stranger's text writes no line and no name of ours", "[evidence]") {
    const TempDir folder;
    ExportStore open(folder / "data");
    auto exchange = page_exchange("https://shop.example/item/../../evil", "<html>2");
    exchange.reason = "OK\nX-Forged: 1";
    exchange.response_headers = {{"Content-Disposition", "attachment; filename=../../x"},
                                 {"X-Bytes", "\xE9t\xE9\r\nX-Forged: 2"}};
    const auto fetch = open.store.fetches().add(
        exchange, {open.run, "shop", "https://shop.example/item/1", 0, std::nullopt});
    auto post = listing("1");
    post.title = "bad \xFF bytes";
    open.store.posts().upsert("shop", post, storage::Sighting::own_page, fetch, at("11:00:00"));
    export_hits(open.store, {open.hit}, folder / "out", options());

    const auto response =
        content(folder / "out" / "hits" / open.hit.text / "page" / "response.txt");
    CHECK(std::count(response.begin(), response.end(), '\n') == 3);
    CHECK_THAT(response, Catch::Contains("\xE9t\xE9\\r\\nX-Forged: 2"));
    CHECK(sha256sum(folder / "out") == 0);
    for (const auto& [name, bytes] : all_files(folder / "out")) {
        CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789./-READMESHU") ==
              std::string::npos);
    }
}

TEST_CASE("export: the documents are what the published schemas say", "[evidence]") {
    const TempDir folder;
    ExportStore open(folder / "data");
    open.store.posts().mark_gone(open.store.posts().find("shop", "1")->id,
                                 open.fetch_page("https://shop.example/item/1"),
                                 at("11:00:00"));
    open.store.hits().undo(open.hit, "mara", at("11:01:00"));
    export_hits(open.store, {open.hit}, folder / "out", options());
    const auto schemas = std::filesystem::path(CHIPTRAIL_SOURCE_DIR) / "docs" / "schemas";
    const auto check = [&](const char* schema, const std::filesystem::path& document) {
        return SchemaCheck(json::parse(content(schemas / schema)))
            .problems(json::parse(content(folder / "out" / document)));
    };
    CHECK(check("export-manifest.schema.json", "manifest.json") == std::vector<std::string>());
    CHECK(check("export-hit.schema.json",
                std::filesystem::path("hits") / open.hit.text / "hit.json") ==
          std::vector<std::string>());
    CHECK_FALSE(check("export-hit.schema.json", "manifest.json").empty());
}
