#include "crawler/robots.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace chiptrail::crawler {

namespace {

constexpr std::size_t kMaxSitemaps = 1'000;
constexpr double kMaxCrawlDelaySeconds = 86'400;

struct Field {
    std::string_view key;
    std::string_view value;
    std::string_view text;  ///< the whole line, trimmed, without the comment
};

/// Removes the first line from `rest` and returns it. CR, LF and CRLF each end a line.
std::string_view take_line(std::string_view& rest) {
    const auto end = rest.find_first_of("\r\n");
    const auto line = rest.substr(0, end);
    rest.remove_prefix(line.size());
    if (!rest.empty()) {
        rest.remove_prefix(rest.starts_with("\r\n") ? 2 : 1);
    }
    return line;
}

/// "key: value  # comment", or "key value" where somebody forgot the colon.
std::optional<Field> read_field(std::string_view line) {
    const auto text = core::trim(line.substr(0, line.find('#')));
    const auto colon = text.find(':');
    if (colon != std::string_view::npos) {
        return Field{core::trim(text.substr(0, colon)), core::trim(text.substr(colon + 1)), text};
    }
    const auto blank = text.find_first_of(" \t");
    if (blank == std::string_view::npos) {
        return std::nullopt;
    }
    const auto value = core::trim(text.substr(blank));
    if (value.find_first_of(" \t") != std::string_view::npos) {
        return std::nullopt;  // Prose, not a rule.
    }
    return Field{text.substr(0, blank), value, text};
}

bool is_token_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

/// RFC 9309, 2.2.1: "chiptrail/2.1 (like that)" names chiptrail.
std::string_view product_token_of(std::string_view value) {
    const auto* const end = std::ranges::find_if_not(value, is_token_char);
    return value.substr(0, static_cast<std::size_t>(end - value.begin()));
}

bool names_everyone(std::string_view value) {
    return value == "*" || value.starts_with("* ") || value.starts_with("*\t");
}

std::optional<unsigned> hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return static_cast<unsigned>(c - '0');
    }
    const char lower = static_cast<char>(static_cast<unsigned char>(c) | 0x20U);
    if (lower >= 'a' && lower <= 'f') {
        return static_cast<unsigned>(lower - 'a' + 10);
    }
    return std::nullopt;
}

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void append_encoded(std::string& out, char c) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4U];
    out += kHex[byte & 0xFU];
}

/// RFC 9309, 2.2.2: before comparing, bytes beyond ASCII are percent-encoded and encoded
/// unreserved characters (RFC 3986, 2.3) are decoded; other encodings get capital digits.
std::string normalise(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (static_cast<unsigned char>(text[i]) >= 0x80) {
            append_encoded(out, text[i]);
            continue;
        }
        const auto high =
            text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : std::nullopt;
        const auto low = high ? hex_value(text[i + 2]) : std::nullopt;
        if (!low) {
            out += text[i];
            continue;
        }
        const char decoded = static_cast<char>(*high * 16 + *low);
        if (is_unreserved(decoded)) {
            out += decoded;
        } else {
            append_encoded(out, decoded);
        }
        i += 2;
    }
    return out;
}

