#include "core/unicode.hpp"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>

#include <array>
#include <cstdint>

namespace chiptrail::core {

namespace {

constexpr char32_t kReplacement = 0xFFFD;

/// Sequences beyond these sizes do not come out of one code point (U+FDFA gives 18 units).
using Units = std::array<UChar, 64>;

/// The code point at `at`, which moves on by one byte where the bytes are no UTF-8.
char32_t next_code_point(std::string_view bytes, std::size_t& at) {
    const auto byte = [&](std::size_t i) -> char32_t {
        return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0;
    };
    const char32_t lead = byte(at);
    std::size_t more = 0;
    char32_t c = lead;
    if (lead >= 0xC2 && lead < 0xE0) {
        more = 1;
        c = lead & 0x1FU;
    } else if (lead >= 0xE0 && lead < 0xF0) {
        more = 2;
        c = lead & 0x0FU;
    } else if (lead >= 0xF0 && lead < 0xF5) {
        more = 3;
        c = lead & 0x07U;
    }
    for (std::size_t i = 1; i <= more; ++i) {
        const char32_t next = byte(at + i);
        c = (next & 0xC0U) == 0x80 ? (c << 6U) | (next & 0x3FU) : 0x110000;
    }
    const bool surrogate = c >= 0xD800 && c < 0xE000;
    const bool overlong = (more == 2 && c < 0x800) || (more == 3 && c < 0x10000);
    const bool stray = more == 0 && lead >= 0x80;
    if (surrogate || overlong || stray || c > 0x10FFFF) {
        ++at;
        return kReplacement;
    }
    at += more + 1;
    return c;
}

/// ICU gives well-formed UTF-16; its macros do not pass our warnings about signs.
std::u32string decode_utf16(const Units& units, int count) {
    std::u32string text;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
        const char32_t unit = units[i];
        const bool leads = unit >= 0xD800 && unit < 0xDC00;
        text.push_back(leads ? 0x10000 + ((unit - 0xD800) << 10U) + (units[++i] - 0xDC00U) : unit);
    }
    return text;
}

std::u16string encode_utf16(char32_t c) {
    if (c < 0x10000) {
        return {static_cast<char16_t>(c)};
    }
    return {static_cast<char16_t>(0xD800 + ((c - 0x10000) >> 10U)),
            static_cast<char16_t>(0xDC00 + ((c - 0x10000) & 0x3FFU))};
}

bool is_mark(UChar32 c) {
    return u_charType(c) == U_NON_SPACING_MARK || u_charType(c) == U_ENCLOSING_MARK;
}

/// Appends `c` without its accents. Hangul stays whole: its parts are letters, not accents.
void append_bare(UChar32 c, std::u32string& out) {
    UErrorCode status = U_ZERO_ERROR;
    const auto* nfd = unorm2_getNFDInstance(&status);
    Units units{};
    const int count = unorm2_getDecomposition(
        nfd, c, units.data(), static_cast<std::int32_t>(units.size()), &status);
    if (U_FAILURE(status) != 0 || count < 0 || is_ideographic(static_cast<char32_t>(c))) {
        if (!is_mark(c)) {
            out.push_back(static_cast<char32_t>(c));
        }
        return;
    }
    for (const char32_t part : decode_utf16(units, count)) {
        if (!is_mark(static_cast<UChar32>(part))) {
            out.push_back(part);
        }
    }
}

void append_folded(char32_t c, std::u32string& out) {
    if (c < 0x80) {
        out.push_back(c >= U'A' && c <= U'Z' ? c - U'A' + U'a' : c);
        return;
    }
    UErrorCode status = U_ZERO_ERROR;
    const auto* nfkc = unorm2_getNFKCCasefoldInstance(&status);
    const auto source = encode_utf16(c);
    Units units{};
    const int count = unorm2_normalize(nfkc,
                                       source.data(),
                                       static_cast<std::int32_t>(source.size()),
                                       units.data(),
                                       static_cast<std::int32_t>(units.size()),
                                       &status);
    if (U_FAILURE(status) != 0) {
        out.push_back(c);
        return;
    }
    for (const char32_t part : decode_utf16(units, count)) {
        append_bare(static_cast<UChar32>(part), out);
    }
}

}  // namespace

std::u32string decode_utf8(std::string_view bytes) {
    std::u32string text;
    text.reserve(bytes.size());
    for (std::size_t at = 0; at < bytes.size();) {
        text.push_back(next_code_point(bytes, at));
    }
    return text;
}

void append_utf8(std::string& out, char32_t c) {
    const auto put = [&out](char32_t byte) {
        out.push_back(static_cast<char>(static_cast<unsigned char>(byte)));
    };
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) {
        c = kReplacement;
    }
    if (c < 0x80) {
        put(c);
        return;
    }
    if (c < 0x800) {
        put(0xC0U | (c >> 6U));
    } else {
        if (c < 0x10000) {
            put(0xE0U | (c >> 12U));
        } else {
            put(0xF0U | (c >> 18U));
            put(0x80U | ((c >> 12U) & 0x3FU));
        }
        put(0x80U | ((c >> 6U) & 0x3FU));
    }
    put(0x80U | (c & 0x3FU));
}

std::string encode_utf8(std::u32string_view text) {
    std::string bytes;
    bytes.reserve(text.size());
    for (const char32_t c : text) {
        append_utf8(bytes, c);
    }
    return bytes;
}

FoldedText fold(std::string_view bytes) {
    FoldedText folded;
    folded.text.reserve(bytes.size());
    std::size_t source = 0;
    for (std::size_t at = 0; at < bytes.size(); ++source) {
        const std::size_t begin = at;
        append_folded(next_code_point(bytes, at), folded.text);
        folded.begin.resize(folded.text.size(), begin);
        folded.end.resize(folded.text.size(), at);
        folded.source.resize(folded.text.size(), source);
    }
    return folded;
}

bool is_word(char32_t c) {
    if (c < 0x80) {
        return (c >= U'0' && c <= U'9') || (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z');
    }
    return u_isalnum(static_cast<UChar32>(c)) != 0;
}

bool is_ideographic(char32_t c) {
    return (c >= 0x2E80 && c <= 0x2FDF) || (c >= 0x3005 && c <= 0x30FF) ||
           (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF) ||
           (c >= 0xAC00 && c <= 0xD7AF) || (c >= 0xF900 && c <= 0xFAFF) ||
           (c >= 0x20000 && c <= 0x3FFFF);
}

}  // namespace chiptrail::core
