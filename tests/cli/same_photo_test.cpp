#include "demo/photos.hpp"
#include "tests/cli/cli.hpp"
#include "tests/storage/fixtures.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <sstream>

using namespace chiptrail;
using namespace chiptrail::tests;
using nlohmann::json;

namespace {

std::vector<json> lines_of(const std::string& text) {
    std::vector<json> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(json::parse(line));
    }
    return lines;
}

/// Half as wide and recompressed, as a site or a reposter makes it.
std::string smaller_copy(const std::string& photo) {
    const std::vector<unsigned char> bytes(photo.begin(), photo.end());
    cv::Mat pixels = cv::imdecode(bytes, cv::IMREAD_COLOR);
    cv::resize(pixels, pixels, {}, 0.5, 0.5, cv::INTER_AREA);
    std::vector<unsigned char> out;
    cv::imencode(".jpg", pixels, out, {cv::IMWRITE_JPEG_QUALITY, 70});
    return {out.begin(), out.end()};
}

/// A photo in one post and a smaller copy of it in another; nobody has looked at either.
struct RepostCli : Cli {
    RepostCli() {
        const auto photo = demo::draw_photo("dell-xe9680.jpg");
        OpenStore filled(data());
        filled.add_post(listing("17"));
        filled.add_post(listing("18"));
        original = filled.fetch_photo("https://cdn.example/17-a.jpg", photo).sha256.hex();
        copy = filled.fetch_photo("https://cdn.example/18-a.jpg", smaller_copy(photo)).sha256.hex();
        filled.store.runs().finish(filled.run, storage::RunStatus::done, {}, at("10:04:00"));
        static_cast<void>(file("photo.jpg", photo));
    }
    std::string original;
    std::string copy;
};

const json& sum(const std::vector<json>& lines) {
    REQUIRE_FALSE(lines.empty());
    return lines.back();
}

}  // namespace

TEST_CASE("cli: a repost is one detection for all, found, explained and looked at again",
          "[cli][same]") {
    if (!has_models()) {
        return;
    }
    const RepostCli chiptrail;

    const auto first = chiptrail({"redetect", "--json"});
    CHECK(first.exit_code == 0);
    CHECK(schema_problem("redetect", first.out) == "");
    const auto looked = lines_of(first.out);
    CHECK(sum(looked).at("done") == 2);
    CHECK(sum(looked).at("copied") == 1);
    CHECK(sum(looked).at("hits").at("total") == 2);

    const auto again = chiptrail({"redetect", "--json"});
    CHECK(sum(lines_of(again.out)).at("selected") == 0);

    // Everything once more: the same detector says the same, so nothing is added.
    const auto all = sum(lines_of(chiptrail({"redetect", "--all", "--json"}).out));
    CHECK(all.at("done") == 2);
    CHECK(all.at("changed") == 0);
    {
        storage::Store store(chiptrail.data());
        for (const auto& photo : {chiptrail.original, chiptrail.copy}) {
            CHECK(store.images().detections(*core::Sha256::from_hex(photo)).size() == 1);
        }
    }

    const auto hits = lines_of(chiptrail({"hits", "--json"}).out);
    REQUIRE(hits.size() == 2);
    for (const auto& hit : hits) {
        const auto shown = chiptrail({"show", hit.at("id"), "--json"});
        CHECK(schema_problem("show", shown.out) == "");
        const auto detail = json::parse(shown.out);
        REQUIRE(detail.at("also_posted").size() == 1);
        CHECK(detail.at("also_posted")[0].at("hit").is_string());
        const bool is_copy = hit.at("image").at("sha256") == chiptrail.copy;
        CHECK(detail.at("copied_from").is_null() != is_copy);
        if (is_copy) {
            CHECK(detail.at("copied_from").at("sha256") == chiptrail.original);
        }
    }

    const auto same = chiptrail({"same", "photo.jpg", "--json"});
    CHECK(same.exit_code == 0);
    CHECK(schema_problem("same", same.out) == "");
    const auto posts = lines_of(same.out);
    REQUIRE(posts.size() == 2);
    CHECK(posts[0].at("exact") == true);
    CHECK(posts[1].at("exact") == false);
    CHECK(posts[1].at("distance").get<int>() <= 31);
    CHECK_THAT(chiptrail({"same", hits[0].at("id")}).out, Catch::Contains("same bytes"));

    const auto explained = chiptrail({"explain", hits[0].at("id"), "-o", "why.png", "--json"});
    CHECK(explained.exit_code == 0);
    CHECK(schema_problem("explain", explained.out) == "");
    const auto finding = json::parse(explained.out);
    CHECK(finding.at("brand") == "dell");
    CHECK(finding.at("detector").at("lexicon_sha256").get<std::string>().size() == 64);
    const auto picture = cv::imread((chiptrail.folder() / "why.png").string());
    CHECK(picture.cols == 1280);
    CHECK(picture.rows > 800);
    CHECK_THAT(chiptrail({"explain", finding.at("id")}).out, Catch::Contains("detector"));

    // With other word lists Dell is nobody's name: what was decided stays.
    const auto names = chiptrail.file(
        "brands.toml", "[[brand]]\nkey = \"acme\"\nname = \"Acme\"\nspellings = [\"ACME\"]\n");
    const auto models = chiptrail.file("watchlist.toml", "[search]\nterms = [\"acme\"]\n");
    const auto config = chiptrail.file(
        "other.toml",
        "[marks]\nbrands_file = \"" + names + "\"\nwatchlist_file = \"" + models + "\"\n");
    {
        storage::Store store(chiptrail.data());
        store.hits().decide(
            {hits[0].at("id")}, storage::Verdict::confirm, "mara", "", at("11:00:00"));
    }
    const auto dry = chiptrail({"--config", config, "redetect", "--dry-run", "--json"});
    CAPTURE(dry.err);
    CHECK(sum(lines_of(dry.out)).at("findings").at("gone").get<int>() >= 2);
    CHECK(lines_of(chiptrail({"hits", "--json"}).out).size() == 2);
    const auto changed = chiptrail({"--config", config, "redetect", "--json"});
    CHECK(sum(lines_of(changed.out)).at("hits").at("withdrawn") == 2);
    const auto left = lines_of(chiptrail({"hits", "--json"}).out);
    REQUIRE(left.size() == 1);
    CHECK(left[0].at("decision") == "confirmed");
    CHECK(left[0].at("no_longer_found_since").is_string());
    CHECK_THAT(chiptrail({"show", left[0].at("id")}).out, Catch::Contains("No longer found"));
    CHECK_THAT(chiptrail({"explain", finding.at("id")}).out, Catch::Contains("no longer found"));
}
