#include "core/url.hpp"

#include "core/text.hpp"

#include <fmt/format.h>
#include <unicode/uidna.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace chiptrail::core {

namespace {

constexpr std::string_view kSlashes = "/\\";
constexpr std::string_view kAuthorityEnd = "/\\?#";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

char lower(char c) {
    return (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_letter(char c) {
    return lower(c) >= 'a' && lower(c) <= 'z';
}

std::optional<unsigned> hex_value(char c) {
    if (is_digit(c)) {
        return static_cast<unsigned>(c - '0');
    }
    if (lower(c) >= 'a' && lower(c) <= 'f') {
        return static_cast<unsigned>(lower(c) - 'a' + 10);
    }
    return std::nullopt;
}

std::string lower_copy(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), lower);
    return out;
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Every malformed sequence becomes U+FFFD, as a browser's decoder makes it.
std::string to_valid_utf8(std::string_view text) {
    if (is_ascii(text)) {
        return std::string(text);
    }
    constexpr UChar32 kReplacement = 0xFFFD;
    const auto size = static_cast<std::int32_t>(text.size());
    std::u16string wide(text.size(), u'\0');
    std::int32_t length = 0;
    UErrorCode status = U_ZERO_ERROR;
    u_strFromUTF8WithSub(
        wide.data(), size, &length, text.data(), size, kReplacement, nullptr, &status);
    std::string out(static_cast<std::size_t>(length) * 3, '\0');
    std::int32_t written = 0;
    u_strToUTF8(
        out.data(), static_cast<std::int32_t>(out.size()), &written, wide.data(), length, &status);
    out.resize(static_cast<std::size_t>(written));
    assert(U_SUCCESS(status) || out.empty());
    return out;
}

/// The sets of the URL Standard, 1.3, for special schemes; C0 controls and everything above '~'
/// belong to each of them.
constexpr std::string_view kFragmentSet = " \"<>`";
constexpr std::string_view kQuerySet = " \"#<>'";
constexpr std::string_view kPathSet = " \"#<>?^`{}";
constexpr std::string_view kUserinfoSet = " \"#<>?^`{}/:;=@[\\]|";

void append_encoded(std::string& out, std::string_view text, std::string_view set) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x1F || byte > 0x7E || set.find(c) != std::string_view::npos) {
            out += '%';
            out += kHex[byte >> 4U];
            out += kHex[byte & 0xFU];
        } else {
            out += c;
        }
    }
}

std::string percent_decode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            const auto high = hex_value(text[i + 1]);
            const auto low = hex_value(text[i + 2]);
            if (high && low) {
                out += static_cast<char>(*high * 16 + *low);
                i += 2;
                continue;
            }
        }
        out += text[i];
    }
    return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(at + 1);
    }
}

// --- IPv4 -----------------------------------------------------------------------------------

/// Decimal, 0octal or 0xhexadecimal; saturates well above 2^32.
std::optional<std::uint64_t> read_ipv4_number(std::string_view text) {
    if (text.empty()) {
        return std::nullopt;
    }
    unsigned radix = 10;
    if (text.size() >= 2 && text[0] == '0') {
        radix = lower(text[1]) == 'x' ? 16 : 8;
        text.remove_prefix(radix == 16 ? 2 : 1);
    }
    std::uint64_t value = 0;
    for (const char c : text) {
        const auto digit = hex_value(c);
        if (!digit || *digit >= radix) {
            return std::nullopt;
        }
        value = std::min<std::uint64_t>(value * radix + *digit, std::uint64_t{1} << 40U);
    }
    return value;
}

/// Parts without the empty one that a final dot leaves.
std::vector<std::string_view> host_parts(std::string_view host) {
    auto parts = split(host, '.');
    if (parts.size() > 1 && parts.back().empty()) {
        parts.pop_back();
    }
    return parts;
}

bool ends_in_number(std::string_view host) {
    const auto last = host_parts(host).back();
    return (!last.empty() && std::ranges::all_of(last, is_digit)) ||
           read_ipv4_number(last).has_value();
}

