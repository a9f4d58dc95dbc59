#pragma once

// Bytes in, findings out: decode, read, match. What pipeline/ and `chiptrail scan` call.

#include "core/finding.hpp"
#include "core/pdq.hpp"
#include "vision/photo.hpp"
#include "vision/picture_decoder.hpp"
#include "vision/reading.hpp"
#include "vision/reference_mark.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::vision {

struct Lexicon;  // vision/lexicon.hpp

struct ScanOptions {
    DecodeLimits limits;
    DecoderOptions decoder;
    std::filesystem::path models;  ///< folder that setup/models.sh made; empty: the cache's
    int threads = 0;               ///< for OpenCV, process-wide; 0 keeps its default
    int max_tiles = 6;             ///< detector runs a photo
    int max_lines = 160;           ///< recogniser runs a photo
    double min_score = 0.5;        ///< findings below are not reported
    bool find_marks = true;        ///< symbols without letters too, not only text
    std::vector<ReferenceMark> references;  ///< beside those of Brand::images
};

struct ScanTimes {
    std::chrono::microseconds decode{0};
    std::chrono::microseconds detect{0};
    std::chrono::microseconds recognise{0};    ///< of what was detected
    std::chrono::microseconds rows{0};         ///< finding and reading rows of letters
    std::chrono::microseconds second_look{0};  ///< at lines that were not read for sure
    std::chrono::microseconds match{0};
    std::chrono::microseconds marks{0};
};

struct ScanResult {
    ImageFormat format = ImageFormat::unknown;
    int width = 0;   ///< after EXIF orientation; 0 when the header could not be read
    int height = 0;  ///< after EXIF orientation
    std::vector<core::Finding> findings;  ///< best score first
    std::vector<Reading> readings;        ///< all lines read, also those that mean nothing
    std::optional<core::Pdq> pdq;         ///< absent when not decoded
    Exif exif;
    double seconds = 0;
    ScanTimes times;
    std::string problem;  ///< why nothing or not all could be read; empty when all is well
    bool decoded = false;
    bool looked_at = false;  ///< the readers ran to their end; false when they were not wanted
};

/// Name and version of the reader, as stored beside its findings: "ppocr-v4/6".
[[nodiscard]] std::string_view reader_version();

/// Where weights and reference marks are looked for when no folder is named.
[[nodiscard]] std::filesystem::path model_folder();

/// SHA-256 over the lists of checksums that set-up leaves beside the weights, hexadecimal; empty
/// when they are missing. `models` as in ScanOptions.
[[nodiscard]] std::string weights_digest(const std::filesystem::path& models);

/// One per thread: it owns the networks. The lexicon is copied.
class Scanner {
public:
    /// Throws core::ConfigError when the models, the decoder's program or a picture that a brand
    /// names are missing.
    Scanner(ScanOptions options, const Lexicon& lexicon);
    ~Scanner();
    Scanner(Scanner&&) noexcept;
    Scanner& operator=(Scanner&&) noexcept;

    /// Asked once the photo is decoded and hashed, with what is known by then. False ends the scan
    /// there: the same photo was looked at before.
    using Wanted = std::function<bool(const ScanResult&)>;

    /// Never throws for what is in `bytes`: a picture that cannot be read is a `problem`.
    [[nodiscard]] ScanResult scan(std::string_view bytes, const Wanted& wanted = nullptr);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chiptrail::vision
