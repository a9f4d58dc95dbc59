#pragma once

// Repetition in a page's tree: elements of one shape that each carry text and a link.

#include "extract/html_document.hpp"

#include <vector>

namespace chiptrail::extract {

struct ItemGroup {
    std::vector<Node> items;  ///< in page order, none inside another
    double share = 0;         ///< of the page's visible text
};

/// The likeliest groups, best first, at most a dozen. Navigation, footers and the like are left
/// out. Linear in the page.
[[nodiscard]] std::vector<ItemGroup> find_item_groups(const HtmlDocument& document);

}  // namespace chiptrail::extract
