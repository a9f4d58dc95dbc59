#include "extract/json_query.hpp"

#include "core/text.hpp"
#include "extract/charset.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <utility>

namespace chiptrail::extract {

namespace {

constexpr std::size_t kMaxFound = 100'000;
constexpr std::size_t kMaxPath = 2048;

bool is_identifier(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || c == '.';
}

/// What sites put in front of JSON so that it does not run as a script, and JSONP calls.
std::string_view without_guards(std::string_view text) {
    constexpr std::array<std::string_view, 5> kGuards = {
        "\xEF\xBB\xBF", ")]}'", "while(1);", "for(;;);", "/**/"};
    for (const auto guard : kGuards) {
        text = core::trim(text);
        if (text.substr(0, guard.size()) == guard) {
            text.remove_prefix(guard.size());
        }
    }
    text = core::trim(text);
    const auto name_end = static_cast<std::size_t>(
        std::find_if_not(text.begin(), text.end(), is_identifier) - text.begin());
    const auto last = text.find_last_of(')');
    if (name_end > 0 && name_end < text.size() && text[name_end] == '(' &&
        last != std::string_view::npos && text.size() - last <= 2) {
        return core::trim(text.substr(name_end + 1, last - name_end - 1));
    }
    return text;
}

/// nlohmann's parser copes with any depth, but copying and printing a value recurse.
std::optional<std::string> exceeded_limit(std::string_view text, const JsonLimits& limits) {
    std::size_t depth = 0;
    std::size_t values = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        switch (text[i]) {
            case '"':
                for (++i; i < text.size() && text[i] != '"'; ++i) {
                    i += text[i] == '\\' ? 1U : 0U;
                }
                break;
            case '[':
            case '{':
                if (++depth > limits.max_depth) {
                    return "JSON nested deeper than " + std::to_string(limits.max_depth);
                }
                ++values;
                break;
            case ']':
            case '}':
                depth -= depth > 0 ? 1U : 0U;
                break;
            case ',':
                if (++values > limits.max_values) {
                    return "JSON with more than " + std::to_string(limits.max_values) + " values";
                }
                break;
            default:
                break;
        }
    }
    return std::nullopt;
}

}  // namespace

core::Result<Json> parse_json(std::string_view text, const JsonLimits& limits) {
    std::string repaired;
    if (!is_valid_utf8(text)) {
        repaired = repair_utf8(text);
        text = repaired;
    }
    text = without_guards(text);
    if (auto exceeded = exceeded_limit(text, limits)) {
        return core::fail(core::Failure::Kind::too_large, std::move(*exceeded));
    }
    try {
        return Json::parse(text.begin(), text.end());
    } catch (const Json::exception& error) {
        const auto* parse_error = dynamic_cast<const Json::parse_error*>(&error);
        const auto place = parse_error == nullptr ? std::string()
                                                  : " at byte " + std::to_string(parse_error->byte);
        return core::fail(core::Failure::Kind::bad_input, "not JSON" + place);
    }
}

std::string json_text(const Json& value) {
    switch (value.type()) {
        case Json::value_t::string:
            return value.get_ref<const std::string&>();
        case Json::value_t::boolean:
            return value.get<bool>() ? "true" : "false";
        case Json::value_t::number_integer:
        case Json::value_t::number_unsigned:
            return value.dump();
        case Json::value_t::number_float: {
            const double number = value.get<double>();
            if (std::abs(number) < 1e15 && number == std::floor(number)) {
                return std::to_string(static_cast<long long>(number));
            }
            return value.dump();
        }
        default:
            return {};
    }
}

namespace {

struct JsonStep {
    enum class Kind { key, index, all, slice, condition };
    Kind kind = Kind::key;
    bool any_depth = false;
    std::string key;  ///< of `key`; what a condition compares with
    std::ptrdiff_t from = 0;
    std::optional<std::ptrdiff_t> to;
    std::vector<std::string> member;  ///< of a condition: @.a.b
    enum class Comparison { exists, equals, differs } comparison = Comparison::exists;
};

struct PathError {
    std::size_t at;
    std::string message;
};

class PathParser {
public:
    explicit PathParser(std::string_view text) : text_(text) {}

