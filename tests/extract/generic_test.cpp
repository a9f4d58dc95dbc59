#include "extract/generic.hpp"

#include "extract/images.hpp"

#include <catch2/catch.hpp>

using namespace chiptrail;
using extract::HtmlDocument;

namespace {

extract::Extraction read(const std::string& html, const char* url = "https://shop.example/list") {
    return extract::read_generic(HtmlDocument::parse(html),
                                 *core::Url::parse(url),
                                 *core::parse_rfc3339("2026-06-01T00:00:00Z"));
}

}  // namespace

TEST_CASE("generic: repeated items become a list", "[extract][generic]") {
    std::string html = "<html><body><nav><ul>";
    for (int i = 0; i < 12; ++i) {
        html += "<li><a href='/category-with-a-long-name/" + std::to_string(i) +
                "'>Category with a long name</a></li>";
    }
    html += "</ul></nav><div class=results>";
    for (int i = 1; i <= 5; ++i) {
        const auto n = std::to_string(i);
        html += "<div class='card card-" + n + "'><a href='/item/1000" + n +
                "'><img src='/photos/" + n + ".jpg' width=200></a><h3><a href='/item/1000" + n +
                "'>Rack server number " + n + "</a></h3><span class=price>€ 1.0" + n +
                "0,00</span><span class=location>Berlin</span><a href='/c'>" + n +
                " comments</a></div>";
    }
    html += "</div><a rel=next href='/list?page=2'>Next</a></body></html>";
    const auto result = read(html);
    REQUIRE(result.posts.size() == 5);
    CHECK(result.extractor == "list");
    const auto& post = result.posts[1];
    CHECK(post.title == "Rack server number 2");
    CHECK(post.url == "https://shop.example/item/10002");
    CHECK(post.id == "10002");
    CHECK(post.price.amount == "1020.00");
    CHECK(post.price.currency == "EUR");
    CHECK(post.location == "Berlin");
    CHECK(post.images == std::vector<std::string>{"https://shop.example/photos/2.jpg"});
    CHECK(result.follow.size() == 5);
    CHECK(result.next_pages == std::vector<std::string>{"https://shop.example/list?page=2"});
}

TEST_CASE("generic: repeated posts become a thread", "[extract][generic]") {
    std::string html =
        "<html><head><title>Which rails fit? - Forum</title></head><body>"
        "<h1>Buy our things</h1><h2>Which rails fit?</h2>";
    for (int i = 1; i <= 3; ++i) {
        const auto n = std::to_string(i);
        html += "<div class=post id=post-" + n + "><a class=username href='/user/" + n + "'>user" +
                n + "</a><img class=avatar src='/avatars/" + n + ".png'><time datetime='2026-01-0" +
                n + "T10:00:00Z'>x</time><div class=content>Words of post " + n +
                " <img src='/up/" + n + ".jpg'></div></div>";
    }
    const auto result = read(html + "</body></html>", "https://forum.example/t/7");
    REQUIRE(result.posts.size() == 3);
    CHECK(result.posts[0].kind == core::PostKind::thread);
    CHECK(result.posts[1].kind == core::PostKind::post);
    const auto& post = result.posts[1];
    CHECK(post.title == "Which rails fit?");
    CHECK(post.id == "2");
    CHECK(post.author.name == "user2");
    CHECK(post.text == "Words of post 2");
    CHECK(post.published.utc == "2026-01-02T10:00:00.000Z");
    CHECK(post.images == std::vector<std::string>{"https://forum.example/up/2.jpg"});
}

