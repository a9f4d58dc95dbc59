#pragma once

// The JSON that others script against; docs/schemas/ describes it, tests/cli hold the two
// together. One object a line, UTF-8; what is not UTF-8 becomes U+FFFD. Texts that are not known
// are empty, numbers and times that are not known are null.

#include "core/sha256.hpp"
#include "extract/extractor.hpp"
#include "pipeline/crawl_run.hpp"
#include "pipeline/redetect.hpp"
#include "storage/store.hpp"
#include "vision/scanner.hpp"

#include <optional>
#include <string>
#include <vector>

namespace chiptrail::app {

/// One line a post; a page without posts gives one line with `url`, `extractor` and `page`.
[[nodiscard]] std::string extraction_json(const extract::Extraction& extraction,
                                          const std::string& url);

/// What `scan` says of one file.
struct ScannedFile {
    std::string file;                    ///< as given, or below a folder that was given
    std::optional<core::Sha256> sha256;  ///< absent when the file could not be read
    vision::ScanResult result;           ///< `problem` without `decoded` is the error
};
enum class Readings { hide, show };
[[nodiscard]] std::string scan_json(const ScannedFile& scanned, Readings readings);

[[nodiscard]] std::string hit_json(const storage::HitRow& hit);
[[nodiscard]] std::string hit_detail_json(const storage::HitDetail& detail,
                                          const std::vector<storage::SamePost>& also_posted);
[[nodiscard]] std::string same_post_json(const storage::SamePost& post);
[[nodiscard]] std::string explanation_json(const storage::Images::FoundFinding& found,
                                           const std::optional<storage::Detector>& detector,
                                           const std::vector<storage::HitId>& hits);
[[nodiscard]] std::string redetected_photo_json(const pipeline::RedetectedPhoto& photo);
[[nodiscard]] std::string redetect_report_json(const pipeline::RedetectReport& report,
                                               bool dry_run);
[[nodiscard]] std::string crawl_report_json(const pipeline::CrawlReport& report);

struct SourceListing {
    std::string name;
    std::string site;
    std::string file;
    bool enabled = false;
    std::size_t start_urls = 0;
    std::optional<storage::SourceSummary> stored;
};
[[nodiscard]] std::string source_json(const SourceListing& source);

/// One line of `doctor`.
struct Check {
    enum class Level { ok, warn, fail };
    Level level = Level::ok;
    std::string name;
    std::string text;
    std::string way_out;  ///< empty when all is well
};
[[nodiscard]] std::string check_json(const Check& check);
[[nodiscard]] std::string_view to_text(Check::Level level);

}  // namespace chiptrail::app
