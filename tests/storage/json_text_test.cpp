#include "storage/json_text.hpp"

#include <catch2/catch.hpp>

using namespace chiptrail;
using storage::headers_from_json;
using storage::headers_to_json;

TEST_CASE("json: headers keep every byte, and read well where they can", "[storage][json]") {
    std::string all_bytes;
    for (int byte = 1; byte < 256; ++byte) {
        all_bytes += static_cast<char>(byte);
    }
    const core::Headers headers = {{"Server", "nginx \"x\"\t"},
                                   {"X-Utf8", "服务器"},
                                   {"X-Latin", "caf\xE9"},
                                   {"X-All", all_bytes},
                                   {"X-Nul", std::string("a\0b", 3)},
                                   {"\xFFname", "x"},
                                   {"", ""}};
    CHECK(headers_from_json(headers_to_json(headers)) == headers);
    CHECK(headers_to_json({{"A", "服"}, {"B", "\xE9"}}) == R"([["A","服"],["B","é","latin1"]])");
}

TEST_CASE("json: text that was changed by hand is read as far as it goes", "[storage][json]") {
    for (const auto* text : {"", "{", "7", "[1,[],[\"a\"],[\"a\",2],null]", "{\"a\":1}"}) {
        CAPTURE(text);
        CHECK(headers_from_json(text).empty());
        CHECK(storage::quad_from_json(text) == std::array<core::Point, 4>{});
    }
    CHECK(storage::list_from_json(R"(["a",7,"b"])") == std::vector<std::string>{"a", "b"});
    CHECK(storage::counts_from_json(R"({"a":1,"b":"x"})") == storage::Counts{{"a", 1}});
}
