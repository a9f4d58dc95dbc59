#pragma once

// How well a brand is found: on pictures of its mark made harder, and on photos that should not
// show it.

#include "app/stop.hpp"
#include "config/config.hpp"
#include "vision/evaluation.hpp"
#include "vision/lexicon.hpp"

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace chiptrail::app {

struct TrialView {
    std::string picture;  ///< file name of the example
    std::string view;     ///< "28 px high"
    double score = 0;     ///< of the best finding of the brand; 0: not found
    std::string read;     ///< what that finding read
};

struct TrialAlarm {
    std::string photo;  ///< "demo/chairs.jpg", SHA-256 of a stored photo, or a file
    double score = 0;
    std::string why;
};

struct BrandTrial {
    std::string brand;
    std::vector<TrialView> views;
    vision::Share found;           ///< of the views
    std::vector<TrialAlarm> hits;  ///< on other photos, best first
    vision::Share alarmed;         ///< of the other photos
    std::size_t stored = 0;        ///< of them from the store
    std::size_t unreadable = 0;
    double threshold = 0;  ///< suggested: keeps the most views without a hit elsewhere
    bool stopped = false;
};

struct TrialOptions {
    std::size_t max_stored = 60;
    bool demo_photos = true;
    std::vector<std::filesystem::path> photos;  ///< more photos that do not show the brand
};

/// Leaves out of the references the very example that is looked at, where there are several.
/// `progress` is told how many of how many pictures are done. Throws core::ConfigError when the
/// models are missing.
[[nodiscard]] BrandTrial try_brand(const vision::Brand& brand,
                                   const vision::Lexicon& lexicon,
                                   const config::Config& config,
                                   const TrialOptions& options,
                                   const std::stop_token& stop,
                                   const std::function<void(std::size_t, std::size_t)>& progress);

}  // namespace chiptrail::app
