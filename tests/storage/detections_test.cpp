#include "tests/storage/fixtures.hpp"
#include "tests/support/temp_dir.hpp"

#include <catch2/catch.hpp>

using namespace chiptrail;
using namespace chiptrail::storage;
using namespace chiptrail::tests;

namespace {

core::Finding mark(const std::string& brand, core::Box box) {
    auto found = finding(brand, 0.9);
    found.box = box;
    return found;
}

std::vector<FindingId> newest_ids(OpenStore& open, const core::Sha256& photo) {
    return open.store.images().newest_detection(photo)->finding_ids;
}

}  // namespace

TEST_CASE("detections: a finding keeps its name while mark and place stay", "[storage]") {
    const TempDir folder;
    OpenStore open(folder.path());
    const auto photo = open.fetch_photo("https://cdn.example/1-a.jpg", "a").sha256;
    open.detect(photo, {mark("dell", {10, 10, 100, 40}), mark("hpe", {300, 10, 100, 40})});
    const auto first = newest_ids(open, photo);
    REQUIRE(first.size() == 2);
    CHECK(first[0].text.size() == 16);
    CHECK_FALSE(first[0] == first[1]);

    // In another order, framed otherwise, and one more of the same brand elsewhere.
    open.detect(photo,
                {mark("dell", {500, 300, 90, 40}),
                 mark("hpe", {305, 12, 90, 38}),
                 mark("dell", {12, 8, 90, 44})},
                "detector-2");
    const auto second = newest_ids(open, photo);
    CHECK(second[1] == first[1]);
    CHECK(second[2] == first[0]);
    CHECK_FALSE(second[0] == first[0]);

    open.detect(photo, {}, "detector-3");
    auto gone = open.store.images().find_finding(first[0]);
    REQUIRE(gone);
    CHECK_FALSE(gone->current);
    CHECK(gone->index == 2);

    // Back again, it has its old name.
    open.detect(photo, {mark("dell", {10, 10, 100, 40})}, "detector-4");
    CHECK(newest_ids(open, photo) == std::vector<FindingId>{first[0]});
    CHECK(open.store.images().find_finding(first[0])->current);
    CHECK(open.store.images().detections(photo).size() == 4);
}

TEST_CASE("detections: a name is found by its first digits", "[storage]") {
    const TempDir folder;
    OpenStore open(folder.path());
    const auto photo = open.fetch_photo("https://cdn.example/1-a.jpg", "a").sha256;
    open.detect(photo, {mark("dell", {10, 10, 100, 40})});
    const auto id = newest_ids(open, photo).at(0);
    const auto& images = open.store.images();
    CHECK(images.resolve_finding(id.text) == id);
    CHECK(images.resolve_finding(id.text.substr(0, 6)) == id);
    CHECK(images.resolve_finding("abc").error().kind == core::Failure::Kind::bad_input);
    CHECK(images.resolve_finding("no hex").error().kind == core::Failure::Kind::bad_input);
    const auto other = id.text.substr(0, 4) == "0000" ? "1111" : "0000";
    CHECK(images.resolve_finding(other).error().kind == core::Failure::Kind::not_found);
}

TEST_CASE("detections: parts, reference, scale, turn and origin come back", "[storage]") {
    const TempDir folder;
    OpenStore open(folder.path());
    const auto photo = open.fetch_photo("https://cdn.example/1-a.jpg", "a").sha256;
    const auto copy = open.fetch_photo("https://cdn.example/1-b.jpg", "b").sha256;
    auto found = mark("dell", {10, 10, 100, 40});
    found.kind = core::FindingKind::symbol;
    found.parts = {{"likeness", 0.97}, {"size", -0.02}};
    found.reference = "dell/roundel";
    found.scale = 1.5;
    found.rotation = 270;
    const auto original = open.detect(photo, {found});
    Detection detection;
    detection.image = copy;
    detection.detector = "detector-1";
    detection.at = at("10:03:00");
    detection.findings = {found};
    detection.copied_from = {original, photo, 12};
    open.store.images().save_detection(detection);

    const auto read = open.store.images().newest_detection(copy);
    REQUIRE(read);
    CHECK(read->findings == std::vector<core::Finding>{found});
    REQUIRE(read->copied_from);
    CHECK(read->copied_from->detection == original);
    CHECK(read->copied_from->image == photo);
    CHECK(read->copied_from->distance == 12);
    CHECK_FALSE(open.store.images().newest_detection(photo)->copied_from);
}

