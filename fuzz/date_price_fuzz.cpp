#include "extract/date.hpp"
#include "extract/price.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace chiptrail;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto now = core::Timestamp{std::chrono::hours{24 * 365 * 50}};

    const auto price = extract::parse_price(text, {"", "www.example.de"});
    if (price.amount.find_first_not_of("0123456789.") != std::string::npos ||
        (price.amount.empty() && !price.amount_max.empty())) {
        std::abort();
    }
    const auto published = extract::parse_date(text, now);
    const bool sound = published.utc.empty() || published.utc.size() == 10 ||
                       core::parse_rfc3339(published.utc).has_value();
    if (!sound) {
        std::abort();
    }
    (void)extract::currency_from(text);
    return 0;
}
