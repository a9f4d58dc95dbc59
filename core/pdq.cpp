#include "core/pdq.hpp"

#include <fmt/format.h>

#include <bit>
#include <charconv>

namespace chiptrail::core {

namespace {

constexpr std::string_view kPrefix = "pdq:";
constexpr std::size_t kDigits = 64;
constexpr std::size_t kDigitsPerWord = 16;

}  // namespace

std::string PdqHash::hex() const {
    return fmt::format("{:016x}{:016x}{:016x}{:016x}", words[3], words[2], words[1], words[0]);
}

std::optional<PdqHash> PdqHash::from_hex(std::string_view text) {
    if (text.size() != kDigits) {
        return std::nullopt;
    }
    PdqHash hash;
    for (std::size_t word = 0; word < hash.words.size(); ++word) {
        const auto part = text.substr((3 - word) * kDigitsPerWord, kDigitsPerWord);
        const auto* const end = part.data() + part.size();
        const auto [stopped, error] =
            std::from_chars(part.data(), end, hash.words.at(word), kDigitsPerWord);
        if (error != std::errc() || stopped != end) {
            return std::nullopt;
        }
    }
    return hash;
}

int distance(const PdqHash& a, const PdqHash& b) {
    int bits = 0;
    for (std::size_t word = 0; word < a.words.size(); ++word) {
        bits += std::popcount(a.words.at(word) ^ b.words.at(word));
    }
    return bits;
}

std::string Pdq::text() const {
    return fmt::format("{}{}:{}", kPrefix, hash.hex(), quality);
}

std::optional<Pdq> Pdq::from_text(std::string_view text) {
    constexpr std::size_t kQualityAt = kPrefix.size() + kDigits + 1;
    if (!text.starts_with(kPrefix) || text.size() <= kQualityAt || text[kQualityAt - 1] != ':') {
        return std::nullopt;
    }
    const auto hash = PdqHash::from_hex(text.substr(kPrefix.size(), kDigits));
    Pdq pdq;
    const auto number = text.substr(kQualityAt);
    const auto* const end = number.data() + number.size();
    const auto [stopped, error] = std::from_chars(number.data(), end, pdq.quality);
    if (!hash || error != std::errc() || stopped != end || pdq.quality < 0 || pdq.quality > 100) {
        return std::nullopt;
    }
    pdq.hash = *hash;
    return pdq;
}

}  // namespace chiptrail::core
