#include "app/terminal.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <numeric>

namespace chiptrail::app {

namespace {

constexpr std::size_t kWidthWithoutTerminal = 100;
constexpr std::string_view kEllipsis = "…";

std::atomic<bool> quiet{false};

std::string environment(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? "" : value;
}

int descriptor(Stream stream) {
    return stream == Stream::output ? STDOUT_FILENO : STDERR_FILENO;
}

/// U+FFFD stands for what is not UTF-8.
std::vector<UChar32> code_points(std::string_view text) {
    const auto decoded = icu::UnicodeString::fromUTF8(
        icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
    std::vector<UChar32> result;
    for (std::int32_t i = 0; i < decoded.length(); i = decoded.moveIndex32(i, 1)) {
        result.push_back(decoded.char32At(i));
    }
    return result;
}

void append(std::string& out, UChar32 c) {
    icu::UnicodeString(c).toUTF8String(out);
}

bool is_blank(UChar32 c) {
    return u_isUWhiteSpace(c) != 0;
}

/// Controls, direction overrides (format characters), surrogates, private use, unassigned.
bool is_harmful(UChar32 c) {
    const auto type = u_charType(c);
    return type == U_CONTROL_CHAR || type == U_FORMAT_CHAR || type == U_SURROGATE ||
           type == U_PRIVATE_USE_CHAR || type == U_UNASSIGNED;
}

std::size_t columns_of_code_point(UChar32 c) {
    const auto type = u_charType(c);
    if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR) {
        return 0;
    }
    const auto width = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
    return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

const char* code_of(Style style) {
    switch (style) {
        case Style::bold:
            return "\x1b[1m";
        case Style::dim:
            return "\x1b[2m";
        case Style::good:
            return "\x1b[32m";
        case Style::warning:
            return "\x1b[33m";
        case Style::bad:
            return "\x1b[31m";
        case Style::plain:
            break;
    }
    return "";
}

std::string padded(const std::string& cell, std::size_t width, Table::Column::Align align) {
    const auto used = columns_of(cell);
    const std::string blanks(width > used ? width - used : 0, ' ');
    return align == Table::Column::Align::right ? blanks + cell : cell + blanks;
}

}  // namespace

bool is_terminal(Stream stream) {
    return ::isatty(descriptor(stream)) == 1;
}

bool has_colour(Stream stream) {
    return is_terminal(stream) && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
}

std::size_t terminal_width(Stream stream) {
    struct winsize size {};
    if (!is_terminal(stream) || ::ioctl(descriptor(stream), TIOCGWINSZ, &size) != 0 ||
        size.ws_col == 0) {
        return kWidthWithoutTerminal;
    }
    return std::max<std::size_t>(size.ws_col, 40);
}

std::string styled(std::string_view text, Style style, Stream stream) {
    if (style == Style::plain || !has_colour(stream)) {
        return std::string(text);
    }
    return code_of(style) + std::string(text) + "\x1b[0m";
}

std::string harmless(std::string_view text) {
    std::string out;
    bool blank_pending = false;
    for (const auto c : code_points(text)) {
        if (is_blank(c)) {
            blank_pending = !out.empty();
            continue;
        }
        if (is_harmful(c)) {
            continue;
        }
        if (blank_pending) {
            out += ' ';
            blank_pending = false;
        }
        append(out, c);
    }
    return out;
}

std::size_t columns_of(std::string_view text) {
    std::size_t columns = 0;
    for (const auto c : code_points(text)) {
        columns += columns_of_code_point(c);
    }
    return columns;
}

std::string shortened(std::string_view text, std::size_t columns) {
    if (columns_of(text) <= columns) {
        return std::string(text);
    }
    std::string out;
    std::size_t used = 0;
    for (const auto c : code_points(text)) {
        const auto width = columns_of_code_point(c);
        if (used + width + 1 > columns) {
            break;
        }
        used += width;
        append(out, c);
    }
    return columns == 0 ? std::string() : out + std::string(kEllipsis);
}

std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent) {
    const std::string margin(indent, ' ');
    std::string out;
    std::string line;
    std::size_t used = 0;
    const auto flush = [&] {
        if (!line.empty()) {
            out += margin + line + '\n';
        }
        line.clear();
        used = 0;
    };
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        const auto word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto width = columns_of(word);
        if (used > 0 && indent + used + 1 + width > columns) {
            flush();
        }
        line += (line.empty() ? "" : " ") + std::string(word);
        used += width + (used > 0 ? 1 : 0);
    }
    flush();
    return out;
}