TEST_CASE("detections: a hit says when its marks were read on a copy", "[storage][hits]") {
    const TempDir folder;
    OpenStore open(folder.path());
    open.add_post(listing("1"));
    const auto photo = open.fetch_photo("https://cdn.example/1-a.jpg", "a").sha256;
    const auto copy = open.fetch_photo("https://cdn.example/1-b.jpg", "b").sha256;
    const auto original = open.detect(photo, {mark("dell", {10, 10, 100, 40})});
    Detection detection;
    detection.image = copy;
    detection.detector = "detector-1";
    detection.at = at("10:03:00");
    detection.findings = {mark("dell", {5, 5, 50, 20})};
    detection.copied_from = {original, photo, 12};
    open.store.images().save_detection(detection);
    open.store.hits().recompute({}, at("10:04:00"));
    const auto hit = open.store.hits().find(hit_id("shop", "1", copy));
    REQUIRE(hit);
    CHECK_THAT(hit->reasons.at(0),
               Catch::Contains("the same photo " + photo.hex().substr(0, 12)) &&
                   Catch::Contains("12 of 256"));
}

TEST_CASE("detectors: what is known of one is kept as first told", "[storage]") {
    const TempDir folder;
    OpenStore open(folder.path());
    auto& images = open.store.images();
    images.describe_detector({"d/1", "ppocr-v4/2", "aa", "bb", R"({"max_tiles":6})", "0.1.0", {}},
                             at("10:00:00"));
    images.describe_detector({"d/1", "other", "", "", "", "0.2.0", {}}, at("11:00:00"));
    const auto detector = images.find_detector("d/1");
    REQUIRE(detector);
    CHECK(detector->reader == "ppocr-v4/2");
    CHECK(detector->models_digest == "aa");
    CHECK(detector->settings_json == R"({"max_tiles":6})");
    CHECK(detector->build == "0.1.0");
    CHECK(detector->first_used == at("10:00:00"));
    CHECK_FALSE(images.find_detector("d/2"));
}

TEST_CASE("images: photos are selected by source, brand, age and detector, largest first",
          "[storage][images]") {
    const TempDir folder;
    OpenStore open(folder.path());
    open.add_post(listing("1"));
    const auto small = open.fetch_photo("https://cdn.example/1-a.jpg", "a");
    const auto large = open.fetch_photo("https://cdn.example/1-b.jpg", "b");
    const auto lone = open.fetch_photo("https://cdn.example/none.jpg", "c");
    auto& images = open.store.images();
    images.put(large, {4000, 3000, "jpeg", "", "", ""}, at("10:01:00"));
    images.put(small, {40, 30, "jpeg", "", "", ""}, at("10:01:00"));
    open.detect(small.sha256, {finding("dell", 0.9)}, "today");
    open.detect(large.sha256, {finding("hpe", 0.9)}, "earlier");

    const auto hashes = [&](const Images::Selection& selection) {
        std::vector<core::Sha256> found;
        for (const auto& image : images.select(selection, "today", std::nullopt, 10)) {
            found.push_back(image.blob.sha256);
        }
        CHECK(images.count(selection, "today") == static_cast<std::int64_t>(found.size()));
        return found;
    };
    using Hashes = std::vector<core::Sha256>;
    Images::Selection selection;
    CHECK(hashes(selection) == Hashes{large.sha256, lone.sha256});
    selection.seen_too = true;
    CHECK(hashes(selection) == Hashes{large.sha256, lone.sha256, small.sha256});
    selection.brands = {"dell", "asus"};
    CHECK(hashes(selection) == Hashes{small.sha256});
    selection.brands.clear();
    selection.sources = {"shop"};
    CHECK(hashes(selection) == Hashes{large.sha256, small.sha256});
    selection.sources = {"forum"};
    CHECK(hashes(selection).empty());
    selection.sources.clear();
    selection.since = at("10:01:01");
    CHECK(hashes(selection).empty());
    selection.since = at("10:01:00");
    const auto rest = images.select(selection, "today", large.sha256, 1);
    REQUIRE(rest.size() == 1);
    CHECK(rest[0].blob.sha256 == lone.sha256);
}
