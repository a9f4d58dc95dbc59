#pragma once

// Cuts a place out of a photo and makes it upright and rectangular. For use inside vision/.

#include "core/finding.hpp"

#include <opencv2/core.hpp>

#include <array>
#include <optional>

namespace chiptrail::vision {

/// `quad` in the pixels of `picture`, corners in reading order; see rectified() in derive.hpp.
/// nullopt when the quad has no area or lies outside the picture.
[[nodiscard]] std::optional<cv::Mat> rectify(const cv::Mat& picture,
                                             const std::array<core::Point, 4>& quad,
                                             double margin,
                                             int min_height);

/// The corners, or those of the box where a finding has no quad, divided by `reduction`.
[[nodiscard]] std::array<core::Point, 4> corners_of(const core::Finding& finding, double reduction);

}  // namespace chiptrail::vision
