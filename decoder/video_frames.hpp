#pragma once

// One telling frame of an MP4 or WebM. Only chiptrail-decoder links the libraries for it.

#include "vision/decode.hpp"

#include <string_view>

namespace chiptrail::decoder {

/// What the libraries load at first use.
void prepare_video_decoders();

/// Of the first decodable frame and those one and three seconds later, the one with most detail:
/// many clips start black or blurred. The first stays unless another has half as much again.
[[nodiscard]] core::Result<vision::Photo> decode_video(std::string_view bytes,
                                                       const vision::DecodeLimits& limits);

}  // namespace chiptrail::decoder
