#pragma once

// Finds lines of text: PP-OCRv4's DB detector on one view of a photo. For use inside vision/.

#include <opencv2/core.hpp>

#include <filesystem>
#include <memory>
#include <vector>

namespace chiptrail::vision {

struct TextRegion {
    cv::RotatedRect box;  ///< in the pixels of the view given, grown to the whole letters
    double score = 0;     ///< mean of the detector's probability over the region
};

/// Not for sharing between threads.
class TextDetector {
public:
    /// Throws core::ConfigError when the model is missing or damaged.
    explicit TextDetector(const std::filesystem::path& model);
    ~TextDetector();
    TextDetector(TextDetector&&) noexcept;
    TextDetector& operator=(TextDetector&&) noexcept;

    /// `view` is CV_8UC3 and fits into `shape`; the rest is padding, which the network's means over
    /// the whole picture take in: without it, panels ten times as wide as high were read worse.
    /// About 40 bytes of memory a pixel of the shape, kept for the next view.
    [[nodiscard]] std::vector<TextRegion> detect(const cv::Mat& view, cv::Size shape);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chiptrail::vision
