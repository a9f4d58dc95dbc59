#include "extract/structured.hpp"

#include "core/file.hpp"
#include "tests/support/corpora.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

using namespace chiptrail;
using extract::HtmlDocument;
using extract::Json;

namespace {

std::vector<core::Post> posts_of(std::string_view html) {
    return extract::structured_posts(HtmlDocument::parse(html),
                                     *core::Url::parse("https://shop.example/item/12345"),
                                     *core::parse_rfc3339("2026-06-01T00:00:00Z"));
}

}  // namespace

TEST_CASE("structured: a product in JSON-LD gives a listing", "[extract][structured]") {
    const auto posts =
        posts_of(R"(<script type="application/ld+json">{"@context":"https://schema.org","@graph":[
{"@type":"BreadcrumbList"},{"@type":["Product","Thing"],"name":"Rail &amp; kit","sku":"R1","image":["/a.jpg",{"@type":"ImageObject","url":"/b.jpg"}],
"offers":{"@type":"AggregateOffer","lowPrice":10.5,"highPrice":"20","priceCurrency":"EUR","seller":{"@type":"Organization","name":"Shop"}}}]}</script>)");
    REQUIRE(posts.size() == 1);
    CHECK(posts[0].kind == core::PostKind::listing);
    CHECK(posts[0].extractor == "json-ld");
    CHECK(posts[0].title == "Rail & kit");
    CHECK(posts[0].id == "R1");
    CHECK(posts[0].price.amount == "10.5");
    CHECK(posts[0].price.amount_max == "20");
    CHECK(posts[0].price.currency == "EUR");
    CHECK(posts[0].author.name == "Shop");
    CHECK(posts[0].images ==
          std::vector<std::string>{"https://shop.example/a.jpg", "https://shop.example/b.jpg"});
}

TEST_CASE("structured: broken JSON-LD is read as far as it is data", "[extract][structured]") {
    struct Row {
        const char* why;
        const char* script;
    };
    const auto row = GENERATE(values<Row>({
        {"line break in a string",
         "{\"@type\":\"Product\",\"name\":\"Rail kit\",\"description\":\"a\nb\"}"},
        {"trailing comma", "{\"@type\":\"Product\",\"name\":\"Rail kit\",}"},
        {"wrapped in a comment", "<!-- {\"@type\":\"Product\",\"name\":\"Rail kit\"} -->"},
        {"after a comment", "<!-- x --> {\"@type\":\"Product\",\"name\":\"Rail kit\"}"},
        {"CDATA", "//<![CDATA[\n{\"@type\":\"Product\",\"name\":\"Rail kit\"}\n//]]>"},
        {"a JavaScript comment", "/* x */ {\"@type\":\"Product\",\"name\":\"Rail kit\"}"},
    }));
    CAPTURE(row.why);
    const auto posts =
        posts_of("<script type='application/ld+json'>" + std::string(row.script) + "</script>");
    REQUIRE(posts.size() == 1);
    CHECK(posts[0].title == "Rail kit");
}

TEST_CASE("structured: a list of items gives one post each, a carousel does not",
          "[extract][structured]") {
    const auto list =
        posts_of(R"(<script type="application/ld+json">{"@type":"ItemList","itemListElement":[
{"@type":"ListItem","item":{"@type":"Product","name":"A","url":"/item/1","offers":{"price":"1","priceCurrency":"USD"}}},
{"@type":"ListItem","item":{"@type":"Product","name":"B","url":"/item/2"}},
{"@type":"ListItem","item":{"@type":"Product","name":"C","url":"/item/3"}}]}</script>)");
    REQUIRE(list.size() == 3);
    CHECK(list[1].url == "https://shop.example/item/2");
    CHECK(list[0].price.amount == "1");

    const auto single = posts_of(R"(<h1>Main thing</h1><script type="application/ld+json">[
{"@type":"Product","name":"Other 1","url":"/1"},{"@type":"Product","name":"Main thing"},
{"@type":"Product","name":"Other 2","url":"/2"},{"@type":"Product","name":"Other 3","url":"/3"}]</script>)");
    REQUIRE(single.size() == 1);
    CHECK(single[0].title == "Main thing");
}

