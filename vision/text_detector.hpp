#pragma once

// Finds lines of text: PP-OCRv4's DB detector on one view of a photo. For use inside vision/.

#include <opencv2/core.hpp>

#include <array>
#include <filesystem>
#include <memory>
#include <vector>

namespace chiptrail::vision {

struct TextRegion {
    cv::RotatedRect box;  ///< in the pixels of the view given, grown to the whole letters
    double score = 0;     ///< mean of the detector's probability over the region
};

/// Not for sharing between threads. Networks load at first use, one an input shape; the two used
/// last are kept (about 105 MB each).
class TextDetector {
public:
    /// Shapes the network runs in. More shapes would fit more photos but each first use costs
    /// time and memory, and OpenCV 4.6 gives wrong results when a loaded network changes its shape.
    inline static const std::array<cv::Size, 3> kShapes{
        cv::Size{1024, 768}, cv::Size{768, 1024}, cv::Size{1536, 512}};

    explicit TextDetector(std::filesystem::path model);
    ~TextDetector();
    TextDetector(TextDetector&&) noexcept;
    TextDetector& operator=(TextDetector&&) noexcept;

    /// `view` is CV_8UC3 and fits into `shape`, one of kShapes; the rest is padding.
    [[nodiscard]] std::vector<TextRegion> detect(const cv::Mat& view, cv::Size shape);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chiptrail::vision
