#pragma once

// What changed between two evaluations, by name of photo.

#include "core/result.hpp"
#include "vision/evaluation.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::vision {

struct Change {
    std::string file;
    std::string brand;
    std::string label;  ///< "clear", "hard", or "none" for a false alarm
};

struct Comparison {
    std::vector<Change> gained;  ///< missed before, found now
    std::vector<Change> lost;    ///< found before, missed now
    std::vector<Change> new_alarms;
    std::vector<Change> gone_alarms;
    std::vector<std::string> only_before;  ///< photos, in no way counted as changes
    std::vector<std::string> only_now;
    double median_seconds_before = 0;
    double median_seconds_now = 0;
};

/// `before` is what report_json() gave. A brand that is labelled in only one of the two is no
/// change of the scanner and left out. Failure::bad_input when `before` is something else.
[[nodiscard]] core::Result<Comparison> compare(std::string_view before,
                                               const EvaluationReport& now);

[[nodiscard]] std::string comparison_table(const Comparison& comparison);

}  // namespace chiptrail::vision
