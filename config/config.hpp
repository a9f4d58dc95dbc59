#pragma once

// chiptrail.toml as the Options of the folders below. The shipped config/chiptrail.toml shows
// every key with its default; tests/config hold the two together.

#include "crawler/fetcher.hpp"
#include "extract/recipe.hpp"
#include "pipeline/crawl_run.hpp"
#include "review/server.hpp"
#include "vision/lexicon.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chiptrail::config {

/// What the outside says about where things are. Empty where it says nothing.
struct Surroundings {
    std::filesystem::path config_file;      ///< CHIPTRAIL_CONFIG
    std::filesystem::path data_folder;      ///< CHIPTRAIL_DATA
    std::filesystem::path home;             ///< HOME
    std::filesystem::path xdg_config_home;  ///< or ~/.config
    std::filesystem::path xdg_data_home;    ///< or ~/.local/share
    std::filesystem::path working_folder;
    std::filesystem::path shipped;  ///< chiptrail.toml, brands.toml, watchlist.toml, sources/
};

/// Reads the environment and looks for the shipped files: beside the program as installed, then
/// in the source tree around it. Throws core::ConfigError when they are nowhere.
[[nodiscard]] Surroundings surroundings_of_process();

/// What [source.NAME] says about a recipe; what it does not say, the recipe does.
struct SourceChange {
    std::optional<bool> enabled;
    std::optional<std::chrono::milliseconds> delay;
    std::optional<int> max_pages;
    std::optional<int> max_depth;
    std::optional<int> max_images;
    std::optional<std::chrono::hours> revisit;

    friend bool operator==(const SourceChange&, const SourceChange&) = default;
};

struct Sources {
    std::filesystem::path folder;      ///< recipes of the user; empty: none
    bool shipped = true;               ///< the shipped recipes too
    std::vector<std::string> enabled;  ///< names; empty: those whose recipe says so
    std::map<std::string, SourceChange> changes;

    friend bool operator==(const Sources&, const Sources&) = default;
};

/// Nothing in it needs more checking. Paths are as the program can open them.
struct Config {
    std::filesystem::path file;  ///< that was read
    std::filesystem::path shipped;
    /// Every key but those of [source.NAME] with the value that counts: "crawl.contact" → "\"\"".
    std::map<std::string, std::string> settings;

    pipeline::CrawlOptions crawl;  ///< `version` is left to app/
    crawler::CurlFetcher::Options fetch;

    Sources sources;
    std::filesystem::path brands;
    std::filesystem::path watchlist;
    std::filesystem::path families;
    std::filesystem::path own_brands;  ///< of the user; may not exist
    std::filesystem::path data;        ///< folder of the store
    review::Options review;            ///< what `crawl` and the word lists give is left to app/
};

/// `chosen`, else CHIPTRAIL_CONFIG, ./chiptrail.toml, XDG, the shipped file.
/// Throws core::ConfigError naming the file when the first or second is given and not there.
[[nodiscard]] std::filesystem::path find_config_file(const std::filesystem::path& chosen,
                                                     const Surroundings& surroundings);

/// Reads and checks it. Throws core::ConfigError "file:line: key: what is wrong, what is accepted".
[[nodiscard]] Config load(const std::filesystem::path& file, const Surroundings& surroundings);

/// The same for text at hand; `file` stands for it in messages and anchors relative paths.
[[nodiscard]] Config parse(std::string_view text,
                           const std::filesystem::path& file,
                           const Surroundings& surroundings);

/// "127.0.0.1:8017" or "[::1]:8017": host and port; nullopt for anything else.
[[nodiscard]] std::optional<std::pair<std::string, int>> parse_listen(std::string_view text);

/// The recipes that `config` names, changed as its [source.NAME] tables say, by name.
/// Throws core::ConfigError for a recipe that does not read, and for names that no recipe has.
[[nodiscard]] std::vector<extract::Recipe> load_recipes(const Config& config);

/// The recipes of the bundled demo site, which is served at `origin`.
[[nodiscard]] std::vector<extract::Recipe> load_demo_recipes(const Config& config,
                                                             const std::string& origin);

/// Brands, the user's own ones too, watch-list and model families.
[[nodiscard]] vision::Lexicon load_lexicon(const Config& config);

}  // namespace chiptrail::config
