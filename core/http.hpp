#pragma once

// One HTTP exchange as evidence: everything sent and received, and why it was sent.

#include "core/result.hpp"
#include "core/time.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::core {

/// Order and spelling as on the wire; a name may occur more than once.
struct Header {
    std::string name;
    std::string value;

    friend bool operator==(const Header&, const Header&) = default;
};
using Headers = std::vector<Header>;

/// The first value of `name`, compared without case; nullopt when absent.
[[nodiscard]] std::optional<std::string_view> find_header(const Headers& headers,
                                                          std::string_view name);

/// Why a request was allowed or not, so that it can be stored beside the fetch.
struct RobotsDecision {
    enum class Basis {
        not_applicable,  ///< robots.txt itself
        rule,            ///< `line` of the file decided
        no_rule,         ///< the file has no rule for this target
        no_file,         ///< 4xx: everything is allowed (RFC 9309, 2.3.1.3)
        unreachable,     ///< 5xx or network error: nothing is allowed (RFC 9309, 2.3.1.4)
    };
    bool allowed = true;
    Basis basis = Basis::not_applicable;
    int line = 0;                       ///< 1-based; 0 when no rule decided
    std::string rule;                   ///< the deciding line as written
    std::optional<std::int64_t> fetch;  ///< the stored fetch of robots.txt
};

/// Durations from the start of the request, as libcurl measures them.
struct Timings {
    std::chrono::microseconds name_lookup{0};
    std::chrono::microseconds connect{0};
    std::chrono::microseconds tls{0};
    std::chrono::microseconds first_byte{0};
    std::chrono::microseconds total{0};
};

/// One request and its answer; a redirect is an exchange of its own.
struct Exchange {
    enum class Purpose { page, image, robots };

    std::string url;
    Purpose purpose = Purpose::page;
    std::string method = "GET";
    Timestamp requested_at{};
    Headers request_headers;  ///< as sent
    RobotsDecision robots;

    int status = 0;  ///< 0 when no answer came
    std::string reason;
    std::string http_version;  ///< "1.1", "2"
    Headers response_headers;  ///< as received
    std::string body;          ///< exactly as received: still content-coded, de-chunked
    bool truncated = false;    ///< cut at the limit on bytes or time
    std::string remote_ip;
    int remote_port = 0;
    std::string tls_version;         ///< empty for http
    std::string certificate_sha256;  ///< of the leaf certificate, DER; empty for http
    Timings timings;
    std::optional<Failure> failure;  ///< set when there is no usable answer
};

[[nodiscard]] std::string_view to_text(Exchange::Purpose purpose);
[[nodiscard]] std::string_view to_text(RobotsDecision::Basis basis);

}  // namespace chiptrail::core
