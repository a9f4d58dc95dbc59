// Whole crawls of a shop that behaves.
#include "demo/photos.hpp"
#include "storage/store.hpp"
#include "tests/cli/shop.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <thread>

using namespace chiptrail;
using namespace chiptrail::tests;
using namespace std::chrono_literals;

namespace {

constexpr const char* kRevisitNow = "revisit_hours = 0\n";

/// A request that a shop answers after `time`, so that a run is caught in the middle of it.
void answer_late(Shop& shop, const std::string& path, std::chrono::milliseconds time) {
    shop.server.on(path, HttpServer::Reply{.body = "<p>late</p>", .wait_first = time});
}

/// False when it took too long.
template <class Condition>
bool wait_until(const Condition& condition) {
    const auto limit = std::chrono::steady_clock::now() + 30s;
    while (!condition() && std::chrono::steady_clock::now() < limit) {
        std::this_thread::sleep_for(5ms);
    }
    return condition();
}

}  // namespace

TEST_CASE("cli: a crawl reports what it did, and the store has it", "[cli][crawl]") {
    Shop shop(plain_items(3));
    const ShopCli chiptrail;
    chiptrail.add_source("shop", shop.server.url("/list"));

    const auto report = chiptrail.crawl();

    CHECK(report.result.exit_code == 0);
    CHECK(report.result.err.empty());
    CHECK(report.json.at("status") == "done");
    const auto& source = report.source("shop");
    CHECK(source.at("pages") == 4);
    CHECK(source.at("images") == 3);
    CHECK(source.at("posts_new") == 3);
    CHECK(source.at("problem") == "");
    CHECK(chiptrail.store_problems().empty());
    storage::Store store(chiptrail.data());
    const auto post = store.posts().find("shop", "2");
    REQUIRE(post);
    CHECK(post->post.price.amount == "200.00");
    CHECK(post->post.images == std::vector<std::string>{shop.server.url("/photo/2.jpg")});
}

TEST_CASE("cli: a second crawl asks for changes only, and records price, text and absence",
          "[cli][crawl]") {
    Shop shop(plain_items(4));
    const ShopCli chiptrail({.crawl = {}, .rest = {}, .recipe_crawl = kRevisitNow});
    chiptrail.add_source("shop", shop.server.url("/list"));
    REQUIRE(chiptrail.crawl().result.exit_code == 0);
    const auto before = storage::Store(chiptrail.data()).stats();
    const auto first = shop.server.requests().size();
    shop.change([](auto& items) {
        items[1].price = "US $55.00";
        items.erase(3);
    });

    const auto report = chiptrail.crawl();

    const auto& source = report.source("shop");
    CHECK(report.result.exit_code == 3);  // The page that is gone counts as failed.
    CHECK(source.at("posts_new") == 0);
    CHECK(source.at("posts_changed") == 1);
    CHECK(source.at("posts_gone") == 1);
    CHECK(source.at("not_modified") == 2);
    CHECK(source.at("images") == 0);
    CHECK_THAT(source.at("problem").get<std::string>(), Catch::Contains("/item/3 answered 404"));
    const auto requests = shop.server.requests();
    for (std::size_t i = first; i < requests.size(); ++i) {
        CAPTURE(requests[i].path);
        CHECK_FALSE(requests[i].header("If-None-Match").empty());
    }
    storage::Store store(chiptrail.data());
    CHECK(store.stats().posts == before.posts);
    CHECK(store.stats().images == before.images);
    CHECK(store.posts().find("shop", "1")->post.price.amount == "55.00");
    CHECK(store.posts().find("shop", "3")->gone_at.has_value());
    CHECK_FALSE(store.posts().find("shop", "2")->gone_at.has_value());
}

