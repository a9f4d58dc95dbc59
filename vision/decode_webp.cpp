#include "vision/decode_formats.hpp"
#include "vision/photo_blocks.hpp"
#include "vision/picture_repair.hpp"

#include <webp/decode.h>

#include <memory>
#include <new>

namespace chiptrail::vision {

namespace {

const std::uint8_t* data_of(std::string_view bytes) {
    return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

struct Delete {
    void operator()(WebPIDecoder* decoder) const {
        WebPIDelete(decoder);
    }
};

/// Incremental, so that a cut file gives the rows that it has.
Decoded decode_still(std::string_view bytes, const PhotoHeader& header) {
    WebPDecoderConfig config;
    if (WebPInitDecoderConfig(&config) == 0 ||
        WebPGetFeatures(data_of(bytes), bytes.size(), &config.input) != VP8_STATUS_OK) {
        return {{}, "its first frame cannot be read"};
    }
    if (config.input.width > header.width || config.input.height > header.height) {
        return {{}, "its frame is larger than it says"};
    }
    const bool alpha = config.input.has_alpha != 0;
    cv::Mat pixels(config.input.height,
                   config.input.width,
                   alpha ? CV_8UC4 : CV_8UC3,
                   alpha ? cv::Scalar::all(0) : cv::Scalar::all(128));
    config.output.colorspace = alpha ? MODE_BGRA : MODE_BGR;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = pixels.data;
    config.output.u.RGBA.stride = static_cast<int>(pixels.step);
    config.output.u.RGBA.size = pixels.step * static_cast<std::size_t>(pixels.rows);
    const std::unique_ptr<WebPIDecoder, Delete> decoder(WebPIDecode(nullptr, 0, &config));
    if (!decoder) {
        throw std::bad_alloc();
    }
    const auto status = WebPIUpdate(decoder.get(), data_of(bytes), bytes.size());
    if (status == VP8_STATUS_OUT_OF_MEMORY) {
        throw std::bad_alloc();
    }
    int rows = 0;
    WebPIDecGetRGB(decoder.get(), &rows, nullptr, nullptr, nullptr);
    Decoded result;
    if (status != VP8_STATUS_OK) {
        if (rows <= 0) {
            return {{}, "no row of it is whole"};
        }
        result.problem = rows_read("WebP", rows, pixels.rows);
    }
    result.pixels = pixels;
    if (alpha) {
        result.pixels = cv::Mat(pixels.size(), CV_8UC3);
        for (int y = 0; y < pixels.rows; ++y) {
            row_over_white(pixels.ptr(y), result.pixels.ptr(y), pixels.cols);
        }
    }
    return result;
}

}  // namespace

Decoded decode_webp(std::string_view bytes, const PhotoHeader& header) {
    const auto frame = first_webp_frame(bytes);
    if (!frame) {
        return decode_still(bytes, header);
    }
    auto first = decode_still(frame->bytes, header);
    if (first.pixels.empty() || first.pixels.size() == cv::Size(header.width, header.height)) {
        return first;
    }
    cv::Mat canvas(header.height, header.width, CV_8UC3, cv::Scalar::all(255));
    const cv::Rect place(cv::Point(frame->x, frame->y), first.pixels.size());
    const auto seen = place & cv::Rect({}, canvas.size());
    if (!seen.empty()) {
        first.pixels(seen - place.tl()).copyTo(canvas(seen));
    }
    first.pixels = canvas;
    return first;
}

}  // namespace chiptrail::vision
