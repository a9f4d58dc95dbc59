#pragma once

// Where on a line the names of the lexicon stand, and how far from their spelling. Says nothing
// about how likely that is: vision/match.hpp weighs. For use inside vision/.

#include "vision/lexicon.hpp"
#include "vision/line_text.hpp"
#include "vision/spelling_distance.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace chiptrail::vision {

/// Names of up to so many letters must be read exactly and stand alone.
constexpr std::size_t kShortName = 4;

enum class NameSort { spelling, misreading, product_line };

/// One way a brand can show.
struct Name {
    std::size_t brand = 0;  ///< index into the lexicon's brands
    NameSort sort = NameSort::spelling;
    std::string text;        ///< as in the lexicon
    std::u32string letters;  ///< folded, without blanks
    std::u32string printed;  ///< as in the lexicon, without blanks
    unsigned long long groups = 0;
    std::size_t words = 1;
    bool ideographic = false;
    bool exact_case = false;
    bool whole_word = false;
    double max_cost = 0;
    double min_confidence = 0;
};

struct NameHit {
    Span span;
    SpellingDistance distance;
    bool glued = false;  ///< touches other letters
};

/// Immutable after construction: threads may share it.
class NameFinder {
public:
    explicit NameFinder(const Lexicon& lexicon);

    [[nodiscard]] const std::vector<Name>& names() const {
        return names_;
    }
    [[nodiscard]] LineText prepare(const std::string& text) const;
    /// All places of `name`, those that overlap included.
    [[nodiscard]] std::vector<NameHit> find(const Name& name, const LineText& line) const;
    /// Holds a word of a name that has several: its other words may stand on the next line.
    [[nodiscard]] bool may_be_broken(const LineText& line) const;

private:
    void add(const Brand& brand, NameSort sort, const std::vector<std::string>& texts);

    std::set<char32_t> kept_;  ///< signs that count as letters
    std::vector<Name> names_;
    std::vector<std::vector<std::u32string>> companions_;  ///< for each brand
    std::set<std::u32string> broken_words_;
};

}  // namespace chiptrail::vision
