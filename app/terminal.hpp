#pragma once

// What a person sees: results on stdout, notes and progress on stderr, strangers' text made
// harmless, columns that line up for wide characters too.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::app {

enum class Stream { output, errors };

enum class Style { plain, bold, dim, good, warning, bad };

/// Colours only on a terminal, and never with NO_COLOR set (no-color.org) or TERM=dumb.
[[nodiscard]] bool has_colour(Stream stream);
[[nodiscard]] bool is_terminal(Stream stream);
/// Columns of the terminal; 100 where there is none.
[[nodiscard]] std::size_t terminal_width(Stream stream);

/// `text` in `style` where `stream` has colour; else unchanged.
[[nodiscard]] std::string styled(std::string_view text, Style style, Stream stream);

/// One line of strangers' text: control characters, escape sequences, direction overrides and
/// bytes that are not UTF-8 cannot reach the terminal; runs of blanks become one.
[[nodiscard]] std::string harmless(std::string_view text);
/// Columns that `text` takes, East Asian wide characters counted twice.
[[nodiscard]] std::size_t columns_of(std::string_view text);
/// At most `columns` columns, the last one an ellipsis when something was cut.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t columns);
/// `text` broken at blanks into lines of at most `columns`, each after `indent` blanks.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent);

/// "12.3 MB"
[[nodiscard]] std::string human_bytes(std::uintmax_t bytes);
/// "3 min 20 s"
[[nodiscard]] std::string human_duration(std::chrono::milliseconds duration);
/// "1 photo", "2 photos"
[[nodiscard]] std::string counted(std::size_t count, std::string_view noun);

/// A line on stderr, unless --quiet was given.
void note(std::string_view text);
/// "warning: ..." on stderr, also with --quiet.
void warn(std::string_view text);
void set_quiet(bool quiet);
[[nodiscard]] bool is_quiet();

/// Rows with one heading; the widest column that may shrink does so to fit the terminal.
/// Cells are made harmless here.
class Table {
public:
    struct Column {
        std::string title;
        enum class Align { left, right } align = Align::left;
        bool may_shrink = false;
    };
    explicit Table(std::vector<Column> columns);

    void add(std::vector<std::string> cells);
    /// Fits `width` columns where the columns that may shrink allow it; 0: as wide as it gets.
    [[nodiscard]] std::string text(std::size_t width, Stream stream) const;

private:
    [[nodiscard]] std::vector<std::size_t> widths(std::size_t limit) const;

    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

/// One line on stderr that is rewritten in place, and gone when done; nothing at all where
/// stderr is no terminal or --quiet was given. Threads may share it.
class ProgressLine {
public:
    ProgressLine();
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    /// Redraws at most ten times a second. `total` 0: unknown.
    void show(std::size_t done, std::size_t total, std::string_view what);
    /// Removes the line, so that other output can be written.
    void clear();

private:
    std::mutex mutex_;
    bool enabled_;
    bool drawn_ = false;
    std::chrono::steady_clock::time_point started_;
    std::chrono::steady_clock::time_point last_{};
};

}  // namespace chiptrail::app