/// '*' matches any run of bytes and a final '$' the end of `target`.
// The host chooses the pattern, so the cost must stay bounded: only the latest '*' is
// ever retried, which keeps this O(pattern * target) where backtracking is exponential.
bool matches(std::string_view pattern, std::string_view target) {
    const bool anchored = pattern.ends_with('$');
    if (anchored) {
        pattern.remove_suffix(1);
    }
    std::size_t p = 0;
    std::size_t t = 0;
    std::optional<std::size_t> star;
    std::size_t retry_from = 0;
    while (t < target.size()) {
        if (p == pattern.size() && !anchored) {
            return true;
        }
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            retry_from = t;
        } else if (p < pattern.size() && pattern[p] == target[t]) {
            ++p;
            ++t;
        } else if (star) {
            p = *star + 1;
            t = ++retry_from;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::optional<std::chrono::milliseconds> read_delay(std::string_view value) {
    double seconds = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (error != std::errc{} || !(seconds >= 0)) {
        return std::nullopt;
    }
    return std::chrono::milliseconds(
        static_cast<std::int64_t>(std::min(seconds, kMaxCrawlDelaySeconds) * 1'000));
}

/// The byte order mark, or as much of it as somebody left.
void skip_byte_order_mark(std::string_view& body) {
    for (const char c : std::string_view("\xEF\xBB\xBF")) {
        if (!body.starts_with(c)) {
            return;
        }
        body.remove_prefix(1);
    }
}

}  // namespace

/// Reads a file top to bottom into the groups for us and for everyone.
class RobotsParser {
public:
    explicit RobotsParser(std::string_view product_token) : product_token_(product_token) {}

    void read(const Field& field, std::size_t line) {
        if (core::equal_ignoring_case(field.key, "user-agent")) {
            read_user_agent(field.value);
        } else if (core::equal_ignoring_case(field.key, "allow")) {
            read_rule(field, true, line);
        } else if (core::equal_ignoring_case(field.key, "disallow")) {
            read_rule(field, false, line);
        } else if (core::equal_ignoring_case(field.key, "crawl-delay")) {
            read_crawl_delay(field.value);
        } else if (core::equal_ignoring_case(field.key, "sitemap") &&
                   policy_.sitemaps_.size() < kMaxSitemaps && !field.value.empty()) {
            policy_.sitemaps_.emplace_back(field.value);
        }
    }

    RobotsPolicy finish() {
        auto& group = named_ ? ours_ : everyones_;
        // The first match is then the longest one, and on a tie the one that allows.
        std::ranges::stable_sort(group.rules, [](const Rule& a, const Rule& b) {
            return a.pattern.size() != b.pattern.size() ? a.pattern.size() > b.pattern.size()
                                                        : a.allow && !b.allow;
        });
        policy_.group_ = std::move(group);
        return std::move(policy_);
    }

private:
    using Rule = RobotsPolicy::Rule;
    using Group = RobotsPolicy::Group;

    void read_user_agent(std::string_view value) {
        if (!in_agent_lines_) {
            for_us_ = for_everyone_ = false;
        }
        in_agent_lines_ = true;
        for_everyone_ = for_everyone_ || names_everyone(value);
        for_us_ = for_us_ || (!product_token_.empty() &&
                              core::equal_ignoring_case(product_token_of(value), product_token_));
        named_ = named_ || for_us_;
    }

    void read_rule(const Field& field, bool allow, std::size_t line) {
        in_agent_lines_ = false;
        if (field.value.empty()) {
            return;  // "Disallow:" with no path closes nothing.
        }
        const Rule rule{.pattern = normalise(field.value),
                        .allow = allow,
                        .line = line,
                        .text = std::string(field.text)};
        if (for_us_) {
            ours_.rules.push_back(rule);
        }
        if (for_everyone_) {
            everyones_.rules.push_back(rule);
        }
    }

    // Like Sitemap, it neither opens nor ends a group: it is no rule of RFC 9309.
    void read_crawl_delay(std::string_view value) {
        const auto delay = read_delay(value);
        if (for_us_ && !ours_.crawl_delay) {
            ours_.crawl_delay = delay;
        }
        if (for_everyone_ && !everyones_.crawl_delay) {
            everyones_.crawl_delay = delay;
        }
    }

    std::string_view product_token_;
    RobotsPolicy policy_;
    Group ours_;
    Group everyones_;
    bool named_ = false;  ///< some group names us: then the '*' groups say nothing to us
    bool for_us_ = false;
    bool for_everyone_ = false;
    bool in_agent_lines_ = false;
};

RobotsPolicy RobotsPolicy::parse(std::string_view body, std::string_view product_token) {
    RobotsParser parser(product_token);
    auto rest = body.substr(0, kMaxBytes);
    skip_byte_order_mark(rest);
    for (std::size_t line = 1; !rest.empty(); ++line) {
        const auto field = read_field(take_line(rest));
        if (field) {
            parser.read(*field, line);
        }
    }
    return parser.finish();
}

RobotsVerdict RobotsPolicy::check(std::string_view target) const {
    if (target == "/robots.txt") {
        return {};
    }
    const auto normalised = normalise(target);
    const auto found = std::ranges::find_if(
        group_.rules, [&](const Rule& rule) { return matches(rule.pattern, normalised); });
    return found == group_.rules.end() ? RobotsVerdict{}
                                       : RobotsVerdict{found->allow, found->line, found->text};
}

std::optional<std::chrono::milliseconds> RobotsPolicy::crawl_delay() const {
    return group_.crawl_delay;
}

const std::vector<std::string>& RobotsPolicy::sitemaps() const {
    return sitemaps_;
}

std::size_t RobotsPolicy::rule_count() const {
    return group_.rules.size();
}

bool is_product_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, is_token_char);
}

}  // namespace chiptrail::crawler
