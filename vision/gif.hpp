#pragma once

// OpenCV 4.6 reads no GIF; this reads the first frame of one. For use inside vision/.

#include "core/result.hpp"

#include <opencv2/core.hpp>

#include <string_view>

namespace chiptrail::vision {

/// CV_8UC3 of the screen's size; transparent and uncovered places are white. The caller has
/// checked the size.
[[nodiscard]] core::Result<cv::Mat> decode_gif(std::string_view bytes);

}  // namespace chiptrail::vision
