#include "extract/script_variable.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <string>

using namespace chiptrail;
using extract::find_script_variable;
using extract::Json;

TEST_CASE("script variable: literals are read as data", "[extract][script]") {
    struct Row {
        const char* why;
        const char* script;
        const char* name;
        const char* json;  ///< null: not found
    };
    const auto row = GENERATE(values<Row>({
        {"JSON", "var a = {\"x\":[1,2]};", "a", R"({"x":[1,2]})"},
        {"a property of window", "window.__S__={\"x\":1}", "__S__", R"({"x":1})"},
        {"by its whole name", "window.__S__={\"x\":1}", "window.__S__", R"({"x":1})"},
        {"in brackets", "window[\"__S__\"] = {x:1}", "__S__", R"({"x":1})"},
        {"unquoted and single-quoted keys", "a={b:1,'c':2,3:4}", "a", R"({"b":1,"c":2,"3":4})"},
        {"single quotes and escapes",
         R"(a={b:'it\'s \u4e2d\x41\n'})",
         "a",
         "{\"b\":\"it's \\u4e2dA\\n\"}"},
        {"a surrogate pair", R"(a={b:"\ud83d\ude00"})", "a", "{\"b\":\"\\ud83d\\ude00\"}"},
        {"trailing commas", "a={b:[1,2,],}", "a", R"({"b":[1,2]})"},
        {"comments", "a={/* x */b:1,// y\nc:2}", "a", R"({"b":1,"c":2})"},
        {"undefined, NaN and identifiers",
         "a={b:undefined,c:NaN,d:foo.bar}",
         "a",
         R"({"b":null,"c":null,"d":null})"},
        {"shortened booleans", "a={b:!0,c:!1,d:true}", "a", R"({"b":true,"c":false,"d":true})"},
        {"functions are null",
         "a={f:function(x){return {y:[1]}},g:(x)=>{z()},h:1}",
         "a",
         R"({"f":null,"g":null,"h":1})"},
        {"methods are left out", "a={m(x){return 1},h:1}", "a", R"({"h":1})"},
        {"calls and sums are null",
         "a={b:f(1,{c:2}),d:1+2,e:3}",
         "a",
         R"({"b":null,"d":null,"e":3})"},
        {"a pattern with quotes and brackets",
         "a={b:/[\"'}\\/]/g.test(x),c:1}",
         "a",
         R"({"b":null,"c":1})"},
        {"strings put together", "a={b:'x'+'y'}", "a", R"({"b":"xy"})"},
        {"numbers",
         "a={b:-1.5,c:1e3,d:0x1F,e:12345678901}",
         "a",
         R"({"b":-1.5,"c":1000.0,"d":31,"e":12345678901})"},
        {"JSON.parse", R"(a=JSON.parse("{\"b\":\"c\"}"))", "a", R"({"b":"c"})"},
        {"JSON.parse of an encoded text",
         "a=JSON.parse(decodeURIComponent('%7B%22b%22%3A1%7D'))",
         "a",
         R"({"b":1})"},
        {"a text that holds JSON", R"(a='{"b":1}')", "a", R"({"b":1})"},
        {"a plain text", "a='b'", "a", R"("b")"},
        {"or an object", "a = window.a || {b:1}", "a", R"({"b":1})"},
        {"no semicolon behind it", "a={b:1}\nvar c={d:2}", "c", R"({"d":2})"},
        {"in parentheses", "a=({b:1})", "a", R"({"b":1})"},
        {"the first that is data", "a=f();a={b:1}", "a", R"({"b":1})"},
        {"a comparison is not an assignment", "if(a=={b:1}){} a={c:1}", "a", R"({"c":1})"},
        {"part of another name", "ba={x:1};ab={x:2};a={x:3}", "a", R"({"x":3})"},
        {"a property", "f({cfg:{x:1}})", ":cfg", R"({"x":1})"},
        {"a quoted property", "f({\"cfg\" : [1]})", ":cfg", "[1]"},
        {"a call", "Hub.config.set('sku', {x:1});", "config.set(", R"({"x":1})"},
        {"a call with JSON in a text", "setup(\"{\\\"x\\\":1}\")", "setup(", R"({"x":1})"},
        {"cut in the middle", "a={b:1,c:[2", "a", R"({"b":1,"c":[2]})"},
        {"absent", "b={}", "a", nullptr},
        {"a number alone is no data", "a=5", "a", nullptr},
    }));
    CAPTURE(row.why, row.script);
    const auto value = find_script_variable(row.script, row.name);

    if (row.json == nullptr) {
        CHECK_FALSE(value);
    } else {
        REQUIRE(value);
        CHECK(*value == Json::parse(row.json));
    }
}

TEST_CASE("script variable: found in a page by name or by the element's id", "[extract][script]") {
    const auto document = extract::HtmlDocument::parse(
        "<script>var x=1</script><script>if (a<b) {} var state = {\"t\":\"<b>&amp;</b>\"}</script>"
        "<script type='application/json' id='__NEXT_DATA__'>{\"p\":[1]}</script>");

    CHECK(find_script_variable(document, "state").value().at("t") == "<b>&amp;</b>");
    CHECK(find_script_variable(document, "#__NEXT_DATA__").value().at("p").at(0) == 1);
    CHECK_FALSE(find_script_variable(document, "#nothing"));
}

TEST_CASE("script variable: hostile scripts cost linear time", "[extract][script]") {
    std::string names;
    std::string nested = "a=";
    std::string broken;
    for (int i = 0; i < 200'000; ++i) {
        names += "a={b:'";
        nested += "{b:[";
        broken += "a=f(";
    }
    for (const auto& script : {names, nested, broken}) {
        const auto start = std::chrono::steady_clock::now();
        static_cast<void>(find_script_variable(script, "a"));
        const auto seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start);
        CHECK(seconds.count() < 20);
    }
}
