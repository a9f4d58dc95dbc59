#include "demo/demo_site.hpp"

#include "core/result.hpp"
#include "demo/photos.hpp"

#include <catch2/catch.hpp>
#include <httplib.h>

#include <regex>
#include <set>

namespace {

using chiptrail::demo::DemoSite;

DemoSite::Options any_port() {
    return {};
}

httplib::Client client_of(const DemoSite& site) {
    httplib::Client client("127.0.0.1", site.port());
    client.set_read_timeout(60);
    return client;
}

httplib::Response get(const DemoSite& site, const std::string& path) {
    auto client = client_of(site);
    const auto result = client.Get(path);
    REQUIRE(result);
    return *result;
}

/// What a crawler would meet: every link and photo of our own pages, from the start.
std::set<std::string> walk(const DemoSite& site) {
    std::set<std::string> seen;
    std::vector<std::string> waiting{"/market/", "/forum/", "/forum/feed.xml"};
    const std::regex link("(?:href|src|data-src)=\"(/[^\"]*)\"");
    while (!waiting.empty()) {
        const std::string path = waiting.back();
        waiting.pop_back();
        if (!seen.insert(path).second || path.rfind("/photos/", 0) == 0) {
            continue;
        }
        const std::string body = get(site, path).body;
        for (std::sregex_iterator at(body.begin(), body.end(), link), end; at != end; ++at) {
            waiting.push_back((*at)[1].str());
        }
    }
    return seen;
}

}  // namespace

TEST_CASE("demo: list pages lead to every listing, thread and photo", "[demo]") {
    const DemoSite site(any_port());
    const auto seen = walk(site);
    for (const auto& name : chiptrail::demo::photo_names()) {
        CAPTURE(name);
        CHECK(seen.count("/photos/" + name) == 1);
    }
    int items = 0;
    int threads = 0;
    for (const auto& path : seen) {
        items += path.rfind("/market/item/", 0) == 0 ? 1 : 0;
        threads += path.rfind("/forum/thread/", 0) == 0 ? 1 : 0;
    }
    CHECK(items == 18);  // 16 listings, one for members, one that is gone since last year.
    CHECK(threads == 6);
    CHECK(site.requests("/market/") > 0);
}

TEST_CASE("demo: paths answer as their real models do", "[demo]") {
    const DemoSite site(any_port());
    struct Row {
        const char* path;
        int status;
        const char* type;
        const char* part;
    };
    const auto row = GENERATE(values<Row>({
        {"/robots.txt", 200, "text/plain; charset=utf-8", "Disallow: /market/private/"},
        {"/market/", 200, "text/html; charset=utf-8", "rel=\"next\" href=\"/market/?page=2\""},
        {"/market/?page=3", 200, "text/html; charset=utf-8", "?page=2\">Previous"},
        {"/market/?page=4", 404, "text/html; charset=utf-8", "does not exist"},
        {"/market/?page=99999999999999999999", 404, "text/html; charset=utf-8", "not exist"},
        {"/market/item/1001-sys-821ge-tnhr", 200, "text/html; charset=utf-8", "218500.00"},
        {"/market/item/999-last-year", 404, "text/html; charset=utf-8", "does not exist"},
        {"/market/login?next=/", 200, "text/html; charset=utf-8", "type=\"password\""},
        {"/market/item/1007-nf5688m6", 200, "text/html", "\xC0\xCB\xB3\xB1"},  // 浪潮 in GBK
        {"/forum/feed.xml", 200, "application/rss+xml; charset=utf-8", "<enclosure"},
        {"/photos/hpe-dl380.jpg", 200, "image/jpeg", "\xFF\xD8"},
        {"/photos/nothing.jpg", 404, "text/plain", "No such photo"},
    }));
    CAPTURE(row.path);
    const auto response = get(site, row.path);
    CHECK(response.status == row.status);
    CHECK(response.get_header_value("Content-Type") == row.type);
    CHECK(response.body.find(row.part) != std::string::npos);
}

TEST_CASE("demo: a members' lot leads to the login page", "[demo]") {
    const DemoSite site(any_port());
    const auto response = get(site, "/market/item/1500-members-lot");
    CHECK(response.status == 302);
    CHECK(response.get_header_value("Location").rfind("/market/login", 0) == 0);
}

TEST_CASE("demo: one photo is busy at the first visit only", "[demo]") {
    const DemoSite site(any_port());
    const auto first = get(site, "/photos/gigabyte-g593.jpg");
    CHECK(first.status == 429);
    CHECK(first.get_header_value("Retry-After") == "1");
    CHECK(get(site, "/photos/gigabyte-g593.jpg").status == 200);
}

TEST_CASE("demo: the large photo has 40 MB and is a picture", "[demo]") {
    const DemoSite site(any_port());
    const auto response = get(site, "/photos/camera-original.jpg");
    CHECK(response.body.size() == 40'000'000);
    // After the comments the photo itself goes on, up to zeros that no decoder reads.
    const std::string photo = chiptrail::demo::draw_photo("plain-server.jpg");
    const auto end = response.body.find_last_not_of('\0') + 1;
    REQUIRE(end > photo.size());
    CHECK(response.body.substr(0, 4) == "\xFF\xD8\xFF\xFE");
    CHECK(response.body.substr(end - photo.size() + 2, photo.size() - 2) == photo.substr(2));
}

TEST_CASE("demo: the copied photo has other addresses and the same bytes", "[demo]") {
    const DemoSite site(any_port());
    CHECK(get(site, "/photos/repost/dell-xe9680.jpg").body ==
          get(site, "/photos/dell-xe9680.jpg").body);
}

TEST_CASE("demo: an unchanged page is answered with 304", "[demo]") {
    const DemoSite site(any_port());
    const auto first = get(site, "/market/");
    auto client = client_of(site);
    const auto again = client.Get("/market/", {{"If-None-Match", first.get_header_value("ETag")}});
    REQUIRE(again);
    CHECK(again->status == 304);
    CHECK(again->body.empty());
}

TEST_CASE("demo: the second round has lower prices, an edited text and one listing less",
          "[demo]") {
    DemoSite site(any_port());
    CHECK(get(site, "/market/item/1009-unbranded-switch").status == 200);
    site.set_round(2);
    CHECK(get(site, "/market/item/1001-sys-821ge-tnhr").body.find("209900.00") !=
          std::string::npos);
    CHECK(get(site, "/market/item/1006-g593").body.find("SOLD to a buyer") != std::string::npos);
    CHECK(get(site, "/market/item/1009-unbranded-switch").status == 410);
    CHECK(get(site, "/market/?page=2").body.find("unbranded-switch") == std::string::npos);
}

TEST_CASE("demo: a port in use is an error that names it", "[demo]") {
    const DemoSite site(any_port());
    DemoSite::Options same;
    same.port = site.port();
    CHECK_THROWS_WITH(DemoSite(same), Catch::Contains(std::to_string(site.port())));
}
