#pragma once

// How far apart two spellings are when a reader of photos stands between them: 0 for O costs
// little, X for O much. For use inside vision/.

#include <cstddef>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

namespace chiptrail::vision {

/// Cost of reading `seen` where `meant` is printed: 0 when equal, 1 when nothing alike.
/// Both are folded (core/unicode.hpp).
[[nodiscard]] double confusion(char32_t seen, char32_t meant);

struct Lookalike {
    char32_t seen = 0;
    double cost = 0;
};

/// What `meant` is read as at no more than `max_cost`, itself left out.
[[nodiscard]] std::vector<Lookalike> lookalikes(char32_t meant, double max_cost);

struct SpellingDistance {
    double cost = 0;              ///< 1 for a letter too many, missing or unlike
    std::size_t differences = 0;  ///< letters that are not equal, also the cheap ones
};

/// Weighted edit distance of two folded words; nullopt when it passes `max_cost` or either is
/// longer than 64 letters. "rn" for m, "vv" for w, "cl" for d count as one cheap confusion.
[[nodiscard]] std::optional<SpellingDistance> spelling_distance(std::u32string_view seen,
                                                                std::u32string_view meant,
                                                                double max_cost);

/// Signs that stand for letters in a reading, such as '|' and '€'.
[[nodiscard]] const std::set<char32_t>& confusable_signs();

/// One bit for each group of letters that look alike; for ruling words out quickly.
[[nodiscard]] unsigned long long letter_groups(std::u32string_view word);

}  // namespace chiptrail::vision
