#include "tests/support/sound_pictures.hpp"

#include "tests/support/temp_dir.hpp"
#include "tests/vision/pictures.hpp"

#include <jpeglib.h>
#include <libheif/heif.h>
#include <png.h>
#include <tiffio.h>

#include <cstdio>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/log.h>
#include <libswscale/swscale.h>
}

#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

namespace chiptrail::tests {

namespace {

constexpr int kWidth = 96;
constexpr int kHeight = 64;

cv::Mat picture() {
    return two_halves(kWidth, kHeight);
}

std::string content(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::string encoded_with(const std::string& extension, const std::vector<int>& how) {
    std::vector<unsigned char> bytes;
    cv::imencode(extension, picture(), bytes, how);
    return {bytes.begin(), bytes.end()};
}

/// As Adobe's programs write it: YCCK is left out, the ink is inverted, a marker says so.
std::string cmyk_jpeg() {
    jpeg_compress_struct info{};
    jpeg_error_mgr errors{};
    info.err = jpeg_std_error(&errors);
    jpeg_create_compress(&info);
    unsigned char* bytes = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&info, &bytes, &size);
    info.image_width = kWidth;
    info.image_height = kHeight;
    info.input_components = 4;
    info.in_color_space = JCS_CMYK;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, 95, TRUE);
    info.write_Adobe_marker = TRUE;
    jpeg_start_compress(&info, TRUE);
    const auto bgr = picture();
    std::vector<unsigned char> row(std::size_t{kWidth} * 4);
    for (int y = 0; y < kHeight; ++y) {
        for (int x = 0; x < kWidth; ++x) {
            const auto pixel = bgr.at<cv::Vec3b>(y, x);
            auto* to = &row[static_cast<std::size_t>(x) * 4];
            to[0] = pixel[2];
            to[1] = pixel[1];
            to[2] = pixel[0];
            to[3] = 255;
        }
        auto* start = row.data();
        jpeg_write_scanlines(&info, &start, 1);
    }
    jpeg_finish_compress(&info);
    std::string out(reinterpret_cast<const char*>(bytes), size);
    jpeg_destroy_compress(&info);
    std::free(bytes);  // NOLINT(cppcoreguidelines-no-malloc): libjpeg's own
    return out;
}

std::string interlaced_png() {
    auto* png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    auto* info = png_create_info_struct(png);
    std::string out;
    png_set_write_fn(
        png,
        &out,
        [](png_structp writer, png_bytep data, std::size_t size) {
            static_cast<std::string*>(png_get_io_ptr(writer))
                ->append(reinterpret_cast<const char*>(data), size);
        },
        nullptr);
    png_set_IHDR(png,
                 info,
                 kWidth,
                 kHeight,
                 8,
                 PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_ADAM7,
                 PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    png_set_bgr(png);
    auto bgr = picture();
    std::vector<png_bytep> rows;
    for (int y = 0; y < kHeight; ++y) {
        rows.push_back(bgr.ptr(y));
    }
    png_write_image(png, rows.data());
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return out;
}

std::string with_alpha(const std::string& extension) {
    cv::Mat bgra;
    cv::cvtColor(picture(), bgra, cv::COLOR_BGR2BGRA);
    return encoded(bgra, extension);
}

/// 96x64 of 2 bits: clear codes keep every code at three bits, so nothing need be packed.
std::string gif() {
    using namespace std::string_literals;
    std::string bits;
    const auto put = [&bits](unsigned code) {
        for (unsigned i = 0; i < 3; ++i) {
            bits += static_cast<char>((code >> i) & 1U);
        }
    };
    int since_clear = 0;
    const auto bgr = picture();
    put(4);
    for (int y = 0; y < kHeight; ++y) {
        for (int x = 0; x < kWidth; ++x) {
            const auto pixel = bgr.at<cv::Vec3b>(y, x);
            put(pixel == cv::Vec3b(0, 0, 255) ? 0U : pixel == cv::Vec3b(255, 0, 0) ? 1U : 2U);
            if (++since_clear == 2) {
                put(4);
                since_clear = 0;
            }
        }
    }
    put(5);
    std::string data;
    for (std::size_t i = 0; i < bits.size(); i += 8) {
        unsigned byte = 0;
        for (std::size_t k = i; k < std::min(bits.size(), i + 8); ++k) {
            byte |= static_cast<unsigned>(bits[k]) << (k - i);
        }
        data += static_cast<char>(byte);
    }
    std::string blocks;
    for (std::size_t i = 0; i < data.size(); i += 255) {
        const auto block = data.substr(i, 255);
        blocks += static_cast<char>(block.size());
        blocks += block;
    }
    return "GIF89a"s + little_endian(kWidth, 2) + little_endian(kHeight, 2) + "\xF1\0\0"s +
           "\xFF\0\0\0\0\xFF\xFF\xFF\xFF\0\0\0"s + ","s + little_endian(0, 4) +
           little_endian(kWidth, 2) + little_endian(kHeight, 2) + "\0\x02"s + blocks + "\0;"s;
}

/// Run lengths of eight bits.
std::string rle_bmp() {
    using namespace std::string_literals;
    std::string data;
    for (int y = kHeight; y-- > 0;) {
        if (y < kHeight / 4) {
            data += static_cast<char>(kWidth / 4);
            data += '\2';
            data += static_cast<char>(kWidth / 4);
        } else {
            data += static_cast<char>(kWidth / 2);
        }
        data += '\0';
        data += static_cast<char>(kWidth / 2);
        data += "\1\0\0"s;
    }
    data += "\0\1"s;
    constexpr unsigned kPixelsAt = 54 + 12;
    return "BM"s + little_endian(kPixelsAt + static_cast<unsigned>(data.size()), 4) +
           little_endian(0, 4) + little_endian(kPixelsAt, 4) + little_endian(40, 4) +
           little_endian(kWidth, 4) + little_endian(kHeight, 4) + little_endian(1, 2) +
           little_endian(8, 2) + little_endian(1, 4) +
           little_endian(static_cast<unsigned>(data.size()), 4) + little_endian(0, 4) +
           little_endian(0, 4) + little_endian(3, 4) + little_endian(0, 4) +
           "\0\0\xFF\0\xFF\0\0\0\xFF\xFF\xFF\0"s + data;
}

std::string tiff(int bits, bool tiled) {
    const TempDir folder;
    const auto path = folder / "picture.tiff";
    auto* file = TIFFOpen(path.c_str(), "w");
    TIFFSetField(file, TIFFTAG_IMAGEWIDTH, kWidth);
    TIFFSetField(file, TIFFTAG_IMAGELENGTH, kHeight);
    TIFFSetField(file, TIFFTAG_SAMPLESPERPIXEL, 3);
    TIFFSetField(file, TIFFTAG_BITSPERSAMPLE, bits);
    TIFFSetField(file, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_RGB);
    TIFFSetField(file, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    TIFFSetField(file, TIFFTAG_COMPRESSION, COMPRESSION_LZW);
    cv::Mat rgb;
    cv::cvtColor(picture(), rgb, cv::COLOR_BGR2RGB);
    if (bits == 16) {
        rgb.convertTo(rgb, CV_16U, 257);
    }
    if (tiled) {
        TIFFSetField(file, TIFFTAG_TILEWIDTH, 32);
        TIFFSetField(file, TIFFTAG_TILELENGTH, 32);
        for (unsigned y = 0; y < kHeight; y += 32) {
            for (unsigned x = 0; x < kWidth; x += 32) {
                auto tile = rgb(cv::Rect(static_cast<int>(x), static_cast<int>(y), 32, 32)).clone();
                TIFFWriteTile(file, tile.data, x, y, 0, 0);
            }
        }
    } else {
        TIFFSetField(file, TIFFTAG_ROWSPERSTRIP, 8);
        for (int y = 0; y < kHeight; ++y) {
            TIFFWriteScanline(file, rgb.ptr(y), static_cast<unsigned>(y), 0);
        }
    }
    TIFFClose(file);
    return content(path);
}

heif_error append(heif_context* /*context*/, const void* data, std::size_t size, void* out) {
    static_cast<std::string*>(out)->append(static_cast<const char*>(data), size);
    return {heif_error_Ok, heif_suberror_Unspecified, ""};
}

std::string heif(heif_compression_format format) {
    auto* context = heif_context_alloc();
    heif_encoder* encoder = nullptr;
    if (heif_context_get_encoder_for_format(context, format, &encoder).code != heif_error_Ok) {
        throw std::runtime_error("no encoder for HEIF");
    }
    heif_encoder_set_lossy_quality(encoder, 90);
    heif_image* image = nullptr;
    heif_image_create(kWidth, kHeight, heif_colorspace_RGB, heif_chroma_interleaved_RGB, &image);
    heif_image_add_plane(image, heif_channel_interleaved, kWidth, kHeight, 8);
    int stride = 0;
    auto* plane = heif_image_get_plane(image, heif_channel_interleaved, &stride);
    cv::Mat rgb;
    cv::cvtColor(picture(), rgb, cv::COLOR_BGR2RGB);
    for (int y = 0; y < kHeight; ++y) {
        std::memcpy(plane + y * stride, rgb.ptr(y), std::size_t{kWidth} * 3);
    }
    heif_image_handle* handle = nullptr;
    heif_context_encode_image(context, image, encoder, nullptr, &handle);
    std::string out;
    heif_writer writer{1, append};
    heif_context_write(context, &writer, &out);
    heif_image_handle_release(handle);
    heif_image_release(image);
    heif_encoder_release(encoder);
    heif_context_free(context);
    return out;
}

void drain(AVCodecContext* codec, AVFormatContext* format, AVPacket* packet) {
    while (avcodec_receive_packet(codec, packet) >= 0) {
        av_packet_rescale_ts(packet, codec->time_base, format->streams[0]->time_base);
        packet->stream_index = 0;
        av_interleaved_write_frame(format, packet);
    }
}

/// Five seconds at ten frames a second; the first half second is black.
std::string video(const std::string& extension, AVCodecID id) {
    av_log_set_level(AV_LOG_QUIET);
    const TempDir folder;
    const auto path = (folder / ("clip" + extension)).string();
    AVFormatContext* format = nullptr;
    avformat_alloc_output_context2(&format, nullptr, nullptr, path.c_str());
    const auto* encoder = avcodec_find_encoder(id);
    if (format == nullptr || encoder == nullptr) {
        throw std::runtime_error("no encoder for " + extension);
    }
    auto* stream = avformat_new_stream(format, nullptr);
    auto* codec = avcodec_alloc_context3(encoder);
    codec->width = kWidth;
    codec->height = kHeight;
    codec->pix_fmt = AV_PIX_FMT_YUV420P;
    codec->time_base = {1, 10};
    codec->bit_rate = 400'000;
    codec->gop_size = 10;
    codec->thread_count = 1;
    if ((format->oformat->flags & AVFMT_GLOBALHEADER) != 0) {
        codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    }
    avcodec_open2(codec, encoder, nullptr);
    avcodec_parameters_from_context(stream->codecpar, codec);
    stream->time_base = codec->time_base;
    avio_open(&format->pb, path.c_str(), AVIO_FLAG_WRITE);
    if (avformat_write_header(format, nullptr) < 0) {
        throw std::runtime_error("cannot write " + extension);
    }
    auto* scaler = sws_getContext(kWidth,
                                  kHeight,
                                  AV_PIX_FMT_BGR24,
                                  kWidth,
                                  kHeight,
                                  AV_PIX_FMT_YUV420P,
                                  SWS_BILINEAR,
                                  nullptr,
                                  nullptr,
                                  nullptr);
    auto* packet = av_packet_alloc();
    for (int i = 0; i < 50; ++i) {
        auto bgr = picture();
        if (i < 5) {
            bgr.setTo(0);
        }
        auto* frame = av_frame_alloc();
        frame->format = AV_PIX_FMT_YUV420P;
        frame->width = kWidth;
        frame->height = kHeight;
        frame->pts = i;
        av_frame_get_buffer(frame, 0);
        const std::uint8_t* planes[] = {bgr.data};
        const int strides[] = {static_cast<int>(bgr.step)};
        sws_scale(scaler, planes, strides, 0, kHeight, frame->data, frame->linesize);
        avcodec_send_frame(codec, frame);
        drain(codec, format, packet);
        av_frame_free(&frame);
    }
    avcodec_send_frame(codec, nullptr);
    drain(codec, format, packet);
    av_write_trailer(format);
    avio_closep(&format->pb);
    sws_freeContext(scaler);
    av_packet_free(&packet);
    avcodec_free_context(&codec);
    avformat_free_context(format);
    return content(path);
}

}  // namespace

const std::map<std::string, std::string>& sound_pictures() {
    static const std::map<std::string, std::string> all = {
        {"jpeg", encoded(picture(), ".jpg")},
        {"jpeg-progressive", encoded_with(".jpg", {cv::IMWRITE_JPEG_PROGRESSIVE, 1})},
        {"jpeg-cmyk", cmyk_jpeg()},
        {"png", encoded(picture(), ".png")},
        {"png-interlaced", interlaced_png()},
        {"webp", encoded_with(".webp", {cv::IMWRITE_WEBP_QUALITY, 90})},
        {"webp-alpha", with_alpha(".webp")},
        {"gif", gif()},
        {"bmp", encoded(picture(), ".bmp")},
        {"bmp-rle", rle_bmp()},
        {"tiff", tiff(8, false)},
        {"tiff-16", tiff(16, false)},
        {"tiff-tiles", tiff(8, true)},
        {"heic", heif(heif_compression_HEVC)},
        {"avif", heif(heif_compression_AV1)},
        {"mp4", video(".mp4", AV_CODEC_ID_MPEG4)},
        {"webm", video(".webm", AV_CODEC_ID_VP9)},
    };
    return all;
}

}  // namespace chiptrail::tests
