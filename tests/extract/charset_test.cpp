#include "extract/charset.hpp"

#include "core/unicode.hpp"
#include "tests/support/corpora.hpp"

#include <catch2/catch.hpp>

#include <cctype>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

using namespace chiptrail;
using extract::decode_to_utf8;

namespace {

std::string read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("charset: each source of a charset is believed in its turn", "[extract][charset]") {
    struct Row {
        const char* why;
        std::string bytes;
        const char* content_type;
        const char* charset;
        const char* text;
    };
    using namespace std::string_literals;
    const auto row = GENERATE(values<Row>({
        {"a mark wins over the header",
         "\xEF\xBB\xBF\xC3\xA9",
         "text/html; charset=gbk",
         "utf-8",
         "é"},
        {"UTF-16 by its mark", "\xFF\xFE-N\x87\x65"s, "", "utf-16le", "中文"},
        {"UTF-16 without a mark", "<\0p\0>\0\x2D\x4E"s, "", "utf-16le", "<p>中"},
        {"the header", "\xD6\xD0", "text/html; Charset=\"GB2312\"", "gbk", "中"},
        {"the header wins over meta",
         "<meta charset=big5>\xD6\xD0",
         "text/html;charset=gbk",
         "gbk",
         "<meta charset=big5>中"},
        {"meta charset", "<meta charset=gbk>\xD6\xD0", "text/html", "gbk", "<meta charset=gbk>中"},
        {"meta http-equiv",
         "<meta content='text/html; charset=big5' http-equiv=Content-Type>\xA4\xA4",
         "",
         "big5",
         "<meta content='text/html; charset=big5' http-equiv=Content-Type>中"},
        {"a script's charset is not the page's",
         "<script charset=\"utf-8\" src=x></script><meta charset=gbk>\xD6\xD0",
         "",
         "gbk",
         "<script charset=\"utf-8\" src=x></script><meta charset=gbk>中"},
        {"nor is a meta that a script writes",
         "<script>'<meta charset=big5>'</script><meta charset=gbk>\xD6\xD0",
         "",
         "gbk",
         "<script>'<meta charset=big5>'</script><meta charset=gbk>中"},
        {"nor is a meta in a comment",
         "<!-- <meta charset=big5> --><meta charset=gbk>\xD6\xD0",
         "",
         "gbk",
         "<!-- <meta charset=big5> --><meta charset=gbk>中"},
        {"valid UTF-8 wins over a wrong declaration",
         "<meta charset=gbk>中文",
         "",
         "utf-8",
         "<meta charset=gbk>中文"},
        {"and over a wrong header", "中文", "text/html; charset=iso-8859-1", "utf-8", "中文"},
        {"UTF-8 with one bad byte stays UTF-8",
         "<meta charset=utf-8>中文\xFF字",
         "",
         "utf-8",
         "<meta charset=utf-8>中文\uFFFD字"},
        {"UTF-8 cut in a letter",
         "<meta charset=utf-8>中文字\xE4\xB8",
         "",
         "utf-8",
         "<meta charset=utf-8>中文字\uFFFD"},
        {"latin1 is windows-1252",
         "\x93x\x94",
         "text/html; charset=ISO-8859-1",
         "windows-1252",
         "\u201Cx\u201D"},
        {"an unknown label is no label",
         "<meta charset=klingon>abc",
         "",
         "utf-8",
         "<meta charset=klingon>abc"},
        {"ISO-2022-JP", "\x1B$BF|\x1B(B", "text/html; charset=iso-2022-jp", "iso-2022-jp", "日"},
        {"KOI8-R", "\xD0\xD2\xC9", "text/html; charset=koi8-r", "koi8-r", "при"},
        {"Shift-JIS", "\x93\xFA\x96\x7B", "text/html; charset=shift_jis", "shift_jis", "日本"},
        {"EUC-JP", "\xC6\xFC\xCB\xDC", "text/html; charset=EUC-JP", "euc-jp", "日本"},
        {"EUC-KR", "\xC7\xD1", "text/html; charset=ks_c_5601-1987", "euc-kr", "한"},
        {"an XML declaration",
         "<?xml version='1.0' encoding='windows-1251'?>\xEF",
         "",
         "windows-1251",
         "<?xml version='1.0' encoding='windows-1251'?>п"},
        {"plain ASCII", "abc", "", "utf-8", "abc"},
        {"nothing", "", "", "utf-8", ""},
    }));
    CAPTURE(row.why);
    const auto decoded = decode_to_utf8(row.bytes, row.content_type);

    CHECK(decoded.charset == row.charset);
    CHECK(decoded.text == row.text);
}

TEST_CASE("charset: a declaration that the bytes belie is not believed", "[extract][charset]") {
    std::string gbk;
    for (int i = 0; i < 60; ++i) {
        gbk += "\xB7\xFE\xCE\xF1\xC6\xF7\xBA\xCD\xD6\xF7\xB0\xE5\xD6\xAE\xBC\xE4 ";
    }
    const auto decoded = decode_to_utf8("<meta charset=utf-8>" + gbk, "text/html; charset=utf-8");

    CHECK(decoded.charset == "gb18030");
    CHECK(decoded.text.find("服务器和主板之间") != std::string::npos);
}

TEST_CASE("charset: without any declaration the letters decide", "[extract][charset]") {
    std::string gbk;
    for (int i = 0; i < 40; ++i) {
        gbk += "<p>\xB7\xFE\xCE\xF1\xC6\xF7\xA3\xAC\xD6\xF7\xB0\xE5\xBA\xCD\xCF\xD4\xBF\xA8</p>";
    }
    CHECK(decode_to_utf8(gbk, "").text.find("服务器，主板和显卡") != std::string::npos);
}

TEST_CASE("charset: any bytes decode to valid UTF-8 in every charset", "[extract][charset]") {
    std::string bytes;
    for (int i = 0; i < 5'000; ++i) {
        bytes += static_cast<char>((i * 7919 + i / 13) % 256);
    }
    for (const auto* label : {"utf-8",
                              "gbk",
                              "gb18030",
                              "big5",
                              "shift_jis",
                              "euc-jp",
                              "euc-kr",
                              "iso-2022-jp",
                              "windows-1252",
                              "windows-874",
                              "koi8-r",
                              "utf-16",
                              "utf-16be",
                              "ibm866",
                              "macintosh"}) {
        const auto name = extract::charset_from_label(label);
        CAPTURE(label);
        REQUIRE(name);
        CHECK(extract::is_valid_utf8(extract::decode_as(bytes, *name)));
    }
}

TEST_CASE("charset: bad UTF-8 is replaced part by part", "[extract][charset]") {
    struct Row {
        std::string bytes;
        const char* repaired;
    };
    using namespace std::string_literals;
    const auto row = GENERATE(values<Row>({
        {"a\xFF"
         "b",
         "a\uFFFDb"},
        {"\xC0\xAF", "\uFFFD\uFFFD"},
        {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},
        {"\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},
        {"\xE4\xB8x", "\uFFFDx"},
        {"\xF0\x9F\x98", "\uFFFD"},
    }));

    CHECK(extract::repair_utf8(row.bytes) == row.repaired);
    CHECK_FALSE(extract::is_valid_utf8(row.bytes));
}

TEST_CASE("charset: double-byte charsets agree with the Encoding Standard's maps",
          "[extract][charset]") {
    const auto folder = tests::corpus("suites/lexbor-encoding/test/files/lexbor/encoding");
    if (!folder) {
        return;
    }
    struct Row {
        const char* file;
        const char* charset;
        double least;  ///< share that must agree
    };
    for (const auto& row : {Row{"big5_map_decode.txt", "big5", 0.98},
                            Row{"euc_jp_map_decode.txt", "euc-jp", 0.98},
                            Row{"euc_kr_map_decode.txt", "euc-kr", 0.999},
                            Row{"gb18030_map_decode.txt", "gb18030", 0.998},
                            Row{"shift_jis_map_decode.txt", "shift_jis", 0.94}}) {
        std::ifstream file(*folder / row.file);
        std::string line;
        std::size_t agree = 0;
        std::size_t all = 0;
        while (std::getline(file, line)) {
            std::istringstream words(line);
            std::string bytes;
            std::string expected;
            std::string source;
            std::string code;
            words >> source;
            for (std::size_t at = 0; at + 4 <= source.size() && source[at] == '\\'; at += 4) {
                bytes += static_cast<char>(std::stoul(source.substr(at + 2, 2), nullptr, 16));
            }
            while (words >> code && code.substr(0, 2) == "0x") {
                core::append_utf8(expected,
                                  static_cast<char32_t>(std::stoul(code.substr(2), nullptr, 16)));
            }
            if (bytes.empty() || expected.empty()) {
                continue;
            }
            ++all;
            agree += extract::decode_as(bytes, row.charset) == expected ? 1U : 0U;
        }
        CAPTURE(row.file);
        std::cout << "charset: " << row.charset << ": " << agree << " of " << all << " agree\n";
        REQUIRE(all > 5'000);
        CHECK(static_cast<double>(agree) >= row.least * static_cast<double>(all));
    }
}

TEST_CASE("charset: pages of the html5lib suite get the charset that they declare",
          "[extract][charset]") {
    const auto folder = tests::corpus("suites/html5lib-tests/encoding");
    if (!folder) {
        return;
    }
    std::size_t agree = 0;
    std::size_t all = 0;
    for (const auto* name : {"tests1.dat", "tests2.dat", "test-yahoo-jp.dat"}) {
        const auto text = read(*folder / name);
        for (auto at = text.find("#data\n"); at != std::string::npos;) {
            const auto data = at + 6;
            const auto mark = text.find("\n#encoding\n", data);
            if (mark == std::string::npos) {
                break;
            }
            const auto label_begin = mark + 11;
            const auto label = text.substr(label_begin, text.find('\n', label_begin) - label_begin);
            const auto got = decode_to_utf8(text.substr(data, mark - data), "").charset;
            const auto wanted = extract::charset_from_label(label);
            // Their default is windows-1252; plain ASCII reads the same as UTF-8.
            const bool same =
                wanted && (got == *wanted || (got == "utf-8" && *wanted == "windows-1252"));
            ++all;
            agree += same ? 1U : 0U;
            at = text.find("#data\n", mark);
        }
    }
    std::cout << "charset: html5lib: " << agree << " of " << all << " agree\n";
    REQUIRE(all > 50);
    // Three want a <meta> inside a script or style believed, one is valid UTF-8 that says EUC-JP.
    CHECK(agree + 4 >= all);
}
