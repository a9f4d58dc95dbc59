#include "vision/picture_repair.hpp"

#include "vision/photo_blocks.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>

namespace chiptrail::vision {

namespace {

using namespace std::string_view_literals;

// Adam7; PNG, section 8.2: first column, first row, column step, row step.
struct Pass {
    std::uint32_t x;
    std::uint32_t y;
    std::uint32_t dx;
    std::uint32_t dy;
};
constexpr std::array kAdam7{Pass{0, 0, 8, 8},
                            Pass{4, 0, 8, 8},
                            Pass{0, 4, 4, 8},
                            Pass{2, 0, 4, 4},
                            Pass{0, 2, 2, 4},
                            Pass{1, 0, 2, 2},
                            Pass{0, 1, 1, 2}};

/// Bytes of the unpacked pixel data, filter bytes included; 0 for a colour type that is none.
std::uint64_t raw_size(std::string_view header) {
    const std::uint64_t width = big_endian(header, 0, 4);
    const std::uint64_t height = big_endian(header, 4, 4);
    const auto depth = big_endian(header, 8, 1);
    constexpr std::array<std::uint32_t, 7> kChannels{1, 0, 3, 1, 2, 0, 4};
    const auto color = big_endian(header, 9, 1);
    const std::uint64_t bits = color < kChannels.size() ? kChannels[color] * depth : 0;
    const auto size = [bits](std::uint64_t columns, std::uint64_t rows) {
        return columns == 0 ? 0 : rows * (1 + (columns * bits + 7) / 8);
    };
    if (bits == 0) {
        return 0;
    }
    if (big_endian(header, 12, 1) == 0) {
        return size(width, height);
    }
    std::uint64_t total = 0;
    for (const auto& pass : kAdam7) {
        if (width > pass.x && height > pass.y) {
            total += size((width - pass.x + pass.dx - 1) / pass.dx,
                          (height - pass.y + pass.dy - 1) / pass.dy);
        }
    }
    return total;
}

/// As much of `packed` as can be unpacked into `room` bytes.
std::string unpack(const std::string& packed, std::uint64_t room) {
    std::string out(room, '\0');
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK) {
        return {};
    }
    // zlib takes unsigned char and never writes through next_in.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(room);
    inflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

std::string pack(const std::string& raw) {
    auto size = compressBound(raw.size());
    std::string out(size, '\0');
    if (compress2(reinterpret_cast<Bytef*>(out.data()),
                  &size,
                  reinterpret_cast<const Bytef*>(raw.data()),
                  raw.size(),
                  1) != Z_OK) {
        return {};
    }
    out.resize(size);
    return out;
}

std::string big_endian_bytes(std::uint64_t value) {
    std::string out;
    for (unsigned shift = 32; shift != 0;) {
        shift -= 8;
        out += static_cast<char>((value >> shift) & 0xFFU);
    }
    return out;
}

std::string little_endian_bytes(std::uint64_t value) {
    auto out = big_endian_bytes(value);
    std::reverse(out.begin(), out.end());
    return out;
}

std::string png_chunk(std::string_view type, std::string_view payload) {
    std::string body(type);
    body += payload;
    const auto crc =
        crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
    return big_endian_bytes(payload.size()) + body + big_endian_bytes(crc);
}

std::string riff_chunk(std::string_view type, std::string_view payload) {
    std::string out(type);
    out += little_endian_bytes(payload.size());
    out += payload;
    if (payload.size() % 2 != 0) {
        out += '\0';
    }
    return out;
}

}  // namespace

std::optional<Repaired> complete_jpeg(std::string_view bytes) {
    constexpr auto kEnd = "\xFF\xD9"sv;
    // Cameras and editors put a little of their own behind the end marker.
    constexpr std::size_t kTail = 64 * 1024;
    const auto tail = bytes.substr(bytes.size() - std::min(bytes.size(), kTail));
    if (tail.find(kEnd) != std::string_view::npos) {
        return std::nullopt;
    }
    std::string whole(bytes);
    whole += kEnd;
    return Repaired{std::move(whole), "the JPEG is cut short: its end marker is missing"};
}

std::optional<Repaired> complete_png(std::string_view bytes, std::uint64_t max_bytes) {
    PngChunks chunks(bytes);
    std::string head(bytes.substr(0, 8));
    std::string packed;
    std::uint64_t expected = 0;
    while (const auto chunk = chunks.next()) {
        if (chunk->type == "IDAT"sv) {
            packed += chunk->payload;
        } else if (chunk->complete && (chunk->type == "IHDR"sv || chunk->type == "PLTE"sv ||
                                       chunk->type == "tRNS"sv || chunk->type == "gAMA"sv)) {
            head += png_chunk(chunk->type, chunk->payload);
            expected = chunk->type == "IHDR"sv ? raw_size(chunk->payload) : expected;
        }
    }
    if (expected == 0 || expected > max_bytes || packed.empty()) {
        return std::nullopt;
    }
    auto raw = unpack(packed, expected);
    if (raw.empty()) {
        return std::nullopt;
    }
    const auto percent = raw.size() * 100 / expected;
    raw.resize(expected, '\0');
    return Repaired{
        head + png_chunk("IDAT", pack(raw)) + png_chunk("IEND", {}),
        percent == 100
            ? std::string("the PNG is damaged: a check sum or its end is wrong")
            : fmt::format("the PNG is cut short or damaged: {} % of it could be read", percent)};
}

std::optional<std::string> first_webp_frame(std::string_view bytes) {
    RiffChunks chunks(bytes.substr(std::min<std::size_t>(12, bytes.size())));
    while (const auto chunk = chunks.next()) {
        constexpr std::size_t kFrameHeader = 16;  // RFC 9649, 2.7.1.1
        if (chunk->type != "ANMF"sv || chunk->payload.size() < kFrameHeader) {
            continue;
        }
        RiffChunks parts(chunk->payload.substr(kFrameHeader));
        while (const auto part = parts.next()) {
            if (part->type == "VP8 "sv || part->type == "VP8L"sv) {
                const auto body = "WEBP" + riff_chunk(part->type, part->payload);
                return riff_chunk("RIFF", body);
            }
        }
        return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace chiptrail::vision
