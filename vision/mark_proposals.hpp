#pragma once

// Internal to vision/. Where on a photo a mark may be.

#include "core/finding.hpp"
#include "vision/reading.hpp"

#include <opencv2/core.hpp>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <vector>

namespace chiptrail::vision {

/// A light network over a pyramid of the photo. One per thread.
class MarkProposer {
public:
    /// `models`: folder that setup/models.sh made. Throws core::ConfigError.
    explicit MarkProposer(const std::filesystem::path& models);
    ~MarkProposer();
    MarkProposer(MarkProposer&&) noexcept;
    MarkProposer& operator=(MarkProposer&&) noexcept;

    /// At most `count` boxes in pixels of `picture` (8-bit BGR), most promising first. The finest
    /// level has at most `megapixels`; marks whose longer side is under 16 of its pixels, or under
    /// 8 pixels of the photo, are seldom proposed.
    [[nodiscard]] std::vector<core::Box> propose(const cv::Mat& picture,
                                                 double megapixels,
                                                 std::size_t count);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Lines of the reader that may be marks: short ones and those not read for sure, and the discs in
/// which they may lie. At most `count`, in pixels of the picture of `size`; one of these is
/// `factor` pixels of the photo, in which readings are.
[[nodiscard]] std::vector<core::Box> places_of_readings(const std::vector<Reading>& readings,
                                                        const cv::Size& size,
                                                        double factor,
                                                        std::size_t count);

}  // namespace chiptrail::vision
