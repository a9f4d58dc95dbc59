#include "storage/store.hpp"
#include "tests/cli/cli.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <utility>

using namespace chiptrail;
using chiptrail::tests::Cli;
using chiptrail::tests::has_models;

TEST_CASE("cli: the demo crawls its sites, shows each hit once and says what to do next",
          "[cli][demo][slow]") {
    if (!has_models()) {
        return;
    }
    const Cli chiptrail;
    auto options = chiptrail.options();
    options.timeout = std::chrono::minutes{8};
    const auto folder = chiptrail.folder() / "demo";

    const auto result = chiptrail.run({"--data", folder.string(), "demo"}, options);
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.out, Catch::Contains("demo-market") && Catch::Contains("demo-forum"));
    for (const auto* brand : {"dell", "lenovo", "supermicro", "inspur", "nvidia", "cisco"}) {
        CAPTURE(brand);
        CHECK_THAT(result.out, Catch::Contains(brand));
    }
    CHECK_THAT(result.out, Catch::Contains(folder.string() + " review"));

    storage::Store store(folder);
    std::set<std::pair<std::string, std::string>> seen;
    for (const auto& hit : store.hits().list({}).rows) {
        CAPTURE(hit.post.url, hit.post.title);
        CHECK(seen.emplace(hit.post.title, hit.image.blob.sha256.hex()).second);
        CHECK(
            std::filesystem::exists(folder / "thumbnails" / (hit.id.text.substr(0, 10) + ".jpg")));
    }
    CHECK(seen.size() >= 10);

    const auto again = chiptrail({"--data", folder.string(), "demo"});
    CHECK(again.exit_code == 2);
    CHECK_THAT(again.err, Catch::Contains("holds a store already"));
}
