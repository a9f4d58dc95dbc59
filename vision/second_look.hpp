#pragma once

// Asks what the recogniser thought of a line for the names of the lexicon: a mark read as DOLL is
// still DELL when E was nearly as likely. For use inside vision/.

#include "vision/line_scores.hpp"
#include "vision/name_finder.hpp"
#include "vision/reading.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace chiptrail::vision {

struct SecondLookHit {
    std::size_t name = 0;   ///< index into NameFinder::names()
    std::string read;       ///< what stands there by the best try
    double likelihood = 0;  ///< log of p(name) / p(what was read), mean over the tries; 0 at most
    double best = 0;        ///< the same by the try that is nearest to the name
    double confidence = 0;  ///< of the reader in that try
    std::size_t tries = 0;
    bool alone = false;     ///< no other letter on the line
    bool opposite = false;  ///< the line turned by half a circle
    double from = 0;        ///< share of the line before the name
    double to = 1;          ///< share of the line up to the name's end
};

/// Names of one Latin word and three letters or more that stand between blanks, or alone, on the
/// line. Immutable after construction.
class SecondLook {
public:
    explicit SecondLook(const std::vector<Name>& names);

    /// At most one hit a name and direction; none that is less likely than a letter in a thousand.
    [[nodiscard]] std::vector<SecondLookHit> find(const Reading& reading) const;

private:
    struct Asked {
        std::size_t name = 0;
        LineScores::Spelling spelling;  ///< "Dell", "DELL", "D€LL"
    };
    std::vector<Asked> asked_;
};

}  // namespace chiptrail::vision
