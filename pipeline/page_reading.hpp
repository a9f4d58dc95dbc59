#pragma once

// From an exchange to what a reader can use: the body without its content coding, and the page.

#include "core/http.hpp"
#include "core/result.hpp"
#include "extract/extractor.hpp"

#include <cstddef>
#include <string>

namespace chiptrail::pipeline {

/// Failure::too_large over `max_bytes`, bad_input for a coding that cannot be undone.
[[nodiscard]] core::Result<std::string> decoded_body(const core::Exchange& exchange,
                                                     std::size_t max_bytes);

/// Reads the page that `exchange` brought, whatever its status: an error page tells why a source
/// is closed. Fails as decoded_body() does.
[[nodiscard]] core::Result<extract::Extraction> read_page(const extract::Extractor& extractor,
                                                          const core::Exchange& exchange,
                                                          std::size_t max_inflated_bytes);

}  // namespace chiptrail::pipeline
