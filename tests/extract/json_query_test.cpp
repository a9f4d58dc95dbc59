#include "extract/json_query.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace chiptrail;
using extract::JsonPath;

namespace {

const char* const kDocument = R"({
  "items": [
    {"id": 1, "name": "one", "tags": ["a", "b"], "type": "x"},
    {"id": 2, "name": "two", "tags": [], "type": "y", "a b": true},
    {"id": 3.5, "name": null, "type": "x", "inner": {"id": 9, "items": [7]}}
  ],
  "one": {"type": "x", "url": "u"}
})";

std::vector<std::string> texts(const std::string& path) {
    const auto root = extract::parse_json(kDocument).value();
    std::vector<std::string> all;
    for (const auto* value : JsonPath::literal(path).select(root)) {
        all.push_back(value->is_structured() ? value->dump() : extract::json_text(*value));
    }
    return all;
}

}  // namespace

TEST_CASE("json: a path finds values in document order", "[extract][json]") {
    struct Row {
        const char* path;
        std::vector<std::string> values;
    };
    const auto row = GENERATE(values<Row>({
        {"one.url", {"u"}},
        {"$.one.url", {"u"}},
        {"items[0].name", {"one"}},
        {"items[-1].id", {"3.5"}},
        {"items[9].id", {}},
        {"items[*].id", {"1", "2", "3.5"}},
        {"items.*.id", {"1", "2", "3.5"}},
        {"items[0:2].id", {"1", "2"}},
        {"items[1:].id", {"2", "3.5"}},
        {"items[-2:].id", {"2", "3.5"}},
        {"items[0].tags[*]", {"a", "b"}},
        {"items[1]['a b']", {"true"}},
        {"..id", {"1", "2", "3.5", "9"}},
        {"items..id", {"1", "2", "3.5", "9"}},
        {"items[?(@.type=='x')].id", {"1", "3.5"}},
        {"items[?(@.type != 'x')].id", {"2"}},
        {"items[?(@.inner.id==9)].id", {"3.5"}},
        {"items[?(@.inner)].id", {"3.5"}},
        {"one[?(@.type=='x')].url", {"u"}},
        {"..[?(@.type=='y')].name", {"two"}},
        {"items.name", {}},
        {"nothing.at.all", {}},
        {"$", {extract::parse_json(kDocument).value().dump()}},
    }));
    CAPTURE(row.path);

    CHECK(texts(row.path) == row.values);
}

TEST_CASE("json: a bad path is named with its place", "[extract][json]") {
    struct Row {
        const char* path;
        const char* message;
    };
    const auto row = GENERATE(values<Row>({
        {"", "a path must not be empty"},
        {"a.", "path 'a.', character 3: expected a key after '.'"},
        {"a[", "path 'a[', character 3: expected a number, '*', a quoted key or ?(@...)"},
        {"a[1", "path 'a[1', character 4: expected ']'"},
        {"a['b]", "path 'a['b]', character 6: the quoted text does not end"},
        {"a b", "path 'a b', character 2: keys with this character stand in brackets: ['...']"},
        {"a[0]b", "path 'a[0]b', character 5: expected '.' or '['"},
        {"a[?(b==1)]",
         "path 'a[?(b==1)]', character 3: expected a number, '*', a quoted key or ?(@...)"},
    }));
    CAPTURE(row.path);
    const auto path = JsonPath::compile(row.path);

    REQUIRE_FALSE(path);
    CHECK(path.error().detail == row.message);
}

TEST_CASE("json: guards and calls around it are taken off", "[extract][json]") {
    const auto* text = GENERATE("{\"a\":1}",
                                "\xEF\xBB\xBF{\"a\":1}",
                                ")]}'\n{\"a\":1}",
                                "while(1);{\"a\":1}",
                                "callback_1({\"a\":1});",
                                "a.b.c({\"a\":1})",
                                "/**/jsonp({\"a\":1})");
    CAPTURE(text);

    CHECK(extract::parse_json(text).value().at("a") == 1);
}

TEST_CASE("json: depth and size are bounded, bad bytes repaired", "[extract][json]") {
    CHECK(extract::parse_json(std::string(1'000'000, '[')).error().detail ==
          "JSON nested deeper than 200");
    extract::JsonLimits limits;
    limits.max_values = 10;
    CHECK(extract::parse_json("[1,2,3,4,5,6,7,8,9,10,11,12]", limits).error().kind ==
          core::Failure::Kind::too_large);
    CHECK(extract::parse_json("[\"\\\"[[[\"]").has_value());
    CHECK(extract::parse_json("{\"a\":\"\xff\"}").value().at("a") == "\uFFFD");
    CHECK(extract::parse_json("{\"a\":}").error().detail == "not JSON at byte 6");
}

TEST_CASE("json: numbers read like people write them", "[extract][json]") {
    struct Row {
        const char* json;
        const char* text;
    };
    const auto row = GENERATE(values<Row>({
        {"1468767635.0", "1468767635"},
        {"149.9", "149.9"},
        {"12345678901234567890", "12345678901234567890"},
        {"-3", "-3"},
        {"true", "true"},
        {"null", ""},
        {"\"a\"", "a"},
        {"{}", ""},
    }));
    CAPTURE(row.json);

    CHECK(extract::json_text(extract::parse_json(row.json).value()) == row.text);
}
