#pragma once

// Who turns a stranger's bytes into pixels. Decoders are large and old, so chiptrail runs them in
// a process of their own that may do nothing but compute (docs/safety.md); the one in this
// process is for tests, fuzzing, and systems where the other cannot run.

#include "core/result.hpp"
#include "vision/photo.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::vision {

struct Photo;  // vision/decode.hpp, which needs OpenCV

/// Photos with more pixels are decoded smaller where the format can do that cheaply.
inline constexpr std::int64_t kTargetPixels = 24'000'000;

/// One per thread: nothing in it may be shared.
class PictureDecoder {
public:
    PictureDecoder() = default;
    virtual ~PictureDecoder() = default;
    PictureDecoder(const PictureDecoder&) = delete;
    PictureDecoder& operator=(const PictureDecoder&) = delete;

    /// As decode_photo() in vision/decode.hpp. Whatever `bytes` do to the decoder is a Failure of
    /// this picture; the next one is decoded as if nothing had happened.
    /// Throws core::Error when there can be no decoder at all: no memory, no processes left.
    [[nodiscard]] virtual core::Result<Photo> decode(std::string_view bytes,
                                                     std::int64_t target_pixels) = 0;
    [[nodiscard]] core::Result<Photo> decode(std::string_view bytes);
};

struct DecoderOptions {
    std::filesystem::path program;  ///< chiptrail-decoder; empty: found beside this program
    bool in_process = false;        ///< decode here, without any protection
    int max_seconds = 20;           ///< of processor time a picture; thrice that of waiting
    int max_memory_mb = 512;        ///< of the decoder's own, its result not counted
};

/// Decodes in this process. Videos need the other decoder: their libraries are not linked here.
[[nodiscard]] std::unique_ptr<PictureDecoder> make_in_process_decoder(const DecodeLimits& limits);

/// What `options` ask for. The process starts at the first picture.
/// Throws core::ConfigError when the program is not there.
[[nodiscard]] std::unique_ptr<PictureDecoder> make_picture_decoder(const DecoderOptions& options,
                                                                   const DecodeLimits& limits);

/// What protects this machine from the decoder, and whether that holds.
struct DecoderReport {
    std::filesystem::path program;
    std::vector<std::string> active;   ///< "system call filter"
    std::vector<std::string> missing;  ///< what the kernel does not have or allow
    std::string problem;               ///< why it must not be trusted; empty when all is well
};

/// Starts a decoder, has it decode a picture, and has it try what it must not be able to.
/// Throws as make_picture_decoder() and decode() do.
[[nodiscard]] DecoderReport check_decoder(const DecoderOptions& options);

}  // namespace chiptrail::vision
