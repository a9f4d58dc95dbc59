#include "extract/field_finder.hpp"

#include "core/text.hpp"
#include "extract/images.hpp"
#include "extract/query.hpp"

#include <charconv>
#include <cmath>
#include <utility>

namespace chiptrail::extract {

namespace {

constexpr std::size_t kMaxTexts = 10'000;

void add_texts(const Json& value, std::vector<std::string>& texts) {
    if (value.is_array()) {
        for (const auto& inside : value) {
            if (auto text = json_text(inside); !text.empty()) {
                texts.push_back(std::move(text));
            }
        }
    } else if (auto text = json_text(value); !text.empty()) {
        texts.push_back(std::move(text));
    }
}

std::vector<std::string> texts_at(const Json* root, const JsonPath& path) {
    std::vector<std::string> texts;
    if (root != nullptr) {
        for (const auto* value : path.select(*root)) {
            add_texts(*value, texts);
            if (texts.size() > kMaxTexts) {
                break;
            }
        }
    }
    return texts;
}

std::string value_for(const Node& node, Meaning meaning, const core::Url& base) {
    if (meaning == Meaning::image) {
        return image_of(node, base);
    }
    if (meaning == Meaning::link) {
        for (const auto* name : {"href", "content", "src", "data-href", "data-url"}) {
            if (const auto value = node.attribute(name); !value.empty()) {
                return std::string(value);
            }
        }
        return {};
    }
    // <meta content>, <time datetime> and <input value> say in an attribute what others show.
    if (node.name() == "meta") {
        return std::string(node.attribute("content"));
    }
    if (node.name() == "input") {
        return std::string(node.attribute("value"));
    }
    return node.text();
}

/// At least two decimals, as prices have: "339.00", "0.125".
std::string divided(const std::string& text, double divisor) {
    double value = 0;
    const auto* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, value);
    if (result.ec != std::errc() || result.ptr != end || !std::isfinite(value / divisor)) {
        return {};
    }
    std::array<char, 64> buffer{};
    const auto written = std::to_chars(
        buffer.data(), buffer.data() + buffer.size(), value / divisor, std::chars_format::fixed, 6);
    if (written.ec != std::errc()) {
        return {};
    }
    std::string digits(buffer.data(), written.ptr);
    const auto point = digits.find('.');
    while (digits.size() > point + 3 && digits.back() == '0') {
        digits.pop_back();
    }
    return digits;
}

std::string wrapped(const std::string& wrap, const std::string& text) {
    const auto place = wrap.find("{}");
    if (place == std::string::npos) {
        return wrap;
    }
    return wrap.substr(0, place) + text + wrap.substr(place + 2);
}

}  // namespace

std::string apply_filters(const Filters& filters, std::string text) {
    if (filters.strip_html) {
        text = HtmlDocument::parse(text).root().text();
    }
    if (filters.regex) {
        text = filters.regex->first(text).value_or("");
    }
    for (const auto& [regex, replacement] : filters.replace) {
        text = regex.replace(std::move(text), replacement);
    }
    text = std::string(core::trim(text));
    if (filters.divide && !text.empty()) {
        text = divided(text, *filters.divide);
    }
    if (!filters.wrap.empty() && !text.empty()) {
        text = wrapped(filters.wrap, text);
    }
    return text;
}

Node FieldFinder::scope_node(const Alternative& alternative, const ItemScope& scope) {
    return alternative.whole_page ? Node() : scope.node;
}

std::vector<Node> FieldFinder::elements(const Alternative& alternative, const ItemScope& scope) {
    if (!alternative.selector) {
        return {};
    }
    const auto node = scope_node(alternative, scope);
    return node ? node.select(*alternative.selector)
                : page_.document().select(*alternative.selector);
}

std::vector<std::string> FieldFinder::selected(const Alternative& alternative,
                                               const ItemScope& scope,
                                               Meaning meaning) {
    const auto& selector = *alternative.selector;
    if (!gives_elements(selector)) {
        const auto node = scope_node(alternative, scope);
        return node ? node.values(selector) : page_.document().values(selector);
    }
    std::vector<std::string> texts;
    for (const auto& node : elements(alternative, scope)) {
        if (alternative.path) {
            texts.push_back(node.raw_text());
        } else if (alternative.filters.strip_html) {
            texts.push_back(node.inner_html());
        } else {
            texts.push_back(value_for(node, meaning, page_.base()));
        }
    }
    return texts;
}

std::vector<std::string> FieldFinder::raw(const Alternative& alternative,
                                          const ItemScope& scope,
                                          Meaning meaning) {
    using From = Alternative::From;
    switch (alternative.from) {
        case From::select: {
            auto texts = selected(alternative, scope, meaning);
            if (!alternative.path) {
                return texts;
            }
            std::vector<std::string> inside;
            for (const auto& text : texts) {
                if (const auto json = parse_json(text)) {
                    const auto more = texts_at(&*json, *alternative.path);
                    inside.insert(inside.end(), more.begin(), more.end());
                }
            }
            return inside;
        }
        case From::json: {
            const auto* item = alternative.whole_page ? nullptr : scope.json;
            return texts_at(item != nullptr ? item : data_, *alternative.path);
        }
        case From::script:
            return texts_at(page_.script(alternative.variable), *alternative.path);
        case From::meta:
            return {page_.document().meta(alternative.variable)};
        case From::page_url:
            return {page_.page().url.text()};
        case From::constant:
            return {alternative.variable};
    }
    return {};
}

bool FieldFinder::put_paths(const Alternative& alternative,
                            const ItemScope& scope,
                            std::string& text) const {
    const Json* root = scope.json != nullptr ? scope.json : data_;
    for (const auto& [place, path] : alternative.filters.wrap_paths) {
        const auto* value = root == nullptr ? nullptr : path.first(*root);
        const auto found = value == nullptr ? std::string() : json_text(*value);
        const auto at = text.find(place);
        if (found.empty() || at == std::string::npos) {
            return false;
        }
        text.replace(at, place.size(), found);
    }
    return true;
}

std::vector<std::string> FieldFinder::find(const Alternative& alternative,
                                           const ItemScope& scope,
                                           Meaning meaning) {
    std::vector<std::string> texts;
    for (auto& text : raw(alternative, scope, meaning)) {
        auto filtered = apply_filters(alternative.filters, std::move(text));
        if (!put_paths(alternative, scope, filtered)) {
            continue;
        }
        if (!filtered.empty() && texts.size() < kMaxTexts) {
            texts.push_back(std::move(filtered));
        }
    }
    return texts;
}

std::vector<ItemScope> FieldFinder::find_items(const Alternative& alternative) {
    std::vector<ItemScope> items;
    if (alternative.from == Alternative::From::select) {
        for (const auto& node : elements(alternative, {})) {
            items.push_back({node, nullptr});
        }
        return items;
    }
    const Json* root =
        alternative.from == Alternative::From::script ? page_.script(alternative.variable) : data_;
    if (root == nullptr || !alternative.path) {
        return items;
    }
    for (const auto* value : alternative.path->select(*root)) {
        if (value->is_structured()) {
            items.push_back({Node(), value});
        }
    }
    return items;
}

}  // namespace chiptrail::extract
