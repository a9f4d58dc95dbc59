#pragma once

// Reads the text on a photo: PP-OCRv4 detection and recognition.
// Knows nothing of brands; vision/lexicon.hpp asks what the readings mean.

#include "vision/decode.hpp"
#include "vision/reading.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <vector>

namespace chiptrail::vision {

struct ReaderOptions {
    std::filesystem::path models;  ///< folder that setup/models.sh made; empty: the cache's
    int threads = 0;               ///< for OpenCV, process-wide; 0 keeps its default
    int max_tiles = 6;             ///< detector runs a photo; more only where the photo is large
    int max_lines = 160;           ///< recogniser runs a photo, most promising first
    int max_rows = 24;             ///< rows of letters read that the detector passed over
    double min_confidence = 0.3;   ///< readings below are dropped
};

/// Where the time of one photo went.
struct ReadTimes {
    std::chrono::microseconds detect{0};
    std::chrono::microseconds recognise{0};  ///< of what was detected
    std::chrono::microseconds rows{0};       ///< finding and reading rows of letters
    std::chrono::microseconds second_look{0};
    int tiles = 0;
    int lines = 0;  ///< recogniser runs, second looks included
};

struct ReadResult {
    std::vector<Reading> readings;  ///< top to bottom
    ReadTimes times;
};

/// Where setup/models.sh puts the models: below CHIPTRAIL_CACHE, XDG_CACHE_HOME or ~/.cache.
[[nodiscard]] std::filesystem::path default_model_folder();

/// One per thread; networks load at first use and stay (about 300 MB). The first one in the
/// process pays for the recognisers' weights, others share them.
class TextReader {
public:
    /// Throws core::ConfigError naming the folder when the models are missing or incomplete.
    explicit TextReader(ReaderOptions options);
    ~TextReader();
    TextReader(TextReader&&) noexcept;
    TextReader& operator=(TextReader&&) noexcept;

    [[nodiscard]] ReadResult read(const Photo& photo);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chiptrail::vision
