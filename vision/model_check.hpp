#pragma once

#include <filesystem>
#include <string>

namespace chiptrail::vision {

/// What is wrong with the first file in `folder` that is not as its SHA256SUMS says, naming it;
/// empty when all are. One changed weight reads other letters and fails nowhere, so models are
/// checked each time they are loaded: 15 MB take about 40 ms.
[[nodiscard]] std::string damaged_model(const std::filesystem::path& folder);

}  // namespace chiptrail::vision
