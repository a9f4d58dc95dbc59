#include "vision/picture_repair.hpp"

#include "vision/photo_blocks.hpp"

#include <algorithm>
#include <cstdint>

namespace chiptrail::vision {

namespace {

using namespace std::string_view_literals;

std::string little_endian_bytes(std::uint64_t value, int size) {
    std::string out;
    for (int i = 0; i < size; ++i) {
        out += static_cast<char>((value >> (8 * static_cast<unsigned>(i))) & 0xFFU);
    }
    return out;
}

std::string riff_chunk(std::string_view type, std::string_view payload) {
    std::string out(type);
    out += little_endian_bytes(payload.size(), 4);
    out += payload;
    if (payload.size() % 2 != 0) {
        out += '\0';
    }
    return out;
}

}  // namespace

std::optional<WebpFrame> first_webp_frame(std::string_view bytes) {
    RiffChunks chunks(bytes.substr(std::min<std::size_t>(12, bytes.size())));
    while (const auto chunk = chunks.next()) {
        constexpr std::size_t kFrameHeader = 16;  // RFC 9649, 2.7.1.1
        if (chunk->type != "ANMF"sv || chunk->payload.size() < kFrameHeader) {
            continue;
        }
        WebpFrame frame;
        frame.x = static_cast<int>(little_endian(chunk->payload, 0, 3)) * 2;
        frame.y = static_cast<int>(little_endian(chunk->payload, 3, 3)) * 2;
        std::string alpha;
        RiffChunks parts(chunk->payload.substr(kFrameHeader));
        while (const auto part = parts.next()) {
            if (part->type == "ALPH"sv) {
                constexpr auto kAlphaFlag = "\x10\0\0\0"sv;
                alpha =
                    riff_chunk("VP8X",
                               std::string(kAlphaFlag) + std::string(chunk->payload.substr(6, 6))) +
                    riff_chunk("ALPH", part->payload);
            } else if (part->type == "VP8 "sv || part->type == "VP8L"sv) {
                frame.bytes =
                    riff_chunk("RIFF", "WEBP" + alpha + riff_chunk(part->type, part->payload));
                return frame;
            }
        }
        return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace chiptrail::vision
