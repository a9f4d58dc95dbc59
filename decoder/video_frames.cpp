#include "decoder/video_frames.hpp"

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
#include <libswscale/swscale.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <string>

namespace chiptrail::decoder {

using core::fail;
using core::Failure;
using core::Result;
using vision::Photo;

namespace {

constexpr int kMaxPackets = 3'000;
constexpr int kMaxFrames = 240;
constexpr std::array kMoments{0.0, 1.0, 3.0};  // seconds after the first frame

struct Source {
    std::string_view bytes;
    std::int64_t at = 0;
};

int on_read(void* opaque, std::uint8_t* to, int wanted) {
    auto& source = *static_cast<Source*>(opaque);
    const auto left = static_cast<std::int64_t>(source.bytes.size()) - source.at;
    const auto size = std::min<std::int64_t>(wanted, left);
    if (size <= 0) {
        return AVERROR_EOF;
    }
    std::memcpy(to, source.bytes.data() + source.at, static_cast<std::size_t>(size));
    source.at += size;
    return static_cast<int>(size);
}

std::int64_t on_seek(void* opaque, std::int64_t offset, int whence) {
    auto& source = *static_cast<Source*>(opaque);
    const auto size = static_cast<std::int64_t>(source.bytes.size());
    if ((whence & AVSEEK_SIZE) != 0) {
        return size;
    }
    const auto base = whence == SEEK_CUR ? source.at : whence == SEEK_END ? size : 0;
    if (offset < -base || offset > size - base) {
        return AVERROR(EINVAL);
    }
    source.at = base + offset;
    return source.at;
}

struct FreeInput {
    void operator()(AVIOContext* input) const {
        av_freep(&input->buffer);
        avio_context_free(&input);
    }
};
struct CloseFormat {
    void operator()(AVFormatContext* format) const {
        avformat_close_input(&format);
    }
};
struct FreeCodec {
    void operator()(AVCodecContext* codec) const {
        avcodec_free_context(&codec);
    }
};
struct FreePacket {
    void operator()(AVPacket* packet) const {
        av_packet_free(&packet);
    }
};
struct FreeFrame {
    void operator()(AVFrame* frame) const {
        av_frame_free(&frame);
    }
};
struct FreeScaler {
    void operator()(SwsContext* scaler) const {
        sws_freeContext(scaler);
    }
};
using Format = std::unique_ptr<AVFormatContext, CloseFormat>;
using Codec = std::unique_ptr<AVCodecContext, FreeCodec>;

std::string text_of(int error) {
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    av_strerror(error, text.data(), text.size());
    return text.data();
}

tl::unexpected<Failure> damaged(const std::string& why) {
    return fail(Failure::Kind::bad_input, "the video is damaged: " + why);
}

/// Only these two containers, whatever the bytes may also look like.
int open_format(AVIOContext* input, Format& format) {
    auto* context = avformat_alloc_context();
    if (context == nullptr) {
        throw std::bad_alloc();
    }
    context->pb = input;
    context->flags |= AVFMT_FLAG_CUSTOM_IO;
    context->format_whitelist = av_strdup("mov,mp4,m4a,3gp,3g2,mj2,matroska,webm");
    context->max_streams = 16;
    const int error = avformat_open_input(&context, nullptr, nullptr, nullptr);
    format.reset(error < 0 ? nullptr : context);
    return error;
}

Codec open_codec(const AVStream& stream, const vision::DecodeLimits& limits) {
    const auto* decoder = avcodec_find_decoder(stream.codecpar->codec_id);
    Codec codec(decoder == nullptr ? nullptr : avcodec_alloc_context3(decoder));
    if (!codec || avcodec_parameters_to_context(codec.get(), stream.codecpar) < 0) {
        return nullptr;
    }
    codec->thread_count = 1;
    codec->max_pixels = limits.max_pixels;
    codec->pkt_timebase = stream.time_base;
    return avcodec_open2(codec.get(), decoder, nullptr) < 0 ? nullptr : std::move(codec);
}

std::optional<cv::Mat> to_bgr(const AVFrame& frame, const vision::DecodeLimits& limits) {
    if (frame.width <= 0 || frame.height <= 0 || frame.width > limits.max_side ||
        frame.height > limits.max_side ||
        std::int64_t{frame.width} * frame.height > limits.max_pixels) {
        return std::nullopt;
    }
    const std::unique_ptr<SwsContext, FreeScaler> scaler(
        sws_getContext(frame.width,
                       frame.height,
                       static_cast<AVPixelFormat>(frame.format),
                       frame.width,
                       frame.height,
                       AV_PIX_FMT_BGR24,
                       SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT,
                       nullptr,
                       nullptr,
                       nullptr));
    if (!scaler) {
        return std::nullopt;
    }
    // swscale writes whole vectors beyond the end of a row.
    constexpr int kMargin = 64;
    cv::Mat wide(frame.height + 1, frame.width + kMargin, CV_8UC3);
    std::array<std::uint8_t*, 4> planes{wide.data, nullptr, nullptr, nullptr};
    std::array<int, 4> strides{static_cast<int>(wide.step), 0, 0, 0};
    if (sws_scale(scaler.get(),
                  static_cast<const std::uint8_t* const*>(frame.data),
                  static_cast<const int*>(frame.linesize),
                  0,
                  frame.height,
                  planes.data(),
                  strides.data()) <= 0) {
        return std::nullopt;
    }
    return wide(cv::Rect(0, 0, frame.width, frame.height)).clone();
}

/// Mean steepness of the picture, small so that noise does not count.
double detail_of(const cv::Mat& bgr) {
    cv::Mat small;
    cv::Mat gray;
    const auto scale = std::min(1.0, 480.0 / std::max(bgr.cols, bgr.rows));
    cv::resize(bgr, small, {}, scale, scale, cv::INTER_AREA);
    cv::cvtColor(small, gray, cv::COLOR_BGR2GRAY);
    cv::Mat across;
    cv::Sobel(gray, across, CV_16S, 1, 0);
    cv::Mat down;
    cv::Sobel(gray, down, CV_16S, 0, 1);
    return cv::norm(across, cv::NORM_L1) / static_cast<double>(gray.total()) +
           cv::norm(down, cv::NORM_L1) / static_cast<double>(gray.total());
}

/// EXIF orientation for the quarter turn that the container asks for.
int orientation_of(const AVStream& stream) {
    const auto* matrix = reinterpret_cast<const std::int32_t*>(
        av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr));
    if (matrix == nullptr) {
        return 1;
    }
    const auto degrees = av_display_rotation_get(matrix);  // against the clock
    if (std::isnan(degrees)) {
        return 1;
    }
    constexpr std::array kOrientations{1, 8, 3, 6};
    const auto quarters = static_cast<int>(std::lround(degrees / 90.0));
    return kOrientations[static_cast<std::size_t>((quarters % 4 + 4) % 4)];
}

/// Decodes until it has a frame of each moment, or the budget is spent.
class FramePicker {
public:
    FramePicker(AVFormatContext& format,
                AVCodecContext& codec,
                const AVStream& stream,
                const vision::DecodeLimits& limits)
        : format_(format), codec_(codec), stream_(stream), limits_(limits) {}

