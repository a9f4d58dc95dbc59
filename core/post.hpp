#pragma once

// What a page says: listings, posts, threads and feed items, as extract/ reads them,
// storage/ keeps them and evidence/ exports them.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::core {

struct Author {
    std::string name;
    std::string id;
    std::string url;

    friend bool operator==(const Author&, const Author&) = default;
};

struct Price {
    std::string raw;         ///< as printed: "€ 97,39 - 128,72"
    std::string amount;      ///< decimal with '.', no grouping: "97.39"; of a range the lower end
    std::string amount_max;  ///< upper end of a range; else empty
    std::string currency;    ///< ISO 4217; empty when the page does not tell

    friend bool operator==(const Price&, const Price&) = default;
};

struct Published {
    std::string raw;  ///< as printed: "4 hours ago"
    std::string utc;  ///< RFC 3339, or a date alone when no time is known; empty when unknown

    friend bool operator==(const Published&, const Published&) = default;
};

enum class PostKind { listing, post, thread, feed_item };

/// Text is UTF-8, trimmed, entities decoded, no markup. URLs are absolute.
struct Post {
    std::string id;   ///< the site's own; else derived from the URL; unique within a source
    std::string url;  ///< canonical page of this post
    PostKind kind = PostKind::post;
    std::string title;
    std::string text;
    Author author;
    Price price;
    std::string location;
    Published published;
    std::vector<std::string> images;  ///< largest variant known, in page order, no duplicates
    std::vector<std::string> links;   ///< from the post's own text
    std::string extractor;  ///< recipe or generic reader that gave this: "ebay-item", "json-ld"

    friend bool operator==(const Post&, const Post&) = default;
};

/// Why a page gave what it gave; the crawl of a source stops on the four in the middle.
enum class PageStatus { ok, needs_js, needs_login, captcha, blocked, empty_list, layout_changed };

[[nodiscard]] std::string_view to_text(PostKind kind);
[[nodiscard]] std::optional<PostKind> post_kind_from(std::string_view text);
[[nodiscard]] std::string_view to_text(PageStatus status);
[[nodiscard]] std::optional<PageStatus> page_status_from(std::string_view text);

}  // namespace chiptrail::core
