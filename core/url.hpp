#pragma once

// URLs as browsers read them: the WHATWG URL Standard, http and https only.

#include "core/result.hpp"

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::core {

/// A parsed, normalised http(s) URL. A value: cheap to copy, safe to share.
/// Default ports, dot segments and host case are normalised; the host is punycode.
class Url {
public:
    /// Longer input is refused: no real page needs it, and hostile pages send it.
    static constexpr std::size_t kMaxLength = 16 * 1024;

    /// Absolute input. Failure::bad_input says what is wrong.
    [[nodiscard]] static Result<Url> parse(std::string_view text);
    /// Relative, protocol-relative or absolute input against `base`.
    [[nodiscard]] static Result<Url> parse(std::string_view text, const Url& base);

    [[nodiscard]] const std::string& text() const;  ///< with fragment
    [[nodiscard]] std::string without_fragment() const;
    [[nodiscard]] std::string_view scheme() const;    ///< "http" or "https"
    [[nodiscard]] std::string_view host() const;      ///< punycode, or [IPv6] in brackets
    [[nodiscard]] int port() const;                   ///< explicit, or the scheme's default
    [[nodiscard]] std::string_view path() const;      ///< starts with '/'
    [[nodiscard]] std::string_view query() const;     ///< without '?'; empty when absent
    [[nodiscard]] std::string_view fragment() const;  ///< without '#'; empty when absent
    [[nodiscard]] std::string_view userinfo() const;  ///< "user:password" or empty
    /// "https://host" or "https://host:port": the unit of robots.txt and of politeness.
    [[nodiscard]] std::string origin() const;
    /// Path and query as sent on the wire.
    [[nodiscard]] std::string target() const;

    friend bool operator==(const Url& a, const Url& b) {
        return a.text_ == b.text_;
    }
    friend auto operator<=>(const Url& a, const Url& b) {
        return a.text_ <=> b.text_;
    }

private:
    Url() = default;
    friend class UrlParser;

    // One string and the places in it, so that a copy is one allocation.
    std::string text_;
    std::size_t scheme_end_ = 0;  ///< of the ':'
    std::size_t host_begin_ = 0;  ///< after the '@' where there is userinfo
    std::size_t host_end_ = 0;
    std::size_t path_begin_ = 0;
    std::size_t query_begin_ = 0;     ///< of the '?', or the end of the path
    std::size_t fragment_begin_ = 0;  ///< of the '#', or text_.size()
    int port_ = 0;
};

/// Query parameters that say where a visitor came from and not what he sees: "utm_*", "fbclid",
/// "spm" and the like. A trailing '*' stands for any ending.
[[nodiscard]] const std::vector<std::string>& default_tracking_parameters();

/// The name under which a page is known as already seen: no fragment, no userinfo, none of the
/// parameters in `tracking`. What is left keeps its order, for order can matter to a server.
[[nodiscard]] Url normalise_for_dedupe(
    const Url& url, const std::vector<std::string>& tracking = default_tracking_parameters());

}  // namespace chiptrail::core
