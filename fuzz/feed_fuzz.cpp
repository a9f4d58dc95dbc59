#include "extract/charset.hpp"
#include "extract/feed.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace chiptrail;
    static const auto url = *core::Url::parse("https://example.com/feed");
    const auto text = extract::repair_utf8({reinterpret_cast<const char*>(data), size});
    (void)extract::is_feed(text);
    for (const auto& post : extract::read_feed(text, url, core::Timestamp{}).posts) {
        for (const auto& image : post.images) {
            if (!core::Url::parse(image)) {
                std::abort();
            }
        }
    }
    return 0;
}
