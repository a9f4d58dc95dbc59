#pragma once

// The recipes of config/sources/ as values. config/sources/README.md describes every key.

#include "config/toml_reader.hpp"
#include "extract/recipe.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace chiptrail::config {

/// Every selector, pattern and path is compiled here: a bad one is a core::ConfigError that names
/// file, line and key. `name` becomes Recipe::name.
[[nodiscard]] extract::Recipe read_recipe(const TomlTable& table, const std::string& name);

/// One file; its name without .toml is the recipe's name.
[[nodiscard]] extract::Recipe read_recipe_file(const std::filesystem::path& path);

/// Every *.toml of a folder, by name. A folder that is missing is a core::ConfigError.
[[nodiscard]] std::vector<extract::Recipe> read_recipes(const std::filesystem::path& folder);

}  // namespace chiptrail::config
