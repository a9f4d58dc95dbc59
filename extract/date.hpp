#pragma once

// Times as pages print them: standards, epochs, dates in a dozen languages, "4 hours ago", 昨天.

#include "core/post.hpp"
#include "core/time.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::extract {

/// What is known beside the text.
struct DateHints {
    std::optional<std::chrono::minutes> utc_offset;  ///< of times that name no zone
    std::string host;      ///< its country decides 03/04/2020, and the zone where it has only one
    std::string language;  ///< of the page, BCP 47; decides 03/04/2020 where the host does not
    std::vector<std::string> formats;  ///< strptime forms, tried before everything else
};

/// `raw` is `text` trimmed, always kept. `utc` is RFC 3339, a date alone ("2018-02-22") when the
/// text has no time of day, and empty when the text is not understood. A missing year is the
/// latest that does not lie in the future of `now`. Without a zone in text, hints or host the
/// time is taken as UTC. The date may stand in other words ("Posted on May 2, 2020 by X").
[[nodiscard]] core::Published parse_date(std::string_view text,
                                         core::Timestamp now,
                                         const DateHints& hints = {});

/// The same with nothing known but strptime forms.
[[nodiscard]] inline core::Published parse_date(std::string_view text,
                                                core::Timestamp now,
                                                const std::vector<std::string>& formats) {
    return parse_date(text, now, DateHints{std::nullopt, {}, {}, formats});
}

/// The UTC offset of a country with one zone, by its top-level domain or by a site known to
/// live in one country (weibo.com, taobao.com: +8 h); nullopt for the others.
[[nodiscard]] std::optional<std::chrono::minutes> utc_offset_of_host(std::string_view host);

}  // namespace chiptrail::extract
