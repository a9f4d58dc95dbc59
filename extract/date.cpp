#include "extract/date.hpp"

#include "core/text.hpp"
#include "extract/date_words.hpp"
#include "extract/utf8_scan.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <utility>

namespace chiptrail::extract {

namespace {

using std::chrono::minutes;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::size_t kMaxLength = 300;
constexpr int kFirstYear = 1900;
constexpr int kLastYear = 2100;

struct Token {
    enum class Kind { number, word, mark };
    Kind kind = Kind::mark;
    std::string_view text;
    std::int64_t value = 0;  ///< of a number
    bool spaced = false;     ///< white space stands before it
};

using Tokens = std::vector<Token>;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::size_t word_end(std::string_view text, std::size_t at) {
    while (at < text.size()) {
        const auto point = code_point_at(text, at);
        if (!is_word_letter(point.value)) {
            break;
        }
        at += point.length;
    }
    return at;
}

Token number_at(std::string_view text, std::size_t at) {
    Token token;
    token.kind = Token::Kind::number;
    auto end = at;
    while (end < text.size() && is_digit(text[end])) {
        if (end - at < 18) {
            token.value = token.value * 10 + (text[end] - '0');
        }
        ++end;
    }
    token.text = text.substr(at, end - at);
    return token;
}

Tokens tokens_of(std::string_view text) {
    Tokens tokens;
    bool spaced = false;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == ' ') {
            spaced = true;
            ++at;
            continue;
        }
        Token token;
        if (is_digit(text[at])) {
            token = number_at(text, at);
        } else if (const auto end = word_end(text, at); end > at) {
            token.kind = Token::Kind::word;
            token.text = text.substr(at, end - at);
        } else {
            token.text = text.substr(at, code_point_at(text, at).length);
        }
        token.spaced = spaced;
        spaced = false;
        at += token.text.size();
        tokens.push_back(token);
    }
    return tokens;
}

struct TimeOfDay {
    std::chrono::milliseconds since_midnight{0};
    std::optional<minutes> offset;
    std::size_t begin = 0;  ///< tokens it is made of
    std::size_t end = 0;
};

/// What the text says; the year may be missing.
struct CalendarDate {
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
};

class DateReader {
public:
    DateReader(std::string_view text, core::Timestamp now, const DateHints& hints)
        : text_(text), tokens_(tokens_of(text)), now_(now), hints_(hints) {}

    std::string read() {
        time_ = find_time();
        if (const auto date = find_date()) {
            return combine(*date);
        }
        if (const auto age = read_age()) {
            return *age;
        }
        return read_day_name();
    }

private:
    [[nodiscard]] const Token* at(std::size_t i) const {
        return i < tokens_.size() ? &tokens_[i] : nullptr;
    }
    [[nodiscard]] bool is_number(std::size_t i, std::size_t least, std::size_t most) const {
        const auto* token = at(i);
        return token != nullptr && token->kind == Token::Kind::number &&
               token->text.size() >= least && token->text.size() <= most;
    }
    [[nodiscard]] bool is_text(std::size_t i, std::string_view text) const {
        const auto* token = at(i);
        return token != nullptr && token->text == text;
    }
    [[nodiscard]] bool is_any(std::size_t i, std::initializer_list<std::string_view> texts) const {
        return std::any_of(
            texts.begin(), texts.end(), [&](std::string_view text) { return is_text(i, text); });
    }
    [[nodiscard]] int value(std::size_t i) const {
        return static_cast<int>(tokens_[i].value);
    }
    [[nodiscard]] bool in_time(std::size_t i) const {
        return time_ && i >= time_->begin && i < time_->end;
    }
    [[nodiscard]] minutes local_offset() const {
        if (hints_.utc_offset) {
            return *hints_.utc_offset;
        }
        return utc_offset_of_host(hints_.host).value_or(minutes{0});
    }
    [[nodiscard]] year_month_day today() const {
        return year_month_day{std::chrono::floor<std::chrono::days>(now_ + local_offset())};
    }

    std::optional<TimeOfDay> find_time();
    std::optional<TimeOfDay> clock_at(std::size_t i);
    std::optional<TimeOfDay> hour_word_at(std::size_t i);
    void read_fraction(TimeOfDay& time);
    void read_half(TimeOfDay& time, int hour);
    void read_zone(TimeOfDay& time);
    bool read_signed_zone(TimeOfDay& time, std::size_t i);

