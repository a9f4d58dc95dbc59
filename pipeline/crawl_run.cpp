#include "pipeline/crawl_run.hpp"

#include "pipeline/stored_crawl.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <optional>
#include <thread>

namespace chiptrail::pipeline {

namespace {

constexpr const char* kCommand = "crawl";

/// The scan beside the crawl: begins with it, ends when the crawl is over and no photo is left.
class BackgroundScan {
public:
    BackgroundScan(storage::Store& store,
                   const vision::Lexicon& lexicon,
                   const PhotoScanOptions& options,
                   const core::Clock& clock,
                   const std::stop_token& stop,
                   CrawlProgress* progress)
        : thread_([&, progress, folder = store.folder()] {
              try {
                  report_ = scan_stored_photos(
                      folder,
                      lexicon,
                      options,
                      clock,
                      stop,
                      [this] { return crawling_.load(); },
                      [progress](const PhotoScanReport& so_far, std::int64_t left) {
                          if (progress != nullptr) {
                              progress->photo_scanned(so_far, left);
                          }
                      });
              } catch (const core::ConfigError& error) {
                  // No models: the photos wait in the store, which is no reason to lose the crawl.
                  report_.problem = error.what();
              } catch (...) {
                  failure_ = std::current_exception();
              }
          }) {}

    ~BackgroundScan() {
        crawling_ = false;
    }
    BackgroundScan(const BackgroundScan&) = delete;
    BackgroundScan& operator=(const BackgroundScan&) = delete;

    /// Waits for the photos that are left; throws what the scan threw.
    [[nodiscard]] PhotoScanReport finish() {
        crawling_ = false;
        thread_.join();
        if (failure_) {
            std::rethrow_exception(failure_);
        }
        return report_;
    }

private:
    std::atomic<bool> crawling_{true};
    PhotoScanReport report_;
    std::exception_ptr failure_;
    std::jthread thread_;  ///< last: joined before what it uses is destroyed
};

storage::Counts to_counts(const CrawlReport& report) {
    storage::Counts counts;
    for (const auto& source : report.sources) {
        counts["pages"] += source.pages;
        counts["images"] += source.images;
        counts["failed"] += source.failed;
        counts["postponed"] += source.postponed;
        counts["forbidden"] += source.forbidden;
        counts["posts_new"] += source.posts_new;
        counts["posts_changed"] += source.posts_changed;
        counts["posts_gone"] += source.posts_gone;
    }
    counts["requests"] = report.crawl.requests;
    counts["bytes"] = report.crawl.body_bytes;
    counts["photos_scanned"] = report.photos.scanned;
    counts["photos_failed"] = report.photos.failed;
    counts["hits_new"] = report.hits.added;
    counts["hits"] = report.hits.total;
    return counts;
}

storage::RunStatus status_of(const CrawlReport& report) {
    if (report.crawl.stopped) {
        return storage::RunStatus::stopped;
    }
    return report.has_failures() ? storage::RunStatus::done_with_failures
                                 : storage::RunStatus::done;
}

/// Says that the run failed unless it was told how the run ended.
class RunRecord {
public:
    RunRecord(storage::Store& store, const CrawlOptions& options, const core::Clock& clock)
        : store_(store),
          clock_(clock),
          id_(store.runs().begin({.command = kCommand,
                                  .version = options.version,
                                  .config_digest = options.config_digest},
                                 clock.now())) {}
    ~RunRecord() {
        if (!finished_) {
            try {
                store_.runs().finish(id_, storage::RunStatus::failed, {}, clock_.now());
            } catch (const core::Error&) {
                // The store is what failed; the next run will call this one interrupted.
            }
        }
    }
    RunRecord(const RunRecord&) = delete;
    RunRecord& operator=(const RunRecord&) = delete;

    [[nodiscard]] storage::RunId id() const {
        return id_;
    }
    void finish(const CrawlReport& report) {
        store_.runs().finish(id_, report.status, to_counts(report), report.finished_at);
        finished_ = true;
    }

private:
    storage::Store& store_;
    const core::Clock& clock_;
    storage::RunId id_;
    bool finished_ = false;
};

}  // namespace

bool CrawlReport::has_failures() const {
    return photos.failed > 0 || !photos.problem.empty() ||
           std::ranges::any_of(sources, [](const SourceReport& source) {
               return source.failed > 0 || source.postponed > 0 || source.stopped ||
                      (source.status != core::PageStatus::ok &&
                       source.status != core::PageStatus::empty_list);
           });
}

CrawlReport run_crawl(storage::Store& store,
                      crawler::Fetcher& fetcher,
                      const core::Clock& clock,
                      const std::vector<extract::Recipe>& sources,
                      const vision::Lexicon& lexicon,
                      const CrawlOptions& options,
                      const std::stop_token& stop,
                      CrawlProgress* progress) {
    const storage::RunLock lock(store.folder(), kCommand);
    CrawlReport report;
    report.interrupted_runs = store.runs().mark_interrupted(kCommand, clock.now());
    report.started_at = clock.now();
    RunRecord record(store, options, clock);
    report.run = record.id();

    StoredCrawl crawl(
        store, report.run, sources, options, clock, [&](const auto& name, const auto& page) {
            if (progress != nullptr) {
                progress->page_read(name, page);
            }
        });
    crawl.arm(lexicon);
    {
        std::optional<BackgroundScan> scan;
        if (options.scan_photos) {
            scan.emplace(store, lexicon, options.scan, clock, stop, progress);
        }
        report.crawl = crawler::Crawler(fetcher, crawl, clock, options.crawler, progress).run(stop);
        if (scan) {
            report.photos = scan->finish();
        }
    }
    report.sources = crawl.reports();
    report.hits = store.hits().recompute({.min_score = options.min_hit_score}, clock.now());
    report.finished_at = clock.now();
    report.status = status_of(report);
    record.finish(report);
    return report;
}

}  // namespace chiptrail::pipeline