    std::vector<JsonStep> parse() {
        std::vector<JsonStep> steps;
        if (peek() == '$') {
            ++at_;
        }
        while (at_ < text_.size()) {
            steps.push_back(read_step(steps.empty()));
        }
        return steps;
    }

private:
    [[noreturn]] void fail(std::string message) const {
        throw PathError{at_, std::move(message)};
    }
    [[nodiscard]] char peek() const {
        return at_ < text_.size() ? text_[at_] : '\0';
    }
    bool take(std::string_view wanted) {
        if (text_.substr(at_, wanted.size()) == wanted) {
            at_ += wanted.size();
            return true;
        }
        return false;
    }

    JsonStep read_step(bool first) {
        JsonStep step;
        if (take("..")) {
            step.any_depth = true;
        } else if (take(".")) {
            if (at_ == text_.size()) {
                fail("expected a key after '.'");
            }
        } else if (peek() != '[' && !first) {
            fail("expected '.' or '['");
        }
        if (peek() == '[') {
            ++at_;
            read_bracket(step);
        } else if (take("*")) {
            step.kind = JsonStep::Kind::all;
        } else {
            read_key(step);
        }
        return step;
    }

    void read_key(JsonStep& step) {
        const auto begin = at_;
        while (at_ < text_.size() && text_[at_] != '.' && text_[at_] != '[') {
            if (text_[at_] == ' ' || text_[at_] == ']' || text_[at_] == '*') {
                fail("keys with this character stand in brackets: ['...']");
            }
            ++at_;
        }
        if (at_ == begin) {
            fail("expected a key");
        }
        step.key = std::string(text_.substr(begin, at_ - begin));
    }

    void read_bracket(JsonStep& step) {
        if (take("*")) {
            step.kind = JsonStep::Kind::all;
        } else if (peek() == '\'' || peek() == '"') {
            step.key = read_quoted();
        } else if (take("?(@")) {
            read_condition(step);
        } else {
            read_index(step);
        }
        if (!take("]")) {
            fail("expected ']'");
        }
    }

    std::string read_quoted() {
        const char quote = text_[at_++];
        std::string value;
        while (at_ < text_.size() && text_[at_] != quote) {
            if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
                ++at_;
            }
            value += text_[at_++];
        }
        if (peek() != quote) {
            fail("the quoted text does not end");
        }
        ++at_;
        return value;
    }

    std::optional<std::ptrdiff_t> read_number() {
        std::ptrdiff_t number = 0;
        const auto* begin = text_.data() + at_;
        const auto result = std::from_chars(begin, text_.data() + text_.size(), number);
        if (result.ec != std::errc()) {
            return std::nullopt;
        }
        at_ += static_cast<std::size_t>(result.ptr - begin);
        return number;
    }

    void read_index(JsonStep& step) {
        const auto from = read_number();
        step.kind = JsonStep::Kind::index;
        step.from = from.value_or(0);
        if (take(":")) {
            step.kind = JsonStep::Kind::slice;
            step.to = read_number();
        } else if (!from) {
            fail("expected a number, '*', a quoted key or ?(@...)");
        }
    }

    void read_condition(JsonStep& step) {
        step.kind = JsonStep::Kind::condition;
        while (take(".")) {
            const auto begin = at_;
            while (at_ < text_.size() &&
                   (is_identifier(text_[at_]) || text_[at_] == '-' || text_[at_] == '@') &&
                   text_[at_] != '.') {
                ++at_;
            }
            if (begin == at_) {
                fail("expected a key after '@.'");
            }
            step.member.emplace_back(text_.substr(begin, at_ - begin));
        }
        skip_space();
        if (take("==") || take("!=")) {
            step.comparison = text_[at_ - 2] == '=' ? JsonStep::Comparison::equals
                                                    : JsonStep::Comparison::differs;
            skip_space();
            if (peek() == '\'' || peek() == '"') {
                step.key = read_quoted();
            } else {
                const auto end = std::min(text_.find(')', at_), text_.size());
                step.key = std::string(core::trim(text_.substr(at_, end - at_)));
                at_ = end;
            }
            skip_space();
        }
        if (!take(")")) {
            fail("expected ')'");
        }
    }

