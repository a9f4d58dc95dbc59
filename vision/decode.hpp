#pragma once

// A stranger's bytes into upright 8-bit BGR pixels, within limits. For use inside vision/;
// other folders use scanner.hpp and derive.hpp.

#include "vision/photo.hpp"
#include "vision/picture_decoder.hpp"

#include <opencv2/core.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace chiptrail::vision {

struct Photo {
    PhotoHeader header;
    int width = 0;        ///< of the whole photo after EXIF orientation
    int height = 0;       ///< of the whole photo after EXIF orientation
    cv::Mat pixels;       ///< CV_8UC3, upright; may be smaller than width x height
    std::string problem;  ///< "cut short: 61 % of its rows"; empty when all is well
    Exif exif;

    /// Photo pixels per pixel of `pixels`: 1, 2, 4 or 8 for JPEG decoded small.
    [[nodiscard]] double reduction() const;
};

/// Checks limits first, then decodes the first frame; alpha is laid over white.
/// A photo over `target_pixels` is decoded smaller where the format can do that cheaply (JPEG).
/// A truncated file gives what it has and says so in `problem`.
[[nodiscard]] core::Result<Photo> decode_photo(std::string_view bytes,
                                               const DecodeLimits& limits,
                                               std::int64_t target_pixels = kTargetPixels);

/// EXIF orientation 2 to 8, undone; TIFF 6.0, "Orientation".
[[nodiscard]] cv::Mat upright(const cv::Mat& pixels, int orientation);

/// Loads what decoders look for when they are first used: plug-ins, the machine's abilities.
/// For a process that is about to give up looking for anything.
void prepare_decoders();

}  // namespace chiptrail::vision
