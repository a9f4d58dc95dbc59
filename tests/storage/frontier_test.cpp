#include "tests/storage/fixtures.hpp"
#include "tests/support/temp_dir.hpp"

#include <catch2/catch.hpp>

using namespace chiptrail;
using namespace chiptrail::tests;
using storage::Added;
using storage::Priority;
using storage::Store;
using storage::TaskState;

namespace {

std::string take_url(Store& store,
                     const std::string& clock,
                     const std::set<std::string>& busy = {},
                     const std::set<std::string>& sources = {}) {
    const auto task = store.frontier().take(sources, busy, at(clock));
    return task ? task->what.url.text() : std::string();
}

}  // namespace

TEST_CASE("frontier: a URL is queued once per source and purpose", "[storage][frontier]") {
    const TempDir folder;
    Store store(folder.path());
    auto& frontier = store.frontier();
    auto image = task("shop", "https://a.example/1");
    image.purpose = core::Exchange::Purpose::image;

    CHECK(frontier.add(task("shop", "https://a.example/1"), at("10:00:00")) == Added::inserted);
    CHECK(frontier.add(task("shop", "https://A.example:443/1#x"), at("10:00:00")) == Added::known);
    CHECK(frontier.add(image, at("10:00:00")) == Added::inserted);
    CHECK(frontier.add(task("forum", "https://a.example/1"), at("10:00:00")) == Added::inserted);
    CHECK(frontier.waiting({}) == 3);
    CHECK(frontier.waiting({"forum"}) == 1);
}

TEST_CASE("frontier: the due order is host, priority, age", "[storage][frontier]") {
    const TempDir folder;
    Store store(folder.path());
    auto& frontier = store.frontier();
    auto low = task("shop", "https://a.example/low");
    low.priority = Priority::low;
    auto high = task("shop", "https://a.example/high");
    high.priority = Priority::high;
    frontier.add(low, at("10:00:00"));
    frontier.add(task("shop", "https://a.example/first"), at("10:00:01"));
    frontier.add(task("shop", "https://a.example/second"), at("10:00:02"));
    frontier.add(high, at("10:00:03"));
    frontier.add(task("shop", "https://b.example/early"), at("09:00:00"));
    frontier.add(task("shop", "https://a.example/later"), at("23:00:00"));

    CHECK(take_url(store, "10:05:00") == "https://b.example/early");
    CHECK(take_url(store, "10:05:00") == "https://a.example/high");
    CHECK(take_url(store, "10:05:00") == "https://a.example/first");
    CHECK(take_url(store, "10:05:00") == "https://a.example/second");
    CHECK(take_url(store, "10:05:00") == "https://a.example/low");
    CHECK(take_url(store, "10:05:00").empty());
    CHECK(frontier.next_due({}, {}) == at("23:00:00"));
}

TEST_CASE("frontier: busy hosts, hosts that must wait and other sources are passed over",
          "[storage][frontier]") {
    const TempDir folder;
    Store store(folder.path());
    auto& frontier = store.frontier();
    frontier.add(task("shop", "https://a.example/1"), at("10:00:00"));
    frontier.add(task("shop", "https://b.example/1"), at("10:00:01"));
    frontier.add(task("forum", "https://c.example/1"), at("10:00:02"));

    CHECK(
        take_url(store, "10:00:05", {"https://a.example", "https://b.example"}, {"shop"}).empty());
    CHECK_FALSE(frontier.next_due({"shop"}, {"https://a.example", "https://b.example"}));
    CHECK(take_url(store, "10:00:05", {"https://a.example"}, {"forum"}) == "https://c.example/1");

    frontier.set_not_before("https://a.example", at("10:30:00"));
    CHECK(frontier.not_before("https://a.example") == at("10:30:00"));
    CHECK(frontier.not_before("https://b.example") == core::Timestamp{});
    CHECK(take_url(store, "10:00:05") == "https://b.example/1");
    CHECK(take_url(store, "10:00:05").empty());
    CHECK(frontier.next_due({}, {}) == at("10:30:00"));
    frontier.set_not_before("https://a.example", at("10:00:10"));
    CHECK(take_url(store, "10:00:10") == "https://a.example/1");
}

TEST_CASE("frontier: a host's waiting time holds for tasks that come later",
          "[storage][frontier]") {
    const TempDir folder;
    Store store(folder.path());
    store.frontier().set_not_before("https://a.example", at("10:30:00"));
    store.frontier().add(task("shop", "https://a.example/1"), at("10:00:00"));
    CHECK(take_url(store, "10:29:59").empty());
    CHECK(take_url(store, "10:30:00") == "https://a.example/1");
}

