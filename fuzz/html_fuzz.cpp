// Markup to tree to text; the first line of the input is a selector.
#include "extract/charset.hpp"
#include "extract/html_document.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace chiptrail::extract;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto line = input.substr(0, input.find('\n'));
    const auto rest = line.size() < input.size() ? input.substr(line.size() + 1) : input;
    HtmlDocument::Limits limits;
    limits.max_depth = 32;
    limits.max_elements = 2'000;
    const auto document = HtmlDocument::parse(repair_utf8(rest), limits);
    const auto text = document.root().text();
    if (!is_valid_utf8(text) || !is_valid_utf8(document.root().inner_html())) {
        std::abort();
    }
    if (const auto selector = Selector::compile(line)) {
        static_cast<void>(document.values(*selector));
        for (const auto& node : document.select(*selector)) {
            if (!node || node.name().empty()) {
                std::abort();
            }
            std::size_t depth = 0;
            for (auto above = node; above; above = above.parent()) {
                ++depth;
            }
            if (depth > limits.max_depth + 2) {
                std::abort();
            }
        }
    }
    return 0;
}
