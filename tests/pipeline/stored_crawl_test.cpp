#include "pipeline/stored_crawl.hpp"

#include "config/recipe_reader.hpp"
#include "storage/store.hpp"
#include "tests/contract/crawl_store_suite.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace chiptrail;  // NOLINT(google-build-using-namespace)
using core::PageStatus;
using tests::FakeClock;
using tests::TempDir;

constexpr const char* kRecipe = R"toml(
site = "Test"
hosts = ["a.example", "b.example"]
start = ["http://a.example/list"]
[crawl]
enabled = true
delay_ms = 0
[[read]]
items = [".item"]
follow = [".item a"]
[read.fields]
title = ["a"]
)toml";

/// `when` is a line that limits the only reading.
std::vector<extract::Recipe> recipes(const std::string& when = {}) {
    std::string text = kRecipe;
    text.insert(text.find("items"), when);
    return {config::read_recipe(config::TomlTable::parse(text, "test.toml"), "test")};
}

class StoreHarness final : public tests::CrawlStoreHarness {
public:
    crawler::CrawlStore& reopen() override {
        crawl_.reset();
        store_.reset();
        store_ = std::make_unique<storage::Store>(folder_.path());
        const auto run = store_->runs().begin(
            {.command = "crawl", .version = "0", .config_digest = ""}, clock_.now());
        crawl_ = std::make_unique<pipeline::StoredCrawl>(
            *store_,
            run,
            recipes_,
            options_,
            clock_,
            std::function<void(const std::string&, const extract::Extraction&)>());
        return *crawl_;
    }

    void add(const std::string& url) override {
        storage::Store store(folder_.path());
        store.frontier().add({.source = "test", .url = core::Url::parse(url).value()},
                             tests::contract::start());
    }

private:
    TempDir folder_;
    FakeClock clock_;
    std::vector<extract::Recipe> recipes_ = recipes();
    pipeline::CrawlOptions options_;
    std::unique_ptr<storage::Store> store_;
    std::unique_ptr<pipeline::StoredCrawl> crawl_;
};

/// A crawl whose answers the test makes up.
class Crawl {
public:
    explicit Crawl(const std::string& when = {}) : recipes_(recipes(when)) {
        crawl_.arm({});
    }

    /// What take() gives now is answered so. False when there is nothing to take.
    bool answer(int status, const std::string& body) {
        const auto task = crawl_.take({}, clock_.now());
        if (!task) {
            return false;
        }
        auto exchange = tests::contract::exchange_for(*task, status);
        exchange.body = body;
        exchange.response_headers = {{"Content-Type", "text/html; charset=utf-8"}};
        crawl_.deliver({*task, crawler::Delivery::Outcome::fetched, {exchange}, {}});
        return true;
    }

    [[nodiscard]] pipeline::SourceReport report() const {
        return crawl_.reports().front();
    }

private:
    TempDir folder_;
    FakeClock clock_;
    std::vector<extract::Recipe> recipes_;
    pipeline::CrawlOptions options_;
    storage::Store store_{folder_.path()};
    pipeline::StoredCrawl crawl_{
        store_,
        store_.runs().begin({.command = "crawl", .version = "0", .config_digest = ""},
                            clock_.now()),
        recipes_,
        options_,
        clock_,
        {}};
};

std::string list_of(int count) {
    std::string body;
    for (int i = 1; i <= count; ++i) {
        body += "<div class=item><a href=/lot/" + std::to_string(i) + ">Lot " + std::to_string(i) +
                "</a></div>";
    }
    return body;
}

constexpr const char* kLot = "<div class=item><a href=/lot/1>A lot that anyone may see</a></div>";
constexpr const char* kWall = "<p>You must log in to see this lot.</p>";
constexpr const char* kCaptcha = "<title>Robot check</title><p>Prove you are human.</p>";

}  // namespace

TEST_CASE("crawl store: the one over storage keeps the contract", "[pipeline][contract]") {
    tests::run_crawl_store_suite([] { return std::make_unique<StoreHarness>(); });
}

TEST_CASE("crawl: a login below a start page closes the source at the third in a row",
          "[pipeline]") {
    struct Row {
        const char* why;
        std::vector<std::pair<int, std::string>> answers;  ///< after the list
        bool stopped;
    };
    const auto row = GENERATE(values<Row>({
        {"one lot for members", {{200, kWall}}, false},
        {"two of them", {{200, kWall}, {200, kWall}}, false},
        {"the third in a row", {{200, kWall}, {200, kWall}, {200, kWall}}, true},
        {"another page between", {{200, kWall}, {200, kWall}, {200, kLot}, {200, kWall}}, false},
        {"a page that is gone between",
         {{200, kWall}, {404, "<p>gone"}, {200, kWall}, {200, kWall}},
         true},
        {"a captcha, at once", {{200, kCaptcha}}, true},
        {"a refusal, at once", {{403, "<p>Forbidden"}}, true},
    }));
    CAPTURE(row.why);
    Crawl crawl;
    REQUIRE(crawl.answer(200, list_of(6)));
    for (const auto& [status, body] : row.answers) {
        REQUIRE(crawl.answer(status, body));
    }

    CHECK(crawl.report().stopped == row.stopped);
    CHECK(crawl.answer(200, kLot) != row.stopped);
}

TEST_CASE("crawl: a login on the start page closes the source at once", "[pipeline]") {
    Crawl crawl;
    REQUIRE(crawl.answer(200, kWall));

    CHECK(crawl.report().stopped);
    CHECK(crawl.report().status == PageStatus::needs_login);
}

TEST_CASE("crawl: a start page that leads nowhere is no success", "[pipeline]") {
    // Each reading asks for something that is not there, so none of them can complain.
    Crawl crawl("when = { selector = \"ul.list\" }\n");
    REQUIRE(crawl.answer(200, "<p>Welcome to our new shop"));

    CHECK(crawl.report().status == PageStatus::layout_changed);
    CHECK_THAT(crawl.report().problem, Catch::Contains("no [[read]] of the recipe 'test' fits"));
}

TEST_CASE("crawl: the gravest problem of a source is the one reported", "[pipeline]") {
    struct Row {
        const char* why;
        std::vector<std::pair<int, std::string>> answers;
        PageStatus status;
        const char* problem;
    };
    const auto row = GENERATE(values<Row>({
        {"a wall, then a 404",
         {{200, kWall}, {404, "<p>gone"}},
         PageStatus::needs_login,
         "members only"},
        {"a 404, then a wall",
         {{404, "<p>gone"}, {200, kWall}},
         PageStatus::needs_login,
         "members only"},
        {"a 404 has no items because it is a 404",
         {{404, "<p>gone"}},
         PageStatus::ok,
         "/lot/1 answered 404"},
        {"the first of two that are alike",
         {{404, "<p>gone"}, {410, "<p>gone"}},
         PageStatus::ok,
         "/lot/1 answered 404"},
        {"a page that fits no more, then a 404",
         {{200, "<p>Our new design"}, {404, "<p>gone"}},
         PageStatus::layout_changed,
         "selector '.item' found nothing"},
    }));
    CAPTURE(row.why);
    Crawl crawl;
    REQUIRE(crawl.answer(200, list_of(4)));
    for (const auto& [status, body] : row.answers) {
        REQUIRE(crawl.answer(status, body));
    }

    CHECK(crawl.report().status == row.status);
    CHECK_THAT(crawl.report().problem, Catch::Contains(row.problem));
}
