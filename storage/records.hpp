#pragma once

// What the store keeps, as plain values. Nothing here knows how it is kept.

#include "core/finding.hpp"
#include "core/http.hpp"
#include "core/pdq.hpp"
#include "core/post.hpp"
#include "core/sha256.hpp"
#include "core/time.hpp"

#include <compare>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::storage {

/// A number that the store gave. Distinct types, so that a FetchId cannot be passed as a PostId.
template <class Tag>
struct Id {
    std::int64_t value = 0;

    friend auto operator<=>(const Id&, const Id&) = default;
};
using RunId = Id<struct RunTag>;
using FetchId = Id<struct FetchTag>;
using TaskId = Id<struct TaskTag>;
using PostId = Id<struct PostTag>;
using DetectionId = Id<struct DetectionTag>;
using DecisionId = Id<struct DecisionTag>;

/// The public name of a hit: 16 hexadecimal digits of SHA-256 over source, post id and photo.
/// The same post with the same photo has the same name in every store.
struct HitId {
    std::string text;

    friend auto operator<=>(const HitId&, const HitId&) = default;
};

/// The public name of a finding: 16 hexadecimal digits. A finding that a later detection makes
/// again at the same place keeps it.
struct FindingId {
    std::string text;

    friend auto operator<=>(const FindingId&, const FindingId&) = default;
};

/// Bytes in the blob store, by name and length.
struct Blob {
    core::Sha256 sha256;
    std::uint64_t bytes = 0;

    friend bool operator==(const Blob&, const Blob&) = default;
};

/// The store was of an older schema and has been brought to today's.
struct Upgrade {
    int from = 0;
    int to = 0;
    std::filesystem::path copy;  ///< the database as it was
};

// ---- runs and sources

enum class RunStatus { running, done, done_with_failures, failed, stopped, interrupted };

/// Names such as "fetches", "posts_new", "bytes"; the caller chooses them.
using Counts = std::map<std::string, std::int64_t>;

struct NewRun {
    std::string command;        ///< "crawl", "scan"
    std::string version;        ///< of chiptrail
    std::string config_digest;  ///< SHA-256 of the configuration, hexadecimal
};

struct Run {
    RunId id;
    NewRun what;
    core::Timestamp started_at{};
    std::optional<core::Timestamp> finished_at;
    RunStatus status = RunStatus::running;
    Counts counts;
};

struct SourceSummary {
    std::string name;
    std::optional<core::Timestamp> last_fetch_at;
    std::optional<core::Timestamp> last_success_at;  ///< last page with status 2xx or 304
    std::int64_t fetches = 0;
    std::int64_t failed_fetches = 0;  ///< no answer, or status 400 and above
    std::int64_t forbidden = 0;       ///< closed by robots.txt
    std::int64_t posts = 0;
    std::int64_t gone_posts = 0;
    std::int64_t images = 0;
    std::int64_t hits = 0;
    std::int64_t waiting_tasks = 0;
    core::PageStatus last_page_status = core::PageStatus::ok;  ///< of the last page that was read
    std::string last_problem;  ///< newest failure or reason; empty when the last page was fine
};

// ---- fetches

/// Where one exchange belongs.
struct FetchContext {
    RunId run;
    std::string source;
    std::string task_url;  ///< what the task asked for; the exchange's own URL is the hop
    int hop = 0;           ///< 0 for the first request of the task, 1 after a redirect
    /// The stored body. Put it before a transaction begins; when it is absent and the exchange
    /// has a body, the store puts it itself.
    std::optional<Blob> body;
};

struct Fetch {
    FetchId id;
    RunId run;
    std::string source;
    std::string task_url;
    int hop = 0;
    core::Exchange exchange;   ///< its `body` is left empty: ask the blob store for `body`
    std::optional<Blob> body;  ///< absent when nothing came
};

/// What extract/ made of a fetched page.
struct PageReading {
    core::PageStatus status = core::PageStatus::ok;
    std::string reason;  ///< for a person
    std::string extractor;
    std::string charset;
    std::int64_t posts = 0;
    std::int64_t links = 0;  ///< item and list pages it named
};

// ---- posts

/// A list page shows a post in short; its own page (or thread) shows it whole.
enum class Sighting { in_list, own_page };

struct PostChange {
    enum class Kind { inserted, changed, unchanged };
    PostId id;
    Kind kind = Kind::unchanged;
    std::vector<std::string>
        fields;  ///< "title", "price", "images", "back", …; empty unless changed
};

/// One state of a post. Versions are appended, never rewritten.
struct PostVersion {
    int number = 1;
    FetchId fetch;  ///< the page that showed it
    core::Timestamp seen_at{};
    std::vector<std::string> changed;  ///< against the version before; {"gone"} when it vanished
    core::Post post;
};