    /// Empty when no frame could be decoded.
    cv::Mat pick() {
        if (!packet_ || !frame_) {
            throw std::bad_alloc();
        }
        for (int i = 0; i < kMaxPackets && !is_done(); ++i) {
            const int error = av_read_frame(&format_, packet_.get());
            if (error < 0) {
                send(nullptr);
                break;
            }
            if (packet_->stream_index == stream_.index) {
                send(packet_.get());
            }
            av_packet_unref(packet_.get());
        }
        return best_;
    }

private:
    [[nodiscard]] bool is_done() const {
        return moment_ >= kMoments.size() || frames_ >= kMaxFrames;
    }

    void send(const AVPacket* packet) {
        // A damaged packet costs its frames; the next ones may be sound.
        if (avcodec_send_packet(&codec_, packet) < 0) {
            return;
        }
        while (!is_done() && avcodec_receive_frame(&codec_, frame_.get()) >= 0) {
            ++frames_;
            look_at(*frame_);
            av_frame_unref(frame_.get());
        }
    }

    void look_at(const AVFrame& frame) {
        const auto stamp = frame.best_effort_timestamp;
        const double at = stamp == AV_NOPTS_VALUE
                              ? frames_ / 25.0
                              : static_cast<double>(stamp) * av_q2d(stream_.time_base);
        if (best_.empty()) {
            first_at_ = at;
        } else if (at - first_at_ < kMoments[moment_]) {
            return;
        }
        const auto pixels = to_bgr(frame, limits_);
        if (!pixels) {
            return;
        }
        constexpr double kClearlyMore = 1.5;
        const auto detail = detail_of(*pixels);
        if (best_.empty() || detail > detail_ * kClearlyMore) {
            best_ = *pixels;
            detail_ = detail;
        }
        ++moment_;
    }

    AVFormatContext& format_;
    AVCodecContext& codec_;
    const AVStream& stream_;
    const vision::DecodeLimits& limits_;
    std::unique_ptr<AVPacket, FreePacket> packet_{av_packet_alloc()};
    std::unique_ptr<AVFrame, FreeFrame> frame_{av_frame_alloc()};
    cv::Mat best_;
    double detail_ = 0;
    double first_at_ = 0;
    std::size_t moment_ = 0;
    int frames_ = 0;
};

}  // namespace

void prepare_video_decoders() {
    av_log_set_level(AV_LOG_QUIET);
}

Result<Photo> decode_video(std::string_view bytes, const vision::DecodeLimits& limits) {
    const auto header = vision::read_photo_header(bytes, limits);
    if (!header) {
        return tl::unexpected<Failure>(header.error());
    }
    Source source{bytes, 0};
    constexpr int kBuffer = 32 * 1024;
    const std::unique_ptr<AVIOContext, FreeInput> input(
        avio_alloc_context(static_cast<unsigned char*>(av_malloc(kBuffer)),
                           kBuffer,
                           0,
                           &source,
                           on_read,
                           nullptr,
                           on_seek));
    if (!input) {
        throw std::bad_alloc();
    }
    Format format;
    if (const int error = open_format(input.get(), format); error < 0) {
        return damaged(text_of(error));
    }
    const int index = av_find_best_stream(format.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    if (index < 0) {
        return damaged("it has no pictures");
    }
    auto& stream = *format->streams[index];
    const auto codec = open_codec(stream, limits);
    if (!codec) {
        return fail(Failure::Kind::bad_input,
                    fmt::format("the video is packed in a way that is not known here ({})",
                                avcodec_get_name(stream.codecpar->codec_id)));
    }
    const auto best = FramePicker(*format, *codec, stream, limits).pick();
    if (best.empty()) {
        return damaged("no frame of it could be decoded");
    }
    Photo photo;
    photo.header = *header;
    photo.header.orientation = orientation_of(stream);
    photo.pixels = vision::upright(best, photo.header.orientation);
    photo.width = photo.pixels.cols;
    photo.height = photo.pixels.rows;
    return photo;
}

}  // namespace chiptrail::decoder
