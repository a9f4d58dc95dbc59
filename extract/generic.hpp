#pragma once

// Pages that nobody wrote a recipe for: structured data first, then the shape of the page
// (a thread, a list of items, one item).

#include "core/url.hpp"
#include "extract/extractor.hpp"
#include "extract/html_document.hpp"

#include <string>
#include <vector>

namespace chiptrail::extract {

/// Posts with URLs made absolute; `extractor` of each names the reader ("json-ld", "opengraph",
/// "thread", "list", "page"). Leaves `status` ok: page_status.hpp says why there is nothing.
[[nodiscard]] Extraction read_generic(const HtmlDocument& document,
                                      const core::Url& url,
                                      core::Timestamp now);

/// The page's own post from its structured data alone, to fill what a recipe left empty.
[[nodiscard]] core::Post read_page_data(const HtmlDocument& document,
                                        const core::Url& url,
                                        core::Timestamp now);

/// Addresses of further pages of the same list: <link rel=next>, a[rel=next], "Next", "下一页".
[[nodiscard]] std::vector<std::string> find_next_pages(const HtmlDocument& document,
                                                       const core::Url& url);

}  // namespace chiptrail::extract
