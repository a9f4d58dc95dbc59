#pragma once

#include "app/json_output.hpp"
#include "vision/lexicon.hpp"
#include "vision/scanner.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace chiptrail::app {

struct PhotoFiles {
    std::vector<std::filesystem::path> files;  ///< as given; those of a folder sorted by name
    std::size_t not_pictures = 0;              ///< left out, in folders only
    std::vector<std::string> unreadable;       ///< folders that could not be opened, with why
};

/// Files as named, folders with everything below them that begins like a picture. Links to
/// folders are not followed.
[[nodiscard]] PhotoFiles find_photos(const std::vector<std::filesystem::path>& paths);

/// Scans each file and calls `done` in the order given, on the calling thread. A file that
/// cannot be read or decoded is a result with `problem` and without `decoded`. Returns how many
/// were done before a stop. Throws core::ConfigError when the models are missing.
std::size_t scan_files(const std::vector<std::filesystem::path>& files,
                       const vision::ScanOptions& options,
                       const vision::Lexicon& lexicon,
                       std::size_t workers,
                       const std::stop_token& stop,
                       const std::function<void(ScannedFile)>& done);

}  // namespace chiptrail::app
