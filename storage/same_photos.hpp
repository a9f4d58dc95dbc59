#pragma once

// The same photo again: reposts by exact bytes, and copies that were made smaller or recompressed,
// by PDQ hash. Every hash has a kind, so that other ways to compare (parts of photos, scenes) can
// stand beside it.

#include "core/pdq.hpp"
#include "storage/records.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace chiptrail::storage {

class Database;

struct SamePhotoRule {
    int max_distance = 31;  ///< bits of 256 that may differ; 0: exact bytes alone
    int min_quality = 50;   ///< of both hashes; plainer pictures are compared by bytes alone
};

struct NearPhoto {
    Image image;
    int distance = 0;
};

/// A post that shows a photo or a copy of it.
struct SamePost {
    std::string source;
    std::string external_id;
    std::string title;
    std::string url;
    std::string author;
    core::Timestamp first_seen{};
    std::optional<core::Timestamp> gone_at;
    Image image;
    bool exact = false;  ///< the very same bytes
    int distance = 0;
    std::optional<HitId> hit;  ///< that stands for this post and photo
};

/// Part of a Store: get it from there. Threads may share it. Hashes are kept in memory once asked
/// for, 40 bytes a photo, and read on where they ended at each question.
class SamePhotos {
public:
    explicit SamePhotos(Database& database);
    ~SamePhotos();
    SamePhotos(const SamePhotos&) = delete;
    SamePhotos& operator=(const SamePhotos&) = delete;

    /// Stored photos that look like this hash, nearest first.
    [[nodiscard]] std::vector<NearPhoto> near(const core::Pdq& pdq,
                                              const SamePhotoRule& rule,
                                              std::size_t limit) const;
    /// Other photos that look like a stored one; none when it has no hash or a poor one.
    [[nodiscard]] std::vector<NearPhoto> near(const core::Sha256& image,
                                              const SamePhotoRule& rule,
                                              std::size_t limit) const;
    /// Every post that shows `image` or a copy of it: same bytes first, then by distance and age.
    [[nodiscard]] std::vector<SamePost> posts(const core::Sha256& image,
                                              const SamePhotoRule& rule,
                                              std::size_t limit) const;
    /// The same for a file that need not be stored.
    [[nodiscard]] std::vector<SamePost> posts(const core::Sha256& image,
                                              const std::optional<core::Pdq>& pdq,
                                              const SamePhotoRule& rule,
                                              std::size_t limit) const;
    /// Photos that could be decoded and have no hash yet: from before there were hashes.
    [[nodiscard]] std::int64_t without_hash() const;

private:
    struct Index;
    Database& database_;
    std::unique_ptr<Index> index_;
};

}  // namespace chiptrail::storage
