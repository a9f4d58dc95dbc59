#pragma once

// The demo's pages as values: what a path gives, before anyone serves it. Internal to demo/.

#include <string>
#include <string_view>

namespace chiptrail::demo {

struct PageAnswer {
    int status = 200;
    std::string content_type = "text/html; charset=utf-8";
    std::string body;
    std::string location;  ///< of a redirect
};

/// `path` without the query; `page` is the list page asked for, from 1.
/// `origin` begins absolute URLs; `round` as in DemoSite::Options. 404 for unknown paths.
[[nodiscard]] PageAnswer demo_page(std::string_view path,
                                   int page,
                                   const std::string& origin,
                                   int round);

}  // namespace chiptrail::demo
