#pragma once

// Finds names in text that strangers wrote: posts, listings, lines read off a photo.
// Compares after NFKC and case folding with accents dropped, so "ＮＶＩＤＩＡ" is "nvidia".

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::core {

/// A name and how people write it.
struct Term {
    std::string name;
    /// '#' is one digit, '?' one letter or digit, '*' any run of letters and digits up to 16.
    /// A blank or hyphen stands for at most three blanks, hyphens, dots or underscores, none
    /// included: "RTX 4090" finds "RTX4090", "rtx-4090". Must start with no wildcard but '#'.
    std::vector<std::string> spellings;
    /// When not empty, the term counts only in a text that also holds one of these words.
    std::vector<std::string> needs;
};

struct TermMatch {
    std::size_t term = 0;        ///< index into the terms given
    std::size_t begin = 0;       ///< bytes of the text
    std::size_t end = 0;         ///< one past the last byte
    std::size_t lookalikes = 0;  ///< characters that only resemble: 0 for O, 1 for I

    friend bool operator==(const TermMatch&, const TermMatch&) = default;
};

enum class Lookalikes { differ, match };

/// Immutable after construction: threads may share it.
class TermMatcher {
public:
    /// Spellings with no letter, digit or ideograph are ignored.
    explicit TermMatcher(std::vector<Term> terms, Lookalikes lookalikes = Lookalikes::differ);
    ~TermMatcher();
    TermMatcher(TermMatcher&&) noexcept;
    TermMatcher& operator=(TermMatcher&&) noexcept;

    [[nodiscard]] const std::vector<Term>& terms() const;

    /// In text order, the longest where several begin at one place, none inside another.
    /// Any bytes are accepted; only the first MiB is read. A spelling that begins or ends with a
    /// Latin letter or digit ends there as a word: "H100" is in "8xH100" and "出售H100显卡",
    /// not in "H1000" or "RH100". Ideographs match anywhere.
    /// `context` is more text in which the needed words may stand, such as the post's title.
    [[nodiscard]] std::vector<TermMatch> find(std::string_view text,
                                              std::string_view context = {}) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chiptrail::core