    std::optional<CalendarDate> find_date();
    std::optional<CalendarDate> year_first_at(std::size_t i);
    std::optional<CalendarDate> year_last_at(std::size_t i);
    std::optional<CalendarDate> month_day_marks_at(std::size_t i);
    std::optional<CalendarDate> named_at(std::size_t i);
    std::optional<CalendarDate> numbered_month_at(std::size_t i);
    std::optional<CalendarDate> compact_at(std::size_t i);
    std::optional<CalendarDate> short_at(std::size_t i);
    [[nodiscard]] std::pair<std::size_t, int> day_after(std::size_t i) const;
    [[nodiscard]] int year_near(std::size_t after) const;
    [[nodiscard]] bool is_month_name(std::size_t i) const;
    [[nodiscard]] bool day_stands_first(std::string_view separator) const;

    std::optional<std::string> read_age();
    std::string read_day_name();
    std::string combine(CalendarDate date);
    [[nodiscard]] std::string at_day(sys_days day) const;

    std::string_view text_;
    Tokens tokens_;
    core::Timestamp now_;
    const DateHints& hints_;
    std::optional<TimeOfDay> time_;
};

std::optional<CalendarDate> checked(int year, int month, int day) {
    if (year != 0 && (year < kFirstYear || year > kLastYear)) {
        return std::nullopt;
    }
    if (month < 1 || month > 12 || day < 1 || day > 31) {
        return std::nullopt;
    }
    const auto checked_year = std::chrono::year{year == 0 ? 2000 : year};
    const year_month_day date{checked_year,
                              std::chrono::month{static_cast<unsigned>(month)},
                              std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok()) {
        return std::nullopt;
    }
    return CalendarDate{year, static_cast<unsigned>(month), static_cast<unsigned>(day)};
}

int full_year(int year, std::size_t digits) {
    if (digits == 4) {
        return year;
    }
    return year < 70 ? 2000 + year : 1900 + year;
}

std::optional<TimeOfDay> DateReader::find_time() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
        auto time = clock_at(i);
        if (!time) {
            time = hour_word_at(i);
        }
        if (time) {
            read_zone(*time);
            return time;
        }
    }
    return std::nullopt;
}

/// 18:12, 18:12:05.123, 18h12, 18时12分, 3:04 pm
std::optional<TimeOfDay> DateReader::clock_at(std::size_t i) {
    // "2022-05-26T00:41": the T is a word of its own here.
    if (!is_number(i, 1, 2) || !is_number(i + 2, 2, 2) || value(i) > 24 || value(i + 2) > 59 ||
        !is_any(i + 1, {":", "h", "时", "時", "点", "點", "시"})) {
        return std::nullopt;
    }
    TimeOfDay time;
    time.begin = i;
    time.end = i + 3;
    int second = 0;
    if (is_any(time.end, {"分", "분"})) {
        ++time.end;
    }
    if (is_text(i + 3, ":") && is_number(i + 4, 2, 2) && value(i + 4) <= 60) {
        second = std::min(value(i + 4), 59);
        time.end = i + 5;
    }
    time.since_midnight = std::chrono::minutes{value(i + 2)} + std::chrono::seconds{second};
    read_fraction(time);
    read_half(time, value(i));
    return time;
}

/// 3 pm, 18 uhr
std::optional<TimeOfDay> DateReader::hour_word_at(std::size_t i) {
    if (!is_number(i, 1, 2) || value(i) > 24 || !is_any(i + 1, {"am", "pm", "uhr"})) {
        return std::nullopt;
    }
    TimeOfDay time;
    time.begin = i;
    time.end = i + 1;
    read_half(time, value(i));
    return time;
}

void DateReader::read_fraction(TimeOfDay& time) {
    if (!is_any(time.end, {".", ","}) || at(time.end)->spaced || !is_number(time.end + 1, 1, 12) ||
        at(time.end + 1)->spaced) {
        return;
    }
    int thousandths = 0;
    const auto digits = tokens_[time.end + 1].text;
    for (std::size_t i = 0; i < 3; ++i) {
        thousandths = thousandths * 10 + (i < digits.size() ? digits[i] - '0' : 0);
    }
    time.since_midnight += std::chrono::milliseconds{thousandths};
    time.end += 2;
}

