#pragma once

// Words of dates in the languages of the pages that we read. Lower case in, numbers out.

#include <chrono>
#include <optional>
#include <string_view>

namespace chiptrail::extract {

/// 1 to 12, by a full name or an abbreviation of at least three letters.
[[nodiscard]] std::optional<unsigned> month_from(std::string_view word);

/// 0 (Sunday) to 6, by a full name or a usual abbreviation.
[[nodiscard]] std::optional<unsigned> weekday_from(std::string_view word);

enum class AgeUnit { second, minute, hour, day, week, month, year };
/// "hrs", "Stunden", "часа", "小时"; single letters too ("h").
[[nodiscard]] std::optional<AgeUnit> age_unit_from(std::string_view word);

/// "utc", "cest", "msk"; nullopt also for names that several zones share.
[[nodiscard]] std::optional<std::chrono::minutes> zone_from(std::string_view word);

/// 0 today, 1 yesterday, 2 the day before; nullopt when `text` has no such word.
[[nodiscard]] std::optional<int> days_back_from(std::string_view text);

/// "just now", 刚刚, "à l'instant".
[[nodiscard]] bool says_now(std::string_view text);

}  // namespace chiptrail::extract
