// Any text: Url::parse neither crashes nor gives a URL that it would read differently itself.
#include "core/url.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using chiptrail::core::Url;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    static const auto kBase = Url::parse("https://user@shop.example:8443/a/b?q#f").value();
    const auto url = Url::parse(text, kBase);
    if (!url || url->text().size() > Url::kMaxLength) {
        return 0;
    }
    const auto again = Url::parse(url->text());
    if (!again || *again != *url || url->path().empty() || url->target().front() != '/') {
        std::abort();
    }
    static_cast<void>(normalise_for_dedupe(*url));
    return 0;
}
