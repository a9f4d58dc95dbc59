#pragma once

// Internal to vision/. HPE's mark is four green bars and nothing else, and much is green: so what
// the network takes for it is measured too.

#include "core/finding.hpp"

#include <opencv2/core.hpp>

namespace chiptrail::vision {

/// Whether a closed bar, greener than what is inside and outside of it, runs along all four sides
/// of `box` (about tight, may reach outside the picture).
[[nodiscard]] bool is_hollow_green(const cv::Mat& picture, const core::Box& box);

}  // namespace chiptrail::vision
