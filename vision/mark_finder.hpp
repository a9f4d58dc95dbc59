#pragma once

// Finds marks without readable letters: NVIDIA's eye, Dell's roundel, HPE's frame. A light network
// over a pyramid of the photo proposes places, what the reader found is proposed as well, and a
// second network (vision/mark_embedding.hpp) decides what each place shows.

#include "core/finding.hpp"
#include "vision/mark_embedding.hpp"
#include "vision/reading.hpp"

#include <opencv2/core.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

namespace chiptrail::vision {

struct MarkFinderOptions {
    std::filesystem::path models;  ///< folder that setup/models.sh made; empty: the cache's
    double min_score = 0.5;        ///< findings below are not returned
    int max_crops = 64;            ///< places looked at closely, most promising first
    double max_megapixels = 1.2;   ///< of the pyramid's largest level
    std::vector<ReferenceMark> references;  ///< more than the network's own: user-added vendors
};

struct MarkFinderTimes {
    std::chrono::microseconds propose{0};
    std::chrono::microseconds decide{0};
    int crops = 0;
};

/// Name and version of networks and limits, as stored beside findings: "marks/3".
[[nodiscard]] std::string_view mark_finder_version();

/// One per thread; networks load at construction (about 5 MB).
class MarkFinder {
public:
    /// Throws core::ConfigError when the mark models are missing or damaged.
    explicit MarkFinder(MarkFinderOptions options);
    ~MarkFinder();
    MarkFinder(MarkFinder&&) noexcept;
    MarkFinder& operator=(MarkFinder&&) noexcept;

    /// `picture`: 8-bit BGR, upright; `factor` photo pixels per pixel of it where it was decoded
    /// small. `readings` (in photo pixels) are further places to look at and may be empty.
    /// Findings, in photo pixels, of kind symbol, best first, no two of one brand at one place;
    /// `reference` names the mark. `times` may be null.
    [[nodiscard]] std::vector<core::Finding> find(const cv::Mat& picture,
                                                  const std::vector<Reading>& readings,
                                                  double factor = 1,
                                                  MarkFinderTimes* times = nullptr);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Joins what was read with what was recognised by its shape: a symbol over a word mark of its
/// brand is one finding, the word mark; a symbol over letters that were surely read as something
/// else is dropped. Keeps the order by score.
[[nodiscard]] std::vector<core::Finding> join_marks(std::vector<core::Finding> read,
                                                    std::vector<core::Finding> symbols,
                                                    const std::vector<Reading>& readings);

}  // namespace chiptrail::vision