/// am, p.m., 下午 in front.
void DateReader::read_half(TimeOfDay& time, int hour) {
    bool before_noon = is_any(time.end, {"am", "a"});
    bool after_noon = is_any(time.end, {"pm", "p"});
    if (before_noon || after_noon) {
        ++time.end;
        while (is_any(time.end, {".", "m"})) {
            ++time.end;
        }
    }
    const auto in_front = [&](std::initializer_list<std::string_view> words) {
        return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
            return text_.find(word) != std::string_view::npos;
        });
    };
    after_noon = after_noon || in_front({"下午", "晚上", "午後", "오후"});
    before_noon = before_noon || in_front({"上午", "午前", "오전"});
    if (after_noon && hour < 12) {
        hour += 12;
    } else if (before_noon && hour == 12) {
        hour = 0;
    }
    time.since_midnight += std::chrono::hours{hour % 24};
}

bool DateReader::read_signed_zone(TimeOfDay& time, std::size_t i) {
    if (!is_any(i, {"+", "-", "−"}) || !is_number(i + 1, 1, 4) || at(i + 1)->spaced) {
        return false;
    }
    const auto digits = tokens_[i + 1].text.size();
    int hours = value(i + 1);
    int rest = 0;
    auto end = i + 2;
    if (digits >= 3) {
        rest = hours % 100;
        hours /= 100;
    } else if (is_text(end, ":") && is_number(end + 1, 2, 2)) {
        rest = value(end + 1);
        end += 2;
    }
    if (hours > 14 || rest > 59) {
        return false;
    }
    const auto offset = std::chrono::hours{hours} + minutes{rest};
    time.offset = is_text(i, "+") ? minutes{offset} : -minutes{offset};
    time.end = end;
    return true;
}

void DateReader::read_zone(TimeOfDay& time) {
    std::size_t i = time.end;
    if (is_text(i, "uhr")) {
        time.end = ++i;
    }
    if (is_text(i, "(")) {
        ++i;
    }
    if (read_signed_zone(time, i)) {
        return;
    }
    const auto* token = at(i);
    if (token == nullptr || token->kind != Token::Kind::word) {
        return;
    }
    if (const auto zone = zone_from(token->text)) {
        time.offset = *zone;
        time.end = i + 1;
        // "GMT+8" and "GMT+0800 (China Standard Time)" say more than "GMT".
        (void)read_signed_zone(time, i + 1);
    }
}

bool DateReader::is_month_name(std::size_t i) const {
    const auto* token = at(i);
    if (token == nullptr || token->kind != Token::Kind::word || !month_from(token->text)) {
        return false;
    }
    // "5 minutes ago": the Spanish August is the English "ago".
    const bool after_unit = i > 0 && tokens_[i - 1].kind == Token::Kind::word &&
                            age_unit_from(tokens_[i - 1].text).has_value();
    return !(token->text == "ago" && after_unit);
}

/// 2020-06-05, 2020/6/5, 2020.6.5, 2020年6月5日, 2020년 6월 5일
std::optional<CalendarDate> DateReader::year_first_at(std::size_t i) {
    if (!is_number(i, 4, 4) || !is_any(i + 1, {"-", "/", ".", "年", "년"}) ||
        !is_number(i + 2, 1, 2) || !is_any(i + 3, {"-", "/", ".", "月", "월"}) ||
        !is_number(i + 4, 1, 2)) {
        return std::nullopt;
    }
    return checked(value(i), value(i + 2), value(i + 4));
}

bool DateReader::day_stands_first(std::string_view separator) const {
    if (separator == ".") {
        return true;
    }
    const auto dot = hints_.host.rfind('.');
    const auto top = dot == std::string::npos ? std::string() : hints_.host.substr(dot + 1);
    if (top.size() == 2 && top != "us" && top != "ph" && top != "io" && top != "co" &&
        top != "me" && top != "tv" && top != "ai") {
        return true;
    }
    const auto language = std::string_view(hints_.language);
    return !language.empty() && language != "en" && language != "en-US" && language != "en_US";
}

