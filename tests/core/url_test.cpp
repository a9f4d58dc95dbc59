#include "core/url.hpp"

#include <catch2/catch.hpp>

#include <string>

using chiptrail::core::Failure;
using chiptrail::core::normalise_for_dedupe;
using chiptrail::core::Url;

TEST_CASE("url: text is normalised as a browser does it", "[core][url]") {
    struct Row {
        const char* why;
        const char* input;
        const char* text;
    };
    const auto row = GENERATE(values<Row>({
        {"the path is never empty", "http://shop.example", "http://shop.example/"},
        {"scheme and host in lower case", "HTTP://Shop.EXAMPLE/Path", "http://shop.example/Path"},
        {"a default port goes", "https://shop.example:443/a", "https://shop.example/a"},
        {"another port stays", "https://shop.example:80/a", "https://shop.example:80/a"},
        {"dot segments, written plainly or not", "http://h/a/%2e%2E/b/./c", "http://h/b/c"},
        {"up from the root stays there", "http://h/../../a", "http://h/a"},
        {"backslashes are slashes", "http:\\\\h\\a", "http://h/a"},
        {"tabs and line ends vanish", "ht\ntp://h/a\tb", "http://h/ab"},
        {"an empty query is kept", "http://h/a?", "http://h/a?"},
        {"Chinese hosts become punycode", "http://淘宝.example/", "http://xn--pbt173b.example/"},
        {"Chinese paths are percent-encoded", "http://h/显卡", "http://h/%E6%98%BE%E5%8D%A1"},
        {"quotes in a query too", "http://h/?q='a b'", "http://h/?q=%27a%20b%27"},
        {"bad UTF-8 becomes U+FFFD", "http://h/\xFF", "http://h/%EF%BF%BD"},
        {"odd spellings of an IPv4 address", "http://0x7f.1/", "http://127.0.0.1/"},
        {"one number is an address", "http://2130706433/", "http://127.0.0.1/"},
        {"IPv6 is written the short way", "http://[1:0:0:0:2:0:0:0]/", "http://[1::2:0:0:0]/"},
        {"IPv4 inside IPv6", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/"},
        {"full-width dots and digits", "http://１２７。0.0.1/", "http://127.0.0.1/"},
    }));
    CAPTURE(row.why, row.input);

    const auto url = Url::parse(row.input);
    REQUIRE(url);
    CHECK(url->text() == row.text);
    CHECK(Url::parse(url->text()) == *url);
}

TEST_CASE("url: what a browser would not open is refused and named", "[core][url]") {
    struct Row {
        const char* input;
        const char* named;
    };
    const auto row = GENERATE(values<Row>({
        {"", "no scheme"},
        {"shop.example/a", "no scheme"},
        {"javascript:alert(1)", "javascript"},
        {"ftp://h/", "ftp"},
        {"data:text/html,x", "data"},
        {"http://", "no host"},
        {"http://a@/x", "no host"},
        {"http://a b/", "a b"},
        {"http://a%00b/", "character"},
        {"http://h:65536/", "65536"},
        {"http://h:8x/", "8x"},
        {"http://1.2.3.4.5/", "IPv4"},
        {"http://256.1.1.1/", "IPv4"},
        {"http://[::1/", "IPv6"},
        {"http://[1:2]/", "IPv6"},
    }));
    CAPTURE(row.input);

    const auto url = Url::parse(row.input);
    REQUIRE_FALSE(url);
    CHECK(url.error().kind == Failure::Kind::bad_input);
    CHECK_THAT(url.error().detail, Catch::Contains(row.named));
}

TEST_CASE("url: a longer text than any page needs is refused", "[core][url]") {
    const std::string start = "http://h/";
    CHECK(Url::parse(start + std::string(Url::kMaxLength - start.size(), 'a')));

    const auto longer = Url::parse(start + std::string(Url::kMaxLength, 'a'));
    REQUIRE_FALSE(longer);
    CHECK(longer.error().kind == Failure::Kind::too_large);
    CHECK(longer.error().detail.size() < 400);
}

TEST_CASE("url: links are resolved against their page", "[core][url]") {
    struct Row {
        const char* why;
        const char* link;
        const char* text;
    };
    const auto row = GENERATE(values<Row>({
        {"beside the page", "x.jpg", "https://h:8443/a/x.jpg"},
        {"below the root", "/x.jpg", "https://h:8443/x.jpg"},
        {"other host, same scheme", "//cdn.example/x", "https://cdn.example/x"},
        {"a query alone keeps the path", "?p=2", "https://h:8443/a/b?p=2"},
        {"a fragment alone keeps the query", "#c", "https://h:8443/a/b?q#c"},
        {"nothing is the page without its fragment", "", "https://h:8443/a/b?q"},
        {"up", "../x", "https://h:8443/x"},
        {"absolute", "http://o/", "http://o/"},
        {"same scheme without slashes is relative", "https:x", "https://h:8443/a/x"},
        {"other scheme without slashes is not", "http:o/x", "http://o/x"},
    }));
    CAPTURE(row.why, row.link);

    const auto base = Url::parse("https://h:8443/a/b?q#f");
    REQUIRE(base);
    const auto url = Url::parse(row.link, *base);
    REQUIRE(url);
    CHECK(url->text() == row.text);
}

TEST_CASE("url: every part is found in its place", "[core][url]") {
    const auto url = Url::parse("https://me:pw@shop.example:8443/a/b?q=1&r#frag");
    REQUIRE(url);
    CHECK(url->scheme() == "https");
    CHECK(url->userinfo() == "me:pw");
    CHECK(url->host() == "shop.example");
    CHECK(url->port() == 8443);
    CHECK(url->path() == "/a/b");
    CHECK(url->query() == "q=1&r");
    CHECK(url->fragment() == "frag");
    CHECK(url->target() == "/a/b?q=1&r");
    CHECK(url->origin() == "https://shop.example:8443");
    CHECK(url->without_fragment() == "https://me:pw@shop.example:8443/a/b?q=1&r");
}

TEST_CASE("url: parts that are absent are empty", "[core][url]") {
    const auto url = Url::parse("http://[::1]");
    REQUIRE(url);
    CHECK(url->userinfo().empty());
    CHECK(url->host() == "[::1]");
    CHECK(url->port() == 80);
    CHECK(url->query().empty());
    CHECK(url->fragment().empty());
    CHECK(url->target() == "/");
    CHECK(url->origin() == "http://[::1]");
    CHECK(url->without_fragment() == "http://[::1]/");
}

TEST_CASE("url: pages that differ in tracking alone are one page", "[core][url]") {
    struct Row {
        const char* why;
        const char* input;
        const char* text;
    };
    const auto row = GENERATE(values<Row>({
        {"named", "http://h/a?id=7&fbclid=x", "http://h/a?id=7"},
        {"by its beginning", "http://h/a?utm_source=x&id=7&utm_x", "http://h/a?id=7"},
        {"in any case", "http://h/a?UTM_Source=x", "http://h/a"},
        {"a name that only starts alike stays", "http://h/a?spmx=1", "http://h/a?spmx=1"},
        {"order stays", "http://h/a?b=1&spm=2&a=3", "http://h/a?b=1&a=3"},
        {"fragment, userinfo and empty query go", "http://u:p@h/a?#f", "http://h/a"},
    }));
    CAPTURE(row.why, row.input);

    const auto url = Url::parse(row.input);
    REQUIRE(url);
    CHECK(normalise_for_dedupe(*url).text() == row.text);
}

TEST_CASE("url: the list of tracking parameters is the caller's to choose", "[core][url]") {
    const auto url = Url::parse("http://h/a?utm_source=x&ref=y&id=7");
    REQUIRE(url);
    CHECK(normalise_for_dedupe(*url, {"ref"}).text() == "http://h/a?utm_source=x&id=7");
    CHECK(normalise_for_dedupe(*url, {}).text() == "http://h/a?utm_source=x&ref=y&id=7");
}
