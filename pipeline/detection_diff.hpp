#pragma once

// What one detection of a photo says that an earlier one did not. Pure.

#include "core/finding.hpp"

#include <string_view>
#include <vector>

namespace chiptrail::pipeline {

struct FindingChange {
    enum class Kind { added, gone, score, moved };
    Kind kind = Kind::added;
    core::Finding before;  ///< empty when added
    core::Finding after;   ///< empty when gone
};

/// A finding is the same when kind, brand and model agree and the places overlap; one that agrees
/// but lies elsewhere has moved. Scores that differ by less than 0.005 are equal.
[[nodiscard]] std::vector<FindingChange> compare(const std::vector<core::Finding>& before,
                                                 const std::vector<core::Finding>& after);

[[nodiscard]] std::string_view to_text(FindingChange::Kind kind);

}  // namespace chiptrail::pipeline
