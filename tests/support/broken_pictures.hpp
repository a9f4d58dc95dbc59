#pragma once

// A corpus of broken pictures, made of the sound ones: the same bytes at every call.

#include <string>
#include <vector>

namespace chiptrail::tests {

struct BrokenPicture {
    std::string name;  ///< "png, cut after 40 %"
    std::string bytes;
};

/// Cuts, flipped bits, overwritten numbers and blocks, foreign starts, files in files.
[[nodiscard]] std::vector<BrokenPicture> damaged(const std::string& name, const std::string& sound);

/// Files written to hurt: sizes that lie, bombs, loops of directories, nested boxes, nothing.
[[nodiscard]] std::vector<BrokenPicture> hostile_pictures();

}  // namespace chiptrail::tests
