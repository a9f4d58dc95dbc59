// Crawler over fakes: every wait happens on the fake clock.

#include "crawler/crawler.hpp"

#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_crawl_store.hpp"
#include "tests/support/fake_fetcher.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using namespace chiptrail;
using Basis = core::RobotsDecision::Basis;
using Outcome = crawler::Delivery::Outcome;
using Answer = tests::FakeFetcher::Answer;
using core::Failure;
using tests::FakeCrawlStore;

namespace {

const std::string kHost = "http://a.example";

struct World {
    tests::FakeClock clock;
    tests::FakeFetcher fetcher{clock};
    std::shared_ptr<FakeCrawlStore::Disk> disk = std::make_shared<FakeCrawlStore::Disk>();
    FakeCrawlStore store{disk};
    crawler::Crawler::Options options;
    std::stop_source stop;
    crawler::Observer* observer = nullptr;

    crawler::Crawler::Report run() {
        return crawler::Crawler(fetcher, store, clock, options, observer).run(stop.get_token());
    }
    [[nodiscard]] std::vector<std::string> sent() const {
        std::vector<std::string> urls;
        for (const auto& sent : fetcher.sent()) {
            urls.push_back(sent.request.url.text());
        }
        return urls;
    }
    [[nodiscard]] const crawler::Delivery& only_delivery() const {
        REQUIRE(disk->deliveries.size() == 1);
        return disk->deliveries[0];
    }
};

Answer ok(std::string body = "<html></html>") {
    return {.body = std::move(body)};
}

Answer status(int code, core::Headers headers = {}) {
    return {.status = code, .headers = std::move(headers)};
}

Answer to(const std::string& location, int code = 302) {
    return {.status = code, .headers = {{"Location", location}}};
}

Answer failing(Failure::Kind kind) {
    return {.failure = Failure{kind, "it went wrong"}};
}

}  // namespace

TEST_CASE("crawler: robots.txt comes first and the page records its decision", "[crawler]") {
    World world;
    world.fetcher.on(kHost + "/robots.txt", {ok("User-agent: *\nDisallow: /private\nAllow: /p")});
    world.fetcher.on(kHost + "/page", {ok()});
    world.store.add(kHost + "/page");

    const auto report = world.run();
    CHECK(world.sent() == std::vector<std::string>{kHost + "/robots.txt", kHost + "/page"});
    CHECK(report.requests == 2);
    CHECK(report.pages == 1);
    CHECK_FALSE(report.stopped);
    CHECK_FALSE(report.next_due);
    const auto& robots = world.only_delivery().exchanges.at(0).robots;
    CHECK(robots.allowed);
    CHECK(robots.basis == Basis::rule);
    CHECK(robots.line == 3);
    CHECK(robots.rule == "Allow: /p");
    CHECK(robots.fetch == 1);
}

TEST_CASE("crawler: what robots.txt forbids is delivered and never sent", "[crawler][robots]") {
    World world;
    world.fetcher.on(kHost + "/robots.txt", {ok("User-agent: *\nDisallow: /private")});
    world.store.add(kHost + "/private/a");

    const auto report = world.run();
    CHECK(world.sent() == std::vector<std::string>{kHost + "/robots.txt"});
    CHECK(report.forbidden == 1);
    const auto& delivery = world.only_delivery();
    CHECK(delivery.outcome == Outcome::forbidden);
    const auto& exchange = delivery.exchanges.at(0);
    CHECK(exchange.url == kHost + "/private/a");
    CHECK_FALSE(exchange.robots.allowed);
    CHECK(exchange.robots.line == 2);
    REQUIRE(exchange.failure);
    CHECK(exchange.failure->kind == Failure::Kind::refused);
    CHECK_THAT(exchange.failure->detail, Catch::Contains("line 2"));
}

