#pragma once

// The boxes of ISO base media files (HEIF, AVIF, MP4) and the elements of Matroska, as far as
// size, turn and EXIF of what they hold. Every count and length comes from a stranger: walks are
// bounded, and what points outside reads as absent. For use inside vision/.

#include <cstdint>
#include <optional>
#include <string_view>

namespace chiptrail::vision {

/// Boxes side by side; ISO/IEC 14496-12, 4.2. At most 4096 are walked.
class MediaBoxes {
public:
    struct Box {
        std::string_view type;
        std::string_view payload;  ///< cut where the file ends
    };

    explicit MediaBoxes(std::string_view bytes) : bytes_(bytes) {}
    [[nodiscard]] std::optional<Box> next();
    /// The payload of the first box of that type; empty when there is none.
    [[nodiscard]] static std::string_view find(std::string_view bytes, std::string_view type);

private:
    std::string_view bytes_;
    std::size_t at_ = 0;
    int walked_ = 0;
};

struct MediaSize {
    std::int64_t width = 0;
    std::int64_t height = 0;
    int orientation = 1;  ///< EXIF 0x0112 for the quarter turns of HEIF; a mirror does not show
};

/// The primary picture of a HEIF or AVIF; ISO/IEC 23008-12. nullopt: it does not say.
[[nodiscard]] std::optional<MediaSize> heif_size(std::string_view bytes);
/// The TIFF block of a HEIF's EXIF item; empty when there is none.
[[nodiscard]] std::string_view heif_exif(std::string_view bytes);
/// The first video track of an MP4.
[[nodiscard]] std::optional<MediaSize> mp4_size(std::string_view bytes);
/// The first video track of a Matroska or WebM file; RFC 9559.
[[nodiscard]] std::optional<MediaSize> webm_size(std::string_view bytes);

}  // namespace chiptrail::vision
