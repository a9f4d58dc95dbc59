#pragma once

#include <string>
#include <utility>
#include <vector>

namespace chiptrail::app {

/// Name and version of each library that is linked in, for `doctor`.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> library_versions();

}  // namespace chiptrail::app
