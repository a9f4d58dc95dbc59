#pragma once

// Why a page gave nothing: a wall, a check, scripts to run, an empty list.

#include "core/post.hpp"
#include "core/url.hpp"
#include "extract/html_document.hpp"

#include <cstddef>
#include <string>

namespace chiptrail::extract {

struct PageVerdict {
    core::PageStatus status = core::PageStatus::ok;
    std::string reason;  ///< for a person; empty when ok
};

/// `posts` is how many were found: a page with posts is ok unless it is plainly a wall.
[[nodiscard]] PageVerdict classify_page(const HtmlDocument& document,
                                        const core::Url& url,
                                        int http_status,
                                        std::size_t posts);

}  // namespace chiptrail::extract
