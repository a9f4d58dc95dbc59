#include "vision/hollow_frame.hpp"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace chiptrail::vision {

namespace {

// The box and a quarter of it around, as a small map of how green each place is.
constexpr int kInner = 24;
constexpr int kMargin = 6;
constexpr int kSide = kInner + 2 * kMargin;
constexpr float kGreener = 9;  // of 255: a bar over what it divides, averaged over its length
constexpr int kWays = 5;       // across each side
constexpr int kWaysNeeded = 4;

/// Green and blue over red: high for HPE's green in any light, about 0 for white, grey and black.
cv::Mat green_map(const cv::Mat& picture, const core::Box& box) {
    const double across = static_cast<double>(box.width) / kInner;
    const double down = static_cast<double>(box.height) / kInner;
    // Pixel centres: warpAffine takes them at whole numbers.
    const cv::Matx23d map(across,
                          0,
                          box.x - kMargin * across + across / 2 - 0.5,
                          0,
                          down,
                          box.y - kMargin * down + down / 2 - 0.5);
    cv::Mat small;
    cv::warpAffine(picture,
                   small,
                   map,
                   {kSide, kSide},
                   cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                   cv::BORDER_REPLICATE);
    small.convertTo(small, CV_32F);
    cv::Mat green;
    cv::transform(small, green, cv::Matx13f(0.35F, 0.65F, -1.0F));
    return green;
}

/// From outside to the middle: does it rise to a bar and fall again?
bool crosses_bar(const std::vector<float>& way) {
    const auto middle = way.end() - 3;
    const auto bar = std::max_element(way.begin() + 2, middle - 1);
    const float outside = *std::min_element(way.begin(), bar);
    const float inside = *std::min_element(bar, way.end());
    return *bar - outside > kGreener && *bar - inside > kGreener;
}

bool has_side(const cv::Mat& green, bool upright, bool from_end) {
    int crossed = 0;
    for (int i = 0; i < kWays; ++i) {
        // Ways through the middle part of the side: its corners are bars of the other two.
        const int place = kMargin + kInner / 3 + i * (kInner / 3) / (kWays - 1);
        std::vector<float> way;
        for (int step = 0; step < kSide / 2; ++step) {
            const int along = from_end ? kSide - 1 - step : step;
            way.push_back(upright ? green.at<float>(along, place) : green.at<float>(place, along));
        }
        crossed += crosses_bar(way) ? 1 : 0;
    }
    return crossed >= kWaysNeeded;
}

}  // namespace

bool is_hollow_green(const cv::Mat& picture, const core::Box& box) {
    if (picture.empty() || picture.type() != CV_8UC3 || box.width < 4 || box.height < 4) {
        return false;
    }
    const auto green = green_map(picture, box);
    for (const bool upright : {false, true}) {
        for (const bool from_end : {false, true}) {
            if (!has_side(green, upright, from_end)) {
                return false;
            }
        }
    }
    return true;
}

}  // namespace chiptrail::vision