TEST_CASE("frontier: a taken task is not given out twice, and a crash gives it back",
          "[storage][frontier]") {
    const TempDir folder;
    {
        Store store(folder.path());
        store.frontier().add(task("shop", "https://a.example/1"), at("10:00:00"));
        const auto taken = store.frontier().take({}, {}, at("10:00:00"));
        REQUIRE(taken);
        CHECK(take_url(store, "10:00:00").empty());
        CHECK_FALSE(store.frontier().next_due({}, {}));
        store.frontier().release(taken->id);
        CHECK_FALSE(take_url(store, "10:00:00").empty());
    }
    Store again(folder.path());
    CHECK(take_url(again, "10:00:00") == "https://a.example/1");
}

TEST_CASE("frontier: a retried task counts its attempts and waits", "[storage][frontier]") {
    const TempDir folder;
    Store store(folder.path());
    auto& frontier = store.frontier();
    frontier.add(task("shop", "https://a.example/1"), at("10:00:00"));
    const auto taken = frontier.take({}, {}, at("10:00:00"));
    frontier.retry(taken->id, at("10:10:00"), "timed out");

    CHECK(take_url(store, "10:09:59").empty());
    CHECK(frontier.next_due({}, {}) == at("10:10:00"));
    const auto again = frontier.take({}, {}, at("10:10:00"));
    REQUIRE(again);
    CHECK(again->attempts == 1);
    frontier.close(again->id,
                   {.state = TaskState::failed, .fetch = {}, .problem = "gone", .validators = {}},
                   at("10:11:00"));
    CHECK(frontier.find(again->id)->state == TaskState::failed);
    CHECK(frontier.waiting({}) == 0);
}

TEST_CASE("frontier: the next run visits again what is old enough, with its validators",
          "[storage][frontier]") {
    const TempDir folder;
    Store store(folder.path());
    auto& frontier = store.frontier();
    const auto item = task("shop", "https://a.example/1");
    frontier.add(item, at("10:00:00"));
    const auto taken = frontier.take({}, {}, at("10:00:00"));
    frontier.close(taken->id,
                   {.state = TaskState::done,
                    .fetch = {},
                    .problem = {},
                    .validators = storage::TaskEnd::Validators{"\"v1\"", "Mon"}},
                   at("10:00:01"));

    CHECK(frontier.add(item, at("11:00:00")) == Added::known);
    CHECK(frontier.add(item, at("11:00:00"), at("10:00:01")) == Added::known);
    CHECK(take_url(store, "12:00:00").empty());
    CHECK(frontier.add(item, at("11:00:00"), at("10:30:00")) == Added::armed_again);
    CHECK(frontier.add(item, at("11:00:00"), at("10:30:00")) == Added::known);

    const auto again = frontier.take({}, {}, at("11:00:00"));
    REQUIRE(again);
    CHECK(again->etag == "\"v1\"");
    CHECK(again->last_modified == "Mon");
    frontier.close(again->id, {}, at("11:00:01"));
    CHECK(frontier.find(again->id)->etag == "\"v1\"");
}

TEST_CASE("frontier: rearm takes the longest closed first and keeps to its limit",
          "[storage][frontier]") {
    const TempDir folder;
    Store store(folder.path());
    auto& frontier = store.frontier();
    for (const auto* minute : {"03", "01", "02"}) {
        frontier.add(task("shop", std::string("https://a.example/") + minute), at("10:00:00"));
        const auto taken = frontier.take({}, {}, at("10:00:00"));
        frontier.close(taken->id, {}, at(std::string("10:") + minute + ":00"));
    }
    frontier.add(task("forum", "https://f.example/1"), at("10:00:00"));
    const auto page = core::Exchange::Purpose::page;

    CHECK(frontier.rearm("shop", page, at("10:01:00"), at("11:00:00"), 10) == 0);
    CHECK(frontier.rearm("shop", page, at("12:00:00"), at("11:00:00"), 1) == 1);
    CHECK(take_url(store, "11:00:00", {}, {"shop"}) == "https://a.example/01");
    CHECK(frontier.rearm("shop", page, at("12:00:00"), at("11:00:00"), 10) == 2);
    CHECK(frontier.rearm("shop", page, at("12:00:00"), at("11:00:00"), 0) == 0);
}

TEST_CASE("frontier: robots.txt is kept a host", "[storage][frontier]") {
    const TempDir folder;
    OpenStore open(folder.path());
    auto& frontier = open.store.frontier();
    const auto fetch = open.fetch_page("https://a.example/robots.txt");
    CHECK_FALSE(frontier.load_robots("https://a.example"));
    frontier.save_robots({"https://a.example",
                          core::RobotsDecision::Basis::no_file,
                          "",
                          at("11:00:00"),
                          std::nullopt},
                         at("10:00:00"));
    frontier.save_robots({"https://a.example",
                          core::RobotsDecision::Basis::rule,
                          "Disallow: /x",
                          at("12:00:00"),
                          fetch},
                         at("10:00:01"));
    const auto record = frontier.load_robots("https://a.example");
    REQUIRE(record);
    CHECK(record->basis == core::RobotsDecision::Basis::rule);
    CHECK(record->body == "Disallow: /x");
    CHECK(record->expires_at == at("12:00:00"));
    CHECK(record->fetch == fetch);
}
