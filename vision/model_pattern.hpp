#pragma once

// One pattern of a model family, "SYS-{height: 1 digit}{2 digits}{family: 1-3 letters}-{letters}",
// as a regular expression over normal text. For use inside vision/.

#include "core/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::vision {

/// Text with one byte for each code point: a-z, 0-9, a few signs, '-' and ' ' between words, and
/// kOther for everything else.
struct NormalText {
    static constexpr char kOther = '\x01';
    std::string text;
    std::vector<std::size_t> begin;  ///< byte of the given text where the source of text[i] begins
    std::vector<std::size_t> end;    ///< one past its last byte
};
[[nodiscard]] NormalText normal_text(std::string_view text);

enum class CharacterKind { digits, letters, small_letters, any };

struct PatternNode {
    enum class Kind { literal, characters, choice, separator, optional };
    Kind kind = Kind::literal;
    std::string text;  ///< of a literal; "-" or " " of a separator
    std::string name;  ///< of a part; empty when it has none
    CharacterKind of = CharacterKind::digits;
    std::size_t least = 0;
    std::size_t most = 0;
    std::vector<std::string> choices;
    std::vector<PatternNode> children;  ///< of `optional`
};

/// The parts of a pattern, or what is wrong with it and what is accepted.
[[nodiscard]] core::Result<std::vector<PatternNode>> parse_pattern(std::string_view pattern);

/// The fewest letters and digits that a match has, and how many of them are given ones.
struct PatternWeight {
    std::size_t characters = 0;
    std::size_t given = 0;
    std::size_t hyphens = 0;
};
[[nodiscard]] PatternWeight weight_of(const std::vector<PatternNode>& nodes);

/// RE2 syntax; group i + 1 belongs to groups[i].
struct CompiledPattern {
    std::string expression;
    std::vector<const PatternNode*> groups;  ///< into the nodes given
};
/// A character may be read as one that resembles it only where the pattern alone says whether a
/// letter or a digit stands there, a hyphen be missing only where the parts tell themselves apart.
[[nodiscard]] CompiledPattern compile_pattern(const std::vector<PatternNode>& nodes);

/// Normal text in which characters that readers confuse are one and the same, without what may
/// stand between words; for a quick look whether a pattern can match at all.
[[nodiscard]] std::string squeezed(std::string_view normal);
/// What the squeezed text of any match holds: of each row at least one.
[[nodiscard]] std::vector<std::vector<std::string>> needed_words(
    const std::vector<PatternNode>& nodes);

/// `read` as the maker writes it, and how many of its characters only resemble that.
struct WrittenPart {
    std::string text;
    std::size_t lookalikes = 0;
};
[[nodiscard]] WrittenPart written_as(const PatternNode& node, std::string_view read);

}  // namespace chiptrail::vision
