// An own reader: the format is small, and a cut file should give the rows it has.
#include "vision/decode_formats.hpp"
#include "vision/photo_blocks.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <vector>

namespace chiptrail::vision {

namespace {

constexpr std::size_t kFileHeader = 14;

enum Compression : std::uint32_t {
    plain = 0,
    rle8 = 1,
    rle4 = 2,
    bit_fields = 3,
    alpha_fields = 6
};

struct Layout {
    std::size_t pixels_at = 0;
    int bits = 0;
    std::uint32_t compression = plain;
    bool from_top = false;
    std::vector<cv::Vec3b> palette;
    std::array<std::uint32_t, 3> masks{};  ///< blue, green, red
};

std::vector<cv::Vec3b> read_palette(std::string_view bytes,
                                    std::size_t at,
                                    std::size_t entry,
                                    std::size_t count) {
    std::vector<cv::Vec3b> palette(count, cv::Vec3b(0, 0, 0));
    for (std::size_t i = 0; i < count; ++i) {
        for (int channel = 0; channel < 3; ++channel) {
            palette[i][channel] = static_cast<std::uint8_t>(
                little_endian(bytes, at + i * entry + static_cast<std::size_t>(channel), 1));
        }
    }
    return palette;
}

std::optional<Layout> read_layout(std::string_view bytes) {
    Layout layout;
    layout.pixels_at = little_endian(bytes, 10, 4);
    const std::size_t header = little_endian(bytes, kFileHeader, 4);
    const bool old = header == 12;
    layout.bits = static_cast<int>(little_endian(bytes, old ? 24 : 28, 2));
    if (!old) {
        layout.compression = little_endian(bytes, 30, 4);
        layout.from_top = little_endian(bytes, 22, 4) > 0x7FFFFFFFU;
    }
    const bool fields = layout.compression == bit_fields || layout.compression == alpha_fields;
    if (layout.bits == 16) {
        layout.masks = {0x1F, 0x1F << 5, 0x1F << 10};
    } else {
        layout.masks = {0xFF, 0xFF << 8, 0xFF << 16};
    }
    if (fields) {
        layout.masks = {
            little_endian(bytes, 62, 4), little_endian(bytes, 58, 4), little_endian(bytes, 54, 4)};
    }
    if (layout.bits <= 8) {
        const std::size_t most = std::size_t{1} << static_cast<unsigned>(layout.bits);
        const std::size_t used = old ? 0 : little_endian(bytes, 46, 4);
        layout.palette = read_palette(bytes,
                                      kFileHeader + header + (fields ? 12 : 0),
                                      old ? 3 : 4,
                                      used == 0 ? most : std::min(used, most));
        layout.palette.resize(most, cv::Vec3b(0, 0, 0));
    }
    const bool known = layout.bits == 1 || layout.bits == 2 || layout.bits == 4 ||
                       layout.bits == 8 || layout.bits == 16 || layout.bits == 24 ||
                       layout.bits == 32;
    const bool packed = (layout.compression == rle8 && layout.bits == 8) ||
                        (layout.compression == rle4 && layout.bits == 4);
    const bool good = layout.compression == plain || packed ||
                      (fields && (layout.bits == 16 || layout.bits == 32));
    return known && good ? std::optional(std::move(layout)) : std::nullopt;
}

/// A field of up to 32 bits as 0 to 255.
std::uint8_t scaled(std::uint32_t value, std::uint32_t mask) {
    if (mask == 0) {
        return 0;
    }
    const auto shift = static_cast<unsigned>(std::countr_zero(mask));
    const std::uint64_t most = mask >> shift;
    return static_cast<std::uint8_t>(((value & mask) >> shift) * std::uint64_t{255} / most);
}

cv::Vec3b pixel_at(std::string_view row, int x, const Layout& layout) {
    const auto column = static_cast<std::size_t>(x);
    if (layout.bits <= 8) {
        const auto bits = static_cast<std::size_t>(layout.bits);
        const auto byte = little_endian(row, column * bits / 8, 1);
        const auto shift = 8 - bits - column * bits % 8;
        return layout.palette[(byte >> shift) & ((1U << bits) - 1)];
    }
    if (layout.bits == 24) {
        return {static_cast<std::uint8_t>(little_endian(row, column * 3, 1)),
                static_cast<std::uint8_t>(little_endian(row, column * 3 + 1, 1)),
                static_cast<std::uint8_t>(little_endian(row, column * 3 + 2, 1))};
    }
    const auto size = static_cast<std::size_t>(layout.bits) / 8;
    const auto value = little_endian(row, column * size, size);
    return {scaled(value, layout.masks[0]),
            scaled(value, layout.masks[1]),
            scaled(value, layout.masks[2])};
}

int row_place(int number, int height, const Layout& layout) {
    return layout.from_top ? number : height - 1 - number;
}

/// Returns the number of rows that are whole.
int read_plain(std::string_view data, const Layout& layout, cv::Mat& pixels) {
    const auto bits = static_cast<std::size_t>(pixels.cols) * static_cast<std::size_t>(layout.bits);
    const auto stride = (bits + 31) / 32 * 4;
    const auto needed = (bits + 7) / 8;
    for (int i = 0; i < pixels.rows; ++i) {
        const auto at = static_cast<std::size_t>(i) * stride;
        if (at > data.size() || data.size() - at < needed) {
            return i;
        }
        const auto row = data.substr(at, needed);
        auto* to = pixels.ptr<cv::Vec3b>(row_place(i, pixels.rows, layout));
        for (int x = 0; x < pixels.cols; ++x) {
            to[x] = pixel_at(row, x, layout);
        }
    }
    return pixels.rows;
}

/// Run lengths; every step takes at least two bytes, so their number bounds the work.
class RunReader {
public:
    RunReader(std::string_view data, const Layout& layout, cv::Mat& pixels)
        : data_(data), layout_(layout), pixels_(pixels) {}

