#include "vision/picture_decoder.hpp"

#include "vision/decode.hpp"
#include "vision/process_decoder.hpp"

namespace chiptrail::vision {

namespace {

class InProcessDecoder final : public PictureDecoder {
public:
    explicit InProcessDecoder(const DecodeLimits& limits) : limits_(limits) {}

    core::Result<Photo> decode(std::string_view bytes, std::int64_t target_pixels) override {
        const auto format = sniff_format(bytes);
        if (format == ImageFormat::mp4 || format == ImageFormat::webm) {
            return core::fail(core::Failure::Kind::bad_input,
                              "videos are decoded by chiptrail-decoder alone, which is switched "
                              "off");
        }
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

std::unique_ptr<PictureDecoder> make_picture_decoder(const DecoderOptions& options,
                                                     const DecodeLimits& limits) {
    return options.in_process ? make_in_process_decoder(limits)
                              : make_process_decoder(options, limits);
}

}  // namespace chiptrail::vision
