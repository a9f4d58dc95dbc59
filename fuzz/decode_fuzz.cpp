// Any bytes into the header reader, the EXIF reader and, when the header passes small limits,
// the decoder.
#include "vision/decode.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    chiptrail::vision::DecodeLimits limits;
    limits.max_bytes = 64 * 1024;
    limits.max_pixels = 256 * 256;
    limits.max_side = 4096;
    limits.max_frames = 16;
    static_cast<void>(chiptrail::vision::read_exif(bytes));
    const auto photo = chiptrail::vision::decode_photo(bytes, limits);
    if (photo && photo->pixels.type() != CV_8UC3) {
        __builtin_trap();
    }
    return 0;
}