std::optional<std::string> normalise_ipv4(std::string_view host) {
    const auto parts = host_parts(host);
    if (parts.size() > 4) {
        return std::nullopt;
    }
    std::uint64_t address = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto number = read_ipv4_number(parts[i]);
        const bool is_last = i + 1 == parts.size();
        const auto bits = is_last ? 8 * (5 - parts.size()) : std::size_t{8};
        if (!number || *number >= (std::uint64_t{1} << bits)) {
            return std::nullopt;
        }
        address += is_last ? *number : *number << (8 * (3 - i));
    }
    return fmt::format(
        "{}.{}.{}.{}", address >> 24U, address >> 16U & 255U, address >> 8U & 255U, address & 255U);
}

// --- IPv6 -----------------------------------------------------------------------------------

using Pieces = std::array<std::uint16_t, 8>;

/// "127.0.0.1" at the end of an IPv6 address, as two pieces: four decimal numbers and no zeros
/// in front.
std::optional<std::array<std::uint16_t, 2>> read_embedded_ipv4(std::string_view text) {
    const auto parts = split(text, '.');
    if (parts.size() != 4) {
        return std::nullopt;
    }
    std::array<unsigned, 4> bytes{};
    for (std::size_t i = 0; i < 4; ++i) {
        const auto part = parts[i];
        if (part.empty() || part.size() > 3 || !std::ranges::all_of(part, is_digit) ||
            (part.size() > 1 && part[0] == '0')) {
            return std::nullopt;
        }
        for (const char c : part) {
            bytes[i] = bytes[i] * 10 + static_cast<unsigned>(c - '0');
        }
        if (bytes[i] > 255) {
            return std::nullopt;
        }
    }
    return std::array<std::uint16_t, 2>{static_cast<std::uint16_t>(bytes[0] * 256 + bytes[1]),
                                        static_cast<std::uint16_t>(bytes[2] * 256 + bytes[3])};
}

std::optional<std::uint16_t> read_piece(std::string_view text) {
    if (text.empty() || text.size() > 4) {
        return std::nullopt;
    }
    unsigned value = 0;
    for (const char c : text) {
        const auto digit = hex_value(c);
        if (!digit) {
            return std::nullopt;
        }
        value = value * 16 + *digit;
    }
    return static_cast<std::uint16_t>(value);
}

/// Pieces between colons; an IPv4 tail, allowed at the very end of the address, gives two.
std::optional<std::vector<std::uint16_t>> read_pieces(std::string_view text, bool may_end_in_ipv4) {
    std::vector<std::uint16_t> pieces;
    if (text.empty()) {
        return pieces;
    }
    const auto parts = split(text, ':');
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const bool is_last = i + 1 == parts.size();
        if (may_end_in_ipv4 && is_last && parts[i].find('.') != std::string_view::npos) {
            const auto tail = read_embedded_ipv4(parts[i]);
            if (!tail) {
                return std::nullopt;
            }
            pieces.insert(pieces.end(), tail->begin(), tail->end());
            continue;
        }
        const auto piece = read_piece(parts[i]);
        if (!piece) {
            return std::nullopt;
        }
        pieces.push_back(*piece);
    }
    return pieces;
}

std::optional<Pieces> read_ipv6(std::string_view text) {
    const auto gap = text.find("::");
    const bool has_gap = gap != std::string_view::npos;
    const auto front = read_pieces(text.substr(0, gap), !has_gap);
    const auto back = read_pieces(has_gap ? text.substr(gap + 2) : std::string_view(), has_gap);
    if (!front || !back) {
        return std::nullopt;
    }
    const auto count = front->size() + back->size();
    // "::" stands for at least one piece.
    if (has_gap ? count > 7 : count != 8) {
        return std::nullopt;
    }
    Pieces pieces{};
    std::ranges::copy(*front, pieces.begin());
    std::ranges::copy_backward(*back, pieces.end());
    return pieces;
}

struct Run {
    std::size_t begin = 8;
    std::size_t length = 1;  ///< a single zero is not compressed
};