TEST_CASE("cli: hits and show tell of a price that fell and of a listing that went",
          "[cli][crawl][slow]") {
    if (!has_models()) {
        return;
    }
    auto items = plain_items(1);
    items[2] = {"GPU server", "US $9000.00", demo::draw_photo("dell-xe9680.jpg")};
    items[3] = {"GPU card", "US $700.00", demo::draw_photo("h100-card.jpg")};
    Shop shop(items);
    const ShopCli chiptrail({.crawl = {}, .rest = {}, .recipe_crawl = kRevisitNow});
    chiptrail.add_source("shop", shop.server.url("/list"));

    const auto first = chiptrail.crawl({});
    CHECK(first.result.exit_code == 0);
    CHECK(first.json.at("photos").at("scanned") == 3);
    CHECK(first.json.at("hits").at("added") == 2);
    shop.change([](auto& all) {
        all[2].price = "US $8000.00";
        all.erase(3);
    });
    const auto second = chiptrail.crawl({});
    CHECK(second.json.at("photos").at("scanned") == 0);
    CHECK(second.json.at("hits").at("total") == 2);
    CHECK(second.json.at("hits").at("added") == 0);

    const auto dell = chiptrail({"hits", "--json", "--brand", "dell"});
    CHECK(schema_problem("hits", dell.out) == "");
    const auto hit = nlohmann::json::parse(dell.out);
    CHECK(hit.at("post").at("price").at("amount") == 8000);
    const auto shown =
        nlohmann::json::parse(chiptrail({"show", hit.at("id").get<std::string>(), "--json"}).out);
    REQUIRE(shown.at("versions").size() >= 2);
    const auto& newest =
        shown.at("versions").back().at("number") > shown.at("versions").front().at("number")
            ? shown.at("versions").back()
            : shown.at("versions").front();
    CHECK(newest.at("changed") == nlohmann::json::array({"price"}));
    const auto gone = nlohmann::json::parse(chiptrail({"hits", "--json", "--brand", "nvidia"}).out);
    CHECK(gone.at("gone_at").is_string());
    CHECK_THAT(chiptrail({"show", gone.at("id").get<std::string>()}).out, Catch::Contains("gone"));
}

TEST_CASE("cli: a second crawl of a store in use is exit code 75 and names the first",
          "[cli][crawl]") {
    Shop shop(plain_items(1));
    answer_late(shop, "/list", 60s);
    const ShopCli chiptrail;
    chiptrail.add_source("shop", shop.server.url("/list"));
    Program first(CHIPTRAIL_PROGRAM, {"crawl", "--no-scan"}, chiptrail.options());
    REQUIRE(wait_until([&] { return shop.server.count("/list") == 1; }));

    const auto second = chiptrail({"crawl", "--no-scan"});

    CHECK(second.exit_code == 75);
    CHECK(second.out.empty());
    CHECK_THAT(second.err,
               Catch::Contains("crawl, process " + std::to_string(first.pid())) &&
                   Catch::Contains("Wait until it is done"));
    CHECK(chiptrail({"sources"}).exit_code == 0);  // Looking is allowed meanwhile.
    first.signal(SIGKILL);
    static_cast<void>(first.wait());
    answer_late(shop, "/list", 0s);
    CHECK(chiptrail({"crawl", "--no-scan"}).exit_code != 75);  // A crash leaves no lock behind.
}

TEST_CASE("cli: Ctrl-C ends a crawl within two seconds and the next one goes on", "[cli][crawl]") {
    struct Row {
        const char* why;
        std::chrono::milliseconds wait;
        int signal;
    };
    const auto row = GENERATE(values<Row>({
        {"the host answers late", 300ms, SIGINT},
        {"the host does not answer", 60s, SIGINT},
        {"the machine shuts down", 300ms, SIGTERM},
    }));
    CAPTURE(row.why);
    Shop shop(plain_items(6));
    answer_late(shop, "/item/3", row.wait);
    const ShopCli chiptrail;
    chiptrail.add_source("shop", shop.server.url("/list"));
    Program crawl(CHIPTRAIL_PROGRAM, {"crawl", "--no-scan"}, chiptrail.options());
    REQUIRE(wait_until([&] { return shop.server.count("/item/3") == 1; }));

    const auto asked = std::chrono::steady_clock::now();
    crawl.signal(row.signal);
    const auto ended = crawl.wait();

    CHECK(std::chrono::steady_clock::now() - asked < 2s);
    CHECK(ended.exit_code == 130);
    CHECK_THAT(ended.err, Catch::Contains("the next `chiptrail crawl` goes on from there"));
    shop.server.on("/item/3", HttpServer::Reply{.body = "<article data-id=3><h1>Server 3</h1>"});
    const auto next = chiptrail.crawl();
    CHECK(next.result.exit_code == 0);
    CHECK(next.json.at("interrupted_runs") == 0);
    CHECK(shop.server.count("/item/1") == 1);
    CHECK(shop.server.count("/item/6") == 1);
    CHECK(storage::Store(chiptrail.data()).stats().posts == 6);
    CHECK(chiptrail.store_problems().empty());
}

