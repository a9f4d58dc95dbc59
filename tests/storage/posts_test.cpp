#include "tests/storage/fixtures.hpp"
#include "tests/support/temp_dir.hpp"

#include <catch2/catch.hpp>

#include <functional>

using namespace chiptrail;
using namespace chiptrail::tests;
using storage::PostChange;
using storage::Sighting;
using Fields = std::vector<std::string>;

TEST_CASE("posts: what was stored is read back whole", "[storage][posts]") {
    const TempDir folder;
    OpenStore open(folder.path());
    const auto post = listing("1");
    const auto id = open.add_post(post);

    const auto stored = open.store.posts().find(id);
    REQUIRE(stored);
    CHECK(stored->post == post);
    CHECK(stored->source == "shop");
    CHECK(stored->first_seen == at("10:00:00"));
    CHECK_FALSE(stored->gone_at);
    CHECK(open.store.posts().find("shop", "1")->id == id);
    CHECK_FALSE(open.store.posts().find("other", "1"));
    CHECK_FALSE(open.store.posts().find("shop", "2"));
}

TEST_CASE("posts: a sighting tells what changed and appends one version", "[storage][posts]") {
    struct Row {
        const char* why;
        Sighting sighting;
        std::function<void(core::Post&)> change;
        Fields fields;
    };
    const auto row = GENERATE(values<Row>({
        {"nothing", Sighting::own_page, [](core::Post&) {}, {}},
        {"a new price",
         Sighting::own_page,
         [](core::Post& p) {
             p.price = {"€ 99", "99", "", "EUR"};
         },
         {"price"}},
        {"title and text",
         Sighting::own_page,
         [](core::Post& p) {
             p.title = "x";
             p.text = "y";
         },
         {"title", "text"}},
        {"a text that was taken away",
         Sighting::own_page,
         [](core::Post& p) { p.text.clear(); },
         {"text"}},
        {"another photo",
         Sighting::own_page,
         [](core::Post& p) { p.images.pop_back(); },
         {"images"}},
        {"another kind",
         Sighting::own_page,
         [](core::Post& p) { p.kind = core::PostKind::thread; },
         {"kind"}},
        {"an age that moved with the clock",
         Sighting::own_page,
         [](core::Post& p) {
             p.published = {"5 hours ago", "2026-11-23T05:00:00.000Z"};
         },
         {}},
        {"another reader, the same content",
         Sighting::own_page,
         [](core::Post& p) { p.extractor = "og"; },
         {}},
        {"a list that leaves out",
         Sighting::in_list,
         [](core::Post& p) {
             p.text.clear();
             p.images.clear();
             p.location.clear();
         },
         {}},
        {"a list that shortens",
         Sighting::in_list,
         [](core::Post& p) { p.title = "Dell Pow…"; },
         {}},
        {"a list with a new price",
         Sighting::in_list,
         [](core::Post& p) {
             p.price = {"€ 99", "99", "", "EUR"};
         },
         {"price"}},
        {"a list that prints the same price its way",
         Sighting::in_list,
         [](core::Post& p) {
             p.price = {"450,00 €", "450.00", "", ""};
         },
         {}},
        {"a list without a price", Sighting::in_list, [](core::Post& p) { p.price = {}; }, {}},
    }));
    CAPTURE(row.why);
    const TempDir folder;
    OpenStore open(folder.path());
    auto post = listing("1");
    const auto id = open.add_post(post);
    row.change(post);

    const auto fetch = open.fetch_page("https://shop.example/list");
    const auto change =
        open.store.posts().upsert("shop", post, row.sighting, fetch, at("11:00:00"));

    CHECK(change.id == id);
    CHECK(change.fields == row.fields);
    CHECK(change.kind ==
          (row.fields.empty() ? PostChange::Kind::unchanged : PostChange::Kind::changed));
    const auto versions = open.store.posts().versions(id);
    CHECK(versions.size() == (row.fields.empty() ? 1U : 2U));
    CHECK(versions.back().changed == row.fields);
    CHECK(open.store.posts().find(id)->last_seen == at("11:00:00"));
    CHECK(open.store.posts().find(id)->first_seen == at("10:00:00"));
}

