#pragma once

// Removes the Content-Encoding of a stored body. Pure: bodies are kept as received, and whoever
// reads one decodes it again within a limit of its own.

#include "core/http.hpp"
#include "core/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace chiptrail::crawler {

struct Decoded {
    std::string body;
    bool truncated = false;  ///< a coded stream ended early or is damaged near its end
};

/// What the fetcher asks for and decode() understands, as an Accept-Encoding value.
inline constexpr std::string_view kAcceptEncoding = "gzip, deflate, br, zstd";

/// Undoes every coding named in the Content-Encoding headers, last one first: gzip, x-gzip,
/// deflate (zlib or raw), br, zstd, identity; at most four. A body that was never coded in spite
/// of the header is returned as it is. A stream that breaks off gives what came before.
/// Failure::too_large as soon as any stage passes `max_bytes`, named in the message;
/// Failure::bad_input for an unknown coding or bytes that are not what the header says.
[[nodiscard]] core::Result<Decoded> decode(std::string_view body,
                                           const core::Headers& headers,
                                           std::size_t max_bytes);

}  // namespace chiptrail::crawler
