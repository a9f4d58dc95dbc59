#include "core/unicode.hpp"

#include <catch2/catch.hpp>

#include <string>

using chiptrail::core::decode_utf8;
using chiptrail::core::encode_utf8;
using chiptrail::core::fold;

TEST_CASE("unicode: folding keeps what was meant and drops how it was written", "[core][unicode]") {
    struct Row {
        const char* why;
        std::string text;
        std::string folded;
    };
    const auto row = GENERATE(values<Row>({
        {"ASCII case", "NVIDIA H100", "nvidia h100"},
        {"full width", "ＮＶＩＤＩＡ　Ａ１００", "nvidia a100"},
        {"ligature", "ﬁber", "fiber"},
        {"circled digit", "H①00", "h100"},
        {"accents", "NVÍDIÀ", "nvidia"},
        {"accent as a mark of its own", "e\xCC\x81", "e"},
        {"zero width space used to hide a name",
         "H\xE2\x80\x8B"
         "100",
         "h100"},
        {"sharp s", "Straße", "strasse"},
        {"ideographs stay", "浪潮", "浪潮"},
        {"half-width kana becomes kana", "ｻ", "サ"},
        {"Hangul is not taken apart", "엔비디아", "엔비디아"},
        {"broken UTF-8 is replaced byte by byte", "a\xC3(b\xFF", "a\xEF\xBF\xBD(b\xEF\xBF\xBD"},
        {"an overlong form is no slash", "\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD"},
    }));
    CAPTURE(row.why, row.text);

    CHECK(encode_utf8(fold(row.text).text) == row.folded);
}

TEST_CASE("unicode: each folded letter knows the bytes it came from", "[core][unicode]") {
    const std::string text = "ßＡb";  // 2, 3 and 1 bytes; the first becomes two letters
    const auto folded = fold(text);

    REQUIRE(encode_utf8(folded.text) == "ssab");
    CHECK(folded.begin == std::vector<std::size_t>{0, 0, 2, 5});
    CHECK(folded.end == std::vector<std::size_t>{2, 2, 5, 6});
    CHECK(folded.source == std::vector<std::size_t>{0, 0, 1, 2});
}

TEST_CASE("unicode: what UTF-8 cannot carry is replaced", "[core][unicode]") {
    CHECK(encode_utf8(std::u32string{0xD800, 0x110000, U'a'}) ==
          "\xEF\xBF\xBD\xEF\xBF\xBD"
          "a");
    CHECK(decode_utf8("a浪").size() == 2);
    CHECK(decode_utf8("").empty());
}
