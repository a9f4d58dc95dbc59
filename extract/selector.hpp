#pragma once

// A compiled question to an HtmlDocument: CSS, or XPath 1.0 when it starts with '/', './', '('
// or "xpath:". CSS may end in ::text (own text of each match) or ::attr(name).

#include "core/result.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace chiptrail::extract {

/// A value: copies share the compiled query; threads may use one at the same time.
class Selector {
public:
    /// Failure::bad_input names the selector, the place in it and what is wrong there.
    [[nodiscard]] static core::Result<Selector> compile(std::string_view text);
    /// For selectors written in our own sources; a bad one is a bug and throws std::logic_error.
    [[nodiscard]] static Selector literal(std::string_view text);

    /// As written.
    [[nodiscard]] const std::string& text() const;

    struct Compiled;
    [[nodiscard]] const Compiled& compiled() const {
        return *compiled_;
    }

private:
    Selector() = default;
    std::shared_ptr<const Compiled> compiled_;
};

}  // namespace chiptrail::extract
