#include "extract/script_variable.hpp"

#include "core/text.hpp"
#include "extract/js_reader.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace chiptrail::extract {

namespace {

bool is_identifier(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

enum class Form { assignment, property, call };

/// A name can occur often, and reading a value can fail late: all attempts in one script share
/// this many characters, in multiples of its length.
constexpr std::size_t kAttemptBudget = 4;

class Finder {
public:
    Finder(std::string_view script, std::string_view name, const JsonLimits& limits)
        : script_(script), limits_(limits), budget_(kAttemptBudget * (script.size() + 1024)) {
        if (name.substr(0, 1) == ":") {
            form_ = Form::property;
            name.remove_prefix(1);
        } else if (!name.empty() && name.back() == '(') {
            form_ = Form::call;
            name.remove_suffix(1);
        }
        name_ = name;
    }

    std::optional<Json> find() {
        if (name_.empty()) {
            return std::nullopt;
        }
        for (auto at = script_.find(name_); at != std::string_view::npos && budget_ > 0;
             at = script_.find(name_, at + name_.size())) {
            if (at > 0 && is_identifier(script_[at - 1]) && is_identifier(name_.front())) {
                continue;
            }
            const auto value = value_begin(at + name_.size());
            if (value) {
                if (auto found = read(*value)) {
                    return found;
                }
            }
        }
        return std::nullopt;
    }

private:
    [[nodiscard]] std::size_t skip_space(std::size_t at) const {
        while (at < script_.size() && is_space(script_[at])) {
            ++at;
        }
        return at;
    }

    [[nodiscard]] char at(std::size_t index) const {
        return index < script_.size() ? script_[index] : '\0';
    }

    /// Where the value starts when the name ends at `end` and is followed by what the form wants.
    [[nodiscard]] std::optional<std::size_t> value_begin(std::size_t end) const {
        if (is_identifier(at(end)) && is_identifier(name_.back())) {
            return std::nullopt;
        }
        auto next = end;
        if (at(next) == '"' || at(next) == '\'') {
            ++next;  // window["name"] = , "name": , and the two escaped by a backslash
        } else if (at(next) == '\\' && at(next + 1) == '"') {
            return std::nullopt;  // inside a string of its own: not readable from here
        }
        next = skip_space(next);
        if (at(next) == ']') {
            next = skip_space(next + 1);
        }
        const char wanted = form_ == Form::assignment ? '=' : form_ == Form::property ? ':' : '(';
        if (at(next) != wanted || (wanted == '=' && at(next + 1) == '=')) {
            return std::nullopt;
        }
        return next + 1;
    }

    std::optional<Json> read(std::size_t begin) {
        JsReader reader(script_.substr(begin, budget_), limits_);
        auto value = form_ == Form::call ? reader.read_arguments() : reader.read_value();
        budget_ -= std::min(budget_, reader.consumed() + 1);
        return value;
    }

    std::string_view script_;
    std::string_view name_;
    JsonLimits limits_;
    Form form_ = Form::assignment;
    std::size_t budget_;
};

std::optional<Json> read_element(const HtmlDocument& document,
                                 std::string_view id,
                                 const JsonLimits& limits) {
    static const auto kWithId = Selector::literal("[id]");
    for (const auto& node : document.select(kWithId)) {
        if (node.attribute("id") == id) {
            const auto text = node.raw_text();
            if (auto json = parse_json(text, limits)) {
                return std::move(*json);
            }
            return read_js_value(text, limits);
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<Json> read_js_value(std::string_view text, const JsonLimits& limits) {
    return JsReader(text, limits).read_value();
}

std::optional<Json> find_script_variable(std::string_view script,
                                         std::string_view name,
                                         const JsonLimits& limits) {
    return Finder(script, name, limits).find();
}

std::optional<Json> find_script_variable(const HtmlDocument& document,
                                         std::string_view name,
                                         const JsonLimits& limits) {
    if (name.substr(0, 1) == "#") {
        return read_element(document, name.substr(1), limits);
    }
    static const auto kScripts = Selector::literal("script");
    for (const auto& node : document.select(kScripts)) {
        if (auto value = find_script_variable(node.raw_text(), name, limits)) {
            return value;
        }
    }
    return std::nullopt;
}

}  // namespace chiptrail::extract
