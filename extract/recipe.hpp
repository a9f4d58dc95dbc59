#pragma once

// What a recipe of config/sources/ says, checked and compiled: which pages it reads, where their
// items stand and how each field is found. config/recipe_reader.hpp makes it from TOML.

#include "core/post.hpp"
#include "extract/json_query.hpp"
#include "extract/regex.hpp"
#include "extract/selector.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace chiptrail::extract {

/// Applied in this order to every text that an alternative finds; a text that ends up empty
/// counts as not found.
struct Filters {
    bool strip_html = false;     ///< the text is markup: read it as a page and take its text
    std::optional<Regex> regex;  ///< keeps its first group
    std::vector<std::pair<Regex, std::string>> replace;  ///< one after the other
    std::optional<double> divide;  ///< of a number: Shopee's 33900000 / 100000
    std::string wrap;              ///< "{}" stands for the text: "https://cf.shopee.tw/file/{}"
    /// "{shop.id}" in `wrap` stands for what this path finds in the item; the text is dropped when
    /// it finds nothing.
    std::vector<std::pair<std::string, JsonPath>> wrap_paths;
    std::vector<std::string> date_formats;  ///< strptime forms, tried before the usual ones
};

/// One way to find a field.
struct Alternative {
    enum class From {
        select,    ///< `selector` in the item, or in the page
        json,      ///< `path` in the item, or in the page's JSON
        script,    ///< `path` in the value of script `variable`
        meta,      ///< content of <meta property|name=`variable`>
        page_url,  ///< the page's URL, usually with filters.regex
        constant,  ///< `variable` itself
    };
    From from = From::select;
    std::optional<Selector> selector;
    std::optional<JsonPath> path;  ///< with From::select: the text found is JSON, look in there
    std::string variable;
    bool whole_page = false;  ///< look in the page although the recipe has items
    Filters filters;
    std::string label;  ///< as written, for traces and messages
};

enum class Field {
    id,
    url,
    kind,
    title,
    text,
    author,
    author_id,
    author_url,
    price,
    currency,
    location,
    published,
    images,
    links,
};
[[nodiscard]] std::string_view to_text(Field field);
[[nodiscard]] std::optional<Field> field_from(std::string_view text);

/// One kind of page that a source has.
struct Reading {
    enum class Input { html, json, script, feed, generic };

    /// Every condition that is given must hold.
    struct When {
        std::optional<Regex> path;           ///< in path and query of the URL
        std::vector<Selector> selectors;     ///< each must match something
        std::vector<JsonPath> paths;         ///< each must find something; the body must be JSON
        std::vector<std::string> variables;  ///< each must be found in the scripts
    };

    std::string name;  ///< Post::extractor is "<recipe>-<name>"
    When when;
    Input input = Input::html;
    std::vector<std::string> variables;  ///< Input::script: the first that is found
    core::PostKind kind = core::PostKind::listing;
    std::vector<Alternative> items;  ///< empty: the page is one item
    bool many = false;               ///< items were asked for
    std::map<Field, std::vector<Alternative>> fields;
    std::vector<Field> required;         ///< an item without them does not count
    std::vector<Alternative> follow;     ///< URLs of item pages to visit
    std::vector<Alternative> next_page;  ///< URLs of further pages of the same list
    bool fill_gaps = true;               ///< let the generic readers fill what stays empty
};

/// Signs of a page that is not what was asked for.
struct StatusRule {
    enum class On { selector, text, title, url, json };
    core::PageStatus status = core::PageStatus::blocked;
    On on = On::text;
    std::optional<Selector> selector;
    std::optional<JsonPath> path;
    std::optional<Regex> regex;
    std::string label;
};

/// A source. Nothing in it needs more checking.
struct Recipe {
    struct Crawl {
        bool enabled = false;
        std::chrono::milliseconds delay{2'000};  ///< between two requests to one host
        int max_pages = 100;                     ///< of one run
        int max_depth = 2;                       ///< links away from a start URL
        int max_images = 500;                    ///< of one run
        std::chrono::hours revisit{24};          ///< before a page is fetched again
    };

    std::string name;                ///< file name without .toml: "ebay"
    std::string site;                ///< for people: "eBay"
    std::string file;                ///< where it was read, for messages
    std::vector<std::string> hosts;  ///< "www.ebay.com", "*.ebay.de", "ebay.*"; empty: any host
    std::optional<Regex> path;       ///< in path and query
    std::vector<std::string> start;  ///< URLs; "{term}" stands for each term of the watch-list
    Crawl crawl;
    std::vector<Reading> readings;  ///< the first whose `when` holds reads the page
    std::vector<StatusRule> status_rules;
};

/// "*.ebay.com" fits ebay.com and its subdomains; "*" alone inside a label or as the last one
/// stands for one or two labels ("ebay.*": ebay.de, ebay.co.uk). Compared without case.
[[nodiscard]] bool host_fits(std::string_view pattern, std::string_view host);

/// The start URLs with every "{term}" replaced by each of `terms`, percent-encoded as a query
/// value; without repetition, in order.
[[nodiscard]] std::vector<std::string> expand_start_urls(const Recipe& recipe,
                                                         const std::vector<std::string>& terms);

}  // namespace chiptrail::extract