struct StoredPost {
    PostId id;
    std::string source;
    core::Post post;  ///< the newest version
    core::Timestamp first_seen{};
    core::Timestamp last_seen{};
    std::optional<core::Timestamp> gone_at;
    int versions = 1;
};

// ---- photos and what was found on them

struct ImageInfo {
    int width = 0;  ///< after EXIF orientation; 0 when it could not be read
    int height = 0;
    std::string format;     ///< "jpeg", "png", "webp", "gif", …; from the bytes, not the header
    std::string phash;      ///< core::Pdq::text(); "dct64:…" in old stores; empty: none
    std::string exif_json;  ///< object as text; empty when there is none
    std::string problem;    ///< why it cannot be looked at; empty when it can
};

struct Image {
    Blob blob;
    ImageInfo info;
    core::Timestamp first_seen{};
};

/// One photo of one post. `image` is absent until its bytes were fetched.
struct PostImage {
    int position = 0;
    std::string url;
    std::optional<Image> image;
    std::optional<FetchId> fetch;  ///< that brought the bytes
};

/// What looked at photos: everything that can change what is found has a say in its name.
struct Detector {
    std::string name;                           ///< as Detection::detector
    std::string reader;                         ///< program part and version: "ppocr-v4/2"
    std::string models_digest;                  ///< SHA-256 over the weights, hexadecimal
    std::string lexicon_digest;                 ///< SHA-256 over brands and models, hexadecimal
    std::string settings_json;                  ///< object as text
    std::string build;                          ///< version of chiptrail
    std::optional<core::Timestamp> first_used;  ///< set by the store
};

/// Nothing was read anew: the same photo was looked at before.
struct CopiedFrom {
    DetectionId detection;
    core::Sha256 image;
    int distance = 0;  ///< bits of the PDQ hash that differ
};

struct Detection {
    DetectionId id;
    core::Sha256 image;
    std::string detector;  ///< name of a Detector
    core::Timestamp at{};
    double seconds = 0;
    std::string stages_json;  ///< time and counts a stage, object as text; may be empty
    std::string problem;      ///< why it could not be looked at; empty when it could
    std::vector<core::Finding> findings;
    std::optional<CopiedFrom> copied_from;
    std::vector<FindingId> finding_ids;  ///< of `findings`, same order; given by the store
};

// ---- hits and decisions

/// What a reviewer says.
enum class Verdict { confirm, reject, unsure };

/// Where a hit stands: its newest verdict that was not undone.
enum class DecisionState { undecided, confirmed, rejected, unsure };

/// Decisions are appended; an undo is a row of its own that names what it takes back.
struct Decision {
    DecisionId id;
    std::optional<Verdict> verdict;    ///< absent for an undo
    std::optional<DecisionId> undoes;  ///< set for an undo
    std::string reviewer;
    core::Timestamp at{};
    std::string note;
};

/// What a list or a grid shows of one hit.
struct HitRow {
    HitId id;
    double score = 0;
    std::vector<std::string> brands;  ///< of its findings, best score first, no duplicates
    std::vector<std::string> models;
    std::string source;
    core::Post post;               ///< newest version
    core::Timestamp first_seen{};  ///< of the post
    core::Timestamp last_seen{};
    std::optional<core::Timestamp> gone_at;
    core::Timestamp found_at{};  ///< of the hit
    /// Since when today's detector does not find it any more; what was decided on it stays.
    std::optional<core::Timestamp> withdrawn_at;
    Image image;
    std::string image_url;
    DecisionState state = DecisionState::undecided;
    std::optional<Decision> decision;  ///< the one that gives `state`
};

/// Everything behind one hit.
struct HitDetail {
    HitRow row;
    std::vector<std::string> reasons;   ///< one line a finding, best first
    Detection detection;                ///< with all findings of the photo
    std::vector<PostVersion> versions;  ///< oldest first
    std::vector<PostImage> images;      ///< all photos of the post
    Fetch page;                         ///< that gave the newest version of the post
    std::optional<Fetch> photo;         ///< that brought the photo's bytes
    std::vector<Fetch> redirects;       ///< that led to `page` and to `photo`, in order
    std::vector<Decision> decisions;    ///< all, oldest first, undone ones and undos included
    std::vector<HitId> same_image;      ///< other hits with the very same bytes
    Run run;                            ///< in which the page was fetched
};

[[nodiscard]] std::string_view to_text(RunStatus status);
[[nodiscard]] std::string_view to_text(Verdict verdict);
[[nodiscard]] std::optional<Verdict> verdict_from(std::string_view text);
[[nodiscard]] std::string_view to_text(DecisionState state);
[[nodiscard]] std::optional<DecisionState> decision_state_from(std::string_view text);

}  // namespace chiptrail::storage
