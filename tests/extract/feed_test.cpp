#include "extract/feed.hpp"

#include "core/file.hpp"
#include "extract/html_document.hpp"
#include "extract/regex.hpp"
#include "tests/support/corpora.hpp"
#include "tests/support/temp_dir.hpp"

#include <catch2/catch.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

using namespace chiptrail;

namespace {

extract::Extraction read(std::string_view text) {
    return extract::read_feed(text,
                              *core::Url::parse("https://example.com/feeds/all.xml"),
                              *core::parse_rfc3339("2026-06-01T00:00:00Z"));
}

}  // namespace

TEST_CASE("feed: formats are known by their first bytes", "[extract][feed]") {
    struct Row {
        const char* text;
        bool feed;
    };
    const auto row = GENERATE(values<Row>({
        {"<rss version='2.0'><channel/></rss>", true},
        {"\xEF\xBB\xBF\n<?xml version='1.0'?><!-- x --><feed xmlns='http://www.w3.org/2005/Atom'/>",
         true},
        {"<?xml version='1.0'?><?xml-stylesheet href='a'?><rdf:RDF "
         "xmlns='http://purl.org/rss/1.0/'/>",
         true},
        {"{\"version\": \"https://jsonfeed.org/version/1.1\", \"items\": []}", true},
        {"<!doctype html><html><body>rss feed</body></html>", false},
        {"{\"items\": []}", false},
        {"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/>", false},
        {"", false},
    }));
    CAPTURE(row.text);
    CHECK(extract::is_feed(row.text) == row.feed);
}

TEST_CASE("feed: RSS gives text, photos, author and time", "[extract][feed]") {
    const auto result = read(R"(<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
     xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>T</title><language>de</language>
<item><title>Rack &amp;amp; Reihe &lt;b&gt;2&lt;/b&gt;</title><link>/posts/7</link><guid isPermaLink="false">tag:7</guid>
<dc:creator>Ann</dc:creator><pubDate>Tue, 03 Mar 2026 04:05:06 +0100</pubDate>
<description>short</description>
<content:encoded><![CDATA[<p>Long <a href="more">text</a></p><img src="//cdn.example.com/a.jpg">]]></content:encoded>
<enclosure url="https://cdn.example.com/big.png" type="image/png" length="1"/>
<enclosure url="https://cdn.example.com/talk.mp3" type="audio/mpeg"/>
<media:group><media:content url="https://cdn.example.com/s.jpg" width="100" medium="image"/><media:content url="https://cdn.example.com/l.jpg" width="900" medium="image"/></media:group>
<media:thumbnail url="https://cdn.example.com/thumb.jpg"/></item>
</channel></rss>)");
    CHECK(result.status == core::PageStatus::ok);
    REQUIRE(result.posts.size() == 1);
    const auto& post = result.posts.front();
    CHECK(post.id == "tag:7");
    CHECK(post.url == "https://example.com/posts/7");
    CHECK(post.kind == core::PostKind::feed_item);
    CHECK(post.title == "Rack & Reihe 2");
    CHECK(post.text == "Long text");
    CHECK(post.author.name == "Ann");
    CHECK(post.published.utc == "2026-03-03T03:05:06.000Z");
    CHECK(post.links == std::vector<std::string>{"https://example.com/feeds/more"});
    CHECK(post.images == std::vector<std::string>{"https://cdn.example.com/big.png",
                                                  "https://cdn.example.com/l.jpg",
                                                  "https://cdn.example.com/a.jpg"});
}

TEST_CASE("feed: Atom resolves xml:base, inherits the author and reads XHTML", "[extract][feed]") {
    const auto result =
        read(R"(<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://a.example/x/">
<author><name>Owner</name><uri>/me</uri></author>
<link rel="next" href="page2.xml"/>
<entry><id>urn:1</id><title type="html">A &amp;lt; B</title><link rel="self" href="s"/><link href="one.html"/>
<published>2026-01-02T03:04:05Z</published><updated>2026-05-05T00:00:00Z</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Para <img src="pic.jpg" width="600"/></p></div></content></entry>
</feed>)");
    REQUIRE(result.posts.size() == 1);
    const auto& post = result.posts.front();
    CHECK(post.url == "https://a.example/x/one.html");
    CHECK(post.title == "A < B");
    CHECK(post.author.name == "Owner");
    CHECK(post.author.url == "https://a.example/me");
    CHECK(post.published.utc == "2026-01-02T03:04:05.000Z");
    CHECK(post.images == std::vector<std::string>{"https://a.example/x/pic.jpg"});
    CHECK(result.next_pages == std::vector<std::string>{"https://a.example/x/page2.xml"});
}

TEST_CASE("feed: JSON Feed is read too", "[extract][feed]") {
    const auto result = read(R"({"version":"https://jsonfeed.org/version/1.1","title":"J",
"next_url":"/feeds/2.json","authors":[{"name":"Jo"}],"items":[
{"id":5,"url":"/p/5","title":"Five","content_html":"<p>x<img src='/i.png'></p>","date_published":"2026-02-03T04:05:06Z",
 "attachments":[{"url":"/b.jpg","mime_type":"image/jpeg"},{"url":"/c.mp4","mime_type":"video/mp4"}]},"junk"]})");
    REQUIRE(result.posts.size() == 1);
    const auto& post = result.posts.front();
    CHECK(post.id == "5");
    CHECK(post.url == "https://example.com/p/5");
    CHECK(post.author.name == "Jo");
    CHECK(post.images ==
          std::vector<std::string>{"https://example.com/i.png", "https://example.com/b.jpg"});
    CHECK(result.next_pages == std::vector<std::string>{"https://example.com/feeds/2.json"});
}

