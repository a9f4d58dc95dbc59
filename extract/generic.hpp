#pragma once

// What a page says without a recipe: JSON-LD, microdata, OpenGraph, then repeated items,
// then the page as one post.

#include "core/url.hpp"
#include "extract/extractor.hpp"
#include "extract/html_document.hpp"

namespace chiptrail::extract {

/// Posts with URLs made absolute; `extractor` of each names the reader ("json-ld", "opengraph",
/// "repeated-items"). Leaves `status` ok: page_status.hpp says why there is nothing.
[[nodiscard]] Extraction read_generic(const HtmlDocument& document,
                                      const core::Url& url,
                                      core::Timestamp now);

/// The page's own post from its structured data alone, to fill what a recipe left empty.
[[nodiscard]] core::Post read_page_data(const HtmlDocument& document,
                                        const core::Url& url,
                                        core::Timestamp now);

}  // namespace chiptrail::extract
