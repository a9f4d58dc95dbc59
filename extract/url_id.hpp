#pragma once

#include <string>
#include <string_view>

namespace chiptrail::extract {

/// What tells a post's page from its neighbours: an id in the query, the longest number in the
/// path, or the last path segment. Empty for a front page.
[[nodiscard]] std::string id_of_url(std::string_view url);

}  // namespace chiptrail::extract
