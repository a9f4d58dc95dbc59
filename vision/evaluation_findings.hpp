#pragma once

// Findings in a file, so that they can be scored later or come from another program.
//
// JSON Lines, in any order; either one line a photo, as `chiptrail scan --json` prints it,
//   {"file", "findings": [{"brand", "box", "score", ...}], "seconds", "readings", "error"}
// or one line a finding,
//   {"file", "brand", "box": [x, y, w, h], "score", "kind", "text", "seconds"}
// with "brand" absent or null for a photo that was looked at. "seconds" and "cpu_seconds" are those
// of the photo; the largest counts. Only "file" and, of a finding, "brand" must be there: a score
// is 1 when absent, a kind "wordmark".

#include "core/result.hpp"
#include "vision/evaluation.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::vision {

struct ReadFindings {
    std::vector<ScanResult> scans;     ///< one for each photo asked for, in its order
    std::size_t photos_not_named = 0;  ///< asked for, in no line: nothing was found there
    std::size_t lines_not_asked = 0;   ///< of other photos
    double cpu_seconds = 0;            ///< sum over the photos; 0 when no line tells
};

/// Failure::bad_input names the line.
[[nodiscard]] core::Result<ReadFindings> read_findings(std::string_view json_lines,
                                                       const std::vector<LabelledPhoto>& photos);

/// One line a photo that read_findings understands, with its newline. `file` as in the labels.
[[nodiscard]] std::string findings_line(const std::string& file, const ScanResult& scan);

}  // namespace chiptrail::vision
