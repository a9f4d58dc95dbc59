#pragma once

// How good is the scanner? Findings against photos that a person labelled.
//
// The unit is a brand on a photo: found or not, however often it is printed there. A brand whose
// marks on the photo are all `hard` counts as hard, else as clear. A brand found that is not
// labelled on the photo is a false alarm. Photos that show only a product name which implies a
// vendor count neither way. Findings of kind `implied` are scored apart.

#include "core/finding.hpp"
#include "core/result.hpp"
#include "vision/scanner.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::vision {

struct LabelledMark {
    std::string brand;
    std::optional<core::Box> box;  ///< absent: seen, not localised
    std::string kind;              ///< "wordmark", "symbol"
    bool clear = true;             ///< false: tiny, blurred, cut, rotated or plain text
};

struct LabelledPhoto {
    enum class Role { positive, negative, product_mark_only };
    std::string file;  ///< relative to the folder of the labels
    Role role = Role::negative;
    std::vector<LabelledMark> marks;
    std::string group;  ///< where the photo comes from: repository or vendor
};

/// One JSON object a line: {"file", "role": "positive" | "negative" | "product_mark_only",
/// "brands": [{"brand", "box": [x, y, w, h] or null, "kind", "legible": "clear" | "hard"}]}; other
/// keys are free. Failure::bad_input names the line.
[[nodiscard]] core::Result<std::vector<LabelledPhoto>> read_labels(std::string_view json_lines);

/// Share of `of` that is `count`, with its 95 % Wilson interval.
struct Share {
    std::size_t count = 0;
    std::size_t of = 0;

    [[nodiscard]] double value() const;  ///< 0 when `of` is 0
    [[nodiscard]] double low() const;
    [[nodiscard]] double high() const;
};

/// One way to count: with or without findings of kind `implied`.
struct Score {
    Share recall_clear;
    Share recall_hard;
    Share precision;          ///< of brands found on photos, those that are labelled there
    Share alarmed_negatives;  ///< photos without a mark on which a brand was found
};

struct BrandScore {
    Share recall_clear;
    Share recall_hard;
    std::size_t false_alarms = 0;
};

/// A brand missed or wrongly found on one photo; what a person looks at next.
struct Mistake {
    enum class Kind { missed_clear, missed_hard, false_alarm };
    Kind kind = Kind::missed_clear;
    std::string file;
    std::string brand;
    std::optional<core::Finding> finding;  ///< best of the brand; absent when missed
    std::vector<core::Box> boxes;          ///< labelled, when missed
};

[[nodiscard]] std::string_view to_text(Mistake::Kind kind);

struct EvaluationReport {
    std::size_t images = 0;
    std::size_t positives = 0;
    std::size_t negatives = 0;
    std::size_t product_mark_only = 0;
    std::size_t unreadable = 0;  ///< photos that gave no pixels: missing, damaged
    Score score;                 ///< word marks and symbols
    Score with_implied;          ///< product lines count for their brand too
    Share placed_clear;          ///< labelled boxes that a finding of the brand hits
    Share placed_hard;
    std::map<std::string, BrandScore> by_brand;     ///< as `score`
    std::map<std::string, Share> recall_by_kind;    ///< "wordmark", "symbol": boxes hit
    std::map<std::string, Share> recall_by_height;  ///< "8-16 px": boxes hit
    std::map<std::string, Score> by_group;          ///< as `score`
    std::vector<Mistake> mistakes;                  ///< as `score`, in file order
    double median_seconds = 0;
    double p95_seconds = 0;
};

/// Box `found` hits `labelled`: IoU at least 0.2, or its centre lies inside.
[[nodiscard]] bool hits(const core::Box& found, const core::Box& labelled);

/// `scans[i]` belongs to `photos[i]`; both have the same length. Findings under `min_score` do
/// not count, nor do models and codes.
[[nodiscard]] EvaluationReport evaluate(const std::vector<LabelledPhoto>& photos,
                                        const std::vector<ScanResult>& scans,
                                        double min_score = 0.5);

/// Reads the labels, scans each photo in order, evaluates. `scan` gets the photo's path; a photo
/// it cannot read is a ScanResult with `decoded` false. Throws nothing of its own.
[[nodiscard]] core::Result<EvaluationReport> evaluate_file(
    const std::filesystem::path& labels,
    const std::function<ScanResult(const std::filesystem::path&)>& scan,
    double min_score = 0.5);

/// One JSON object on one line: recall_clear, recall_hard, precision (null when there is nothing
/// to count), images, median_seconds, p95_seconds, by_brand, and what lies behind them.
[[nodiscard]] std::string report_json(const EvaluationReport& report);
/// For people, at most 100 columns.
[[nodiscard]] std::string report_table(const EvaluationReport& report);
/// `folder`/index.html with every mistake and its photo beside it, no outside asset; photos are
/// read below `photos`. Throws core::Error when the folder cannot be written.
void write_report_html(const EvaluationReport& report,
                       const std::filesystem::path& photos,
                       const std::filesystem::path& folder);

}  // namespace chiptrail::vision
