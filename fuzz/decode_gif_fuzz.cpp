// GIF: own walk over the blocks, then giflib.
#include "fuzz/decode_families.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using enum chiptrail::vision::ImageFormat;
    chiptrail::fuzz::decode_if({reinterpret_cast<const char*>(data), size}, {gif});
    return 0;
}
