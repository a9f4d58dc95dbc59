#include "vision/decode_formats.hpp"

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>
#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

namespace chiptrail::vision {

namespace {

constexpr tmsize_t kMaxAllocation = tmsize_t{256} * 1024 * 1024;

struct Source {
    std::string_view bytes;
    std::size_t at = 0;
    std::array<char, 160> error{};
};

Source& source_of(thandle_t handle) {
    return *static_cast<Source*>(handle);
}

tmsize_t on_read(thandle_t handle, void* to, tmsize_t wanted) {
    auto& source = source_of(handle);
    if (wanted <= 0 || source.at >= source.bytes.size()) {
        return 0;
    }
    const auto size = std::min(static_cast<std::size_t>(wanted), source.bytes.size() - source.at);
    std::memcpy(to, source.bytes.data() + source.at, size);
    source.at += size;
    return static_cast<tmsize_t>(size);
}

tmsize_t on_write(thandle_t /*handle*/, void* /*from*/, tmsize_t /*size*/) {
    return 0;
}

toff_t on_seek(thandle_t handle, toff_t offset, int whence) {
    auto& source = source_of(handle);
    const toff_t base = whence == SEEK_CUR   ? source.at
                        : whence == SEEK_END ? source.bytes.size()
                                             : 0;
    source.at = base + offset;
    return source.at;
}

int on_close(thandle_t /*handle*/) {
    return 0;
}

toff_t on_size(thandle_t handle) {
    return source_of(handle).bytes.size();
}

int on_error(
    TIFF* /*tiff*/, void* source, const char* /*module*/, const char* format, va_list list) {
    auto& error = static_cast<Source*>(source)->error;
    if (error[0] == '\0') {
        // The format is libtiff's own.
        std::vsnprintf(error.data(), error.size(), format, list);
    }
    return 1;
}

int on_warning(TIFF* /*tiff*/, void* /*source*/, const char* /*module*/, const char*, va_list) {
    return 1;
}

struct Close {
    void operator()(TIFF* tiff) const {
        TIFFClose(tiff);
    }
};
using File = std::unique_ptr<TIFF, Close>;

File open(Source& source) {
    auto* options = TIFFOpenOptionsAlloc();
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, kMaxAllocation);
    TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, &source);
    TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, &source);
    // No memory mapping: "m". Strips are only read when asked for: "D".
    File file(TIFFClientOpenExt("picture",
                                "rmD",
                                &source,
                                on_read,
                                on_write,
                                on_seek,
                                on_close,
                                on_size,
                                nullptr,
                                nullptr,
                                options));
    TIFFOpenOptionsFree(options);
    return file;
}

std::uint32_t number(TIFF* tiff, std::uint32_t tag, std::uint32_t otherwise) {
    std::uint32_t value = 0;
    return TIFFGetField(tiff, tag, &value) == 1 ? value : otherwise;
}

std::uint16_t short_number(TIFF* tiff, std::uint32_t tag) {
    std::uint16_t value = 0;
    return TIFFGetFieldDefaulted(tiff, tag, &value) == 1 ? value : std::uint16_t{0};
}

/// libtiff's ABGR words over white. Its rows run from the bottom.
void paint(const std::vector<std::uint32_t>& words,
           const cv::Rect& place,
           std::uint32_t stride,
           std::uint32_t rows,
           cv::Mat& pixels) {
    for (int y = 0; y < place.height; ++y) {
        const auto row = rows - 1 - static_cast<std::uint32_t>(y);
        const auto* from = words.data() + std::size_t{row} * stride;
        auto* to = pixels.ptr<cv::Vec3b>(place.y + y) + place.x;
        for (int x = 0; x < place.width; ++x) {
            const auto word = from[x];
            // libtiff has multiplied the colours with alpha already.
            const auto light = 255 - TIFFGetA(word);
            const auto over = [light](std::uint32_t value) {
                return static_cast<std::uint8_t>(std::min<std::uint32_t>(255, value + light));
            };
            to[x] = {over(TIFFGetB(word)), over(TIFFGetG(word)), over(TIFFGetR(word))};
        }
    }
}

/// Strips or tiles one by one, so that a damaged one costs itself alone.
struct Parts {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    bool tiled = false;
};

bool read_part(TIFF* tiff,
               const Parts& parts,
               std::uint32_t x,
               std::uint32_t y,
               std::vector<std::uint32_t>& words,
               cv::Mat& pixels) {
    const bool read = parts.tiled ? TIFFReadRGBATileExt(tiff, x, y, words.data(), 1) == 1
                                  : TIFFReadRGBAStripExt(tiff, y, words.data(), 1) == 1;
    if (!read) {
        return false;
    }
    const cv::Rect place = cv::Rect(static_cast<int>(x),
                                    static_cast<int>(y),
                                    static_cast<int>(parts.width),
                                    static_cast<int>(parts.height)) &
                           cv::Rect({}, pixels.size());
    // A last strip is as high as what is left; a tile is always whole.
    const auto rows = parts.tiled ? parts.height : static_cast<std::uint32_t>(place.height);
    paint(words, place, parts.width, rows, pixels);
    return true;
}