Run longest_zero_run(const Pieces& pieces) {
    Run best;
    for (std::size_t i = 0; i < pieces.size();) {
        std::size_t end = i;
        while (end < pieces.size() && pieces[end] == 0) {
            ++end;
        }
        if (end - i > best.length) {
            best = {i, end - i};
        }
        i = std::max(end, i + 1);
    }
    return best;
}

std::string write_ipv6(const Pieces& pieces) {
    const auto run = longest_zero_run(pieces);
    std::string out = "[";
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        if (i == run.begin) {
            out += i == 0 ? "::" : ":";
            i += run.length - 1;
            continue;
        }
        out += fmt::format("{:x}", pieces[i]);
        if (i != 7) {
            out += ':';
        }
    }
    return out + ']';
}

// --- names ----------------------------------------------------------------------------------

struct IdnaCloser {
    void operator()(UIDNA* idna) const {
        uidna_close(idna);
    }
};

const UIDNA* idna() {
    static const auto opened_once = [] {
        UErrorCode status = U_ZERO_ERROR;
        std::unique_ptr<UIDNA, IdnaCloser> opened(
            uidna_openUTS46(UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ |
                                UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE,
                            &status));
        if (U_FAILURE(status)) {
            throw Error(fmt::format("ICU cannot open its IDNA data: {}", u_errorName(status)));
        }
        return opened;
    }();
    return opened_once.get();
}

/// UTS 46 as the URL Standard asks for it: CheckHyphens and VerifyDnsLength off.
std::optional<std::string> to_ascii_by_icu(std::string_view domain) {
    constexpr std::uint32_t kForgiven =
        UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG | UIDNA_ERROR_DOMAIN_NAME_TOO_LONG |
        UIDNA_ERROR_LEADING_HYPHEN | UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4;
    UErrorCode status = U_ZERO_ERROR;
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    std::string out(domain.size() * 8 + 64, '\0');
    const auto size = uidna_nameToASCII_UTF8(idna(),
                                             domain.data(),
                                             static_cast<std::int32_t>(domain.size()),
                                             out.data(),
                                             static_cast<std::int32_t>(out.size()),
                                             &info,
                                             &status);
    if (U_FAILURE(status) || (info.errors & ~kForgiven) != 0) {
        return std::nullopt;
    }
    out.resize(static_cast<std::size_t>(size));
    return out;
}

/// An ASCII name is taken as it is, even where an xn-- label decodes to nothing sensible: DNS
/// decides whether it exists (URL Standard, "domain to ASCII").
std::optional<std::string> domain_to_ascii(std::string_view domain) {
    return is_ascii(domain) ? lower_copy(domain) : to_ascii_by_icu(domain);
}

bool is_forbidden_in_domain(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7F ||
           std::string_view("#/:<>?@[\\]^|%").find(c) != std::string_view::npos;
}

Result<std::string> parse_host(std::string_view host) {
    const auto refuse = [host](std::string_view why) {
        return fail(Failure::Kind::bad_input, fmt::format("host '{}' {}", host, why));
    };
    if (host.starts_with('[')) {
        const auto pieces =
            host.ends_with(']') ? read_ipv6(host.substr(1, host.size() - 2)) : std::nullopt;
        if (!pieces) {
            return refuse("is not an IPv6 address");
        }
        return write_ipv6(*pieces);
    }
    const auto ascii = domain_to_ascii(to_valid_utf8(percent_decode(host)));
    if (!ascii || ascii->empty()) {
        return refuse("is not a valid name");
    }
    if (std::ranges::any_of(*ascii, is_forbidden_in_domain)) {
        return refuse("contains a character that host names cannot have");
    }
    if (!ends_in_number(*ascii)) {
        return *ascii;
    }
    auto address = normalise_ipv4(*ascii);
    if (!address) {
        return refuse("ends in a number and is not an IPv4 address");
    }
    return *address;
}

// --- path -----------------------------------------------------------------------------------

