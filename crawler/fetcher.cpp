#include "crawler/fetcher.hpp"

#include "core/sha256.hpp"
#include "core/text.hpp"
#include "crawler/address_guard.hpp"
#include "crawler/content_coding.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cstring>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace chiptrail::crawler {

namespace {

using core::ConfigError;
using core::Failure;

/// Why we ended a transfer ourselves; curl only knows that a callback said no.
enum class Ended { no, body_limit, header_limit };

struct EasyCloser {
    void operator()(CURL* easy) const {
        curl_easy_cleanup(easy);
    }
};
struct MultiCloser {
    void operator()(CURLM* multi) const {
        curl_multi_cleanup(multi);
    }
};
struct ShareCloser {
    void operator()(CURLSH* share) const {
        curl_share_cleanup(share);
    }
};
struct ListCloser {
    void operator()(curl_slist* list) const {
        curl_slist_free_all(list);
    }
};
using EasyHandle = std::unique_ptr<CURL, EasyCloser>;
using List = std::unique_ptr<curl_slist, ListCloser>;

/// A failed setting would lift a limit without anyone noticing.
template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
    const auto code = curl_easy_setopt(easy, option, value);
    if (code != CURLE_OK) {
        throw ConfigError(fmt::format("libcurl {} does not take option {}: {}",
                                      curl_version_info(CURLVERSION_NOW)->version,
                                      static_cast<int>(option),
                                      curl_easy_strerror(code)));
    }
}

void append(List& list, const std::string& text) {
    curl_slist* const longer = curl_slist_append(list.get(), text.c_str());
    if (longer == nullptr) {
        throw core::Error("libcurl is out of memory");
    }
    static_cast<void>(list.release());
    list.reset(longer);
}

List make_list(const std::vector<std::string>& lines) {
    List list;
    for (const auto& line : lines) {
        append(list, line);
    }
    return list;
}

/// A header value that could end its line would let a stranger's ETag write our headers.
bool is_one_line(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

std::string_view without_line_end(std::string_view line) {
    while (line.ends_with('\n') || line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line;
}

/// "Name: value"; a line without a colon has an empty value.
core::Header read_header(std::string_view line) {
    const auto colon = line.find(':', line.starts_with(':') ? 1 : 0);
    return {std::string(line.substr(0, colon)),
            colon == std::string_view::npos ? std::string()
                                            : std::string(core::trim(line.substr(colon + 1)))};
}

template <class Visit>
void for_each_line(std::string_view text, Visit visit) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size() - 1);
        visit(without_line_end(text.substr(0, end + 1)));
        text.remove_prefix(end + 1);
    }
}

struct SocketAddress {
    IpAddress ip{};
    std::string text;
};

std::optional<SocketAddress> read_address(const curl_sockaddr& address) {
    std::array<char, 64> text{};
    if (address.family == AF_INET) {
        sockaddr_in ipv4{};
        std::memcpy(&ipv4, &address.addr, sizeof ipv4);
        inet_ntop(AF_INET, &ipv4.sin_addr, text.data(), text.size());
    } else if (address.family == AF_INET6) {
        sockaddr_in6 ipv6{};
        std::memcpy(&ipv6, &address.addr, sizeof ipv6);
        inet_ntop(AF_INET6, &ipv6.sin6_addr, text.data(), text.size());
    }
    const auto ip = parse_ip(text.data());
    return ip ? std::optional(SocketAddress{*ip, text.data()}) : std::nullopt;
}

std::string certificate_sha256(SSL* ssl) {
    const std::unique_ptr<X509, void (*)(X509*)> certificate(SSL_get1_peer_certificate(ssl),
                                                             &X509_free);
    if (certificate == nullptr) {
        return {};
    }
    unsigned char* der = nullptr;
    const int size = i2d_X509(certificate.get(), &der);
    if (size <= 0) {
        return {};
    }
    const std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return core::sha256(bytes).hex();
}

std::chrono::microseconds duration(CURL* easy, CURLINFO info) {
    curl_off_t microseconds = 0;
    curl_easy_getinfo(easy, info, &microseconds);
    return std::chrono::microseconds(microseconds);
}

