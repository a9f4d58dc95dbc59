#include "vision/media_boxes.hpp"

#include "vision/photo_blocks.hpp"

#include <algorithm>
#include <vector>

namespace chiptrail::vision {

namespace {

using namespace std::string_view_literals;

constexpr int kMaxBoxes = 4096;
constexpr std::uint32_t kMaxItems = 4096;

std::uint64_t wide(std::string_view bytes, std::size_t at, std::size_t size) {
    if (size <= 4) {
        return big_endian(bytes, at, size);
    }
    return (std::uint64_t{big_endian(bytes, at, size - 4)} << 32U) |
           big_endian(bytes, at + size - 4, 4);
}

std::string_view after(std::string_view bytes, std::size_t count) {
    return bytes.substr(std::min(count, bytes.size()));
}

/// Past version and flags.
std::string_view full_box(std::string_view payload) {
    return after(payload, 4);
}

std::string_view meta_of(std::string_view bytes) {
    return full_box(MediaBoxes::find(bytes, "meta"));
}

/// Reads numbers one after the other; beyond the end they are zero and `good` is false.
struct Numbers {
    std::string_view bytes;
    std::size_t at = 0;
    bool good = true;

    std::uint64_t next(std::size_t size) {
        good = good && at + size <= bytes.size();
        const auto value = wide(bytes, at, size);
        at += size;
        return value;
    }
};

std::uint64_t primary_item(std::string_view meta) {
    const auto box = MediaBoxes::find(meta, "pitm");
    return wide(box, 4, big_endian(box, 0, 1) == 0 ? 2 : 4);
}

/// Numbers of the properties that `item` has, from 1 on; ISO/IEC 23008-12, 9.3.
std::vector<std::size_t> properties_of(std::string_view ipma, std::uint64_t item) {
    const auto version = big_endian(ipma, 0, 1);
    const bool long_index = (big_endian(ipma, 3, 1) & 1U) != 0;
    Numbers numbers{ipma, 4};
    const auto entries = std::min<std::uint64_t>(numbers.next(4), kMaxItems);
    for (std::uint64_t i = 0; i < entries && numbers.good; ++i) {
        const auto owner = numbers.next(version < 1 ? 2 : 4);
        const auto count = numbers.next(1);
        std::vector<std::size_t> found;
        for (std::uint64_t k = 0; k < count && numbers.good; ++k) {
            // The highest bit says whether a reader must understand it.
            const auto index = numbers.next(long_index ? 2 : 1);
            found.push_back(index & (long_index ? 0x7FFFU : 0x7FU));
        }
        if (owner == item) {
            return found;
        }
    }
    return {};
}

void apply_property(const MediaBoxes::Box& property, MediaSize& size) {
    if (property.type == "ispe"sv) {
        size.width = big_endian(property.payload, 4, 4);
        size.height = big_endian(property.payload, 8, 4);
    } else if (property.type == "irot"sv) {
        // Quarter turns against the clock.
        constexpr int kOrientations[] = {1, 8, 3, 6};
        size.orientation = kOrientations[big_endian(property.payload, 0, 1) & 3U];
    }
}

/// Number of the item whose type is Exif; 0 when there is none.
std::uint64_t exif_item(std::string_view meta) {
    const auto infos = MediaBoxes::find(meta, "iinf");
    MediaBoxes entries(after(infos, big_endian(infos, 0, 1) == 0 ? 6 : 8));
    while (const auto entry = entries.next()) {
        const auto version = big_endian(entry->payload, 0, 1);
        const std::size_t id_size = version >= 3 ? 4 : 2;
        if (entry->type == "infe"sv && version >= 2 &&
            after(entry->payload, 6 + id_size).starts_with("Exif"sv)) {
            return wide(entry->payload, 4, id_size);
        }
    }
    return 0;
}

struct Place {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

/// Where an item that lies in one piece of the file is; ISO/IEC 14496-12, 8.11.3.
std::optional<Place> place_of(std::string_view iloc, std::uint64_t item) {
    const auto version = big_endian(iloc, 0, 1);
    Numbers numbers{iloc, 4};
    const auto sizes = numbers.next(2);
    const auto offset_size = std::size_t{sizes >> 12U};
    const auto length_size = std::size_t{(sizes >> 8U) & 0xFU};
    const auto base_size = std::size_t{(sizes >> 4U) & 0xFU};
    const auto index_size = version == 0 ? 0 : std::size_t{sizes & 0xFU};
    if (std::max({offset_size, length_size, base_size, index_size}) > 8) {
        return std::nullopt;
    }
    const auto count = std::min<std::uint64_t>(numbers.next(version < 2 ? 2 : 4), kMaxItems);
    for (std::uint64_t i = 0; i < count && numbers.good; ++i) {
        const auto id = numbers.next(version < 2 ? 2 : 4);
        const auto method = version == 0 ? 0 : numbers.next(2) & 0xFU;
        numbers.next(2);
        const auto base = numbers.next(base_size);
        const auto extents = numbers.next(2);
        Place place;
        for (std::uint64_t k = 0; k < extents && numbers.good; ++k) {
            numbers.next(index_size);
            place.offset = base + numbers.next(offset_size);
            place.length = numbers.next(length_size);
        }
        if (id == item) {
            return numbers.good && method == 0 && extents == 1 ? std::optional(place)
                                                               : std::nullopt;
        }
    }
    return std::nullopt;
}

std::optional<MediaSize> track_size(std::string_view track) {
    const auto media = MediaBoxes::find(track, "mdia");
    if (MediaBoxes::find(media, "hdlr").substr(0, 12).find("vide"sv) == std::string_view::npos) {
        return std::nullopt;
    }
    // 16.16 fixed point at the end, where no version moves them.
    const auto header = MediaBoxes::find(track, "tkhd");
    if (header.size() < 84) {
        return std::nullopt;
    }
    MediaSize size;
    size.width = big_endian(header, header.size() - 8, 2);
    size.height = big_endian(header, header.size() - 4, 2);
    return size;
}

/// One element of Matroska; its size may be unknown, then it goes on to the end.
struct Element {
    std::uint64_t id = 0;
    std::string_view payload;
};

class Elements {
public:
    explicit Elements(std::string_view bytes) : bytes_(bytes) {}