Decoded decode_parts(TIFF* tiff, cv::Mat pixels, const Source& source) {
    Parts parts;
    parts.tiled = TIFFIsTiled(tiff) != 0;
    const auto columns = static_cast<std::uint32_t>(pixels.cols);
    const auto rows = static_cast<std::uint32_t>(pixels.rows);
    parts.width = parts.tiled ? number(tiff, TIFFTAG_TILEWIDTH, 0) : columns;
    parts.height = parts.tiled ? number(tiff, TIFFTAG_TILELENGTH, 0)
                               : std::min(number(tiff, TIFFTAG_ROWSPERSTRIP, rows), rows);
    constexpr std::uint64_t kMostWords = 100'000'000;
    const auto words_needed = std::uint64_t{parts.width} * parts.height;
    if (words_needed == 0 || words_needed > kMostWords) {
        return {{}, "its strips or tiles have an impossible size"};
    }
    std::vector<std::uint32_t> words(words_needed);
    std::uint64_t all = 0;
    std::uint64_t good = 0;
    for (std::uint32_t y = 0; y < rows; y += std::min(parts.height, rows - y)) {
        for (std::uint32_t x = 0; x < columns; x += std::min(parts.width, columns - x)) {
            ++all;
            good += read_part(tiff, parts, x, y, words, pixels) ? 1U : 0U;
        }
    }
    if (good == 0) {
        return {{}, source.error[0] == '\0' ? "none of it can be read" : source.error.data()};
    }
    return {pixels,
            good == all ? ""
                        : fmt::format("the TIFF is cut short or damaged: {} of {} parts could be "
                                      "read",
                                      good,
                                      all)};
}

/// Scanners and measuring programs write these; whatever their range, all of it is shown.
Decoded decode_floats(TIFF* tiff, const cv::Size& size, const Source& source) {
    const int channels = short_number(tiff, TIFFTAG_SAMPLESPERPIXEL);
    cv::Mat rows(size, CV_32FC(std::clamp(channels, 1, 4)), cv::Scalar::all(0));
    if (TIFFScanlineSize(tiff) != static_cast<tmsize_t>(rows.step) ||
        short_number(tiff, TIFFTAG_PLANARCONFIG) != PLANARCONFIG_CONTIG) {
        return {{}, "its floating-point layout is not known"};
    }
    int y = 0;
    while (y < rows.rows &&
           TIFFReadScanline(tiff, rows.ptr(y), static_cast<std::uint32_t>(y), 0) == 1) {
        ++y;
    }
    if (y == 0) {
        return {{}, source.error.data()};
    }
    cv::Mat first;
    cv::extractChannel(rows, first, 0);
    cv::patchNaNs(rows, 0);
    cv::Mat out;
    if (rows.channels() >= 3) {
        cv::cvtColor(rows, out, rows.channels() == 3 ? cv::COLOR_RGB2BGR : cv::COLOR_RGBA2BGR);
    } else {
        cv::patchNaNs(first, 0);
        cv::cvtColor(first, out, cv::COLOR_GRAY2BGR);
    }
    cv::Mat bytes;
    cv::normalize(out, bytes, 0, 255, cv::NORM_MINMAX, CV_8U);
    return {bytes, y == rows.rows ? "" : rows_read("TIFF", y, rows.rows)};
}

}  // namespace

Decoded decode_tiff(std::string_view bytes, const PhotoHeader& header) {
    Source source{bytes, 0, {}};
    const auto file = open(source);
    if (!file) {
        return {{}, source.error.data()};
    }
    const cv::Size size(static_cast<int>(number(file.get(), TIFFTAG_IMAGEWIDTH, 0)),
                        static_cast<int>(number(file.get(), TIFFTAG_IMAGELENGTH, 0)));
    if (size.width <= 0 || size.height <= 0 || size.width > header.width ||
        size.height > header.height) {
        return {{}, "its directory contradicts itself"};
    }
    if (short_number(file.get(), TIFFTAG_SAMPLEFORMAT) == SAMPLEFORMAT_IEEEFP &&
        short_number(file.get(), TIFFTAG_BITSPERSAMPLE) == 32 && TIFFIsTiled(file.get()) == 0) {
        return decode_floats(file.get(), size, source);
    }
    std::array<char, 1024> why{};
    if (TIFFRGBAImageOK(file.get(), why.data()) != 1) {
        return {{}, why.data()};
    }
    return decode_parts(file.get(), cv::Mat(size, CV_8UC3, cv::Scalar::all(128)), source);
}

}  // namespace chiptrail::vision
