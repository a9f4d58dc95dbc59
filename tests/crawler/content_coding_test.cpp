#include "crawler/content_coding.hpp"

#include "core/file.hpp"
#include "tests/support/corpora.hpp"

#include <brotli/encode.h>
#include <catch2/catch.hpp>
#include <zlib.h>
#include <zstd.h>

#include <cstdint>
#include <iostream>
#include <string>

using chiptrail::core::Failure;
using chiptrail::core::Headers;
using chiptrail::crawler::decode;

namespace {

constexpr std::size_t kPlenty = std::size_t{64} << 20U;

std::string deflate_with(const std::string& text, int window_bits) {
    z_stream stream{};
    deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
    std::string out(compressBound(text.size()) + 64, '\0');
    std::string in = text;
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string gzip(const std::string& text) {
    return deflate_with(text, MAX_WBITS + 16);
}

std::string brotli(const std::string& text) {
    std::size_t size = BrotliEncoderMaxCompressedSize(text.size()) + 64;
    std::string out(size, '\0');
    BrotliEncoderCompress(5,
                          BROTLI_DEFAULT_WINDOW,
                          BROTLI_MODE_GENERIC,
                          text.size(),
                          reinterpret_cast<const std::uint8_t*>(text.data()),
                          &size,
                          reinterpret_cast<std::uint8_t*>(out.data()));
    out.resize(size);
    return out;
}

std::string zstd(const std::string& text) {
    std::string out(ZSTD_compressBound(text.size()), '\0');
    out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
    return out;
}

std::string encode(const std::string& coding, const std::string& text) {
    if (coding == "br") {
        return brotli(text);
    }
    if (coding == "zstd") {
        return zstd(text);
    }
    return deflate_with(text,
                        coding == "deflate" ? MAX_WBITS
                        : coding == "raw"   ? -MAX_WBITS
                                            : MAX_WBITS + 16);
}

/// Does not compress to nothing, so that a cut leaves something.
std::string page() {
    std::string text = "<html>";
    std::uint32_t state = 1;
    for (int i = 0; i < 20'000; ++i) {
        state = state * 1'664'525U + 1'013'904'223U;
        text += static_cast<char>('a' + (state >> 24U) % 26U);
    }
    return text;
}

Headers coded(const std::string& coding) {
    return {{"Content-Type", "text/html"},
            {"content-encoding", coding == "raw" ? "deflate" : coding}};
}

}  // namespace

TEST_CASE("content coding: each coding is undone", "[crawler][coding]") {
    const auto* const coding = GENERATE("gzip", "x-gzip", "GZIP", "deflate", "raw", "br", "zstd");
    CAPTURE(coding);
    const auto text = page();

    const auto decoded = decode(encode(coding, text), coded(coding), kPlenty);
    REQUIRE(decoded);
    CHECK(decoded->body == text);
    CHECK_FALSE(decoded->truncated);
}

TEST_CASE("content coding: what was coded twice is decoded twice", "[crawler][coding]") {
    const auto text = page();
    const auto stacked = brotli(gzip(text));

    const Headers one = {{"Content-Encoding", "gzip , identity,br"}};
    const Headers two = {{"Content-Encoding", "gzip"}, {"Content-Encoding", "br"}};
    for (const auto& headers : {one, two}) {
        const auto decoded = decode(stacked, headers, kPlenty);
        REQUIRE(decoded);
        CHECK(decoded->body == text);
    }
}

TEST_CASE("content coding: several gzip members are one body", "[crawler][coding]") {
    const auto decoded = decode(gzip("one,") + gzip("two"), coded("gzip"), kPlenty);
    REQUIRE(decoded);
    CHECK(decoded->body == "one,two");
}

TEST_CASE("content coding: a stream that breaks off gives what came", "[crawler][coding]") {
    const auto* const coding = GENERATE("gzip", "deflate", "raw", "br", "zstd");
    CAPTURE(coding);
    // zstd gives nothing before a whole block, which holds up to 128 KiB.
    std::string text;
    for (int i = 0; i < 20; ++i) {
        text += page();
    }
    const auto whole = encode(coding, text);

    const auto decoded = decode(whole.substr(0, whole.size() - 5), coded(coding), kPlenty);
    REQUIRE(decoded);
    CHECK(decoded->truncated);
    CHECK(decoded->body.size() > 1'000);
    CHECK(text.starts_with(decoded->body));
}

TEST_CASE("content coding: a damaged end is told, and the page kept", "[crawler][coding]") {
    auto body = gzip(page());
    body[body.size() - 6] = static_cast<char>(body[body.size() - 6] ^ 1);  // the checksum

    const auto decoded = decode(body, coded("gzip"), kPlenty);
    REQUIRE(decoded);
    CHECK(decoded->truncated);
    CHECK(decoded->body == page());
}

TEST_CASE("content coding: a bomb is stopped at the limit, which the message names",
          "[crawler][coding]") {
    const auto* const coding = GENERATE("gzip", "deflate", "raw", "br", "zstd");
    CAPTURE(coding);
    const auto bomb = encode(coding, std::string(kPlenty, '\0'));
    REQUIRE(bomb.size() < kPlenty / 500);

    const auto decoded = decode(bomb, coded(coding), 1'000'000);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().kind == Failure::Kind::too_large);
    CHECK_THAT(decoded.error().detail, Catch::Contains("1000000"));
}

TEST_CASE("content coding: the limit holds between stacked codings", "[crawler][coding]") {
    const auto inner = gzip(std::string(kPlenty, '\0'));
    const Headers headers = {{"Content-Encoding", "gzip, gzip"}};

    CHECK(decode(gzip(inner), headers, inner.size() / 2).error().kind == Failure::Kind::too_large);
    CHECK(decode(gzip(inner), headers, inner.size() + 1).error().kind == Failure::Kind::too_large);
}

TEST_CASE("content coding: the limit is exact", "[crawler][coding]") {
    const auto body = gzip(std::string(1'000, 'x'));
    CHECK(decode(body, coded("gzip"), 1'000));
    CHECK_FALSE(decode(body, coded("gzip"), 999));
    CHECK(decode("12345", {}, 5));
    CHECK(decode("12345", {}, 4).error().kind == Failure::Kind::too_large);
}

TEST_CASE("content coding: what cannot be decoded is refused and named", "[crawler][coding]") {
    struct Row {
        const char* why;
        const char* coding;
        const char* body;
        Failure::Kind kind;
        const char* named;
    };
    const auto row = GENERATE(values<Row>({
        {"a coding nobody asked for", "compress", "x", Failure::Kind::bad_input, "compress"},
        {"bytes that are not gzip", "gzip", "\x01\x02\x03\x04", Failure::Kind::bad_input, "gzip"},
        {"bytes that are not zstd",
         "zstd",
         "\x01\x02\x03\x04\x05",
         Failure::Kind::bad_input,
         "zstd"},
        {"more layers than anyone needs",
         "gzip,gzip,gzip,gzip,gzip",
         "x",
         Failure::Kind::too_large,
         "5"},
    }));
    CAPTURE(row.why);

    const auto decoded = decode(row.body, {{"Content-Encoding", row.coding}}, kPlenty);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().kind == row.kind);
    CHECK_THAT(decoded.error().detail, Catch::Contains(row.named));
}

TEST_CASE("content coding: a page sent plain in spite of its header is read", "[crawler][coding]") {
    const auto decoded = decode("<html>plain</html>", coded("gzip"), kPlenty);
    REQUIRE(decoded);
    CHECK(decoded->body == "<html>plain</html>");
}

TEST_CASE("content coding: an empty body stays empty", "[crawler][coding]") {
    CHECK(decode("", coded("gzip"), 0)->body.empty());
}

TEST_CASE("content coding: scrapy's samples are read and its bombs stopped",
          "[crawler][coding][corpus]") {
    struct Row {
        const char* file;
        const char* coding;
        bool bomb;
    };
    const auto row = GENERATE(values<Row>({
        {"html-gzip.bin", "gzip", false},
        {"html-zlibdeflate.bin", "deflate", false},
        {"html-rawdeflate.bin", "deflate", false},
        {"html-br.bin", "br", false},
        {"html-zstd-static-content-size.bin", "zstd", false},
        {"html-zstd-static-no-content-size.bin", "zstd", false},
        {"html-zstd-streaming-no-content-size.bin", "zstd", false},
        {"html-gzip-deflate.bin", "gzip, deflate", false},
        {"html-gzip-deflate-gzip.bin", "gzip, deflate, gzip", false},
        {"bomb-gzip.bin", "gzip", true},
        {"bomb-deflate.bin", "deflate", true},
        {"bomb-br.bin", "br", true},
        {"bomb-zstd.bin", "zstd", true},
    }));
    CAPTURE(row.file);
    const auto path = chiptrail::tests::corpus("suites/scrapy/tests/sample_data/compressed/" +
                                               std::string(row.file));
    if (!path) {
        return;
    }
    const auto body = chiptrail::core::read_file(*path, kPlenty);
    REQUIRE(body);
    const Headers headers = {{"Content-Encoding", row.coding}};
    if (row.bomb) {
        CHECK(decode(*body, headers, 1'000'000).error().kind == Failure::Kind::too_large);
        CHECK(decode(*body, headers, kPlenty)->body.size() == 11'511'612);
    } else {
        const auto decoded = decode(*body, headers, kPlenty);
        REQUIRE(decoded);
        CHECK_THAT(decoded->body, Catch::Contains("</html>"));
        CHECK_FALSE(decoded->truncated);
    }
}

TEST_CASE("content coding: scrapy's broken gzip gives its beginning", "[crawler][coding][corpus]") {
    const std::string folder = "suites/scrapy/tests/sample_data/compressed/";
    const auto* const file =
        GENERATE("truncated-crc-error.gz", "truncated-crc-error-short.gz", "unexpected-eof.gz");
    CAPTURE(file);
    const auto path = chiptrail::tests::corpus(folder + file);
    if (!path) {
        return;
    }
    const auto decoded =
        decode(chiptrail::core::read_file(*path, kPlenty).value(), coded("gzip"), kPlenty);
    REQUIRE(decoded);
    CHECK(decoded->truncated);
    CHECK_FALSE(decoded->body.empty());
}
