#pragma once

// Pictures made from a photo for people to look at: marked, small, or cut out. The same decoder
// and limits hold as for scanning. The same input gives the same bytes.

#include "core/finding.hpp"
#include "core/pdq.hpp"
#include "core/result.hpp"
#include "vision/picture_decoder.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::vision {

struct Picture {
    std::string bytes;
    int width = 0;
    int height = 0;
    std::string_view media_type = "image/jpeg";
};

/// The upright photo with a frame and a label "brand 0.93" at each finding.
/// `max_side` 0 keeps the photo's size; photos over 24 megapixels come out smaller.
[[nodiscard]] core::Result<Picture> annotate(std::string_view bytes,
                                             const std::vector<core::Finding>& findings,
                                             PictureDecoder& decoder,
                                             int max_side = 0);

/// The upright photo with no side over `max_side`; never enlarged.
[[nodiscard]] core::Result<Picture> thumbnail(std::string_view bytes,
                                              int max_side,
                                              PictureDecoder& decoder);

/// What lies inside `quad` and `margin` times its height around it, upright in the photo's own
/// direction. Failure::bad_input when the quad lies outside the photo.
[[nodiscard]] core::Result<Picture> crop(std::string_view bytes,
                                         const std::array<core::Point, 4>& quad,
                                         double margin,
                                         PictureDecoder& decoder);

/// What copies of the photo are recognised by.
[[nodiscard]] core::Result<core::Pdq> photo_hash(std::string_view bytes, PictureDecoder& decoder);

/// What lies inside `quad`, whose corners come in reading order, made upright and rectangular,
/// with `margin` times its height around it. At least `min_height` pixels high, 1200 wide at most.
[[nodiscard]] core::Result<Picture> rectified(std::string_view bytes,
                                              const std::array<core::Point, 4>& quad,
                                              double margin,
                                              int min_height,
                                              PictureDecoder& decoder);
/// The same for the place of a finding: its quad, or its box where it has none.
[[nodiscard]] core::Result<Picture> rectified(std::string_view bytes,
                                              const core::Finding& finding,
                                              double margin,
                                              int min_height,
                                              PictureDecoder& decoder);

}  // namespace chiptrail::vision
