#pragma once

// Checks a document against the part of JSON Schema that docs/schemas/ uses. A keyword that it
// does not know is an error, so that no schema can ask for what nobody checks.

#include <nlohmann/json.hpp>

#include <regex>
#include <set>
#include <string>
#include <vector>

namespace chiptrail::tests {

/// One line a problem: "/page/status: is a string, not an integer".
class SchemaCheck {
public:
    explicit SchemaCheck(nlohmann::json schema) : root_(std::move(schema)) {}

    [[nodiscard]] std::vector<std::string> problems(const nlohmann::json& document) {
        found_.clear();
        check(root_, document, "");
        return found_;
    }

private:
    using json = nlohmann::json;

    void say(const std::string& place, const std::string& problem) {
        found_.push_back((place.empty() ? "/" : place) + ": " + problem);
    }

    static bool has_type(const json& value, const std::string& type) {
        return (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
               (type == "string" && value.is_string()) || (type == "number" && value.is_number()) ||
               (type == "integer" && value.is_number_integer()) ||
               (type == "boolean" && value.is_boolean()) || (type == "null" && value.is_null());
    }

    void check(const json& schema, const json& value, const std::string& place) {
        for (const auto& [keyword, rule] : schema.items()) {
            check_keyword(keyword, rule, schema, value, place);
        }
    }

    void check_keyword(const std::string& keyword,
                       const json& rule,
                       const json& schema,
                       const json& value,
                       const std::string& place) {
        static const std::set<std::string> kWords = {
            "$schema", "$id", "title", "description", "$defs", "properties", "examples", "default"};
        if (keyword == "$ref") {
            check(root_.at(json::json_pointer(rule.get<std::string>().substr(1))), value, place);
        } else if (keyword == "type") {
            check_type(rule, value, place);
        } else if (keyword == "const" || keyword == "enum") {
            check_choice(keyword == "const" ? json::array({rule}) : rule, value, place);
        } else if (keyword == "anyOf") {
            check_any(rule, value, place);
        } else if (keyword == "required") {
            check_required(rule, value, place);
        } else if (keyword == "additionalProperties") {
            check_properties(rule, schema, value, place);
        } else if (keyword == "items") {
            check_items(rule, value, place);
        } else if (keyword == "pattern") {
            check_pattern(rule, value, place);
        } else if (!check_bound(keyword, rule, value, place) && !kWords.contains(keyword)) {
            say(place, "this checker does not know the keyword " + keyword);
        }
    }

    void check_type(const json& rule, const json& value, const std::string& place) {
        const auto types = rule.is_array() ? rule : json::array({rule});
        for (const auto& type : types) {
            if (has_type(value, type.get<std::string>())) {
                return;
            }
        }
        say(place, std::string("is ") + value.type_name() + ", not " + rule.dump());
    }

    void check_choice(const json& choices, const json& value, const std::string& place) {
        for (const auto& choice : choices) {
            if (choice == value) {
                return;
            }
        }
        say(place, value.dump() + " is none of " + choices.dump());
    }

    void check_any(const json& choices, const json& value, const std::string& place) {
        const auto before = found_;
        for (const auto& choice : choices) {
            found_ = before;
            check(choice, value, place);
            if (found_.size() == before.size()) {
                return;
            }
        }
    }

    void check_required(const json& names, const json& value, const std::string& place) {
        for (const auto& name : names) {
            if (value.is_object() && !value.contains(name.get<std::string>())) {
                say(place, "lacks " + name.dump());
            }
        }
    }

    void check_properties(const json& others,
                          const json& schema,
                          const json& value,
                          const std::string& place) {
        if (!value.is_object()) {
            return;
        }
        for (const auto& [name, item] : value.items()) {
            if (schema.at("properties").contains(name)) {
                check(schema.at("properties").at(name), item, place + "/" + name);
            } else if (others == false) {
                say(place, "has the unknown " + name);
            }
        }
    }

    void check_items(const json& rule, const json& value, const std::string& place) {
        for (std::size_t i = 0; value.is_array() && i < value.size(); ++i) {
            check(rule, value[i], place + "/" + std::to_string(i));
        }
    }

    void check_pattern(const json& rule, const json& value, const std::string& place) {
        // The text is our own output, and the schema is ours.
        if (value.is_string() &&
            !std::regex_search(value.get<std::string>(), std::regex(rule.get<std::string>()))) {
            say(place, value.dump() + " is not like " + rule.dump());
        }
    }

    /// False when `keyword` is no bound.
    bool check_bound(const std::string& keyword,
                     const json& rule,
                     const json& value,
                     const std::string& place) {
        const bool lower = keyword == "minimum" || keyword == "minItems";
        const bool upper = keyword == "maximum" || keyword == "maxItems";
        if (!lower && !upper) {
            return false;
        }
        const auto number = value.is_array() ? json(value.size()) : value;
        if (number.is_number() && (lower ? number < rule : number > rule)) {
            say(place, number.dump() + " breaks " + keyword + " " + rule.dump());
        }
        return true;
    }

    json root_;
    std::vector<std::string> found_;
};

}  // namespace chiptrail::tests
