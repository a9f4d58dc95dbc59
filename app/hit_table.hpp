#pragma once

#include "app/terminal.hpp"
#include "storage/hits.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

namespace chiptrail::app {

/// Calls `visit` for each hit in order, at most `limit` (0: all), a page at a time; returns how
/// many there were.
template <class Visit>
std::size_t for_each_hit(const storage::Hits& hits,
                         storage::HitFilter filter,
                         std::size_t limit,
                         const Visit& visit) {
    constexpr std::size_t kPage = 500;
    std::size_t count = 0;
    while (limit == 0 || count < limit) {
        filter.limit = limit == 0 ? kPage : std::min(kPage, limit - count);
        const auto page = hits.list(filter);
        for (const auto& hit : page.rows) {
            visit(hit);
        }
        count += page.rows.size();
        if (page.next.empty() || page.rows.empty()) {
            break;
        }
        filter.after = page.next;
    }
    return count;
}

/// "dell, NVIDIA H100"
[[nodiscard]] std::string marks_text(const storage::HitRow& hit);
/// The post's title, or the beginning of its text where it has none.
[[nodiscard]] std::string title_text(const storage::HitRow& hit);

}  // namespace chiptrail::app