bool is_single_dot(std::string_view segment) {
    return segment == "." || equal_ignoring_case(segment, "%2e");
}

bool is_double_dot(std::string_view segment) {
    constexpr std::array<std::string_view, 4> kForms = {"..", ".%2e", "%2e.", "%2e%2e"};
    return std::ranges::any_of(
        kForms, [segment](std::string_view form) { return equal_ignoring_case(segment, form); });
}

/// Appends `text`, which has no '?' and no '#', to `path` ("" or "/a/b").
void append_path(std::string& path, std::string_view text) {
    for (;;) {
        const auto at = text.find_first_of(kSlashes);
        const bool is_last = at == std::string_view::npos;
        const auto segment = text.substr(0, at);
        const bool up = is_double_dot(segment);
        if (up && !path.empty()) {
            path.resize(path.rfind('/'));
        }
        if (up || is_single_dot(segment)) {
            path += is_last ? "/" : "";
        } else {
            path += '/';
            append_encoded(path, segment, kPathSet);
        }
        if (is_last) {
            return;
        }
        text.remove_prefix(at + 1);
    }
}

/// Length of a scheme at the front, without its ':'; 0 when there is none.
std::size_t scheme_length(std::string_view text) {
    if (text.empty() || !is_letter(text[0])) {
        return 0;
    }
    const auto* const end = std::ranges::find_if_not(text, [](char c) {
        return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
    });
    return end != text.end() && *end == ':' ? static_cast<std::size_t>(end - text.begin()) : 0;
}

/// The input of the URL parser: ends trimmed, tabs and line ends removed, valid UTF-8.
std::string clean(std::string_view text) {
    const auto is_edge = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
    while (!text.empty() && is_edge(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_edge(text.back())) {
        text.remove_suffix(1);
    }
    auto out = to_valid_utf8(text);
    std::erase_if(out, [](char c) { return c == '\t' || c == '\n' || c == '\r'; });
    return out;
}

int default_port(std::string_view scheme) {
    return scheme == "https" ? 443 : 80;
}

std::string shown(std::string_view text) {
    constexpr std::size_t kShown = 200;
    return text.size() <= kShown ? std::string(text) : std::string(text.substr(0, kShown)) + "...";
}

}  // namespace

/// The parts of one URL on their way from text to text. Follows the states of the URL Standard,
/// 4.4, that http and https can reach, as functions.
class UrlParser {
public:
    static Result<Url> parse(std::string_view text, const Url* base) {
        if (text.size() > Url::kMaxLength) {
            return fail(Failure::Kind::too_large,
                        fmt::format("URL of {} bytes; the limit is {}: {}",
                                    text.size(),
                                    Url::kMaxLength,
                                    shown(text)));
        }
        UrlParser parser;
        const auto input = clean(text);
        auto done = parser.read(input, base);
        if (!done) {
            return fail(done.error().kind,
                        fmt::format("'{}' is no URL: {}", shown(input), done.error().detail));
        }
        return parser.assemble();
    }

private:
    Result<void> read(std::string_view input, const Url* base) {
        const auto length = scheme_length(input);
        if (length == 0) {
            if (base == nullptr) {
                return fail(Failure::Kind::bad_input, "it has no scheme (http:// or https://)");
            }
            return read_relative(input, *base);
        }
        scheme_ = lower_copy(input.substr(0, length));
        if (scheme_ != "http" && scheme_ != "https") {
            return fail(Failure::Kind::bad_input,
                        fmt::format("scheme '{}' is neither http nor https", scheme_));
        }
        input.remove_prefix(length + 1);
        if (base != nullptr && base->scheme() == scheme_ && !input.starts_with("//")) {
            return read_relative(input, *base);
        }
        return read_authority_and_rest(input);
    }

