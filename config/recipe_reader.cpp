#include "config/recipe_reader.hpp"

#include "core/url.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace chiptrail::config {

namespace {

using extract::Alternative;
using extract::Field;
using extract::JsonPath;
using extract::Reading;
using extract::Recipe;
using extract::Regex;
using extract::Selector;
using extract::StatusRule;

/// The value of a compile() or the mistake with its place.
template <class T>
T must(core::Result<T> result, const TomlTable& table, std::string_view key) {
    if (!result) {
        table.reject(key, result.error().detail);
    }
    return std::move(*result);
}

std::optional<Regex> read_regex(const TomlTable& table, std::string_view key) {
    std::string text;
    table.read(key, text);
    if (!table.has(key)) {
        return std::nullopt;
    }
    return must(Regex::compile(text), table, key);
}

std::optional<Selector> read_selector(const TomlTable& table, std::string_view key) {
    std::string text;
    table.read(key, text);
    if (!table.has(key)) {
        return std::nullopt;
    }
    return must(Selector::compile(text), table, key);
}

std::optional<JsonPath> read_path(const TomlTable& table, std::string_view key) {
    std::string text;
    table.read(key, text);
    if (!table.has(key)) {
        return std::nullopt;
    }
    return must(JsonPath::compile(text), table, key);
}

void read_replacements(const TomlTable& table, extract::Filters& filters) {
    std::vector<std::string> texts;
    table.read("replace", texts);
    if (texts.size() % 2 != 0) {
        table.reject("replace", "must be a list of pairs: [pattern, text, pattern, text]");
    }
    for (std::size_t i = 0; i < texts.size(); i += 2) {
        auto regex = must(Regex::compile(texts[i]), table, "replace");
        if (const auto problem = regex.check_replacement(texts[i + 1]); !problem.empty()) {
            table.reject("replace", problem);
        }
        filters.replace.emplace_back(std::move(regex), texts[i + 1]);
    }
}

void read_wrap(const TomlTable& table, extract::Filters& filters) {
    table.read("wrap", filters.wrap);
    const auto& wrap = filters.wrap;
    for (auto open = wrap.find('{'); open != std::string::npos; open = wrap.find('{', open + 1)) {
        const auto close = wrap.find('}', open);
        if (close == std::string::npos) {
            table.reject("wrap", "has '{' without '}'");
        }
        if (close > open + 1) {
            const auto path = wrap.substr(open + 1, close - open - 1);
            filters.wrap_paths.emplace_back(wrap.substr(open, close - open + 1),
                                            must(JsonPath::compile(path), table, "wrap"));
        }
    }
    if (!wrap.empty() && wrap.find('{') == std::string::npos) {
        table.reject("wrap", "must hold {}, which stands for the text found");
    }
}

extract::Filters read_filters(const TomlTable& table) {
    extract::Filters filters;
    table.read("strip_html", filters.strip_html);
    filters.regex = read_regex(table, "regex");
    read_replacements(table, filters);
    double divisor = 0;
    table.read("divide", divisor);
    if (table.has("divide")) {
        if (divisor == 0) {
            table.reject("divide", "must not be 0");
        }
        filters.divide = divisor;
    }
    read_wrap(table, filters);
    table.read("formats", filters.date_formats);
    return filters;
}

constexpr std::array<std::pair<std::string_view, Alternative::From>, 6> kOrigins = {
    {{"select", Alternative::From::select},
     {"json", Alternative::From::json},
     {"script", Alternative::From::script},
     {"meta", Alternative::From::meta},
     {"url", Alternative::From::page_url},
     {"value", Alternative::From::constant}}};

/// The one key that says where to look.
std::string_view read_origin(const TomlTable& table, Alternative& alternative) {
    std::string_view chosen;
    std::string text;
    for (const auto& [key, from] : kOrigins) {
        table.read(key, text);  // Read or not, it is a known key.
        if (!table.has(key)) {
            continue;
        }
        if (!chosen.empty()) {
            table.reject(key, "cannot stand beside " + std::string(chosen));
        }
        chosen = key;
        alternative.from = from;
    }
    if (chosen.empty()) {
        table.reject("select", "is missing: one of select, json, script, meta, url, value");
    }
    return chosen;
}

Alternative read_alternative(const TomlTable& table) {
    Alternative alternative;
    const auto origin = read_origin(table, alternative);
    alternative.label = table.require_string(origin);
    alternative.path = read_path(table, "path");
    alternative.filters = read_filters(table);
    table.read("page", alternative.whole_page);
    switch (alternative.from) {
        case Alternative::From::select:
            alternative.selector = read_selector(table, "select");
            break;
        case Alternative::From::json:
            alternative.path = read_path(table, "json");
            break;
        case Alternative::From::page_url:
            alternative.filters.regex = read_regex(table, "url");
            break;
        default:
            alternative.variable = table.require_string(origin);
    }
    if (alternative.from == Alternative::From::script) {
        if (!alternative.path) {
            table.reject("path", "is missing: where in the script's value to look");
        }
        alternative.label += " -> " + alternative.path->text();
    }
    if (origin != "select" && origin != "json") {
        alternative.label = std::string(origin) + " " + alternative.label;
    }
    table.reject_unknown_keys();
    return alternative;
}

/// A text alone is a path where the input is data, and a selector where it is a page.
std::vector<Alternative> read_alternatives(const TomlTable& table,
                                           std::string_view key,
                                           Reading::Input input) {
    const bool data = input == Reading::Input::json || input == Reading::Input::script;
    std::vector<Alternative> alternatives;
    for (const auto& item : table.tables_or_texts(key, data ? "json" : "select")) {
        alternatives.push_back(read_alternative(item));
    }
    return alternatives;
}

Reading::When read_when(const TomlTable& table) {
    Reading::When when;
    when.path = read_regex(table, "path");
    std::vector<std::string> texts;
    table.read("selector", texts);
    for (const auto& text : texts) {
        when.selectors.push_back(must(Selector::compile(text), table, "selector"));
    }
    texts.clear();
    table.read("json", texts);
    for (const auto& text : texts) {
        when.paths.push_back(must(JsonPath::compile(text), table, "json"));
    }
    table.read("variable", when.variables);
    table.reject_unknown_keys();
    return when;
}

Reading::Input read_input(const TomlTable& table) {
    constexpr std::array<std::pair<std::string_view, Reading::Input>, 5> kInputs = {
        {{"html", Reading::Input::html},
         {"json", Reading::Input::json},
         {"script", Reading::Input::script},
         {"feed", Reading::Input::feed},
         {"generic", Reading::Input::generic}}};
    std::string text = "html";
    table.read("input", text);
    for (const auto& [name, input] : kInputs) {
        if (name == text) {
            return input;
        }
    }
    table.reject("input", "is '" + text + "', must be html, json, script, feed or generic");
}

Field read_field_name(const TomlTable& table, std::string_view key, const std::string& name) {
    const auto field = extract::field_from(name);
    if (!field) {
        table.reject(key,
                     "unknown field '" + name +
                         "', known are id, url, kind, title, text, author, author_id, author_url, "
                         "price, currency, location, published, images, links");
    }
    return *field;
}

Reading read_reading(const TomlTable& table) {
    Reading reading;
    table.read("name", reading.name);
    reading.when = read_when(table.table("when"));
    reading.input = read_input(table);
    table.read("variable", reading.variables);
    if (reading.input == Reading::Input::script && reading.variables.empty()) {
        table.reject("variable", "is missing: which script variable holds the data");
    }
    std::string kind(to_text(reading.kind));
    table.read("kind", kind);
    const auto known = core::post_kind_from(kind);
    if (!known) {
        table.reject("kind", "is '" + kind + "', must be listing, post, thread or feed_item");
    }
    reading.kind = *known;
    reading.items = read_alternatives(table, "items", reading.input);
    reading.many = !reading.items.empty();
    const auto fields = table.table("fields");
    for (const auto& name : fields.keys()) {
        reading.fields[read_field_name(fields, name, name)] =
            read_alternatives(fields, name, reading.input);
    }
    std::vector<std::string> required;
    table.read("required", required);
    for (const auto& name : required) {
        reading.required.push_back(read_field_name(table, "required", name));
    }
    reading.follow = read_alternatives(table, "follow", reading.input);
    reading.next_page = read_alternatives(table, "next_page", reading.input);
    table.read("fill_gaps", reading.fill_gaps);
    table.reject_unknown_keys();
    return reading;
}

StatusRule read_status_rule(const TomlTable& table) {
    StatusRule rule;
    const auto name = table.require_string("is");
    const auto status = core::page_status_from(name);
    if (!status || *status == core::PageStatus::ok) {
        table.reject("is",
                     "is '" + name +
                         "', must be needs_js, needs_login, captcha, blocked, empty_list or "
                         "layout_changed");
    }
    rule.status = *status;
    rule.selector = read_selector(table, "selector");
    rule.path = read_path(table, "json");
    if (rule.selector) {
        rule.on = StatusRule::On::selector;
        rule.label = "selector '" + rule.selector->text() + "'";
    } else if (rule.path) {
        rule.on = StatusRule::On::json;
        rule.label = "path '" + rule.path->text() + "'";
    }
    constexpr std::array<std::pair<std::string_view, StatusRule::On>, 3> kPatterns = {
        {{"text", StatusRule::On::text},
         {"title", StatusRule::On::title},
         {"url", StatusRule::On::url}}};
    for (const auto& [key, on] : kPatterns) {
        if (!table.has(key)) {
            continue;
        }
        if (rule.regex || ((rule.selector || rule.path) && key != "text")) {
            table.reject(key, "cannot stand beside another sign; write a second rule");
        }
        rule.regex = read_regex(table, key);
        if (!rule.selector && !rule.path) {
            rule.on = on;
        }
        rule.label += (rule.label.empty() ? "" : " with ") + std::string(key) + " '" +
                      rule.regex->pattern() + "'";
    }
    if (rule.label.empty()) {
        table.reject("is", "stands alone: add selector, json, text, title or url");
    }
    table.reject_unknown_keys();
    return rule;
}

template <class T>
void check_range(const TomlTable& table, std::string_view key, T value, T least, T most) {
    if (value < least || value > most) {
        table.reject(key,
                     "is " + std::to_string(value) + ", must be " + std::to_string(least) + " to " +
                         std::to_string(most));
    }
}

Recipe::Crawl read_crawl(const TomlTable& table) {
    Recipe::Crawl crawl;
    table.read("enabled", crawl.enabled);
    int delay_ms = static_cast<int>(crawl.delay.count());
    table.read("delay_ms", delay_ms);
    check_range(table, "delay_ms", delay_ms, 0, 3'600'000);
    crawl.delay = std::chrono::milliseconds(delay_ms);
    table.read("max_pages", crawl.max_pages);
    check_range(table, "max_pages", crawl.max_pages, 1, 1'000'000);
    table.read("max_depth", crawl.max_depth);
    check_range(table, "max_depth", crawl.max_depth, 0, 100);
    table.read("max_images", crawl.max_images);
    check_range(table, "max_images", crawl.max_images, 0, 1'000'000);
    int hours = static_cast<int>(crawl.revisit.count());
    table.read("revisit_hours", hours);
    check_range(table, "revisit_hours", hours, 0, 24 * 3650);
    crawl.revisit = std::chrono::hours(hours);
    table.reject_unknown_keys();
    return crawl;
}

void check_start_urls(const TomlTable& table, const Recipe& recipe) {
    for (const auto& url : expand_start_urls(recipe, {"term"})) {
        if (const auto parsed = core::Url::parse(url); !parsed) {
            table.reject("start", parsed.error().detail);
        }
    }
}

}  // namespace

