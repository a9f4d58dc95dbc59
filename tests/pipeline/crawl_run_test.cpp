// The whole crawl against a loopback server and a real store.
#include "pipeline/crawl_run.hpp"

#include "config/recipe_reader.hpp"
#include "crawler/fetcher.hpp"
#include "pipeline/probe.hpp"
#include "storage/store.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/temp_dir.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace chiptrail;  // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;
using core::Exchange;
using tests::HttpServer;
using tests::TempDir;

/// A shop with a list of two items that have pages and photos of their own.
constexpr const char* kRecipe = R"toml(
site = "Test shop"
hosts = ["127.0.0.1"]
start = ["{start}"]

[crawl]
enabled = true
delay_ms = 1
max_pages = 50
max_depth = 2
max_images = 50
revisit_hours = 0

[[read]]
name = "list"
when = { path = "^/list" }
kind = "listing"
items = [".item"]
follow = [".item a"]
next_page = ["a.next"]
required = ["title"]
[read.fields]
id = ["xpath:./@data-id"]
url = ["a"]
title = ["a"]
price = [".price"]

[[read]]
name = "item"
when = { path = "^/item" }
kind = "listing"
required = ["title"]
[read.fields]
id = [".id"]
title = ["h1"]
price = [".price"]
text = [".text"]
images = ["img.photo"]

[[status]]
is = "captcha"
text = "prove that you are human"
)toml";

struct Site {
    HttpServer server;
    std::string price = "US $100.00";

    Site() {
        server.on("/list", [](const auto&) {
            return HttpServer::Reply{
                .body = R"(<div class=item data-id=1><a href="/item/1">H100 server</a>
                            <span class=price>US $100.00</span></div>
                           <div class=item data-id=2><a href="/item/2">B200 rack</a></div>)"};
        });
        server.on("/item/1", [this](const auto&) { return item("1", "H100 server", price); });
        server.on("/item/2", [this](const auto&) { return item("2", "B200 rack", "US $9.00"); });
        server.on("/photo/1.png",
                  HttpServer::Reply{.body = "no picture at all", .content_type = "image/png"});
        server.on("/photo/2.png",
                  HttpServer::Reply{.body = "nor this one", .content_type = "image/png"});
    }

    static HttpServer::Reply item(const std::string& id,
                                  const std::string& title,
                                  const std::string& price) {
        return {.body = "<p class=id>" + id + "</p><h1>" + title + "</h1><p class=price>" + price +
                        "</p><p class=text>Ready to ship.</p><img class=photo src=/photo/" + id +
                        ".png width=800 height=600>"};
    }
};

std::vector<extract::Recipe> recipes(const std::string& start) {
    std::string text = kRecipe;
    text.replace(text.find("{start}"), 7, start);
    return {config::read_recipe(config::TomlTable::parse(text, "test-shop.toml"), "test-shop")};
}

crawler::CurlFetcher::Options loopback() {
    crawler::CurlFetcher::Options options;
    options.allow_addresses = {"127.0.0.0/8"};
    return options;
}

struct Run {
    explicit Run(const std::filesystem::path& folder) : store(folder) {
        options.crawler.delay_ms_per_host = 1ms;
        options.crawler.first_back_off = 10ms;
        options.crawler.max_back_off = 20ms;
        options.crawler.max_attempts = 2;
        options.crawler.first_robots_retry = 10ms;
        options.scan_photos = false;
    }

    pipeline::CrawlReport operator()(const std::vector<extract::Recipe>& sources) {
        crawler::CurlFetcher fetcher(loopback());
        return pipeline::run_crawl(store, fetcher, clock, sources, {}, options, std::stop_token{});
    }

    storage::Store store;
    core::SystemClock clock;
    pipeline::CrawlOptions options;
};

}  // namespace

