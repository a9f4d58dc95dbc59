#pragma once

// From lines of text to findings: which of the readings is a brand's mark or a model's name, how
// likely, and why. Pure: the same readings give the same findings.

#include "core/finding.hpp"
#include "vision/lexicon.hpp"
#include "vision/reading.hpp"

#include <memory>
#include <string>
#include <vector>

namespace chiptrail::vision {

struct PhotoSize {
    int width = 0;
    int height = 0;
};

struct MatchOptions {
    double min_score = 0.5;   ///< findings below are dropped
    std::string reader;       ///< copied into each finding
    int max_readings = 2000;  ///< the rest is ignored
    int max_findings = 200;
};

/// Prepares the lexicon once. Immutable after construction: threads may share it.
class Matcher {
public:
    explicit Matcher(const Lexicon& lexicon);
    ~Matcher();
    Matcher(Matcher&&) noexcept;
    Matcher& operator=(Matcher&&) noexcept;

    /// Best score first. One finding a place and kind of meaning: the word mark "DELL" hides the
    /// weaker reading of the same letters. Boxes are clipped to the photo.
    [[nodiscard]] std::vector<core::Finding> match(const std::vector<Reading>& readings,
                                                   PhotoSize photo,
                                                   const MatchOptions& options = {}) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// For one photo; prepare a Matcher for many.
[[nodiscard]] std::vector<core::Finding> match_readings(const std::vector<Reading>& readings,
                                                        const Lexicon& lexicon,
                                                        PhotoSize photo,
                                                        const MatchOptions& options = {});

}  // namespace chiptrail::vision
