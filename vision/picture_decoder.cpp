#include "vision/picture_decoder.hpp"

#include "vision/decode.hpp"

namespace chiptrail::vision {

namespace {

class InProcessDecoder final : public PictureDecoder {
public:
    explicit InProcessDecoder(const DecodeLimits& limits) : limits_(limits) {}

    core::Result<Photo> decode(std::string_view bytes, std::int64_t target_pixels) override {
        return decode_photo(bytes, limits_, target_pixels);
    }

private:
    DecodeLimits limits_;
};

}  // namespace

core::Result<Photo> PictureDecoder::decode(std::string_view bytes) {
    return decode(bytes, kTargetPixels);
}

std::unique_ptr<PictureDecoder> make_in_process_decoder(const DecodeLimits& limits) {
    return std::make_unique<InProcessDecoder>(limits);
}

// Until the decoder has its own program, every decoder is in this process.
std::unique_ptr<PictureDecoder> make_picture_decoder(const DecoderOptions& /*options*/,
                                                     const DecodeLimits& limits) {
    return make_in_process_decoder(limits);
}

}  // namespace chiptrail::vision
