#pragma once

// Takes out of markup what makes a tree builder slow or deep: Gumbo walks its stack of open
// elements for most tags, compares every attribute with all before it and re-opens every
// unclosed <b> and <font> in each paragraph.

#include <cstddef>
#include <string>
#include <string_view>

namespace chiptrail::extract {

struct GuardLimits {
    std::size_t max_depth = 512;
    std::size_t max_elements = 400'000;
    std::size_t max_attributes = 256;
    std::size_t max_open_formatting = 48;
};

struct GuardedMarkup {
    std::string rewritten;  ///< only when something had to go
    bool is_rewritten = false;
    std::string damage;  ///< which limit was met; empty when none

    [[nodiscard]] std::string_view view(std::string_view original) const {
        return is_rewritten ? std::string_view(rewritten) : original;
    }
};

/// Linear in the input. Text is never dropped, except behind the last allowed element.
[[nodiscard]] GuardedMarkup guard_markup(std::string_view markup, const GuardLimits& limits);

}  // namespace chiptrail::extract
