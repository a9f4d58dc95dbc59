// CurlFetcher against a loopback server that breaks rules on request.

#include "crawler/fetcher.hpp"

#include "core/sha256.hpp"
#include "tests/support/http_server.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using chiptrail::core::ConfigError;
using chiptrail::core::Exchange;
using chiptrail::core::Failure;
using chiptrail::core::find_header;
using chiptrail::core::Headers;
using chiptrail::core::Url;
using chiptrail::crawler::CurlFetcher;
using chiptrail::crawler::Request;
using chiptrail::tests::HttpServer;

namespace {

CurlFetcher::Options on_loopback() {
    CurlFetcher::Options options;
    options.contact = "https://example.org/bot";
    options.allow_addresses = {"127.0.0.0/8", "::1/128"};
    return options;
}

Request get(const std::string& url, Headers headers = {}, std::size_t max_body_bytes = 0) {
    return {.url = Url::parse(url).value(),
            .headers = std::move(headers),
            .max_body_bytes = max_body_bytes};
}

Exchange fetch(CurlFetcher& fetcher, const Request& request) {
    const auto id = fetcher.start(request);
    for (int i = 0; i < 200; ++i) {
        for (auto& completion : fetcher.wait(100ms)) {
            REQUIRE(completion.id == id);
            return std::move(completion.exchange);
        }
    }
    FAIL("no answer within 20 s");
    return {};
}

Exchange fetch(const Request& request, const CurlFetcher::Options& options = on_loopback()) {
    CurlFetcher fetcher(options);
    return fetch(fetcher, request);
}

bool has(const Headers& headers, const std::string& name, const std::string& value) {
    return std::ranges::find(headers, chiptrail::core::Header{name, value}) != headers.end();
}

}  // namespace

TEST_CASE("fetcher: what was sent and received is recorded", "[crawler][fetcher]") {
    HttpServer server;
    server.on("/a", {.body = "hello", .headers = {{"X-One", "1"}, {"x-one", "  2 "}}});

    const auto exchange = fetch(get(server.url("/a?q=1#frag"), {{"Accept", "text/html"}}));
    CHECK_FALSE(exchange.failure);
    CHECK(exchange.url == server.url("/a?q=1"));
    CHECK(exchange.status == 200);
    CHECK(exchange.reason == "OK");
    CHECK(exchange.http_version == "1.1");
    CHECK(exchange.body == "hello");
    CHECK_FALSE(exchange.truncated);
    CHECK(exchange.remote_ip == "127.0.0.1");
    CHECK(exchange.remote_port == server.port());
    CHECK(exchange.tls_version.empty());
    CHECK(exchange.certificate_sha256.empty());
    CHECK(exchange.timings.total.count() > 0);
    CHECK(exchange.response_headers == Headers{{"Content-Type", "text/html; charset=utf-8"},
                                               {"X-One", "1"},
                                               {"x-one", "2"},
                                               {"Content-Length", "5"}});

    // The record of what was sent is what the other side saw, in order and spelling.
    REQUIRE(server.requests().size() == 1);
    CHECK(exchange.request_headers == server.requests()[0].headers);
    CHECK(server.requests()[0].target == "/a?q=1");
    CHECK(
        has(exchange.request_headers, "User-Agent", "chiptrail/0.1.0 (+https://example.org/bot)"));
    CHECK(has(exchange.request_headers, "Accept", "text/html"));
    CHECK(has(exchange.request_headers, "Accept-Encoding", "gzip, deflate, br, zstd"));
}

TEST_CASE("fetcher: a coded body is kept as received", "[crawler][fetcher]") {
    HttpServer server;
    const std::string coded("\x1f\x8b\x08\x00not really gzip", 19);
    server.on("/", {.body = coded, .headers = {{"Content-Encoding", "gzip"}}, .chunked = true});

    const auto exchange = fetch(get(server.url()));
    CHECK(exchange.body == coded);
    CHECK(find_header(exchange.response_headers, "transfer-encoding") == "chunked");
}

