#include "tests/storage/fixtures.hpp"
#include "tests/support/temp_dir.hpp"

#include <catch2/catch.hpp>

using namespace chiptrail;
using namespace chiptrail::tests;

TEST_CASE("fetches: an exchange is read back as it happened", "[storage][fetches]") {
    const TempDir folder;
    OpenStore open(folder.path());
    const auto robots = open.fetch_page("https://shop.example/robots.txt");
    auto exchange = page_exchange("https://shop.example/1", "body\0bytes");
    exchange.robots.fetch = robots.value;
    exchange.truncated = true;
    exchange.response_headers.push_back({"X-Name", "\xC4\xD6 latin"});
    exchange.response_headers.push_back({"X-Utf8", "ÄÖ"});
    exchange.failure = core::Failure{core::Failure::Kind::too_large, "cut at 20 MB"};
    exchange.timings = {std::chrono::microseconds(1),
                        std::chrono::microseconds(2),
                        std::chrono::microseconds(3),
                        std::chrono::microseconds(4),
                        std::chrono::microseconds(5)};
    const auto id = open.store.fetches().add(
        exchange, {open.run, "shop", "https://shop.example/start", 2, std::nullopt});

    const auto fetch = open.store.fetches().find(id);
    REQUIRE(fetch);
    CHECK(fetch->source == "shop");
    CHECK(fetch->run == open.run);
    CHECK(fetch->task_url == "https://shop.example/start");
    CHECK(fetch->hop == 2);
    REQUIRE(fetch->body);
    CHECK(open.store.blobs().get(*fetch->body, storage::Check::hash) == exchange.body);
    const auto& read = fetch->exchange;
    CHECK(read.url == exchange.url);
    CHECK(read.request_headers == exchange.request_headers);
    CHECK(read.response_headers == exchange.response_headers);
    CHECK(read.robots.allowed);
    CHECK(read.robots.basis == core::RobotsDecision::Basis::rule);
    CHECK(read.robots.line == 7);
    CHECK(read.robots.rule == "Allow: /");
    CHECK(read.robots.fetch == robots.value);
    CHECK(read.status == 200);
    CHECK(read.http_version == "1.1");
    CHECK(read.truncated);
    CHECK(read.remote_ip == "192.0.2.7");
    CHECK(read.remote_port == 443);
    CHECK(read.tls_version == "TLSv1.3");
    CHECK(read.certificate_sha256 == exchange.certificate_sha256);
    CHECK(read.timings.total == std::chrono::microseconds(5));
    CHECK(read.timings.name_lookup == std::chrono::microseconds(1));
    REQUIRE(read.failure);
    CHECK(read.failure->kind == core::Failure::Kind::too_large);
    CHECK(read.failure->detail == "cut at 20 MB");
}

TEST_CASE("fetches: the newest usable copy is what a 304 stands for", "[storage][fetches]") {
    const TempDir folder;
    OpenStore open(folder.path());
    const std::string address = "https://shop.example/1";
    CHECK_FALSE(open.store.fetches().newest_copy("shop", address));
    open.fetch_page(address, "old");
    const auto good = open.fetch_page(address, "new");
    auto bad = page_exchange(address, "oops");
    bad.status = 500;
    open.store.fetches().add(bad, {open.run, "shop", address, 0, std::nullopt});
    auto cut = page_exchange(address, "ne");
    cut.truncated = true;
    open.store.fetches().add(cut, {open.run, "shop", address, 0, std::nullopt});

    CHECK(open.store.fetches().newest_copy("shop", address)->id == good);
    CHECK_FALSE(open.store.fetches().newest_copy("other", address));
}

TEST_CASE("fetches: a body that cannot be a reference is refused", "[storage][fetches]") {
    const TempDir folder;
    OpenStore open(folder.path());
    CHECK_THROWS_AS(open.store.fetches().add(page_exchange("https://shop.example/1", "x"),
                                             {{999}, "shop", "u", 0, std::nullopt}),
                    core::Error);
}

TEST_CASE("runs: they begin, count, end, and say when they were cut off", "[storage][runs]") {
    const TempDir folder;
    storage::Store store(folder.path());
    auto& runs = store.runs();
    const auto first = runs.begin({"crawl", "0.1", "abc"}, at("10:00:00"));
    runs.finish(first, storage::RunStatus::running, {{"fetches", 3}}, at("10:01:00"));
    CHECK_FALSE(runs.find(first)->finished_at);
    const auto scan = runs.begin({"scan", "0.1", "abc"}, at("10:01:00"));

    CHECK(runs.mark_interrupted("crawl", at("10:02:00")) == 1);
    CHECK(runs.find(first)->status == storage::RunStatus::interrupted);
    CHECK(runs.find(first)->counts == storage::Counts{{"fetches", 3}});
    CHECK(runs.find(scan)->status == storage::RunStatus::running);

    runs.finish(scan, storage::RunStatus::done_with_failures, {{"photos", 9}}, at("10:03:00"));
    const auto list = runs.list(10);
    REQUIRE(list.size() == 2);
    CHECK(list[0].id == scan);
    CHECK(list[0].finished_at == at("10:03:00"));
    CHECK(list[0].status == storage::RunStatus::done_with_failures);
    CHECK(list[0].what.command == "scan");
    CHECK_THROWS_WITH(runs.finish({77}, storage::RunStatus::done, {}, at("10:03:00")),
                      Catch::Contains("no run 77"));
}