    Result<void> read_relative(std::string_view input, const Url& base) {
        scheme_ = base.scheme();
        const bool one_slash = !input.empty() && kSlashes.find(input[0]) != std::string_view::npos;
        const bool two_slashes =
            one_slash && input.size() > 1 && kSlashes.find(input[1]) != std::string_view::npos;
        if (two_slashes) {
            return read_authority_and_rest(input);
        }
        userinfo_ = base.userinfo();
        host_ = base.host();
        port_ = base.port();
        const auto rest = input.find_first_of("?#");
        const auto path = input.substr(0, rest);
        if (one_slash) {
            append_path(path_, path.substr(1));
        } else {
            path_ = base.path();
            if (path.empty()) {
                keep_query(base, input);
            } else {
                path_.resize(path_.rfind('/'));
                append_path(path_, path);
            }
        }
        read_query_and_fragment(input.substr(std::min(rest, input.size())));
        return {};
    }

    void keep_query(const Url& base, std::string_view input) {
        if (input.starts_with('?')) {
            return;
        }
        const auto target = base.target();
        const auto at = target.find('?');
        if (at != std::string::npos) {
            query_ = target.substr(at);
        }
    }

    Result<void> read_authority_and_rest(std::string_view input) {
        input.remove_prefix(std::min(input.find_first_not_of(kSlashes), input.size()));
        const auto end = std::min(input.find_first_of(kAuthorityEnd), input.size());
        auto done = read_authority(input.substr(0, end));
        if (!done) {
            return done;
        }
        input.remove_prefix(end);
        const auto rest = std::min(input.find_first_of("?#"), input.size());
        auto path = input.substr(0, rest);
        path.remove_prefix(path.empty() ? 0 : 1);
        append_path(path_, path);
        read_query_and_fragment(input.substr(rest));
        return {};
    }

    Result<void> read_authority(std::string_view authority) {
        const auto at = authority.rfind('@');
        if (at != std::string_view::npos) {
            read_userinfo(authority.substr(0, at));
            authority.remove_prefix(at + 1);
        }
        const auto bracket = authority.find('[');
        const auto closing = bracket == std::string_view::npos ? 0 : authority.find(']', bracket);
        const auto first = authority.find(':');
        // A colon within brackets belongs to the address.
        const auto colon = first < bracket ? first : authority.find(':', closing);
        const auto host = authority.substr(0, colon);
        if (host.empty()) {
            return fail(Failure::Kind::bad_input, "it has no host");
        }
        auto parsed = parse_host(host);
        if (!parsed) {
            return tl::unexpected<Failure>(std::move(parsed.error()));
        }
        host_ = std::move(*parsed);
        return read_port(colon == std::string_view::npos ? "" : authority.substr(colon + 1));
    }

    void read_userinfo(std::string_view text) {
        const auto colon = text.find(':');
        append_encoded(userinfo_, text.substr(0, colon), kUserinfoSet);
        if (colon != std::string_view::npos && colon + 1 < text.size()) {
            userinfo_ += ':';
            append_encoded(userinfo_, text.substr(colon + 1), kUserinfoSet);
        }
    }

    Result<void> read_port(std::string_view text) {
        port_ = text.empty() ? default_port(scheme_) : 0;
        for (const char c : text) {
            port_ = is_digit(c) ? port_ * 10 + (c - '0') : 65'536;
            if (port_ > 65'535) {
                return fail(Failure::Kind::bad_input,
                            fmt::format("port '{}' is not a number up to 65535", shown(text)));
            }
        }
        return {};
    }

    /// `text` is empty or starts with '?' or '#'.
    void read_query_and_fragment(std::string_view text) {
        const auto hash = text.find('#');
        if (text.starts_with('?')) {
            query_ = '?';
            append_encoded(query_, text.substr(0, hash).substr(1), kQuerySet);
        }
        if (hash != std::string_view::npos) {
            fragment_ = '#';
            append_encoded(fragment_, text.substr(hash + 1), kFragmentSet);
        }
    }

