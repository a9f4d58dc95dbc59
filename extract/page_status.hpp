#pragma once

// Why a page gave what it gave: a login wall, a captcha, a refusal, a shell without content,
// an empty list. Conservative: a page with real posts is `ok` whatever else it carries.

#include "core/post.hpp"
#include "core/url.hpp"
#include "extract/html_document.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace chiptrail::extract {

struct PageEvidence {
    const HtmlDocument* document = nullptr;  ///< null when the body is not HTML
    std::string_view text;                   ///< the decoded body
    int http_status = 200;
    const core::Url* url = nullptr;  ///< after redirects; may be null
    std::size_t posts = 0;           ///< read from it, with a title, text or photo
    std::size_t items = 0;           ///< of these, those that a recipe or a list reader found
};

struct PageVerdict {
    core::PageStatus status = core::PageStatus::ok;
    std::string reason;  ///< a sentence for a person; empty when ok
};

/// Never gives layout_changed: only a recipe knows what a page should have had.
[[nodiscard]] PageVerdict judge_page(const PageEvidence& evidence);

}  // namespace chiptrail::extract
