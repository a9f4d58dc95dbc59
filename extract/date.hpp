#pragma once

// A date as printed: ISO, RFC 2822, UNIX seconds or milliseconds, "4 hours ago", "3 天前".

#include "core/post.hpp"
#include "core/time.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::extract {

/// `formats` are strptime forms and tried first. Relative dates count back from `now`.
/// `raw` is kept; `utc` stays empty when nothing fits.
[[nodiscard]] core::Published parse_date(std::string_view raw,
                                         core::Timestamp now,
                                         const std::vector<std::string>& formats = {});

}  // namespace chiptrail::extract
