#pragma once

// What a new sighting of a post changes. Pure; private to storage/.

#include "core/post.hpp"
#include "storage/records.hpp"

#include <string>
#include <vector>

namespace chiptrail::storage {

struct PostMerge {
    core::Post post;                  ///< what is known after the sighting
    std::vector<std::string> fields;  ///< that changed; empty when nothing did
};

/// `known_whole`: the known state came from the post's own page, so a list, which shortens and
/// leaves out, only fills gaps and tells the price.
[[nodiscard]] PostMerge merge_post(const core::Post& known,
                                   const core::Post& seen,
                                   Sighting sighting,
                                   bool known_whole);

}  // namespace chiptrail::storage
