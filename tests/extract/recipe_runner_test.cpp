#include "config/recipe_reader.hpp"
#include "extract/extractor.hpp"
#include "extract/recipe.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace chiptrail;
using core::PageStatus;
using extract::Extraction;

namespace {

extract::Recipe recipe(const std::string& text, const std::string& name = "r") {
    return config::read_recipe(config::TomlTable::parse(text, name + ".toml"), name);
}

Extraction run(std::vector<extract::Recipe> recipes,
               const std::string& body,
               const std::string& url,
               int status = 200) {
    extract::Extractor::Options options;
    options.trace = true;
    const extract::Extractor extractor(std::move(recipes), options);
    return extractor.extract({body,
                              "text/html; charset=utf-8",
                              core::Url::parse(url).value(),
                              status,
                              core::parse_rfc3339("2026-03-01T12:00:00Z").value()});
}

const char* const kMarket = R"toml(
site = "Market"
hosts = ["*.market.example"]
[[status]]
is = "empty_list"
selector = ".none"
[[status]]
is = "needs_login"
url = "/login"
[[read]]
name = "list"
when = { path = "^/search" }
items = [".missing", ".item"]
required = ["title", "price"]
follow = [".item a"]
next_page = ["a.next"]
[read.fields]
id = [{ select = "a::attr(href)", regex = '/i/(\d+)' }]
url = ["a"]
title = [".none-here", "a"]
price = [".price"]
images = ["img"]
published = [".date"]
[[read]]
name = "item"
when = { path = "^/i/" }
required = ["title"]
[read.fields]
id = [{ url = '/i/(\d+)' }]
title = ["h1"]
text = [".text"]
author = [{ select = ".data::attr(data-json)", path = "seller.name" }]
price = [{ script = "state", path = "price", divide = 100 }]
currency = [{ value = "EUR" }]
location = [{ meta = "place", replace = [' \((\w+)\)', ', \1'] }]
)toml";

std::string page_of(const std::string& inside) {
    return "<!doctype html><html><head><title>t</title></head><body>" + inside + "<p>" +
           std::string(400, 'x') + " some words to make a page of it</p></body></html>";
}

}  // namespace

TEST_CASE("recipe: hosts may have wildcards at both ends", "[extract][recipe]") {
    struct Row {
        const char* pattern;
        const char* host;
        bool fits;
    };
    const auto row = GENERATE(values<Row>({
        {"www.ebay.com", "www.ebay.com", true},
        {"www.ebay.com", "WWW.eBay.com", true},
        {"www.ebay.com", "ebay.com", false},
        {"*.ebay.com", "ebay.com", true},
        {"*.ebay.com", "a.b.ebay.com", true},
        {"*.ebay.com", "notebay.com", false},
        {"*.ebay.com", "ebay.com.evil.net", false},
        {"ebay.*", "ebay.de", true},
        {"ebay.*", "ebay.co.uk", true},
        {"ebay.*", "www.ebay.de", false},
        {"ebay.*", "ebay.a.evil.net", false},
        {"*.ebay.*", "www.ebay.co.uk", true},
        {"*.ebay.*", "ebay.fr", true},
        {"*", "anything.example", true},
    }));
    CAPTURE(row.pattern, row.host);

    CHECK(extract::host_fits(row.pattern, row.host) == row.fits);
}

TEST_CASE("recipe: start URLs take each term of the watch-list", "[extract][recipe]") {
    const auto market = recipe(
        "site='x'\nstart=['https://a.example/?q={term}', 'https://a.example/new']\n[[read]]");

    CHECK(extract::expand_start_urls(market, {"HGX B200", "浪潮", "HGX B200"}) ==
          std::vector<std::string>{"https://a.example/?q=HGX%20B200",
                                   "https://a.example/?q=%E6%B5%AA%E6%BD%AE",
                                   "https://a.example/new"});
}

