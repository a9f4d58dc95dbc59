// Any bytes under any coding: the result keeps to the limit.
#include "crawler/content_coding.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kLimit = 100'000;
    constexpr std::array<const char*, 6> kCodings = {
        "gzip", "deflate", "br", "zstd", "gzip, deflate", "br,zstd"};
    if (size == 0) {
        return 0;
    }
    const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto decoded = chiptrail::crawler::decode(
        body, {{"Content-Encoding", kCodings[data[0] % kCodings.size()]}}, kLimit);
    if (decoded && decoded->body.size() > kLimit) {
        std::abort();
    }
    return 0;
}
