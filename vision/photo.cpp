#include "vision/photo.hpp"

#include "vision/media_boxes.hpp"
#include "vision/photo_blocks.hpp"
#include "vision/tiff_directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>

namespace chiptrail::vision {

using core::fail;
using core::Failure;
using core::Result;

namespace {

using namespace std::string_view_literals;

struct Name {
    ImageFormat format;
    std::string_view text;
    std::string_view media_type;
};

constexpr std::array kNames{
    Name{ImageFormat::unknown, "unknown", "application/octet-stream"},
    Name{ImageFormat::jpeg, "jpeg", "image/jpeg"},
    Name{ImageFormat::png, "png", "image/png"},
    Name{ImageFormat::webp, "webp", "image/webp"},
    Name{ImageFormat::bmp, "bmp", "image/bmp"},
    Name{ImageFormat::tiff, "tiff", "image/tiff"},
    Name{ImageFormat::gif, "gif", "image/gif"},
    Name{ImageFormat::heif, "heif", "image/heif"},
    Name{ImageFormat::avif, "avif", "image/avif"},
    Name{ImageFormat::svg, "svg", "image/svg+xml"},
    Name{ImageFormat::mp4, "mp4", "video/mp4"},
    Name{ImageFormat::webm, "webm", "video/webm"},
};

const Name& name_of(ImageFormat format) {
    return *std::find_if(
        kNames.begin(), kNames.end(), [format](const Name& name) { return name.format == format; });
}

bool starts_with_svg(std::string_view bytes) {
    const auto start = bytes.substr(0, 1000);
    return start.find("<svg"sv) != std::string_view::npos && start.find('<') < 16;
}

/// ISO base media: "ftyp" at 4, a brand at 8, brands it is compatible with from 16 on.
ImageFormat sniff_base_media(std::string_view bytes) {
    if (bytes.substr(4, 4) != "ftyp"sv) {
        return ImageFormat::unknown;
    }
    const auto brand = bytes.substr(8, 4);
    if (brand == "avif"sv || brand == "avis"sv) {
        return ImageFormat::avif;
    }
    if (brand == "mif1"sv || brand == "msf1"sv) {
        // Any picture; the others say which.
        const auto others = bytes.substr(0, std::min(big_endian(bytes, 0, 4), 64U));
        return others.find("avif"sv) == std::string_view::npos ? ImageFormat::heif
                                                               : ImageFormat::avif;
    }
    for (const auto known : {"heic"sv, "heix"sv, "hevc"sv, "hevx"sv, "heim"sv, "heis"sv}) {
        if (brand == known) {
            return ImageFormat::heif;
        }
    }
    for (const auto known : {"iso"sv,
                             "mp4"sv,
                             "avc1"sv,
                             "M4V"sv,
                             "qt  "sv,
                             "3gp"sv,
                             "3g2"sv,
                             "MSNV"sv,
                             "dash"sv,
                             "cmf"sv,
                             "f4v"sv}) {
        if (brand.starts_with(known)) {
            return ImageFormat::mp4;
        }
    }
    return ImageFormat::unknown;
}

Result<PhotoHeader> damaged(ImageFormat format, std::string_view what) {
    return fail(Failure::Kind::bad_input,
                fmt::format("the {} header is damaged: {}", to_text(format), what));
}

Result<PhotoHeader> sized(ImageFormat format,
                          std::int64_t width,
                          std::int64_t height,
                          int frames = 1) {
    if (width <= 0 || height <= 0) {
        return damaged(format, fmt::format("its size is {}x{}", width, height));
    }
    // Sizes over any limit are clamped here and refused by name in check_limits.
    constexpr std::int64_t kMost = 2'000'000'000;
    PhotoHeader header;
    header.format = format;
    header.width = static_cast<int>(std::min(width, kMost));
    header.height = static_cast<int>(std::min(height, kMost));
    header.frames = frames;
    return header;
}

bool is_start_of_frame(int marker) {
    // ITU-T T.81, table B.1: C0 to CF without DHT, JPG and DAC.
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

Result<PhotoHeader> read_jpeg(std::string_view bytes) {
    JpegSegments segments(bytes);
    while (const auto segment = segments.next()) {
        if (is_start_of_frame(segment->marker)) {
            if (segment->payload.size() < 6) {
                break;
            }
            return sized(ImageFormat::jpeg,
                         big_endian(segment->payload, 3, 2),
                         big_endian(segment->payload, 1, 2));
        }
    }
    return damaged(ImageFormat::jpeg, "no frame before the data ends");
}

Result<PhotoHeader> read_png(std::string_view bytes) {
    PngChunks chunks(bytes);
    const auto first = chunks.next();
    if (!first || first->type != "IHDR"sv || first->payload.size() < 13) {
        return damaged(ImageFormat::png, "it does not start with IHDR");
    }
    int frames = 1;
    while (const auto chunk = chunks.next()) {
        if (chunk->type == "IDAT"sv) {
            break;
        }
        if (chunk->type == "acTL"sv && chunk->payload.size() >= 4) {
            frames = static_cast<int>(std::min<std::uint32_t>(
                std::max<std::uint32_t>(big_endian(chunk->payload, 0, 4), 1), 1'000'000));
        }
    }
    return sized(ImageFormat::png,
                 big_endian(first->payload, 0, 4),
                 big_endian(first->payload, 4, 4),
                 frames);
}

/// Size inside a VP8 or VP8L chunk; RFC 6386, 9.1 and RFC 9649, 3.4.
std::optional<std::array<std::uint32_t, 2>> webp_frame_size(const RiffChunks::Chunk& chunk) {
    if (chunk.type == "VP8 "sv && chunk.payload.size() >= 10 &&
        chunk.payload.substr(3, 3) == "\x9d\x01\x2a"sv) {
        return {{little_endian(chunk.payload, 6, 2) & 0x3FFFU,
                 little_endian(chunk.payload, 8, 2) & 0x3FFFU}};
    }
    if (chunk.type == "VP8L"sv && chunk.payload.size() >= 5 && chunk.payload[0] == '\x2f') {
        const auto bits = little_endian(chunk.payload, 1, 4);
        return {{(bits & 0x3FFFU) + 1, ((bits >> 14U) & 0x3FFFU) + 1}};
    }
    return std::nullopt;
}

Result<PhotoHeader> read_webp(std::string_view bytes, int max_frames) {
    RiffChunks chunks(bytes.substr(12));
    std::optional<std::array<std::uint32_t, 2>> size;
    int frames = 0;
    while (const auto chunk = chunks.next()) {
        if (chunk->type == "VP8X"sv && !size && chunk->payload.size() >= 10) {
            size = {
                {little_endian(chunk->payload, 4, 3) + 1, little_endian(chunk->payload, 7, 3) + 1}};
        } else if (chunk->type == "ANMF"sv && ++frames > max_frames) {
            break;
        } else if (!size) {
            size = webp_frame_size(*chunk);
        }
    }
    if (!size) {
        return damaged(ImageFormat::webp, "no frame");
    }
    return sized(ImageFormat::webp, (*size)[0], (*size)[1], std::max(frames, 1));
}

Result<PhotoHeader> read_gif(std::string_view bytes, int max_frames) {
    if (bytes.size() < 13) {
        return damaged(ImageFormat::gif, "it ends too early");
    }
    return sized(ImageFormat::gif,
                 little_endian(bytes, 6, 2),
                 little_endian(bytes, 8, 2),
                 count_gif_frames(bytes, max_frames));
}

Result<PhotoHeader> read_bmp(std::string_view bytes) {
    if (bytes.size() < 26) {
        return damaged(ImageFormat::bmp, "it ends too early");
    }
    if (little_endian(bytes, 14, 4) == 12) {
        return sized(ImageFormat::bmp, little_endian(bytes, 18, 2), little_endian(bytes, 20, 2));
    }
    const auto width = static_cast<std::int32_t>(little_endian(bytes, 18, 4));
    const auto height = static_cast<std::int32_t>(little_endian(bytes, 22, 4));
    // A negative height says that the rows run from the top.
    return sized(ImageFormat::bmp, width, std::abs(std::int64_t{height}));
}

Result<PhotoHeader> read_tiff(std::string_view bytes, int max_frames) {
    const auto block = TiffBlock::open(bytes);
    if (!block) {
        return damaged(ImageFormat::tiff, "it ends too early");
    }
    constexpr std::uint16_t kWidth = 256;
    constexpr std::uint16_t kHeight = 257;
    std::int64_t width = 0;
    std::int64_t height = 0;
    const auto first = block->directory(block->first_directory());
    // Of doubled tags the largest counts, whichever a decoder would take.
    for (const auto& entry : first.entries) {
        const auto value = std::int64_t{block->integer(entry).value_or(0)};
        if (entry.tag == kWidth) {
            width = std::max(width, value);
        } else if (entry.tag == kHeight) {
            height = std::max(height, value);
        }
    }
    int frames = 1;
    std::set<std::uint32_t> seen{block->first_directory()};
    for (auto next = first.next; next != 0 && seen.insert(next).second && frames <= max_frames;
         next = block->directory(next).next) {
        ++frames;
    }
    return sized(ImageFormat::tiff, width, height, frames);
}

Result<PhotoHeader> read_media(ImageFormat format, const std::optional<MediaSize>& size) {
    if (!size) {
        return damaged(format, "it does not say the size of its picture");
    }
    auto header = sized(format, size->width, size->height);
    if (header) {
        header->orientation = size->orientation;
    }
    return header;
}

Result<PhotoHeader> read_by_format(std::string_view bytes, int max_frames) {
    const auto format = sniff_format(bytes);
    switch (format) {
        case ImageFormat::jpeg:
            return read_jpeg(bytes);
        case ImageFormat::png:
            return read_png(bytes);
        case ImageFormat::webp:
            return read_webp(bytes, max_frames);
        case ImageFormat::gif:
            return read_gif(bytes, max_frames);
        case ImageFormat::bmp:
            return read_bmp(bytes);
        case ImageFormat::tiff:
            return read_tiff(bytes, max_frames);
        case ImageFormat::heif:
        case ImageFormat::avif:
            return read_media(format, heif_size(bytes));
        case ImageFormat::mp4:
            return read_media(format, mp4_size(bytes));
        case ImageFormat::webm:
            return read_media(format, webm_size(bytes));
        case ImageFormat::svg:
            return fail(Failure::Kind::bad_input,
                        "the format svg is not supported: it is drawn, not photographed");
        case ImageFormat::unknown:
            break;
    }
    return fail(Failure::Kind::bad_input,
                bytes.empty() ? "there are no bytes" : "the bytes are no picture known here");
}

std::optional<Failure> check_limits(const PhotoHeader& header, const DecodeLimits& limits) {
    const auto pixels = std::int64_t{header.width} * header.height;
    if (header.width > limits.max_side || header.height > limits.max_side) {
        return Failure{Failure::Kind::too_large,
                       fmt::format("the picture says it is {}x{} pixels; the limit is {} a side",
                                   header.width,
                                   header.height,
                                   limits.max_side)};
    }
    if (pixels > limits.max_pixels) {
        return Failure{Failure::Kind::too_large,
                       fmt::format("the picture says it is {}x{} pixels; the limit is {} in all",
                                   header.width,
                                   header.height,
                                   limits.max_pixels)};
    }
    if (header.frames > limits.max_frames) {
        return Failure{Failure::Kind::too_large,
                       fmt::format("the picture has more than {} frames", limits.max_frames)};
    }
    return std::nullopt;
}

}  // namespace

std::string_view to_text(ImageFormat format) {
    return name_of(format).text;
}

std::string_view media_type(ImageFormat format) {
    return name_of(format).media_type;
}

ImageFormat sniff_format(std::string_view bytes) {
    struct Magic {
        std::string_view start;
        ImageFormat format;
    };
    static constexpr std::array kMagic{
        Magic{"\xFF\xD8\xFF"sv, ImageFormat::jpeg},
        Magic{"\x89PNG\r\n\x1A\n"sv, ImageFormat::png},
        Magic{"GIF87a"sv, ImageFormat::gif},
        Magic{"GIF89a"sv, ImageFormat::gif},
        Magic{"BM"sv, ImageFormat::bmp},
        Magic{"II*\0"sv, ImageFormat::tiff},
        Magic{"MM\0*"sv, ImageFormat::tiff},
        Magic{"\x1A\x45\xDF\xA3"sv, ImageFormat::webm},
    };
    for (const auto& magic : kMagic) {
        if (bytes.substr(0, magic.start.size()) == magic.start) {
            return magic.format;
        }
    }
    if (bytes.size() < 12) {
        return ImageFormat::unknown;
    }
    if (bytes.substr(0, 4) == "RIFF"sv && bytes.substr(8, 4) == "WEBP"sv) {
        return ImageFormat::webp;
    }
    return starts_with_svg(bytes) ? ImageFormat::svg : sniff_base_media(bytes);
}

Result<PhotoHeader> read_photo_header(std::string_view bytes, const DecodeLimits& limits) {
    if (bytes.size() > limits.max_bytes) {
        return fail(
            Failure::Kind::too_large,
            fmt::format("the file has {} bytes; the limit is {}", bytes.size(), limits.max_bytes));
    }
    auto header = read_by_format(bytes, limits.max_frames);
    if (!header) {
        return header;
    }
    if (auto failure = check_limits(*header, limits)) {
        return tl::unexpected<Failure>(std::move(*failure));
    }
    // HEIF and videos say it in their own way, which wins over EXIF.
    if (header->format < ImageFormat::heif) {
        header->orientation = exif_orientation(bytes);
    }
    return header;
}

}  // namespace chiptrail::vision
