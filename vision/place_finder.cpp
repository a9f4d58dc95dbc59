#include "vision/place_finder.hpp"

#include "vision/text_detector.hpp"
#include "vision/view_plan.hpp"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace chiptrail::vision {

namespace {

double overlap_area(const cv::RotatedRect& a, const cv::RotatedRect& b) {
    if ((a.boundingRect2f() & b.boundingRect2f()).empty()) {
        return 0;
    }
    std::vector<cv::Point2f> corners;
    cv::rotatedRectangleIntersection(a, b, corners);
    return corners.size() < 3 ? 0 : std::abs(cv::contourArea(corners));
}

bool same_place(const TextPlace& place, const TextPlace& other) {
    constexpr double kSameIou = 0.5;
    constexpr double kPartOf = 0.4;
    const auto shared = overlap_area(place.box, other.box);
    const auto mine = static_cast<double>(place.box.size.area());
    const auto theirs = static_cast<double>(other.box.size.area());
    if (shared <= 0) {
        return false;
    }
    // Half a word is a double of the whole word, however small the half.
    return place.cut ? shared >= kPartOf * std::min(mine, theirs)
                     : shared >= kSameIou * (mine + theirs - shared);
}

/// One of each place: of doubles a whole one, then the one the detector is surer of.
std::vector<TextPlace> without_doubles(std::vector<TextPlace> places) {
    std::sort(places.begin(), places.end(), [](const TextPlace& a, const TextPlace& b) {
        return a.cut != b.cut ? b.cut : a.score > b.score;
    });
    std::vector<TextPlace> kept;
    for (const auto& place : places) {
        const bool seen = std::any_of(kept.begin(), kept.end(), [&](const TextPlace& other) {
            return same_place(place, other);
        });
        if (!seen) {
            kept.push_back(place);
        }
    }
    return kept;
}

/// Whether the region reaches an edge of the view behind which there is more photo.
bool is_cut(const cv::RotatedRect& box, const View& view, cv::Size photo) {
    // What the detector makes of a cut letter ends up to half a letter before the edge.
    const int near = 4 + static_cast<int>(std::min(box.size.width, box.size.height) / 2);
    const auto bounds = box.boundingRect();
    const auto size = view.size();
    return (view.part.x > 0 && bounds.x <= near) || (view.part.y > 0 && bounds.y <= near) ||
           (view.part.br().x < photo.width && bounds.br().x >= size.width - near) ||
           (view.part.br().y < photo.height && bounds.br().y >= size.height - near);
}

/// Larger lines first, but a long one counts as if it were eight times as wide as high: marks are
/// short, and sentences would eat the budget.
double promise(const TextPlace& place) {
    const auto [small, large] = std::minmax(place.box.size.width, place.box.size.height);
    return static_cast<double>(small) * static_cast<double>(std::min(large, 8 * small));
}

/// Whether anything on the view could be text: paper, sky and floors have no edges.
bool has_detail(const cv::Mat& view) {
    constexpr double kEdge = 24;
    constexpr int kLeastPixels = 40;  // a word of three letters, six pixels high
    cv::Mat gray;
    cv::Mat edges;
    cv::cvtColor(view, gray, cv::COLOR_BGR2GRAY);
    cv::morphologyEx(gray, edges, cv::MORPH_GRADIENT, cv::Mat());
    return cv::countNonZero(edges > kEdge) >= kLeastPixels;
}

}  // namespace

struct PlaceFinder::State {
    TextDetector detector;
    int max_views;

    void look(const cv::Mat& pixels, const View& view, cv::Size shape, TextPlaces& places);
};

void PlaceFinder::State::look(const cv::Mat& pixels,
                              const View& view,
                              cv::Size shape,
                              TextPlaces& places) {
    cv::Mat scaled;
    cv::resize(pixels(view.part),
               scaled,
               view.size(),
               0,
               0,
               view.scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
    if (!has_detail(scaled)) {
        return;
    }
    ++places.views;
    const auto scale = static_cast<float>(view.scale);
    for (auto& region : detector.detect(scaled, shape)) {
        const bool cut = is_cut(region.box, view, pixels.size());
        region.box.center.x = region.box.center.x / scale + static_cast<float>(view.part.x);
        region.box.center.y = region.box.center.y / scale + static_cast<float>(view.part.y);
        region.box.size.width /= scale;
        region.box.size.height /= scale;
        places.found.push_back({region.box, region.score, view.scale, cut});
    }
}

PlaceFinder::PlaceFinder(const std::filesystem::path& model, int max_views)
    : state_(std::make_unique<State>(State{TextDetector(model), max_views})) {}
PlaceFinder::~PlaceFinder() = default;
PlaceFinder::PlaceFinder(PlaceFinder&&) noexcept = default;
PlaceFinder& PlaceFinder::operator=(PlaceFinder&&) noexcept = default;

TextPlaces PlaceFinder::find(const cv::Mat& pixels) {
    TextPlaces places;
    const auto plan = plan_views(pixels.size(), state_->max_views);
    for (const auto* views : {&plan.coarse, &plan.fine}) {
        for (const auto& view : *views) {
            state_->look(pixels, view, plan.shape, places);
        }
    }
    places.found = without_doubles(std::move(places.found));
    std::sort(places.found.begin(), places.found.end(), [](const TextPlace& a, const TextPlace& b) {
        return promise(a) > promise(b);
    });
    return places;
}

}  // namespace chiptrail::vision
