#pragma once

// Stored values as the JSON of docs/review-api.md. Internal to review/.

#include "storage/hits.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace chiptrail::review {

[[nodiscard]] nlohmann::json encode(const storage::HitRow& row);
[[nodiscard]] nlohmann::json encode(const storage::HitPage& page);
[[nodiscard]] nlohmann::json encode(const storage::Facets& facets);
[[nodiscard]] nlohmann::json encode(const storage::HitDetail& detail);

/// Bytes that are no UTF-8 come out as U+FFFD instead of an exception.
[[nodiscard]] std::string to_text(const nlohmann::json& value);

}  // namespace chiptrail::review