TEST_CASE("structured: OpenGraph alone serves, but an avatar is no photo",
          "[extract][structured]") {
    const auto posts = posts_of(
        R"(<meta property="og:title" content="Hello"><meta property="og:image" content="https://cdn.bsky.app/img/avatar/plain/did/x@jpeg">
<meta property="product:price:amount" content="1.299,00"><meta property="product:price:currency" content="EUR">)");
    REQUIRE(posts.size() == 1);
    CHECK(posts[0].extractor == "opengraph");
    CHECK(posts[0].images.empty());
    CHECK(posts[0].price.amount == "1299.00");
    CHECK(posts[0].price.currency == "EUR");
}

TEST_CASE("structured: a discussion gives its comments", "[extract][structured]") {
    const auto posts = posts_of(
        R"(<script type="application/ld+json">{"@type":"DiscussionForumPosting","headline":"Which rails?","text":"I need rails","author":{"@type":"Person","name":"ann"},
"comment":[{"@type":"Comment","text":"These","author":{"name":"bob"},"datePublished":"2026-01-01T00:00:00Z"}]}</script>)");
    REQUIRE(posts.size() == 2);
    CHECK(posts[0].kind == core::PostKind::thread);
    CHECK(posts[1].author.name == "bob");
    CHECK(posts[1].title == "Which rails?");
}

TEST_CASE("structured: microdata that refers to itself ends", "[extract][structured]") {
    const auto document = HtmlDocument::parse(
        "<div itemscope id=a itemref='b'></div><div id=b itemprop=x itemscope itemref='b "
        "a'></div>");
    CHECK(extract::read_microdata(document, *core::Url::parse("https://a.example/")).is_array());
}

namespace {

/// Equal but for white space and for addresses, which we make absolute.
bool alike(const Json& got, const Json& expected) {
    if (got.is_string() && expected.is_string()) {
        std::string a;
        std::string b;
        for (const char c : got.get<std::string>()) {
            a += static_cast<unsigned char>(c) > ' ' ? std::string(1, c) : "";
        }
        for (const char c : expected.get<std::string>()) {
            b += static_cast<unsigned char>(c) > ' ' ? std::string(1, c) : "";
        }
        return a == b || (a.starts_with("http") && !b.empty() && a.ends_with(b)) || a == b + "/";
    }
    if (got.type() != expected.type() || got.size() != expected.size()) {
        return false;
    }
    if (got.is_object()) {
        for (const auto& [name, value] : expected.items()) {
            if (!got.contains(name) || !alike(got[name], value)) {
                return false;
            }
        }
        return true;
    }
    if (got.is_array()) {
        for (std::size_t i = 0; i < got.size(); ++i) {
            if (!alike(got[i], expected[i])) {
                return false;
            }
        }
        return true;
    }
    return got == expected;
}

Json read_json(const std::filesystem::path& path) {
    const auto text = core::read_file(path, 4U << 20U);
    return text ? Json::parse(*text, nullptr, false) : Json();
}

}  // namespace

TEST_CASE("structured: extruct's microdata and JSON-LD samples", "[extract][corpus]") {
    const auto folder = tests::corpus("suites/extruct/tests/samples");
    if (!folder) {
        return;
    }
    int right = 0;
    int total = 0;
    const auto check = [&](bool good, const std::filesystem::path& path, const Json& got) {
        ++total;
        right += good ? 1 : 0;
        if (!good && std::getenv("CHIPTRAIL_TRUTH_MISSES") != nullptr) {
            std::printf("  missed %s: %s\n", path.filename().c_str(), got.dump(1).c_str());
        }
    };
    for (const char* part : {"schema.org", "schema.org.invalid", "misc", "websites"}) {
        for (const auto& entry : std::filesystem::directory_iterator(*folder / part)) {
            auto path = entry.path();
            if (path.extension() != ".html") {
                continue;
            }
            const auto body = core::read_file(path, 4U << 20U);
            REQUIRE(body);
            const auto document = HtmlDocument::parse(*body);
            auto expected_path = path;
            const auto json_ld = read_json(expected_path.replace_extension(".jsonld"));
            if (json_ld.is_array()) {
                const auto got = extract::read_json_ld(document);
                check(alike(got, json_ld), path, got);
            }
            const auto items = read_json(expected_path.replace_extension(".json"));
            const bool microdata = items.is_array() && !items.empty() && items[0].is_object() &&
                                   items[0].contains("properties") && items[0].contains("type") &&
                                   items[0]["properties"].is_object();
            if (microdata) {
                const auto got =
                    extract::read_microdata(document, *core::Url::parse("http://example.com/"));
                check(alike(got, items), path, got);
            }
        }
    }
    std::printf("extruct: %d of %d\n", right, total);
    CHECK(total >= 15);
    CHECK(right * 10 >= total * 7);
}