    std::optional<Element> next() {
        if (++walked_ > kMaxBoxes) {
            return std::nullopt;
        }
        const auto id = number(false);
        const auto size = number(true);
        if (!id || !size) {
            return std::nullopt;
        }
        const Element element{*id, bytes_.substr(at_, *size)};
        at_ += element.payload.size();
        return element;
    }

    static std::string_view find(std::string_view bytes, std::uint64_t id) {
        Elements elements(bytes);
        while (const auto element = elements.next()) {
            if (element->id == id) {
                return element->payload;
            }
        }
        return {};
    }

private:
    /// RFC 8794, 4: leading zeros tell the length; sizes are without the marker bit.
    std::optional<std::uint64_t> number(bool without_marker) {
        const auto first = big_endian(bytes_, at_, 1);
        std::size_t length = 1;
        while (length <= 8 && (first & (0x80U >> (length - 1))) == 0) {
            ++length;
        }
        if (length > 8 || at_ + length > bytes_.size()) {
            return std::nullopt;
        }
        auto value = wide(bytes_, at_, length);
        at_ += length;
        if (without_marker) {
            const auto most = (std::uint64_t{1} << (7 * length)) - 1;
            value &= most;
            value = value == most ? bytes_.size() - at_ : value;
        }
        return value;
    }

    std::string_view bytes_;
    std::size_t at_ = 0;
    int walked_ = 0;
};

std::int64_t unsigned_of(std::string_view payload) {
    return payload.empty() || payload.size() > 4
               ? 0
               : static_cast<std::int64_t>(wide(payload, 0, payload.size()));
}

}  // namespace

std::optional<MediaBoxes::Box> MediaBoxes::next() {
    if (++walked_ > kMaxBoxes || at_ > bytes_.size() || bytes_.size() - at_ < 8) {
        return std::nullopt;
    }
    std::uint64_t size = big_endian(bytes_, at_, 4);
    std::size_t header = 8;
    if (size == 1) {
        header = 16;
        size = wide(bytes_, at_ + 8, 8);
    } else if (size == 0) {
        size = bytes_.size() - at_;
    }
    if (size < header || bytes_.size() - at_ < header) {
        return std::nullopt;
    }
    const auto body = std::min<std::uint64_t>(size - header, bytes_.size() - at_ - header);
    const Box box{bytes_.substr(at_ + 4, 4), bytes_.substr(at_ + header, body)};
    at_ += header + body;
    return box;
}

std::string_view MediaBoxes::find(std::string_view bytes, std::string_view type) {
    MediaBoxes boxes(bytes);
    while (const auto box = boxes.next()) {
        if (box->type == type) {
            return box->payload;
        }
    }
    return {};
}

std::optional<MediaSize> heif_size(std::string_view bytes) {
    const auto meta = meta_of(bytes);
    const auto properties = MediaBoxes::find(meta, "iprp");
    const auto wanted = properties_of(MediaBoxes::find(properties, "ipma"), primary_item(meta));
    MediaSize size;
    MediaBoxes boxes(MediaBoxes::find(properties, "ipco"));
    for (std::size_t number = 1;; ++number) {
        const auto property = boxes.next();
        if (!property) {
            break;
        }
        if (std::find(wanted.begin(), wanted.end(), number) != wanted.end()) {
            apply_property(*property, size);
        }
    }
    return size.width > 0 && size.height > 0 ? std::optional(size) : std::nullopt;
}

std::string_view heif_exif(std::string_view bytes) {
    const auto meta = meta_of(bytes);
    const auto item = exif_item(meta);
    const auto place = item == 0 ? std::nullopt : place_of(MediaBoxes::find(meta, "iloc"), item);
    if (!place || place->offset > bytes.size()) {
        return {};
    }
    const auto block = bytes.substr(place->offset, place->length);
    return after(block, std::size_t{4} + big_endian(block, 0, 4));
}

std::optional<MediaSize> mp4_size(std::string_view bytes) {
    MediaBoxes boxes(MediaBoxes::find(bytes, "moov"));
    while (const auto box = boxes.next()) {
        if (box->type == "trak"sv) {
            if (const auto size = track_size(box->payload)) {
                return size;
            }
        }
    }
    return std::nullopt;
}

std::optional<MediaSize> webm_size(std::string_view bytes) {
    // Segment, Tracks, TrackEntry, Video, PixelWidth, PixelHeight.
    Elements entries(Elements::find(Elements::find(bytes, 0x18538067), 0x1654AE6B));
    while (const auto entry = entries.next()) {
        const auto video = Elements::find(entry->payload, 0xE0);
        if (entry->id == 0xAE && !video.empty()) {
            MediaSize size;
            size.width = unsigned_of(Elements::find(video, 0xB0));
            size.height = unsigned_of(Elements::find(video, 0xBA));
            return size;
        }
    }
    return std::nullopt;
}

}  // namespace chiptrail::vision
