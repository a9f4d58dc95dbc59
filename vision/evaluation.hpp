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
#include <cstdint>
#include <filesystem>
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
    std::optional<double> angle;   ///< degrees clockwise that the mark is turned, if labelled
};

struct LabelledPhoto {
    enum class Role { positive, negative, product_mark_only };
    std::string file;  ///< relative to the folder of the labels
    Role role = Role::negative;
    std::vector<LabelledMark> marks;
    std::string group;  ///< where the photo comes from: repository or vendor
    std::string scene;  ///< what is on it, in a labeller's words; may be empty
};

[[nodiscard]] std::string_view to_text(LabelledPhoto::Role role);

/// One JSON object a line: {"file", "role": "positive" | "negative" | "product_mark_only",
/// "brands": [{"brand", "box": [x, y, w, h] or null, "kind", "legible": "clear" | "hard",
/// "angle": degrees, optional}], "scene", "repo" or "vendor": optional}; other keys are free.
/// Failure::bad_input names the line.
[[nodiscard]] core::Result<std::vector<LabelledPhoto>> read_labels(std::string_view json_lines);

/// Share of `of` that is `count`, with its 95 % Wilson interval.
struct Share {
    std::size_t count = 0;
    std::size_t of = 0;

    [[nodiscard]] double value() const;  ///< 0 when `of` is 0
    [[nodiscard]] double low() const;
    [[nodiscard]] double high() const;

    friend bool operator==(const Share&, const Share&) = default;
};

/// One way to count, or one part of the photos.
struct Score {
    Share recall_clear;
    Share recall_hard;
    Share precision;          ///< of brands found on photos, those that are labelled there
    Share alarmed_negatives;  ///< photos without a mark on which a brand was found
    Share placed;             ///< labelled boxes that a finding of the brand hits
};

/// A part of the photos or marks under its name. A brand on a photo belongs where its plainest
/// mark does: a clear one before a hard one, then the largest.
struct Slice {
    std::string name;
    Score score;
};

/// How well the findings of labelled brands point at them. Only brands with a box count.
struct Placement {
    Share found;     ///< brands found on photos whose best finding's centre lies in a labelled box
    Share labelled;  ///< the same, of all brands labelled on photos
    Share findings;  ///< single findings of labelled brands whose centre lies in a labelled box
};

/// Labelled brand, then found brand; an empty name is none.
using Confusion = std::map<std::string, std::map<std::string, std::size_t>>;

/// What would have been found with another limit of the score.
struct CurvePoint {
    double min_score = 0;
    Share recall_clear;
    Share recall_hard;
    Share precision;
};

/// A brand missed, wrongly found, or found elsewhere; what a person looks at next.
struct Mistake {
    enum class Kind { missed_clear, missed_hard, false_alarm, misplaced };
    Kind kind = Kind::missed_clear;
    std::string file;
    std::string brand;
    std::optional<core::Finding> finding{};  ///< best of the brand; of a miss: under the limit
    std::vector<core::Box> boxes{};          ///< labelled
    std::string mark_kind{};                 ///< of the plainest mark, or of the finding
    std::vector<std::string> read_there{};  ///< of a miss: texts read in its boxes, sure ones first
};

[[nodiscard]] std::string_view to_text(Mistake::Kind kind);

/// What became of one brand on one photo.
struct Outcome {
    std::string brand;
    bool labelled = false;
    bool clear = false;
    std::optional<double> score{};  ///< of the best finding; absent when not found
    bool centred = false;           ///< its centre lies in a labelled box
};

struct PhotoOutcome {
    std::string file;
    LabelledPhoto::Role role = LabelledPhoto::Role::negative;
    std::vector<Outcome> brands;
    double seconds = 0;
};

struct StageTime {
    std::string name;  ///< "decode", "detect", ...
    double median_seconds = 0;
    double total_seconds = 0;
};

/// What the whole run took; measured by whoever ran it.
struct RunCost {
    double cpu_seconds = 0;             ///< of this process and its ended children
    std::int64_t peak_bytes = 0;        ///< largest resident size of this process
    std::int64_t peak_child_bytes = 0;  ///< of its largest ended child; 0 without
    int workers = 1;                    ///< photos looked at side by side
};

struct EvaluationReport {
    double min_score = 0.5;
    std::size_t images = 0;
    std::size_t positives = 0;
    std::size_t negatives = 0;
    std::size_t product_mark_only = 0;
    std::size_t unreadable = 0;  ///< photos that gave no pixels: missing, damaged
    Score score;                 ///< word marks and symbols
    Score with_implied;          ///< product lines count for their brand too
    Share placed_clear;          ///< labelled boxes that a finding of the brand hits
    Share placed_hard;
    Placement placement;
    std::map<std::string, Score> by_brand;
    std::map<std::string, Score> by_group;  ///< where the photos come from
    std::vector<Slice> by_kind;             ///< "wordmark", "symbol"
    std::vector<Slice> by_height;           ///< "8-15 px": the box's shorter side
    std::vector<Slice> by_angle;            ///< labelled or else found; "unknown" holds most misses
    std::vector<Slice> by_scene;  ///< "rack", "server", "board", ...: from the labeller's words
    std::vector<Slice> by_role;
    Confusion confusion_by_photo;   ///< missed brands beside what was wrongly found there
    Confusion confusion_by_place;   ///< what was found in each labelled box, and outside of all
    std::vector<CurvePoint> curve;  ///< falling score: recall never falls
    std::vector<Mistake> mistakes;  ///< as `score`, in file order
    std::vector<PhotoOutcome> outcomes;  ///< as `score`, in file order
    double median_seconds = 0;
    double p95_seconds = 0;
    std::vector<StageTime> stages;  ///< empty when not known
    std::optional<RunCost> cost;
};

struct Comparison;  // vision/evaluation_compare.hpp

/// Box `found` hits `labelled`: IoU at least 0.2, or its centre lies inside.
[[nodiscard]] bool hits(const core::Box& found, const core::Box& labelled);

/// `scans[i]` belongs to `photos[i]`; both have the same length. Findings under `min_score` count
/// only for `curve`; models and codes never do.
[[nodiscard]] EvaluationReport evaluate(const std::vector<LabelledPhoto>& photos,
                                        const std::vector<ScanResult>& scans,
                                        double min_score = 0.5);

/// One JSON object on one line: recall_clear, recall_hard, precision (null when there is nothing
/// to count), images, median_seconds, p95_seconds, by_brand, and what lies behind them; with
/// `compared` also what changed against an earlier run.
[[nodiscard]] std::string report_json(const EvaluationReport& report,
                                      const Comparison* compared = nullptr);
/// For people, at most 100 columns where names allow it.
[[nodiscard]] std::string report_table(const EvaluationReport& report);
/// Precision over recall as an SVG picture without outside assets.
[[nodiscard]] std::string curve_svg(const EvaluationReport& report);
/// `folder`/index.html with every mistake and its photo beside it, no outside asset; photos are
/// read below `photos`. Pictures end at 24 MB; the mistakes after that stand there without.
/// Throws core::Error when the folder cannot be written.
void write_report_html(const EvaluationReport& report,
                       const std::filesystem::path& photos,
                       const std::filesystem::path& folder,
                       PictureDecoder& decoder);

}  // namespace chiptrail::vision
