#pragma once

// Model numbers on a photo: what vision/model_grammar.hpp reads in its lines, also in numbers that
// are broken over two lines, as findings with place and score. For use inside vision/.

#include "core/finding.hpp"
#include "vision/model_grammar.hpp"
#include "vision/reading.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace chiptrail::vision {

struct FoundModel {
    core::Finding finding;  ///< without box and reader, which the caller knows
    std::size_t letters = 0;
};

/// `all_text`: all that was read on the photo, in which makers may be named. Findings below
/// `min_score` are left out.
[[nodiscard]] std::vector<FoundModel> find_models(const ModelGrammar& grammar,
                                                  const Lexicon& lexicon,
                                                  std::span<const Reading> readings,
                                                  const std::string& all_text,
                                                  double min_score);

}  // namespace chiptrail::vision