TEST_CASE("posts: the own page completes what a list began and is no change of the post",
          "[storage][posts]") {
    const TempDir folder;
    OpenStore open(folder.path());
    auto& posts = open.store.posts();
    auto brief = listing("1");
    brief.title = "Dell Pow…";
    brief.text.clear();
    const auto list = open.fetch_page("https://shop.example/list");
    const auto first = posts.upsert("shop", brief, Sighting::in_list, list, at("10:00:00"));
    CHECK(first.kind == PostChange::Kind::inserted);

    const auto page = open.fetch_page("https://shop.example/item/1");
    const auto second =
        posts.upsert("shop", listing("1"), Sighting::own_page, page, at("10:00:05"));
    CHECK(second.fields == Fields{"completed"});
    CHECK(posts.find(first.id)->post == listing("1"));
}

TEST_CASE("posts: a post that went and came back keeps its history", "[storage][posts]") {
    const TempDir folder;
    OpenStore open(folder.path());
    auto& posts = open.store.posts();
    const auto id = open.add_post(listing("1"));
    const auto fetch = open.fetch_page("https://shop.example/item/1");

    CHECK(posts.mark_gone(id, fetch, at("11:00:00")));
    CHECK_FALSE(posts.mark_gone(id, fetch, at("12:00:00")));
    CHECK(posts.find(id)->gone_at == at("11:00:00"));

    SECTION("a stale list does not bring it back") {
        const auto change =
            posts.upsert("shop", listing("1"), Sighting::in_list, fetch, at("13:00:00"));
        CHECK(change.kind == PostChange::Kind::unchanged);
        CHECK(posts.find(id)->gone_at == at("11:00:00"));
    }
    SECTION("its own page does") {
        const auto change =
            posts.upsert("shop", listing("1"), Sighting::own_page, fetch, at("13:00:00"));
        CHECK(change.fields == Fields{"back"});
        CHECK_FALSE(posts.find(id)->gone_at);
        const auto versions = posts.versions(id);
        REQUIRE(versions.size() == 3);
        CHECK(versions[1].changed == Fields{"gone"});
        CHECK(versions[1].fetch == fetch);
    }
}

TEST_CASE("posts: a 304 keeps the posts of that page alive", "[storage][posts]") {
    const TempDir folder;
    OpenStore open(folder.path());
    const auto id = open.add_post(listing("1"));
    const auto other = open.add_post(listing("2"));

    CHECK(open.store.posts().still_there("shop", "https://shop.example/item/1", at("12:00:00")) ==
          1);
    CHECK(open.store.posts().find(id)->last_seen == at("12:00:00"));
    CHECK(open.store.posts().find(other)->last_seen == at("10:00:00"));
    CHECK(open.store.posts().at_page("shop", "https://shop.example/item/1").at(0).id == id);
}

TEST_CASE("posts: a photo joins every post that shows its URL, before or after it came",
          "[storage][posts]") {
    const TempDir folder;
    OpenStore open(folder.path());
    auto& posts = open.store.posts();
    const auto before = open.add_post(listing("1"));
    const auto blob = open.fetch_photo("https://cdn.example/1-a.jpg#top", "jpeg bytes");
    auto reposted = listing("2");
    reposted.images = {"https://CDN.example:443/1-a.jpg"};
    const auto after = open.add_post(reposted);

    const auto early = posts.images(before);
    REQUIRE(early.size() == 2);
    REQUIRE(early[0].image);
    CHECK(early[0].image->blob == blob);
    CHECK(early[0].fetch);
    CHECK_FALSE(early[1].image);
    const auto late = posts.images(after);
    REQUIRE(late.size() == 1);
    REQUIRE(late[0].image);
    CHECK(late[0].image->blob == blob);
    CHECK(late[0].url == "https://CDN.example:443/1-a.jpg");
}

TEST_CASE("posts: other bytes at a photo's URL do not displace the photo that was seen",
          "[storage][posts]") {
    const TempDir folder;
    OpenStore open(folder.path());
    const auto id = open.add_post(listing("1"));
    const auto old = open.fetch_photo("https://cdn.example/1-a.jpg", "old bytes");
    const auto fresh = open.fetch_photo("https://cdn.example/1-a.jpg", "new bytes");

    const auto images = open.store.posts().images(id);
    REQUIRE(images.size() == 3);
    CHECK(images[0].image->blob == fresh);
    CHECK(images[2].image->blob == old);
}

TEST_CASE("posts: any bytes of a stranger are kept as they are", "[storage][posts]") {
    const TempDir folder;
    OpenStore open(folder.path());
    auto post = listing("'; DROP TABLE posts; --");
    post.title = std::string("nul\0inside", 10);
    post.text = std::string(2'000'000, 'x') + "\xF0\x9F\x96\xA5 服务器";
    const auto id = open.add_post(post);
    CHECK(open.store.posts().find(id)->post == post);
}
