// A Content-Type on the first line, the body behind it.
#include "extract/charset.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace chiptrail::extract;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto line = input.substr(0, input.find('\n'));
    const auto rest = line.size() < input.size() ? input.substr(line.size() + 1) : input;
    const auto decoded = decode_to_utf8(rest, line);
    if (!is_valid_utf8(decoded.text) || !charset_from_label(decoded.charset)) {
        if (decoded.charset.substr(0, 6) != "utf-32" || !is_valid_utf8(decoded.text)) {
            std::abort();
        }
    }
    return 0;
}
