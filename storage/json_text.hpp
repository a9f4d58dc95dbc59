#pragma once

// Lists and header fields as JSON text in a column, readable with sqlite3's JSON functions.
// Private to storage/.

#include "core/http.hpp"
#include "storage/records.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::storage {

/// Bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string list_to_json(const std::vector<std::string>& list);
/// Anything that is not a list of texts gives an empty list.
[[nodiscard]] std::vector<std::string> list_from_json(std::string_view json);

/// [["Name","value"],…] in order. A value that is not UTF-8 is kept byte for byte:
/// ["Name","value as Latin-1","latin1"].
[[nodiscard]] std::string headers_to_json(const core::Headers& headers);
[[nodiscard]] core::Headers headers_from_json(std::string_view json);

[[nodiscard]] std::string counts_to_json(const Counts& counts);
[[nodiscard]] Counts counts_from_json(std::string_view json);

/// [[x,y],[x,y],[x,y],[x,y]]
[[nodiscard]] std::string quad_to_json(const std::array<core::Point, 4>& quad);
[[nodiscard]] std::array<core::Point, 4> quad_from_json(std::string_view json);

/// [["letters read",0.98],…] in order.
[[nodiscard]] std::string parts_to_json(const std::vector<core::ScorePart>& parts);
[[nodiscard]] std::vector<core::ScorePart> parts_from_json(std::string_view json);

}  // namespace chiptrail::storage
