#pragma once

// What explains a finding to a person: names of the store put into words.

#include "config/config.hpp"
#include "storage/store.hpp"
#include "vision/explain.hpp"
#include "vision/lexicon.hpp"

#include <string>

namespace chiptrail::app {

/// `found` as vision::explain() draws it and `chiptrail explain` prints it.
[[nodiscard]] vision::Explanation explanation_of(const storage::Images::FoundFinding& found,
                                                 storage::Store& store,
                                                 const vision::Lexicon& lexicon,
                                                 const std::filesystem::path& models);

}  // namespace chiptrail::app
