#pragma once

// robots.txt as a value: parse it once per origin, ask it once per URL. Follows RFC 9309.
// Knows nothing of HTTP: crawler.cpp decides what a 404 or a timeout means.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::crawler {

/// An answer with its reason, so that it can be stored beside the fetch.
struct RobotsVerdict {
    bool allowed = true;
    std::size_t line = 0;  ///< 1-based line of the deciding rule; 0 when none decided
    std::string rule;      ///< that line as written, without the comment

    friend bool operator==(const RobotsVerdict&, const RobotsVerdict&) = default;
};

/// Letters, '-' and '_' alone (RFC 9309, 2.2.1): a name that robots.txt can address.
[[nodiscard]] bool is_product_token(std::string_view text);

/// Immutable after parse(); threads may share it.
class RobotsPolicy {
public:
    /// RFC 9309, 2.5: at least this much is read; the rest is ignored.
    static constexpr std::size_t kMaxBytes = std::size_t{500} * 1024;

    /// Accepts any bytes: what is not a rule is skipped, so parsing cannot fail.
    /// Groups that name `product_token` ("chiptrail", any case) are merged; where none does,
    /// the groups for '*' count.
    [[nodiscard]] static RobotsPolicy parse(std::string_view body, std::string_view product_token);

    /// `target` is path and query as sent on the wire, so it starts with '/'.
    /// The longest matching pattern decides; on a tie, allow does (RFC 9309, 2.2.2).
    [[nodiscard]] RobotsVerdict check(std::string_view target) const;

    /// Not in the RFC, but asked for by many; the first one of the groups that count.
    [[nodiscard]] std::optional<std::chrono::milliseconds> crawl_delay() const;
    /// As written, in file order, at most 1,000; they belong to no group.
    [[nodiscard]] const std::vector<std::string>& sitemaps() const;
    [[nodiscard]] std::size_t rule_count() const;

private:
    struct Rule {
        std::string pattern;  ///< percent-encoding normalised
        bool allow = false;
        std::size_t line = 0;
        std::string text;
    };
    struct Group {
        std::vector<Rule> rules;
        std::optional<std::chrono::milliseconds> crawl_delay;
    };
    friend class RobotsParser;

    Group group_;
    std::vector<std::string> sitemaps_;
};

}  // namespace chiptrail::crawler
