#pragma once

// What was fetched and read: runs, exchanges, posts with their history, photos, findings.
// The four classes are parts of a Store: get them from there. Threads may share them; each
// write is durable when it returns, or when the Transaction around it commits.

#include "core/result.hpp"
#include "storage/records.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::storage {

class BlobStore;
class Database;

class Runs {
public:
    explicit Runs(Database& database) : database_(database) {}

    RunId begin(const NewRun& run, core::Timestamp now);
    /// May be called more than once, for example to save counts on the way with `running`.
    void finish(RunId run, RunStatus status, const Counts& counts, core::Timestamp now);
    /// Calls every run of `command` that still says `running` interrupted; returns how many.
    /// Only for the holder of the RunLock, before it begins its own run.
    std::int64_t mark_interrupted(const std::string& command, core::Timestamp now);
    /// Newest first.
    [[nodiscard]] std::vector<Run> list(std::size_t limit) const;
    [[nodiscard]] std::optional<Run> find(RunId run) const;

    /// Every source that has a row, by name.
    [[nodiscard]] std::vector<SourceSummary> sources() const;

private:
    Database& database_;
};

class Fetches {
public:
    Fetches(Database& database, BlobStore& blobs) : database_(database), blobs_(blobs) {}

    FetchId add(const core::Exchange& exchange, const FetchContext& context);
    [[nodiscard]] std::optional<Fetch> find(FetchId fetch) const;
    /// The newest complete 2xx answer of that task, with body: what a 304 stands for.
    [[nodiscard]] std::optional<Fetch> newest_copy(const std::string& source,
                                                   const std::string& task_url) const;
    /// What reading the page gave; once a fetch, the last call counts.
    void note_reading(FetchId fetch, const PageReading& reading);

private:
    Database& database_;
    BlobStore& blobs_;
};

class Posts {
public:
    explicit Posts(Database& database) : database_(database) {}

    /// Inserts, appends a version, or only moves last_seen. `published` alone is no change once
    /// it is known ("4 hours ago" moves with the clock), nor is the extractor's name. A sighting
    /// in a list never removes or shortens what the post's own page gave; it may change the price.
    /// Also keeps the post's photo URLs, joined at once with photos that are already stored.
    PostChange upsert(const std::string& source,
                      const core::Post& post,
                      Sighting sighting,
                      FetchId fetch,
                      core::Timestamp seen_at);
    /// The page says that this post is not there any more. A version {"gone"} names the fetch.
    /// False when it was gone already. upsert() brings it back with the field "back".
    bool mark_gone(PostId post, FetchId fetch, core::Timestamp at);
    /// The page answered 304: the posts last read from it are still there. Returns how many.
    std::int64_t still_there(const std::string& source,
                             const std::string& task_url,
                             core::Timestamp at);

    [[nodiscard]] std::optional<StoredPost> find(PostId post) const;
    [[nodiscard]] std::optional<StoredPost> find(const std::string& source,
                                                 const std::string& external_id) const;
    /// The posts whose newest state was read from `task_url`, or whose own URL it is.
    [[nodiscard]] std::vector<StoredPost> at_page(const std::string& source,
                                                  const std::string& task_url) const;
    [[nodiscard]] std::vector<PostVersion> versions(PostId post) const;
    [[nodiscard]] std::vector<PostImage> images(PostId post) const;

private:
    Database& database_;
};

class Images {
public:
    explicit Images(Database& database) : database_(database) {}

    /// Stores or completes a photo's description; its bytes are in the blob store already.
    void put(const Blob& blob, const ImageInfo& info, core::Timestamp now);
    /// `url` gave these bytes: joins them with every post of `source` that shows that URL, now
    /// and later. The photo must have been put(). Returns how many posts were joined.
    std::int64_t join(const std::string& source,
                      const std::string& url,
                      const core::Sha256& image,
                      FetchId fetch);
    [[nodiscard]] std::optional<Image> find(const core::Sha256& image) const;
    /// Photos that `detector` has not looked at, oldest first.
    [[nodiscard]] std::vector<Image> unseen_by(const std::string& detector,
                                               std::size_t limit) const;
    [[nodiscard]] std::int64_t count_unseen_by(const std::string& detector) const;

    /// Which photos a detector looks at again; absent values do not restrict.
    struct Selection {
        std::vector<std::string> sources;      ///< that show the photo
        std::vector<std::string> brands;       ///< found on it by its newest detection
        std::optional<core::Timestamp> since;  ///< photo first seen at or after
        bool seen_too = false;                 ///< also those the detector has looked at
    };
    /// Largest first, so that copies of one photo are read off the best of them; `after` is the
    /// last photo of the part before.
    [[nodiscard]] std::vector<Image> select(const Selection& selection,
                                            const std::string& detector,
                                            const std::optional<core::Sha256>& after,
                                            std::size_t limit) const;
    [[nodiscard]] std::int64_t count(const Selection& selection, const std::string& detector) const;

    /// Appends; the newest one of a photo counts, the earlier stay for who asks what a decision
    /// was made on. `id` and `finding_ids` are ignored.
    DetectionId save_detection(const Detection& detection);
    /// The newest one, of any detector.
    [[nodiscard]] std::optional<Detection> newest_detection(const core::Sha256& image) const;
    /// All, oldest first.
    [[nodiscard]] std::vector<Detection> detections(const core::Sha256& image) const;

    /// Once is enough; later calls with the same name change nothing.
    void describe_detector(const Detector& detector, core::Timestamp now);
    [[nodiscard]] std::optional<Detector> find_detector(const std::string& name) const;

    /// At least 4 digits of a finding's id. Failure::not_found, or bad_input when several fit.
    [[nodiscard]] core::Result<FindingId> resolve_finding(const std::string& prefix) const;
    /// The newest detection that holds it, and where in `findings` it is.
    struct FoundFinding {
        Detection detection;
        std::size_t index = 0;
        bool current = true;  ///< false: a newer detection of the photo does not have it
    };
    [[nodiscard]] std::optional<FoundFinding> find_finding(const FindingId& finding) const;

private:
    Database& database_;
};

[[nodiscard]] std::string_view to_text(PostChange::Kind kind);

}  // namespace chiptrail::storage
