#pragma once

// Readings of photos kept in files, with all that a second look asks for, so that a change to what
// is made of them can be judged in seconds. For one machine and one version of this program: the
// files hold numbers as they lie in memory and are trusted.

#include "vision/match.hpp"
#include "vision/reading.hpp"

#include <filesystem>
#include <optional>
#include <vector>

namespace chiptrail::bench {

struct CachedPhoto {
    vision::PhotoSize size;
    bool decoded = false;
    std::vector<vision::Reading> readings;
};

/// Throws std::runtime_error when the file cannot be written.
void save(const CachedPhoto& photo, const std::filesystem::path& file);
/// nullopt when there is no such file or it is cut.
[[nodiscard]] std::optional<CachedPhoto> load(const std::filesystem::path& file);

}  // namespace chiptrail::bench