    [[nodiscard]] Url assemble() const {
        Url url;
        url.text_ = scheme_ + "://";
        url.scheme_end_ = scheme_.size();
        if (!userinfo_.empty()) {
            url.text_ += userinfo_ + '@';
        }
        url.host_begin_ = url.text_.size();
        url.text_ += host_;
        url.host_end_ = url.text_.size();
        if (port_ != default_port(scheme_)) {
            url.text_ += fmt::format(":{}", port_);
        }
        url.port_ = port_;
        url.path_begin_ = url.text_.size();
        url.text_ += path_;
        url.query_begin_ = url.text_.size();
        url.text_ += query_;
        url.fragment_begin_ = url.text_.size();
        url.text_ += fragment_;
        return url;
    }

    std::string scheme_;
    std::string userinfo_;
    std::string host_;
    int port_ = 0;
    std::string path_;
    std::string query_;     ///< with '?'
    std::string fragment_;  ///< with '#'
};

Result<Url> Url::parse(std::string_view text) {
    return UrlParser::parse(text, nullptr);
}

Result<Url> Url::parse(std::string_view text, const Url& base) {
    return UrlParser::parse(text, &base);
}

const std::string& Url::text() const {
    return text_;
}

std::string Url::without_fragment() const {
    return text_.substr(0, fragment_begin_);
}

std::string_view Url::scheme() const {
    return std::string_view(text_).substr(0, scheme_end_);
}

std::string_view Url::host() const {
    return std::string_view(text_).substr(host_begin_, host_end_ - host_begin_);
}

int Url::port() const {
    return port_;
}

std::string_view Url::path() const {
    return std::string_view(text_).substr(path_begin_, query_begin_ - path_begin_);
}

std::string_view Url::query() const {
    const auto begin = std::min(query_begin_ + 1, fragment_begin_);
    return std::string_view(text_).substr(begin, fragment_begin_ - begin);
}

std::string_view Url::fragment() const {
    return std::string_view(text_).substr(std::min(fragment_begin_ + 1, text_.size()));
}

std::string_view Url::userinfo() const {
    const auto begin = scheme_end_ + std::string_view("://").size();
    return host_begin_ == begin ? std::string_view()
                                : std::string_view(text_).substr(begin, host_begin_ - 1 - begin);
}

std::string Url::origin() const {
    const auto begin = scheme_end_ + std::string_view("://").size();
    return text_.substr(0, begin) + text_.substr(host_begin_, path_begin_ - host_begin_);
}

std::string Url::target() const {
    return text_.substr(path_begin_, fragment_begin_ - path_begin_);
}

const std::vector<std::string>& default_tracking_parameters() {
    static const std::vector<std::string> names = {
        "utm_*",         "fbclid",      "gclid",        "dclid",        "gbraid",    "wbraid",
        "msclkid",       "yclid",       "twclid",       "ttclid",       "igshid",    "igsh",
        "mc_cid",        "mc_eid",      "_ga",          "_gl",          "_hsenc",    "_hsmi",
        "hsctatracking", "mkt_tok",     "oly_anon_id",  "oly_enc_id",   "vero_id",   "wickedid",
        "s_cid",         "spm",         "scm",          "pvid",         "_trksid",   "_trkparms",
        "amdata",        "share_token", "share_source", "share_medium", "vd_source", "spm_id_from",
    };
    return names;
}

namespace {

bool is_tracking(std::string_view parameter, const std::vector<std::string>& tracking) {
    const auto name = parameter.substr(0, parameter.find('='));
    return std::ranges::any_of(tracking, [name](std::string_view pattern) {
        if (!pattern.ends_with('*')) {
            return equal_ignoring_case(name, pattern);
        }
        pattern.remove_suffix(1);
        return equal_ignoring_case(name.substr(0, pattern.size()), pattern);
    });
}

}  // namespace

Url normalise_for_dedupe(const Url& url, const std::vector<std::string>& tracking) {
    auto text = url.origin();
    text += url.path();
    char separator = '?';
    for (const auto parameter : split(url.query(), '&')) {
        if (!parameter.empty() && !is_tracking(parameter, tracking)) {
            text += separator;
            text += parameter;
            separator = '&';
        }
    }
    return Url::parse(text).value_or(url);
}

}  // namespace chiptrail::core
