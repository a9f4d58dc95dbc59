#include "storage/same_photos.hpp"

#include "storage/database.hpp"
#include "storage/rows.hpp"

#include <algorithm>
#include <mutex>
#include <tuple>
#include <utility>

namespace chiptrail::storage {

/// All hashes, in the order of their rows. Scanned from end to end, which takes 1 ms for a hundred
/// thousand and 20 ms for a million; no threshold has to be known when it is built.
struct SamePhotos::Index {
    struct Entry {
        std::int64_t row = 0;
        int quality = 0;
        core::PdqHash hash;
    };
    std::vector<Entry> entries;
    std::int64_t last_row = 0;

    void read_on(Database& database);
};

void SamePhotos::Index::read_on(Database& database) {
    // What an open transaction wrote may be rolled back, and its row numbers given again.
    if (database.in_transaction()) {
        return;
    }
    Query rows(database,
               "SELECT id, quality, hash FROM image_hashes WHERE kind = 'pdq' AND id > ? "
               "ORDER BY id");
    rows.bind(last_row);
    while (rows.step()) {
        Entry entry;
        entry.row = rows.integer();
        entry.quality = rows.small();
        last_row = entry.row;
        if (const auto hash = core::PdqHash::from_hex(rows.text())) {
            entry.hash = *hash;
            entries.push_back(entry);
        }
    }
}

namespace {

struct Near {
    int distance = 0;
    std::int64_t row = 0;
};

std::optional<core::Pdq> stored_hash(Database& database, const core::Sha256& image) {
    Query row(database,
              "SELECT h.hash, h.quality FROM image_hashes h JOIN images i ON i.id = h.image_id "
              "WHERE i.sha256 = ? AND h.kind = 'pdq'");
    row.bind(image);
    if (!row.step()) {
        return std::nullopt;
    }
    const auto hash = core::PdqHash::from_hex(row.text());
    return hash ? std::optional(core::Pdq{*hash, row.small()}) : std::nullopt;
}

/// nullopt when the hash is another by now.
std::optional<Image> image_of(Database& database, std::int64_t hash_row) {
    Query row(database,
              std::string("SELECT ") + kImageColumns +
                  "FROM image_hashes h JOIN images i ON i.id = h.image_id WHERE h.id = ?");
    row.bind(hash_row);
    return row.step() ? std::optional(read_image(row)) : std::nullopt;
}

void add_posts(Database& database,
               const NearPhoto& near,
               bool exact,
               std::vector<SamePost>& posts) {
    Query rows(database,
               "SELECT DISTINCT s.name, p.external_id, v.title, v.url, v.author_name, "
               "p.first_seen, p.gone_at, (SELECT h.public_id FROM hits h WHERE h.post_id = p.id "
               "AND h.image_id = i.id AND h.withdrawn_at IS NULL) "
               "FROM images i JOIN post_images pi ON pi.image_id = i.id "
               "JOIN posts p ON p.id = pi.post_id JOIN sources s ON s.id = p.source_id "
               "JOIN post_versions v ON v.post_id = p.id AND v.number = p.version "
               "WHERE i.sha256 = ? ORDER BY p.first_seen, p.id");
    rows.bind(near.image.blob.sha256);
    while (rows.step()) {
        SamePost post;
        post.source = rows.text();
        post.external_id = rows.text();
        post.title = rows.text();
        post.url = rows.text();
        post.author = rows.text();
        post.first_seen = rows.time();
        post.gone_at = rows.optional_time();
        if (rows.next_is_null()) {
            rows.skip();
        } else {
            post.hit = HitId{rows.text()};
        }
        post.image = near.image;
        post.exact = exact;
        post.distance = near.distance;
        posts.push_back(std::move(post));
    }
}

}  // namespace

SamePhotos::SamePhotos(Database& database)
    : database_(database), index_(std::make_unique<Index>()) {}

SamePhotos::~SamePhotos() = default;

std::vector<NearPhoto> SamePhotos::near(const core::Pdq& pdq,
                                        const SamePhotoRule& rule,
                                        std::size_t limit) const {
    // The connection's lock also guards the index, so that no thread can hold one and want the
    // other.
    const std::unique_lock lock(database_.mutex());
    if (pdq.quality < rule.min_quality || rule.max_distance <= 0) {
        return {};
    }
    index_->read_on(database_);
    std::vector<Near> found;
    for (const auto& entry : index_->entries) {
        if (const auto distance = core::distance(entry.hash, pdq.hash);
            distance <= rule.max_distance && entry.quality >= rule.min_quality) {
            found.push_back({distance, entry.row});
        }
    }
    std::sort(found.begin(), found.end(), [](const Near& a, const Near& b) {
        return std::tie(a.distance, a.row) < std::tie(b.distance, b.row);
    });
    std::vector<NearPhoto> photos;
    for (const auto& near : found) {
        if (photos.size() == limit) {
            break;
        }
        if (auto image = image_of(database_, near.row)) {
            photos.push_back({std::move(*image), near.distance});
        }
    }
    return photos;
}

std::vector<NearPhoto> SamePhotos::near(const core::Sha256& image,
                                        const SamePhotoRule& rule,
                                        std::size_t limit) const {
    const auto hash = stored_hash(database_, image);
    if (!hash) {
        return {};
    }
    auto photos = near(*hash, rule, limit + 1);
    std::erase_if(photos, [&](const NearPhoto& near) { return near.image.blob.sha256 == image; });
    if (photos.size() > limit) {
        photos.pop_back();
    }
    return photos;
}

std::vector<SamePost> SamePhotos::posts(const core::Sha256& image,
                                        const SamePhotoRule& rule,
                                        std::size_t limit) const {
    return posts(image, stored_hash(database_, image), rule, limit);
}

std::vector<SamePost> SamePhotos::posts(const core::Sha256& image,
                                        const std::optional<core::Pdq>& pdq,
                                        const SamePhotoRule& rule,
                                        std::size_t limit) const {
    const std::unique_lock lock(database_.mutex());
    std::vector<SamePost> posts;
    Query exact(database_,
                std::string("SELECT ") + kImageColumns + "FROM images i WHERE i.sha256 = ?");
    exact.bind(image);
    if (exact.step()) {
        add_posts(database_, {read_image(exact), 0}, true, posts);
    }
    if (pdq) {
        for (const auto& photo : near(*pdq, rule, limit)) {
            if (posts.size() >= limit) {
                break;
            }
            if (photo.image.blob.sha256 != image) {
                add_posts(database_, photo, false, posts);
            }
        }
    }
    posts.resize(std::min(posts.size(), limit));
    return posts;
}

std::int64_t SamePhotos::without_hash() const {
    return Query(database_,
                 "SELECT count(*) FROM images i WHERE i.width > 0 AND NOT EXISTS "
                 "(SELECT 1 FROM image_hashes h WHERE h.image_id = i.id AND h.kind = 'pdq')")
        .single();
}

}  // namespace chiptrail::storage
