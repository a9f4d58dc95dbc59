#pragma once

// What would go wrong if a brand were looked for as its user asks.

#include "vision/lexicon.hpp"

#include <string>
#include <vector>

namespace chiptrail::app {

/// "thomas-krenn" of "Thomas-Krenn AG"; empty when the name holds no Latin letter or digit.
[[nodiscard]] std::string brand_key(std::string_view name);

struct SpellingProblem {
    std::string spelling;
    std::string what;  ///< "is too short: ...", a sentence for its user
};

/// Problems of `brand`'s spellings, misreadings and product lines, empty when all can be used:
/// too short, an ordinary word or found inside one, taken for another brand of `lexicon` or the
/// other way round. A brand of the same key in `lexicon` does not count as another.
[[nodiscard]] std::vector<SpellingProblem> spelling_problems(const vision::Brand& brand,
                                                             const vision::Lexicon& lexicon);

}  // namespace chiptrail::app
