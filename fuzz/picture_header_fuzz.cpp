// Headers, EXIF and boxes of every format: our own parsers alone.
#include "fuzz/decode_families.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto header =
        chiptrail::vision::read_photo_header(bytes, chiptrail::fuzz::small_limits());
    if (header && (header->width < 1 || header->width > 4096 || header->orientation < 1 ||
                   header->orientation > 8)) {
        __builtin_trap();
    }
    static_cast<void>(chiptrail::vision::read_exif(bytes));
    return 0;
}
