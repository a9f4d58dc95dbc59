#include "config/config.hpp"

#include "core/file.hpp"
#include "tests/support/temp_dir.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace chiptrail;
using namespace std::chrono_literals;
using chiptrail::tests::TempDir;

namespace fs = std::filesystem;

namespace {

config::Surroundings surroundings_in(const fs::path& folder) {
    config::Surroundings result;
    result.home = folder / "home";
    result.xdg_config_home = folder / "xdg-config";
    result.xdg_data_home = folder / "xdg-data";
    result.working_folder = folder / "work";
    result.shipped = fs::path(CHIPTRAIL_SOURCE_DIR) / "config";
    return result;
}

config::Config parse(std::string_view text) {
    return config::parse(text, "/case/chiptrail.toml", surroundings_in("/nowhere"));
}

void touch(const fs::path& path) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "";
}

std::string shipped_text() {
    return core::read_file(fs::path(CHIPTRAIL_SOURCE_DIR) / "config" / "chiptrail.toml", 1'000'000)
        .value();
}

}  // namespace

TEST_CASE("config: the shipped file says of every key what holds without it", "[config]") {
    const auto text = shipped_text();
    const auto shipped = parse(text);
    const auto empty = parse("");

    CHECK(shipped.settings.size() > 40);
    CHECK(shipped.settings == empty.settings);
    for (const auto& [name, value] : empty.settings) {
        CAPTURE(name);
        const auto key = name.substr(name.find('.') + 1);
        CHECK(text.find("\n" + key + " = ") != std::string::npos);
    }
    CHECK(shipped.data == empty.data);
    CHECK(shipped.brands == empty.brands);
    CHECK(shipped.sources == empty.sources);
    CHECK(shipped.review.host == empty.review.host);
    CHECK(shipped.review.port == empty.review.port);
}

TEST_CASE("config: a default in the file is the default of the module", "[config]") {
    const auto config = parse(shipped_text());
    const crawler::Crawler::Options crawler;
    const crawler::CurlFetcher::Options fetcher;
    const extract::Extractor::Options extractor;
    const vision::ScanOptions scanner;

    CHECK(config.crawl.crawler.delay_ms_per_host == crawler.delay_ms_per_host);
    CHECK(config.crawl.crawler.first_back_off == crawler.first_back_off);
    CHECK(config.crawl.crawler.max_retry_after == crawler.max_retry_after);
    CHECK(config.crawl.crawler.max_image_bytes == crawler.max_image_bytes);
    CHECK(config.fetch.connect_timeout == fetcher.connect_timeout);
    CHECK(config.fetch.low_speed_time == fetcher.low_speed_time);
    CHECK(config.crawl.extractor.max_body_bytes == extractor.max_body_bytes);
    CHECK(config.crawl.scan.scanner.limits.max_pixels == scanner.limits.max_pixels);
    CHECK(config.crawl.scan.scanner.min_score == scanner.min_score);
    CHECK(config.crawl.scan.scanner.decoder.program == scanner.decoder.program);
    CHECK(config.crawl.scan.scanner.decoder.in_process == scanner.decoder.in_process);
    CHECK(config.crawl.scan.scanner.decoder.max_seconds == scanner.decoder.max_seconds);
    CHECK(config.crawl.scan.scanner.decoder.max_memory_mb == scanner.decoder.max_memory_mb);
}

TEST_CASE("config: a mistake is reported with file, line, key and what is accepted", "[config]") {
    struct Row {
        const char* why;
        const char* text;
        const char* message;
    };
    const auto row = GENERATE(values<Row>({
        {"unknown key", "[crawl]\ndelay_ms = 1", ":2: crawl.delay_ms: unknown key, known here:"},
        {"unknown section", "[crwal]\n", ":1: crwal: unknown key, known here: crawl"},
        {"wrong type", "[crawl]\nmax_attempts = \"4\"", ":2: crawl.max_attempts: is text"},
        {"below the least",
         "[crawl]\n\nmax_attempts = 0",
         ":3: crawl.max_attempts: is 0, must be 1"},
        {"over the most", "[crawl]\nrobots_lifetime_h = 25", "is 25, must be 1 to 24"},
        {"no share", "[vision]\nmin_score = 1.5", "vision.min_score: is 1.5, must be 0 to 1"},
        {"not a number", "[vision]\nmin_score = nan", "vision.min_score: is nan, must be 0 to 1"},
        {"no product token", "[crawl]\nproduct_token = \"a b\"", "must be letters"},
        {"a header smuggled in", "[crawl]\ncontact = \"a\\r\\nX: y\"", "must be one line"},
        {"no port", "[review]\nlisten = \"localhost\"", "must be like \"127.0.0.1:8017\""},
        {"port too high", "[review]\nlisten = \"127.0.0.1:65536\"", "port 0 to 65535"},
        {"unknown key of a source", "[source.x]\npages = 1", "source.x.pages: unknown key"},
        {"negative budget", "[source.x]\nmax_pages = -1", "source.x.max_pages: is -1"},
        {"not TOML", "[crawl\n", "not TOML"},
    }));
    CAPTURE(row.why, row.text);

    CHECK_THROWS_AS(parse(row.text), core::ConfigError);
    CHECK_THROWS_WITH(parse(row.text),
                      Catch::StartsWith("/case/chiptrail.toml:") && Catch::Contains(row.message));
}

