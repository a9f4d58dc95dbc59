#pragma once

// What a photo's bytes say about themselves before any pixel is decoded: format, size, EXIF.
// Every limit is held here, so that nobody allocates for a size that a stranger made up.

#include "core/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chiptrail::vision {

/// SVG is known by its first bytes but not decoded. Of a video one frame is.
enum class ImageFormat { unknown, jpeg, png, webp, bmp, tiff, gif, heif, avif, svg, mp4, webm };

[[nodiscard]] std::string_view to_text(ImageFormat format);
/// "image/jpeg"; "application/octet-stream" for unknown.
[[nodiscard]] std::string_view media_type(ImageFormat format);

struct DecodeLimits {
    std::uint64_t max_bytes = 128ULL * 1024 * 1024;
    std::int64_t max_pixels = 100'000'000;  ///< of one frame
    int max_side = 30'000;
    int max_frames = 2'000;
};

struct PhotoHeader {
    ImageFormat format = ImageFormat::unknown;
    int width = 0;        ///< as stored, before orientation
    int height = 0;       ///< as stored, before orientation
    int frames = 1;       ///< counted up to the limit
    int orientation = 1;  ///< EXIF 0x0112: 1 to 8; 1 when absent or damaged
};

/// By the first bytes alone; the name and the Content-Type are hearsay.
[[nodiscard]] ImageFormat sniff_format(std::string_view bytes);

/// Reads the header and nothing else. Failure::bad_input for what is no picture or has a damaged
/// header, Failure::too_large when a limit is passed; the detail names the number and the limit.
[[nodiscard]] core::Result<PhotoHeader> read_photo_header(std::string_view bytes,
                                                          const DecodeLimits& limits);

/// What the camera wrote; empty or absent where it wrote nothing. Text is printable UTF-8, cut
/// at 200 bytes.
struct Exif {
    std::string taken_at;  ///< "2021-02-26T12:35:34", local to the camera; with an offset if given
    std::string make;
    std::string model;
    std::string software;
    std::optional<double> latitude;   ///< degrees, north positive
    std::optional<double> longitude;  ///< degrees, east positive

    [[nodiscard]] bool empty() const;
    friend bool operator==(const Exif&, const Exif&) = default;
};

/// Never fails: metadata that cannot be read is no metadata.
[[nodiscard]] Exif read_exif(std::string_view bytes);

}  // namespace chiptrail::vision