TEST_CASE("fetcher: no redirect is followed and every status is an answer", "[crawler][fetcher]") {
    const int status = GENERATE(301, 304, 404, 429, 500);
    CAPTURE(status);
    HttpServer server;
    server.on("/", {.status = status, .headers = {{"Location", "/b"}}});

    const auto exchange = fetch(get(server.url()));
    CHECK(exchange.status == status);
    CHECK_FALSE(exchange.failure);
    CHECK(server.requests().size() == 1);
}

TEST_CASE("fetcher: an endless body is cut at the limit and the record says so",
          "[crawler][fetcher]") {
    HttpServer server;
    server.on("/", {.body = std::string(10'000, 'x'), .endless = true});

    const auto exchange = fetch(get(server.url(), {}, 25'000));
    CHECK(exchange.status == 200);
    CHECK(exchange.truncated);
    CHECK(exchange.body == std::string(25'000, 'x'));
    CHECK_FALSE(exchange.failure);
}

TEST_CASE("fetcher: a body of exactly the limit is whole", "[crawler][fetcher]") {
    HttpServer server;
    server.on("/", {.body = std::string(1'000, 'x')});

    CHECK_FALSE(fetch(get(server.url(), {}, 1'000)).truncated);
    const auto cut = fetch(get(server.url(), {}, 999));
    CHECK(cut.truncated);
    CHECK(cut.body.size() == 999);
}

TEST_CASE("fetcher: what goes wrong is a failure that names the URL", "[crawler][fetcher]") {
    struct Row {
        const char* why;
        HttpServer::Reply reply;
        Failure::Kind kind;
        bool truncated;
    };
    auto options = on_loopback();
    options.max_header_bytes = 4'000;
    const HttpServer::Reply slow{.wait_first = 30s};
    const HttpServer::Reply drip{.body = "0123456789", .wait_per_byte = 200ms};
    const HttpServer::Reply cut{.body = "0123456789", .cut_after = 4};
    const HttpServer::Reply nothing{.raw = ""};
    const HttpServer::Reply gibberish{.raw = "\x16\x03\x01 gibberish\r\n\r\n"};
    const HttpServer::Reply headers{.headers = {{"X", std::string(5'000, 'x')}}};
    const auto row = GENERATE_COPY(values<Row>({
        {"no answer in time", slow, Failure::Kind::timed_out, false},
        {"time over in the body", drip, Failure::Kind::timed_out, true},
        {"connection lost in the body", cut, Failure::Kind::unreachable, true},
        {"connection closed without an answer", nothing, Failure::Kind::unreachable, false},
        {"an answer that is no HTTP", gibberish, Failure::Kind::bad_input, false},
        {"headers beyond the limit", headers, Failure::Kind::too_large, false},
    }));
    CAPTURE(row.why);
    if (row.kind == Failure::Kind::timed_out) {
        options.total_timeout = 1s;
    }
    HttpServer server;
    server.on("/x", row.reply);

    const auto exchange = fetch(get(server.url("/x")), options);
    REQUIRE(exchange.failure);
    CAPTURE(exchange.failure->detail);
    CHECK(exchange.failure->kind == row.kind);
    CHECK(exchange.truncated == row.truncated);
    CHECK_THAT(exchange.failure->detail, Catch::Contains(server.url("/x")));
}

TEST_CASE("fetcher: what came before a connection broke is kept", "[crawler][fetcher]") {
    HttpServer server;
    server.on("/", {.body = "0123456789", .cut_after = 4});

    const auto exchange = fetch(get(server.url()));
    CHECK(exchange.status == 200);
    CHECK(exchange.body == "0123");
}

TEST_CASE("fetcher: a host that is down is unreachable", "[crawler][fetcher]") {
    std::string url;
    {
        const HttpServer gone;
        url = gone.url();
    }
    const auto exchange = fetch(get(url));
    REQUIRE(exchange.failure);
    CHECK(exchange.failure->kind == Failure::Kind::unreachable);
    CHECK(exchange.status == 0);
    CHECK_FALSE(exchange.request_headers.size() > 0);
}

TEST_CASE("fetcher: an address that is not public is refused before anything is sent",
          "[crawler][fetcher][guard]") {
    HttpServer server;
    auto options = on_loopback();
    options.allow_addresses = {};
    const std::string port = std::to_string(server.port());
    // Not only as written: what a name resolves or is mapped to counts.
    options.connect_to = {server.connect_to("public.example")};
    const auto url = GENERATE_COPY(as<std::string>(),
                                   "http://127.0.0.1:" + port + "/",
                                   "http://localhost:" + port + "/",
                                   "http://2130706433:" + port,
                                   "http://[::ffff:127.0.0.1]:" + port + "/",
                                   "http://public.example/",
                                   "http://169.254.169.254/latest/");
    CAPTURE(url);

    const auto exchange = fetch(get(url), options);
    REQUIRE(exchange.failure);
    CHECK(exchange.failure->kind == Failure::Kind::refused);
    CHECK_THAT(exchange.failure->detail, Catch::Contains("allow_addresses"));
    CHECK(server.requests().empty());
}

TEST_CASE("fetcher: TLS is checked and recorded, on a reused connection too",
          "[crawler][fetcher][tls]") {
    HttpServer server({.hosts = {"shop.example"}, .tls = true});
    server.on_host("shop.example", "/", {.body = "secret"});
    auto options = on_loopback();
    options.connect_to = {server.connect_to("shop.example"), server.connect_to("other.example")};

    SECTION("an unknown certificate is refused with the way out") {
        const auto exchange = fetch(get("https://shop.example/"), options);
        REQUIRE(exchange.failure);
        CHECK(exchange.failure->kind == Failure::Kind::unreachable);
        CHECK_THAT(exchange.failure->detail, Catch::Contains("ca_file"));
        CHECK(server.requests().empty());
    }
    SECTION("a certificate for another name is refused") {
        options.ca_file = server.ca_file().string();
        CHECK(fetch(get("https://other.example/"), options).failure);
        CHECK(server.requests().empty());
    }
    SECTION("a known one is recorded") {
        options.ca_file = server.ca_file().string();
        CurlFetcher fetcher(options);
        const auto first = fetch(fetcher, get("https://shop.example/"));
        const auto second = fetch(fetcher, get("https://shop.example/"));
        REQUIRE_FALSE(first.failure);
        CHECK(first.body == "secret");
        CHECK(first.tls_version == "TLSv1.3");
        CHECK(chiptrail::core::Sha256::from_hex(first.certificate_sha256).has_value());
        CHECK(second.tls_version == first.tls_version);
        CHECK(second.certificate_sha256 == first.certificate_sha256);
        REQUIRE(server.requests().size() == 2);
        CHECK(server.requests()[1].connection == server.requests()[0].connection);
        CHECK(server.requests()[0].host == "shop.example");
    }
}

TEST_CASE("fetcher: a request that curl repeats on a fresh connection is recorded once",
          "[crawler][fetcher]") {
    HttpServer server;
    server.on("/", [](const HttpServer::Request& request) {
        // The second time, the connection turns out to be dead.
        return request.connection == 1 && !request.header("X-Second").empty()
                   ? HttpServer::Reply{.raw = ""}
                   : HttpServer::Reply{.body = "hello"};
    });
    CurlFetcher fetcher(on_loopback());
    CHECK(fetch(fetcher, get(server.url())).body == "hello");
    const auto second = fetch(fetcher, get(server.url(), {{"X-Second", "1"}}));
    CHECK(second.body == "hello");
    REQUIRE(server.requests().size() == 3);
    CHECK(server.requests()[2].connection == 2);
    CHECK(second.request_headers == server.requests()[2].headers);
}

TEST_CASE("fetcher: requests run side by side", "[crawler][fetcher]") {
    HttpServer server;
    server.otherwise([](const HttpServer::Request& request) {
        return HttpServer::Reply{.body = request.path, .wait_first = 400ms};
    });
    CurlFetcher fetcher(on_loopback());
    const auto begun = std::chrono::steady_clock::now();
    std::vector<std::string> wanted(5);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        wanted[i] = "/" + std::to_string(i);
        static_cast<void>(fetcher.start(get(server.url(wanted[i]))));
    }
    std::vector<std::string> got;
    while (got.size() < wanted.size()) {
        for (const auto& completion : fetcher.wait(5s)) {
            got.push_back(completion.exchange.body);
        }
    }
    std::ranges::sort(got);
    CHECK(got == wanted);
    CHECK(std::chrono::steady_clock::now() - begun < 1'800ms);  // One after the other: 2 s.
}

TEST_CASE("fetcher: wait sleeps for its time and another thread can wake it",
          "[crawler][fetcher]") {
    CurlFetcher fetcher(on_loopback());
    const auto begun = std::chrono::steady_clock::now();
    CHECK(fetcher.wait(60ms).empty());
    CHECK(std::chrono::steady_clock::now() - begun >= 50ms);

    const std::jthread waker([&fetcher] { fetcher.wake(); });
    CHECK(fetcher.wait(30s).empty());
    CHECK(std::chrono::steady_clock::now() - begun < 10s);
}

TEST_CASE("fetcher: what is aborted never completes", "[crawler][fetcher]") {
    HttpServer server;
    server.on("/slow", {.body = "late", .wait_first = 500ms});
    CurlFetcher fetcher(on_loopback());
    static_cast<void>(fetcher.start(get(server.url("/slow"))));
    CHECK(fetcher.wait(20ms).empty());
    fetcher.abort_all();
    CHECK(fetcher.wait(700ms).empty());
}

TEST_CASE("fetcher: nobody can write header lines into our requests", "[crawler][fetcher]") {
    HttpServer server;
    const auto exchange =
        fetch(get(server.url(), {{"If-None-Match", "\"x\"\r\nX-Evil: 1"}, {"Accept", "a"}}));
    CHECK_FALSE(find_header(exchange.request_headers, "X-Evil"));
    CHECK_FALSE(find_header(server.requests().at(0).headers, "X-Evil"));
    CHECK(find_header(exchange.request_headers, "Accept") == "a");
}

TEST_CASE("fetcher: credentials in a URL are not sent", "[crawler][fetcher]") {
    HttpServer server;
    const auto port = std::to_string(server.port());
    static_cast<void>(fetch(get("http://user:secret@127.0.0.1:" + port + "/")));
    CHECK(server.requests().at(0).header("Authorization").empty());
}

TEST_CASE("fetcher: a proxy is used when named", "[crawler][fetcher]") {
    HttpServer proxy;
    proxy.otherwise([](const HttpServer::Request& request) {
        return HttpServer::Reply{.body = "by proxy: " + request.target};
    });
    auto options = on_loopback();
    options.allow_addresses = {};
    options.proxy = proxy.origin();

    CHECK(fetch(get("http://shop.example/a"), options).body == "by proxy: http://shop.example/a");
    // Names are resolved by the proxy; addresses are still ours to judge.
    const auto refused = fetch(get("http://169.254.169.254/"), options);
    REQUIRE(refused.failure);
    CHECK(refused.failure->kind == Failure::Kind::refused);
    CHECK(proxy.requests().size() == 1);
}

TEST_CASE("fetcher: options that cannot be used are refused and named", "[crawler][fetcher]") {
    CurlFetcher::Options options;
    SECTION("addresses") {
        options.allow_addresses = {"localhost"};
        CHECK_THROWS_AS(CurlFetcher(options), ConfigError);
        CHECK_THROWS_WITH(CurlFetcher(options), Catch::Contains("localhost"));
    }
    SECTION("proxy") {
        options.proxy = "ftp://proxy";
        CHECK_THROWS_WITH(CurlFetcher(options), Catch::Contains("ftp://proxy"));
    }
    SECTION("certificates") {
        options.ca_file = "/no/such.pem";
        CHECK_THROWS_WITH(CurlFetcher(options), Catch::Contains("/no/such.pem"));
    }
    SECTION("contact") {
        options.contact = "me\r\nX-Evil: 1";
        CHECK_THROWS_AS(CurlFetcher(options), ConfigError);
    }
}
