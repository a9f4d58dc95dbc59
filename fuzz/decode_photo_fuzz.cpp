// JPEG and PNG, with all that their wrappers do about damage.
#include "fuzz/decode_families.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using enum chiptrail::vision::ImageFormat;
    chiptrail::fuzz::decode_if({reinterpret_cast<const char*>(data), size}, {jpeg, png});
    return 0;
}
