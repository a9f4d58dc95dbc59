#include "config/config.hpp"
#include "config/lexicon_reader.hpp"
#include "config/recipe_reader.hpp"
#include "core/file.hpp"
#include "core/result.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace chiptrail::config {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t kMaxRecipeBytes = std::uintmax_t{1} * 1024 * 1024;

void change_recipe(extract::Recipe& recipe, const SourceChange& change) {
    auto& crawl = recipe.crawl;
    crawl.enabled = change.enabled.value_or(crawl.enabled);
    crawl.delay = change.delay.value_or(crawl.delay);
    crawl.max_pages = change.max_pages.value_or(crawl.max_pages);
    crawl.max_depth = change.max_depth.value_or(crawl.max_depth);
    crawl.max_images = change.max_images.value_or(crawl.max_images);
    crawl.revisit = change.revisit.value_or(crawl.revisit);
}

/// The user's recipes come later and replace shipped ones of the same name.
std::vector<extract::Recipe> read_all(const Config& config) {
    std::map<std::string, extract::Recipe> by_name;
    const auto add = [&](const fs::path& folder) {
        for (auto& recipe : read_recipes(folder)) {
            auto name = recipe.name;
            by_name.insert_or_assign(std::move(name), std::move(recipe));
        }
    };
    if (config.sources.shipped) {
        add(config.shipped / "sources");
    }
    if (!config.sources.folder.empty()) {
        add(config.sources.folder);
    }
    std::vector<extract::Recipe> recipes;
    for (auto& [name, recipe] : by_name) {
        recipes.push_back(std::move(recipe));
    }
    return recipes;
}

void require_recipe(const std::vector<extract::Recipe>& recipes,
                    const std::string& name,
                    const std::string& key,
                    const Config& config) {
    if (std::ranges::find(recipes, name, &extract::Recipe::name) == recipes.end()) {
        throw core::ConfigError(config.file.string() + ": " + key + ": there is no recipe '" +
                                name + "'; `chiptrail sources` lists them");
    }
}

}  // namespace

std::vector<extract::Recipe> load_recipes(const Config& config) {
    auto recipes = read_all(config);
    const auto& enabled = config.sources.enabled;
    for (const auto& name : enabled) {
        require_recipe(recipes, name, "sources.enabled", config);
    }
    for (const auto& [name, change] : config.sources.changes) {
        require_recipe(recipes, name, "source." + name, config);
    }
    for (auto& recipe : recipes) {
        if (!enabled.empty()) {
            recipe.crawl.enabled = std::ranges::find(enabled, recipe.name) != enabled.end();
        }
        if (const auto found = config.sources.changes.find(recipe.name);
            found != config.sources.changes.end()) {
            change_recipe(recipe, found->second);
        }
    }
    return recipes;
}

std::vector<extract::Recipe> load_demo_recipes(const Config& config, const std::string& origin) {
    const auto folder = config.shipped / "demo";
    std::vector<extract::Recipe> recipes;
    for (const auto* name : {"demo-market", "demo-forum"}) {
        const auto file = folder / (std::string(name) + ".toml");
        auto text = core::read_file(file, kMaxRecipeBytes);
        if (!text) {
            throw core::ConfigError(text.error().detail + ": install chiptrail again");
        }
        constexpr std::string_view kPlace = "{demo}";
        for (auto at = text->find(kPlace); at != std::string::npos; at = text->find(kPlace)) {
            text->replace(at, kPlace.size(), origin);
        }
        recipes.push_back(read_recipe(TomlTable::parse(*text, file.string()), name));
        recipes.back().file = file.string();
    }
    return recipes;
}

vision::Lexicon load_lexicon(const Config& config) {
    LexiconFiles files;
    files.brands = config.brands;
    files.watchlist = config.watchlist;
    files.families = config.families;
    files.own_brands = config.own_brands;
    files.unknown_brands = config.families == config.shipped / "families.toml"
                               ? UnknownBrands::leave_out
                               : UnknownBrands::refuse;
    return read_lexicon(files);
}

}  // namespace chiptrail::config
