#pragma once

// The decoder's side of vision/decoder_protocol.hpp.

#include "vision/decode.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace chiptrail::decoder {

using Decode = std::function<core::Result<vision::Photo>(
    std::string_view bytes, const vision::DecodeLimits& limits, std::int64_t target_pixels)>;

/// Loads what decoders load at first use, enters the sandbox, then answers requests until the
/// parent goes away. Returns the exit code. `argv` is what vision/process_decoder.cpp gives:
/// bytes of input, bytes of pixels, megabytes of memory, the parent's process number.
[[nodiscard]] int serve(int argc, char** argv, const Decode& decode);

/// Pictures by vision/, videos by video_frames.hpp.
[[nodiscard]] core::Result<vision::Photo> decode_any(std::string_view bytes,
                                                     const vision::DecodeLimits& limits,
                                                     std::int64_t target_pixels);

}  // namespace chiptrail::decoder
