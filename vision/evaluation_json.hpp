#pragma once

// What the readers of labels and of findings share. For use in vision/evaluation*.cpp only: it
// shows a third-party type.

#include "core/finding.hpp"
#include "core/result.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace chiptrail::vision {

/// The text at `key`; empty when absent or no text.
[[nodiscard]] std::string text_of(const nlohmann::json& object, const char* key);

/// The finite number at `key`.
[[nodiscard]] std::optional<double> number_of(const nlohmann::json& object, const char* key);

/// Four numbers x, y, width, height with a positive size, rounded.
[[nodiscard]] std::optional<core::Box> box_of(const nlohmann::json& value);

/// Calls `read` with each line that is not blank; what it returns, unless empty, ends the reading
/// as Failure::bad_input with the line's number before it.
[[nodiscard]] core::Result<bool> read_lines(
    std::string_view json_lines, const std::function<std::string(const nlohmann::json&)>& read);

}  // namespace chiptrail::vision
