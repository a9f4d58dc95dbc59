#pragma once

// One scheduled crawl, whole: arm the sources, fetch, read, store, look at the photos, make hits.
// The only place where crawler/, extract/, vision/ and storage/ meet.

#include "core/post.hpp"
#include "core/time.hpp"
#include "crawler/crawler.hpp"
#include "extract/extractor.hpp"
#include "extract/recipe.hpp"
#include "pipeline/photo_scan.hpp"
#include "storage/store.hpp"
#include "vision/lexicon.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace chiptrail::pipeline {

struct CrawlOptions {
    crawler::Crawler::Options crawler;
    extract::Extractor::Options extractor;
    PhotoScanOptions scan;
    std::size_t max_inflated_bytes = std::size_t{64} * 1024 * 1024;  ///< of one body
    std::size_t max_images_per_post = 40;
    std::optional<int> max_pages;  ///< of one source; absent: each recipe's own
    bool scan_photos = true;       ///< false: photos wait for the next run
    double min_hit_score = 0.5;
    std::string version;        ///< of chiptrail, stored with the run
    std::string config_digest;  ///< stored with the run
};

/// What one source gave in one run.
struct SourceReport {
    std::string name;
    std::int64_t pages = 0;         ///< answered, 304 included
    std::int64_t not_modified = 0;  ///< of these
    std::int64_t images = 0;        ///< photos answered
    std::int64_t failed = 0;        ///< pages and photos given up, or answered 4xx/5xx
    std::int64_t postponed = 0;     ///< failed, and waiting for another try in a later run
    std::int64_t forbidden = 0;     ///< closed by robots.txt, not sent
    std::int64_t posts_new = 0;
    std::int64_t posts_changed = 0;
    std::int64_t posts_seen = 0;  ///< each once, new and changed included
    std::int64_t posts_gone = 0;
    std::int64_t over_budget = 0;                    ///< URLs left for a later run
    core::PageStatus status = core::PageStatus::ok;  ///< the gravest that a page had
    std::string problem;                             ///< the gravest one, for a person, or empty
    bool stopped = false;  ///< by a login, a captcha or a block: nothing more was asked
};

struct CrawlReport {
    storage::RunId run;
    core::Timestamp started_at{};
    core::Timestamp finished_at{};
    storage::RunStatus status = storage::RunStatus::done;
    crawler::Crawler::Report crawl;
    std::vector<SourceReport> sources;  ///< in the order given
    PhotoScanReport photos;
    storage::HitChanges hits;
    std::int64_t interrupted_runs = 0;  ///< earlier runs that ended without saying so

    /// True when something of the run failed though the run itself went through: exit code 3.
    [[nodiscard]] bool has_failures() const;
};

/// For progress; called on the crawl thread, except photo_scanned.
class CrawlProgress : public crawler::Observer {
public:
    virtual void page_read(const std::string& /*source*/, const extract::Extraction& /*what*/) {}
    /// On a scan thread.
    virtual void photo_scanned(const PhotoScanReport& /*so_far*/, std::int64_t /*left*/) {}
};

/// Runs to the end, to the budgets, or until a stop is asked for; whatever was delivered before is
/// kept and the next run goes on from there. Holds the store's RunLock meanwhile
/// (core::LockedError when another run does). Without the models the photos are kept and the
/// report says so. Throws core::Error when the store fails.
[[nodiscard]] CrawlReport run_crawl(storage::Store& store,
                                    crawler::Fetcher& fetcher,
                                    const core::Clock& clock,
                                    const std::vector<extract::Recipe>& sources,
                                    const vision::Lexicon& lexicon,
                                    const CrawlOptions& options,
                                    const std::stop_token& stop,
                                    CrawlProgress* progress = nullptr);

}  // namespace chiptrail::pipeline
