#pragma once

// The decoder of picture_decoder.hpp that stands in a process of its own. For use inside vision/.

#include "vision/picture_decoder.hpp"

#include <memory>

namespace chiptrail::vision {

/// Throws core::ConfigError when the program is not there.
[[nodiscard]] std::unique_ptr<PictureDecoder> make_process_decoder(const DecoderOptions& options,
                                                                   const DecodeLimits& limits);

}  // namespace chiptrail::vision