TEST_CASE("crawler: what robots.txt answers decides as RFC 9309 says", "[crawler][robots]") {
    struct Row {
        const char* why;
        Answer answer;
        Outcome outcome;
        Basis basis;
    };
    const auto row = GENERATE(values<Row>({
        {"no rule for the page",
         ok("User-agent: *\nDisallow: /x"),
         Outcome::fetched,
         Basis::no_rule},
        {"404 allows", status(404), Outcome::fetched, Basis::no_file},
        {"401 allows", status(401), Outcome::fetched, Basis::no_file},
        {"403 allows", status(403), Outcome::fetched, Basis::no_file},
        {"500 forbids for now", status(500), Outcome::retry, Basis::unreachable},
        {"503 forbids for now", status(503), Outcome::retry, Basis::unreachable},
        {"429 forbids for now", status(429), Outcome::retry, Basis::unreachable},
        {"no connection forbids for now",
         failing(Failure::Kind::unreachable),
         Outcome::retry,
         Basis::unreachable},
        {"no answer forbids for now",
         failing(Failure::Kind::timed_out),
         Outcome::retry,
         Basis::unreachable},
        {"an address of ours forbids for good",
         failing(Failure::Kind::refused),
         Outcome::gave_up,
         Basis::unreachable},
        {"garbage that claims to be gzip forbids for now",
         {.body = "\x01\x02\x03", .headers = {{"Content-Encoding", "gzip"}}},
         Outcome::retry,
         Basis::unreachable},
    }));
    CAPTURE(row.why);
    World world;
    world.options.max_idle = 0ms;  // One round is enough.
    world.options.delay_ms_per_host = 0ms;
    world.fetcher.on(kHost + "/robots.txt", {row.answer});
    world.fetcher.on(kHost + "/page", {ok()});
    world.store.add(kHost + "/page");

    static_cast<void>(world.run());
    const auto& delivery = world.only_delivery();
    CHECK(delivery.outcome == row.outcome);
    CHECK(delivery.exchanges.back().robots.basis == row.basis);
    CHECK(delivery.exchanges.back().robots.fetch == 1);
    const bool page_sent = !world.fetcher.times(kHost + "/page").empty();
    CHECK(page_sent == (row.outcome == Outcome::fetched));
    CHECK(world.disk->robots.at(kHost).basis ==
          (row.basis == Basis::no_rule ? Basis::rule : row.basis));
}

TEST_CASE("crawler: a robots.txt that was unreachable is asked for again and then believed",
          "[crawler][robots]") {
    World world;
    world.options.first_robots_retry = 30s;
    world.fetcher.on(kHost + "/robots.txt", {status(500), status(500), ok("")});
    world.fetcher.on(kHost + "/page", {ok()});
    world.store.add(kHost + "/page");

    const auto report = world.run();
    CHECK(report.pages == 1);
    CHECK(report.retries == 2);
    const auto asked = world.fetcher.times(kHost + "/robots.txt");
    REQUIRE(asked.size() == 3);
    CHECK(asked[1] - asked[0] >= 30s);
    CHECK(asked[2] - asked[1] >= 60s);
}

TEST_CASE("crawler: a robots.txt is asked for once, and again after a day", "[crawler][robots]") {
    World world;
    world.fetcher.on(kHost + "/robots.txt", {ok("")});
    world.store.add(kHost + "/1");
    world.store.add(kHost + "/2");
    static_cast<void>(world.run());
    CHECK(world.fetcher.times(kHost + "/robots.txt").size() == 1);

    world.store.add(kHost + "/3");
    static_cast<void>(world.run());  // A new run finds it in the store.
    CHECK(world.fetcher.times(kHost + "/robots.txt").size() == 1);

    world.clock.advance(24h);
    world.store.add(kHost + "/4");
    static_cast<void>(world.run());
    CHECK(world.fetcher.times(kHost + "/robots.txt").size() == 2);
}

