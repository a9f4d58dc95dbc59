#pragma once

// Markup to Tree through Gumbo, within bounds on memory, time and depth.

#include "extract/html_document.hpp"
#include "extract/tree.hpp"

#include <memory>
#include <string_view>

namespace chiptrail::extract {

[[nodiscard]] std::unique_ptr<Tree> build_tree(std::string_view utf8,
                                               const HtmlDocument::Limits& limits);

}  // namespace chiptrail::extract