TEST_CASE("generic: a page of one item gives heading, price, gallery and text",
          "[extract][generic]") {
    const auto result = read(
        "<html><head><title>Storage shelf | Shop</title></head><body><header><a "
        "href='/'>Home</a></header><h1>Storage shelf</h1><div><del class=price>$300</del><span "
        "class='price'>$249.00</span></div><div class=gallery><img src='/p/1.jpg'><img "
        "data-src='/p/2.jpg' src='/blank.gif'></div><div class=description>Holds twenty-four disks "
        "and makes a sound that you can hear next door.</div></body></html>",
        "https://shop.example/p/storage-shelf-4711");
    REQUIRE(result.posts.size() == 1);
    const auto& post = result.posts.front();
    CHECK(post.kind == core::PostKind::listing);
    CHECK(post.title == "Storage shelf");
    CHECK(post.price.amount == "249.00");
    CHECK(post.id == "4711");
    CHECK(post.images ==
          std::vector<std::string>{"https://shop.example/p/1.jpg", "https://shop.example/p/2.jpg"});
    CHECK(post.text.find("twenty-four") != std::string::npos);
}

TEST_CASE("generic: an empty page gives nothing", "[extract][generic]") {
    CHECK(read("").posts.empty());
    CHECK(read("<html><body><script>var a = 1;</script></body></html>").posts.empty());
}

TEST_CASE("generic: a hundred thousand nested elements end", "[extract][generic]") {
    std::string html;
    for (int i = 0; i < 100'000; ++i) {
        html += "<div class=post><a href='/x'>y</a>";
    }
    CHECK(read(html).posts.size() < 100'000);
}

TEST_CASE("images: the largest variant is told by the shape of the address", "[extract][images]") {
    struct Row {
        const char* url;
        const char* largest;
    };
    const auto row = GENERATE(values<Row>({
        {"https://img.alicdn.com/a/TB1.jpg_60x60q90.jpg", "https://img.alicdn.com/a/TB1.jpg"},
        {"https://img.alicdn.com/a/TB1.jpg_430x430q90.jpg", "https://img.alicdn.com/a/TB1.jpg"},
        {"https://ae01.alicdn.com/kf/H1.jpg", "https://ae01.alicdn.com/kf/H1.jpg"},
        {"https://cbu01.alicdn.com/img/ibank/1.220x220.jpg",
         "https://cbu01.alicdn.com/img/ibank/1.jpg"},
        {"https://i.ebayimg.com/thumbs/images/g/X/s-l225.webp",
         "https://i.ebayimg.com/images/g/X/s-l1600.webp"},
        {"http://wx4.sinaimg.cn/wap180/63.jpg", "http://wx4.sinaimg.cn/large/63.jpg"},
        {"http://ww3.sinaimg.cn/thumb180/63.jpg", "http://ww3.sinaimg.cn/large/63.jpg"},
        {"https://b.example/wp-content/uploads/2026/a-300x200.jpg",
         "https://b.example/wp-content/uploads/2026/a.jpg"},
        {"https://other.example/a_60x60q90.jpg", "https://other.example/a_60x60q90.jpg"},
    }));
    CHECK(extract::largest_variant(row.url) == row.largest);
}

TEST_CASE("images: lazy loading, srcset, links and backgrounds are seen through",
          "[extract][images]") {
    struct Row {
        const char* html;
        std::vector<std::string> images;
    };
    const auto row = GENERATE(values<Row>({
        {"<img data-lazy-img='done' src='/a.jpg'>", {"https://a.example/a.jpg"}},
        {"<img data-lazy-img='//b.example/b.jpg' src='/spacer.gif'>", {"https://b.example/b.jpg"}},
        {"<img srcset='/s.jpg 320w, /l.jpg 1280w, /m.jpg 640w' src='/s.jpg'>",
         {"https://a.example/l.jpg"}},
        {"<a href='/full.jpg'><img src='/thumb.jpg'></a>", {"https://a.example/full.jpg"}},
        {"<i style=\"background-image:url('https://c.example/bg')\"></i>",
         {"https://c.example/bg"}},
        {"<img src='/p.png' width=1 height=1><img src='/avatar/x.jpg'><img class=smilie "
         "src='/s/1.gif'>",
         {}},
        {"<img src='data:image/gif;base64,R0'><img src='/same.jpg'><img src='/same.jpg'>",
         {"https://a.example/same.jpg"}},
    }));
    CAPTURE(row.html);
    const auto document = HtmlDocument::parse(row.html);
    CHECK(extract::images_in(document.body(), *core::Url::parse("https://a.example/p/")) ==
          row.images);
}
