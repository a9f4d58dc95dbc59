#pragma once

// The demo's photos, drawn anew at run time: nothing is downloaded, nothing is stored in the
// project. The same name gives the same picture on every machine with the same OpenCV.

#include "core/finding.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::demo {

/// A vendor's mark that stands on a photo, where it stands after perspective and turns.
struct DrawnMark {
    std::string brand;                  ///< key of config/brands.toml
    std::string text;                   ///< as drawn
    std::array<core::Point, 4> quad{};  ///< reading order: the text's own top left first
    bool clear = true;  ///< false where tiny, dark or faint enough that a person hesitates
};

/// What a photo shows, for tests and for the demo's last line.
struct PhotoTruth {
    std::string name;  ///< "dell-xe9680.jpg"
    int width = 0;
    int height = 0;
    std::vector<DrawnMark> marks;     ///< empty: no vendor can be seen
    std::vector<std::string> models;  ///< model names that can be read
    bool decodable = true;
};

/// Names of all photos, in the order in which the demo's pages first show them.
[[nodiscard]] std::vector<std::string> photo_names();

/// JPEG bytes of a photo, `max_side` 0 for full size; empty when the name is unknown.
/// Draws on every call (0.1 to 0.3 s): callers cache.
[[nodiscard]] std::string draw_photo(std::string_view name, int max_side = 0);

/// Truth of every photo. Draws them all, so call it once.
[[nodiscard]] std::vector<PhotoTruth> demo_truth();

}  // namespace chiptrail::demo
