#pragma once

// RSS 0.9x-2.0, RDF and Atom.

#include "core/url.hpp"
#include "extract/extractor.hpp"

#include <string_view>

namespace chiptrail::extract {

/// True when the text starts like a feed, whatever its content type says.
[[nodiscard]] bool is_feed(std::string_view utf8);

/// One post per entry, kind feed_item; extractor is "feed". Any text gives an answer.
[[nodiscard]] Extraction read_feed(std::string_view utf8,
                                   const core::Url& url,
                                   core::Timestamp now);

}  // namespace chiptrail::extract
