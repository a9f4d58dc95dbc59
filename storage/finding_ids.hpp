#pragma once

// The public names of findings. Private to storage/.

#include "storage/database.hpp"
#include "storage/records.hpp"

#include <vector>

namespace chiptrail::storage {

/// Names for the findings of a new detection of that photo, in order: the name that an earlier
/// detection gave to the same mark at the same place, else a new one. No two are equal.
[[nodiscard]] std::vector<FindingId> name_findings(Database& database,
                                                   std::int64_t image,
                                                   const core::Sha256& sha256,
                                                   const std::vector<core::Finding>& findings);

/// For stores from before findings had names; a part of the migration.
void name_old_findings(Database& database);

}  // namespace chiptrail::storage
