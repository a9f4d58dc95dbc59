// Own reader for a dozen EXIF tags: photos come from strangers, and a metadata library reads far
// more formats than these pages need.
#include "vision/media_boxes.hpp"
#include "vision/photo.hpp"
#include "vision/photo_blocks.hpp"
#include "vision/tiff_directory.hpp"

#include <algorithm>

namespace chiptrail::vision {

namespace {

using namespace std::string_view_literals;

// EXIF 2.32, sections 4.6.3 to 4.6.6.
enum Tag : std::uint16_t {
    kMake = 0x010F,
    kModel = 0x0110,
    kOrientation = 0x0112,
    kSoftware = 0x0131,
    kDateTime = 0x0132,
    kExifDirectory = 0x8769,
    kGpsDirectory = 0x8825,
    kDateTimeOriginal = 0x9003,
    kOffsetTimeOriginal = 0x9011,
    kGpsLatitudeRef = 1,
    kGpsLatitude = 2,
    kGpsLongitudeRef = 3,
    kGpsLongitude = 4,
};

using Directory = TiffBlock::Directory;

std::string text_of(const TiffBlock& block, const Directory& directory, std::uint16_t tag) {
    const auto* entry = directory.find(tag);
    if (entry == nullptr) {
        return {};
    }
    // EXIF says ASCII; whatever else stands there would not be valid UTF-8 for sure.
    std::string text = block.text(*entry);
    std::erase_if(text, [](char c) { return c < ' ' || c > '~'; });
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

Directory sub_directory(const TiffBlock& block, const Directory& parent, std::uint16_t tag) {
    const auto* entry = parent.find(tag);
    const auto offset = entry == nullptr ? std::nullopt : block.integer(*entry);
    return offset ? block.directory(*offset) : Directory{};
}

/// "2021:02:26 12:35:34" becomes "2021-02-26T12:35:34"; empty for anything else.
std::string iso_time(std::string text, const std::string& offset) {
    constexpr auto kPattern = "dddd:dd:dd dd:dd:dd"sv;
    const bool fits = text.size() == kPattern.size() &&
                      std::equal(text.begin(), text.end(), kPattern.begin(), [](char c, char p) {
                          return p == 'd' ? c >= '0' && c <= '9' : c == p;
                      });
    if (!fits || text.starts_with("0000")) {
        return {};
    }
    text[4] = text[7] = '-';
    text[10] = 'T';
    const bool has_offset = offset.size() == 6 && (offset[0] == '+' || offset[0] == '-');
    return has_offset ? text + offset : text;
}

std::optional<double> degrees(const TiffBlock& block,
                              const Directory& gps,
                              std::uint16_t tag,
                              std::uint16_t reference_tag,
                              double limit) {
    const auto* entry = gps.find(tag);
    if (entry == nullptr) {
        return std::nullopt;
    }
    const auto whole = block.rational(*entry, 0);
    const auto minutes = block.rational(*entry, 1);
    if (!whole || !minutes) {
        return std::nullopt;
    }
    const auto seconds = block.rational(*entry, 2).value_or(0);
    const auto value = *whole + *minutes / 60 + seconds / 3600;
    if (value > limit) {
        return std::nullopt;
    }
    const auto reference = text_of(block, gps, reference_tag);
    return reference == "S" || reference == "W" ? -value : value;
}

}  // namespace

std::string_view exif_block(std::string_view bytes) {
    constexpr auto kPrefix = "Exif\0\0"sv;
    switch (sniff_format(bytes)) {
        case ImageFormat::jpeg: {
            JpegSegments segments(bytes);
            while (const auto segment = segments.next()) {
                if (segment->marker == 0xE1 && segment->payload.starts_with(kPrefix)) {
                    return segment->payload.substr(kPrefix.size());
                }
            }
            return {};
        }
        case ImageFormat::png: {
            PngChunks chunks(bytes);
            while (const auto chunk = chunks.next()) {
                if (chunk->type == "eXIf"sv) {
                    return chunk->payload;
                }
            }
            return {};
        }
        case ImageFormat::webp: {
            RiffChunks chunks(bytes.substr(12));
            while (const auto chunk = chunks.next()) {
                if (chunk->type == "EXIF"sv) {
                    const bool prefixed = chunk->payload.starts_with(kPrefix);
                    return chunk->payload.substr(prefixed ? kPrefix.size() : 0);
                }
            }
            return {};
        }
        case ImageFormat::tiff:
            return bytes;
        case ImageFormat::heif:
        case ImageFormat::avif:
            return heif_exif(bytes);
        default:
            return {};
    }
}

int exif_orientation(std::string_view bytes) {
    const auto block = TiffBlock::open(exif_block(bytes));
    if (!block) {
        return 1;
    }
    const auto directory = block->directory(block->first_directory());
    const auto* entry = directory.find(kOrientation);
    const auto value = entry == nullptr ? std::nullopt : block->integer(*entry);
    return value && *value >= 1 && *value <= 8 ? static_cast<int>(*value) : 1;
}

bool Exif::empty() const {
    return *this == Exif{};
}

Exif read_exif(std::string_view bytes) {
    Exif exif;
    const auto block = TiffBlock::open(exif_block(bytes));
    if (!block) {
        return exif;
    }
    const auto main = block->directory(block->first_directory());
    const auto details = sub_directory(*block, main, kExifDirectory);
    const auto gps = sub_directory(*block, main, kGpsDirectory);
    exif.make = text_of(*block, main, kMake);
    exif.model = text_of(*block, main, kModel);
    exif.software = text_of(*block, main, kSoftware);
    exif.taken_at = iso_time(text_of(*block, details, kDateTimeOriginal),
                             text_of(*block, details, kOffsetTimeOriginal));
    if (exif.taken_at.empty()) {
        exif.taken_at = iso_time(text_of(*block, main, kDateTime), {});
    }
    exif.latitude = degrees(*block, gps, kGpsLatitude, kGpsLatitudeRef, 90);
    exif.longitude = degrees(*block, gps, kGpsLongitude, kGpsLongitudeRef, 180);
    return exif;
}

}  // namespace chiptrail::vision
