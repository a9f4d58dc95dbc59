#pragma once

// Data that belongs to others and is never copied into the project: ../shared beside the
// checkout, or wherever CHIPTRAIL_CORPORA points. A test that needs it and does not find it
// says so through `skipped`, and ./test repeats these lines at the end.

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>

namespace chiptrail::tests {

/// `name` relative to the corpora folder, for example "suites/robotstxt/cases.jsonl".
inline std::optional<std::filesystem::path> corpus(const std::string& name) {
    const char* chosen = std::getenv("CHIPTRAIL_CORPORA");  // NOLINT(concurrency-mt-unsafe)
    const std::filesystem::path folder =
        chosen != nullptr ? std::filesystem::path(chosen)
                          : std::filesystem::path(CHIPTRAIL_SOURCE_DIR) / ".." / "shared";
    const auto path = folder / name;
    if (std::filesystem::exists(path)) {
        return path;
    }
    std::cout << "skipped: corpus not present: " << name << '\n';
    return std::nullopt;
}

}  // namespace chiptrail::tests