TEST_CASE("feed: broken XML gives what can be read", "[extract][feed]") {
    struct Row {
        const char* why;
        const char* text;
        std::size_t posts;
        const char* title;
    };
    const auto row = GENERATE(values<Row>({
        {"cut in the middle",
         "<rss><channel><item><title>One</title></item><item><title>Tw",
         2,
         "One"},
        {"stray ampersand",
         "<rss><channel><item><title>R&D</title></item></channel></rss>",
         1,
         "R&D"},
        {"crossed tags",
         "<rss><channel><item><title><b>One</title></b></item></channel></rss>",
         1,
         "One"},
        {"undeclared prefix",
         "<rss><channel><item><title>One</title><media:content url='x'/></item></channel></rss>",
         1,
         "One"},
        {"entities are not defined by the feed",
         "<!DOCTYPE rss [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><rss><channel><item>"
         "<title>x</title></item></channel></rss>",
         1,
         "x"},
    }));
    CAPTURE(row.why);
    const auto result = read(row.text);
    REQUIRE(result.posts.size() == row.posts);
    CHECK(result.posts.front().title == row.title);
}

TEST_CASE("feed: hostile input stays bounded", "[extract][feed]") {
    std::string deep = "<rss><channel>";
    for (int i = 0; i < 100'000; ++i) {
        deep += "<item>";
    }
    CHECK(read(deep).posts.size() <= 5'000);
    CHECK(read("<rss").status == core::PageStatus::empty_list);
    CHECK(read("{\"version\":\"https://jsonfeed.org/version/1\"").posts.empty());
    std::string many = "<rss><channel>";
    for (int i = 0; i < 6'000; ++i) {
        many += "<item><title>x</title></item>";
    }
    CHECK(read(many).posts.size() == 5'000);
}

namespace {

struct Expectation {
    std::string field;
    std::string value;
};

/// "not bozo and entries[0]['title'] == 'Example'"; nullopt for what a post has no field for.
std::optional<Expectation> expectation_in(const std::string& text) {
    static const auto kField = extract::Regex::literal(
        "Expect:\\s+not bozo and entries\\[0\\](?:\\[')?\\.?(title|link|id|author|summary|"
        "description|content)(?:'\\])?(?:\\[0\\]\\['value'\\])? == u?['\"].*['\"]\\s*\n");
    static const auto kValue =
        extract::Regex::literal("Expect:.*? == u?(?:'([^'\\\\]*)'|\"([^\"\\\\]*)\")\\s*\n");
    const auto field = kField.first(text);
    const auto value = kValue.first(text);
    if (!field || !value) {
        return std::nullopt;
    }
    return Expectation{*field, *value};
}

std::string plain(const std::string& html) {
    return extract::HtmlDocument::parse(html).body().text();
}

bool holds(const core::Post& post, const Expectation& expected) {
    if (expected.field == "title") {
        return plain(post.title) == plain(expected.value) || post.title == expected.value;
    }
    if (expected.field == "link") {
        return core::Url::parse(expected.value)
                   ? post.url == core::Url::parse(expected.value)->text()
                   : post.url.ends_with(expected.value);
    }
    if (expected.field == "id") {
        return post.id == expected.value;
    }
    if (expected.field == "author") {
        // feedparser joins name and address: "Example author (me@example.com)".
        return expected.value.find(post.author.name) != std::string::npos &&
               !post.author.name.empty();
    }
    return post.text == plain(expected.value) || post.text == expected.value;
}

}  // namespace

TEST_CASE("feed: feedparser's expectations that a post has a field for", "[extract][corpus]") {
    const auto archive = tests::corpus("suites/feedparser/tests.tar.xz");
    if (!archive) {
        return;
    }
    const tests::TempDir folder;
    const auto command = "tar -xJf '" + archive->string() + "' -C '" + folder.path().string() + "'";
    if (std::system(command.c_str()) != 0) {  // NOLINT(concurrency-mt-unsafe)
        std::printf("skipped: tar cannot unpack the feedparser suite\n");
        return;
    }
    int right = 0;
    int total = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(folder / "tests/wellformed")) {
        if (entry.path().extension() != ".xml") {
            continue;
        }
        const auto text = core::read_file(entry.path(), 1U << 20U);
        const auto expected = text ? expectation_in(*text) : std::nullopt;
        if (!expected || !extract::is_feed(*text)) {
            continue;
        }
        ++total;
        const auto result = read(*text);
        const bool good = !result.posts.empty() && holds(result.posts.front(), *expected);
        right += good ? 1 : 0;
        if (!good && std::getenv("CHIPTRAIL_TRUTH_MISSES") != nullptr) {
            std::printf("  missed %s %s = %s got %s | %s\n",
                        entry.path().filename().c_str(),
                        expected->field.c_str(),
                        expected->value.c_str(),
                        result.posts.empty() ? "" : result.posts.front().title.c_str(),
                        result.posts.empty() ? "" : result.posts.front().text.c_str());
        }
    }
    std::printf("feedparser: %d of %d\n", right, total);
    CHECK(total > 100);
    CHECK(right * 100 >= total * 85);
}
