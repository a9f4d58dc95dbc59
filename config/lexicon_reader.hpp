#pragma once

// config/brands.toml, config/watchlist.toml and config/families.toml as the Lexicon of vision/.

#include "vision/lexicon.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace chiptrail::config {

/// What to do with a model family whose brand no list has. A user's shorter list of brands is no
/// reason to refuse the shipped families; in a file of the user's own it is a typing mistake.
enum class UnknownBrands { refuse, leave_out };

struct LexiconFiles {
    std::filesystem::path brands;
    std::filesystem::path watchlist;
    std::filesystem::path families;    ///< empty: none
    std::filesystem::path own_brands;  ///< empty or not there: none
    UnknownBrands unknown_brands = UnknownBrands::refuse;
};

/// Throws core::ConfigError naming file, line and key: unknown keys, a brand, model or family
/// given twice, an empty list of spellings, a model of an unknown brand, a spelling nothing can
/// match, a pattern that does not read.
/// A brand of `own_brands` whose key `brands` has as well adds its lists to that brand; images are
/// relative to the file that names them.
[[nodiscard]] vision::Lexicon read_lexicon(const LexiconFiles& files);

/// Without families and own brands.
[[nodiscard]] vision::Lexicon read_lexicon(const std::filesystem::path& brands,
                                           const std::filesystem::path& watchlist);

/// The same for texts at hand; "brands.toml" and so on stand for the files in messages.
[[nodiscard]] vision::Lexicon parse_lexicon(std::string_view brands,
                                            std::string_view watchlist,
                                            std::string_view families = {},
                                            std::string_view own_brands = {});

}  // namespace chiptrail::config
