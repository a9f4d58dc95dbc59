#pragma once

// The schema and how it grows: numbered migrations, each a transaction, forward only.
// docs/store.md describes the tables for people. Private to storage/.

#include "storage/database.hpp"
#include "storage/records.hpp"

#include <optional>

namespace chiptrail::storage {

/// "ctrl" in ASCII: tells our files from other SQLite files.
inline constexpr int kApplicationId = 0x6374726c;

/// What this program writes; a store with a higher number is refused.
[[nodiscard]] int current_schema_version();

/// Settings of the connection, then whatever the file lacks. Throws core::Error for a file that
/// is not ours or newer than this program. What was there before a change of the schema is kept
/// beside it; a new file is no change.
std::optional<Upgrade> prepare(Database& database, std::chrono::milliseconds busy_timeout);

[[nodiscard]] int schema_version(Database& database);

}  // namespace chiptrail::storage
