#pragma once

// Prices as people write them, read without knowing the site: symbols, codes and words for
// currencies, both decimal conventions, ranges, 万 and "free".

#include "core/post.hpp"

#include <string>
#include <string_view>

namespace chiptrail::extract {

/// What is known beside the text. Both only help where the text leaves a choice.
struct PriceContext {
    std::string_view currency;  ///< ISO 4217, from elsewhere on the page; empty when unknown
    std::string_view host;      ///< "www.ebay.co.uk": tells which dollar or krone "$" or "kr" is
};

/// `raw` is `text` trimmed. `amount` stays empty when no amount stands there; "free" in the
/// languages that we know is "0". Longer input than 400 bytes is not a price: only `raw` is set.
[[nodiscard]] core::Price parse_price(std::string_view text, const PriceContext& context = {});

/// ISO 4217 code for a code, symbol or word standing alone ("eur", "€", "грн"); empty for none.
[[nodiscard]] std::string currency_from(std::string_view text, const PriceContext& context = {});

/// The currency of the country that a host's top-level domain names; empty for .com and others.
[[nodiscard]] std::string currency_of_host(std::string_view host);

}  // namespace chiptrail::extract
