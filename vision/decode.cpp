#include "vision/decode.hpp"

#include "vision/gif.hpp"
#include "vision/picture_repair.hpp"

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>

namespace chiptrail::vision {

using core::fail;
using core::Failure;
using core::Result;

namespace {

/// What OpenCV makes of the bytes; empty when it makes nothing or throws.
cv::Mat decode_with_opencv(std::string_view bytes, int flags) {
    // imdecode only reads; cv::Mat has no view of constant data.
    const cv::Mat input(
        1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<char*>(bytes.data()));
    try {
        return cv::imdecode(input, flags);
    } catch (const cv::Exception&) {
        return {};
    }
}

cv::Mat to_eight_bits(const cv::Mat& pixels) {
    cv::Mat out;
    switch (pixels.depth()) {
        case CV_8U:
            return pixels;
        case CV_16U:
            pixels.convertTo(out, CV_8U, 1.0 / 257);
            return out;
        default:
            // Floating-point TIFF: whatever its range, show all of it.
            cv::normalize(pixels, out, 0, 255, cv::NORM_MINMAX, CV_8U);
            return out;
    }
}

cv::Mat over_white(const cv::Mat& bgra) {
    cv::Mat out(bgra.size(), CV_8UC3);
    for (int y = 0; y < bgra.rows; ++y) {
        const auto* from = bgra.ptr<cv::Vec4b>(y);
        auto* to = out.ptr<cv::Vec3b>(y);
        for (int x = 0; x < bgra.cols; ++x) {
            const int alpha = from[x][3];
            for (int channel = 0; channel < 3; ++channel) {
                const int mixed = from[x][channel] * alpha + 255 * (255 - alpha);
                to[x][channel] = static_cast<std::uint8_t>((mixed + 127) / 255);
            }
        }
    }
    return out;
}

cv::Mat to_bgr(const cv::Mat& decoded) {
    const auto pixels = to_eight_bits(decoded);
    cv::Mat out;
    switch (pixels.channels()) {
        case 1:
            cv::cvtColor(pixels, out, cv::COLOR_GRAY2BGR);
            return out;
        case 3:
            return pixels;
        case 4:
            return over_white(pixels);
        default:
            cv::extractChannel(pixels, out, 0);
            return to_bgr(out);
    }
}

/// EXIF orientation 2 to 8, undone; TIFF 6.0, "Orientation".
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

int jpeg_flags(const PhotoHeader& header, std::int64_t target_pixels) {
    struct Step {
        std::int64_t divisor;
        int flag;
    };
    constexpr std::array kSteps{Step{1, cv::IMREAD_COLOR},
                                Step{4, cv::IMREAD_REDUCED_COLOR_2},
                                Step{16, cv::IMREAD_REDUCED_COLOR_4},
                                Step{64, cv::IMREAD_REDUCED_COLOR_8}};
    const auto pixels = std::int64_t{header.width} * header.height;
    const auto* step = std::find_if(kSteps.begin(), kSteps.end() - 1, [&](const Step& s) {
        return pixels / s.divisor <= target_pixels;
    });
    return step->flag | cv::IMREAD_IGNORE_ORIENTATION;
}

struct Decoded {
    cv::Mat pixels;
    std::string problem;
};

Decoded decode_jpeg(std::string_view bytes, const PhotoHeader& header, std::int64_t target_pixels) {
    const auto flags = jpeg_flags(header, target_pixels);
    if (auto whole = complete_jpeg(bytes)) {
        return {decode_with_opencv(whole->bytes, flags), std::move(whole->problem)};
    }
    return {decode_with_opencv(bytes, flags), {}};
}

Decoded decode_png(std::string_view bytes, const DecodeLimits& limits) {
    auto pixels = decode_with_opencv(bytes, cv::IMREAD_UNCHANGED);
    if (!pixels.empty()) {
        return {pixels, {}};
    }
    // Eight bytes a pixel is the most a PNG has: four channels of 16 bits.
    const auto room = static_cast<std::uint64_t>(limits.max_pixels) * 8;
    auto whole = complete_png(bytes, std::min<std::uint64_t>(room, 1U << 30U));
    if (!whole) {
        return {};
    }
    return {decode_with_opencv(whole->bytes, cv::IMREAD_UNCHANGED), std::move(whole->problem)};
}

Decoded decode_webp(std::string_view bytes) {
    if (const auto frame = first_webp_frame(bytes)) {
        return {decode_with_opencv(*frame, cv::IMREAD_UNCHANGED), {}};
    }
    return {decode_with_opencv(bytes, cv::IMREAD_UNCHANGED), {}};
}

Result<Decoded> decode_by_format(std::string_view bytes,
                                 const PhotoHeader& header,
                                 const DecodeLimits& limits,
                                 std::int64_t target_pixels) {
    switch (header.format) {
        case ImageFormat::jpeg:
            return decode_jpeg(bytes, header, target_pixels);
        case ImageFormat::png:
            return decode_png(bytes, limits);
        case ImageFormat::webp:
            return decode_webp(bytes);
        case ImageFormat::gif: {
            auto pixels = decode_gif(bytes);
            if (!pixels) {
                return tl::unexpected<Failure>(std::move(pixels.error()));
            }
            return Decoded{std::move(*pixels), {}};
        }
        default:
            return Decoded{
                decode_with_opencv(bytes, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION), {}};
    }
}

}  // namespace

double Photo::reduction() const {
    return pixels.empty() ? 1.0 : static_cast<double>(width) / pixels.cols;
}

Result<Photo> decode_photo(std::string_view bytes,
                           const DecodeLimits& limits,
                           std::int64_t target_pixels) {
    auto header = read_photo_header(bytes, limits);
    if (!header) {
        return tl::unexpected<Failure>(std::move(header.error()));
    }
    auto decoded = decode_by_format(bytes, *header, limits, target_pixels);
    if (!decoded) {
        return tl::unexpected<Failure>(std::move(decoded.error()));
    }
    if (decoded->pixels.empty()) {
        return fail(Failure::Kind::bad_input,
                    fmt::format("the {} is damaged: no pixel of it "
                                "could be decoded",
                                to_text(header->format)));
    }
    if (static_cast<std::int64_t>(decoded->pixels.total()) > limits.max_pixels) {
        return fail(
            Failure::Kind::too_large,
            fmt::format("the {} has more pixels than its header says", to_text(header->format)));
    }
    Photo photo;
    photo.header = *header;
    photo.exif = read_exif(bytes);
    photo.problem = std::move(decoded->problem);
    photo.pixels = upright(to_bgr(decoded->pixels), header->orientation);
    const bool turned = header->orientation >= 5;
    photo.width = turned ? header->height : header->width;
    photo.height = turned ? header->width : header->height;
    return photo;
}

std::uint64_t dct64(const cv::Mat& bgr) {
    constexpr int kSide = 32;
    constexpr int kKept = 8;
    cv::Mat gray;
    cv::cvtColor(bgr, gray, cv::COLOR_BGR2GRAY);
    cv::resize(gray, gray, {kSide, kSide}, 0, 0, cv::INTER_AREA);
    gray.convertTo(gray, CV_32F);
    cv::Mat frequencies;
    cv::dct(gray, frequencies);
    std::array<float, kKept * kKept> low{};
    for (std::size_t i = 0; i < low.size(); ++i) {
        low[i] = frequencies.at<float>(static_cast<int>(i / kKept), static_cast<int>(i % kKept));
    }
    // The first one is the mean brightness, which tells nothing.
    auto sorted = low;
    auto* const middle = sorted.begin() + 1 + (sorted.size() - 1) / 2;
    std::nth_element(sorted.begin() + 1, middle, sorted.end());
    std::uint64_t hash = 0;
    for (std::size_t i = 1; i < low.size(); ++i) {
        hash = (hash << 1U) | (low[i] > *middle ? 1U : 0U);
    }
    return hash;
}

}  // namespace chiptrail::vision
