#include "config/lexicon_reader.hpp"

#include "config/toml_reader.hpp"
#include "core/term_matcher.hpp"
#include "core/unicode.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace chiptrail::config {

namespace {

constexpr std::size_t kMaxSpellingBytes = 200;

bool is_key(std::string_view key) {
    return !key.empty() && key.size() <= 40 && std::ranges::all_of(key, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

bool has_letter(std::string_view spelling) {
    return std::ranges::any_of(core::fold(spelling).text, core::is_word);
}

/// Fewer letters than two would be found everywhere; one ideograph too.
bool names_something(std::string_view spelling) {
    return std::ranges::count_if(core::fold(spelling).text, core::is_word) >= 2;
}

std::vector<std::string> read_words(const TomlTable& table, std::string_view key) {
    std::vector<std::string> words;
    table.read(key, words);
    for (const auto& word : words) {
        if (!has_letter(word)) {
            table.reject(key, "\"" + word + "\" holds no letter and no digit");
        }
        if (word.size() > kMaxSpellingBytes) {
            table.reject(key, "\"" + word.substr(0, 20) + "...\" is longer than 200 bytes");
        }
    }
    return words;
}

/// As read_words, for names that must mean something when they stand alone.
std::vector<std::string> read_names(const TomlTable& table, std::string_view key) {
    auto names = read_words(table, key);
    for (const auto& name : names) {
        if (!names_something(name)) {
            table.reject(key, "\"" + name + "\" is too short: two letters at least");
        }
    }
    return names;
}

/// In the syntax of core::Term: a spelling that starts with '*' would never be found.
std::vector<std::string> read_patterns(const TomlTable& table, std::string_view key) {
    auto patterns = read_words(table, key);
    for (const auto& pattern : patterns) {
        if (pattern.starts_with('*') || pattern.starts_with('?')) {
            table.reject(key, "\"" + pattern + "\" must not start with '" + pattern.front() + "'");
        }
    }
    return patterns;
}

vision::Brand read_brand(const TomlTable& table) {
    vision::Brand brand;
    brand.key = table.require_string("key");
    if (!is_key(brand.key)) {
        table.reject("key", "must be lower-case letters, digits and '-': \"" + brand.key + "\"");
    }
    brand.name = brand.key;
    table.read("name", brand.name);
    brand.spellings = read_names(table, "spellings");
    if (brand.spellings.empty()) {
        table.reject("spellings", "is missing or empty; give the name as it is printed");
    }
    brand.misreadings = read_names(table, "misreadings");
    brand.not_in = read_patterns(table, "not_in");
    brand.product_lines = read_names(table, "product_lines");
    brand.companions = read_words(table, "companions");
    table.read("match_case", brand.match_case);
    table.read("whole_word", brand.whole_word);
    table.read("min_confidence", brand.min_confidence);
    if (!(brand.min_confidence >= 0 && brand.min_confidence <= 1)) {
        table.reject("min_confidence", "must be between 0 and 1");
    }
    table.reject_unknown_keys();
    return brand;
}

vision::Model read_model(const TomlTable& table, const vision::Lexicon& lexicon) {
    vision::Model model;
    model.name = table.require_string("name");
    table.read("brand", model.brand);
    if (!model.brand.empty() && lexicon.find_brand(model.brand) == nullptr) {
        table.reject("brand", "no brand of brands.toml has the key \"" + model.brand + "\"");
    }
    table.read("group", model.group);
    model.spellings = read_patterns(table, "spellings");
    if (model.spellings.empty()) {
        table.reject("spellings", "is missing or empty; give the name as people write it");
    }
    for (const auto& spelling : model.spellings) {
        if (!names_something(spelling)) {
            table.reject("spellings", "\"" + spelling + "\" is too short: two letters at least");
        }
    }
    model.needs = read_patterns(table, "needs");
    table.read("control", model.control);
    table.read("rule", model.rule);
    table.reject_unknown_keys();
    return model;
}

void read_brands(const TomlTable& root, vision::Lexicon& lexicon) {
    for (const auto& table : root.tables("brand")) {
        auto brand = read_brand(table);
        if (lexicon.find_brand(brand.key) != nullptr) {
            table.reject("key", "\"" + brand.key + "\" is given twice");
        }
        lexicon.brands.push_back(std::move(brand));
    }
    root.reject_unknown_keys();
}

void read_watchlist(const TomlTable& root, vision::Lexicon& lexicon) {
    const auto search = root.table("search");
    search.read("terms", lexicon.search_terms);
    for (const auto& term : lexicon.search_terms) {
        if (!has_letter(term)) {
            search.reject("terms", "\"" + term + "\" holds no letter and no digit");
        }
    }
    search.reject_unknown_keys();
    for (const auto& table : root.tables("model")) {
        auto model = read_model(table, lexicon);
        if (lexicon.find_model(model.name) != nullptr) {
            table.reject("name", "\"" + model.name + "\" is given twice");
        }
        lexicon.models.push_back(std::move(model));
    }
    root.reject_unknown_keys();
}

vision::Lexicon read_both(const TomlTable& brands, const TomlTable& watchlist) {
    vision::Lexicon lexicon;
    read_brands(brands, lexicon);
    read_watchlist(watchlist, lexicon);
    return lexicon;
}

}  // namespace

vision::Lexicon read_lexicon(const std::filesystem::path& brands,
                             const std::filesystem::path& watchlist) {
    return read_both(TomlTable::parse_file(brands), TomlTable::parse_file(watchlist));
}

vision::Lexicon parse_lexicon(std::string_view brands,
                              std::string_view watchlist,
                              const std::string& brands_name,
                              const std::string& watchlist_name) {
    return read_both(TomlTable::parse(brands, brands_name),
                     TomlTable::parse(watchlist, watchlist_name));
}

}  // namespace chiptrail::config
