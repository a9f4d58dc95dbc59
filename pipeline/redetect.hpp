#pragma once

// Looks at stored photos again with today's detector and tells what changed.

#include "pipeline/detection_diff.hpp"
#include "pipeline/photo_scan.hpp"
#include "storage/store.hpp"

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace chiptrail::pipeline {

struct RedetectOptions {
    PhotoScanOptions scan;
    storage::Images::Selection selection;
    bool dry_run = false;  ///< tell what would change and keep nothing
    double min_hit_score = 0.5;
    std::string build;          ///< version of chiptrail, for the run and the detector
    std::string config_digest;  ///< for the run
};

struct RedetectedPhoto {
    storage::Image image;
    std::string detector_before;  ///< empty: nobody had looked
    std::string problem;          ///< why it could not be looked at
    bool copied = false;          ///< taken over from a copy of the photo
    std::vector<FindingChange> changes;
};

struct RedetectReport {
    std::string detector;
    std::int64_t selected = 0;
    std::int64_t done = 0;
    std::int64_t changed = 0;  ///< photos
    std::int64_t failed = 0;
    std::int64_t copied = 0;
    std::int64_t added = 0;  ///< findings
    std::int64_t gone = 0;
    std::int64_t score_changed = 0;
    std::int64_t moved = 0;
    storage::HitChanges hits;  ///< zero in a dry run
    double seconds = 0;
    bool stopped = false;
};

/// Detections are added, never rewritten; decisions stay with their hits. Stopped or killed, the
/// next call goes on; called again, nothing is left to do. `seen` is called once a photo, in
/// order, from one thread at a time. Throws core::LockedError while a crawl or another redetect
/// holds the store.
[[nodiscard]] RedetectReport redetect(
    storage::Store& store,
    const vision::Lexicon& lexicon,
    const RedetectOptions& options,
    const core::Clock& clock,
    const std::stop_token& stop,
    const std::function<void(const RedetectedPhoto&, const RedetectReport&)>& seen);

}  // namespace chiptrail::pipeline
