#pragma once

// Readers of whole rows that more than one part of the store needs, and names back into values.
// Private to storage/.

#include "core/http.hpp"
#include "storage/database.hpp"
#include "storage/records.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::storage {

[[nodiscard]] core::Exchange::Purpose purpose_from(const std::string& text);
[[nodiscard]] core::RobotsDecision::Basis robots_basis_from(const std::string& text);

[[nodiscard]] std::string_view failure_name(core::Failure::Kind kind);

[[nodiscard]] std::optional<Fetch> read_fetch(Database& database, FetchId fetch);
/// The exchanges of one task in order, up to and with `last`.
[[nodiscard]] std::vector<FetchId> hops_before(Database& database, FetchId last);

/// Columns of `v` in the order that read_version() takes, after "SELECT ".
extern const char* const kVersionColumns;
[[nodiscard]] PostVersion read_version(Query& row);

extern const char* const kImageColumns;
[[nodiscard]] Image read_image(Query& row);

[[nodiscard]] std::optional<std::int64_t> image_row(Database& database, const core::Sha256& image);
[[nodiscard]] std::optional<Detection> read_detection(Database& database, DetectionId detection);
[[nodiscard]] std::vector<PostImage> read_post_images(Database& database, PostId post);
[[nodiscard]] std::vector<PostVersion> read_versions(Database& database, PostId post);
[[nodiscard]] std::optional<Run> read_run(Database& database, RunId run);

/// How a photo's URL is compared: parsed and without fragment where it parses.
[[nodiscard]] std::string url_key(const std::string& url);

}  // namespace chiptrail::storage
