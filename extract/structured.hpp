#pragma once

// What a page says about itself for machines: JSON-LD, microdata, OpenGraph, Twitter cards.

#include "core/post.hpp"
#include "core/time.hpp"
#include "core/url.hpp"
#include "extract/html_document.hpp"
#include "extract/json_query.hpp"

#include <string>
#include <utility>
#include <vector>

namespace chiptrail::extract {

/// Every <script type=application/ld+json> value, lists and @graph flattened: an array of
/// objects. Broken JSON is read as far as a JavaScript reader gets, comments and stray
/// control characters allowed.
[[nodiscard]] Json read_json_ld(const HtmlDocument& document);

/// HTML microdata: an array of {"type": "https://schema.org/Product", "id": "...",
/// "properties": {name: value or [values]}}; nested items are such objects again. URLs absolute.
[[nodiscard]] Json read_microdata(const HtmlDocument& document, const core::Url& base);

/// <meta property|name=...> of the og, product, article, twitter and like prefixes, in page order.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> read_opengraph(
    const HtmlDocument& document);

/// The posts that the structured data describes, best source first in each field. A page about one
/// thing gives one post; a list of items gives one each. Post::extractor is "json-ld",
/// "microdata" or "opengraph".
[[nodiscard]] std::vector<core::Post> structured_posts(const HtmlDocument& document,
                                                       const core::Url& page,
                                                       core::Timestamp now);

/// Takes from `from` what `post` leaves empty. Images only when there is none at all.
void fill_post(core::Post& post, const core::Post& from);

}  // namespace chiptrail::extract