/// 31.12.2019, 12/31/2019, 31-12-19
std::optional<CalendarDate> DateReader::year_last_at(std::size_t i) {
    if (!is_number(i, 1, 2) || !is_any(i + 1, {"-", "/", "."}) || !is_number(i + 2, 1, 2) ||
        !is_text(i + 3, tokens_[i + 1].text) ||
        !(is_number(i + 4, 2, 2) || is_number(i + 4, 4, 4))) {
        return std::nullopt;
    }
    const int year = full_year(value(i + 4), tokens_[i + 4].text.size());
    int day = value(i);
    int month = value(i + 2);
    if (!day_stands_first(tokens_[i + 1].text) || month > 12) {
        std::swap(day, month);
    }
    if (month > 12) {
        std::swap(day, month);
    }
    return checked(year, month, day);
}

/// 06月17日, 6월 17일
std::optional<CalendarDate> DateReader::month_day_marks_at(std::size_t i) {
    if (!is_number(i, 1, 2) || !is_any(i + 1, {"月", "월"}) || !is_number(i + 2, 1, 2)) {
        return std::nullopt;
    }
    return checked(0, value(i), value(i + 2));
}

/// A day of the month at `i`, with "st", "." or "," behind it: {next token, day}; day 0: none.
std::pair<std::size_t, int> DateReader::day_after(std::size_t i) const {
    if (!is_number(i, 1, 2) || in_time(i) || value(i) < 1 || value(i) > 31) {
        return {i, 0};
    }
    std::size_t next = i + 1;
    while (is_any(next, {"st", "nd", "rd", "th", "er", ".", ","})) {
        ++next;
    }
    return {next, value(i)};
}

/// A year at `after`, or any four digits elsewhere: "Thu May 26 00:41:52 +0800 2022".
int DateReader::year_near(std::size_t after) const {
    while (is_any(after, {".", ",", "de", "del", "of", "г", "'", "’"})) {
        ++after;
    }
    const auto is_year = [&](std::size_t i) {
        return is_number(i, 4, 4) && !in_time(i) && value(i) >= kFirstYear && value(i) <= kLastYear;
    };
    if (is_year(after)) {
        return value(after);
    }
    const bool short_year = is_number(after, 2, 2) && !in_time(after) && after > 0 &&
                            is_any(after - 1, {"'", "’", "-", ","});
    if (short_year) {
        return full_year(value(after), 2);
    }
    if (is_any(after, {"-", "/"}) && (is_year(after + 1) || is_number(after + 1, 2, 2))) {
        return full_year(value(after + 1), tokens_[after + 1].text.size());
    }
    if (time_ && is_year(time_->end)) {
        return value(time_->end);
    }
    return 0;
}

/// "22 février 2018", "Feb 22, 2018", "22-Feb-2018", "2018 Feb 22"
std::optional<CalendarDate> DateReader::named_at(std::size_t i) {
    if (!is_month_name(i)) {
        return std::nullopt;
    }
    const int month = static_cast<int>(*month_from(tokens_[i].text));
    std::size_t before = i;
    while (
        before > 0 &&
        is_any(before - 1, {".", "-", "/", "de", "of", "st", "nd", "rd", "th", "er", "º", ","})) {
        --before;
    }
    const bool day_before = before > 0 && day_after(before - 1).second != 0;
    std::size_t next = i + 1;
    while (is_any(next, {".", "-", "/", ","})) {
        ++next;
    }
    const bool separated = next > i + 1 && is_any(i + 1, {"-", "/"});
    if (day_before && (is_number(next, 4, 4) || separated || day_after(next).second == 0)) {
        return checked(year_near(separated ? i + 1 : next), month, value(before - 1));
    }
    const auto [after, day] = day_after(next);
    if (day != 0) {
        int year = year_near(after);
        if (year == 0 && before > 0 && is_number(before - 1, 4, 4)) {
            year = value(before - 1);
        }
        return checked(year, month, day);
    }
    if (day_before) {
        return checked(year_near(next), month, value(before - 1));
    }
    return std::nullopt;
}

/// "22 tháng 2, 2018", "22 Thg 2 2018"
std::optional<CalendarDate> DateReader::numbered_month_at(std::size_t i) {
    if (!is_any(i, {"tháng", "thg"}) || i == 0 || !is_number(i - 1, 1, 2)) {
        return std::nullopt;
    }
    const std::size_t month = is_text(i + 1, ".") ? i + 2 : i + 1;
    if (!is_number(month, 1, 2)) {
        return std::nullopt;
    }
    std::size_t next = month + 1;
    while (is_any(next, {",", "năm", "/"})) {
        ++next;
    }
    return checked(is_number(next, 4, 4) ? value(next) : 0, value(month), value(i - 1));
}

