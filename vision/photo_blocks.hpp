#pragma once

// The blocks that picture files are made of, walked without trust: every length is checked
// against what is there. For use inside vision/.

#include <cstdint>
#include <optional>
#include <string_view>

namespace chiptrail::vision {

/// Bytes beyond the end read as zero.
[[nodiscard]] std::uint32_t big_endian(std::string_view bytes,
                                       std::size_t offset,
                                       std::size_t size);
[[nodiscard]] std::uint32_t little_endian(std::string_view bytes,
                                          std::size_t offset,
                                          std::size_t size);

/// Marker segments of a JPEG up to the first scan.
class JpegSegments {
public:
    struct Segment {
        int marker = 0;  ///< 0xC0 for FF C0
        std::string_view payload;
    };

    explicit JpegSegments(std::string_view bytes) : bytes_(bytes) {}
    /// nullopt at the first scan, at the end, or where the structure breaks.
    [[nodiscard]] std::optional<Segment> next();

private:
    std::string_view bytes_;
    std::size_t at_ = 2;
};

class PngChunks {
public:
    struct Chunk {
        std::string_view type;
        std::string_view payload;  ///< cut where the file ends
        bool complete = true;
    };

    explicit PngChunks(std::string_view bytes) : bytes_(bytes) {}
    [[nodiscard]] std::optional<Chunk> next();

private:
    std::string_view bytes_;
    std::size_t at_ = 8;
};

class RiffChunks {
public:
    struct Chunk {
        std::string_view type;
        std::string_view payload;  ///< cut where the data ends
    };

    explicit RiffChunks(std::string_view bytes) : bytes_(bytes) {}
    [[nodiscard]] std::optional<Chunk> next();

private:
    std::string_view bytes_;
    std::size_t at_ = 0;
};

/// Image blocks of a GIF, counted up to `max_frames` + 1.
[[nodiscard]] int count_gif_frames(std::string_view bytes, int max_frames);

/// The TIFF block with the EXIF data: JPEG APP1, PNG eXIf, WebP EXIF, the whole of a TIFF;
/// empty when there is none.
[[nodiscard]] std::string_view exif_block(std::string_view bytes);

/// 1 to 8; 1 when absent or damaged.
[[nodiscard]] int exif_orientation(std::string_view bytes);

}  // namespace chiptrail::vision
