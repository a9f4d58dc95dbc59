#pragma once

// Recall and precision at every limit of the score. For use in vision/evaluation*.cpp.

#include "vision/evaluation.hpp"

#include <cstddef>
#include <vector>

namespace chiptrail::vision {

/// The best finding of a brand on a photo, whatever its score.
struct ScoredBrand {
    double score = 0;
    bool labelled = false;
    bool clear = false;
};

/// `clear` and `hard` are how many brands are labelled on photos. Falling score, at most a point
/// each hundredth.
[[nodiscard]] std::vector<CurvePoint> make_curve(std::vector<ScoredBrand> brands,
                                                 std::size_t clear,
                                                 std::size_t hard);

}  // namespace chiptrail::vision