/// 20180222
std::optional<CalendarDate> DateReader::compact_at(std::size_t i) {
    if (tokens_.size() > 6 || !is_number(i, 8, 8)) {
        return std::nullopt;
    }
    const int digits = value(i);
    return checked(digits / 10'000, digits / 100 % 100, digits % 100);
}

/// 06-17 18:12, 17.06. 18:12; only beside a time, or alone
std::optional<CalendarDate> DateReader::short_at(std::size_t i) {
    if (!is_number(i, 1, 2) || !is_any(i + 1, {"-", "/", "."}) || !is_number(i + 2, 1, 2) ||
        in_time(i) || in_time(i + 2)) {
        return std::nullopt;
    }
    if (!time_ && tokens_.size() > 4) {
        return std::nullopt;
    }
    int month = value(i);
    int day = value(i + 2);
    const auto separator = tokens_[i + 1].text;
    const bool day_first = separator == "." || (separator == "/" && day_stands_first("/"));
    if ((day_first && day <= 12) || month > 12) {
        std::swap(day, month);
    }
    return checked(0, month, day);
}

std::optional<CalendarDate> DateReader::find_date() {
    constexpr std::array kReaders{&DateReader::year_first_at,
                                  &DateReader::year_last_at,
                                  &DateReader::month_day_marks_at,
                                  &DateReader::numbered_month_at,
                                  &DateReader::named_at,
                                  &DateReader::compact_at,
                                  &DateReader::short_at};
    for (const auto reader : kReaders) {
        for (std::size_t i = 0; i < tokens_.size(); ++i) {
            if (const auto date = (this->*reader)(i)) {
                return date;
            }
        }
    }
    return std::nullopt;
}

std::string format_day(year_month_day date) {
    std::array<char, 16> text{};
    const int written = std::snprintf(text.data(),
                                      text.size(),
                                      "%04d-%02u-%02u",
                                      static_cast<int>(date.year()),
                                      static_cast<unsigned>(date.month()),
                                      static_cast<unsigned>(date.day()));
    return {text.data(), static_cast<std::size_t>(written)};
}

std::string DateReader::at_day(sys_days day) const {
    if (!time_) {
        return format_day(year_month_day{day});
    }
    const auto offset = time_->offset.value_or(local_offset());
    return core::format_rfc3339(core::Timestamp{day} + time_->since_midnight - offset);
}

std::string DateReader::combine(CalendarDate date) {
    const std::chrono::month month{date.month};
    const std::chrono::day day{date.day};
    if (date.year != 0) {
        return at_day(sys_days{std::chrono::year{date.year} / month / day});
    }
    // One day of grace: the page's clock may be ahead of ours by its zone.
    const auto limit = now_ + std::chrono::hours{24};
    auto year = today().year() + std::chrono::years{1};
    for (int tries = 0; tries < 10; ++tries, --year) {
        const year_month_day candidate = year / month / day;
        if (candidate.ok() && core::Timestamp{sys_days{candidate}} <= limit) {
            return at_day(sys_days{candidate});
        }
    }
    return {};
}

struct Age {
    int count = 0;
    AgeUnit unit = AgeUnit::second;
};

bool has_any(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
        return text.find(word) != std::string_view::npos;
    });
}

/// The unit that begins right at `at`; the longest wins, so that 分钟 is not 分.
std::optional<AgeUnit> unit_in(std::string_view text, std::size_t at) {
    for (const std::size_t length : {12U, 9U, 6U, 3U}) {
        if (at + length <= text.size()) {
            if (const auto unit = age_unit_from(text.substr(at, length))) {
                return unit;
            }
        }
    }
    return std::nullopt;
}

std::optional<Age> age_in(std::string_view text, const Tokens& tokens) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const auto& token = tokens[i];
        const bool one = token.text == "a" || token.text == "an" || token.text == "one" ||
                         token.text == "une" || token.text == "eine" || token.text == "einer" ||
                         token.text == "einem" || token.text == "una" || token.text == "un";
        if (token.kind != Token::Kind::number && !one) {
            continue;
        }
        if (i + 1 == tokens.size() || token.text.size() > 4) {
            continue;
        }
        const auto& next = tokens[i + 1];
        const auto at = static_cast<std::size_t>(next.text.data() - text.data());
        const auto unit =
            next.kind == Token::Kind::word ? age_unit_from(next.text) : unit_in(text, at);
        if (unit) {
            return Age{one ? 1 : static_cast<int>(token.value), *unit};
        }
    }
    return std::nullopt;
}

