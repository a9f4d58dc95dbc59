#pragma once

// Where on a photo text may stand: the detector's views of it, without doubles, the most promising
// place first. For use inside vision/.

#include <opencv2/core.hpp>

#include <filesystem>
#include <memory>
#include <vector>

namespace chiptrail::vision {

/// A place where text was seen, in the pixels given.
struct TextPlace {
    cv::RotatedRect box;
    double score = 0;  ///< the detector's, 0 to 1
    double scale = 1;  ///< of the view that found it: view pixels per pixel given
    bool cut = false;  ///< reaches the edge of its view where the photo goes on
};

struct TextPlaces {
    std::vector<TextPlace> found;  ///< large short ones first, as marks are
    int views = 0;                 ///< detector runs
};

/// Not for sharing between threads.
class PlaceFinder {
public:
    /// `model` is what setup/models.sh made of the detector; at most `max_views` runs a photo.
    /// Throws core::ConfigError when it is missing or damaged.
    PlaceFinder(const std::filesystem::path& model, int max_views);
    ~PlaceFinder();
    PlaceFinder(PlaceFinder&&) noexcept;
    PlaceFinder& operator=(PlaceFinder&&) noexcept;

    /// `pixels` is CV_8UC3. The detector is blind at the very edge: give it a border.
    [[nodiscard]] TextPlaces find(const cv::Mat& pixels);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chiptrail::vision
