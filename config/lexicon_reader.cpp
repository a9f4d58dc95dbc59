#include "config/lexicon_reader.hpp"

#include "config/toml_reader.hpp"
#include "core/term_matcher.hpp"
#include "core/unicode.hpp"
#include "vision/model_grammar.hpp"

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

std::string read_brand_key(const TomlTable& table) {
    auto key = table.require_string("key");
    if (!is_key(key)) {
        table.reject("key", "must be lower-case letters, digits and '-': \"" + key + "\"");
    }
    return key;
}

void add_all(std::vector<std::string>& list, std::vector<std::string> more) {
    for (auto& entry : more) {
        if (std::ranges::find(list, entry) == list.end()) {
            list.push_back(std::move(entry));
        }
    }
}

std::vector<std::string> read_images(const TomlTable& table, const std::filesystem::path& folder) {
    std::vector<std::string> images;
    table.read("images", images);
    for (auto& image : images) {
        if (image.empty() || image.find('\0') != std::string::npos) {
            table.reject("images", "holds an empty name");
        }
        image = (folder / image).lexically_normal().string();
    }
    return images;
}

/// Adds what the table says to what is known of the brand.
void read_brand_into(vision::Brand& brand,
                     const TomlTable& table,
                     const std::filesystem::path& folder) {
    table.read("name", brand.name);
    add_all(brand.spellings, read_names(table, "spellings"));
    if (brand.spellings.empty()) {
        table.reject("spellings", "is missing or empty; give the name as it is printed");
    }
    add_all(brand.misreadings, read_names(table, "misreadings"));
    add_all(brand.not_in, read_patterns(table, "not_in"));
    add_all(brand.product_lines, read_names(table, "product_lines"));
    add_all(brand.companions, read_words(table, "companions"));
    add_all(brand.images, read_images(table, folder));
    table.read("match_case", brand.match_case);
    table.read("whole_word", brand.whole_word);
    table.read("min_confidence", brand.min_confidence);
    if (!(brand.min_confidence >= 0 && brand.min_confidence <= 1)) {
        table.reject("min_confidence", "must be between 0 and 1");
    }
    table.reject_unknown_keys();
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
    table.read("basis", model.basis);
    table.reject_unknown_keys();
    return model;
}

void read_brands(const TomlTable& root,
                 const std::filesystem::path& folder,
                 vision::Lexicon& lexicon) {
    for (const auto& table : root.tables("brand")) {
        vision::Brand brand;
        brand.key = read_brand_key(table);
        brand.name = brand.key;
        if (lexicon.find_brand(brand.key) != nullptr) {
            table.reject("key", "\"" + brand.key + "\" is given twice");
        }
        read_brand_into(brand, table, folder);
        lexicon.brands.push_back(std::move(brand));
    }
    root.reject_unknown_keys();
}

