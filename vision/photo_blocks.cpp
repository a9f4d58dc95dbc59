#include "vision/photo_blocks.hpp"

#include <algorithm>

namespace chiptrail::vision {

namespace {

using namespace std::string_view_literals;

constexpr int kStartOfScan = 0xDA;
constexpr int kEndOfImage = 0xD9;

bool stands_alone(int marker) {
    // TEM and RST0 to RST7 carry no length; ITU-T T.81, B.1.1.3.
    return marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7);
}

/// Past a chain of GIF sub-blocks; npos when the data ends inside it.
std::size_t skip_sub_blocks(std::string_view bytes, std::size_t at) {
    while (at < bytes.size()) {
        const auto size = static_cast<unsigned char>(bytes[at]);
        at += 1U + size;
        if (size == 0) {
            return at;
        }
    }
    return std::string_view::npos;
}

std::size_t color_table_size(std::string_view bytes, std::size_t flags_at) {
    if (flags_at >= bytes.size()) {
        return 0;
    }
    const auto flags = static_cast<unsigned char>(bytes[flags_at]);
    return (flags & 0x80U) != 0 ? std::size_t{3} << ((flags & 0x07U) + 1U) : 0;
}

}  // namespace

std::uint32_t big_endian(std::string_view bytes, std::size_t offset, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t i = offset; i < offset + size; ++i) {
        value = (value << 8U) | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
    }
    return value;
}

std::uint32_t little_endian(std::string_view bytes, std::size_t offset, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t i = offset + size; i-- > offset;) {
        value = (value << 8U) | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
    }
    return value;
}

std::optional<JpegSegments::Segment> JpegSegments::next() {
    while (at_ + 4 <= bytes_.size()) {
        if (bytes_[at_] != '\xFF') {
            return std::nullopt;
        }
        const int marker = static_cast<unsigned char>(bytes_[at_ + 1]);
        if (marker == 0xFF) {  // Fill bytes may precede a marker.
            ++at_;
            continue;
        }
        if (marker == kStartOfScan || marker == kEndOfImage) {
            return std::nullopt;
        }
        if (stands_alone(marker)) {
            at_ += 2;
            continue;
        }
        const auto length = big_endian(bytes_, at_ + 2, 2);
        if (length < 2) {
            return std::nullopt;
        }
        const auto payload = bytes_.substr(at_ + 4, length - 2);
        at_ += 2 + std::size_t{length};
        return Segment{marker, payload};
    }
    return std::nullopt;
}

std::optional<PngChunks::Chunk> PngChunks::next() {
    if (at_ + 8 > bytes_.size()) {
        return std::nullopt;
    }
    const std::size_t length = big_endian(bytes_, at_, 4);
    Chunk chunk{bytes_.substr(at_ + 4, 4), bytes_.substr(at_ + 8, length), true};
    chunk.complete = chunk.payload.size() == length;
    at_ += 12 + length;
    return chunk;
}

std::optional<RiffChunks::Chunk> RiffChunks::next() {
    if (at_ + 8 > bytes_.size()) {
        return std::nullopt;
    }
    const std::size_t length = little_endian(bytes_, at_ + 4, 4);
    const Chunk chunk{bytes_.substr(at_, 4), bytes_.substr(at_ + 8, length)};
    at_ += 8 + length + length % 2;
    return chunk;
}

int count_gif_frames(std::string_view bytes, int max_frames) {
    constexpr std::size_t kScreenDescriptor = 13;
    auto at = kScreenDescriptor + color_table_size(bytes, 10);
    int frames = 0;
    while (at < bytes.size() && frames <= max_frames) {
        if (bytes[at] == '\x21') {
            at = skip_sub_blocks(bytes, at + 2);
        } else if (bytes[at] == '\x2C') {
            ++frames;
            at = skip_sub_blocks(bytes, at + 11 + color_table_size(bytes, at + 9));
        } else {
            break;
        }
    }
    return std::max(frames, 1);
}

}  // namespace chiptrail::vision
