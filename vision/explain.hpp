#pragma once

// Why a finding was made, as one picture: the photo with the place, the place made upright and
// large, the reference beside it, and the numbers. The same input gives the same bytes.

#include "core/finding.hpp"
#include "core/result.hpp"
#include "vision/derive.hpp"
#include "vision/lexicon.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chiptrail::vision {

/// What stands beside the crop. At most one of the two is set.
struct Reference {
    std::string picture;   ///< bytes of a PNG or JPEG: the mark that a symbol was compared with
    std::string spelling;  ///< set in a plain font: the name that a word mark was read as
};

/// The mark or the spelling that a finding was compared with; both empty where there is none.
/// `models` as in ScanOptions.
[[nodiscard]] Reference reference_of(const core::Finding& finding,
                                     const Lexicon& lexicon,
                                     const std::filesystem::path& models);

struct Explanation {
    core::Finding finding;
    Reference reference;
    std::string title;  ///< "Dell, wordmark, score 0.93"
    /// Lines under the pictures: name and value, in order.
    std::vector<std::pair<std::string, std::string>> facts;
};

/// A PNG, 1280 pixels wide. Characters outside ASCII are drawn as '?': the fonts have no others.
[[nodiscard]] core::Result<Picture> explain(std::string_view bytes,
                                            const Explanation& explanation,
                                            PictureDecoder& decoder);

/// What stands beside the crop, as a picture of its own: PNG. nullopt when there is none.
[[nodiscard]] std::optional<Picture> draw_reference(const Reference& reference);

}  // namespace chiptrail::vision
