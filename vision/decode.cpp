#include "vision/decode.hpp"

#include "vision/decode_formats.hpp"

#include <fmt/format.h>
#include <libheif/heif.h>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>

namespace chiptrail::vision {

using core::fail;
using core::Failure;
using core::Result;

namespace {

Decoded decode_by_format(std::string_view bytes,
                         const PhotoHeader& header,
                         const DecodeLimits& limits,
                         std::int64_t target_pixels) {
    switch (header.format) {
        case ImageFormat::jpeg:
            return decode_jpeg(bytes, header, target_pixels);
        case ImageFormat::png:
            return decode_png(bytes, limits);
        case ImageFormat::webp:
            return decode_webp(bytes, header);
        case ImageFormat::gif:
            return decode_gif(bytes);
        case ImageFormat::bmp:
            return decode_bmp(bytes, header);
        case ImageFormat::tiff:
            return decode_tiff(bytes, header);
        case ImageFormat::heif:
        case ImageFormat::avif:
            return decode_heif(bytes, header, limits);
        default:
            return {{}, "videos need chiptrail-decoder"};
    }
}

/// HEIF's own decoder undoes what the file asks for.
bool comes_upright(ImageFormat format) {
    return format == ImageFormat::heif || format == ImageFormat::avif;
}

}  // namespace

cv::Mat upright(const cv::Mat& pixels, int orientation) {
    cv::Mat out;
    switch (orientation) {
        case 2:
            cv::flip(pixels, out, 1);
            return out;
        case 3:
            cv::rotate(pixels, out, cv::ROTATE_180);
            return out;
        case 4:
            cv::flip(pixels, out, 0);
            return out;
        case 5:
            cv::transpose(pixels, out);
            return out;
        case 6:
            cv::rotate(pixels, out, cv::ROTATE_90_CLOCKWISE);
            return out;
        case 7:
            cv::transpose(pixels, out);
            cv::rotate(out, out, cv::ROTATE_180);
            return out;
        case 8:
            cv::rotate(pixels, out, cv::ROTATE_90_COUNTERCLOCKWISE);
            return out;
        default:
            return pixels;
    }
}

double Photo::reduction() const {
    return pixels.empty() ? 1.0 : static_cast<double>(width) / pixels.cols;
}

void prepare_decoders() {
    // Reads a folder of plug-ins.
    static_cast<void>(heif_init(nullptr));
}

Result<Photo> decode_photo(std::string_view bytes,
                           const DecodeLimits& limits,
                           std::int64_t target_pixels) {
    auto header = read_photo_header(bytes, limits);
    if (!header) {
        return tl::unexpected<Failure>(std::move(header.error()));
    }
    auto decoded = decode_by_format(bytes, *header, limits, target_pixels);
    if (decoded.pixels.empty()) {
        return fail(Failure::Kind::bad_input,
                    fmt::format("the {} is damaged: no pixel of it could be decoded ({})",
                                to_text(header->format),
                                decoded.problem));
    }
    if (static_cast<std::int64_t>(decoded.pixels.total()) > limits.max_pixels) {
        return fail(
            Failure::Kind::too_large,
            fmt::format("the {} has more pixels than its header says", to_text(header->format)));
    }
    Photo photo;
    photo.header = *header;
    photo.exif = read_exif(bytes);
    photo.problem = std::move(decoded.problem);
    if (comes_upright(header->format)) {
        photo.pixels = decoded.pixels;
        photo.width = decoded.pixels.cols;
        photo.height = decoded.pixels.rows;
        return photo;
    }
    photo.pixels = upright(decoded.pixels, header->orientation);
    const bool turned = header->orientation >= 5;
    photo.width = turned ? header->height : header->width;
    photo.height = turned ? header->width : header->height;
    return photo;
}

void row_over_white(const unsigned char* bgra, unsigned char* bgr, int columns) {
    for (int x = 0; x < columns; ++x, bgra += 4, bgr += 3) {
        const int alpha = bgra[3];
        for (int channel = 0; channel < 3; ++channel) {
            const int mixed = bgra[channel] * alpha + 255 * (255 - alpha);
            bgr[channel] = static_cast<unsigned char>((mixed + 127) / 255);
        }
    }
}

std::string rows_read(std::string_view format, int rows, int height) {
    return fmt::format("the {} is cut short or damaged: {} % of its rows could be read",
                       format,
                       std::int64_t{100} * rows / std::max(height, 1));
}

}  // namespace chiptrail::vision
