// Any bytes as robots.txt: nothing crashes, and a verdict names a line that is there.
#include "crawler/robots.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto first_line = text.substr(0, std::min(text.find('\n'), text.size()));
    const auto policy = chiptrail::crawler::RobotsPolicy::parse(text, "chiptrail");
    const auto lines =
        1 + std::ranges::count_if(text, [](char c) { return c == '\n' || c == '\r'; });
    for (const auto target : {first_line, std::string_view("/"), std::string_view("/a?b=%41*$")}) {
        const auto verdict = policy.check(target);
        const bool decided = verdict.line != 0;
        if (verdict.line > static_cast<std::size_t>(lines) || (!verdict.allowed && !decided) ||
            verdict.rule.empty() == decided) {
            std::abort();
        }
    }
    return 0;
}
