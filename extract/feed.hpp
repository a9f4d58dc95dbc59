#pragma once

// RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed. Tolerant: broken XML gives what could be
// read up to and after the break.

#include "core/post.hpp"
#include "core/time.hpp"
#include "core/url.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::extract {

struct Feed {
    std::string format;  ///< "rss", "atom", "json-feed"
    std::string title;
    std::string link;  ///< of the site, absolute
    std::vector<core::Post> posts;
    std::vector<std::string> next_pages;  ///< RFC 5005 rel=next, JSON Feed next_url
};

/// By its first bytes, whatever Content-Type says.
[[nodiscard]] bool is_feed(std::string_view utf8);

/// nullopt when the text is no feed. At most `max_posts` items; the rest is not read.
[[nodiscard]] std::optional<Feed> read_feed(std::string_view utf8,
                                            const core::Url& page,
                                            core::Timestamp now,
                                            std::size_t max_posts = 5'000);

}  // namespace chiptrail::extract