/// "22 hrs", "3h · Public": an age without "ago" only stands at the beginning.
bool starts_with_age(const Tokens& tokens) {
    const bool long_enough = tokens.size() >= 2 && tokens[0].kind == Token::Kind::number &&
                             tokens[1].kind == Token::Kind::word &&
                             age_unit_from(tokens[1].text).has_value();
    return long_enough && (tokens.size() == 2 || tokens[2].kind == Token::Kind::mark);
}

std::optional<std::string> DateReader::read_age() {
    if (says_now(text_)) {
        return core::format_rfc3339(now_);
    }
    const bool told = has_any(text_,
                              {"ago",
                               "前",
                               "vor ",
                               "il y a",
                               "hace ",
                               "há ",
                               "назад",
                               "trước",
                               "전",
                               "temu",
                               " fa",
                               "geleden",
                               "önce",
                               "lalu"});
    if (!told && !starts_with_age(tokens_)) {
        return std::nullopt;
    }
    const auto age = age_in(text_, tokens_);
    if (!age) {
        return std::nullopt;
    }
    using namespace std::chrono;
    const auto local_day = sys_days{today()};
    switch (age->unit) {
        case AgeUnit::second:
            return core::format_rfc3339(now_ - seconds{age->count});
        case AgeUnit::minute:
            return core::format_rfc3339(now_ - minutes{age->count});
        case AgeUnit::hour:
            return core::format_rfc3339(now_ - hours{age->count});
        case AgeUnit::day:
            return format_day(year_month_day{local_day - days{age->count}});
        case AgeUnit::week:
            return format_day(year_month_day{local_day - days{7 * age->count}});
        case AgeUnit::month:
            return format_day(year_month_day{local_day - days{30 * age->count}});
        case AgeUnit::year:
            return format_day(year_month_day{local_day - days{365 * std::min(age->count, 100)}});
    }
    return std::nullopt;
}

std::string DateReader::read_day_name() {
    const auto local_day = sys_days{today()};
    if (const auto back = days_back_from(text_)) {
        return at_day(local_day - std::chrono::days{*back});
    }
    for (const auto& token : tokens_) {
        const auto weekday = weekday_from(token.text);
        if (weekday && time_) {
            const auto since = std::chrono::weekday{local_day} - std::chrono::weekday{*weekday};
            return at_day(local_day - since);
        }
    }
    const bool clock_alone = time_ && time_->begin == 0 && time_->end == tokens_.size();
    if (!clock_alone) {
        return {};
    }
    const bool later = core::Timestamp{local_day} + time_->since_midnight - local_offset() > now_;
    return at_day(later ? local_day - std::chrono::days{1} : local_day);
}

/// Seconds, milliseconds or microseconds since 1970, between 2001 and 2100.
std::string read_epoch(std::string_view text) {
    auto whole = text.substr(0, text.find('.'));
    const auto rest = text.substr(whole.size());
    const bool digits = !whole.empty() && std::all_of(whole.begin(), whole.end(), is_digit) &&
                        (rest.empty() || std::all_of(rest.begin() + 1, rest.end(), is_digit));
    if (!digits) {
        return {};
    }
    std::int64_t milliseconds = 0;
    for (const char c : whole.substr(0, 18)) {
        milliseconds = milliseconds * 10 + (c - '0');
    }
    if (whole.size() == 10) {
        milliseconds *= 1'000;
    } else if (whole.size() == 16) {
        milliseconds /= 1'000;
    } else if (whole.size() != 13) {
        return {};
    }
    constexpr std::int64_t kYear2100 = 4'102'444'800'000;
    if (milliseconds > kYear2100) {
        return {};
    }
    return core::format_rfc3339(core::Timestamp{std::chrono::milliseconds{milliseconds}});
}

