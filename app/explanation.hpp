#pragma once

// What explains a finding to a person: names of the store put into words, and the reference that
// stands beside the crop.

#include "config/config.hpp"
#include "storage/store.hpp"
#include "vision/explain.hpp"
#include "vision/lexicon.hpp"

#include <string>

namespace chiptrail::app {

/// The mark or the spelling that a finding was compared with; both empty where there is none.
[[nodiscard]] vision::Reference reference_of(const core::Finding& finding,
                                             const vision::Lexicon& lexicon,
                                             const std::filesystem::path& models);

/// `found` as vision::explain() draws it and `chiptrail explain` prints it.
[[nodiscard]] vision::Explanation explanation_of(const storage::Images::FoundFinding& found,
                                                 storage::Store& store,
                                                 const vision::Lexicon& lexicon,
                                                 const std::filesystem::path& models);

}  // namespace chiptrail::app