TEST_CASE("sources: the summary tells what a person asks first", "[storage][runs]") {
    const TempDir folder;
    OpenStore open(folder.path());
    open.add_post(listing("1"));
    const auto gone = open.add_post(listing("2"));
    open.store.posts().mark_gone(
        gone, open.fetch_page("https://shop.example/item/2"), at("11:00:00"));
    const auto photo = open.fetch_photo("https://cdn.example/1-a.jpg", "jpeg");
    open.detect(photo.sha256, {finding("dell", 0.9)});
    open.store.hits().recompute({}, at("10:03:00"));
    open.store.frontier().add(task("shop", "https://shop.example/next"), at("10:00:00"));
    auto forbidden = page_exchange("https://shop.example/private", "");
    forbidden.robots = {false, core::RobotsDecision::Basis::rule, 3, "Disallow: /private", {}};
    forbidden.status = 0;
    forbidden.requested_at = at("10:20:00");
    open.store.fetches().add(forbidden, {open.run, "shop", forbidden.url, 0, std::nullopt});

    auto summary = open.store.runs().sources();
    REQUIRE(summary.size() == 1);
    CHECK(summary[0].name == "shop");
    CHECK(summary[0].posts == 2);
    CHECK(summary[0].gone_posts == 1);
    CHECK(summary[0].images == 1);
    CHECK(summary[0].hits == 1);
    CHECK(summary[0].waiting_tasks == 1);
    CHECK(summary[0].fetches == 5);
    CHECK(summary[0].failed_fetches == 0);
    CHECK(summary[0].forbidden == 1);
    CHECK(summary[0].last_fetch_at == at("10:20:00"));
    CHECK(summary[0].last_success_at == at("10:00:00"));
    CHECK_THAT(summary[0].last_problem, Catch::Contains("Disallow: /private"));

    const auto page = open.fetch_page("https://shop.example/list");
    open.store.fetches().note_reading(page,
                                      {core::PageStatus::layout_changed,
                                       "selector '.item' found nothing",
                                       "shop",
                                       "utf-8",
                                       0,
                                       0});
    summary = open.store.runs().sources();
    CHECK(summary[0].last_problem == "selector '.item' found nothing");
    CHECK(summary[0].last_page_status == core::PageStatus::layout_changed);

    open.fetch_page("https://shop.example/list");
    CHECK(open.store.runs().sources()[0].last_problem.empty());
}

TEST_CASE("images: the work of a detector is what it has not seen", "[storage][images]") {
    const TempDir folder;
    OpenStore open(folder.path());
    auto& images = open.store.images();
    const auto a = open.fetch_photo("https://cdn.example/a.jpg", "a");
    const auto b = open.fetch_photo("https://cdn.example/b.jpg", "b");
    open.fetch_photo("https://cdn.example/a-again.jpg", "a");

    CHECK(images.count_unseen_by("detector-1") == 2);
    CHECK(images.unseen_by("detector-1", 1).at(0).blob == a);
    open.detect(a.sha256, {});
    storage::Detection failed;
    failed.image = b.sha256;
    failed.detector = "detector-1";
    failed.at = at("10:05:00");
    failed.problem = "truncated";
    images.save_detection(failed);
    CHECK(images.count_unseen_by("detector-1") == 0);
    CHECK(images.count_unseen_by("detector-2") == 2);
    CHECK(images.newest_detection(b.sha256)->problem == "truncated");

    const auto found = finding("dell", 0.75);
    open.detect(a.sha256, {found, finding("hpe", 0.5)}, "detector-2");
    const auto newest = images.newest_detection(a.sha256);
    REQUIRE(newest);
    CHECK(newest->detector == "detector-2");
    CHECK(newest->seconds == 0.25);
    CHECK(newest->stages_json == R"({"detect":0.2})");
    REQUIRE(newest->findings.size() == 2);
    CHECK(newest->findings[0] == found);

    failed.image = core::sha256("unknown");
    CHECK_THROWS_WITH(images.save_detection(failed), Catch::Contains("no photo"));
}

TEST_CASE("images: a description is completed, not doubled", "[storage][images]") {
    const TempDir folder;
    OpenStore open(folder.path());
    const auto blob = open.store.blobs().put("jpeg");
    open.store.images().put(blob, {0, 0, "jpeg", "", "", ""}, at("10:00:00"));
    open.store.images().put(
        blob, {800, 600, "jpeg", "ff00", R"({"Make":"X"})", ""}, at("11:00:00"));
    const auto image = open.store.images().find(blob.sha256);
    REQUIRE(image);
    CHECK(image->info.width == 800);
    CHECK(image->info.phash == "ff00");
    CHECK(image->info.exif_json == R"({"Make":"X"})");
    CHECK(image->first_seen == at("10:00:00"));
    CHECK(open.store.stats().images == 1);
}
