#pragma once

// Internal to vision/.

#include <opencv2/dnn.hpp>

#include <filesystem>

namespace chiptrail::vision {

/// Throws core::ConfigError with the way out when the file is missing or damaged: that is no
/// fault of the photo that is being read.
[[nodiscard]] cv::dnn::Net load_model(const std::filesystem::path& file);

}  // namespace chiptrail::vision
