#include "core/time.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace chiptrail::core {

namespace {

using std::chrono::milliseconds;

/// Reads exactly `count` digits at the front of `text` and drops them.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
    if (text.size() < count) {
        return std::nullopt;
    }
    int value = 0;
    for (const char c : text.substr(0, count)) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        value = value * 10 + (c - '0');
    }
    text.remove_prefix(count);
    return value;
}

bool take(std::string_view& text, char expected) {
    if (text.empty() || text.front() != expected) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

struct CivilTime {
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
};

std::optional<Timestamp> to_timestamp(const CivilTime& civil) {
    using namespace std::chrono;
    const year_month_day date{year{civil.year},
                              month{static_cast<unsigned>(civil.month)},
                              day{static_cast<unsigned>(civil.day)}};
    // Second 60 is a leap second; sys_time has none, so it becomes the next second.
    if (!date.ok() || civil.hour > 23 || civil.minute > 59 || civil.second > 60) {
        return std::nullopt;
    }
    return Timestamp{sys_days{date}.time_since_epoch() + hours{civil.hour} + minutes{civil.minute} +
                     seconds{civil.second}};
}

constexpr std::array<std::string_view, 12> kMonths = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<int> take_month(std::string_view& text) {
    for (std::size_t i = 0; i < kMonths.size(); ++i) {
        if (text.starts_with(kMonths[i])) {
            text.remove_prefix(kMonths[i].size());
            return static_cast<int>(i) + 1;
        }
    }
    return std::nullopt;
}

/// "08:49:37"
bool take_clock(std::string_view& text, CivilTime& civil) {
    const auto hour = take_digits(text, 2);
    if (!hour || !take(text, ':')) {
        return false;
    }
    const auto minute = take_digits(text, 2);
    if (!minute || !take(text, ':')) {
        return false;
    }
    const auto second = take_digits(text, 2);
    if (!second) {
        return false;
    }
    civil.hour = *hour;
    civil.minute = *minute;
    civil.second = *second;
    return true;
}

/// "06 Nov 1994 08:49:37 GMT" or "06-Nov-94 08:49:37 GMT", the part after the day name.
std::optional<Timestamp> parse_day_first(std::string_view text) {
    CivilTime civil;
    const auto day = take_digits(text, 2);
    if (!day || (!take(text, ' ') && !take(text, '-'))) {
        return std::nullopt;
    }
    const auto month = take_month(text);
    if (!month || (!take(text, ' ') && !take(text, '-'))) {
        return std::nullopt;
    }
    const bool four_digits = text.find(' ') == 4;
    auto year = take_digits(text, four_digits ? 4 : 2);
    if (!year || !take(text, ' ')) {
        return std::nullopt;
    }
    if (!four_digits) {
        *year += *year < 70 ? 2000 : 1900;
    }
    civil.year = *year;
    civil.month = *month;
    civil.day = *day;
    if (!take_clock(text, civil)) {
        return std::nullopt;
    }
    return to_timestamp(civil);
}

/// asctime: "Nov  6 08:49:37 1994", the part after the day name.
std::optional<Timestamp> parse_month_first(std::string_view text) {
    CivilTime civil;
    const auto month = take_month(text);
    if (!month || !take(text, ' ')) {
        return std::nullopt;
    }
    const auto day = take(text, ' ') ? take_digits(text, 1) : take_digits(text, 2);
    if (!day || !take(text, ' ') || !take_clock(text, civil) || !take(text, ' ')) {
        return std::nullopt;
    }
    const auto year = take_digits(text, 4);
    if (!year) {
        return std::nullopt;
    }
    civil.year = *year;
    civil.month = *month;
    civil.day = *day;
    return to_timestamp(civil);
}

}  // namespace

std::string format_rfc3339(Timestamp time) {
    using namespace std::chrono;
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{time - day};
    std::array<char, 48> text{};
    const int length = std::snprintf(text.data(),
                                     text.size(),
                                     "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                                     static_cast<int>(date.year()),
                                     static_cast<unsigned>(date.month()),
                                     static_cast<unsigned>(date.day()),
                                     static_cast<int>(clock.hours().count()),
                                     static_cast<int>(clock.minutes().count()),
                                     static_cast<int>(clock.seconds().count()),
                                     static_cast<int>(clock.subseconds().count()));
    return {text.data(), static_cast<std::size_t>(length)};
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
    CivilTime civil;
    const auto year = take_digits(text, 4);
    if (!year || !take(text, '-')) {
        return std::nullopt;
    }
    const auto month = take_digits(text, 2);
    if (!month || !take(text, '-')) {
        return std::nullopt;
    }
    const auto day = take_digits(text, 2);
    if (!day || (!take(text, 'T') && !take(text, 't') && !take(text, ' '))) {
        return std::nullopt;
    }
    civil.year = *year;
    civil.month = *month;
    civil.day = *day;
    if (!take_clock(text, civil)) {
        return std::nullopt;
    }
    int fraction_ms = 0;
    if (take(text, '.')) {
        int scale = 100;
        std::size_t digits = 0;
        while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
            fraction_ms += (text[digits] - '0') * scale;
            scale /= 10;
            ++digits;
        }
        if (digits == 0) {
            return std::nullopt;
        }
        text.remove_prefix(digits);
    }
    std::chrono::minutes offset{0};
    if (!take(text, 'Z') && !take(text, 'z')) {
        const bool negative = !text.empty() && text.front() == '-';
        if (!take(text, '+') && !take(text, '-')) {
            return std::nullopt;
        }
        const auto hours = take_digits(text, 2);
        if (!hours || !take(text, ':')) {
            return std::nullopt;
        }
        const auto minutes = take_digits(text, 2);
        if (!minutes || *hours > 23 || *minutes > 59) {
            return std::nullopt;
        }
        offset = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
        if (negative) {
            offset = -offset;
        }
    }
    const auto local = to_timestamp(civil);
    if (!local || !text.empty()) {
        return std::nullopt;
    }
    return *local + milliseconds{fraction_ms} - offset;
}

std::optional<Timestamp> parse_http_date(std::string_view text) {
    const auto blank = text.find(' ');
    if (blank == std::string_view::npos || blank < 3) {
        return std::nullopt;
    }
    const bool comma = text[blank - 1] == ',';
    const auto rest = text.substr(blank + 1);
    return comma ? parse_day_first(rest) : parse_month_first(rest);
}

Timestamp SystemClock::now() const {
    return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

std::chrono::steady_clock::time_point SystemClock::steady_now() const {
    return std::chrono::steady_clock::now();
}

}  // namespace chiptrail::core
