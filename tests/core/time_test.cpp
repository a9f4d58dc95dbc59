#include "core/time.hpp"

#include <catch2/catch.hpp>

using namespace chiptrail::core;  // NOLINT(google-build-using-namespace)

TEST_CASE("time: RFC 3339 text becomes UTC and back", "[core][time]") {
    struct Row {
        const char* why;
        const char* text;
        const char* utc;
    };
    const auto row = GENERATE(values<Row>({
        {"plain", "2026-11-23T10:15:30Z", "2026-11-23T10:15:30.000Z"},
        {"an offset is taken off", "2022-05-26T00:41:52+08:00", "2022-05-25T16:41:52.000Z"},
        {"a negative offset is added", "2022-12-31T23:30:00-01:00", "2023-01-01T00:30:00.000Z"},
        {"a fraction is cut to milliseconds",
         "2021-02-26T12:35:34.292626Z",
         "2021-02-26T12:35:34.292Z"},
        {"a leap second is the next second", "2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"},
        {"leap day", "2024-02-29T00:00:00z", "2024-02-29T00:00:00.000Z"},
    }));
    CAPTURE(row.why, row.text);

    const auto time = parse_rfc3339(row.text);
    REQUIRE(time);
    CHECK(format_rfc3339(*time) == row.utc);
}

TEST_CASE("time: what is not RFC 3339 is no time", "[core][time]") {
    const auto* text = GENERATE("",
                                "2026-11-23",
                                "2026-13-01T00:00:00Z",
                                "2023-02-29T00:00:00Z",
                                "2026-11-23T24:00:00Z",
                                "2026-11-23T10:15:30",
                                "2026-11-23T10:15:30.Z",
                                "2026-11-23T10:15:30Zjunk",
                                "2026-11-23T10:15:30+8:00");
    CAPTURE(text);

    CHECK_FALSE(parse_rfc3339(text));
}

TEST_CASE("time: the three HTTP date forms name the same second", "[core][time]") {
    const auto* text = GENERATE("Sun, 06 Nov 1994 08:49:37 GMT",
                                "Sunday, 06-Nov-94 08:49:37 GMT",
                                "Sun Nov  6 08:49:37 1994");
    CAPTURE(text);

    const auto time = parse_http_date(text);
    REQUIRE(time);
    CHECK(format_rfc3339(*time) == "1994-11-06T08:49:37.000Z");
}

TEST_CASE("time: a broken HTTP date is no time", "[core][time]") {
    const auto* text = GENERATE(
        "", "soon", "120", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 31 Feb 2024 00:00:00 GMT");
    CAPTURE(text);

    CHECK_FALSE(parse_http_date(text));
}
