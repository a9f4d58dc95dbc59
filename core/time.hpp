#pragma once

// Points in time as the store keeps them: UTC, RFC 3339, milliseconds.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace chiptrail::core {

using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// "2026-11-23T10:15:30.123Z"; the fraction is always three digits, so text order is time order.
[[nodiscard]] std::string format_rfc3339(Timestamp time);

/// RFC 3339, 5.6, any offset, fraction cut to milliseconds; nullopt for anything else.
[[nodiscard]] std::optional<Timestamp> parse_rfc3339(std::string_view text);

/// IMF-fixdate and the two obsolete forms (RFC 9110, 5.6.7).
[[nodiscard]] std::optional<Timestamp> parse_http_date(std::string_view text);

/// Injected wherever time is asked for, so that tests own it. Threads may share it.
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Timestamp now() const = 0;
    /// Never goes back; for delays and measured durations.
    [[nodiscard]] virtual std::chrono::steady_clock::time_point steady_now() const = 0;
};

class SystemClock final : public Clock {
public:
    [[nodiscard]] Timestamp now() const override;
    [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const override;
};

}  // namespace chiptrail::core
