#pragma once

// What html_document.cpp asks of a Selector; selector.cpp answers.

#include "extract/css.hpp"
#include "extract/selector.hpp"
#include "extract/tree.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace chiptrail::extract {

/// Elements in page order, each once. XPath that gives texts or attributes finds their elements.
[[nodiscard]] std::vector<std::uint32_t> find_elements(const Tree& tree,
                                                       std::uint32_t scope,
                                                       const Selector& selector);

/// nullopt for CSS.
[[nodiscard]] std::optional<std::vector<std::string>> find_xpath_values(const Tree& tree,
                                                                        std::uint32_t scope,
                                                                        const Selector& selector);

/// What Node::text() gives; html_document.cpp has it.
[[nodiscard]] std::string text_of(const Tree& tree, std::uint32_t index);

struct CssOutput {
    CssSelector::Output what = CssSelector::Output::element;
    std::string attribute;
};
[[nodiscard]] CssOutput css_output(const Selector& selector);
/// True for CSS without ::text or ::attr(). XPath says by itself what it gives.
[[nodiscard]] bool gives_elements(const Selector& selector);

}  // namespace chiptrail::extract
