#pragma once

// The tree as pugixml sees it, for XPath alone. pugixml stays inside this folder's sources.

#include "extract/tree.hpp"

#include <cstdint>
#include <pugixml.hpp>
#include <unordered_map>
#include <vector>

namespace chiptrail::extract {

struct XPathView {
    explicit XPathView(const Tree& tree);

    [[nodiscard]] std::uint32_t index_of(const pugi::xml_node& node) const;

    pugi::xml_document document;
    std::vector<pugi::xml_node> nodes;  ///< by index in the tree
    std::unordered_map<std::size_t, std::uint32_t> indices;
};

}  // namespace chiptrail::extract
