#pragma once

// RE2 for strangers' text: linear time, whatever the pattern.

#include "core/result.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace chiptrail::extract {

/// A compiled RE2 pattern. A value: copies share it; threads may use one at the same time.
class Regex {
public:
    /// Failure::bad_input names the pattern and what is wrong in it.
    [[nodiscard]] static core::Result<Regex> compile(std::string_view pattern);
    [[nodiscard]] static Regex literal(std::string_view pattern);

    /// Anywhere in `text`.
    [[nodiscard]] bool found_in(std::string_view text) const;
    /// The first group that took part in the first match, or the whole match when there are none.
    [[nodiscard]] std::optional<std::string> first(std::string_view text) const;
    /// Every match replaced; \1 stands for a group.
    [[nodiscard]] std::string replace(std::string text, std::string_view replacement) const;
    /// Empty when `replacement` fits the pattern's groups, else what is wrong.
    [[nodiscard]] std::string check_replacement(std::string_view replacement) const;
    [[nodiscard]] const std::string& pattern() const;

    struct Compiled;

private:
    Regex() = default;
    std::shared_ptr<const Compiled> compiled_;
};

}  // namespace chiptrail::extract
