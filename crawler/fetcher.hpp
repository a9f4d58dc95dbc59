#pragma once

// One HTTP request and its answer, recorded as evidence. No redirects, no retries, no
// politeness: these are decisions, and crawler.hpp makes them.

#include "core/http.hpp"
#include "core/url.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace chiptrail::crawler {

struct Request {
    core::Url url;
    core::Exchange::Purpose purpose = core::Exchange::Purpose::page;
    core::Headers headers{};         ///< besides Host, User-Agent and Accept-Encoding
    std::size_t max_body_bytes = 0;  ///< 0: the fetcher's own limit
};

/// One thread starts requests and waits for them; wake() alone may be called from any thread.
class Fetcher {
public:
    using Id = std::uint64_t;
    struct Completion {
        Id id = 0;
        core::Exchange exchange;  ///< `robots` is left to the caller
    };

    virtual ~Fetcher() = default;

    /// Returns at once. Whatever goes wrong later is the exchange's failure.
    [[nodiscard]] virtual Id start(const Request& request) = 0;
    /// Sleeps until something is done, `timeout` has passed or wake() was called.
    [[nodiscard]] virtual std::vector<Completion> wait(std::chrono::milliseconds timeout) = 0;
    /// Ends a wait() that runs now or comes next.
    virtual void wake() = 0;
    /// Drops everything in flight; none of it completes.
    virtual void abort_all() = 0;
};

/// Fetcher over libcurl: HTTP/1.1 and HTTP/2, connections and TLS sessions reused, certificates
/// checked. Cookies, netrc, proxies from the environment and userinfo in URLs are not used.
class CurlFetcher final : public Fetcher {
public:
    struct Options {
        std::string product_token = "chiptrail";
        std::string version = "0.1.0";
        std::string contact;  ///< URL or e-mail of a person, sent in User-Agent; empty: none
        std::chrono::milliseconds connect_timeout{15'000};
        std::chrono::milliseconds total_timeout{120'000};
        int low_speed_bytes_per_second = 100;  ///< slower than this for `low_speed_time`: ended
        std::chrono::seconds low_speed_time{30};
        std::size_t max_header_bytes = std::size_t{128} * 1024;
        std::size_t max_body_bytes = std::size_t{20} * 1024 * 1024;  ///< coded, as received
        std::string proxy;    ///< "http://host:port" or "socks5h://host:port"; empty: direct
        std::string ca_file;  ///< PEM; empty: the system's
        /// "HOST:PORT:CONNECT-TO-HOST:CONNECT-TO-PORT", as curl --connect-to.
        std::vector<std::string> connect_to;
        /// CIDR blocks that may be connected to though they are not public. Through a proxy,
        /// names are resolved there, so only addresses written in URLs can be checked.
        std::vector<std::string> allow_addresses;
    };

    /// Throws core::ConfigError for an option that cannot be used.
    explicit CurlFetcher(Options options);
    ~CurlFetcher() override;
    CurlFetcher(const CurlFetcher&) = delete;
    CurlFetcher& operator=(const CurlFetcher&) = delete;

    [[nodiscard]] Id start(const Request& request) override;
    [[nodiscard]] std::vector<Completion> wait(std::chrono::milliseconds timeout) override;
    void wake() override;
    void abort_all() override;

    /// "chiptrail/0.1.0 (+contact)"
    [[nodiscard]] static std::string user_agent(const Options& options);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace chiptrail::crawler
