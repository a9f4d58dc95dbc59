#pragma once

// The user's own brands file, changed by a program without losing what a person wrote into it.

#include "vision/lexicon.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::config {

/// What to put into the file about one brand. Images are relative to the file.
struct BrandEntry {
    std::string key;
    std::string name;
    std::vector<std::string> spellings;
    std::vector<std::string> misreadings;
    std::vector<std::string> not_in;
    std::vector<std::string> product_lines;
    std::vector<std::string> images;
    bool match_case = false;
    bool whole_word = false;
};

/// `text` with a new [[brand]] block at its end, or with the lists of the block that has this key
/// made longer; comments and everything else stay. Throws core::ConfigError when `text` is not
/// TOML, naming `file`.
[[nodiscard]] std::string with_brand(std::string_view text,
                                     const BrandEntry& entry,
                                     const std::string& file);

/// `text` without the block of `key`; unchanged when there is none.
[[nodiscard]] std::string without_brand(std::string_view text,
                                        std::string_view key,
                                        const std::string& file);

/// Keys of the file's brands, in order. A file that is not there has none.
[[nodiscard]] std::vector<std::string> own_brand_keys(const std::filesystem::path& file);

/// Reads `file` (none: empty), lets `edit` change the text, has `check` throw when the result must
/// not be kept, and replaces the file in one step. One process at a time; when somebody saved the
/// file in between, `edit` is asked again. Makes the folder when there is none.
/// Throws core::Error when the file cannot be written.
void change_own_brands(const std::filesystem::path& file,
                       const std::function<std::string(const std::string&)>& edit,
                       const std::function<void(const std::string&)>& check);

}  // namespace chiptrail::config
