// The crawler with its real fetcher against a loopback server: that the parts fit. Decisions are
// tested over fakes in crawler_test.cpp.

#include "crawler/content_coding.hpp"
#include "crawler/crawler.hpp"
#include "tests/support/fake_crawl_store.hpp"
#include "tests/support/http_server.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

using namespace std::chrono_literals;
using namespace chiptrail;
using Outcome = crawler::Delivery::Outcome;

namespace {

struct World {
    tests::HttpServer server;
    core::SystemClock clock;
    tests::FakeCrawlStore store;
    crawler::CurlFetcher::Options fetching;
    crawler::Crawler::Options options;

    World() {
        fetching.allow_addresses = {"127.0.0.0/8"};
        options.delay_ms_per_host = 60ms;
        options.first_back_off = 40ms;
        options.first_robots_retry = 40ms;
    }
    crawler::Crawler::Report run(const std::stop_token& stop = {}) {
        crawler::CurlFetcher fetcher(fetching);
        return crawler::Crawler(fetcher, store, clock, options).run(stop);
    }
    const crawler::Delivery& delivery(std::size_t i = 0) {
        return store.disk().deliveries.at(i);
    }
};

}  // namespace

TEST_CASE("crawl: pages of one host come one after the other with a pause", "[crawler][loopback]") {
    World world;
    world.server.on("/robots.txt", {.body = "User-agent: chiptrail\nDisallow: /closed\n"});
    world.server.otherwise([](const auto&) { return tests::HttpServer::Reply{.body = "page"}; });
    for (const auto* const path : {"/1", "/closed/1", "/2"}) {
        world.store.add(world.server.url(path));
    }
    const auto report = world.run();
    CHECK(report.pages == 2);
    CHECK(report.forbidden == 1);
    CHECK(world.server.count("/closed/1") == 0);
    const auto requests = world.server.requests();
    REQUIRE(requests.size() == 3);
    CHECK(requests[0].path == "/robots.txt");
    for (std::size_t i = 1; i < requests.size(); ++i) {
        // The store's time has whole milliseconds, the server's has not.
        CHECK(requests[i].at - requests[i - 1].at >= 59ms);
        CHECK(requests[i].connection == 1);
    }
}

TEST_CASE("crawl: 429 with Retry-After is obeyed on the wire", "[crawler][loopback]") {
    World world;
    std::atomic<int> asked = 0;
    world.server.on("/1", [&asked](const tests::HttpServer::Request&) -> tests::HttpServer::Reply {
        if (asked++ == 0) {
            return {.status = 429, .headers = {{"Retry-After", "1"}}};
        }
        return {.body = "at last"};
    });
    world.store.add(world.server.url("/1"));

    const auto report = world.run();
    CHECK(report.retries == 1);
    CHECK(world.delivery(1).exchanges.back().body == "at last");
    const auto requests = world.server.requests();
    REQUIRE(requests.size() == 3);
    CHECK(requests[2].at - requests[1].at >= 999ms);
}

TEST_CASE("crawl: an endless page is cut, recorded and delivered", "[crawler][loopback]") {
    World world;
    world.options.max_page_bytes = 100'000;
    world.server.on("/1", {.body = std::string(8'000, 'x'), .endless = true});
    world.store.add(world.server.url("/1"));

    const auto report = world.run();
    CHECK(report.truncated == 1);
    CHECK(world.delivery().outcome == Outcome::fetched);
    CHECK(world.delivery().exchanges.back().truncated);
    CHECK(world.delivery().exchanges.back().body.size() == 100'000);
}

TEST_CASE("crawl: a host that is down is given up with a reason", "[crawler][loopback]") {
    World world;
    {
        const tests::HttpServer gone;
        world.store.add(gone.url("/1"));
    }
    const auto report = world.run();
    CHECK(report.gave_up == 1);
    CHECK(report.retries == world.options.max_attempts - 1);
    const auto& last = world.store.disk().deliveries.back().exchanges.back();
    REQUIRE(last.failure);
    CHECK_THAT(last.failure->detail, Catch::Contains("robots.txt could not be had"));
}

TEST_CASE("crawl: addresses that are not public are given up at once", "[crawler][loopback]") {
    World world;
    world.fetching.allow_addresses = {};
    world.store.add(world.server.url("/1"));

    const auto report = world.run();
    CHECK(report.gave_up == 1);
    CHECK(report.retries == 0);
    CHECK(world.server.requests().empty());
    CHECK_THAT(world.delivery().exchanges.back().failure->detail,
               Catch::Contains("allow_addresses"));
}

TEST_CASE("crawl: a redirect from a public name to a private address is refused",
          "[crawler][loopback][guard]") {
    World world;
    world.fetching.allow_addresses = {"127.0.0.1"};
    world.server.on("/1", {.status = 302, .headers = {{"Location", "http://10.255.0.1/admin"}}});
    world.store.add(world.server.url("/1"));

    CHECK(world.run().gave_up == 1);
    CHECK_THAT(world.delivery().exchanges.back().failure->detail, Catch::Contains("10.255.0.1"));
}

TEST_CASE("crawl: a stop ends a run that hangs on a slow server within a second",
          "[crawler][loopback][stop]") {
    World world;
    world.server.on("/1", {.body = "late", .wait_first = 30s});
    world.store.add(world.server.url("/1"));
    std::stop_source stop;
    const std::jthread stopper([&] {
        while (world.server.count("/1") == 0) {
            std::this_thread::sleep_for(5ms);
        }
        stop.request_stop();
    });
    const auto begun = std::chrono::steady_clock::now();
    const auto report = world.run(stop.get_token());
    CHECK(report.stopped);
    CHECK(std::chrono::steady_clock::now() - begun < 2s);
    CHECK(world.store.disk().deliveries.empty());
}
