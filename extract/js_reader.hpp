#pragma once

// Reads JavaScript literals as data; see script_variable.hpp for what counts as data.

#include "extract/json_query.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace chiptrail::extract {

class JsReader {
public:
    JsReader(std::string_view text, const JsonLimits& limits) : text_(text), limits_(limits) {}

    /// An object, a list or a string (read as JSON when it is JSON).
    [[nodiscard]] std::optional<Json> read_value();
    /// The first object or list among the arguments of a call; `text` starts behind its '('.
    [[nodiscard]] std::optional<Json> read_arguments();
    [[nodiscard]] std::size_t consumed() const {
        return at_;
    }

private:
    struct TooMuch {};

    [[nodiscard]] char peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }
    bool take(std::string_view wanted);
    void skip_space();
    Json read(std::size_t depth);
    Json read_primary(std::size_t depth);
    Json read_object(std::size_t depth);
    Json read_list(std::size_t depth);
    Json read_number();
    Json read_word(std::size_t depth);
    Json read_call(std::string_view name, std::size_t depth);
    std::string read_key();
    std::string read_string();
    void read_escape(std::string& out);
    unsigned read_hex(int digits);
    [[nodiscard]] bool at_expression_end() const;
    void skip_expression();
    void skip_string(char quote);
    void skip_regex();

    std::string_view text_;
    JsonLimits limits_;
    std::size_t at_ = 0;
    std::size_t values_ = 0;
};

}  // namespace chiptrail::extract