TEST_CASE("recipe: a list gives a post for each item and the pages to visit next",
          "[extract][recipe]") {
    const auto result =
        run({recipe(kMarket)},
            page_of("<base href='/b/'>"
                    "<div class=item><a href='/i/1'>One</a><i class=price>€ 5,50</i>"
                    "<img data-src='1.jpg' src='/blank.gif'><i class=date>2 hours ago</i></div>"
                    "<div class=item><a href='/i/2?x=1#y'>Two</a><i class=price>$7</i></div>"
                    "<div class=item>an advertisement</div>"
                    "<a class=next href='?page=2'>next</a>"),
            "https://www.market.example/search?q=a");

    CHECK(result.status == PageStatus::ok);
    CHECK(result.extractor == "r-list");
    REQUIRE(result.posts.size() == 2);
    const auto& post = result.posts[0];
    CHECK(post.id == "1");
    CHECK(post.url == "https://www.market.example/i/1");
    CHECK(post.title == "One");
    CHECK(post.price.amount == "5.50");
    CHECK(post.price.currency == "EUR");
    CHECK(post.published.raw == "2 hours ago");
    CHECK(post.published.utc.substr(0, 13) == "2026-03-01T10");
    CHECK(post.images == std::vector<std::string>{"https://www.market.example/b/1.jpg"});
    CHECK(post.extractor == "r-list");
    CHECK(result.follow == std::vector<std::string>{"https://www.market.example/i/1",
                                                    "https://www.market.example/i/2?x=1#y"});
    CHECK(result.next_pages == std::vector<std::string>{"https://www.market.example/b/?page=2"});
    const auto traced = std::find_if(result.trace.begin(), result.trace.end(), [](const auto& t) {
        return t.field == "title" && t.post == 1;
    });
    REQUIRE(traced != result.trace.end());
    CHECK(traced->value == "Two");
    CHECK(traced->selector == "a");
}

TEST_CASE("recipe: one item takes its fields from wherever the page has them",
          "[extract][recipe]") {
    const auto result =
        run({recipe(kMarket)},
            page_of("<meta name=place content='Berlin (DE)'><h1> A  rack </h1>"
                    "<meta property='og:title' content='Not this one'>"
                    "<meta property='og:image' content='/p.jpg'>"
                    "<div class=text>See <a href='/more'>more</a><br>now</div>"
                    "<div class=data data-json='{\"seller\":{\"name\":\"Ann\"}}'></div>"
                    "<script>var state = {price: 123450};</script>"),
            "https://market.example/i/77?ref=a#top");

    REQUIRE(result.posts.size() == 1);
    const auto& post = result.posts[0];
    CHECK(post.id == "77");
    CHECK(post.url == "https://market.example/i/77?ref=a");
    CHECK(post.title == "A rack");
    CHECK(post.text == "See more\nnow");
    CHECK(post.links == std::vector<std::string>{"https://market.example/more"});
    CHECK(post.author.name == "Ann");
    CHECK(post.price.amount == "1234.50");
    CHECK(post.price.currency == "EUR");
    CHECK(post.location == "Berlin, DE");
    CHECK(post.images == std::vector<std::string>{"https://market.example/p.jpg"});
}

TEST_CASE("recipe: a page without posts says why", "[extract][recipe]") {
    struct Row {
        const char* why;
        const char* url;
        std::string body;
        PageStatus status;
        const char* reason;
    };
    const auto row = GENERATE(values<Row>({
        {"nothing found",
         "https://market.example/search",
         page_of("<div class=new-item>a</div>"),
         PageStatus::layout_changed,
         "selector '.missing', '.item' found nothing"},
        {"the site's own empty list",
         "https://market.example/search",
         page_of("<div class=none>No results</div>"),
         PageStatus::empty_list,
         "r: selector '.none'"},
        {"a required field is gone",
         "https://market.example/search",
         page_of("<div class=item><a href='/i/1'>One</a></div><div class=item><a "
                 "href='/i/2'>Two</a></div>"),
         PageStatus::layout_changed,
         "'price' not found in 2 of 2 items by '.price'"},
        {"a required field of a page is gone",
         "https://market.example/i/1",
         page_of("<h2>One</h2>"),
         PageStatus::layout_changed,
         "'title' not found in 1 of 1 items by 'h1'"},
        {"a page that no reading is for",
         "https://market.example/login?x",
         page_of("hello"),
         PageStatus::needs_login,
         "r: url '/login'"},
    }));
    CAPTURE(row.why);
    const auto result = run({recipe(kMarket)}, row.body, row.url);

    CHECK(to_text(result.status) == to_text(row.status));
    CHECK(result.reason == row.reason);
}