    int rows() {
        while (at_ + 2 <= data_.size() && row_ < pixels_.rows) {
            const auto count = little_endian(data_, at_, 1);
            const auto value = little_endian(data_, at_ + 1, 1);
            at_ += 2;
            if (count > 0) {
                paint_run(count, value);
            } else if (!escape(value)) {
                return pixels_.rows;
            }
        }
        return std::min(row_, pixels_.rows);
    }

private:
    [[nodiscard]] std::uint32_t index(std::uint32_t value, std::uint32_t number) const {
        if (layout_.compression == rle8) {
            return value;
        }
        return number % 2 == 0 ? value >> 4U : value & 0x0FU;
    }

    void paint(std::uint32_t color) {
        if (x_ < pixels_.cols) {
            const int y = row_place(row_, pixels_.rows, layout_);
            pixels_.at<cv::Vec3b>(y, x_) = layout_.palette[color];
            ++x_;
        }
    }

    void paint_run(std::uint32_t count, std::uint32_t value) {
        for (std::uint32_t i = 0; i < count; ++i) {
            paint(index(value, i));
        }
    }

    /// False at the end of the picture.
    bool escape(std::uint32_t what) {
        switch (what) {
            case 0:
                x_ = 0;
                ++row_;
                return true;
            case 1:
                return false;
            case 2:
                x_ = std::min(x_ + static_cast<int>(little_endian(data_, at_, 1)), pixels_.cols);
                row_ += static_cast<int>(little_endian(data_, at_ + 1, 1));
                at_ += 2;
                return true;
            default:
                paint_literal(what);
                return true;
        }
    }

    void paint_literal(std::uint32_t count) {
        const std::size_t size = layout_.compression == rle8 ? count : (count + 1) / 2;
        for (std::uint32_t i = 0; i < count; ++i) {
            const auto place = at_ + (layout_.compression == rle8 ? i : i / 2);
            paint(index(little_endian(data_, place, 1), i));
        }
        at_ += (size + 1) / 2 * 2;
    }

    std::string_view data_;
    const Layout& layout_;
    cv::Mat& pixels_;
    std::size_t at_ = 0;
    int row_ = 0;
    int x_ = 0;
};

}  // namespace

Decoded decode_bmp(std::string_view bytes, const PhotoHeader& header) {
    const auto layout = read_layout(bytes);
    if (!layout) {
        return {{}, "its bits or its packing are not known"};
    }
    if (layout->pixels_at >= bytes.size()) {
        return {{}, "it ends before its pixels"};
    }
    const auto data = bytes.substr(layout->pixels_at);
    const bool packed = layout->compression == rle8 || layout->compression == rle4;
    cv::Mat pixels(header.height, header.width, CV_8UC3, cv::Scalar::all(packed ? 0 : 128));
    const int rows =
        packed ? RunReader(data, *layout, pixels).rows() : read_plain(data, *layout, pixels);
    if (rows == 0) {
        return {{}, "no row of it is whole"};
    }
    return {pixels, rows == header.height ? "" : rows_read("BMP", rows, header.height)};
}

}  // namespace chiptrail::vision
