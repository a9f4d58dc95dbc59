#pragma once

// One small, sound picture of each format, drawn and packed here: two_halves() of
// tests/vision/pictures.hpp, red on the left, blue on the right, a white patch at the top left.

#include <map>
#include <string>

namespace chiptrail::tests {

/// By name: "jpeg", "jpeg-progressive", "jpeg-cmyk", "png", "png-interlaced", "webp",
/// "webp-alpha", "gif", "bmp", "bmp-rle", "tiff", "tiff-16", "tiff-tiles", "heic", "avif",
/// "mp4", "webm". All are 96x64.
[[nodiscard]] const std::map<std::string, std::string>& sound_pictures();

}  // namespace chiptrail::tests