TEST_CASE("crawl: a shop becomes posts with their photos and their bytes", "[pipeline]") {
    const TempDir folder;
    Site site;
    Run run(folder.path());

    const auto report = run(recipes(site.server.url("/list")));

    REQUIRE(report.sources.size() == 1);
    CHECK(report.sources[0].pages == 3);
    CHECK(report.sources[0].images == 2);
    CHECK(report.sources[0].posts_new == 2);
    CHECK(report.sources[0].posts_seen == 2);
    CHECK(report.sources[0].posts_changed == 0);
    const auto post = run.store.posts().find("test-shop", "1");
    REQUIRE(post);
    CHECK(post->post.title == "H100 server");
    CHECK(post->post.price.amount == "100.00");
    CHECK(post->post.text == "Ready to ship.");
    const auto versions = run.store.posts().versions(post->id);
    const auto fetch = run.store.fetches().find(versions.back().fetch);
    REQUIRE(fetch);
    REQUIRE(fetch->body);
    CHECK_THAT(*run.store.blobs().get(*fetch->body, storage::Check::hash),
               Catch::Contains("Ready to ship."));
    const auto images = run.store.posts().images(post->id);
    REQUIRE(images.size() == 1);
    REQUIRE(images[0].image);
    CHECK_FALSE(images[0].image->info.problem.empty());
    CHECK(report.status == storage::RunStatus::done_with_failures);
}

TEST_CASE("crawl: a second run adds nothing twice and records what changed", "[pipeline]") {
    const TempDir folder;
    Site site;
    Run run(folder.path());
    (void)run(recipes(site.server.url("/list")));
    const auto before = run.store.stats();
    site.price = "US $80.00";
    site.server.on("/item/2", HttpServer::Reply{.status = 404, .body = "sold"});

    const auto report = run(recipes(site.server.url("/list")));

    const auto after = run.store.stats();
    CHECK(after.posts == before.posts);
    CHECK(after.images == before.images);
    CHECK(report.sources[0].posts_new == 0);
    CHECK(report.sources[0].posts_changed == 1);
    CHECK(report.sources[0].posts_gone == 1);
    CHECK(site.server.count("/photo/1.png") == 1);
    const auto versions = run.store.posts().versions(run.store.posts().find("test-shop", "1")->id);
    CHECK(versions.back().changed == std::vector<std::string>{"price"});
    CHECK(versions.back().post.price.amount == "80.00");
    CHECK(run.store.posts().find("test-shop", "2")->gone_at);
}

TEST_CASE("crawl: what robots.txt closes is never sent, and the decision is stored", "[pipeline]") {
    const TempDir folder;
    Site site;
    site.server.on("/robots.txt",
                   HttpServer::Reply{.body = "User-agent: *\nDisallow: /item/2\n",
                                     .content_type = "text/plain"});
    Run run(folder.path());

    const auto report = run(recipes(site.server.url("/list")));

    CHECK(site.server.count("/item/2") == 0);
    CHECK(report.sources[0].forbidden == 1);
    CHECK(report.sources[0].posts_new == 2);  // The list alone still tells of the second.
    const auto sources = run.store.runs().sources();
    REQUIRE(sources.size() == 1);
    CHECK(sources[0].forbidden == 1);
}

TEST_CASE("crawl: a captcha stops its source and says so", "[pipeline]") {
    const TempDir folder;
    Site site;
    site.server.on("/item/1", HttpServer::Reply{.body = "<p>Please prove that you are human</p>"});
    Run run(folder.path());

    const auto report = run(recipes(site.server.url("/list")));

    CHECK(report.sources[0].stopped);
    CHECK(report.sources[0].status == core::PageStatus::captcha);
    CHECK(site.server.count("/item/2") == 0);
    CHECK(report.has_failures());
}

TEST_CASE("crawl: a recipe that matches nothing says which selector found nothing", "[pipeline]") {
    const TempDir folder;
    Site site;
    site.server.on("/list", HttpServer::Reply{.body = "<p>We have a new design</p>"});
    Run run(folder.path());

    const auto report = run(recipes(site.server.url("/list")));

    CHECK(report.sources[0].status == core::PageStatus::layout_changed);
    CHECK_THAT(report.sources[0].problem, Catch::Contains(".item"));
    CHECK(report.has_failures());
}

TEST_CASE("crawl: the budget holds and the rest comes with the next run", "[pipeline]") {
    const TempDir folder;
    Site site;
    Run run(folder.path());
    run.options.max_pages = 2;

    const auto first = run(recipes(site.server.url("/list")));
    CHECK(first.sources[0].pages == 2);
    CHECK(first.sources[0].over_budget == 1);

    run.options.max_pages.reset();
    const auto second = run(recipes(site.server.url("/list")));
    CHECK(run.store.posts().find("test-shop", "2")->post.text == "Ready to ship.");
    CHECK(second.sources[0].over_budget == 0);
}

