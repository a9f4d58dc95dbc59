#pragma once

// config/brands.toml and config/watchlist.toml as the Lexicon of vision/.

#include "vision/lexicon.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace chiptrail::config {

/// Throws core::ConfigError naming file, line and key: unknown keys, a brand or model given
/// twice, an empty list of spellings, a model of an unknown brand, a spelling nothing can match.
[[nodiscard]] vision::Lexicon read_lexicon(const std::filesystem::path& brands,
                                           const std::filesystem::path& watchlist);

/// The same for texts at hand; the names stand for the files in messages.
[[nodiscard]] vision::Lexicon parse_lexicon(std::string_view brands,
                                            std::string_view watchlist,
                                            const std::string& brands_name = "brands.toml",
                                            const std::string& watchlist_name = "watchlist.toml");

}  // namespace chiptrail::config
