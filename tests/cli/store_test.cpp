#include "demo/photos.hpp"
#include "tests/cli/cli.hpp"
#include "tests/storage/fixtures.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <sstream>

using namespace chiptrail;
using namespace chiptrail::tests;
using nlohmann::json;

namespace {

/// Two posts, one with a Dell photo and one with a photo of an Nvidia card.
void fill(const std::filesystem::path& folder) {
    OpenStore filled(folder);
    filled.add_post(listing("17"));
    auto card = listing("18");
    card.title = "计算卡 80GB\x1b[31m";
    card.price = {"$9", "9", "", "USD"};
    filled.add_post(card);
    const auto dell =
        filled.fetch_photo("https://cdn.example/17-a.jpg", demo::draw_photo("dell-xe9680.jpg"));
    const auto nvidia =
        filled.fetch_photo("https://cdn.example/18-a.jpg", demo::draw_photo("h100-card.jpg"));
    filled.detect(dell.sha256, {finding("dell", 0.97)});
    filled.detect(nvidia.sha256, {finding("nvidia", 0.75)});
    static_cast<void>(filled.store.hits().recompute({}, at("10:03:00")));
    filled.store.runs().finish(filled.run, storage::RunStatus::done, {}, at("10:04:00"));
}

std::vector<json> lines_of(const std::string& text) {
    std::vector<json> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(json::parse(line));
    }
    return lines;
}

struct FilledCli : Cli {
    FilledCli() {
        fill(data());
    }
};

}  // namespace

TEST_CASE("cli: hits --json gives one object a hit, strongest first", "[cli][hits]") {
    const FilledCli chiptrail;
    const auto result = chiptrail({"hits", "--json"});

    CHECK(result.exit_code == 0);
    CHECK(schema_problem("hits", result.out) == "");
    const auto hits = lines_of(result.out);
    REQUIRE(hits.size() == 2);
    CHECK(hits[0].at("brands") == json::array({"dell"}));
    CHECK(hits[0].at("score") == 0.97);
    CHECK(hits[0].at("decision") == "undecided");
    CHECK(hits[0].at("post").at("price").at("amount") == 450);
    CHECK(hits[0].at("image").at("url") == "https://cdn.example/17-a.jpg");
    CHECK(hits[1].at("brands") == json::array({"nvidia"}));
}

TEST_CASE("cli: options of hits choose, and what nothing fits is explained", "[cli][hits]") {
    struct Row {
        std::vector<std::string> options;
        std::size_t count;
    };
    const auto row = GENERATE(values<Row>({
        {{"--brand", "dell"}, 1},
        {{"--brand", "dell", "--brand", "nvidia"}, 2},
        {{"--min-score", "0.9"}, 1},
        {{"--source", "shop"}, 2},
        {{"--source", "elsewhere"}, 0},
        {{"--decision", "confirmed"}, 0},
        {{"--decision", "undecided", "--decision", "confirmed"}, 2},
        {{"--text", "计算卡"}, 1},
        {{"--since", "2026-11-24"}, 0},
        {{"--since", "2026-11-23"}, 2},
        {{"--until", "2026-11-23"}, 0},
        {{"--limit", "1"}, 1},
        {{"--limit", "0"}, 2},
    }));
    const FilledCli chiptrail;
    std::vector<std::string> arguments = {"hits", "--json"};
    arguments.insert(arguments.end(), row.options.begin(), row.options.end());
    CAPTURE(arguments);

    const auto result = chiptrail(arguments);
    CHECK(result.exit_code == 0);
    CHECK(lines_of(result.out).size() == row.count);
    if (row.count == 0) {
        CHECK_THAT(result.err, Catch::Contains("dell (1)") && Catch::Contains("shop (2)"));
    }
}

TEST_CASE("cli: hits for people is a table that strangers' text cannot break", "[cli][hits]") {
    const FilledCli chiptrail;
    const auto result = chiptrail({"hits"});

    CHECK(result.exit_code == 0);
    CHECK_THAT(result.out, Catch::StartsWith("HIT") && Catch::Contains("EUR 450.00"));
    CHECK_THAT(result.out, Catch::Contains("计算卡 80GB[31m"));
    CHECK_THAT(result.out, !Catch::Contains("\x1b"));
    CHECK_THAT(result.err, Catch::Contains("2 hits"));
    CHECK(chiptrail({"hits", "--quiet"}).err.empty());
}

