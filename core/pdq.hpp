#pragma once

// A PDQ hash as a value: what vision/ computes of a picture, storage/ keeps and compares.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chiptrail::core {

/// 256 bits; bit n is bit n % 64 of word n / 64.
struct PdqHash {
    std::array<std::uint64_t, 4> words{};

    /// 64 lower-case hexadecimal digits, bit 255 first, as PDQ hashes are published.
    [[nodiscard]] std::string hex() const;
    /// Accepts exactly 64 hexadecimal digits of either case.
    [[nodiscard]] static std::optional<PdqHash> from_hex(std::string_view text);

    friend bool operator==(const PdqHash&, const PdqHash&) = default;
};

/// How many of the 256 bits differ. Unrelated pictures are about 128 apart, copies up to 31.
[[nodiscard]] int distance(const PdqHash& a, const PdqHash& b);

struct Pdq {
    PdqHash hash;
    int quality = 0;  ///< 0 to 100; below 50 the picture is too plain for its hash to tell it

    /// "pdq:HEX:QUALITY", as the store and exports show it.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] static std::optional<Pdq> from_text(std::string_view text);

    friend bool operator==(const Pdq&, const Pdq&) = default;
};

}  // namespace chiptrail::core
