#include "vision/decode_formats.hpp"

#include <fmt/format.h>
#include <libheif/heif.h>

#include <cstring>
#include <memory>
#include <new>

namespace chiptrail::vision {

namespace {

template <class Type, void (*release)(Type*)>
struct Release {
    void operator()(Type* thing) const {
        release(thing);
    }
};
using Context = std::unique_ptr<heif_context, Release<heif_context, heif_context_free>>;
using Options = std::unique_ptr<heif_decoding_options,
                                Release<heif_decoding_options, heif_decoding_options_free>>;

struct ReleaseConst {
    void operator()(const heif_image_handle* handle) const {
        heif_image_handle_release(handle);
    }
    void operator()(const heif_image* image) const {
        heif_image_release(image);
    }
};
using Handle = std::unique_ptr<const heif_image_handle, ReleaseConst>;
using Image = std::unique_ptr<const heif_image, ReleaseConst>;

Decoded failed(const heif_error& error) {
    if (error.code == heif_error_Memory_allocation_error) {
        throw std::bad_alloc();
    }
    return {{}, error.message == nullptr ? "it cannot be decoded" : error.message};
}

cv::Mat to_bgr(const unsigned char* rgb, std::size_t stride, const cv::Size& size, bool alpha) {
    cv::Mat out(size, CV_8UC3);
    const int channels = alpha ? 4 : 3;
    for (int y = 0; y < size.height; ++y) {
        const auto* from = rgb + stride * static_cast<std::size_t>(y);
        auto* to = out.ptr<cv::Vec3b>(y);
        for (int x = 0; x < size.width; ++x, from += channels) {
            const int opacity = alpha ? from[3] : 255;
            const auto over = [opacity](int value) {
                return static_cast<std::uint8_t>((value * opacity + 255 * (255 - opacity) + 127) /
                                                 255);
            };
            to[x] = {over(from[2]), over(from[1]), over(from[0])};
        }
    }
    return out;
}

std::string problem_of(const heif_image* image) {
    heif_error warning{};
    if (heif_image_get_decoding_warnings(const_cast<heif_image*>(image), 0, &warning, 1) > 0) {
        return fmt::format("the picture is damaged: {}",
                           warning.message == nullptr ? "no reason is given" : warning.message);
    }
    return {};
}

Decoded decode_handle(const heif_image_handle* handle) {
    const bool alpha = heif_image_handle_has_alpha_channel(handle) != 0;
    const Options options(heif_decoding_options_alloc());
    options->convert_hdr_to_8bit = 1;
    heif_image* decoded = nullptr;
    const auto error =
        heif_decode_image(handle,
                          &decoded,
                          heif_colorspace_RGB,
                          alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB,
                          options.get());
    const Image image(decoded);
    if (error.code != heif_error_Ok) {
        return failed(error);
    }
    int stride = 0;
    const auto* plane =
        heif_image_get_plane_readonly(image.get(), heif_channel_interleaved, &stride);
    const cv::Size size(heif_image_get_width(image.get(), heif_channel_interleaved),
                        heif_image_get_height(image.get(), heif_channel_interleaved));
    if (plane == nullptr || size.width <= 0 || size.height <= 0 ||
        stride < size.width * (alpha ? 4 : 3)) {
        return {{}, "its decoder gave no pixels"};
    }
    return {to_bgr(plane, static_cast<std::size_t>(stride), size, alpha), problem_of(image.get())};
}

}  // namespace

Decoded decode_heif(std::string_view bytes, const PhotoHeader& header, const DecodeLimits& limits) {
    const Context context(heif_context_alloc());
    if (!context) {
        throw std::bad_alloc();
    }
    heif_context_set_maximum_image_size_limit(context.get(), limits.max_side);
    heif_context_set_max_decoding_threads(context.get(), 0);
    auto error = heif_context_read_from_memory_without_copy(
        context.get(), bytes.data(), bytes.size(), nullptr);
    if (error.code != heif_error_Ok) {
        return failed(error);
    }
    heif_image_handle* primary = nullptr;
    error = heif_context_get_primary_image_handle(context.get(), &primary);
    const Handle handle(primary);
    if (error.code != heif_error_Ok) {
        return failed(error);
    }
    const auto pixels =
        std::int64_t{heif_image_handle_get_width(primary)} * heif_image_handle_get_height(primary);
    if (pixels <= 0 || pixels > std::int64_t{header.width} * header.height) {
        return {{}, "it is larger than its header says"};
    }
    return decode_handle(primary);
}

}  // namespace chiptrail::vision
