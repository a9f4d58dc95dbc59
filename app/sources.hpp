#pragma once

#include "extract/recipe.hpp"

#include <string>
#include <vector>

namespace chiptrail::app {

/// Those of `recipes` with these names, in that order. Throws core::ConfigError for a name that
/// none has, with the name that was probably meant.
[[nodiscard]] std::vector<extract::Recipe> recipes_named(
    const std::vector<extract::Recipe>& recipes, const std::vector<std::string>& names);

}  // namespace chiptrail::app
