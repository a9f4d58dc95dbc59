#pragma once

// Names broken over several lines or boxes, as "Hewlett Packard" above "Enterprise", read as one.
// For use inside vision/.

#include "vision/reading.hpp"

#include <cstddef>
#include <vector>

namespace chiptrail::vision {

struct JoinedReading {
    Reading reading;                 ///< texts with a blank between, quad around all
    std::vector<std::size_t> parts;  ///< indices of the readings, in reading order
};

/// Chains of two and three among `candidates` (indices into `readings`) where each next one goes
/// on to the right of the one before or stands below it, in the same direction and about the same
/// size. At most 64 candidates are looked at.
[[nodiscard]] std::vector<JoinedReading> join_neighbours(
    const std::vector<Reading>& readings, const std::vector<std::size_t>& candidates);

}  // namespace chiptrail::vision
