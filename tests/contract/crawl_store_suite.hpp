#pragma once

// What every CrawlStore must do. Run it on the real one and on the fake:
//   TEST_CASE("...") { run_crawl_store_suite([] { return std::make_unique<MyHarness>(); }); }

#include "core/url.hpp"
#include "crawler/crawl_store.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace chiptrail::tests {

/// One store's data and the ways in that the interface itself does not have.
class CrawlStoreHarness {
public:
    virtual ~CrawlStoreHarness() = default;
    /// A store over the data so far, as a new process would open it. The one before may be gone.
    virtual crawler::CrawlStore& reopen() = 0;
    /// Queues `url` for a source, due at once.
    virtual void add(const std::string& url) = 0;
};

namespace contract {

using crawler::Delivery;
using std::chrono::seconds;

inline core::Timestamp start() {
    return core::Timestamp(std::chrono::sys_days{std::chrono::year{2026} / 11 / 23});
}

inline core::Exchange exchange_for(const crawler::Task& task, int status) {
    core::Exchange exchange;
    exchange.url = task.url.without_fragment();
    exchange.purpose = task.purpose;
    exchange.requested_at = start();
    exchange.status = status;
    exchange.body = "<html></html>";
    return exchange;
}

inline Delivery delivery_of(crawler::Task task,
                            Delivery::Outcome outcome,
                            core::Timestamp retry_at = {}) {
    auto exchange = exchange_for(task, outcome == Delivery::Outcome::fetched ? 200 : 503);
    return {std::move(task), outcome, {std::move(exchange)}, retry_at};
}

}  // namespace contract

inline void run_crawl_store_suite(
    const std::function<std::unique_ptr<CrawlStoreHarness>()>& make_harness) {
    using namespace contract;
    const auto harness = make_harness();
    const auto now = start();
    const std::string origin = "http://a.example";
    harness->add(origin + "/1");

    SECTION("a task is handed out once") {
        auto& store = harness->reopen();
        const auto task = store.take({}, now);
        REQUIRE(task);
        CHECK(task->url.text() == origin + "/1");
        CHECK(task->attempts == 0);
        CHECK_FALSE(store.take({}, now));
        CHECK_FALSE(store.next_due({}, now));
    }
    SECTION("a task that was not delivered is there after a crash") {
        REQUIRE(harness->reopen().take({}, now));
        CHECK(harness->reopen().take({}, now));
    }
    SECTION("a task that was delivered is done, after a crash too") {
        const auto outcome = GENERATE(Delivery::Outcome::fetched, Delivery::Outcome::gave_up);
        auto& store = harness->reopen();
        store.deliver(delivery_of(store.take({}, now).value(), outcome));
        CHECK_FALSE(store.take({}, now));
        CHECK_FALSE(harness->reopen().take({}, now));
    }
    SECTION("a forbidden task is a delivery, not a request") {
        auto& store = harness->reopen();
        auto delivery = delivery_of(store.take({}, now).value(), Delivery::Outcome::forbidden);
        auto& exchange = delivery.exchanges.back();
        exchange.status = 0;
        exchange.body.clear();
        exchange.robots = {false, core::RobotsDecision::Basis::rule, 2, "Disallow: /", {}};
        exchange.failure = core::Failure{core::Failure::Kind::refused, "closed by robots.txt"};
        store.deliver(delivery);
        CHECK_FALSE(harness->reopen().take({}, now));
    }
    SECTION("a retry comes back when it is due, knowing that it failed") {
        auto& store = harness->reopen();
        const auto later = now + seconds(60);
        store.deliver(delivery_of(store.take({}, now).value(), Delivery::Outcome::retry, later));
        CHECK_FALSE(store.take({}, now));
        CHECK(store.next_due({}, now) == later);
        const auto again = store.take({}, later);
        REQUIRE(again);
        CHECK(again->attempts == 1);
    }
    SECTION("a busy origin is passed over, another one is not") {
        harness->add("http://b.example/1");
        auto& store = harness->reopen();
        const auto task = store.take({origin}, now);
        REQUIRE(task);
        CHECK(task->url.origin() == "http://b.example");
        CHECK_FALSE(store.take({origin}, now));
        CHECK_FALSE(store.next_due({origin}, now));
        CHECK(store.next_due({}, now).has_value());
    }
    SECTION("an origin is left alone until the time set, of which the later one stands") {
        auto& store = harness->reopen();
        CHECK(store.not_before(origin) <= now);
        store.set_not_before(origin, now + seconds(60));
        store.set_not_before(origin, now + seconds(30));
        CHECK(store.not_before(origin) == now + seconds(60));
        CHECK_FALSE(store.take({}, now + seconds(59)));
        CHECK(store.next_due({}, now) == now + seconds(60));
        CHECK(store.take({}, now + seconds(60)));
    }
    SECTION("a robots.txt is kept with the exchange it came from") {
        auto& store = harness->reopen();
        CHECK_FALSE(store.load_robots(origin));
        crawler::RobotsRecord record;
        record.origin = origin;
        record.basis = core::RobotsDecision::Basis::rule;
        record.body = "User-agent: *\nDisallow: /private\n";
        record.expires_at = now + std::chrono::hours(24);
        core::Exchange exchange;
        exchange.url = origin + "/robots.txt";
        exchange.purpose = core::Exchange::Purpose::robots;
        exchange.requested_at = now;
        exchange.status = 200;
        exchange.body = record.body;
        const auto id = store.save_robots(record, {exchange});

        const auto loaded = harness->reopen().load_robots(origin);
        REQUIRE(loaded);
        CHECK(loaded->origin == origin);
        CHECK(loaded->basis == record.basis);
        CHECK(loaded->body == record.body);
        CHECK(loaded->expires_at == record.expires_at);
        CHECK(loaded->fetch == id);
    }
    SECTION("the newest robots.txt stands") {
        auto& store = harness->reopen();
        crawler::RobotsRecord record;
        record.origin = origin;
        record.basis = core::RobotsDecision::Basis::unreachable;
        record.expires_at = now + seconds(30);
        core::Exchange exchange;
        exchange.url = origin + "/robots.txt";
        exchange.purpose = core::Exchange::Purpose::robots;
        exchange.requested_at = now;
        store.save_robots(record, {exchange});
        record.basis = core::RobotsDecision::Basis::no_file;
        exchange.status = 404;
        store.save_robots(record, {exchange});
        CHECK(store.load_robots(origin)->basis == core::RobotsDecision::Basis::no_file);
    }
}

}  // namespace chiptrail::tests
