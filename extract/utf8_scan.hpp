#pragma once

// The few questions about UTF-8 text that reading prices and dates asks again and again.

#include <cstddef>
#include <string>
#include <string_view>

namespace chiptrail::extract {

/// The code point at `at` and its length; a bad sequence is U+FFFD of length 1.
struct CodePoint {
    char32_t value = 0;
    std::size_t length = 1;
};
[[nodiscard]] CodePoint code_point_at(std::string_view text, std::size_t at);

/// A letter of a script that separates its words (Latin, Cyrillic, Greek, Arabic, ...). Han, Kana,
/// Hangul and Thai do not, so their characters bound words.
[[nodiscard]] bool is_word_letter(char32_t c);

/// For people's numbers: every kind of space becomes ' ' and runs of it one; marks of writing
/// direction and zero-width characters go; digits and punctuation of full width and Arabic digits
/// become ASCII. Trimmed.
[[nodiscard]] std::string plain_spaces_and_digits(std::string_view text);

/// Lower case for Latin, Greek and Cyrillic letters without accents lost; others unchanged.
[[nodiscard]] std::string lower_case(std::string_view text);

/// True when no word letter touches [begin, end) from outside.
[[nodiscard]] bool stands_alone(std::string_view text, std::size_t begin, std::size_t end);

/// Cut to at most `max_bytes` without splitting a character.
[[nodiscard]] std::string_view clip_utf8(std::string_view text, std::size_t max_bytes);

}  // namespace chiptrail::extract