TEST_CASE("crawl: a page cannot send the crawl to another host", "[pipeline]") {
    const TempDir folder;
    Site site;
    HttpServer elsewhere;
    site.server.on("/list", [&](const auto&) {
        return HttpServer::Reply{.body = "<div class=item data-id=9><a href=\"http://localhost:" +
                                         std::to_string(elsewhere.port()) +
                                         "/item/9\">bait</a></div>"};
    });
    Run run(folder.path());

    (void)run(recipes(site.server.url("/list")));

    CHECK(elsewhere.requests().empty());
}

TEST_CASE("crawl: a host that is down is a failure with its name, not an end", "[pipeline]") {
    const TempDir folder;
    std::string dead;
    {
        const HttpServer server;
        dead = server.url("/list");
    }
    Run run(folder.path());
    run.options.crawler.max_idle = 2s;

    const auto report = run(recipes(dead));

    CHECK(report.sources[0].posts_new == 0);
    CHECK(report.has_failures());
    CHECK_THAT(report.sources[0].problem, Catch::Contains("127.0.0.1"));
}

TEST_CASE("crawl: a second crawl beside the first is refused", "[pipeline]") {
    const TempDir folder;
    Site site;
    Run run(folder.path());
    const storage::RunLock other(folder.path(), "crawl");

    CHECK_THROWS_AS(run(recipes(site.server.url("/list"))), core::LockedError);
}

TEST_CASE("crawl: a stop keeps what came and the next run goes on from there", "[pipeline]") {
    const TempDir folder;
    Site site;
    std::stop_source stop;
    site.server.on("/item/1", [&](const auto&) {
        stop.request_stop();
        return Site::item("1", "H100 server", "US $100.00");
    });
    Run run(folder.path());
    crawler::CurlFetcher fetcher(loopback());
    const auto sources = recipes(site.server.url("/list"));

    const auto first = pipeline::run_crawl(
        run.store, fetcher, run.clock, sources, {}, run.options, stop.get_token());
    CHECK(first.crawl.stopped);
    CHECK(first.status == storage::RunStatus::stopped);

    (void)run(sources);
    CHECK(run.store.stats().posts == 2);
    CHECK(run.store.posts().find("test-shop", "2")->post.text == "Ready to ship.");
}

TEST_CASE("probe: one page is fetched and read, nothing else is asked for", "[pipeline][probe]") {
    Site site;
    crawler::CurlFetcher fetcher(loopback());
    const core::SystemClock clock;
    const extract::Extractor extractor(recipes(site.server.url("/list")), {});
    crawler::Crawler::Options options;
    options.delay_ms_per_host = 1ms;

    const auto result = pipeline::probe_page(*core::Url::parse(site.server.url("/list")),
                                             fetcher,
                                             clock,
                                             options,
                                             extractor,
                                             1 << 20,
                                             std::stop_token{});

    REQUIRE(result);
    CHECK(result->extraction.posts.size() == 2);
    CHECK(result->extraction.follow.size() == 2);
    CHECK(site.server.requests().size() == 2);  // robots.txt and the page
}

TEST_CASE("probe: a closed page is refused with the rule that closes it", "[pipeline][probe]") {
    Site site;
    site.server.on("/robots.txt",
                   HttpServer::Reply{.body = "User-agent: *\nDisallow: /list\n",
                                     .content_type = "text/plain"});
    crawler::CurlFetcher fetcher(loopback());
    const core::SystemClock clock;
    const extract::Extractor extractor(recipes(site.server.url("/list")), {});

    const auto result = pipeline::probe_page(*core::Url::parse(site.server.url("/list")),
                                             fetcher,
                                             clock,
                                             {},
                                             extractor,
                                             1 << 20,
                                             std::stop_token{});

    REQUIRE_FALSE(result);
    CHECK(result.error().kind == core::Failure::Kind::refused);
    CHECK_THAT(result.error().detail, Catch::Contains("Disallow: /list"));
}
