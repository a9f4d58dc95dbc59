#include "tests/storage/fixtures.hpp"
#include "tests/support/temp_dir.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace chiptrail;
using namespace chiptrail::tests;
using storage::DecisionState;
using storage::HitFilter;
using storage::HitId;
using storage::HitOrder;
using storage::Verdict;

namespace {

/// One post with one photo and one finding each.
HitId add_hit(OpenStore& open, const std::string& id, const std::string& brand, double score) {
    open.add_post(listing(id));
    const auto photo = open.fetch_photo("https://cdn.example/" + id + "-a.jpg", "photo of " + id);
    open.detect(photo.sha256, {finding(brand, score)});
    open.store.hits().recompute({}, at("10:03:00"));
    return storage::hit_id("shop", id, photo.sha256);
}

std::vector<std::string> listed(const storage::Store&, const storage::HitPage& page) {
    std::vector<std::string> ids;
    for (const auto& row : page.rows) {
        ids.push_back(row.post.id);
    }
    return ids;
}

std::vector<std::string> listed(OpenStore& open, const HitFilter& filter) {
    CHECK(open.store.hits().count(filter) ==
          static_cast<std::int64_t>(open.store.hits().list(filter).rows.size()));
    auto ids = listed(open.store, open.store.hits().list(filter));
    std::sort(ids.begin(), ids.end());
    return ids;
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("hits: a name is the same in every store and differs with each part", "[storage][hits]") {
    const auto image = core::sha256("x");
    CHECK(storage::hit_id("shop", "1", image).text.size() == 16);
    CHECK(storage::hit_id("shop", "1", image) == storage::hit_id("shop", "1", image));
    CHECK(storage::hit_id("sho", "p1", image) != storage::hit_id("shop", "1", image));
    CHECK(storage::hit_id("shop", "1", core::sha256("y")) != storage::hit_id("shop", "1", image));
}

TEST_CASE("hits: they follow the newest detection of a photo", "[storage][hits]") {
    const TempDir folder;
    OpenStore open(folder.path());
    auto& hits = open.store.hits();
    open.add_post(listing("1"));
    const auto photo = open.fetch_photo("https://cdn.example/1-a.jpg", "a");
    open.detect(photo.sha256, {finding("dell", 0.6), finding("hpe", 0.9), finding("acer", 0.2)});

    auto changes = hits.recompute({}, at("10:03:00"));
    CHECK(changes.added == 1);
    CHECK(changes.total == 1);
    const auto id = storage::hit_id("shop", "1", photo.sha256);
    auto row = hits.list({}).rows.at(0);
    CHECK(row.id == id);
    CHECK(row.score == 0.9);
    CHECK(row.brands == Ids{"hpe", "dell"});

    changes = hits.recompute({}, at("10:04:00"));
    CHECK(changes.added + changes.changed + changes.withdrawn == 0);

    open.detect(photo.sha256, {finding("hpe", 0.7)}, "detector-2");
    changes = hits.recompute({}, at("10:05:00"));
    CHECK(changes.changed == 1);
    row = hits.list({}).rows.at(0);
    CHECK(row.score == 0.7);
    CHECK(row.brands == Ids{"hpe"});
    CHECK(row.found_at == at("10:03:00"));

    hits.decide(id, Verdict::reject, "mara", "", at("10:05:30"));
    open.detect(photo.sha256, {}, "detector-3");
    changes = hits.recompute({}, at("10:06:00"));
    CHECK(changes.withdrawn == 1);
    // Someone decided on it, so it stays in the list, and says that it is no longer found.
    REQUIRE(hits.list({}).rows.size() == 1);
    CHECK(hits.list({}).rows.at(0).withdrawn_at == at("10:06:00"));
    HitFilter standing;
    standing.withdrawn = false;
    CHECK(hits.list(standing).rows.empty());
    REQUIRE(hits.find(id));
    CHECK(hits.find(id)->decisions.size() == 1);
    hits.undo(id, "mara", at("10:06:10"));
    CHECK(hits.list({}).rows.empty());
    HitFilter withdrawn;
    withdrawn.withdrawn = true;
    CHECK(hits.list(withdrawn).rows.size() == 1);
    hits.decide(id, Verdict::reject, "mara", "", at("10:06:30"));

    open.detect(photo.sha256, {finding("hpe", 0.7)}, "detector-4");
    CHECK(hits.recompute({}, at("10:07:00")).added == 1);
    CHECK(hits.list({}).rows.at(0).state == DecisionState::rejected);
}

TEST_CASE("hits: weak findings and findings of nobody's mark make none", "[storage][hits]") {
    const TempDir folder;
    OpenStore open(folder.path());
    auto code = finding("", 0.99);
    code.kind = core::FindingKind::code;
    open.add_post(listing("1"));
    const auto photo = open.fetch_photo("https://cdn.example/1-a.jpg", "a");
    open.detect(photo.sha256, {finding("dell", 0.49), code});
    CHECK(open.store.hits().recompute({0.5}, at("10:03:00")).total == 0);
    CHECK(open.store.hits().recompute({0.4}, at("10:03:00")).total == 1);
    CHECK(open.store.hits().recompute({0.5}, at("10:03:00")).withdrawn == 1);
}

TEST_CASE("hits: one photo in two posts makes two hits that know each other", "[storage][hits]") {
    const TempDir folder;
    OpenStore open(folder.path());
    const auto first = add_hit(open, "1", "dell", 0.9);
    auto repost = listing("2");
    repost.images = {"https://cdn.example/1-a.jpg"};
    open.add_post(repost);
    CHECK(open.store.hits().recompute({}, at("10:04:00")).added == 1);
    const auto detail = open.store.hits().find(first);
    REQUIRE(detail);
    CHECK(detail->same_image ==
          std::vector<HitId>{storage::hit_id("shop", "2", core::sha256("photo of 1"))});
}

TEST_CASE("hits: filters narrow down, each alone and together", "[storage][hits]") {
    const TempDir folder;
    OpenStore open(folder.path());
    const auto dell = add_hit(open, "1", "dell", 0.9);
    add_hit(open, "2", "hpe", 0.8);
    const auto third = add_hit(open, "3", "dell", 0.6);
    auto chinese = listing("4");
    chinese.title = "二手服务器 100%_off";
    open.add_post(chinese);
    auto model = finding("dell", 0.7);
    model.model = "A100 80GB";
    model.kind = core::FindingKind::model;
    const auto photo = open.fetch_photo("https://cdn.example/4-a.jpg", "4");
    open.detect(photo.sha256, {model});
    open.store.hits().recompute({}, at("10:03:00"));
    open.store.hits().decide(dell, Verdict::confirm, "mara", "", at("10:04:00"));
    open.store.hits().decide(third, Verdict::unsure, "mara", "", at("10:04:00"));
    open.store.posts().mark_gone(open.store.posts().find("shop", "2")->id,
                                 open.fetch_page("https://shop.example/item/2"),
                                 at("11:00:00"));

    struct Row {
        const char* why;
        HitFilter filter;
        Ids expected;
    };
    const auto make = [](const auto& set) {
        HitFilter filter;
        set(filter);
        return filter;
    };
    const std::vector<Row> rows = {
        {"nothing asked", {}, {"1", "2", "3", "4"}},
        {"brand", make([](auto& f) { f.brands = {"hpe"}; }), {"2"}},
        {"any of two brands",
         make([](auto& f) {
             f.brands = {"hpe", "dell"};
         }),
         {"1", "2", "3", "4"}},
        {"model", make([](auto& f) { f.models = {"A100 80GB"}; }), {"4"}},
        {"a brand that is SQL", make([](auto& f) { f.brands = {"' OR 1 = 1 --"}; }), {}},
        {"source", make([](auto& f) { f.sources = {"other"}; }), {}},
        {"score from", make([](auto& f) { f.min_score = 0.8; }), {"1", "2"}},
        {"score to", make([](auto& f) { f.max_score = 0.7; }), {"3", "4"}},
        {"undecided", make([](auto& f) { f.states = {DecisionState::undecided}; }), {"2", "4"}},
        {"two states",
         make([](auto& f) {
             f.states = {DecisionState::confirmed, DecisionState::unsure};
         }),
         {"1", "3"}},
        {"gone", make([](auto& f) { f.gone = true; }), {"2"}},
        {"not gone", make([](auto& f) { f.gone = false; }), {"1", "3", "4"}},
        {"text without case", make([](auto& f) { f.text = "rAILs INC"; }), {"1", "2", "3", "4"}},
        {"one Chinese character", make([](auto& f) { f.text = "服"; }), {"4"}},
        {"a wildcard is a character", make([](auto& f) { f.text = "100%_"; }), {"4"}},
        {"text read on the photo",
         make([](auto& f) { f.text = "dell emc"; }),
         {"1", "2", "3", "4"}},
        {"text that is nowhere", make([](auto& f) { f.text = "100%X"; }), {}},
        {"since", make([](auto& f) { f.since = at("10:00:01"); }), {}},
        {"until", make([](auto& f) { f.until = at("10:00:01"); }), {"1", "2", "3", "4"}},
        {"together",
         make([](auto& f) {
             f.brands = {"dell"};
             f.min_score = 0.65;
             f.gone = false;
         }),
         {"1", "4"}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        CHECK(listed(open, row.filter) == row.expected);
    }

    HitFilter dells;
    dells.brands = {"dell"};
    const auto facets = open.store.hits().facets(dells);
    CHECK(facets.total == 3);
    REQUIRE(facets.brands.size() == 2);
    CHECK(facets.brands[0].value == "dell");
    CHECK(facets.brands[0].count == 3);
    CHECK(facets.brands[1].count == 1);
    REQUIRE(facets.models.size() == 1);
    CHECK(facets.models[0].value == "A100 80GB");
    REQUIRE(facets.sources.size() == 1);
    CHECK(facets.sources[0].count == 3);
    CHECK(facets.states.size() == 3);
}

TEST_CASE("hits: pages follow each other without gap or repeat, in every order",
          "[storage][hits]") {
    const TempDir folder;
    OpenStore open(folder.path());
    for (int n = 0; n < 7; ++n) {
        // Equal scores and equal times: the order must still be total.
        add_hit(open, std::to_string(n), "dell", n < 4 ? 0.9 : 0.8 + 0.1 / 3);
    }
    const auto order = GENERATE(HitOrder::score, HitOrder::newest_post, HitOrder::newest_found);
    HitFilter filter;
    filter.order = order;
    const auto all = listed(open.store, open.store.hits().list(filter));
    REQUIRE(all.size() == 7);

    filter.limit = 3;
    Ids paged;
    int pages = 0;
    do {
        const auto page = open.store.hits().list(filter);
        for (const auto& row : page.rows) {
            paged.push_back(row.post.id);
        }
        filter.after = page.next;
        REQUIRE(++pages <= 3);
    } while (!filter.after.empty());
    CHECK(paged == all);

    filter.after.clear();
    filter.offset = 5;
    CHECK(open.store.hits().list(filter).rows.size() == 2);
    filter.offset = 0;
    for (const auto* bad : {"x", "h.score|", "h.score|abc|", "h.score|0.5|7x", "||", "h.url|1|2"}) {
        CAPTURE(bad);
        filter.after = bad;
        CHECK(open.store.hits().list(filter).rows.empty());
    }
}

TEST_CASE("hits: a prefix finds one hit, or says why not", "[storage][hits]") {
    const TempDir folder;
    OpenStore open(folder.path());
    const auto hit = add_hit(open, "1", "dell", 0.9);
    const auto& hits = open.store.hits();
    CHECK(hits.resolve(hit.text) == hit);
    CHECK(hits.resolve(hit.text.substr(0, 4)) == hit);
    CHECK(hits.resolve("ABC").error().kind == core::Failure::Kind::bad_input);
    CHECK(hits.resolve("zzzz").error().kind == core::Failure::Kind::bad_input);
    CHECK(hits.resolve("%%%%").error().kind == core::Failure::Kind::bad_input);
    CHECK(hits.resolve(hit.text + "0").error().kind == core::Failure::Kind::bad_input);
    const auto other = hit.text[0] == '0' ? "1111" : "0000";
    CHECK(hits.resolve(other).error().kind == core::Failure::Kind::not_found);

    // 65536 beginnings of four digits: some two of 1000 hits share one.
    auto crowd = listing("crowd");
    crowd.images.clear();
    for (int n = 0; n < 1000; ++n) {
        crowd.images.push_back("https://cdn.example/" + std::to_string(n) + ".jpg");
    }
    auto transaction = open.store.begin();
    open.add_post(crowd);
    const auto fetch = open.fetch_page("https://cdn.example/");
    std::map<std::string, int> beginnings;
    for (const auto& address : crowd.images) {
        const storage::Blob blob{core::sha256(address), address.size()};
        open.store.images().put(blob, {1, 1, "jpeg", "", "", ""}, at("10:00:00"));
        open.store.images().join("shop", address, blob.sha256, fetch);
        open.detect(blob.sha256, {finding("dell", 0.9)});
        ++beginnings[storage::hit_id("shop", "crowd", blob.sha256).text.substr(0, 4)];
    }
    transaction.commit();
    // More photos than one part of the work holds.
    CHECK(open.store.hits().recompute({}, at("10:03:00")).total == 1001);
    CHECK(open.store.hits().recompute({0.95}, at("10:03:00")).withdrawn == 1001);
    CHECK(open.store.hits().recompute({}, at("10:03:00")).added == 1001);
    CHECK(open.store.hits().count({}) == 1001);
    const auto shared = std::find_if(
        beginnings.begin(), beginnings.end(), [](const auto& b) { return b.second > 1; });
    REQUIRE(shared != beginnings.end());
    CHECK_THAT(hits.resolve(shared->first).error().detail, Catch::Contains("more than one"));
}

TEST_CASE("hits: decisions append, undo takes back the newest that counts", "[storage][hits]") {
    const TempDir folder;
    OpenStore open(folder.path());
    auto& hits = open.store.hits();
    const auto hit = add_hit(open, "1", "dell", 0.9);
    const auto other = add_hit(open, "2", "dell", 0.9);
    const auto state = [&] { return hits.find(hit)->row.state; };

    CHECK(state() == DecisionState::undecided);
    CHECK_FALSE(hits.undo(hit, "mara", at("10:00:00")));
    CHECK_FALSE(hits.undo_last("mara", at("10:00:00")));

    const auto first = hits.decide(hit, Verdict::confirm, "mara", "clear", at("10:01:00"));
    hits.decide(hit, Verdict::reject, "jo", "a sticker", at("10:02:00"));
    CHECK(state() == DecisionState::rejected);
    CHECK(hits.find(hit)->row.decision->reviewer == "jo");
    CHECK(hits.undo(hit, "jo", at("10:03:00")));
    CHECK(state() == DecisionState::confirmed);
    CHECK(hits.find(hit)->row.decision->id == first);

    hits.decide(other, Verdict::unsure, "mara", "", at("10:04:00"));
    CHECK(hits.undo_last("mara", at("10:05:00")) == other);
    CHECK(hits.undo_last("mara", at("10:06:00")) == hit);
    CHECK_FALSE(hits.undo_last("mara", at("10:07:00")));
    CHECK(state() == DecisionState::undecided);

    const auto decisions = hits.find(hit)->decisions;
    REQUIRE(decisions.size() == 4);
    CHECK(decisions[0].note == "clear");
    CHECK(decisions[2].undoes == decisions[1].id);
    CHECK_FALSE(decisions[2].verdict);
    CHECK(decisions[3].undoes == first);

    CHECK_THROWS_WITH(hits.decide({"0123456789abcdef"}, Verdict::confirm, "x", "", at("10:00:00")),
                      Catch::Contains("no hit 0123456789abcdef"));
}

TEST_CASE("hits: the detail leads back to both exchanges and everything between",
          "[storage][hits]") {
    const TempDir folder;
    OpenStore open(folder.path());
    const auto hit = add_hit(open, "1", "dell", 0.9);
    auto cheaper = listing("1");
    cheaper.price = {"€ 99", "99", "", "EUR"};
    const auto page = open.fetch_page(cheaper.url);
    open.store.posts().upsert("shop", cheaper, storage::Sighting::own_page, page, at("11:00:00"));
    const auto last = open.fetch_page(cheaper.url);
    open.store.posts().mark_gone(open.store.posts().find("shop", "1")->id, last, at("12:00:00"));

    const auto detail = open.store.hits().find(hit);
    REQUIRE(detail);
    CHECK(detail->row.post == cheaper);
    CHECK(detail->row.gone_at == at("12:00:00"));
    CHECK(detail->row.image_url == "https://cdn.example/1-a.jpg");
    CHECK(detail->versions.size() == 3);
    CHECK(detail->page.id == page);
    REQUIRE(detail->photo);
    CHECK(detail->photo->exchange.url == "https://cdn.example/1-a.jpg");
    CHECK(detail->photo->body->sha256 == detail->row.image.blob.sha256);
    CHECK(detail->detection.findings.size() == 1);
    CHECK(detail->images.size() == 2);
    CHECK(detail->run.what.command == "crawl");
    REQUIRE(detail->reasons.size() == 1);
    CHECK_THAT(detail->reasons[0], Catch::Contains("dell: wordmark \"DELL EMC\""));
    CHECK_FALSE(open.store.hits().find({"0123456789abcdef"}));
}