TEST_CASE("recipe: JSON items take paths, and addresses are put together from them",
          "[extract][recipe]") {
    const auto api = recipe(R"(
site = "Api"
[[read]]
name = "items"
when = { json = ["items", "paging"] }
input = "json"
items = ["items[*]"]
required = ["id"]
next_page = [{ json = "paging.after", wrap = "?after={}" }]
[read.fields]
id = ["key"]
url = [{ json = "key", wrap = "/{shop.id}/{}" }]
title = ["name"]
text = [{ json = "html", strip_html = true }]
author = [{ json = "paging.owner", page = true }]
published = ["at"]
images = ["photos"]
)");
    const auto result = run({api},
                            R"({"paging":{"after":"z 1","owner":"o"},"items":[
      {"key":5,"shop":{"id":"s"},"name":"A","html":"<p>x <a href='/l'>y</a><img src='/i.png' width=400>",
       "at":1700000000,"photos":["/a.jpg","https://c.example/b.jpg"]},
      {"key":6,"name":"B"},{"name":"no key"}]})",
                            "https://any.example/api/list?n=1");

    CHECK(result.status == PageStatus::ok);
    REQUIRE(result.posts.size() == 2);
    CHECK(result.posts[0].id == "5");
    CHECK(result.posts[0].url == "https://any.example/s/5");
    CHECK(result.posts[0].text == "x y");
    CHECK(result.posts[0].author.name == "o");
    CHECK(result.posts[0].published.utc == "2023-11-14T22:13:20.000Z");
    CHECK(result.posts[0].images ==
          std::vector<std::string>{"https://any.example/a.jpg", "https://c.example/b.jpg"});
    CHECK(result.posts[0].links == std::vector<std::string>{"https://any.example/l"});
    CHECK(result.posts[1].url == "https://any.example/api/list?n=1");
    CHECK(result.next_pages ==
          std::vector<std::string>{"https://any.example/api/list?after=z%201"});
}

TEST_CASE("recipe: a recipe that names the host comes before one for any host",
          "[extract][recipe]") {
    const auto family = recipe("site='f'\n[[read]]\n[read.fields]\ntitle='h1'", "family");
    const auto own =
        recipe("site='o'\nhosts=['a.example']\n[[read]]\n[read.fields]\ntitle='h1'", "own");

    CHECK(run({family, own}, page_of("<h1>x</h1>"), "https://a.example/").extractor == "own");
    CHECK(run({family, own}, page_of("<h1>x</h1>"), "https://b.example/").extractor == "family");
}

TEST_CASE("recipe: when a reading finds nothing, the next one that fits is tried",
          "[extract][recipe]") {
    const auto two = recipe(
        "site='x'\n[[read]]\nname='new'\nitems='.new'\n[read.fields]\ntitle='b'\n"
        "[[read]]\nname='old'\nitems='.old'\n[read.fields]\ntitle='b'");
    const auto result = run({two}, page_of("<i class=old><b>x</b></i>"), "https://a.example/");

    CHECK(result.extractor == "r-old");
    CHECK(result.status == PageStatus::ok);
    CHECK(result.posts.size() == 1);
}

TEST_CASE("recipe: any bytes give an answer", "[extract][recipe]") {
    const auto* body = GENERATE("",
                                "\xff\xfe",
                                "{",
                                "[]",
                                "null",
                                "<",
                                "<html",
                                "\0\0\0\0",
                                "{}",
                                "<?xml version='1.0'?><rss></rss>");
    const auto result = run({recipe(kMarket)}, body, "https://market.example/search");

    CHECK(result.posts.empty());
    CHECK_FALSE((result.status == PageStatus::ok && result.reason.empty()));
}

TEST_CASE("recipes: a listing shown twice on one page keeps its name", "[extract][recipes]") {
    const auto result =
        run({recipe(kMarket)},
            page_of(R"(<div class=item><a href="/i/5">A</a><b class=price>$1</b></div>
                                       <div class=item><a href="/i/5">A</a><b class=price>$1</b></div>
                                       <div class=item><a href="/i/6">B</a><b class=price>$2</b></div>)"),
            "https://www.market.example/search");

    REQUIRE(result.posts.size() == 3);
    CHECK(result.posts[0].id == "5");
    CHECK(result.posts[1].id == "5");
}

TEST_CASE("recipes: posts that share a thread's number get names that last", "[extract][recipes]") {
    const char* const forum = R"toml(
site = "Forum"
hosts = ["f.example"]
[[read]]
name = "thread"
kind = "post"
items = [".post"]
[read.fields]
id = [{ url = '/t/(\d+)' }]
author = [".who"]
text = [".what"]
)toml";
    const auto post = [](const std::string& who, const std::string& what) {
        return "<div class=post><b class=who>" + who + "</b><p class=what>" + what + "</p></div>";
    };
    const auto whole = run({recipe(forum)},
                           page_of(post("a", "one") + post("b", "two") + post("c", "three")),
                           "https://f.example/t/7");
    const auto later = run(
        {recipe(forum)}, page_of(post("a", "one") + post("c", "three")), "https://f.example/t/7");

    REQUIRE(whole.posts.size() == 3);
    REQUIRE(later.posts.size() == 2);
    CHECK(whole.posts[0].id == "7");
    CHECK(whole.posts[1].id != whole.posts[2].id);
    CHECK(later.posts[1].id == whole.posts[2].id);
}