TEST_CASE("crawler: robots.txt is followed over five redirects, to other hosts too",
          "[crawler][robots]") {
    World world;
    const int hops = GENERATE(1, 5, 6);
    CAPTURE(hops);
    for (int i = 0; i < hops; ++i) {
        const auto from = i == 0 ? kHost + "/robots.txt" : "http://b.example/" + std::to_string(i);
        world.fetcher.on(from, {to("http://b.example/" + std::to_string(i + 1), 301)});
    }
    world.fetcher.on("http://b.example/" + std::to_string(hops),
                     {ok("User-agent: *\nDisallow: /")});
    world.store.add(kHost + "/page");

    static_cast<void>(world.run());
    // Beyond five the file counts as absent (RFC 9309, 2.3.1.2).
    CHECK(world.only_delivery().outcome == (hops <= 5 ? Outcome::forbidden : Outcome::fetched));
    CHECK(world.disk->robots_exchanges.size() == static_cast<std::size_t>(std::min(hops, 5)) + 1);
}

TEST_CASE("crawler: one host has one request at a time and its pause between them",
          "[crawler][politeness]") {
    World world;
    world.options.delay_ms_per_host = 1'500ms;
    for (int i = 0; i < 5; ++i) {
        world.store.add(kHost + "/" + std::to_string(i));
    }
    static_cast<void>(world.run());
    CHECK(world.fetcher.peak() == 1);
    const auto& sent = world.fetcher.sent();
    REQUIRE(sent.size() == 6);
    for (std::size_t i = 1; i < sent.size(); ++i) {
        CHECK(sent[i].at - sent[i - 1].at == 1'520ms);  // 20 ms is how long an answer takes.
    }
}

TEST_CASE("crawler: hosts do not wait for each other, up to the limit", "[crawler][politeness]") {
    World world;
    world.options.max_requests = 4;
    for (int i = 0; i < 12; ++i) {
        world.store.add("http://h" + std::to_string(i) + ".example/");
    }
    const auto begun = world.clock.now();
    const auto report = world.run();
    CHECK(report.pages == 12);
    CHECK(world.fetcher.peak() == 4);
    CHECK(world.clock.now() - begun < 5s);
}

TEST_CASE("crawler: more requests to one host run at once only when asked for",
          "[crawler][politeness]") {
    World world;
    world.options.max_requests_per_host = 3;
    world.options.delay_ms_per_host = 0ms;
    world.disk->robots[kHost] = {kHost, Basis::no_file, "", world.clock.now() + 1h, 7};
    for (int i = 0; i < 9; ++i) {
        world.store.add(kHost + "/" + std::to_string(i));
    }
    static_cast<void>(world.run());
    CHECK(world.fetcher.peak() == 3);
}

TEST_CASE("crawler: Crawl-delay is obeyed up to its cap", "[crawler][politeness]") {
    struct Row {
        const char* asked;
        std::chrono::milliseconds pause;
    };
    const auto row = GENERATE(values<Row>({{"0.1", 1'000ms}, {"7", 7'000ms}, {"600", 20'000ms}}));
    World world;
    world.options.max_crawl_delay = 20s;
    world.fetcher.on(kHost + "/robots.txt",
                     {ok("User-agent: *\nCrawl-delay: " + std::string(row.asked))});
    world.store.add(kHost + "/1");
    world.store.add(kHost + "/2");

    static_cast<void>(world.run());
    const auto& sent = world.fetcher.sent();
    REQUIRE(sent.size() == 3);
    CHECK(sent[1].at - sent[0].at == row.pause + 20ms);
    CHECK(sent[2].at - sent[1].at == row.pause + 20ms);
}

TEST_CASE("crawler: each hop of a redirect waits its turn and asks robots.txt",
          "[crawler][redirect]") {
    World world;
    world.fetcher.on(kHost + "/1", {to("/2", 301)});
    world.fetcher.on(kHost + "/2", {to("https://b.example/3")});
    world.fetcher.on("https://b.example/3", {ok("found")});
    world.store.add(kHost + "/1");

    const auto report = world.run();
    CHECK(world.sent() == std::vector<std::string>{kHost + "/robots.txt",
                                                   kHost + "/1",
                                                   kHost + "/2",
                                                   "https://b.example/robots.txt",
                                                   "https://b.example/3"});
    const auto& sent = world.fetcher.sent();
    CHECK(sent[2].at - sent[1].at >= 1s);
    CHECK(report.redirects == 2);
    const auto& delivery = world.only_delivery();
    CHECK(delivery.outcome == Outcome::fetched);
    REQUIRE(delivery.exchanges.size() == 3);
    CHECK(delivery.exchanges[2].body == "found");
    CHECK(delivery.exchanges[2].robots.fetch == 2);
}

TEST_CASE("crawler: a redirect into a forbidden place ends there", "[crawler][redirect]") {
    World world;
    world.fetcher.on("http://b.example/robots.txt", {ok("User-agent: *\nDisallow: /")});
    world.fetcher.on(kHost + "/1", {to("http://b.example/x")});
    world.store.add(kHost + "/1");

    static_cast<void>(world.run());
    const auto& delivery = world.only_delivery();
    CHECK(delivery.outcome == Outcome::forbidden);
    REQUIRE(delivery.exchanges.size() == 2);
    CHECK(delivery.exchanges[0].status == 302);
    CHECK(delivery.exchanges[1].url == "http://b.example/x");
    CHECK(world.fetcher.times("http://b.example/x").empty());
}

TEST_CASE("crawler: redirects that lead nowhere are given up and explained",
          "[crawler][redirect]") {
    struct Row {
        const char* why;
        const char* location;
        const char* explained;
        std::size_t sent;
    };
    const auto row = GENERATE(values<Row>({
        {"to itself", "/1", "circle", 1},
        {"to itself with a fragment", "/1#x", "circle", 1},
        {"to a scheme of others", "javascript:alert(1)", "javascript", 1},
        {"to nothing", "http://", "no host", 1},
    }));
    CAPTURE(row.why);
    World world;
    world.fetcher.on(kHost + "/1", {to(row.location)});
    world.store.add(kHost + "/1");

    const auto report = world.run();
    CHECK(report.gave_up == 1);
    const auto& delivery = world.only_delivery();
    CHECK(delivery.outcome == Outcome::gave_up);
    CHECK(delivery.exchanges.size() == row.sent);
    REQUIRE(delivery.exchanges.back().failure);
    CHECK_THAT(delivery.exchanges.back().failure->detail, Catch::Contains(row.explained));
}

TEST_CASE("crawler: a redirect loop over several pages ends, and so does an endless chain",
          "[crawler][redirect]") {
    World world;
    world.options.delay_ms_per_host = 0ms;
    world.fetcher.on(kHost + "/a", {to("/b")});
    world.fetcher.on(kHost + "/b", {to("/a")});
    for (int i = 0; i < 20; ++i) {
        world.fetcher.on(kHost + "/" + std::to_string(i), {to("/" + std::to_string(i + 1))});
    }
    world.store.add(kHost + "/a");
    world.store.add(kHost + "/0");

    CHECK(world.run().gave_up == 2);
    CHECK(world.disk->deliveries.at(0).exchanges.size() == 2);
    CHECK(world.disk->deliveries.at(1).exchanges.size() == 11);  // The first and ten redirects.
}

TEST_CASE("crawler: final answers are delivered once, whatever their status", "[crawler]") {
    const int code = GENERATE(200, 204, 400, 403, 404, 410, 451, 501, 505, 999);
    CAPTURE(code);
    World world;
    world.fetcher.on(kHost + "/1", {status(code)});
    world.store.add(kHost + "/1");

    static_cast<void>(world.run());
    CHECK(world.only_delivery().outcome == Outcome::fetched);
    CHECK(world.fetcher.times(kHost + "/1").size() == 1);
}

TEST_CASE("crawler: what may pass is tried again later each time, and given up in the end",
          "[crawler][retry]") {
    const auto answer = GENERATE(status(500),
                                 status(502),
                                 status(504),
                                 status(429),
                                 status(408),
                                 failing(Failure::Kind::timed_out),
                                 failing(Failure::Kind::unreachable));
    World world;
    world.options.max_attempts = 4;
    world.options.first_back_off = 4s;
    world.fetcher.on(kHost + "/1", {answer});
    world.store.add(kHost + "/1");

    const auto report = world.run();
    CHECK(report.retries == 3);
    CHECK(report.gave_up == 1);
    const auto times = world.fetcher.times(kHost + "/1");
    REQUIRE(times.size() == 4);
    for (std::size_t i = 1; i < times.size(); ++i) {
        const auto plain = 4s * (1 << (i - 1));
        CHECK(times[i] - times[i - 1] >= plain);
        CHECK(times[i] - times[i - 1] <= plain * 3 / 2 + 20ms);
    }
    CHECK(world.disk->deliveries.back().outcome == Outcome::gave_up);
    CHECK(world.disk->deliveries.back().task.attempts == 3);
}

TEST_CASE("crawler: a failure that time does not mend is not repeated", "[crawler][retry]") {
    const auto kind =
        GENERATE(Failure::Kind::refused, Failure::Kind::too_large, Failure::Kind::bad_input);
    World world;
    world.fetcher.on(kHost + "/1", {failing(kind)});
    world.store.add(kHost + "/1");

    static_cast<void>(world.run());
    CHECK(world.only_delivery().outcome == Outcome::gave_up);
    CHECK(world.fetcher.times(kHost + "/1").size() == 1);
}

TEST_CASE("crawler: Retry-After holds the whole host, in seconds or as a date",
          "[crawler][retry]") {
    const auto* const value = GENERATE("90", "Mon, 23 Nov 2026 00:01:31 GMT");
    const int code = GENERATE(429, 503);
    CAPTURE(value, code);
    World world;
    world.fetcher.on(kHost + "/1", {status(code, {{"Retry-After", value}}), ok()});
    world.store.add(kHost + "/1");
    world.store.add(kHost + "/2");

    static_cast<void>(world.run());
    const auto& sent = world.fetcher.sent();
    REQUIRE(sent.size() == 4);
    CHECK(sent[1].request.url.text() == kHost + "/1");
    // Nobody at the host is asked before, the other page included.
    CHECK(sent[2].at - sent[1].at >= 89s);
    CHECK(sent[2].at - sent[1].at <= 92s);
    CHECK(world.disk->deliveries.at(0).outcome == Outcome::retry);
}

TEST_CASE("crawler: a Retry-After of years is capped, and the run ends instead of waiting",
          "[crawler][retry]") {
    World world;
    world.options.max_retry_after = 2h;
    world.fetcher.on(kHost + "/1", {status(429, {{"Retry-After", "99999999999"}})});
    world.store.add(kHost + "/1");

    const auto report = world.run();
    REQUIRE(report.next_due);
    CHECK(*report.next_due - world.clock.now() <= 2h);
    CHECK(*report.next_due - world.clock.now() >= 1h);
    CHECK(world.disk->not_before.at(kHost) == *report.next_due);
}

TEST_CASE("crawler: the hold outlives the process", "[crawler][retry]") {
    World world;
    world.disk->not_before["http://b.example"] = world.clock.now() + 60s;
    world.fetcher.on(kHost + "/1", {to("http://b.example/2")});
    world.store.add(kHost + "/1");

    const auto begun = world.clock.now();
    static_cast<void>(world.run());
    // The redirect reaches a host that nobody took a task for.
    CHECK(world.fetcher.times("http://b.example/robots.txt").at(0) - begun >= 60s);
}

TEST_CASE("crawler: a dead host is left alone for longer and longer", "[crawler][retry]") {
    World world;
    world.options.max_attempts = 1;
    world.options.first_back_off = 5s;
    world.disk->robots[kHost] = {kHost, Basis::no_file, "", world.clock.now() + 24h, 7};
    for (int i = 0; i < 4; ++i) {
        const auto url = kHost + "/" + std::to_string(i);
        world.fetcher.on(url, {failing(Failure::Kind::unreachable)});
        world.store.add(url);
    }
    static_cast<void>(world.run());
    const auto& sent = world.fetcher.sent();
    REQUIRE(sent.size() == 4);
    CHECK(sent[1].at - sent[0].at >= 5s);
    CHECK(sent[2].at - sent[1].at >= 10s);
    CHECK(sent[3].at - sent[2].at >= 20s);
}

TEST_CASE("crawler: a stored copy is asked about, not for", "[crawler][conditional]") {
    World world;
    world.fetcher.on(kHost + "/1", {status(304)});
    const auto id = world.store.add(kHost + "/1").id;
    world.store.stored(id).task.etag = "\"v1\"";
    world.store.stored(id).task.last_modified = "Mon, 02 Nov 2026 00:00:00 GMT";

    const auto report = world.run();
    CHECK(report.not_modified == 1);
    CHECK(report.pages == 0);
    CHECK(world.only_delivery().outcome == Outcome::fetched);
    const auto& headers = world.fetcher.sent().at(1).request.headers;
    CHECK(core::find_header(headers, "If-None-Match") == "\"v1\"");
    CHECK(core::find_header(headers, "If-Modified-Since") == "Mon, 02 Nov 2026 00:00:00 GMT");
    CHECK_FALSE(core::find_header(world.fetcher.sent().at(0).request.headers, "If-None-Match"));
}

TEST_CASE("crawler: after a redirect an ETag is still asked about, a date is not",
          "[crawler][conditional]") {
    World world;
    world.fetcher.on(kHost + "/1", {to("/2")});
    const auto id = world.store.add(kHost + "/1").id;
    world.store.stored(id).task.etag = "\"v1\"";
    world.store.stored(id).task.last_modified = "Mon, 02 Nov 2026 00:00:00 GMT";

    static_cast<void>(world.run());
    const auto& headers = world.fetcher.sent().at(2).request.headers;
    CHECK(core::find_header(headers, "If-None-Match") == "\"v1\"");
    CHECK_FALSE(core::find_header(headers, "If-Modified-Since"));
}

TEST_CASE("crawler: photos have their own Accept, limit and Referer", "[crawler]") {
    World world;
    const auto id = world.store.add("http://img.example/1.jpg", core::Exchange::Purpose::image).id;
    world.store.stored(id).task.referrer = "http://user@a.example/item?id=7#top";

    const auto report = world.run();
    CHECK(report.images == 1);
    const auto& request = world.fetcher.sent().at(1).request;
    CHECK(request.purpose == core::Exchange::Purpose::image);
    CHECK(core::find_header(request.headers, "Accept") == world.options.accept_image);
    CHECK(core::find_header(request.headers, "Referer") == "http://a.example/");
    CHECK(request.max_body_bytes == world.options.max_image_bytes);
}

TEST_CASE("crawler: links found in a page are fetched in the same run", "[crawler]") {
    World world;
    world.fetcher.on(kHost + "/list", {ok()});
    world.store.add(kHost + "/list");
    world.store.on_deliver = [&world](const crawler::Delivery& delivery) {
        if (delivery.task.url.path() == "/list") {
            world.store.add(kHost + "/item");
            world.store.add("http://img.example/1.jpg", core::Exchange::Purpose::image);
        }
    };
    const auto report = world.run();
    CHECK(report.pages == 2);
    CHECK(report.images == 1);
}

TEST_CASE("crawler: a source without budget left gets no request", "[crawler]") {
    World world;
    world.disk->budgets["test"] = 2;
    for (int i = 0; i < 5; ++i) {
        world.store.add(kHost + "/" + std::to_string(i));
    }
    CHECK(world.run().pages == 2);
}

TEST_CASE("crawler: a stop ends the run with whole deliveries only", "[crawler][stop]") {
    World world;
    world.options.max_requests_per_host = 2;
    world.options.delay_ms_per_host = 0ms;
    world.disk->robots[kHost] = {kHost, Basis::no_file, "", world.clock.now() + 24h, 7};
    world.fetcher.on(kHost + "/quick", {ok("quick")});
    world.fetcher.on(kHost + "/slow", {{.body = "slow", .latency = 10s}});
    for (const auto* const path : {"/quick", "/slow", "/later"}) {
        world.store.add(kHost + path);
    }
    world.fetcher.on_start = [&world](const crawler::Request& request) {
        if (request.url.path() == "/slow") {
            world.stop.request_stop();
        }
    };
    const auto begun = world.clock.now();
    const auto report = world.run();
    CHECK(report.stopped);
    CHECK(world.clock.now() - begun <= 1s);
    CHECK(world.only_delivery().task.url.path() == "/quick");
    CHECK(world.fetcher.times(kHost + "/later").empty());

    SECTION("and the next run goes on with the rest") {
        FakeCrawlStore reopened(world.disk);
        world.fetcher.on_start = nullptr;
        crawler::Crawler crawler(world.fetcher, reopened, world.clock, world.options);
        CHECK(crawler.run({}).pages == 2);
        CHECK(world.fetcher.times(kHost + "/quick").size() == 1);
        CHECK(world.disk->deliveries.size() == 3);
    }
}

TEST_CASE("crawler: a stop in the middle of a redirect delivers nothing of it", "[crawler][stop]") {
    World world;
    world.fetcher.on(kHost + "/1", {to("/2")});
    world.store.add(kHost + "/1");
    world.fetcher.on_start = [&world](const crawler::Request& request) {
        if (request.url.path() == "/1") {
            world.stop.request_stop();
        }
    };
    static_cast<void>(world.run());
    CHECK(world.disk->deliveries.empty());
    CHECK_FALSE(world.disk->tasks[0].done);
}

TEST_CASE("crawler: a crash between answer and delivery repeats the task and loses none",
          "[crawler][crash]") {
    World world;
    for (int i = 0; i < 4; ++i) {
        world.store.add(kHost + "/" + std::to_string(i));
    }
    world.store.on_deliver = [](const crawler::Delivery& delivery) {
        if (delivery.task.url.path() == "/2") {
            throw core::Error("the disk is full");
        }
    };
    CHECK_THROWS_WITH(world.run(), "the disk is full");
    CHECK(world.disk->deliveries.size() == 2);

    FakeCrawlStore reopened(world.disk);
    crawler::Crawler crawler(world.fetcher, reopened, world.clock, world.options);
    CHECK(crawler.run({}).pages == 2);
    CHECK(world.fetcher.times(kHost + "/2").size() == 2);
    CHECK(world.fetcher.times(kHost + "/1").size() == 1);
    for (const auto& stored : world.disk->tasks) {
        CHECK(stored.done);
    }
}

TEST_CASE("crawler: the observer hears of every step", "[crawler]") {
    struct Notes final : crawler::Observer {
        std::vector<std::string> lines;
        void started(const crawler::Request& request) override {
            lines.push_back("started " + std::string(request.url.path()));
        }
        void answered(const core::Exchange& exchange) override {
            lines.push_back("answered " + std::to_string(exchange.status));
        }
        void delivered(const crawler::Delivery& delivery) override {
            lines.push_back("delivered " + std::string(delivery.task.url.path()));
        }
        void waiting(core::Timestamp /*until*/) override {
            lines.emplace_back("waiting");
        }
    };
    World world;
    Notes notes;
    world.observer = &notes;
    world.fetcher.on(kHost + "/1", {ok()});
    world.store.add(kHost + "/1");

    static_cast<void>(world.run());
    CHECK(notes.lines == std::vector<std::string>{"started /robots.txt",
                                                  "answered 404",
                                                  "waiting",
                                                  "started /1",
                                                  "answered 200",
                                                  "delivered /1"});
}

TEST_CASE("crawler: options that cannot work are refused", "[crawler]") {
    World world;
    SECTION("a product token that robots.txt cannot name") {
        world.options.product_token = "chip trail/1.0";
        CHECK_THROWS_WITH(world.run(), Catch::Contains("chip trail/1.0"));
    }
    SECTION("no requests at all") {
        world.options.max_requests = 0;
        CHECK_THROWS_AS(world.run(), core::ConfigError);
    }
}
