#pragma once

// Pages that nobody wrote a recipe for: structured data first, then the shape of the page.

#include "core/post.hpp"
#include "core/time.hpp"
#include "core/url.hpp"
#include "extract/html_document.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace chiptrail::extract {

struct GenericReading {
    std::string extractor;  ///< "json-ld", "microdata", "opengraph", "thread", "list", "page"
    std::vector<core::Post> posts;
    std::vector<std::string> follow;      ///< pages of the items of a list
    std::vector<std::string> next_pages;  ///< rel=next and its likes
};

/// Thread, list or single item, whichever the page looks like. A page of one item gives one post;
/// a page of nothing gives none.
[[nodiscard]] GenericReading read_generic(const HtmlDocument& document,
                                          const core::Url& page,
                                          core::Timestamp now,
                                          std::size_t max_posts = 5'000);

/// The page read as one item, whatever else it looks like; for filling what a recipe left empty.
[[nodiscard]] core::Post read_single(const HtmlDocument& document,
                                     const core::Url& page,
                                     core::Timestamp now);

/// Takes from `from` every field that `post` leaves empty. Images only when there is none.
void fill_gaps(core::Post& post, const core::Post& from);

/// Addresses of further pages of the same list: <link rel=next>, a[rel=next], "Next", "下一页".
[[nodiscard]] std::vector<std::string> find_next_pages(const HtmlDocument& document,
                                                       const core::Url& page);

}  // namespace chiptrail::extract
