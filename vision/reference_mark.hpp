#pragma once

// A mark to compare crops with, as a plain value: what `chiptrail brands add` makes of a few photos
// and what vision/mark_finder.hpp looks for beside the marks that its network knows.

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace chiptrail::vision {

inline constexpr std::size_t kMarkEmbeddingSize = 128;

/// Of length 1.
using MarkEmbedding = std::array<float, kMarkEmbeddingSize>;

/// Cosine: 1 for the same look, about 0 for two that have nothing in common.
[[nodiscard]] double similarity(const MarkEmbedding& one, const MarkEmbedding& other);

/// A mark that crops are compared with.
struct ReferenceMark {
    std::string name;   ///< "dell/roundel": brand, slash, which of its marks
    std::string brand;  ///< key of config/brands.toml
    std::vector<MarkEmbedding> views;
    double min_similarity = 0.72;  ///< to the nearest view; below it a crop is not this mark
};

}  // namespace chiptrail::vision