/// Brands of the user: new ones, and more about those of the list.
void read_own_brands(const TomlTable& root,
                     const std::filesystem::path& folder,
                     vision::Lexicon& lexicon) {
    std::set<std::string> seen;
    for (const auto& table : root.tables("brand")) {
        const auto key = read_brand_key(table);
        if (!seen.insert(key).second) {
            table.reject("key", "\"" + key + "\" is given twice");
        }
        auto known = std::ranges::find(lexicon.brands, key, &vision::Brand::key);
        if (known == lexicon.brands.end()) {
            vision::Brand brand;
            brand.key = key;
            brand.name = key;
            lexicon.brands.push_back(std::move(brand));
            known = lexicon.brands.end() - 1;
        }
        read_brand_into(*known, table, folder);
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

std::vector<std::string> read_model_patterns(const TomlTable& table,
                                             std::string_view key,
                                             vision::PatternUse use) {
    std::vector<std::string> patterns;
    table.read(key, patterns);
    for (const auto& pattern : patterns) {
        if (const auto problem = vision::pattern_problem(pattern, use); !problem.empty()) {
            table.reject(key, "\"" + pattern + "\" " + problem);
        }
    }
    return patterns;
}

void read_meanings(const TomlTable& table, vision::ModelFamily& family) {
    const auto parts = table.table("meaning");
    for (const auto& part : parts.keys()) {
        const auto values = parts.table(part);
        for (const auto& value : values.keys()) {
            family.meanings.push_back({part, value, values.require_string(value), false});
        }
    }
}

/// "series=XE": that value of that part says it.
void add_accelerator_value(const TomlTable& table,
                           const std::string& text,
                           vision::ModelFamily& family) {
    const auto equals = text.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == text.size()) {
        table.reject("accelerators", "\"" + text + "\" must be true or like \"series=XE\"");
    }
    const auto part = text.substr(0, equals);
    const auto value = text.substr(equals + 1);
    const auto found = std::ranges::find_if(family.meanings, [&](const vision::PartMeaning& m) {
        return m.part == part && m.value == value;
    });
    if (found != family.meanings.end()) {
        found->accelerators = true;
    } else {
        family.meanings.push_back({part, value, {}, true});
    }
}

vision::ModelFamily read_family(const TomlTable& table) {
    vision::ModelFamily family;
    family.name = table.require_string("name");
    family.brand = table.require_string("brand");
    table.read("group", family.group);
    family.patterns = read_model_patterns(table, "patterns", vision::PatternUse::alone);
    family.with_vendor = read_model_patterns(table, "with_vendor", vision::PatternUse::with_vendor);
    if (family.patterns.empty() && family.with_vendor.empty()) {
        table.reject("patterns", "is missing or empty; give a pattern, or one under with_vendor");
    }
    read_meanings(table, family);
    if (table.holds_list_or_text("accelerators")) {
        std::vector<std::string> values;
        table.read("accelerators", values);
        for (const auto& value : values) {
            add_accelerator_value(table, value, family);
        }
    } else {
        table.read("accelerators", family.accelerators);
    }
    table.reject_unknown_keys();
    return family;
}

void read_families(const TomlTable& root, vision::Lexicon& lexicon, UnknownBrands unknown) {
    for (const auto& table : root.tables("family")) {
        auto family = read_family(table);
        if (std::ranges::find(lexicon.families, family.name, &vision::ModelFamily::name) !=
            lexicon.families.end()) {
            table.reject("name", "\"" + family.name + "\" is given twice");
        }
        if (lexicon.find_brand(family.brand) != nullptr) {
            lexicon.families.push_back(std::move(family));
        } else if (unknown == UnknownBrands::refuse) {
            table.reject("brand", "no brand of brands.toml has the key \"" + family.brand + "\"");
        }
    }
    root.reject_unknown_keys();
}

}  // namespace

vision::Lexicon read_lexicon(const LexiconFiles& files) {
    vision::Lexicon lexicon;
    read_brands(TomlTable::parse_file(files.brands), files.brands.parent_path(), lexicon);
    std::error_code ignored;
    if (!files.own_brands.empty() && std::filesystem::exists(files.own_brands, ignored)) {
        read_own_brands(
            TomlTable::parse_file(files.own_brands), files.own_brands.parent_path(), lexicon);
    }
    read_watchlist(TomlTable::parse_file(files.watchlist), lexicon);
    if (!files.families.empty()) {
        read_families(TomlTable::parse_file(files.families), lexicon, files.unknown_brands);
    }
    return lexicon;
}

vision::Lexicon read_lexicon(const std::filesystem::path& brands,
                             const std::filesystem::path& watchlist) {
    LexiconFiles files;
    files.brands = brands;
    files.watchlist = watchlist;
    return read_lexicon(files);
}

vision::Lexicon parse_lexicon(std::string_view brands,
                              std::string_view watchlist,
                              std::string_view families,
                              std::string_view own_brands) {
    vision::Lexicon lexicon;
    read_brands(TomlTable::parse(brands, "brands.toml"), {}, lexicon);
    read_own_brands(TomlTable::parse(own_brands, "own-brands.toml"), {}, lexicon);
    read_watchlist(TomlTable::parse(watchlist, "watchlist.toml"), lexicon);
    read_families(TomlTable::parse(families, "families.toml"), lexicon, UnknownBrands::refuse);
    return lexicon;
}

}  // namespace chiptrail::config