TEST_CASE("config: values reach the options with their units", "[config]") {
    const auto config = parse(R"(
        [crawl]
        delay_ms_per_host = 2_500
        max_retry_after_h = 2
        contact = "who@example.org"
        max_image_bytes = 200_000_000
        allow_addresses = ["127.0.0.0/8"]
        [vision]
        workers = 3
        max_photo_pixels = 20_000_000
        [sources]
        enabled = ["a", "b"]
        [source.a]
        enabled = false
        revisit_hours = 6
        [review]
        listen = "[::1]:0"
    )");

    CHECK(config.crawl.crawler.delay_ms_per_host == 2500ms);
    CHECK(config.crawl.crawler.max_retry_after == 2h);
    CHECK(config.fetch.contact == "who@example.org");
    CHECK(config.fetch.max_body_bytes == 200'000'000);
    CHECK(config.fetch.allow_addresses == std::vector<std::string>{"127.0.0.0/8"});
    CHECK(config.crawl.scan.workers == 3);
    CHECK(config.crawl.scan.scanner.limits.max_pixels == 20'000'000);
    CHECK(config.sources.enabled == std::vector<std::string>{"a", "b"});
    CHECK(config.sources.changes.at("a").enabled == false);
    CHECK(config.sources.changes.at("a").revisit == 6h);
    CHECK_FALSE(config.sources.changes.at("a").max_pages);
    CHECK(config.review.host == "::1");
    CHECK(config.review.port == 0);
}

TEST_CASE("config: paths are relative to the file, and ~ is the home folder", "[config]") {
    const auto data = [](const std::string& folder) {
        return parse("[storage]\nfolder = \"" + folder + "\"").data;
    };

    CHECK(data("store") == "/case/store");
    CHECK(data("../store") == "/store");
    CHECK(data("/srv/store") == "/srv/store");
    CHECK(data("~/store") == "/nowhere/home/store");
    CHECK(data("") == "/nowhere/xdg-data/chiptrail");
}

TEST_CASE("config: CHIPTRAIL_DATA stands above the file", "[config]") {
    auto surroundings = surroundings_in("/nowhere");
    surroundings.data_folder = "/elsewhere";

    CHECK(config::parse("[storage]\nfolder = \"store\"", "/case/c.toml", surroundings).data ==
          "/elsewhere");
}

TEST_CASE("config: the first file of the search order is taken", "[config]") {
    const TempDir folder;
    auto surroundings = surroundings_in(folder.path());
    const auto find = [&](const fs::path& chosen = {}) {
        return config::find_config_file(chosen, surroundings);
    };

    CHECK(find() == surroundings.shipped / "chiptrail.toml");
    touch(surroundings.xdg_config_home / "chiptrail" / "chiptrail.toml");
    CHECK(find() == surroundings.xdg_config_home / "chiptrail" / "chiptrail.toml");
    touch(surroundings.working_folder / "chiptrail.toml");
    CHECK(find() == surroundings.working_folder / "chiptrail.toml");
    surroundings.config_file = folder / "named.toml";
    touch(surroundings.config_file);
    CHECK(find() == surroundings.config_file);
    touch(folder / "chosen.toml");
    CHECK(find(folder / "chosen.toml") == folder / "chosen.toml");
}

TEST_CASE("config: a file that was named and is not there is an error that says so", "[config]") {
    const TempDir folder;
    auto surroundings = surroundings_in(folder.path());

    CHECK_THROWS_WITH(config::find_config_file(folder / "no.toml", surroundings),
                      Catch::Contains("no.toml") && Catch::Contains("--config"));
    surroundings.config_file = folder / "gone.toml";
    CHECK_THROWS_WITH(config::find_config_file({}, surroundings),
                      Catch::Contains("gone.toml") && Catch::Contains("CHIPTRAIL_CONFIG"));
}
