#pragma once

// Reads one line of text: PP-OCRv4's recogniser on an upright crop. For use inside vision/.

#include "vision/line_scores.hpp"

#include <opencv2/core.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace chiptrail::vision {

struct Line {
    std::string text;                ///< UTF-8
    double confidence = 0;           ///< mean over `characters`; 0 when nothing was read
    std::vector<double> characters;  ///< one a code point
    std::shared_ptr<const LineScores> scores;
};

class LineRecogniser {
public:
    /// Throws core::ConfigError when the model or the key file is missing or damaged.
    explicit LineRecogniser(const std::filesystem::path& models);
    ~LineRecogniser();
    LineRecogniser(LineRecogniser&&) noexcept;
    LineRecogniser& operator=(LineRecogniser&&) noexcept;

    /// `crop` is CV_8UC3, the line filling it, text running to the right. May be called from
    /// several threads at once.
    [[nodiscard]] Line read(const cv::Mat& crop);

    /// Width the network works on for a crop of this shape: the cost of reading it, near 0.06 ms
    /// a pixel.
    [[nodiscard]] static int work_width(double aspect);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chiptrail::vision
