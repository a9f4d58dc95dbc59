#pragma once

// Reads TIFF directories, which TIFF files and EXIF blocks share. Every offset comes from a
// stranger: what points outside the block reads as absent.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::vision {

class TiffBlock {
public:
    struct Entry {
        std::uint16_t tag = 0;
        std::uint16_t type = 0;
        std::uint32_t count = 0;
        std::size_t value = 0;  ///< where the value or its first element lies in the block
    };
    struct Directory {
        std::vector<Entry> entries;
        std::uint32_t next = 0;  ///< offset of the next directory; 0 when there is none

        [[nodiscard]] const Entry* find(std::uint16_t tag) const;
    };

    /// nullopt unless `bytes` starts with a TIFF header. Keeps a view of `bytes`.
    [[nodiscard]] static std::optional<TiffBlock> open(std::string_view bytes);

    [[nodiscard]] std::uint32_t first_directory() const {
        return first_;
    }
    /// At most 512 entries are read; an offset outside the block gives none.
    [[nodiscard]] Directory directory(std::uint32_t offset) const;

    /// BYTE, SHORT and LONG; nullopt for other types.
    [[nodiscard]] std::optional<std::uint32_t> integer(const Entry& entry) const;
    /// The `index`th RATIONAL; nullopt for other types and a zero denominator.
    [[nodiscard]] std::optional<double> rational(const Entry& entry, std::uint32_t index) const;
    /// ASCII up to its NUL, at most 200 bytes; empty for other types.
    [[nodiscard]] std::string text(const Entry& entry) const;

private:
    TiffBlock(std::string_view bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}
    [[nodiscard]] std::uint32_t number(std::size_t offset, std::size_t size) const;

    std::string_view bytes_;
    bool big_endian_ = false;
    std::uint32_t first_ = 0;
};

}  // namespace chiptrail::vision
