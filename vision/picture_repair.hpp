#pragma once

// Makes a file of its own of the first frame of an animation. For use inside vision/.

#include <optional>
#include <string>
#include <string_view>

namespace chiptrail::vision {

struct WebpFrame {
    std::string bytes;  ///< a still WebP, with its alpha
    int x = 0;          ///< place on the canvas
    int y = 0;
};

/// The first frame of an animated WebP; nullopt when it is no animation.
[[nodiscard]] std::optional<WebpFrame> first_webp_frame(std::string_view bytes);

}  // namespace chiptrail::vision
