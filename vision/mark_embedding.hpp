#pragma once

// What a small picture of a mark looks like, as a vector.
// Two crops of one mark lie close together however they are lit, tilted or coloured; that is how
// a mark which the network was never trained on (`chiptrail brands add`) is found as well.

#include "core/finding.hpp"
#include "vision/reference_mark.hpp"

#include <opencv2/core.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::vision {

/// What one crop is, by the network's own references.
struct MarkGuess {
    std::string_view reference;  ///< "hpe/frame"; empty when the crop is none of them. Lives as
                                 ///< long as the embedder
    std::string_view brand;
    double probability = 0;  ///< of `reference` against all other marks and against no mark
};

struct MarkLook {
    MarkEmbedding embedding{};
    MarkGuess guess;
    double nothing = -1;    ///< highest cosine to what the network knows to be no mark
    int quarter_turns = 0;  ///< clockwise, as far as the network can tell: 0 to 3
};

/// One per thread, 4 MB: it owns a network.
class MarkEmbedder {
public:
    /// `models`: folder that setup/models.sh made; empty: the cache's. Throws core::ConfigError
    /// when the mark models are missing or damaged.
    explicit MarkEmbedder(const std::filesystem::path& models);
    ~MarkEmbedder();
    MarkEmbedder(MarkEmbedder&&) noexcept;
    MarkEmbedder& operator=(MarkEmbedder&&) noexcept;

    /// One look a box, in their order. `picture` is 8-bit BGR of any size; a box is the mark's own
    /// tight bounds and may reach outside the picture (its edge is repeated). An empty box or
    /// picture gives a zero embedding, which is similar to nothing. About 1 ms a box.
    [[nodiscard]] std::vector<MarkLook> look(const cv::Mat& picture,
                                             const std::vector<core::Box>& boxes);

    /// Views for a new reference from pictures of the mark, each cropped to it: the picture itself
    /// and turned, blurred and recoloured copies. Empty pictures are passed over.
    [[nodiscard]] std::vector<MarkEmbedding> reference_views(const std::vector<cv::Mat>& pictures);

    /// The network's own references: "amd/arrow", ...
    [[nodiscard]] std::vector<std::string> references() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Reference picture of a mark for an analyst to compare with; empty path when there is none.
[[nodiscard]] std::filesystem::path reference_picture(const std::filesystem::path& models,
                                                      std::string_view reference);

}  // namespace chiptrail::vision