std::string human_bytes(std::uintmax_t bytes) {
    constexpr std::array<const char*, 5> kUnits = {"B", "kB", "MB", "GB", "TB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1000 && unit + 1 < kUnits.size()) {
        value /= 1000;
        ++unit;
    }
    return unit == 0 ? fmt::format("{} B", bytes)
                     : fmt::format("{:.1f} {}", value, kUnits.at(unit));
}

std::string human_duration(std::chrono::milliseconds duration) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
    if (seconds < 10) {
        return fmt::format("{:.1f} s", static_cast<double>(duration.count()) / 1000);
    }
    if (seconds < 60) {
        return fmt::format("{} s", seconds);
    }
    if (seconds < 3600) {
        return fmt::format("{} min {} s", seconds / 60, seconds % 60);
    }
    return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
}

std::string counted(std::size_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

void set_quiet(bool value) {
    quiet = value;
}

bool is_quiet() {
    return quiet;
}

void note(std::string_view text) {
    if (!quiet) {
        std::cerr << text << '\n';
    }
}

void warn(std::string_view text) {
    std::cerr << styled("warning:", Style::warning, Stream::errors) << ' ' << text << '\n';
}

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::add(std::vector<std::string> cells) {
    cells.resize(columns_.size());
    for (auto& cell : cells) {
        cell = harmless(cell);
    }
    rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::widths(std::size_t limit) const {
    constexpr std::size_t kLeast = 8;
    constexpr std::size_t kGap = 2;
    std::vector<std::size_t> result;
    for (const auto& column : columns_) {
        result.push_back(columns_of(column.title));
    }
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            result[i] = std::max(result[i], columns_of(row[i]));
        }
    }
    auto total = std::accumulate(result.begin(), result.end(), kGap * (result.size() - 1));
    while (limit > 0 && total > limit) {
        std::size_t widest = columns_.size();
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (columns_[i].may_shrink && result[i] > kLeast &&
                (widest == columns_.size() || result[i] > result[widest])) {
                widest = i;
            }
        }
        if (widest == columns_.size()) {
            break;
        }
        --result[widest];
        --total;
    }
    return result;
}

std::string Table::text(std::size_t width, Stream stream) const {
    const auto sizes = widths(width);
    const auto line = [&](const std::vector<std::string>& cells) {
        std::string out;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            out += (i == 0 ? "" : "  ") +
                   padded(shortened(cells[i], sizes[i]), sizes[i], columns_[i].align);
        }
        out.erase(out.find_last_not_of(' ') + 1);
        return out;
    };
    std::vector<std::string> titles;
    for (const auto& column : columns_) {
        titles.push_back(column.title);
    }
    std::string out = styled(line(titles), Style::bold, stream) + '\n';
    for (const auto& row : rows_) {
        out += line(row) + '\n';
    }
    return out;
}

ProgressLine::ProgressLine()
    : enabled_(is_terminal(Stream::errors) && !quiet), started_(std::chrono::steady_clock::now()) {}

ProgressLine::~ProgressLine() {
    clear();
}

void ProgressLine::show(std::size_t done, std::size_t total, std::string_view what) {
    if (!enabled_) {
        return;
    }
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (drawn_ && now - last_ < std::chrono::milliseconds(100)) {
        return;
    }
    last_ = now;
    drawn_ = true;
    std::string head = fmt::format("{}", done);
    if (total > 0) {
        constexpr std::size_t kBar = 20;
        const auto filled = std::min(kBar, done * kBar / total);
        const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - started_);
        head = fmt::format(
            "[{}{}] {}/{}", std::string(filled, '#'), std::string(kBar - filled, '.'), done, total);
        if (done > 0 && done < total && elapsed > std::chrono::seconds(2)) {
            const auto left = elapsed.count() * static_cast<std::int64_t>(total - done) /
                              static_cast<std::int64_t>(done);
            head += ", " + human_duration(std::chrono::milliseconds(left)) + " left";
        }
    }
    std::cerr << "\r\x1b[K"
              << shortened(head + "  " + harmless(what), terminal_width(Stream::errors) - 1)
              << std::flush;
}

void ProgressLine::clear() {
    const std::lock_guard lock(mutex_);
    if (drawn_) {
        std::cerr << "\r\x1b[K" << std::flush;
        drawn_ = false;
    }
}

}  // namespace chiptrail::app
