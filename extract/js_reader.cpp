#include "extract/js_reader.hpp"

#include "core/text.hpp"
#include "core/unicode.hpp"
#include "extract/charset.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <utility>

namespace chiptrail::extract {

namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_identifier(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
           c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

int hex_value(char c) {
    if (is_digit(c)) {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
            hex_value(text[i + 2]) >= 0) {
            out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return is_valid_utf8(out) ? out : repair_utf8(out);
}

}  // namespace

std::optional<Json> JsReader::read_value() {
    try {
        auto value = read(0);
        if (value.is_string()) {
            const auto& text = value.get_ref<const std::string&>();
            const auto trimmed = core::trim(text);
            if (trimmed.substr(0, 1) == "{" || trimmed.substr(0, 1) == "[") {
                if (auto json = parse_json(text, limits_)) {
                    return std::move(*json);
                }
            }
            return value;
        }
        return value.is_structured() ? std::optional(std::move(value)) : std::nullopt;
    } catch (const TooMuch&) {
        return std::nullopt;
    }
}

std::optional<Json> JsReader::read_arguments() {
    try {
        while (at_ < text_.size()) {
            auto value = read(0);
            if (value.is_structured()) {
                return value;
            }
            if (value.is_string()) {
                auto json = parse_json(value.get_ref<const std::string&>(), limits_);
                if (json && json->is_structured()) {
                    return std::move(*json);
                }
            }
            skip_space();
            if (!take(",")) {
                return std::nullopt;
            }
        }
    } catch (const TooMuch&) {
        return std::nullopt;
    }
    return std::nullopt;
}

bool JsReader::take(std::string_view wanted) {
    if (text_.substr(at_, wanted.size()) == wanted) {
        at_ += wanted.size();
        return true;
    }
    return false;
}

void JsReader::skip_space() {
    while (at_ < text_.size()) {
        if (is_space(peek())) {
            ++at_;
        } else if (take("//")) {
            at_ = std::min(text_.find('\n', at_), text_.size());
        } else if (take("/*")) {
            const auto end = text_.find("*/", at_);
            at_ = end == std::string_view::npos ? text_.size() : end + 2;
        } else {
            return;
        }
    }
}

/// A value up to ',' or a closing bracket; alternatives "a || {...}" give the first that is data.
Json JsReader::read(std::size_t depth) {
    if (depth > limits_.max_depth || ++values_ > limits_.max_values) {
        throw TooMuch{};
    }
    skip_space();
    Json value = read_primary(depth);
    skip_space();
    while (!at_expression_end()) {
        if (value.is_null() && take("||")) {
            skip_space();
            value = read_primary(depth);
        } else if (value.is_string() && peek() == '+' && peek(1) != '+') {
            ++at_;
            skip_space();
            const auto before = at_;
            const Json more = read_primary(depth);
            if (more.is_string()) {
                value = value.get<std::string>() + more.get<std::string>();
            } else if (at_ == before) {
                skip_expression();
            }
        } else {
            // "{...}.x", "1 / 2", "f(x)": not data, except that what follows a finished object
            // of an assignment may be the next statement without a semicolon.
            if (!value.is_structured()) {
                value = nullptr;
            }
            if (depth == 0 && value.is_structured()) {
                return value;
            }
            skip_expression();
        }
        skip_space();
    }
    return value;
}

bool JsReader::at_expression_end() const {
    const char c = peek();
    return at_ >= text_.size() || c == ',' || c == '}' || c == ']' || c == ')' || c == ';';
}

Json JsReader::read_primary(std::size_t depth) {
    const char c = peek();
    if (c == '{') {
        ++at_;
        return read_object(depth);
    }
    if (c == '[') {
        ++at_;
        return read_list(depth);
    }
    if (c == '"' || c == '\'' || c == '`') {
        return read_string();
    }
    if (c == '(') {
        ++at_;
        auto value = read(depth + 1);
        skip_space();
        take(")");
        return value;
    }
    if (is_digit(c) ||
        ((c == '-' || c == '+' || c == '.') && (is_digit(peek(1)) || peek(1) == '.'))) {
        return read_number();
    }
    if (c == '!' && (peek(1) == '0' || peek(1) == '1') && !is_identifier(peek(2))) {
        at_ += 2;
        return text_[at_ - 1] == '0';
    }
    if (is_identifier(c)) {
        return read_word(depth);
    }
    return nullptr;
}

Json JsReader::read_object(std::size_t depth) {
    Json object = Json::object();
    while (true) {
        skip_space();
        if (at_ >= text_.size() || take("}")) {
            return object;
        }
        if (take(",") || take(";")) {
            continue;
        }
        const auto before = at_;
        auto key = read_key();
        skip_space();
        if (take(":")) {
            object[std::move(key)] = read(depth + 1);
        } else {
            skip_expression();  // a method, a shorthand, "...rest"
        }
        if (at_ == before) {
            ++at_;
        }
        skip_space();
        if (peek() == ')' || peek() == ']') {
            return object;  // The brackets do not pair: what was read so far is the answer.
        }
    }
}

Json JsReader::read_list(std::size_t depth) {
    Json list = Json::array();
    while (true) {
        skip_space();
        if (at_ >= text_.size() || take("]")) {
            return list;
        }
        if (take(",")) {
            continue;
        }
        const auto before = at_;
        list.push_back(read(depth + 1));
        skip_space();
        if (at_ == before) {
            ++at_;
        }
        if (peek() == ')' || peek() == '}') {
            return list;
        }
    }
}

std::string JsReader::read_key() {
    if (peek() == '"' || peek() == '\'') {
        return read_string();
    }
    const auto begin = at_;
    while (is_identifier(peek()) || peek() == '-' || peek() == '.') {
        ++at_;
    }
    const auto key = text_.substr(begin, at_ - begin);
    return is_valid_utf8(key) ? std::string(key) : repair_utf8(key);
}

Json JsReader::read_number() {
    const auto begin = at_;
    if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) {
        at_ += 2;
        std::uint64_t value = 0;
        while (hex_value(peek()) >= 0) {
            value = value * 16 + static_cast<std::uint64_t>(hex_value(text_[at_++]));
        }
        return value;
    }
    bool whole = true;
    while (is_digit(peek()) || peek() == '.' || peek() == 'e' || peek() == 'E' || peek() == '_' ||
           ((peek() == '-' || peek() == '+') &&
            (at_ == begin || text_[at_ - 1] == 'e' || text_[at_ - 1] == 'E'))) {
        whole = whole && (is_digit(peek()) || peek() == '-' || peek() == '+');
        ++at_;
    }
    auto digits = text_.substr(begin, at_ - begin);
    if (digits.front() == '+') {
        digits.remove_prefix(1);
    }
    const auto* end = digits.data() + digits.size();
    if (whole) {
        std::int64_t value = 0;
        const auto result = std::from_chars(digits.data(), end, value);
        if (result.ec == std::errc() && result.ptr == end) {
            return value;
        }
    }
    double value = 0;
    const auto result = std::from_chars(digits.data(), end, value);
    return result.ec == std::errc() ? Json(value) : Json(nullptr);
}

Json JsReader::read_word(std::size_t depth) {
    const auto begin = at_;
    while (is_identifier(peek()) || (peek() == '.' && is_identifier(peek(1)))) {
        ++at_;
    }
    const auto word = text_.substr(begin, at_ - begin);
    if (word == "true" || word == "false") {
        return word == "true";
    }
    skip_space();
    if (word == "new" || word == "return" || word == "await") {
        return read_primary(depth);
    }
    if (peek() == '(') {
        return read_call(word, depth);
    }
    return nullptr;
}

Json JsReader::read_call(std::string_view name, std::size_t depth) {
    if (name == "JSON.parse" || name == "decodeURIComponent" || name == "String" ||
        name == "decodeURI") {
        ++at_;
        auto inside = read(depth + 1);
        skip_space();
        take(")");
        if (!inside.is_string()) {
            return name == "JSON.parse" && inside.is_structured() ? inside : Json(nullptr);
        }
        auto text = inside.get<std::string>();
        if (name == "JSON.parse") {
            auto json = parse_json(text, limits_);
            return json ? std::move(*json) : Json(nullptr);
        }
        return name == "String" ? std::move(text) : percent_decoded(text);
    }
    skip_expression();
    return nullptr;
}

std::string JsReader::read_string() {
    const char quote = text_[at_++];
    std::string value;
    while (at_ < text_.size() && text_[at_] != quote) {
        const char c = text_[at_];
        if (c == '\n' && quote != '`') {
            break;  // A string does not span lines: whatever this was, it was not one.
        }
        if (c == '\\') {
            ++at_;
            read_escape(value);
        } else {
            value += c;
            ++at_;
        }
    }
    if (at_ < text_.size()) {
        ++at_;
    }
    return is_valid_utf8(value) ? value : repair_utf8(value);
}

void JsReader::read_escape(std::string& out) {
    if (at_ >= text_.size()) {
        return;
    }
    const char c = text_[at_++];
    switch (c) {
        case 'n':
            out += '\n';
            break;
        case 't':
            out += '\t';
            break;
        case 'r':
            out += '\r';
            break;
        case 'b':
        case 'f':
        case 'v':
        case '0':
            out += ' ';
            break;
        case '\n':
            break;
        case 'x':
            core::append_utf8(out, read_hex(2));
            break;
        case 'u': {
            if (take("{")) {
                std::uint32_t code = 0;
                while (hex_value(peek()) >= 0 && code < 0x110000) {
                    code = code * 16 + static_cast<std::uint32_t>(hex_value(text_[at_++]));
                }
                take("}");
                core::append_utf8(out, code);
                break;
            }
            std::uint32_t code = read_hex(4);
            if (code >= 0xD800 && code < 0xDC00 && take("\\u")) {
                const std::uint32_t low = read_hex(4);
                code = low >= 0xDC00 && low < 0xE000
                           ? 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
                           : 0xFFFD;
            }
            core::append_utf8(out, code);
            break;
        }
        default:
            out += c;
    }
}

unsigned JsReader::read_hex(int digits) {
    unsigned value = 0;
    for (int i = 0; i < digits && hex_value(peek()) >= 0; ++i) {
        value = value * 16 + static_cast<unsigned>(hex_value(text_[at_++]));
    }
    return value;
}

/// To the next ',', ';' or closing bracket of this level.
void JsReader::skip_expression() {
    std::size_t depth = 0;
    char before = '(';
    while (at_ < text_.size()) {
        const char c = peek();
        if (depth == 0 && at_expression_end()) {
            return;
        }
        if (c == '"' || c == '\'' || c == '`') {
            skip_string(c);
        } else if (c == '/' && (peek(1) == '/' || peek(1) == '*')) {
            skip_space();
            continue;
        } else if (c == '/' && !is_identifier(before) && before != ')' && before != ']') {
            skip_regex();
        } else {
            depth += c == '(' || c == '[' || c == '{' ? 1U : 0U;
            depth -= c == ')' || c == ']' || c == '}' ? 1U : 0U;
            ++at_;
        }
        if (!is_space(c)) {
            before = c;
        }
    }
}

void JsReader::skip_string(char quote) {
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
        if (text_[at_] == '\n' && quote != '`') {
            break;
        }
        at_ += text_[at_] == '\\' ? 1U : 0U;
    }
    at_ = std::min(at_ + 1, text_.size());
}

void JsReader::skip_regex() {
    bool in_class = false;
    for (++at_; at_ < text_.size() && text_[at_] != '\n'; ++at_) {
        const char c = text_[at_];
        if (c == '\\') {
            ++at_;
        } else if (c == '[') {
            in_class = true;
        } else if (c == ']') {
            in_class = false;
        } else if (c == '/' && !in_class) {
            break;
        }
    }
    at_ = std::min(at_ + 1, text_.size());
}

}  // namespace chiptrail::extract
