#pragma once

// One line of text as the reader saw it, before anyone asks what it means.

#include "core/finding.hpp"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace chiptrail::vision {

class LineScores;

/// The same place read once more: with more around it, or turned.
struct Retry {
    int rotation = 0;                          ///< as Reading::rotation
    double confidence = 0;                     ///< mean over its characters, 0 to 1
    std::shared_ptr<const LineScores> scores;  ///< never null
};

struct Reading {
    std::string text;                   ///< UTF-8, as recognised
    double confidence = 0;              ///< mean over its characters, 0 to 1
    std::vector<double> characters;     ///< confidence of each code point of `text`
    std::array<core::Point, 4> quad{};  ///< in the photo, reading order: the text's top left first
    double height = 0;                  ///< of the text line in photo pixels
    int rotation = 0;  ///< degrees clockwise that the text is turned: 0, 90, 180, 270
    double scale = 1;  ///< of the pass that found it: reader pixels per photo pixel
    std::shared_ptr<const LineScores>
        scores;                  ///< for a second look, vision/line_scores.hpp; may be null
    std::vector<Retry> retries;  ///< of a line that was not read for sure
};

}  // namespace chiptrail::vision
