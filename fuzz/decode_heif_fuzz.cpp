// HEIC and AVIF: boxes, then libheif with libde265 and dav1d.
#include "fuzz/decode_families.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using enum chiptrail::vision::ImageFormat;
    chiptrail::fuzz::decode_if({reinterpret_cast<const char*>(data), size}, {heif, avif});
    return 0;
}
