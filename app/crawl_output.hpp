#pragma once

#include "app/terminal.hpp"
#include "pipeline/crawl_run.hpp"

#include <mutex>
#include <string>

namespace chiptrail::app {

/// What a running crawl does, on one line of a terminal.
class CrawlProgressLine final : public pipeline::CrawlProgress {
public:
    void started(const crawler::Request& request) override;
    void answered(const core::Exchange& exchange) override;
    void waiting(core::Timestamp until) override;
    void page_read(const std::string& source, const extract::Extraction& what) override;
    void photo_scanned(const pipeline::PhotoScanReport& so_far, std::int64_t left) override;

    void clear();

private:
    void show(const std::string& what);

    std::mutex mutex_;
    ProgressLine line_;
    std::size_t answers_ = 0;
    std::size_t posts_ = 0;
    std::int64_t scanned_ = 0;
    std::int64_t photos_left_ = 0;
};

/// A table of the sources and a few lines on stdout.
void print_crawl_report(const pipeline::CrawlReport& report);

}  // namespace chiptrail::app