/// HTTP/2 sends the request line as pseudo-headers and names in lower case (RFC 9113, 8.3.1);
/// curl's debug callback shows the HTTP/1 text that it makes them from.
void rewrite_as_http2(core::Headers& headers, const core::Url& url) {
    std::string authority;
    std::erase_if(headers, [&authority](const core::Header& header) {
        const bool is_host = core::equal_ignoring_case(header.name, "host");
        if (is_host) {
            authority = header.value;
        }
        return is_host || core::equal_ignoring_case(header.name, "connection");
    });
    for (auto& header : headers) {
        std::ranges::transform(header.name, header.name.begin(), [](char c) {
            return (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
        });
    }
    const core::Headers pseudo = {{":method", "GET"},
                                  {":path", url.target()},
                                  {":scheme", std::string(url.scheme())},
                                  {":authority", authority}};
    headers.insert(headers.begin(), pseudo.begin(), pseudo.end());
}

/// One request in flight. Its address is given to curl, so it never moves.
struct Transfer {
    Transfer(Fetcher::Id its_id, Request its_request)
        : id(its_id), request(std::move(its_request)) {}

    Fetcher::Id id;
    Request request;
    const AddressGuard* guard = nullptr;  ///< null: every address may be connected to (a proxy's)
    std::size_t max_header_bytes = 0;
    std::size_t max_body_bytes = 0;
    EasyHandle easy;
    List headers;

    core::Exchange exchange;
    std::size_t header_bytes = 0;
    bool headers_done = false;
    bool tls_read = false;
    Ended ended = Ended::no;
    std::string refused_address;  ///< "127.0.0.1 (loopback)"
    std::array<char, CURL_ERROR_SIZE> error{};
};

// The callbacks below run inside libcurl, a C library, so no exception may leave them; the only
// one possible is bad_alloc, and that may end the program.

curl_socket_t open_socket(void* data, curlsocktype /*purpose*/, curl_sockaddr* address) noexcept {
    auto& transfer = *static_cast<Transfer*>(data);
    if (transfer.guard != nullptr) {
        const auto parsed = read_address(*address);
        const auto why = parsed ? transfer.guard->refusal(parsed->ip)
                                : std::optional<std::string_view>("not an IP address");
        if (why) {
            transfer.refused_address =
                fmt::format("{} ({})", parsed ? parsed->text : std::string("?"), *why);
            return CURL_SOCKET_BAD;
        }
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/// TLS details are asked for while the connection is surely there: curl keeps them per
/// handshake, so for a reused connection it would have none afterwards.
void read_tls(Transfer& transfer) {
    transfer.tls_read = true;
    curl_tlssessioninfo* session = nullptr;
    curl_easy_getinfo(transfer.easy.get(), CURLINFO_TLS_SSL_PTR, &session);
    if (session == nullptr || session->backend != CURLSSLBACKEND_OPENSSL ||
        session->internals == nullptr) {
        return;
    }
    auto* const ssl = static_cast<SSL*>(session->internals);
    transfer.exchange.tls_version = SSL_get_version(ssl);
    transfer.exchange.certificate_sha256 = certificate_sha256(ssl);
}

void read_status_line(core::Exchange& exchange, std::string_view line) {
    exchange.response_headers.clear();
    exchange.reason.clear();
    exchange.status = 0;
    line.remove_prefix(std::string_view("HTTP/").size());
    const auto blank = std::min(line.find(' '), line.size());
    exchange.http_version = line.substr(0, blank);
    line.remove_prefix(blank);
    line = core::trim(line);
    const auto digits = line.substr(0, 3);
    std::from_chars(digits.data(), digits.data() + digits.size(), exchange.status);
    exchange.reason = core::trim(line.substr(digits.size()));
}

std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* data) noexcept {
    auto& transfer = *static_cast<Transfer*>(data);
    const std::size_t total = size * count;
    transfer.header_bytes += total;
    if (transfer.header_bytes > transfer.max_header_bytes) {
        transfer.ended = Ended::header_limit;
        return 0;
    }
    if (!transfer.tls_read) {
        read_tls(transfer);
    }
    auto& headers = transfer.exchange.response_headers;
    const auto line = without_line_end({bytes, total});
    if (line.starts_with("HTTP/") && (!transfer.headers_done || transfer.exchange.status < 200)) {
        transfer.headers_done = false;
        read_status_line(transfer.exchange, line);
    } else if (line.empty()) {
        transfer.headers_done = true;
    } else if (transfer.headers_done) {
        // A trailer: it comes after the body, so nothing may be decided by it.
    } else if ((line.starts_with(' ') || line.starts_with('\t')) && !headers.empty()) {
        headers.back().value += ' ';
        headers.back().value += core::trim(line);
    } else {
        headers.push_back(read_header(line));
    }
    return total;
}

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* data) noexcept {
    auto& transfer = *static_cast<Transfer*>(data);
    auto& body = transfer.exchange.body;
    const std::size_t total = size * count;
    const std::size_t room = transfer.max_body_bytes - body.size();
    body.append(bytes, std::min(total, room));
    if (total > room) {
        transfer.ended = Ended::body_limit;
        return 0;
    }
    return total;
}

int take_debug(
    CURL* /*easy*/, curl_infotype type, char* bytes, std::size_t size, void* data) noexcept {
    const std::string_view text(bytes, size);
    if (type != CURLINFO_HEADER_OUT || text.starts_with("CONNECT ")) {
        return 0;
    }
    auto& headers = static_cast<Transfer*>(data)->exchange.request_headers;
    bool first = true;
    for_each_line(text, [&](std::string_view line) {
        if (std::exchange(first, false) && line.starts_with("GET ")) {
            headers.clear();  // curl repeats a request when a reused connection had gone.
        } else if (!line.empty()) {
            headers.push_back(read_header(line));
        }
    });
    return 0;
}

Failure::Kind kind_of(CURLcode code) {
    switch (code) {
        case CURLE_OPERATION_TIMEDOUT:
            return Failure::Kind::timed_out;
        case CURLE_URL_MALFORMAT:
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_WEIRD_SERVER_REPLY:
        case CURLE_BAD_CONTENT_ENCODING:
            return Failure::Kind::bad_input;
        default:
            return Failure::Kind::unreachable;
    }
}

std::string_view way_out(CURLcode code) {
    switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST:
            return "; check the spelling of the host and this machine's DNS";
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_PROXY:
            return "; check the option proxy";
        case CURLE_PEER_FAILED_VERIFICATION:
            return "; if a company proxy re-signs traffic, name its certificate in ca_file";
        case CURLE_OPERATION_TIMEDOUT:
        case CURLE_COULDNT_CONNECT:
            return "; it is tried again later";
        default:
            return "";
    }
}

