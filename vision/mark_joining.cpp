#include "vision/mark_finder.hpp"

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

namespace chiptrail::vision {

namespace {

constexpr double kSurelyRead = 0.93;

cv::Rect2d bounds(const std::array<core::Point, 4>& quad) {
    const auto [left, right] = std::minmax_element(
        quad.begin(), quad.end(), [](const auto& a, const auto& b) { return a.x < b.x; });
    const auto [top, bottom] = std::minmax_element(
        quad.begin(), quad.end(), [](const auto& a, const auto& b) { return a.y < b.y; });
    return {left->x, top->y, right->x - left->x, bottom->y - top->y};
}

cv::Rect2d bounds(const core::Box& box) {
    return cv::Rect2d(box.x, box.y, box.width, box.height);
}

/// Of the smaller one.
double overlap(const cv::Rect2d& a, const cv::Rect2d& b) {
    const double smaller = std::min(a.area(), b.area());
    return smaller <= 0 ? 0 : (a & b).area() / smaller;
}

std::string plain_letters(std::string_view text) {
    std::string letters;
    for (const char c : text) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
            letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        }
    }
    return letters;
}

/// Whether letters could be part of the brand's mark: "ntel" for intel, "hp" for hp.
bool fits_brand(const std::string& letters, const std::string& brand) {
    for (std::size_t length = std::min<std::size_t>(3, brand.size()), at = 0;
         at + length <= brand.size();
         ++at) {
        if (letters.find(brand.substr(at, length)) != std::string::npos) {
            return true;
        }
    }
    return false;
}

/// Letters read for sure which do not belong to the symbol's brand.
bool is_other_text(const core::Finding& symbol, const Reading& reading) {
    const auto letters = plain_letters(reading.text);
    return reading.confidence >= kSurelyRead && letters.size() >= 3 &&
           !fits_brand(letters, symbol.brand);
}

/// A line that fills the symbol's place, or several that lie in it, as on a label.
bool is_refuted(const core::Finding& symbol, const std::vector<Reading>& readings) {
    const auto mark = bounds(symbol.box);
    double filled = 0;
    int lines = 0;
    for (const auto& reading : readings) {
        const auto line = bounds(reading.quad);
        const double both = (mark & line).area();
        // Lines that go on beyond the mark, or lie within it.
        const bool counts = both > 0.35 * mark.area() || both > 0.7 * line.area();
        if (counts && is_other_text(symbol, reading)) {
            filled += both;
            ++lines;
        }
    }
    return filled > 0.4 * mark.area() || (lines >= 2 && filled > 0.1 * mark.area());
}

bool is_wordmark_of(const core::Finding& read, const core::Finding& symbol) {
    return read.kind == core::FindingKind::wordmark && read.brand == symbol.brand &&
           overlap(bounds(read.box), bounds(symbol.box)) > 0.3;
}

}  // namespace

std::vector<core::Finding> join_marks(std::vector<core::Finding> read,
                                      std::vector<core::Finding> symbols,
                                      const std::vector<Reading>& readings) {
    for (auto& symbol : symbols) {
        if (is_refuted(symbol, readings)) {
            continue;
        }
        const auto word = std::find_if(
            read.begin(), read.end(), [&](const auto& one) { return is_wordmark_of(one, symbol); });
        if (word == read.end()) {
            read.push_back(std::move(symbol));
            continue;
        }
        if (word->reference.empty()) {
            word->reference = symbol.reference;
            word->why += fmt::format("; the place also {}", symbol.why);
            word->parts.push_back({"likeness to " + symbol.reference, symbol.score});
        }
    }
    std::stable_sort(
        read.begin(), read.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
    return read;
}

}  // namespace chiptrail::vision
