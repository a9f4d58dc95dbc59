#include "config/recipe_reader.hpp"
#include "core/file.hpp"
#include "extract/extractor.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <set>

using namespace chiptrail;

namespace {

const std::vector<extract::Recipe>& shipped() {
    static const auto recipes =
        config::read_recipes(std::filesystem::path(CHIPTRAIL_SOURCE_DIR) / "config" / "sources");
    return recipes;
}

extract::Extraction read(const char* file, const char* url) {
    const auto body =
        core::read_file(std::filesystem::path(CHIPTRAIL_TEST_DATA) / "sources" / file, 1U << 20U);
    REQUIRE(body);
    const extract::Page page{
        *body, "", *core::Url::parse(url), 200, *core::parse_rfc3339("2026-06-01T00:00:00Z")};
    return extract::Extractor(shipped(), {}).extract(page);
}

}  // namespace

TEST_CASE("sources: each kind of site gives its posts", "[extract][sources]") {
    struct Row {
        const char* file;
        const char* url;
        const char* extractor;
        std::size_t posts;
        const char* id;
        const char* title;
        const char* author;
        const char* utc;
        std::vector<std::string> images;
    };
    const auto row = GENERATE(values<Row>({
        {"bluesky_search.json",
         "https://api.bsky.app/xrpc/app.bsky.feed.searchPosts?q=x",
         "bluesky_api-search",
         2,
         "at://did:plc:abc123/app.bsky.feed.post/3kxyz",
         "",
         "Rack Watcher",
         "2026-02-01T10:11:12.000Z",
         {"https://cdn.bsky.app/img/feed_fullsize/plain/did:plc:abc123/one@jpeg",
          "https://cdn.bsky.app/img/feed_fullsize/plain/did:plc:abc123/two@jpeg"}},
        {"bluesky_author.json",
         "https://public.api.bsky.app/xrpc/app.bsky.feed.getAuthorFeed?a=x",
         "bluesky_api-author",
         2,
         "at://did:plc:abc123/app.bsky.feed.post/3kxyz",
         "",
         "Rack Watcher",
         "2026-02-01T10:11:12.000Z",
         {"https://cdn.bsky.app/img/feed_fullsize/plain/did:plc:abc123/one@jpeg",
          "https://cdn.bsky.app/img/feed_fullsize/plain/did:plc:abc123/two@jpeg"}},
        {"telegram_channel.html",
         "https://t.me/s/racks",
         "telegram_web-messages",
         2,
         "racks/41",
         "",
         "Racks",
         "2026-03-04T05:06:07.000Z",
         {"https://cdn4.telesco.pe/file/photo41.jpg"}},
        {"craigslist_post.html",
         "https://sfbay.craigslist.org/eby/sop/d/x/7700000001.html",
         "craigslist-post",
         1,
         "7700000001",
         "Rack servers, two of them",
         "",
         "2026-05-06T14:08:09.000Z",
         {"https://images.craigslist.org/00a0a_abc_1200x900.jpg",
          "https://images.craigslist.org/00b0b_def_1200x900.jpg"}},
        {"forum.rss",
         "https://forum.level1techs.com/latest.rss",
         "feed",
         2,
         "forum.level1techs.com-topic-200001",
         "My quiet rack & its fans",
         "someone",
         "2026-03-03T04:05:06.000Z",
         {"https://forum.level1techs.com/uploads/default/optimized/4X/a/rack_690x388.jpeg"}},
        {"mastodon_tag.json",
         "https://mastodon.social/api/v1/timelines/tag/switch",
         "mastodon_api-statuses",
         1,
         "1140001",
         "",
         "lab",
         "2026-04-05T06:07:08.000Z",
         {"https://files.example/original/switch.jpg"}},
        {"xenforo_thread.html",
         "https://forums.example/threads/selling.77/",
         "xenforo-thread",
         2,
         "501",
         "Selling a storage shelf",
         "alpha",
         "2026-01-02T02:04:05.000Z",
         {"https://forums.example/attachments/shelf.9/full.jpg"}},
        {"discuz_thread.html",
         "https://bbs.example.cn/forum.php?mod=viewthread&tid=88",
         "discuz-thread",
         2,
         "9001",
         "出一台服务器",
         "老王",
         "2026-02-03T06:15:16.000Z",
         {"https://bbs.example.cn/data/attachment/forum/big.jpg"}},
        {"woocommerce_item.html",
         "https://shop.example/product/rail-kit/",
         "woocommerce-item",
         1,
         "RK-2U",
         "Rail kit 2U",
         "",
         "",
         {"https://shop.example/wp-content/uploads/2026/01/rails.jpg"}},
    }));
    CAPTURE(row.file);

    const auto result = read(row.file, row.url);
    CAPTURE(result.reason);
    CHECK(result.extractor == row.extractor);
    CHECK(result.status == core::PageStatus::ok);
    REQUIRE(result.posts.size() == row.posts);
    const auto& post = result.posts.front();
    CHECK(post.id == row.id);
    CHECK(post.title == row.title);
    CHECK(post.author.name == row.author);
    CHECK(post.published.utc == row.utc);
    CHECK(post.images == row.images);
}

TEST_CASE("sources: prices, places and addresses of the made-up pages", "[extract][sources]") {
    const auto listing =
        read("craigslist_post.html", "https://sfbay.craigslist.org/eby/sop/d/x/7700000001.html");
    CHECK(listing.posts.at(0).price.amount == "1200");
    CHECK(listing.posts.at(0).location == "Oakland");
    CHECK(listing.posts.at(0).text == "Pulled from a working rack.");

    const auto item = read("woocommerce_item.html", "https://shop.example/product/rail-kit/");
    CHECK(item.posts.at(0).price.amount == "49.90");
    CHECK(item.posts.at(0).price.currency == "EUR");

    const auto bluesky =
        read("bluesky_search.json", "https://api.bsky.app/xrpc/app.bsky.feed.searchPosts?q=x");
    CHECK(bluesky.posts.at(0).url == "https://bsky.app/profile/did:plc:abc123/post/3kxyz");
    CHECK(bluesky.posts.at(0).links == std::vector<std::string>{"https://example.com/trays"});
    CHECK(bluesky.posts.at(1).images.empty());
    CHECK(bluesky.posts.at(1).author.name == "quiet.example.net");

    const auto thread = read("xenforo_thread.html", "https://forums.example/threads/selling.77/");
    CHECK(thread.next_pages ==
          std::vector<std::string>{"https://forums.example/threads/selling.77/page-2"});
}

TEST_CASE("sources: what is enabled has start pages, a small budget and patience",
          "[extract][sources]") {
    std::set<std::string> enabled;
    for (const auto& recipe : shipped()) {
        CAPTURE(recipe.name);
        if (!recipe.crawl.enabled) {
            continue;
        }
        enabled.insert(recipe.name);
        CHECK_FALSE(recipe.start.empty());
        CHECK(recipe.crawl.max_pages <= 50);
        CHECK(recipe.crawl.max_images <= 500);
        CHECK(recipe.crawl.delay >= std::chrono::seconds{2});
    }
    CHECK(enabled ==
          std::set<std::string>{
              "bluesky_api", "craigslist", "level1techs", "mastodon_api", "telegram_web"});
}
