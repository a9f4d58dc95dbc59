#include "app/terminal.hpp"

#include "app/opened.hpp"
#include "app/ordered_work.hpp"
#include "core/result.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <stdexcept>

using namespace chiptrail;

TEST_CASE("terminal: strangers' text cannot steer the terminal", "[cli][terminal]") {
    struct Row {
        const char* why;
        std::string given;
        std::string shown;
    };
    const auto row = GENERATE(values<Row>({
        {"escape sequences lose their escape", "a\x1b[2Jb", "a[2Jb"},
        {"line breaks and tabs become one blank", " a\r\n\tb ", "a b"},
        {"direction overrides go", "abc\u202Efdp.exe", "abcfdp.exe"},
        {"a C1 control goes", "a\u009Bb", "ab"},
        {"bytes that are not UTF-8 are marked", "a\xFF", "a\uFFFD"},
        {"a cut character is marked", "a\xE6\xB5", "a\uFFFD"},
        {"other scripts stay", "浪潮 é 🙂", "浪潮 é 🙂"},
        {"zero stays out", std::string("a\0b", 3), "ab"},
    }));
    CAPTURE(row.why);

    CHECK(app::harmless(row.given) == row.shown);
}

TEST_CASE("terminal: wide characters take two columns and are never cut in half",
          "[cli][terminal]") {
    CHECK(app::columns_of("浪潮ab") == 6);
    CHECK(app::shortened("浪潮信息", 5) == "浪潮…");
    CHECK(app::shortened("浪潮信息", 4) == "浪…");
    CHECK(app::shortened("abc", 3) == "abc");
    CHECK(app::shortened("abcd", 3) == "ab…");
    CHECK(app::columns_of("e\u0301") == 1);
}

TEST_CASE("terminal: a table shrinks only the columns that may, and lines up", "[cli][terminal]") {
    app::Table table({{"ID"}, {"TITLE", app::Table::Column::Align::left, true}, {"N"}});
    table.add({"1", "a title that is far too long for the line", "7"});
    table.add({"22", "浪潮", "8"});

    CHECK(table.text(24, app::Stream::output) ==
          "ID  TITLE              N\n"
          "1   a title that is …  7\n"
          "22  浪潮               8\n");
}

TEST_CASE("terminal: a span, a day and a time are understood as since when", "[cli]") {
    const auto now = *core::parse_rfc3339("2026-11-23T12:00:00Z");
    const auto since = [&](const std::string& text) {
        return core::format_rfc3339(app::parse_since(text, now));
    };

    CHECK(since("36h") == "2026-11-22T00:00:00.000Z");
    CHECK(since("7d") == "2026-11-16T12:00:00.000Z");
    CHECK(since("2w") == "2026-11-09T12:00:00.000Z");
    CHECK(since("2026-11-01") == "2026-11-01T00:00:00.000Z");
    CHECK(since("2026-11-01T10:00:00+08:00") == "2026-11-01T02:00:00.000Z");
    for (const auto* bad : {"", "7", "d", "-1d", "7dd", "7y", "2026-13-01", "999999999999d"}) {
        CAPTURE(bad);
        CHECK_THROWS_AS(since(bad), core::ConfigError);
    }
}

TEST_CASE("ordered work: results come in order and workers do not run far ahead",
          "[cli][threads]") {
    constexpr std::size_t kCount = 500;
    std::atomic<std::size_t> begun{0};
    std::vector<std::size_t> order;
    const auto done = app::work_in_order(
        kCount,
        3,
        [&](std::size_t, std::size_t) { ++begun; },
        [&](std::size_t item) {
            order.push_back(item);
            CHECK(begun <= item + 3 * 4 + 1);
        },
        {});

    CHECK(done == kCount);
    REQUIRE(order.size() == kCount);
    CHECK(std::is_sorted(order.begin(), order.end()));
}

TEST_CASE("ordered work: an exception on either side ends everything and arrives",
          "[cli][threads]") {
    const auto nothing = [](std::size_t) {};
    const auto fail_at = [](std::size_t item) {
        if (item == 7) {
            throw std::runtime_error("seven");
        }
    };

    CHECK_THROWS_WITH(
        app::work_in_order(
            100, 2, [&](std::size_t, std::size_t item) { fail_at(item); }, nothing, {}),
        "seven");
    CHECK_THROWS_WITH(app::work_in_order(100, 2, [](std::size_t, std::size_t) {}, fail_at, {}),
                      "seven");
}

TEST_CASE("ordered work: after a stop nothing new begins and what was begun is reported",
          "[cli][threads]") {
    std::stop_source stop;
    std::atomic<std::size_t> begun{0};
    std::size_t reported = 0;
    const auto done = app::work_in_order(
        1'000,
        2,
        [&](std::size_t, std::size_t) { ++begun; },
        [&](std::size_t item) {
            ++reported;
            if (item == 5) {
                stop.request_stop();
            }
        },
        stop.get_token());

    CHECK(done == reported);
    CHECK(done == begun);
    CHECK(done < 100);
    CHECK(app::work_in_order(
              0, 4, [](std::size_t, std::size_t) {}, [](std::size_t) {}, {}) == 0);
}
