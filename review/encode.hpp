#pragma once

// Stored values as the JSON of docs/review-api.md. Internal to review/.

#include "storage/hits.hpp"
#include "storage/same_photos.hpp"
#include "vision/explain.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace chiptrail::review {

[[nodiscard]] nlohmann::json encode(const storage::HitRow& row);
[[nodiscard]] nlohmann::json encode(const storage::HitPage& page);
[[nodiscard]] nlohmann::json encode(const storage::Facets& facets);

/// What one hit's page shows besides the hit itself.
struct Around {
    std::vector<vision::Reference> references;  ///< of the detection's findings, same order
    std::vector<storage::SamePost> same_posts;
    /// Earlier detections, each with the findings that the newest one does not have.
    std::vector<storage::Detection> gone;
};
[[nodiscard]] nlohmann::json encode(const storage::HitDetail& detail, const Around& around);

/// Bytes that are no UTF-8 come out as U+FFFD instead of an exception.
[[nodiscard]] std::string to_text(const nlohmann::json& value);

}  // namespace chiptrail::review
