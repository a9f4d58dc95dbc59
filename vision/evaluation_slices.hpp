#pragma once

// The names under which marks and photos are counted apart. For use in vision/evaluation*.cpp.

#include "core/finding.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace chiptrail::vision {

/// In the order in which they are shown.
[[nodiscard]] std::span<const std::string_view> height_classes();
[[nodiscard]] std::span<const std::string_view> angle_classes();
[[nodiscard]] std::span<const std::string_view> scene_classes();

/// By the shorter side, so that a mark on its side counts as large as its letters are.
[[nodiscard]] std::string_view height_class(const std::optional<core::Box>& box);

/// Degrees clockwise, -180 to 180; absent is "unknown".
[[nodiscard]] std::string_view angle_class(std::optional<double> degrees);

/// How far the mark is turned, by its first edge; by its rotation when it has no quad.
[[nodiscard]] double angle_of(const core::Finding& finding);

/// The first class of which a word stands in the labeller's text.
[[nodiscard]] std::string_view scene_class(std::string_view scene);

}  // namespace chiptrail::vision
