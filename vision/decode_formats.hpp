#pragma once

// One function a format: bytes whose header passed the limits into 8-bit BGR as stored, before
// orientation (HEIF and AVIF: after it). For use inside vision/.

#include "core/result.hpp"
#include "vision/photo.hpp"

#include <opencv2/core.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace chiptrail::vision {

struct Decoded {
    cv::Mat pixels;       ///< CV_8UC3; empty: nothing could be decoded
    std::string problem;  ///< what is missing or damaged; with no pixels, why
};

/// Baseline, progressive, grey, CMYK and YCCK; at 1/2, 1/4 or 1/8 when over `target_pixels`.
[[nodiscard]] Decoded decode_jpeg(std::string_view bytes,
                                  const PhotoHeader& header,
                                  std::int64_t target_pixels);
/// All colour types and depths, Adam7, wrong check sums; of an APNG the default picture.
[[nodiscard]] Decoded decode_png(std::string_view bytes, const DecodeLimits& limits);
/// Lossy, lossless, alpha; of an animation the first frame on its canvas.
[[nodiscard]] Decoded decode_webp(std::string_view bytes, const PhotoHeader& header);
[[nodiscard]] Decoded decode_gif(std::string_view bytes);
/// 1 to 32 bits, palettes, bit fields, run lengths, both row orders.
[[nodiscard]] Decoded decode_bmp(std::string_view bytes, const PhotoHeader& header);
/// The first directory: strips and tiles, all that libtiff shows as RGB, and 32-bit floats.
[[nodiscard]] Decoded decode_tiff(std::string_view bytes, const PhotoHeader& header);
/// HEIC and AVIF with their rotation, mirroring and clipping done.
[[nodiscard]] Decoded decode_heif(std::string_view bytes,
                                  const PhotoHeader& header,
                                  const DecodeLimits& limits);

/// One row of BGRA over white.
void row_over_white(const unsigned char* bgra, unsigned char* bgr, int columns);

/// "the PNG is cut short: 61 % of its rows could be read"
[[nodiscard]] std::string rows_read(std::string_view format, int rows, int height);

}  // namespace chiptrail::vision
