// MP4 and WebM: boxes and elements, then libavformat and libavcodec.
#include "decoder/video_frames.hpp"
#include "fuzz/decode_families.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const bool prepared = [] {
        chiptrail::decoder::prepare_video_decoders();
        return true;
    }();
    static_cast<void>(prepared);
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    try {
        static_cast<void>(chiptrail::decoder::decode_video(bytes, chiptrail::fuzz::small_limits()));
    } catch (const std::bad_alloc&) {
        // The service answers it as a picture that needs too much.
    }
    return 0;
}
