#include "core/text.hpp"

#include <catch2/catch.hpp>

#include <string>

using chiptrail::core::append_html;
using chiptrail::core::escaped_html;
using chiptrail::core::HtmlPlace;

TEST_CASE("text: what a stranger wrote is shown and never markup", "[core][text]") {
    struct Row {
        const char* why;
        const char* text;
        const char* between_tags;
        const char* in_attribute;
    };
    const auto row = GENERATE(values<Row>({
        {"nothing", "", "", ""},
        {"plain", "a'b/c", "a'b/c", "a'b/c"},
        {"a tag", "<img src=x>", "&lt;img src=x&gt;", "&lt;img src=x&gt;"},
        {"an entity stays what it looks like", "&lt;", "&amp;lt;", "&amp;lt;"},
        {"the end of an attribute", "\"><b", "\"&gt;&lt;b", "&quot;&gt;&lt;b"},
        {"letters of other scripts", "浪潮", "浪潮", "浪潮"},
    }));
    CAPTURE(row.why);

    std::string between = "x";
    append_html(row.text, HtmlPlace::text, between);
    CHECK(between == std::string("x") + row.between_tags);
    CHECK(escaped_html(row.text) == row.in_attribute);
}
