#include "storage/same_photos.hpp"

#include "tests/storage/fixtures.hpp"
#include "tests/support/temp_dir.hpp"

#include <catch2/catch.hpp>

using namespace chiptrail;
using namespace chiptrail::storage;
using namespace chiptrail::tests;

namespace {

/// A hash that differs from zero in the first `bits` bits.
core::Pdq far_by(int bits, int quality = 90) {
    core::Pdq pdq;
    pdq.quality = quality;
    for (int bit = 0; bit < bits; ++bit) {
        pdq.hash.words.at(static_cast<std::size_t>(bit / 64)) |= std::uint64_t{1} << (bit % 64);
    }
    return pdq;
}

core::Sha256 add_photo(OpenStore& open,
                       const std::string& address,
                       const std::string& bytes,
                       const core::Pdq& pdq) {
    const auto blob = open.fetch_photo(address, bytes);
    open.store.images().put(blob, {640, 480, "jpeg", pdq.text(), "", ""}, at("10:01:00"));
    return blob.sha256;
}

std::vector<int> distances(const std::vector<NearPhoto>& photos) {
    std::vector<int> found;
    for (const auto& photo : photos) {
        found.push_back(photo.distance);
    }
    return found;
}

}  // namespace

TEST_CASE("same photos: copies are found by distance, nearest first", "[storage][same]") {
    const TempDir folder;
    OpenStore open(folder.path());
    const auto original = add_photo(open, "https://cdn.example/a.jpg", "a", far_by(0));
    add_photo(open, "https://cdn.example/b.jpg", "b", far_by(31));
    add_photo(open, "https://cdn.example/c.jpg", "c", far_by(32));
    const auto nearest = add_photo(open, "https://cdn.example/d.jpg", "d", far_by(2));
    add_photo(open, "https://cdn.example/e.jpg", "e", far_by(1, 49));  // Too plain to tell.
    const auto& same = open.store.same_photos();

    const auto found = same.near(original, {}, 10);
    CHECK(distances(found) == std::vector<int>{2, 31});
    CHECK(found[0].image.blob.sha256 == nearest);
    CHECK(distances(same.near(original, {}, 1)) == std::vector<int>{2});
    CHECK(distances(same.near(far_by(0), {}, 10)) == std::vector<int>{0, 2, 31});
    CHECK(distances(same.near(original, {40, 0}, 10)) == std::vector<int>{1, 2, 31, 32});
    CHECK(same.near(far_by(0, 49), {}, 10).empty());
    CHECK(same.near(original, {0, 50}, 10).empty());
    CHECK(same.near(core::sha256("unknown"), {}, 10).empty());
}

TEST_CASE("same photos: what is stored later is found as well, by any connection",
          "[storage][same]") {
    const TempDir folder;
    OpenStore open(folder.path());
    const auto original = add_photo(open, "https://cdn.example/a.jpg", "a", far_by(0));
    Store other(folder.path());
    CHECK(other.same_photos().near(original, {}, 10).empty());
    add_photo(open, "https://cdn.example/b.jpg", "b", far_by(3));
    CHECK(distances(other.same_photos().near(original, {}, 10)) == std::vector<int>{3});
    // Described anew with another hash, the old one is forgotten.
    add_photo(open, "https://cdn.example/b.jpg", "b", far_by(7));
    CHECK(distances(other.same_photos().near(original, {}, 10)) == std::vector<int>{7});
}

TEST_CASE("same photos: a hash that was rolled back is nobody's copy", "[storage][same]") {
    const TempDir folder;
    OpenStore open(folder.path());
    const auto original = add_photo(open, "https://cdn.example/a.jpg", "a", far_by(0));
    const auto blob = open.store.blobs().put("b");
    {
        const auto given_up = open.store.begin();
        open.store.images().put(blob, {1, 1, "jpeg", far_by(3).text(), "", ""}, at("10:01:00"));
        CHECK(open.store.same_photos().near(original, {}, 10).empty());
    }
    // The row number of what was rolled back is given again.
    add_photo(open, "https://cdn.example/c.jpg", "c", far_by(5));
    CHECK(distances(open.store.same_photos().near(original, {}, 10)) == std::vector<int>{5});
}

TEST_CASE("same photos: every post that shows a copy is named once", "[storage][same]") {
    const TempDir folder;
    OpenStore open(folder.path());
    for (const auto* id : {"1", "2", "3"}) {
        open.add_post(listing(id));
    }
    const auto original = add_photo(open, "https://cdn.example/1-a.jpg", "a", far_by(0));
    add_photo(open, "https://cdn.example/2-b.jpg", "a", far_by(0));  // The very same bytes.
    const auto copy = add_photo(open, "https://cdn.example/3-a.jpg", "c", far_by(9));
    add_photo(open, "https://cdn.example/3-b.jpg", "d", far_by(100));
    open.detect(original, {finding("dell", 0.9)});
    open.store.hits().recompute({}, at("10:03:00"));

    const auto posts = open.store.same_photos().posts(original, {}, 10);
    REQUIRE(posts.size() == 3);
    CHECK(posts[0].external_id == "1");
    CHECK(posts[0].exact);
    CHECK(posts[0].hit == hit_id("shop", "1", original));
    CHECK(posts[1].external_id == "2");
    CHECK(posts[1].exact);
    CHECK(posts[2].external_id == "3");
    CHECK_FALSE(posts[2].exact);
    CHECK(posts[2].distance == 9);
    CHECK(posts[2].image.blob.sha256 == copy);
    CHECK_FALSE(posts[2].hit);
    CHECK(posts[2].title == "Dell PowerEdge R740");
    CHECK(open.store.same_photos().posts(original, {0, 50}, 10).size() == 2);
    CHECK(open.store.same_photos().posts(original, {}, 2).size() == 2);
    // A file that was never stored.
    CHECK(open.store.same_photos().posts(core::sha256("new"), far_by(1), {}, 10).size() == 3);
}

TEST_CASE("same photos: photos without a hash are counted", "[storage][same]") {
    const TempDir folder;
    OpenStore open(folder.path());
    open.fetch_photo("https://cdn.example/a.jpg", "a");
    CHECK(open.store.same_photos().without_hash() == 1);
    add_photo(open, "https://cdn.example/a.jpg", "a", far_by(0));
    CHECK(open.store.same_photos().without_hash() == 0);
}