/// 20180222101530
std::string read_compact_time(std::string_view text, minutes offset) {
    if (text.size() != 14 || !std::all_of(text.begin(), text.end(), is_digit)) {
        return {};
    }
    const auto number = [&](std::size_t at, std::size_t length) {
        int value = 0;
        for (const char c : text.substr(at, length)) {
            value = value * 10 + (c - '0');
        }
        return value;
    };
    const auto date = checked(number(0, 4), number(4, 2), number(6, 2));
    if (!date || number(8, 2) > 23 || number(10, 2) > 59 || number(12, 2) > 59) {
        return {};
    }
    const sys_days day{std::chrono::year{date->year} / static_cast<int>(date->month) /
                       static_cast<int>(date->day)};
    return core::format_rfc3339(core::Timestamp{day} + std::chrono::hours{number(8, 2)} +
                                minutes{number(10, 2)} + std::chrono::seconds{number(12, 2)} -
                                offset);
}

std::string read_format(const std::string& text, const std::string& format, minutes offset) {
    std::tm parts{};
    constexpr int kNoYear = -10'000;
    parts.tm_year = kNoYear;
    parts.tm_mday = 1;
    parts.tm_gmtoff = -1;
    const char* end = ::strptime(text.c_str(), format.c_str(), &parts);
    if (end == nullptr || parts.tm_year == kNoYear || *end != '\0') {
        return {};
    }
    const auto date = checked(parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
    if (!date) {
        return {};
    }
    const sys_days day{std::chrono::year{date->year} / static_cast<int>(date->month) /
                       static_cast<int>(date->day)};
    const bool timed = has_any(format, {"%H", "%I", "%T", "%R", "%r", "%c", "%s", "%k", "%l"});
    if (!timed) {
        return format_day(year_month_day{day});
    }
    if (has_any(format, {"%z"})) {
        offset = minutes{parts.tm_gmtoff / 60};
    }
    return core::format_rfc3339(core::Timestamp{day} + std::chrono::hours{parts.tm_hour} +
                                minutes{parts.tm_min} + std::chrono::seconds{parts.tm_sec} -
                                offset);
}

std::string read_text(std::string_view trimmed, core::Timestamp now, const DateHints& hints) {
    const auto offset =
        hints.utc_offset.value_or(utc_offset_of_host(hints.host).value_or(minutes{0}));
    for (const auto& format : hints.formats) {
        if (auto utc = read_format(std::string(trimmed), format, offset); !utc.empty()) {
            return utc;
        }
    }
    if (const auto exact = core::parse_rfc3339(trimmed)) {
        return core::format_rfc3339(*exact);
    }
    const auto plain = lower_case(plain_spaces_and_digits(trimmed));
    if (auto utc = read_epoch(plain); !utc.empty()) {
        return utc;
    }
    if (auto utc = read_compact_time(plain, offset); !utc.empty()) {
        return utc;
    }
    return DateReader(plain, now, hints).read();
}

}  // namespace

core::Published parse_date(std::string_view text, core::Timestamp now, const DateHints& hints) {
    core::Published published;
    const auto trimmed = core::trim(text);
    published.raw = std::string(clip_utf8(trimmed, kMaxLength));
    published.utc = read_text(published.raw, now, hints);
    return published;
}

std::optional<minutes> utc_offset_of_host(std::string_view host) {
    struct Place {
        std::string_view suffix;
        int hours;
    };
    constexpr std::array kPlaces = std::to_array<Place>({
        {".cn", 8},
        {".tw", 8},
        {".hk", 8},
        {".sg", 8},
        {".my", 8},
        {".ph", 8},
        {".jp", 9},
        {".kr", 9},
        {".th", 7},
        {".vn", 7},
        {".tr", 3},
        {".by", 3},
        {"weibo.com", 8},
        {"taobao.com", 8},
        {"tmall.com", 8},
        {"jd.com", 8},
        {"1688.com", 8},
        {"qq.com", 8},
        {"douyin.com", 8},
        {"bilibili.com", 8},
        {"zhihu.com", 8},
        {"tieba.baidu.com", 8},
        {"xiaohongshu.com", 8},
        {"goofish.com", 8},
        {"youku.com", 8},
        {"smzdm.com", 8},
        {"v2ex.com", 8},
        {"naver.com", 9},
        {"mercari.com", 9},
    });
    for (const auto& place : kPlaces) {
        const bool fits = host.ends_with(place.suffix);
        const auto rest = fits ? host.size() - place.suffix.size() : 0;
        if (fits && (place.suffix.front() == '.' || rest == 0 || host[rest - 1] == '.')) {
            return std::chrono::hours{place.hours};
        }
    }
    return std::nullopt;
}

}  // namespace chiptrail::extract
