#pragma once

// What most commands open first.

#include "app/command.hpp"
#include "config/config.hpp"
#include "storage/store.hpp"
#include "vision/scanner.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::app {

/// The configuration in use, --config and --data considered.
[[nodiscard]] config::Config load_config(const Globals& globals);

/// A store that must be there: a command that only looks does not make an empty one.
/// Throws core::Error saying how to fill one.
[[nodiscard]] std::unique_ptr<storage::Store> open_store(const config::Config& config);

/// Says so when opening changed the schema.
void tell_upgrade(const storage::Store& store);

/// Full ids of hits given by their first digits. Throws core::Error for the first that fits none
/// or several.
[[nodiscard]] std::vector<storage::HitId> resolve_hits(const storage::Hits& hits,
                                                       const std::vector<std::string>& given);

/// A brand's or product's finding for one line of text: "dell 0.97".
[[nodiscard]] std::string short_text(const core::Finding& finding);
/// Each brand and model once, with its best score: "dell 0.97, NVIDIA H100 0.81".
[[nodiscard]] std::string short_text(const std::vector<core::Finding>& findings);
/// "USD 1,200" as far as it is known; as printed where the amount is not.
[[nodiscard]] std::string price_text(const core::Price& price);
[[nodiscard]] std::string joined(const std::vector<std::string>& parts, std::string_view between);

/// "2026-11-23", RFC 3339, or a span before `now`: "36h", "7d", "2w". Throws core::ConfigError.
[[nodiscard]] core::Timestamp parse_since(const std::string& text, core::Timestamp now);

}  // namespace chiptrail::app