TEST_CASE("cli: show tells everything behind a hit from the first digits of its id", "[cli]") {
    const FilledCli chiptrail;
    const auto id = lines_of(chiptrail({"hits", "--json"}).out).front().at("id").get<std::string>();

    const auto shown = chiptrail({"show", id.substr(0, 6)});
    CHECK(shown.exit_code == 0);
    CHECK_THAT(shown.out,
               Catch::Contains("Hit " + id) && Catch::Contains("https://shop.example/item/17") &&
                   Catch::Contains("192.0.2.7") && Catch::Contains("exact word"));
    const auto object = chiptrail({"show", id, "--json"});
    CHECK(schema_problem("show", object.out) == "");
    CHECK(json::parse(object.out).at("page_fetch").at("robots").at("rule") == "Allow: /");

    for (const auto* unknown : {"ffffffff", "ff", "../../etc", ""}) {
        CAPTURE(unknown);
        const auto failed = chiptrail({"show", unknown});
        CHECK(failed.exit_code == 1);
        CHECK_THAT(failed.err, Catch::Contains("`chiptrail hits` lists their ids"));
    }
}

TEST_CASE("cli: export writes a folder that sha256sum confirms", "[cli][export]") {
    const FilledCli chiptrail;
    const auto id = lines_of(chiptrail({"hits", "--json"}).out).front().at("id").get<std::string>();
    const auto folder = chiptrail.folder() / "case";

    const auto result = chiptrail({"export", id.substr(0, 8), "-o", folder.string()});
    CHECK(result.exit_code == 0);
    CHECK(result.out == folder.string() + "\n");
    auto options = chiptrail.options();
    options.folder = folder;
    const auto sums = run_program(
        "/usr/bin/sha256sum", {"--check", "--quiet", "--strict", "SHA256SUMS"}, options);
    CHECK(sums.exit_code == 0);

    const auto again = chiptrail({"export", id, "-o", folder.string()});
    CHECK(again.exit_code == 1);
    CHECK_THAT(again.err, Catch::Contains(folder.string()));
}

TEST_CASE("cli: export --confirmed takes what the review confirmed", "[cli][export]") {
    const FilledCli chiptrail;
    const auto none = chiptrail({"export", "--confirmed", "-o", "case"});
    CHECK(none.exit_code == 1);
    CHECK_THAT(none.err, Catch::Contains("chiptrail review"));
    {
        storage::Store store(chiptrail.data());
        store.hits().decide(store.hits().list({}).rows.front().id,
                            storage::Verdict::confirm,
                            "mei",
                            "",
                            at("11:00:00"));
    }
    const auto some = chiptrail({"export", "--confirmed", "-o", "case"});
    CHECK(some.exit_code == 0);
    CHECK_THAT(some.err, Catch::Contains("1 hit,"));
}

TEST_CASE("cli: commands that look make no store, and say how to get one", "[cli]") {
    const Cli chiptrail;
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {"hits"}, {"show", "3f2a91"}, {"export", "3f2a91", "-o", "x"}, {"review"}}) {
        CAPTURE(arguments.front());
        const auto result = chiptrail(arguments);
        CHECK(result.exit_code == 1);
        CHECK_THAT(
            result.err,
            Catch::Contains(chiptrail.data().string()) && Catch::Contains("chiptrail crawl"));
        CHECK_FALSE(std::filesystem::exists(chiptrail.data()));
    }
}

TEST_CASE("cli: a store that is none, or damaged, is named", "[cli]") {
    const Cli chiptrail;
    static_cast<void>(chiptrail.file("data/chiptrail/chiptrail.db",
                                     "this is a text of some length and surely no database"));

    const auto result = chiptrail({"hits"});
    CHECK(result.exit_code == 1);
    CHECK_THAT(result.err, Catch::Contains("chiptrail.db"));
}

TEST_CASE("cli: review serves on loopback until Ctrl-C, and refuses other addresses",
          "[cli][review]") {
    const FilledCli chiptrail;
    Program review(CHIPTRAIL_PROGRAM, {"review", "--listen", "127.0.0.1:0"}, chiptrail.options());
    REQUIRE(review.wait_for("Ctrl-C ends the review"));
    CHECK_THAT(review.out(), Catch::StartsWith("http://127.0.0.1:"));
    review.signal(SIGINT);
    const auto ended = review.wait();
    CHECK(ended.exit_code == 0);
    CHECK_THAT(ended.err, Catch::Contains("start `chiptrail review` again"));

    const auto open = chiptrail({"review", "--listen", "0.0.0.0:0"});
    CHECK(open.exit_code == 2);
    const auto bad = chiptrail({"review", "--listen", "8017"});
    CHECK(bad.exit_code == 2);
    CHECK_THAT(bad.err, Catch::Contains("127.0.0.1:8017"));
}