Failure describe(const Transfer& transfer, CURLcode code) {
    const auto url = transfer.request.url.without_fragment();
    if (!transfer.refused_address.empty() && code == CURLE_COULDNT_CONNECT) {
        return {Failure::Kind::refused,
                fmt::format("{}: {} is not a public address, so nothing was sent; if it is yours, "
                            "add it to allow_addresses",
                            url,
                            transfer.refused_address)};
    }
    if (transfer.ended == Ended::header_limit) {
        return {Failure::Kind::too_large,
                fmt::format("{}: the answer's headers passed max_header_bytes ({})",
                            url,
                            transfer.max_header_bytes)};
    }
    const auto* const text =
        transfer.error[0] != '\0' ? transfer.error.data() : curl_easy_strerror(code);
    return {kind_of(code), fmt::format("{}: {}{}", url, text, way_out(code))};
}

}  // namespace

class CurlFetcher::Impl {
public:
    explicit Impl(Options options)
        : options_(std::move(options)),
          guard_(make_guard(options_)),
          agent_(user_agent(options_)),
          connect_to_(make_list(options_.connect_to)) {
        static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
        multi_.reset(curl_multi_init());
        share_.reset(curl_share_init());
        if (started != CURLE_OK || multi_ == nullptr || share_ == nullptr) {
            throw core::Error("libcurl cannot start");
        }
        curl_share_setopt(share_.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
        check_options();
    }

    ~Impl() {
        abort_all();
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    Id start(const Request& request) {
        auto transfer = std::make_unique<Transfer>(++last_id_, request);
        const Id id = transfer->id;
        prepare(*transfer);
        check_address_in_url(*transfer);
        if (!transfer->refused_address.empty()) {
            refused_.push_back(std::move(transfer));
            return id;
        }
        if (curl_multi_add_handle(multi_.get(), transfer->easy.get()) != CURLM_OK) {
            throw core::Error("libcurl cannot add a request: out of memory");
        }
        transfers_.emplace(id, std::move(transfer));
        return id;
    }

    std::vector<Completion> wait(std::chrono::milliseconds timeout) {
        constexpr auto kLongest = std::chrono::milliseconds(std::chrono::hours(1));
        const auto bounded = std::clamp(timeout, std::chrono::milliseconds(0), kLongest);
        const auto deadline = std::chrono::steady_clock::now() + bounded;
        for (;;) {
            perform();
            auto done = collect();
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(
                deadline - std::chrono::steady_clock::now());
            if (!done.empty() || woken_.exchange(false) || left.count() <= 0) {
                return done;
            }
            poll(left);
        }
    }

    void wake() {
        woken_ = true;
        curl_multi_wakeup(multi_.get());
    }

    void abort_all() {
        for (const auto& [id, transfer] : transfers_) {
            curl_multi_remove_handle(multi_.get(), transfer->easy.get());
        }
        transfers_.clear();
        refused_.clear();
    }

private:
    static AddressGuard make_guard(const Options& options) {
        auto guard = AddressGuard::make(options.allow_addresses);
        if (!guard) {
            throw ConfigError("allow_addresses: " + guard.error().detail);
        }
        return std::move(*guard);
    }

    void check_options() const {
        if (!is_one_line(agent_)) {
            throw ConfigError("contact and product_token must be one line each");
        }
        if (!options_.ca_file.empty() && ::access(options_.ca_file.c_str(), R_OK) != 0) {
            throw ConfigError(fmt::format("ca_file '{}' cannot be read", options_.ca_file));
        }
        const std::string_view proxy = options_.proxy;
        const auto known = {"http://", "https://", "socks4a://", "socks5://", "socks5h://"};
        if (!proxy.empty() && std::ranges::none_of(known, [proxy](std::string_view scheme) {
                return proxy.starts_with(scheme);
            })) {
            throw ConfigError(fmt::format(
                "proxy '{}' must start with http://, https://, socks5:// or socks5h://", proxy));
        }
    }

    /// Behind a proxy every socket is the proxy's, so only addresses in URLs can be judged.
    void check_address_in_url(Transfer& transfer) const {
        if (options_.proxy.empty()) {
            transfer.guard = &guard_;
            return;
        }
        auto host = transfer.request.url.host();
        if (host.starts_with('[')) {
            host = host.substr(1, host.size() - 2);
        }
        const auto ip = host == "localhost" ? parse_ip("127.0.0.1") : parse_ip(host);
        const auto why = ip ? guard_.refusal(*ip) : std::nullopt;
        if (why) {
            transfer.refused_address = fmt::format("{} ({})", host, *why);
        }
    }

    void prepare(Transfer& transfer) {
        transfer.easy.reset(curl_easy_init());
        if (transfer.easy == nullptr) {
            throw core::Error("libcurl is out of memory");
        }
        transfer.max_header_bytes = options_.max_header_bytes;
        transfer.max_body_bytes = transfer.request.max_body_bytes != 0
                                      ? transfer.request.max_body_bytes
                                      : options_.max_body_bytes;
        transfer.exchange.url = transfer.request.url.without_fragment();
        transfer.exchange.purpose = transfer.request.purpose;
        transfer.exchange.requested_at = core::SystemClock().now();
        set_request(transfer);
        set_connection(transfer);
        set_callbacks(transfer);
    }

    void set_request(Transfer& transfer) {
        CURL* const easy = transfer.easy.get();
        const auto& url = transfer.request.url;
        const auto sent = url.origin() + url.target();
        append(transfer.headers, fmt::format("Accept-Encoding: {}", kAcceptEncoding));
        for (const auto& header : transfer.request.headers) {
            if (is_one_line(header.name) && is_one_line(header.value)) {
                append(transfer.headers, header.name + ": " + header.value);
            }
        }
        set(easy, CURLOPT_URL, sent.c_str());
        set(easy, CURLOPT_PATH_AS_IS, 1L);  // Url has removed the dot segments already.
        set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
        set(easy, CURLOPT_HTTPHEADER, transfer.headers.get());
        set(easy, CURLOPT_USERAGENT, agent_.c_str());
        set(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
        set(easy, CURLOPT_FOLLOWLOCATION, 0L);
        set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
        set(easy, CURLOPT_NOSIGNAL, 1L);
        set(easy, CURLOPT_QUICK_EXIT, 1L);  // A stop does not wait for the resolver's thread.
    }

    void set_connection(Transfer& transfer) {
        CURL* const easy = transfer.easy.get();
        set(easy, CURLOPT_SHARE, share_.get());
        set(easy, CURLOPT_CONNECTTIMEOUT_MS, options_.connect_timeout.count());
        set(easy, CURLOPT_TIMEOUT_MS, options_.total_timeout.count());
        set(easy, CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(options_.low_speed_bytes_per_second));
        set(easy, CURLOPT_LOW_SPEED_TIME, options_.low_speed_time.count());
        // An empty string, not null: then the environment's proxies do not count either.
        set(easy, CURLOPT_PROXY, options_.proxy.c_str());
        set(easy, CURLOPT_NOPROXY, "");
        set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
        set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
        if (!options_.ca_file.empty()) {
            set(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
        }
        if (connect_to_ != nullptr) {
            set(easy, CURLOPT_CONNECT_TO, connect_to_.get());
        }
    }

    static void set_callbacks(Transfer& transfer) {
        CURL* const easy = transfer.easy.get();
        set(easy, CURLOPT_PRIVATE, &transfer);
        set(easy, CURLOPT_ERRORBUFFER, transfer.error.data());
        set(easy, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
        set(easy, CURLOPT_OPENSOCKETDATA, &transfer);
        set(easy, CURLOPT_HEADERFUNCTION, &take_header);
        set(easy, CURLOPT_HEADERDATA, &transfer);
        set(easy, CURLOPT_WRITEFUNCTION, &take_body);
        set(easy, CURLOPT_WRITEDATA, &transfer);
        set(easy, CURLOPT_DEBUGFUNCTION, &take_debug);
        set(easy, CURLOPT_DEBUGDATA, &transfer);
        set(easy, CURLOPT_VERBOSE, 1L);  // Only so that the debug callback runs.
    }

    /// Returns for any activity on a connection; wait() goes on until something is complete.
    void poll(std::chrono::milliseconds timeout) {
        const auto code =
            curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(timeout.count()), nullptr);
        if (code != CURLM_OK) {
            throw core::Error(fmt::format("libcurl cannot wait: {}", curl_multi_strerror(code)));
        }
    }

    void perform() {
        int running = 0;
        const auto code = curl_multi_perform(multi_.get(), &running);
        if (code != CURLM_OK) {
            throw core::Error(fmt::format("libcurl cannot go on: {}", curl_multi_strerror(code)));
        }
    }

    std::vector<Completion> collect() {
        std::vector<Completion> done;
        for (const auto& transfer : std::exchange(refused_, {})) {
            transfer->exchange.failure = describe(*transfer, CURLE_COULDNT_CONNECT);
            done.push_back({transfer->id, std::move(transfer->exchange)});
        }
        int left = 0;
        while (CURLMsg* const message = curl_multi_info_read(multi_.get(), &left)) {
            if (message->msg != CURLMSG_DONE) {
                continue;
            }
            const auto code = message->data.result;
            Transfer* transfer = nullptr;
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
            curl_multi_remove_handle(multi_.get(), transfer->easy.get());
            const Id id = transfer->id;
            done.push_back({id, finish(*transfer, code)});
            transfers_.erase(id);
        }
        return done;
    }

    static core::Exchange finish(Transfer& transfer, CURLcode code) {
        auto& exchange = transfer.exchange;
        CURL* const easy = transfer.easy.get();
        const char* ip = nullptr;
        long port = 0;
        curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &ip);
        curl_easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &port);
        exchange.remote_ip = ip != nullptr ? ip : "";
        exchange.remote_port = exchange.remote_ip.empty() ? 0 : static_cast<int>(port);
        exchange.timings = {.name_lookup = duration(easy, CURLINFO_NAMELOOKUP_TIME_T),
                            .connect = duration(easy, CURLINFO_CONNECT_TIME_T),
                            .tls = duration(easy, CURLINFO_APPCONNECT_TIME_T),
                            .first_byte = duration(easy, CURLINFO_STARTTRANSFER_TIME_T),
                            .total = duration(easy, CURLINFO_TOTAL_TIME_T)};
        if (exchange.http_version.starts_with('2')) {
            rewrite_as_http2(exchange.request_headers, transfer.request.url);
        }
        if (code == CURLE_OK) {
            return std::move(exchange);
        }
        exchange.truncated = !exchange.body.empty() || transfer.headers_done;
        if (transfer.ended != Ended::body_limit) {
            exchange.failure = describe(transfer, code);
        }
        return std::move(exchange);
    }

    Options options_;
    AddressGuard guard_;
    std::string agent_;
    List connect_to_;
    // Easy handles go before the multi and the share that they use.
    std::unique_ptr<CURLSH, ShareCloser> share_;
    std::unique_ptr<CURLM, MultiCloser> multi_;
    std::map<Id, std::unique_ptr<Transfer>> transfers_;
    std::vector<std::unique_ptr<Transfer>> refused_;  ///< never sent, reported by the next wait()
    Id last_id_ = 0;
    std::atomic<bool> woken_ = false;
};

CurlFetcher::CurlFetcher(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}

CurlFetcher::~CurlFetcher() = default;

Fetcher::Id CurlFetcher::start(const Request& request) {
    return impl_->start(request);
}

std::vector<Fetcher::Completion> CurlFetcher::wait(std::chrono::milliseconds timeout) {
    return impl_->wait(timeout);
}

void CurlFetcher::wake() {
    impl_->wake();
}

void CurlFetcher::abort_all() {
    impl_->abort_all();
}

std::string CurlFetcher::user_agent(const Options& options) {
    const auto name = fmt::format("{}/{}", options.product_token, options.version);
    return options.contact.empty() ? name : fmt::format("{} (+{})", name, options.contact);
}

}  // namespace chiptrail::crawler
