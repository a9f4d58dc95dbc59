#pragma once

// Files read within a bound and written so that a crash leaves the old one or the new one.

#include "core/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace chiptrail::core {

/// Whole content; Failure::not_found, or too_large over `max_bytes`.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path,
                                            std::uintmax_t max_bytes);

/// Temporary file in the same folder, write, fsync, rename over `path`, fsync of the folder.
/// Throws Error naming the path when any step fails.
void write_file_durably(const std::filesystem::path& path, std::string_view bytes);

/// Makes what was created, renamed or removed in `folder` survive a crash. Throws Error.
void sync_folder(const std::filesystem::path& folder);

}  // namespace chiptrail::core
