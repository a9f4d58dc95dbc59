#pragma once

// Makes a whole file of a part of one, so that OpenCV's decoders, which want all or nothing,
// show what is there. For use inside vision/.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chiptrail::vision {

struct Repaired {
    std::string bytes;
    std::string problem;  ///< what was missing, for people; empty when nothing was
};

/// Adds the end marker where it is missing; the decoder then fills the rest with grey.
/// nullopt when the file is complete.
[[nodiscard]] std::optional<Repaired> complete_jpeg(std::string_view bytes);

/// Unpacks what can be unpacked of the pixel data and packs it again with zeros for the rest.
/// nullopt when the header does not tell the size, when nothing can be unpacked, or when the
/// pixel data would be larger than `max_bytes`.
[[nodiscard]] std::optional<Repaired> complete_png(std::string_view bytes, std::uint64_t max_bytes);

/// The first frame of an animated WebP as a file of its own; nullopt when it is no animation.
[[nodiscard]] std::optional<std::string> first_webp_frame(std::string_view bytes);

}  // namespace chiptrail::vision
