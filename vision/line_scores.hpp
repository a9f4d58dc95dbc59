#pragma once

// What the recogniser thought at each place of a line, kept so that a word can be asked for later:
// "how probable is SUPERMICRO here?" answers for a line that reads "5UPERMlCRO".

#include <cstdint>
#include <string_view>
#include <vector>

namespace chiptrail::vision {

/// Per step the logarithm of p(symbol) / p(best symbol), so 0 is the best and all else is less.
/// Holds printable ASCII and whatever else was ever likely on this line.
class LineScores {
public:
    /// `alphabet` in ascending order; `values` holds, for each step, the blank and then one value
    /// for each of the alphabet.
    LineScores(std::vector<char32_t> alphabet, std::vector<float> values);

    struct Word {
        double score = 0;  ///< 0 to 1: 1 when the word is what was read; geometric mean a character
        int first = 0;     ///< steps the word lies on, `last` included
        int last = 0;
    };
    /// One of the ways in which a letter may have been read.
    struct Shape {
        char32_t character = 0;
        double weight = 1;  ///< how readily it stands for the letter, 0 to 1
    };
    /// A word letter by letter, each with all its shapes: "DELL" read as D€LL or dell.
    using Spelling = std::vector<std::vector<Shape>>;

    /// The best place for `word` (UTF-8) anywhere on the line: Viterbi over CTC paths, at most
    /// steps x characters. Exact case; score 0 when a character was never likely.
    [[nodiscard]] Word find(std::string_view word) const;
    /// The same where any shape of a letter will do. A score may pass 1 by a little when several
    /// shapes share what was read.
    [[nodiscard]] Word find(const Spelling& word) const;

    /// No less than find(word).score, for much less work.
    [[nodiscard]] double limit(std::string_view word) const;
    [[nodiscard]] double limit(const Spelling& word) const;

    struct Letter {
        char32_t character = 0;
        int first = 0;  ///< steps it lies on, `last` included
        int last = 0;
    };
    /// What was read, letter by letter.
    [[nodiscard]] std::vector<Letter> letters() const;

    [[nodiscard]] int steps() const;

    /// As given to the constructor, so that scores can be kept in a file.
    [[nodiscard]] const std::vector<char32_t>& alphabet() const {
        return alphabet_;
    }
    [[nodiscard]] const std::vector<float>& values() const {
        return values_;
    }

private:
    [[nodiscard]] int symbol(char32_t character) const;  ///< column, or -1
    [[nodiscard]] double value(int step, int column) const;
    [[nodiscard]] std::vector<double> letter_values(const std::vector<Shape>& letter) const;

    std::vector<char32_t> alphabet_;
    std::vector<float> values_;
    std::vector<float> highest_;  ///< of each column over all steps
};

}  // namespace chiptrail::vision
