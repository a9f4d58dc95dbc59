#pragma once

// Text as code points, for comparing what people meant and not which keys they pressed.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::core {

/// Lenient: each byte that is not part of valid UTF-8 becomes U+FFFD.
[[nodiscard]] std::u32string decode_utf8(std::string_view bytes);
/// What UTF-8 cannot carry (surrogates, beyond U+10FFFF) becomes U+FFFD.
void append_utf8(std::string& out, char32_t c);
/// What UTF-8 cannot carry (surrogates, beyond U+10FFFF) becomes U+FFFD.
[[nodiscard]] std::string encode_utf8(std::u32string_view text);

/// Folded code points, each with the place it came from.
struct FoldedText {
    std::u32string text;
    std::vector<std::size_t> begin;   ///< byte where the source of text[i] begins
    std::vector<std::size_t> end;     ///< one past its last byte
    std::vector<std::size_t> source;  ///< index of its source code point
};

/// NFKC and case folding, one code point at a time; accents and other marks are dropped.
[[nodiscard]] FoldedText fold(std::string_view bytes);

/// Letter or digit, ideographs included.
[[nodiscard]] bool is_word(char32_t c);
/// Han, kana or Hangul: scripts written without blanks between words.
[[nodiscard]] bool is_ideographic(char32_t c);

}  // namespace chiptrail::core