    void skip_space() {
        while (peek() == ' ') {
            ++at_;
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

const Json* member_of(const Json& value, const std::string& key) {
    if (!value.is_object()) {
        return nullptr;
    }
    const auto found = value.find(key);
    return found == value.end() ? nullptr : &*found;
}

bool condition_holds(const JsonStep& step, const Json& value) {
    const Json* at = &value;
    for (const auto& key : step.member) {
        at = member_of(*at, key);
        if (at == nullptr) {
            return step.comparison == JsonStep::Comparison::differs;
        }
    }
    switch (step.comparison) {
        case JsonStep::Comparison::exists:
            return !at->is_null();
        case JsonStep::Comparison::equals:
            return json_text(*at) == step.key;
        case JsonStep::Comparison::differs:
            return json_text(*at) != step.key;
    }
    return false;
}

using Found = std::vector<const Json*>;

void add(Found& found, const Json* value) {
    if (value != nullptr && found.size() < kMaxFound) {
        found.push_back(value);
    }
}

void add_slice(const JsonStep& step, const Json& list, Found& found) {
    const auto size = static_cast<std::ptrdiff_t>(list.size());
    const auto place = [&](std::ptrdiff_t index) {
        return std::clamp(index < 0 ? index + size : index, std::ptrdiff_t{0}, size);
    };
    for (auto i = place(step.from); i < place(step.to.value_or(size)); ++i) {
        add(found, &list[static_cast<std::size_t>(i)]);
    }
}

void apply_here(const JsonStep& step, const Json& value, Found& found) {
    switch (step.kind) {
        case JsonStep::Kind::key:
            add(found, member_of(value, step.key));
            break;
        case JsonStep::Kind::index:
            if (value.is_array()) {
                const auto size = static_cast<std::ptrdiff_t>(value.size());
                const auto index = step.from < 0 ? step.from + size : step.from;
                if (index >= 0 && index < size) {
                    add(found, &value[static_cast<std::size_t>(index)]);
                }
            }
            break;
        case JsonStep::Kind::all:
            if (value.is_structured()) {
                for (const auto& inside : value) {
                    add(found, &inside);
                }
            }
            break;
        case JsonStep::Kind::slice:
            if (value.is_array()) {
                add_slice(step, value, found);
            }
            break;
        case JsonStep::Kind::condition:
            // On a single object too: ActivityPub writes a list of one without the list.
            if (value.is_array()) {
                for (const auto& inside : value) {
                    if (condition_holds(step, inside)) {
                        add(found, &inside);
                    }
                }
            } else if (value.is_object() && condition_holds(step, value)) {
                add(found, &value);
            }
            break;
    }
}

/// Every value inside `root`, itself first, in document order.
void apply_any_depth(const JsonStep& step, const Json& root, Found& found) {
    Found open{&root};
    while (!open.empty() && found.size() < kMaxFound) {
        const Json* value = open.back();
        open.pop_back();
        // A condition asks each object itself; asking lists for their members too would find
        // those twice.
        if (step.kind != JsonStep::Kind::condition || value->is_object()) {
            apply_here(step, *value, found);
        }
        if (value->is_structured()) {
            const auto first = static_cast<std::ptrdiff_t>(open.size());
            for (const auto& inside : *value) {
                if (inside.is_structured()) {
                    open.push_back(&inside);
                }
            }
            std::reverse(open.begin() + first, open.end());
        }
    }
}

}  // namespace

struct JsonPath::Compiled {
    std::string text;
    std::vector<JsonStep> steps;
};

core::Result<JsonPath> JsonPath::compile(std::string_view text) {
    text = core::trim(text);
    if (text.empty() || text.size() > kMaxPath) {
        return core::fail(core::Failure::Kind::bad_input,
                          text.empty() ? "a path must not be empty" : "the path is too long");
    }
    try {
        JsonPath path;
        path.compiled_ =
            std::make_shared<const Compiled>(Compiled{std::string(text), PathParser(text).parse()});
        return path;
    } catch (const PathError& error) {
        return core::fail(core::Failure::Kind::bad_input,
                          "path '" + std::string(text) + "', character " +
                              std::to_string(error.at + 1) + ": " + error.message);
    }
}

JsonPath JsonPath::literal(std::string_view text) {
    auto path = compile(text);
    if (!path) {
        throw std::logic_error(path.error().detail);
    }
    return *path;
}

std::vector<const Json*> JsonPath::select(const Json& root) const {
    Found current{&root};
    for (const auto& step : compiled_->steps) {
        Found next;
        for (const auto* value : current) {
            if (step.any_depth) {
                apply_any_depth(step, *value, next);
            } else {
                apply_here(step, *value, next);
            }
        }
        current = std::move(next);
    }
    return current;
}

const Json* JsonPath::first(const Json& root) const {
    const auto found = select(root);
    return found.empty() ? nullptr : found.front();
}

const std::string& JsonPath::text() const {
    return compiled_->text;
}

}  // namespace chiptrail::extract
