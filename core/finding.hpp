#pragma once

// What a photo shows: marks and model names with their place and the reason to believe them.
// All coordinates are pixels of the photo after its EXIF orientation is applied,
// origin at the top left, x to the right, y down.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::core {

struct Point {
    double x = 0;
    double y = 0;

    friend bool operator==(const Point&, const Point&) = default;
};

struct Box {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;

    friend bool operator==(const Box&, const Box&) = default;
};

enum class FindingKind {
    wordmark,  ///< a brand's name, read
    symbol,    ///< a brand's mark without its name
    implied,   ///< a product line that tells its maker: PowerEdge, GeForce
    model,     ///< a model name of the watch-list
    code,      ///< a bar code, a serial number
};

/// One factor or term of a score, in the order in which they were applied.
struct ScorePart {
    std::string name;  ///< "letters read", "length of the name", "distance to the reference"
    double value = 0;

    friend bool operator==(const ScorePart&, const ScorePart&) = default;
};

struct Finding {
    FindingKind kind = FindingKind::wordmark;
    std::string brand;             ///< key of config/brands.toml: "dell"; may be empty for a model
    std::string model;             ///< canonical name from config/watchlist.toml; only for `model`
    std::string text;              ///< what was read, as read
    double score = 0;              ///< 0 to 1
    Box box;                       ///< upright bounds of `quad`, inside the photo
    std::array<Point, 4> quad{};   ///< corners in reading order: the text's own top left first
    std::string reader;            ///< which reader found it: "ppocr-v4"
    std::string why;               ///< how the score came about, for an analyst
    std::vector<ScorePart> parts;  ///< the same, for a program; may be empty
    std::string reference;  ///< reference mark it was compared with: "dell/roundel"; or empty
    double scale = 1;       ///< of the pass that found it: detector pixels per photo pixel
    int rotation = 0;       ///< degrees clockwise that the mark is turned: 0, 90, 180, 270

    friend bool operator==(const Finding&, const Finding&) = default;
};

/// Shared area per covered area: 1 for equal boxes, 0 for apart or empty ones.
[[nodiscard]] double overlap(const Box& a, const Box& b);

[[nodiscard]] std::string_view to_text(FindingKind kind);
[[nodiscard]] std::optional<FindingKind> finding_kind_from(std::string_view text);

}  // namespace chiptrail::core
