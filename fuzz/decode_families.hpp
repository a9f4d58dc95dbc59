#pragma once

// What the decoder fuzzers share: small limits, and a check of what comes out.

#include "vision/decode.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <new>
#include <string_view>

namespace chiptrail::fuzz {

inline vision::DecodeLimits small_limits() {
    vision::DecodeLimits limits;
    limits.max_bytes = std::uint64_t{64} * 1024;
    limits.max_pixels = std::int64_t{256} * 256;
    limits.max_side = 4096;
    limits.max_frames = 16;
    return limits;
}

/// Bytes of other formats than `wanted` are left to other fuzzers.
inline void decode_if(std::string_view bytes, std::initializer_list<vision::ImageFormat> wanted) {
    const auto format = vision::sniff_format(bytes);
    for (const auto one : wanted) {
        if (one != format) {
            continue;
        }
        try {
            const auto photo = vision::decode_photo(bytes, small_limits());
            if (photo && (photo->pixels.type() != CV_8UC3 || photo->pixels.empty())) {
                __builtin_trap();
            }
        } catch (const std::bad_alloc&) {
            // The service answers it as a picture that needs too much.
        }
    }
}

}  // namespace chiptrail::fuzz
