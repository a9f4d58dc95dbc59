#pragma once

// The pictures of marks that a user gave (`chiptrail brands add --image`), as references that the
// mark finder compares crops with: a logo without letters is found by them alone.

#include "vision/lexicon.hpp"
#include "vision/picture_decoder.hpp"
#include "vision/reference_mark.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace chiptrail::vision {

/// One reference a picture of Brand::images, named after brand and file: "acme/3f1c9a0e7d52".
/// Pictures more than twice as long as wide are left out: they show a written name, which the
/// reader finds, and to the network, which looks at squares, one line of print is like another.
/// `models` as in ScanOptions. Throws core::ConfigError naming brand and file when a picture is
/// not there or cannot be decoded.
[[nodiscard]] std::vector<ReferenceMark> brand_references(const Lexicon& lexicon,
                                                          const std::filesystem::path& models,
                                                          PictureDecoder& decoder);

/// Which pictures the brands have and what is in them, hexadecimal; empty when there are none.
/// Changes when a picture does, whatever its name.
[[nodiscard]] std::string brand_pictures_digest(const Lexicon& lexicon);

}  // namespace chiptrail::vision
