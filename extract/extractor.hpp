#pragma once

// Bytes of a page in, posts out. No network, no clock but the caller's, no store.

#include "core/post.hpp"
#include "core/time.hpp"
#include "core/url.hpp"
#include "extract/recipe.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::extract {

struct Page {
    std::string_view body;     ///< content coding already removed
    std::string content_type;  ///< header value as sent; empty when unknown
    core::Url url;             ///< after redirects
    int status = 200;
    core::Timestamp fetched_at{};  ///< "4 hours ago" counts from here
};

/// How one field of one post came to be; for `sources test`.
struct FieldTrace {
    std::size_t post = 0;
    std::string field;  ///< "price"
    std::string value;
    std::string selector;  ///< the alternative that gave it; empty when none did
};

struct Extraction {
    core::PageStatus status = core::PageStatus::ok;
    std::string reason;     ///< for a person: "selector '.s-item' found nothing"
    std::string extractor;  ///< recipe name, or the generic reader's
    std::string charset;    ///< what the body was decoded from
    std::vector<core::Post> posts;
    std::vector<std::string> follow;      ///< item pages to visit, absolute
    std::vector<std::string> next_pages;  ///< further pages of the same list, absolute
    std::vector<FieldTrace> trace;        ///< filled only when asked for
};

/// Threads may share one; extract() is const and keeps no state.
class Extractor {
public:
    struct Options {
        std::size_t max_body_bytes = std::size_t{32} * 1024 * 1024;
        std::size_t max_depth = 512;  ///< of the element tree; deeper input is flattened
        std::size_t max_posts = 5'000;
        bool trace = false;
    };

    Extractor(std::vector<Recipe> recipes, Options options);
    ~Extractor();
    Extractor(Extractor&&) noexcept;
    Extractor& operator=(Extractor&&) noexcept;

    /// Any bytes give an answer. The first recipe whose `match` fits the URL reads the page;
    /// without one, or where it leaves fields empty, the generic readers do.
    [[nodiscard]] Extraction extract(const Page& page) const;

private:
    struct State;
    std::unique_ptr<const State> state_;
};

}  // namespace chiptrail::extract
