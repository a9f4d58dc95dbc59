#pragma once

// Looks at stored photos that today's detector has not seen. Its queue is the store itself, so an
// interrupted scan goes on where it was.

#include "storage/store.hpp"
#include "vision/lexicon.hpp"
#include "vision/scanner.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

namespace chiptrail::pipeline {

struct PhotoScanOptions {
    vision::ScanOptions scanner;
    int workers = 1;  ///< threads with a scanner each; OpenCV uses more inside
    storage::SamePhotoRule same_photo;
    std::string build;  ///< version of chiptrail, kept with the detector
};

struct PhotoScanReport {
    std::int64_t scanned = 0;
    std::int64_t copied = 0;  ///< of these: not read, the same photo had been looked at
    std::int64_t with_findings = 0;
    std::int64_t failed = 0;  ///< could not be decoded; kept with the reason
    double seconds = 0;       ///< of scanning, summed over the workers
    std::string problem{};    ///< why no photo could be looked at, with the way out; else empty
};

/// Names reader, weights, settings and word lists: findings of another detector are made anew.
[[nodiscard]] storage::Detector describe_detector(const vision::ScanOptions& scanner,
                                                  const vision::Lexicon& lexicon,
                                                  const std::string& build);
[[nodiscard]] std::string detector_name(const vision::ScanOptions& scanner,
                                        const vision::Lexicon& lexicon);

/// A detection as stored, from what the scanner gave; also used by tests.
[[nodiscard]] storage::Detection to_detection(const vision::ScanResult& result,
                                              const core::Sha256& image,
                                              const std::string& detector,
                                              core::Timestamp at);
[[nodiscard]] storage::ImageInfo to_image_info(const vision::ScanResult& result);

/// Looks at one photo after the other. One per thread: it has a store connection and a scanner.
class PhotoLook {
public:
    PhotoLook(const std::filesystem::path& store_folder,
              const vision::Lexicon& lexicon,
              const PhotoScanOptions& options,
              const core::Clock& clock);
    ~PhotoLook();
    PhotoLook(const PhotoLook&) = delete;
    PhotoLook& operator=(const PhotoLook&) = delete;

    struct Looked {
        storage::Detection detection;  ///< `id` is set when it was kept, or had been before
        vision::ScanResult result;
    };
    enum class Keep { yes, no };
    /// Reads the photo, or takes over what was found on the same photo of this or a larger size,
    /// when the two agree all over. What is read is passed on to smaller copies that are stored.
    /// When this detector said the same before, that one stays the newest version.
    [[nodiscard]] Looked look(const storage::Image& image, Keep keep);

    [[nodiscard]] storage::Store& store();
    [[nodiscard]] const std::string& detector() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Scans until `more()` is false and no photo is left, or until a stop is asked for; looks again
/// every 200 ms while it waits. Each worker has its own connection to the store's folder.
/// Throws core::Error when the store fails, core::ConfigError when the models are missing.
[[nodiscard]] PhotoScanReport scan_stored_photos(
    const std::filesystem::path& store_folder,
    const vision::Lexicon& lexicon,
    const PhotoScanOptions& options,
    const core::Clock& clock,
    const std::stop_token& stop,
    const std::function<bool()>& more,
    const std::function<void(const PhotoScanReport&, std::int64_t left)>& progress = nullptr);

}  // namespace chiptrail::pipeline
