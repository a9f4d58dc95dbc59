#include "app/sources.hpp"

#include "app/command_tree.hpp"
#include "core/result.hpp"

#include <algorithm>

namespace chiptrail::app {

std::vector<extract::Recipe> recipes_named(const std::vector<extract::Recipe>& recipes,
                                           const std::vector<std::string>& names) {
    std::vector<extract::Recipe> chosen;
    for (const auto& name : names) {
        const auto found = std::ranges::find(recipes, name, &extract::Recipe::name);
        if (found == recipes.end()) {
            std::vector<std::string> known;
            for (const auto& recipe : recipes) {
                known.push_back(recipe.name);
            }
            const auto meant = closest(name, known);
            throw core::ConfigError("there is no source '" + name + "'" +
                                    (meant.empty() ? "; `chiptrail sources` lists them"
                                                   : "; did you mean '" + meant + "'?"));
        }
        if (std::ranges::find(chosen, name, &extract::Recipe::name) == chosen.end()) {
            chosen.push_back(*found);
        }
    }
    return chosen;
}

}  // namespace chiptrail::app
