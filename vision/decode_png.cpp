#include "vision/decode_formats.hpp"

#include <png.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <vector>

namespace chiptrail::vision {

namespace {

constexpr png_alloc_size_t kMaxChunk = std::size_t{4} * 1024 * 1024;
constexpr png_uint_32 kMaxChunksKept = 64;

/// All that libpng's callbacks need. Plain data: longjmp runs no destructors.
struct Reader {
    png_structp png = nullptr;
    png_infop info = nullptr;
    std::string_view bytes;
    std::size_t at = 0;
    bool ended = false;
    bool warned = false;
    std::array<char, 120> error{};
    int width = 0;
    int height = 0;
    int channels = 0;
    int passes = 1;
    int row = 0;   ///< rows of the last pass that are done
    int pass = 0;  ///< passes that are done
    unsigned char* pixels = nullptr;
    std::size_t stride = 0;
    unsigned char* spare = nullptr;  ///< one row with alpha; null when rows go where they belong
};

Reader& reader_of(png_structp png) {
    return *static_cast<Reader*>(png_get_io_ptr(png));
}

[[noreturn]] void on_error(png_structp png, png_const_charp text) {
    auto& reader = *static_cast<Reader*>(png_get_error_ptr(png));
    std::strncpy(reader.error.data(), text, reader.error.size() - 1);
    png_longjmp(png, 1);
}

void on_warning(png_structp png, png_const_charp text) {
    // Wrong check sums; the rest is about colours that are not used here.
    auto& reader = *static_cast<Reader*>(png_get_error_ptr(png));
    reader.warned = reader.warned || std::strstr(text, "CRC") != nullptr;
}

void on_more(png_structp png, png_bytep to, std::size_t wanted) {
    auto& reader = reader_of(png);
    const auto size = std::min(wanted, reader.bytes.size() - reader.at);
    if (reader.ended || (size == 0 && wanted > 0)) {
        png_error(png, "it is cut short");
    }
    std::memcpy(to, reader.bytes.data() + reader.at, size);
    // What libpng has of a block is unpacked even if the block is not whole.
    std::memset(to + size, 0, wanted - size);
    reader.ended = size < wanted;
    reader.at += size;
}

void set_limits(png_structp png, const DecodeLimits& limits) {
    const auto side = static_cast<png_uint_32>(limits.max_side);
    png_set_user_limits(png, side, side);
    png_set_chunk_malloc_max(png, kMaxChunk);
    png_set_chunk_cache_max(png, kMaxChunksKept);
    // Packed texts and profiles are bombs to unpack and nothing to look at.
    static constexpr png_byte kUnread[] = "iCCP\0tEXt\0zTXt\0iTXt\0sPLT\0hIST\0eXIf";
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, kUnread, sizeof kUnread / 5);
    png_set_crc_action(png, PNG_CRC_WARN_USE, PNG_CRC_QUIET_USE);
    png_set_option(png, PNG_IGNORE_ADLER32, PNG_OPTION_ON);
    png_set_benign_errors(png, 1);
}

/// Up to the first row: eight bits, BGR or BGRA. False when it failed.
bool start(Reader& reader, const DecodeLimits& limits) {
    // NOLINTNEXTLINE(cert-err52-cpp): libpng knows no exceptions
    if (setjmp(png_jmpbuf(reader.png)) != 0) {
        return false;
    }
    auto* png = reader.png;
    auto* info = reader.info;
    png_set_read_fn(png, &reader, on_more);
    set_limits(png, limits);
    png_read_info(png, info);
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_gray_to_rgb(png);
    png_set_bgr(png);
    reader.passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    reader.width = static_cast<int>(png_get_image_width(png, info));
    reader.height = static_cast<int>(png_get_image_height(png, info));
    reader.channels = png_get_channels(png, info);
    return true;
}

/// False when it failed; `pass` and `row` say how far it came.
bool read_rows(Reader& reader) {
    // NOLINTNEXTLINE(cert-err52-cpp): as above
    if (setjmp(png_jmpbuf(reader.png)) != 0) {
        return false;
    }
    for (; reader.pass < reader.passes; ++reader.pass) {
        for (reader.row = 0; reader.row < reader.height; ++reader.row) {
            auto* place = reader.pixels + reader.stride * static_cast<std::size_t>(reader.row);
            if (reader.spare == nullptr) {
                png_read_row(reader.png, place, nullptr);
            } else {
                png_read_row(reader.png, reader.spare, nullptr);
                row_over_white(reader.spare, place, reader.width);
            }
        }
    }
    return true;
}

class Destroy {
public:
    explicit Destroy(Reader& reader) : reader_(reader) {}
    ~Destroy() {
        png_destroy_read_struct(&reader_.png, &reader_.info, nullptr);
    }
    Destroy(const Destroy&) = delete;
    Destroy& operator=(const Destroy&) = delete;

private:
    Reader& reader_;
};

std::string problem_of(const Reader& reader, bool whole) {
    if (whole) {
        return reader.warned ? "the PNG is damaged: a check sum is wrong" : "";
    }
    if (reader.passes > 1) {
        return "the PNG is cut short or damaged in pass " + std::to_string(reader.pass + 1) +
               " of 7: parts are coarse or missing";
    }
    return rows_read("PNG", reader.row, reader.height);
}

cv::Mat without_alpha(const cv::Mat& pixels) {
    if (pixels.channels() == 3) {
        return pixels;
    }
    cv::Mat out(pixels.size(), CV_8UC3);
    for (int y = 0; y < pixels.rows; ++y) {
        row_over_white(pixels.ptr(y), out.ptr(y), pixels.cols);
    }
    return out;
}

}  // namespace

Decoded decode_png(std::string_view bytes, const DecodeLimits& limits) {
    Reader reader;
    reader.bytes = bytes;
    reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, on_error, on_warning);
    const Destroy destroy(reader);
    reader.info = reader.png == nullptr ? nullptr : png_create_info_struct(reader.png);
    if (reader.info == nullptr) {
        throw std::bad_alloc();
    }
    if (!start(reader, limits)) {
        return {{}, reader.error.data()};
    }
    if (std::int64_t{reader.width} * reader.height > limits.max_pixels ||
        (reader.channels != 3 && reader.channels != 4)) {
        return {{}, "its header contradicts itself"};
    }
    // Later passes mix their pixels into the rows of earlier ones, alpha included.
    const bool by_row = reader.channels == 4 && reader.passes == 1;
    const auto background = reader.channels == 4 && !by_row ? 0 : 128;
    cv::Mat pixels(reader.height,
                   reader.width,
                   by_row ? CV_8UC3 : CV_8UC(reader.channels),
                   cv::Scalar::all(background));
    std::vector<unsigned char> spare(by_row ? static_cast<std::size_t>(reader.width) * 4 : 0);
    reader.pixels = pixels.data;
    reader.stride = pixels.step;
    reader.spare = by_row ? spare.data() : nullptr;
    const bool whole = read_rows(reader);
    if (!whole && reader.pass == 0 && reader.row == 0) {
        return {{}, reader.error.data()};
    }
    return {without_alpha(pixels), problem_of(reader, whole)};
}

}  // namespace chiptrail::vision
