#include "config/toml_reader.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using chiptrail::config::TomlTable;
using chiptrail::core::ConfigError;

namespace {

TomlTable parse(std::string_view text) {
    return TomlTable::parse(text, "t.toml");
}

}  // namespace

TEST_CASE("toml: values are read, absent keys keep their default", "[config][toml]") {
    const auto root = parse("[crawl]\ndelay = 5\nrate = 2\nname = 'x'\nhosts = ['a', 'b']\n");
    const auto crawl = root.table("crawl");
    int delay = 1;
    int depth = 3;
    double rate = 0;
    std::string name;
    std::vector<std::string> hosts;
    std::vector<std::string> one;
    crawl.read("delay", delay);
    crawl.read("depth", depth);
    crawl.read("rate", rate);
    crawl.read("name", name);
    crawl.read("hosts", hosts);

    CHECK(delay == 5);
    CHECK(depth == 3);
    CHECK(rate == 2.0);
    CHECK(name == "x");
    CHECK(hosts == std::vector<std::string>{"a", "b"});
    CHECK_NOTHROW(crawl.reject_unknown_keys());
    CHECK_NOTHROW(root.reject_unknown_keys());
}

TEST_CASE("toml: a key that nobody asked for is named with its line", "[config][toml]") {
    const auto root = parse("[crawl]\ndelay = 5\ndealy = 6\n");
    const auto crawl = root.table("crawl");
    int delay = 0;
    crawl.read("delay", delay);

    CHECK_THROWS_WITH(crawl.reject_unknown_keys(),
                      "t.toml:3: crawl.dealy: unknown key, known here: delay");
}

TEST_CASE("toml: a wrong value says what it is and what it must be", "[config][toml]") {
    struct Row {
        const char* why;
        const char* text;
        const char* message;
    };
    const auto row = GENERATE(values<Row>({
        {"text for a number", "n = 'five'", "t.toml:1: n: is text, must be a whole number"},
        {"a fraction for a whole number",
         "\nn = 1.5",
         "t.toml:2: n: is a number, must be a whole number"},
        {"too large", "n = 99999999999", "t.toml:1: n: is out of range: 99999999999"},
        {"a table for a number", "[n]\na = 1", "n: is a table, must be a whole number"},
    }));
    CAPTURE(row.why);
    int n = 0;

    CHECK_THROWS_WITH(parse(row.text).read("n", n), Catch::Contains(row.message));
}

TEST_CASE("toml: a broken or missing file is a configuration error", "[config][toml]") {
    CHECK_THROWS_AS(parse("a = "), ConfigError);
    CHECK_THROWS_WITH(parse("a = 1\na = 2"), Catch::Contains("t.toml:2"));
    CHECK_THROWS_WITH(TomlTable::parse_file("no/such.toml"), Catch::Contains("no/such.toml"));
}

TEST_CASE("toml: one text serves as a list of one, a list of numbers does not", "[config][toml]") {
    std::vector<std::string> list;
    parse("a = 'x'").read("a", list);
    CHECK(list == std::vector<std::string>{"x"});
    CHECK_THROWS_WITH(parse("a = [1]").read("a", list), Catch::Contains("must hold texts"));
}

TEST_CASE("toml: an array of tables is read in order", "[config][toml]") {
    const auto items = parse("[[a]]\nn = 1\n[[a]]\nn = 2\nm = 3\n").tables("a");
    REQUIRE(items.size() == 2);
    int n = 0;
    items[1].read("n", n);
    CHECK(n == 2);
    CHECK_THROWS_WITH(items[1].reject_unknown_keys(), Catch::Contains("t.toml:5: a[1].m"));
}
