#include "vision/view_plan.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace chiptrail::vision {

namespace {

// As large as one view may be: what the detector takes in one run.
const std::array<cv::Size, 3> kShapes{
    cv::Size{1024, 768}, cv::Size{768, 1024}, cv::Size{1536, 512}};
constexpr int kOverlap = 96;           // of neighbours, in view pixels: most marks fit in
constexpr double kMostEnlarged = 2;    // of the coarse view: larger text is there, too
constexpr double kFineOverCoarse = 2;  // a text line is found over a range of about four in size
constexpr double kFinest = 4;          // letters of six pixels are found and framed better so
constexpr double kWorthwhile = 1.3;

struct Span {
    int begin = 0;
    int size = 0;
};

/// As few equal spans over `length` as have at most `most` each and overlap by `overlap`.
std::vector<Span> split(int length, int most, int overlap) {
    if (length <= most) {
        return {{0, length}};
    }
    const int step = std::max(most - overlap, 1);
    const int count = (length - overlap + step - 1) / step;
    std::vector<Span> spans;
    for (int i = 0; i < count; ++i) {
        const auto begin = static_cast<double>(length - most) * i / (count - 1);
        spans.push_back({static_cast<int>(std::lround(begin)), most});
    }
    return spans;
}

std::vector<View> cover(cv::Size photo, double scale, cv::Size shape) {
    const auto in_photo = [scale](int pixels) {
        return std::max(1, static_cast<int>(pixels / scale));
    };
    std::vector<View> views;
    for (const auto& y : split(photo.height, in_photo(shape.height), in_photo(kOverlap))) {
        for (const auto& x : split(photo.width, in_photo(shape.width), in_photo(kOverlap))) {
            views.push_back({{x.begin, y.begin, x.size, y.size}, scale});
        }
    }
    return views;
}

double fitting_scale(cv::Size photo, cv::Size shape) {
    const auto x = static_cast<double>(shape.width) / photo.width;
    const auto y = static_cast<double>(shape.height) / photo.height;
    return std::min({x, y, kMostEnlarged});
}

}  // namespace

cv::Size View::size() const {
    return {std::max(1, static_cast<int>(part.width * scale)),
            std::max(1, static_cast<int>(part.height * scale))};
}

ViewPlan plan_views(cv::Size photo, int max_views) {
    ViewPlan plan;
    double coarse = 0;
    for (const auto shape : kShapes) {
        const auto scale = fitting_scale(photo, shape);
        if (scale > coarse) {
            coarse = scale;
            plan.shape = shape;
        }
    }
    plan.coarse = cover(photo, coarse, plan.shape);
    for (double fine = std::min(kFinest, coarse * kFineOverCoarse); fine > coarse * kWorthwhile;
         fine *= 0.9) {
        auto views = cover(photo, fine, plan.shape);
        if (plan.coarse.size() + views.size() <= static_cast<std::size_t>(std::max(max_views, 1))) {
            plan.fine = std::move(views);
            break;
        }
    }
    return plan;
}

}  // namespace chiptrail::vision
