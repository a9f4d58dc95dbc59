#pragma once

// A price as printed, in any of the world's number styles.

#include "core/post.hpp"

#include <string_view>

namespace chiptrail::extract {

struct PriceContext {
    std::string_view currency;  ///< ISO 4217 from elsewhere on the page; empty when unknown
    std::string_view host;      ///< tells '$' and a lone comma apart: "www.ebay.de"
};

/// `raw` is kept as given, trimmed. No number in it: amount stays empty ("FREE" is "0").
[[nodiscard]] core::Price parse_price(std::string_view raw, const PriceContext& context);

}  // namespace chiptrail::extract