Recipe read_recipe(const TomlTable& table, const std::string& name) {
    Recipe recipe;
    recipe.name = name;
    recipe.site = table.require_string("site");
    table.read("hosts", recipe.hosts);
    recipe.path = read_regex(table, "path");
    table.read("start", recipe.start);
    check_start_urls(table, recipe);
    recipe.crawl = read_crawl(table.table("crawl"));
    for (const auto& rule : table.tables("status")) {
        recipe.status_rules.push_back(read_status_rule(rule));
    }
    for (const auto& reading : table.tables("read")) {
        recipe.readings.push_back(read_reading(reading));
    }
    if (recipe.readings.empty()) {
        table.reject("read", "is missing: a recipe needs at least one [[read]]");
    }
    table.reject_unknown_keys();
    return recipe;
}

Recipe read_recipe_file(const std::filesystem::path& path) {
    auto recipe = read_recipe(TomlTable::parse_file(path), path.stem().string());
    recipe.file = path.string();
    return recipe;
}

std::vector<Recipe> read_recipes(const std::filesystem::path& folder) {
    std::error_code error;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        if (entry.path().extension() == ".toml") {
            files.push_back(entry.path());
        }
    }
    if (error) {
        throw core::ConfigError(folder.string() +
                                ": cannot list the recipes in it: " + error.message());
    }
    std::sort(files.begin(), files.end());
    std::vector<Recipe> recipes;
    for (const auto& file : files) {
        recipes.push_back(read_recipe_file(file));
    }
    return recipes;
}

}  // namespace chiptrail::config
