#pragma once

// Pictures of a vendor's mark made harder, to see how far a brand of the user's own is recognised
// before the first real photo arrives.

#include "core/finding.hpp"
#include "core/result.hpp"
#include "vision/picture_decoder.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::vision {

/// The part of the upright picture inside `box`, or the whole without its even border, as PNG.
/// Failure::bad_input when the picture cannot be decoded or the box shows less than 8 x 8 pixels
/// of it.
[[nodiscard]] core::Result<std::string> cut_mark(std::string_view bytes,
                                                 std::optional<core::Box> box,
                                                 PictureDecoder& decoder);

struct ExampleView {
    std::string name;  ///< "32 px high", "turned by 8 degrees"
    std::string bytes;
};

/// The mark on a front of its own colour, 640 x 480: at several sizes, turned, blurred, compressed,
/// dark. The same bytes give the same views.
[[nodiscard]] core::Result<std::vector<ExampleView>> example_views(std::string_view mark,
                                                                   PictureDecoder& decoder);

}  // namespace chiptrail::vision
