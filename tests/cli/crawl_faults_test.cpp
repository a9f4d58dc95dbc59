// Crawls of sites that are ill or mean: each gives a row of the report that names the page and
// what is wrong with it, and costs no other source anything.
#include "storage/store.hpp"
#include "tests/cli/shop.hpp"

#include <catch2/catch.hpp>
#include <iconv.h>
#include <zlib.h>

#include <array>
#include <chrono>
#include <random>

using namespace chiptrail;
using namespace chiptrail::tests;
using namespace std::chrono_literals;

namespace {

using Reply = HttpServer::Reply;

constexpr const char* kTightLimits =
    "max_page_bytes = 200_000\nmax_image_bytes = 300_000\nmax_inflated_bytes = 1_000_000\n";

std::string gzipped(const std::string& plain) {
    z_stream stream{};
    constexpr int kGzipWindow = 15 + 16;
    REQUIRE(::deflateInit2(&stream, 9, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string packed(::deflateBound(&stream, plain.size()), '\0');
    std::string input = plain;
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    REQUIRE(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
    packed.resize(stream.total_out);
    ::deflateEnd(&stream);
    return packed;
}

std::string random_bytes(std::size_t count) {
    std::mt19937 random(17);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same at each run
    std::string bytes;
    for (std::size_t i = 0; i < count; ++i) {
        bytes += static_cast<char>(random() & 0xff);
    }
    return bytes;
}

/// A PNG that says how large it is and then has next to nothing.
std::string huge_png() {
    using namespace std::string_literals;
    // 100,000 is 0x000186A0.
    auto header = "IHDR\x00\x01\x86\xA0\x00\x01\x86\xA0\x08\x02\x00\x00\x00"s;
    const auto sum =
        ::crc32(0, reinterpret_cast<const Bytef*>(header.data()), static_cast<uInt>(header.size()));
    std::string bytes = "\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"s + header;
    for (const int shift : {24, 16, 8, 0}) {
        bytes += static_cast<char>((sum >> shift) & 0xff);
    }
    return bytes + "\x00\x00\x00\x10IDAT0123456789abcdef"s;
}

std::string list_of_two() {
    return "<ul class=list><li class=item data-id=1><a href=/a>浪潮 NF5688</a></li>"
           "<li class=item data-id=2><a href=/b>曙光 X785</a></li></ul>"
           "<p>本店出售二手服务器和显卡，全部经过测试，支持七天无理由退换，欢迎来电咨询。</p>";
}

std::string in_gbk(std::string utf8) {
    std::string out(utf8.size(), '\0');
    const auto converter = ::iconv_open("GBK", "UTF-8");
    auto* from = utf8.data();
    auto* to = out.data();
    auto from_left = utf8.size();
    auto to_left = out.size();
    REQUIRE(::iconv(converter, &from, &from_left, &to, &to_left) == 0);
    ::iconv_close(converter);
    out.resize(out.size() - to_left);
    return out;
}

ShopCli fault_cli() {
    return ShopCli({.crawl = kTightLimits, .rest = {}, .recipe_crawl = "", .recipe_rest = ""});
}

}  // namespace

TEST_CASE("cli: a page that cannot be used is named in the report, with the reason",
          "[cli][crawl][faults]") {
    struct Row {
        const char* why;
        Reply reply;
        const char* status;
        const char* problem;
        bool stopped;
    };
    const auto row = GENERATE(values<Row>({
        {"captcha",
         {.body = "<title>Robot check</title><p>Please prove you are human."},
         "captcha",
         "asks to solve a captcha",
         true},
        {"login wall",
         {.body = "<p>You must log in to continue.</p><form><input type=password></form>"},
         "needs_login",
         "members only",
         true},
        {"refusal", {.status = 403, .body = "<p>Forbidden</p>"}, "blocked", "answered 403", true},
        {"a recipe that fits no more",
         {.body = "<p>Welcome to our new shop. All our servers are listed elsewhere now."},
         "layout_changed",
         "selector '.goods .offer' found nothing",
         false},
        {"404", {.status = 404, .body = "<p>not here</p>"}, "ok", "/list answered 404", false},
        {"500", {.status = 500, .body = "<p>broken</p>"}, "ok", "/list answered 500", false},
        {"an endless page",
         {.body = "<p>more and more ", .endless = true},
         "layout_changed",
         "selector '.goods .offer' found nothing",
         false},
        {"an endless page with goods",
         {.body = "<div class=goods><div class=offer><h2>Server</h2></div></div>", .endless = true},
         "ok",
         "cut off after 200000 bytes (max_page_bytes)",
         false},
        {"a gzip bomb",
         {.body = gzipped(std::string(30'000'000, ' ')), .headers = {{"Content-Encoding", "gzip"}}},
         "ok",
         "inflates to more than 1000000 bytes",
         false},
        {"damaged gzip",
         {.body = gzipped("<ul class=list></ul>").substr(0, 10) + "\xff\xff\xff\xff",
          .headers = {{"Content-Encoding", "gzip"}}},
         "ok",
         "not gzip as its header says",
         false},
        {"an unknown coding",
         {.body = "xxxx", .headers = {{"Content-Encoding", "rot13"}}},
         "ok",
         "content coding 'rot13'",
         false},
        {"noise", {.body = random_bytes(50'000)}, "layout_changed", "found nothing", false},
        {"an answer that is no HTTP", {.raw = random_bytes(2'000)}, "ok", "/list", false},
        {"a connection that breaks off",
         {.body = std::string(5'000, 'x'), .cut_after = 100},
         "ok",
         "/list",
         false},
        {"a redirect to itself",
         {.status = 302, .body = "", .headers = {{"Location", "/list"}}},
         "ok",
         "circle",
         false},
        {"a redirect to a file",
         {.status = 302, .body = "", .headers = {{"Location", "file:///etc/passwd"}}},
         "ok",
         "file:///etc/passwd",
         false},
        {"a redirect into the local network",
         {.status = 302, .body = "", .headers = {{"Location", "http://192.168.0.1/admin"}}},
         "ok",
         "192.168.0.1",
         false},
    }));
    Shop shop(plain_items(1));
    HttpServer ill;
    ill.on("/list", row.reply);
    const auto chiptrail = fault_cli();
    chiptrail.add_source("good", shop.server.url("/list"));
    chiptrail.add_source("ill", ill.url("/list"));

    const auto report = chiptrail.crawl();

    CAPTURE(row.why, report.result.out);
    CHECK(report.result.exit_code == 3);
    const auto& source = report.source("ill");
    CHECK(source.at("status") == row.status);
    CHECK(source.at("stopped") == row.stopped);
    CHECK_THAT(source.at("problem").get<std::string>(), Catch::Contains(row.problem));
    CHECK(report.source("good").at("posts_new") == 1);
    CHECK(report.source("good").at("problem") == "");
    CHECK(chiptrail.store_problems().empty());
}

TEST_CASE("cli: the table of a crawl shows the gravest problem of a source",
          "[cli][crawl][faults]") {
    Shop shop(plain_items(4));
    shop.server.on("/item/1", Reply{.body = "<p>You must log in to see this lot.</p>"});
    shop.server.on("/item/2", Reply{.status = 404, .body = "<p>gone</p>"});
    shop.server.on("/photo/4.jpg", Reply{.status = 410, .body = ""});
    const auto chiptrail = fault_cli();
    chiptrail.add_source("shop", shop.server.url("/list"));

    const auto result = chiptrail({"crawl", "--no-scan"});

    CHECK(result.exit_code == 3);
    CHECK_THAT(result.out,
               Catch::Contains("needs_login: the site shows this to members only") &&
                   !Catch::Contains("stopped"));
    CHECK(shop.server.count("/item/4") == 1);
}

TEST_CASE("cli: odd pages give their posts all the same", "[cli][crawl][faults]") {
    struct Row {
        const char* why;
        Reply reply;
        const char* title;
    };
    std::string deep;
    for (int i = 0; i < 100'000; ++i) {
        deep += "<div>";
    }
    const auto gbk = in_gbk(list_of_two());
    const auto row = GENERATE_COPY(values<Row>({
        {"GBK called UTF-8",
         {.body = gbk, .content_type = "text/html; charset=utf-8"},
         "浪潮 NF5688"},
        {"GBK called nothing", {.body = gbk, .content_type = "text/html"}, "浪潮 NF5688"},
        {"GBK called what it is",
         {.body = gbk, .content_type = "text/html; charset=gb2312"},
         "浪潮 NF5688"},
        {"nested 100,000 deep", {.body = list_of_two() + deep}, "浪潮 NF5688"},
        {"in small pieces",
         {.body = gzipped(list_of_two()),
          .headers = {{"Content-Encoding", "gzip"}},
          .chunked = true},
         "浪潮 NF5688"},
    }));
    HttpServer server;
    server.on("/list", row.reply);
    const ShopCli chiptrail;
    chiptrail.add_source("odd", server.url("/list"));

    const auto report = chiptrail.crawl();

    CAPTURE(row.why, report.result.out);
    CHECK(report.source("odd").at("status") == "ok");
    CHECK(report.source("odd").at("posts_seen") == 2);
    storage::Store store(chiptrail.data());
    const auto post = store.posts().find("odd", "1");
    REQUIRE(post);
    CHECK(post->post.title == row.title);
}

TEST_CASE("cli: a photo that cannot be used is named, kept where it came, and no post is lost",
          "[cli][crawl][faults]") {
    struct Row {
        const char* why;
        Reply reply;
        const char* problem;
        bool kept;
    };
    const auto row = GENERATE(values<Row>({
        {"404", {.status = 404, .body = ""}, "/photo/1.jpg answered 404", false},
        {"100,000 pixels wide and high",
         {.body = huge_png(), .content_type = "image/png"},
         "100000",
         true},
        {"random bytes",
         {.body = random_bytes(20'000), .content_type = "image/jpeg"},
         "/photo/1.jpg: ",
         true},
        {"a page instead",
         {.body = "<html><p>Hotlinking is forbidden.</p></html>"},
         "/photo/1.jpg: ",
         true},
        {"nothing at all", {.body = "", .content_type = "image/jpeg"}, "/photo/1.jpg: ", false},
        {"an endless one",
         {.body = std::string(10'000, '\xff'), .content_type = "image/jpeg", .endless = true},
         "cut off after 300000 bytes when it was fetched (max_image_bytes)",
         true},
    }));
    Shop shop(plain_items(2));
    shop.server.on(shop.photo_path(1), row.reply);
    const auto chiptrail = fault_cli();
    chiptrail.add_source("shop", shop.server.url("/list"));

    const auto report = chiptrail.crawl();

    CAPTURE(row.why, report.result.out);
    CHECK(report.result.exit_code == 3);
    CHECK(report.source("shop").at("failed") == 1);
    CHECK_THAT(report.source("shop").at("problem").get<std::string>(),
               Catch::Contains(row.problem));
    CHECK(report.source("shop").at("posts_new") == 2);
    CHECK(storage::Store(chiptrail.data()).stats().images == (row.kept ? 2 : 1));
    CHECK(chiptrail.store_problems().empty());
}

TEST_CASE("cli: photos that hurt are looked at within their limits, the others as ever",
          "[cli][crawl][faults]") {
    if (!has_models()) {
        return;
    }
    Shop shop(plain_items(4));
    const auto whole = plain_items(1).at(1).photo;
    shop.server.on(shop.photo_path(1), Reply{.body = huge_png(), .content_type = "image/png"});
    shop.server.on(shop.photo_path(2),
                   Reply{.body = whole.substr(0, whole.size() / 2), .content_type = "image/jpeg"});
    shop.server.on(shop.photo_path(3),
                   Reply{.body = random_bytes(20'000), .content_type = "image/jpeg"});
    const ShopCli chiptrail;
    chiptrail.add_source("shop", shop.server.url("/list"));

    const auto report = chiptrail.crawl({});

    CAPTURE(report.result.out);
    CHECK(report.result.exit_code == 3);
    CHECK(report.json.at("photos").at("scanned") == 4);
    CHECK(report.json.at("photos").at("failed") >= 2);
    const auto again = chiptrail.crawl({});
    CHECK(again.json.at("photos").at("scanned") == 0);  // Once is enough, failed or not.
}

TEST_CASE("cli: a busy host is asked again when it said, or in a later run",
          "[cli][crawl][faults]") {
    Shop shop(plain_items(1));
    std::atomic<int> asked = 0;
    const auto seconds = GENERATE(values<std::string>({"1", "3600"}));
    shop.server.on("/item/1", [&](const HttpServer::Request&) {
        return ++asked == 1
                   ? Reply{.status = 429, .body = "", .headers = {{"Retry-After", seconds}}}
                   : Reply{.body = "<article data-id=1><h1>Server 1</h1><p class=text>Here.</p>"};
    });
    const ShopCli chiptrail;
    chiptrail.add_source("shop", shop.server.url("/list"));

    const auto report = chiptrail.crawl();

    CAPTURE(seconds, report.result.out);
    const auto& source = report.source("shop");
    if (seconds == "1") {
        CHECK(report.result.exit_code == 0);
        CHECK(source.at("problem") == "");
        const auto requests = shop.server.requests();
        REQUIRE(shop.server.count("/item/1") == 2);
        CHECK(requests.back().at - requests[requests.size() - 2].at >= 1s);
        return;
    }
    CHECK(report.result.exit_code == 3);
    CHECK(asked == 1);
    CHECK(source.at("postponed") == 1);
    CHECK(report.json.at("next_due").is_string());
    CHECK_THAT(source.at("problem").get<std::string>(),
               Catch::Contains("/item/1 answered 429 (it is tried again later)"));
    const auto again = chiptrail.crawl();
    CHECK(asked == 1);  // A new process keeps the promise of the old one.
    CHECK(shop.server.count("/list") == 1);
}

TEST_CASE("cli: a host that is down is named, and costs the other sources nothing",
          "[cli][crawl][faults]") {
    std::string nowhere;
    {
        const HttpServer gone;
        nowhere = gone.url("/list");
    }
    Shop shop(plain_items(1));
    const ShopCli chiptrail;
    chiptrail.add_source("down", nowhere);
    chiptrail.add_source("shop", shop.server.url("/list"));

    const auto report = chiptrail.crawl();

    CAPTURE(report.result.out);
    CHECK(report.result.exit_code == 3);
    CHECK_THAT(report.source("down").at("problem").get<std::string>(),
               Catch::Contains(nowhere) && Catch::Contains("connect"));
    CHECK(report.source("shop").at("problem") == "");
}
