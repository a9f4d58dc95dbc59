// Header bytes of strangers survive the way into the database and back.
#include "storage/json_text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace chiptrail;
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    static_cast<void>(storage::headers_from_json(rest));
    core::Headers headers;
    while (!rest.empty()) {
        const auto line = rest.substr(0, rest.find('\n'));
        const auto colon = line.find(':');
        headers.push_back({std::string(line.substr(0, colon)),
                           std::string(line.substr(std::min(colon, line.size())))});
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
    if (storage::headers_from_json(storage::headers_to_json(headers)) != headers) {
        std::abort();
    }
    return 0;
}
