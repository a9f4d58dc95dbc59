// A path on the first line; the rest as JSON and as a script that sets `a`.
#include "extract/charset.hpp"
#include "extract/json_query.hpp"
#include "extract/script_variable.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace chiptrail::extract;

namespace {

void ask(const Json& value, std::string_view path_text) {
    // Printing throws when a text in it is not UTF-8.
    static_cast<void>(value.dump());
    if (const auto path = JsonPath::compile(path_text)) {
        for (const auto* found : path->select(value)) {
            static_cast<void>(json_text(*found));
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto line = input.substr(0, input.find('\n'));
    const auto rest = line.size() < input.size() ? input.substr(line.size() + 1) : input;
    if (const auto json = parse_json(rest)) {
        ask(*json, line);
    }
    for (const auto* name : {"a", ":a", "a("}) {
        if (const auto value = find_script_variable(rest, name)) {
            ask(*value, line);
        }
    }
    if (const auto value = read_js_value(rest)) {
        ask(*value, line);
    }
    return 0;
}
