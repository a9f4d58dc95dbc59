#include "crawler/content_coding.hpp"

#include "core/text.hpp"

#include <brotli/decode.h>
#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace chiptrail::crawler {

namespace {

using core::Failure;
using core::Result;

constexpr std::size_t kMaxCodings = 4;
constexpr std::size_t kChunk = std::size_t{64} * 1024;
/// RFC 8878, 3.1.1.1.2 recommends 8 MiB; browsers take no more either.
constexpr int kMaxZstdWindowLog = 23;

/// Collects output and knows when it is too much, so that a bomb stops while inflating.
class Sink {
public:
    Sink(std::string_view coding, std::size_t max_bytes) : coding_(coding), max_bytes_(max_bytes) {}

    [[nodiscard]] bool add(const void* bytes, std::size_t size) {
        if (size > max_bytes_ - out_.size()) {
            return false;
        }
        out_.append(static_cast<const char*>(bytes), size);
        return true;
    }
    [[nodiscard]] tl::unexpected<Failure> overflow() const {
        return core::fail(
            Failure::Kind::too_large,
            fmt::format(
                "the {} body inflates to more than {} bytes, the limit", coding_, max_bytes_));
    }
    /// What is left when the stream broke: its beginning, or nothing at all to believe in.
    [[nodiscard]] Result<Decoded> broken(std::string_view why) {
        if (out_.empty()) {
            return core::fail(
                Failure::Kind::bad_input,
                fmt::format("the body is not {} as its header says: {}", coding_, why));
        }
        return Decoded{std::move(out_), true};
    }
    [[nodiscard]] Result<Decoded> whole() {
        return Decoded{std::move(out_), false};
    }

private:
    std::string_view coding_;
    std::size_t max_bytes_;
    std::string out_;
};

// --- zlib -----------------------------------------------------------------------------------

/// windowBits of inflateInit2().
enum class Wrapping : int { raw = -MAX_WBITS, zlib = MAX_WBITS, gzip = MAX_WBITS + 16 };

struct InflateEnd {
    void operator()(z_stream* stream) const {
        inflateEnd(stream);
        delete stream;  // NOLINT(cppcoreguidelines-owning-memory)
    }
};
using InflateStream = std::unique_ptr<z_stream, InflateEnd>;

InflateStream open_inflate(std::string_view body, Wrapping wrapping) {
    auto stream = std::make_unique<z_stream>();
    *stream = {};
    // zlib does not write through next_in; its C type says otherwise.
    stream->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
    stream->avail_in = static_cast<uInt>(std::min<std::size_t>(body.size(), UINT32_MAX));
    if (inflateInit2(stream.get(), static_cast<int>(wrapping)) != Z_OK) {
        throw core::Error("zlib cannot start: out of memory");
    }
    return InflateStream(stream.release());
}

bool starts_gzip_member(const z_stream& stream) {
    return stream.avail_in >= 2 && stream.next_in[0] == 0x1F && stream.next_in[1] == 0x8B;
}

Result<Decoded> inflate_body(std::string_view body, Wrapping wrapping, Sink sink) {
    const auto stream = open_inflate(body, wrapping);
    std::array<Bytef, kChunk> chunk{};
    for (;;) {
        stream->next_out = chunk.data();
        stream->avail_out = static_cast<uInt>(chunk.size());
        const int status = inflate(stream.get(), Z_NO_FLUSH);
        if (!sink.add(chunk.data(), chunk.size() - stream->avail_out)) {
            return sink.overflow();
        }
        if (status == Z_STREAM_END) {
            // RFC 1952, 2.2: a file is a series of members. Other bytes behind are padding.
            if (wrapping != Wrapping::gzip || !starts_gzip_member(*stream)) {
                return sink.whole();
            }
            inflateReset(stream.get());
        } else if (status != Z_OK) {
            return sink.broken(stream->msg != nullptr ? stream->msg : "it ends too early");
        }
    }
}

/// "deflate" means zlib (RFC 9110, 8.4.1.2), but some servers send the raw stream.
Result<Decoded> inflate_either(std::string_view body, const Sink& sink) {
    const auto first = static_cast<unsigned char>(body[0]);
    const unsigned second = body.size() > 1 ? static_cast<unsigned char>(body[1]) : 0U;
    const bool is_zlib = (first & 0xFU) == Z_DEFLATED && (first * 256U + second) % 31U == 0;
    if (is_zlib) {
        auto decoded = inflate_body(body, Wrapping::zlib, sink);
        if (decoded || decoded.error().kind != Failure::Kind::bad_input) {
            return decoded;
        }
    }
    return inflate_body(body, Wrapping::raw, sink);
}

// --- brotli ---------------------------------------------------------------------------------

struct BrotliEnd {
    void operator()(BrotliDecoderState* state) const {
        BrotliDecoderDestroyInstance(state);
    }
};

Result<Decoded> decode_brotli(std::string_view body, Sink sink) {
    const std::unique_ptr<BrotliDecoderState, BrotliEnd> state(
        BrotliDecoderCreateInstance(nullptr, nullptr, nullptr));
    if (state == nullptr) {
        throw core::Error("brotli cannot start: out of memory");
    }
    std::size_t left = body.size();
    const auto* next = reinterpret_cast<const std::uint8_t*>(body.data());
    std::array<std::uint8_t, kChunk> chunk{};
    for (;;) {
        std::size_t room = chunk.size();
        auto* out = chunk.data();
        const auto status =
            BrotliDecoderDecompressStream(state.get(), &left, &next, &room, &out, nullptr);
        if (!sink.add(chunk.data(), chunk.size() - room)) {
            return sink.overflow();
        }
        if (status == BROTLI_DECODER_RESULT_SUCCESS) {
            return sink.whole();
        }
        if (status == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT) {
            return sink.broken("it ends too early");
        }
        if (status == BROTLI_DECODER_RESULT_ERROR) {
            return sink.broken(BrotliDecoderErrorString(BrotliDecoderGetErrorCode(state.get())));
        }
    }
}

// --- zstd -----------------------------------------------------------------------------------

struct ZstdEnd {
    void operator()(ZSTD_DStream* stream) const {
        ZSTD_freeDStream(stream);
    }
};

Result<Decoded> decode_zstd(std::string_view body, Sink sink) {
    const std::unique_ptr<ZSTD_DStream, ZstdEnd> stream(ZSTD_createDStream());
    if (stream == nullptr) {
        throw core::Error("zstd cannot start: out of memory");
    }
    ZSTD_DCtx_setParameter(stream.get(), ZSTD_d_windowLogMax, kMaxZstdWindowLog);
    std::array<char, kChunk> chunk{};
    ZSTD_inBuffer in{body.data(), body.size(), 0};
    for (;;) {
        ZSTD_outBuffer out{chunk.data(), chunk.size(), 0};
        const auto before = in.pos;
        const auto status = ZSTD_decompressStream(stream.get(), &out, &in);
        if (!sink.add(chunk.data(), out.pos)) {
            return sink.overflow();
        }
        if (ZSTD_isError(status) != 0) {
            return sink.broken(ZSTD_getErrorName(status));
        }
        if (status == 0 && in.pos == in.size) {
            return sink.whole();
        }
        if (out.pos == 0 && in.pos == before) {
            return sink.broken("it ends too early");
        }
    }
}

// --- the header -----------------------------------------------------------------------------

/// In the order in which they are undone: the last one applied first.
std::vector<std::string_view> named_codings(const core::Headers& headers) {
    std::vector<std::string_view> codings;
    for (const auto& header : headers) {
        if (!core::equal_ignoring_case(header.name, "content-encoding")) {
            continue;
        }
        for (std::string_view rest = header.value; !rest.empty();) {
            const auto comma = rest.find(',');
            const auto coding = core::trim(rest.substr(0, comma));
            if (!coding.empty() && !core::equal_ignoring_case(coding, "identity")) {
                codings.push_back(coding);
            }
            rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
        }
    }
    std::ranges::reverse(codings);
    return codings;
}

/// Servers that label plain text as gzip exist, and browsers show their pages.
bool looks_like_plain_text(std::string_view body) {
    constexpr std::size_t kLooked = 64;
    const auto start = body.substr(0, kLooked);
    return std::ranges::all_of(start,
                               [](char c) {
                                   return static_cast<unsigned char>(c) >= 0x20 || c == '\n' ||
                                          c == '\r' || c == '\t';
                               }) &&
           core::trim(start).find_first_of("<{[") == 0;
}

Result<Decoded> undo(std::string_view coding, std::string_view body, std::size_t max_bytes) {
    const Sink sink(coding, max_bytes);
    if (core::equal_ignoring_case(coding, "gzip") || core::equal_ignoring_case(coding, "x-gzip")) {
        return inflate_body(body, Wrapping::gzip, sink);
    }
    if (core::equal_ignoring_case(coding, "deflate")) {
        return inflate_either(body, sink);
    }
    if (core::equal_ignoring_case(coding, "br")) {
        return decode_brotli(body, sink);
    }
    if (core::equal_ignoring_case(coding, "zstd")) {
        return decode_zstd(body, sink);
    }
    return core::fail(
        Failure::Kind::bad_input,
        fmt::format("content coding '{}' is none of: {}", coding.substr(0, 40), kAcceptEncoding));
}

}  // namespace

Result<Decoded> decode(std::string_view body, const core::Headers& headers, std::size_t max_bytes) {
    const auto codings = named_codings(headers);
    if (codings.size() > kMaxCodings) {
        return core::fail(
            Failure::Kind::too_large,
            fmt::format(
                "the body has {} content codings, the limit is {}", codings.size(), kMaxCodings));
    }
    if (codings.empty() && body.size() > max_bytes) {
        return core::fail(
            Failure::Kind::too_large,
            fmt::format("the body has {} bytes, the limit is {}", body.size(), max_bytes));
    }
    Decoded decoded{std::string(body), false};
    for (const auto coding : codings) {
        if (decoded.body.empty()) {
            break;  // HEAD-like answers and 304 name a coding and carry nothing.
        }
        auto next = undo(coding, decoded.body, max_bytes);
        if (!next) {
            const bool never_coded = next.error().kind == Failure::Kind::bad_input &&
                                     looks_like_plain_text(decoded.body);
            if (never_coded && decoded.body.size() <= max_bytes) {
                continue;
            }
            return next;
        }
        next->truncated = next->truncated || decoded.truncated;
        decoded = std::move(*next);
    }
    return decoded;
}

}  // namespace chiptrail::crawler
