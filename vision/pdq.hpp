#pragma once

// PDQ, Meta's perceptual hash for photos (hashing.pdf of ThreatExchange): copies that were made
// smaller, recompressed or recoloured a little keep most of its bits. For use inside vision/.

#include "core/pdq.hpp"

#include <opencv2/core.hpp>

namespace chiptrail::vision {

/// Of a CV_8UC3 (BGR) or CV_8UC1 picture. Quality 0 and no bits for one with a side under five
/// pixels. A picture with a side over 512 is brought to 512x512 first, as Meta's own tool does.
[[nodiscard]] core::Pdq pdq(const cv::Mat& pixels);

/// The hash proper, whatever the size.
[[nodiscard]] core::Pdq pdq_full_size(const cv::Mat& pixels);

}  // namespace chiptrail::vision