TEST_CASE("cli: what robots.txt closes is not asked for, and the report says which line",
          "[cli][crawl]") {
    Shop shop(plain_items(3));
    shop.server.on(
        "/robots.txt",
        HttpServer::Reply{.body = "User-agent: *\nDisallow: /item/2\nDisallow: /photo/\n",
                          .content_type = "text/plain"});
    const ShopCli chiptrail;
    chiptrail.add_source("shop", shop.server.url("/list"));

    const auto report = chiptrail.crawl();

    CHECK(report.result.exit_code == 0);
    CHECK(shop.server.count("/item/2") == 0);
    CHECK(shop.server.count("/photo/1.jpg") == 0);
    CHECK(report.source("shop").at("forbidden") == 3);
    CHECK_THAT(report.source("shop").at("problem").get<std::string>(),
               Catch::Contains("closed by line ") && Catch::Contains("Disallow: /"));
}

TEST_CASE("cli: a robots.txt that cannot be had closes the host, and the report says so",
          "[cli][crawl]") {
    Shop shop(plain_items(1));
    shop.server.on("/robots.txt", HttpServer::Reply{.status = 500, .body = "broken"});
    const ShopCli chiptrail;
    chiptrail.add_source("shop", shop.server.url("/list"));

    const auto report = chiptrail.crawl();

    CHECK(report.result.exit_code == 3);
    CHECK(shop.server.count("/list") == 0);
    CHECK_THAT(report.source("shop").at("problem").get<std::string>(),
               Catch::Contains("/robots.txt could not be had") && Catch::Contains("status 500"));
}

TEST_CASE("cli: sources test fetches one page, shows its fields and stores nothing", "[cli]") {
    Shop shop(plain_items(2));
    const ShopCli chiptrail;
    chiptrail.add_source("shop", shop.server.url("/list"));

    const auto list = chiptrail({"sources", "test", "shop"});
    CHECK(list.exit_code == 0);
    CHECK_THAT(list.out,
               Catch::Contains("2 posts") && Catch::Contains("2 pages to follow") &&
                   Catch::Contains("page status: ok") && Catch::Contains("Server 2"));
    const auto item = chiptrail({"sources", "test", "shop", "--url", shop.server.url("/item/1")});
    CHECK(item.exit_code == 0);
    CHECK_THAT(item.out, Catch::Contains("US $100.00"));
    CHECK(shop.server.count("/photo/1.jpg") == 0);
    CHECK_FALSE(std::filesystem::exists(chiptrail.data()));
}

TEST_CASE("cli: sources test says at once why a page cannot be had", "[cli]") {
    struct Row {
        const char* path;
        const char* said;
    };
    const auto row = GENERATE(values<Row>({
        {"/closed", "line 2: Disallow: /closed"},
        {"/gone", "404"},
        {"/broken", "500"},
        {"/busy", "429"},
        {"/empty", "selector '.goods .offer' found nothing"},
    }));
    Shop shop(plain_items(1));
    shop.server.on("/robots.txt",
                   HttpServer::Reply{.body = "User-agent: *\nDisallow: /closed\n",
                                     .content_type = "text/plain"});
    shop.server.on("/broken", HttpServer::Reply{.status = 500, .body = "<p>broken</p>"});
    shop.server.on("/empty", HttpServer::Reply{.body = "<p>Welcome to our new shop.</p>"});
    shop.server.on(
        "/busy", HttpServer::Reply{.status = 429, .body = "", .headers = {{"Retry-After", "60"}}});
    const ShopCli chiptrail;
    chiptrail.add_source("shop", shop.server.url(row.path));

    const auto result = chiptrail({"sources", "test", "shop"});

    CAPTURE(row.path, result.out);
    CHECK(result.exit_code == 1);
    CHECK_THAT(result.out + result.err, Catch::Contains(row.said));
    CHECK(shop.server.count("/closed") == 0);
}

TEST_CASE("cli: sources test of a host that is down does not wait for it", "[cli]") {
    std::string nowhere;
    {
        const HttpServer gone;
        nowhere = gone.url("/list");
    }
    const ShopCli chiptrail;
    chiptrail.add_source("shop", nowhere);

    const auto started = std::chrono::steady_clock::now();
    const auto result = chiptrail({"sources", "test", "shop"});

    CHECK(result.exit_code == 1);
    CHECK_THAT(result.err, Catch::Contains(nowhere));
    CHECK(std::chrono::steady_clock::now() - started < 5s);
}
