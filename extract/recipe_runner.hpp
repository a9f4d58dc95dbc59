#pragma once

// Reads one page with one recipe.

#include "extract/extractor.hpp"
#include "extract/page_view.hpp"
#include "extract/recipe.hpp"

#include <optional>

namespace chiptrail::extract {

/// True when the recipe's hosts and path fit and at least one of its readings is for this page.
[[nodiscard]] bool recipe_fits(const Recipe& recipe, PageView& page);

/// What the readings give: the first that finds posts, else the first one's failure with its
/// status and reason. Precondition: recipe_fits().
[[nodiscard]] Extraction run_recipe(const Recipe& recipe,
                                    PageView& page,
                                    const Extractor::Options& options);

/// The first of the recipe's status rules that the page shows.
struct RuleVerdict {
    core::PageStatus status = core::PageStatus::ok;
    std::string reason;
};
[[nodiscard]] std::optional<RuleVerdict> check_status_rules(const Recipe& recipe, PageView& page);

}  // namespace chiptrail::extract
