#include "vision/tiff_directory.hpp"

#include <algorithm>
#include <array>

namespace chiptrail::vision {

namespace {

constexpr std::uint32_t kMaxEntries = 512;
constexpr std::uint32_t kMaxText = 200;

// TIFF 6.0, section 2: sizes of the field types 1 to 12.
constexpr std::array<std::uint32_t, 13> kTypeSizes{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8};
constexpr std::uint16_t kByte = 1;
constexpr std::uint16_t kAscii = 2;
constexpr std::uint16_t kShort = 3;
constexpr std::uint16_t kLong = 4;
constexpr std::uint16_t kRational = 5;
constexpr std::size_t kEntrySize = 12;

}  // namespace

const TiffBlock::Entry* TiffBlock::Directory::find(std::uint16_t tag) const {
    const auto found = std::find_if(
        entries.begin(), entries.end(), [tag](const Entry& entry) { return entry.tag == tag; });
    return found == entries.end() ? nullptr : &*found;
}

std::optional<TiffBlock> TiffBlock::open(std::string_view bytes) {
    using namespace std::string_view_literals;
    const auto start = bytes.substr(0, 4);
    const bool little = start == "II*\0"sv;
    const bool big = start == "MM\0*"sv;
    if ((!little && !big) || bytes.size() < 8) {
        return std::nullopt;
    }
    TiffBlock block(bytes, big);
    block.first_ = block.number(4, 4);
    return block;
}

std::uint32_t TiffBlock::number(std::size_t offset, std::size_t size) const {
    if (offset > bytes_.size() || bytes_.size() - offset < size) {
        return 0;
    }
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
        const auto at = offset + (big_endian_ ? i : size - 1 - i);
        value = (value << 8U) | static_cast<unsigned char>(bytes_[at]);
    }
    return value;
}

TiffBlock::Directory TiffBlock::directory(std::uint32_t offset) const {
    Directory result;
    const auto count = std::min(number(offset, 2), kMaxEntries);
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::size_t at = offset + 2 + std::size_t{i} * kEntrySize;
        if (at + kEntrySize > bytes_.size()) {
            return result;
        }
        Entry entry;
        entry.tag = static_cast<std::uint16_t>(number(at, 2));
        entry.type = static_cast<std::uint16_t>(number(at + 2, 2));
        entry.count = number(at + 4, 4);
        if (entry.type == 0 || entry.type >= kTypeSizes.size()) {
            continue;
        }
        const auto size = std::uint64_t{kTypeSizes[entry.type]} * entry.count;
        entry.value = size <= 4 ? at + 8 : number(at + 8, 4);
        if (entry.value + size <= bytes_.size()) {
            result.entries.push_back(entry);
        }
    }
    result.next = number(offset + std::size_t{2} + std::size_t{count} * kEntrySize, 4);
    return result;
}

std::optional<std::uint32_t> TiffBlock::integer(const Entry& entry) const {
    if (entry.count == 0 || (entry.type != kByte && entry.type != kShort && entry.type != kLong)) {
        return std::nullopt;
    }
    return number(entry.value, kTypeSizes[entry.type]);
}

std::optional<double> TiffBlock::rational(const Entry& entry, std::uint32_t index) const {
    if (entry.type != kRational || index >= entry.count) {
        return std::nullopt;
    }
    const auto at = entry.value + std::size_t{index} * 8;
    const auto denominator = number(at + 4, 4);
    if (denominator == 0) {
        return std::nullopt;
    }
    return static_cast<double>(number(at, 4)) / denominator;
}

std::string TiffBlock::text(const Entry& entry) const {
    if (entry.type != kAscii) {
        return {};
    }
    const auto raw = bytes_.substr(entry.value, std::min(entry.count, kMaxText));
    return std::string(raw.substr(0, raw.find('\0')));
}

}  // namespace chiptrail::vision
