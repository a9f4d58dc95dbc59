#pragma once

// The page's files, compiled in from review/assets/. Internal to review/.

#include <optional>
#include <string_view>

namespace chiptrail::review {

struct Asset {
    std::string_view content_type;
    std::string_view bytes;
};

/// `name` as in review/assets/: "app.js".
[[nodiscard]] std::optional<Asset> find_asset(std::string_view name);

}  // namespace chiptrail::review
