#pragma once

// Whether two pictures whose hashes are near really are the same photo all over: a hash of 256
// bits does not see a label that was exchanged.

#include "core/finding.hpp"
#include "core/result.hpp"
#include "vision/picture_decoder.hpp"

#include <string_view>
#include <vector>

namespace chiptrail::vision {

struct PhotoLikeness {
    bool same = false;       ///< nothing differs but size, sharpness and tone
    double worst_block = 0;  ///< largest mean difference of a small block, grey levels of 255
    double proportions = 0;  ///< width per height of one against the other: 1 when equal
};

/// Both are decoded small. Failure when either cannot be decoded.
[[nodiscard]] core::Result<PhotoLikeness> compare_photos(std::string_view bytes,
                                                         std::string_view other,
                                                         PictureDecoder& decoder);

struct Size {
    int width = 0;
    int height = 0;
};

/// Findings of a photo as they lie on a copy of another size. The score is not touched.
[[nodiscard]] std::vector<core::Finding> scaled(std::vector<core::Finding> findings,
                                                Size from,
                                                Size to);

}  // namespace chiptrail::vision
