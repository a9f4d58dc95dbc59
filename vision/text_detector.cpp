#include "vision/text_detector.hpp"

#include "vision/network.hpp"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace chiptrail::vision {

namespace {

constexpr double kPixelThreshold = 0.3;
constexpr double kRegionThreshold = 0.45;
constexpr double kUnclip = 1.6;  // DB predicts shrunken lines; grow by area * ratio / perimeter
constexpr double kMinSide = 3;
constexpr std::size_t kMaxContours = 1500;

/// The network takes and halves multiples of it, and gives each pixel of a quarter of the size
/// the values of four by four.
constexpr int kSizeUnit = 32;
constexpr int kFold = 4;

cv::Mat unfolded(const NetworkResult& result) {
    cv::Mat map(result.height * kFold, result.width * kFold, CV_32F);
    for (int y = 0; y < map.rows; ++y) {
        auto* row = map.ptr<float>(y);
        for (int x = 0; x < result.width; ++x, row += kFold) {
            std::memcpy(row, result.at(y / kFold, x) + y % kFold * kFold, kFold * sizeof(float));
        }
    }
    return map;
}

double mean_inside(const cv::Mat& probability, const std::vector<cv::Point>& contour) {
    const auto bounds = cv::boundingRect(contour);
    cv::Mat mask(bounds.size(), CV_8UC1, cv::Scalar(0));
    cv::drawContours(mask,
                     std::vector<std::vector<cv::Point>>{contour},
                     0,
                     cv::Scalar(1),
                     cv::FILLED,
                     cv::LINE_8,
                     cv::noArray(),
                     0,
                     -bounds.tl());
    return cv::mean(probability(bounds), mask)[0];
}

cv::RotatedRect grown(cv::RotatedRect box) {
    const auto area = box.size.width * box.size.height;
    const auto perimeter = 2 * (box.size.width + box.size.height);
    const auto growth = static_cast<float>(2 * kUnclip * area / perimeter);
    box.size.width += growth;
    box.size.height += growth;
    return box;
}

std::vector<TextRegion> regions_of(const cv::Mat& probability) {
    std::vector<std::vector<cv::Point>> contours;
    cv::findContours(
        probability > kPixelThreshold, contours, cv::RETR_LIST, cv::CHAIN_APPROX_SIMPLE);
    contours.resize(std::min(contours.size(), kMaxContours));
    std::vector<TextRegion> regions;
    for (const auto& contour : contours) {
        const auto box = cv::minAreaRect(contour);
        if (std::min(box.size.width, box.size.height) < kMinSide) {
            continue;
        }
        const auto score = mean_inside(probability, contour);
        if (score >= kRegionThreshold) {
            regions.push_back({grown(box), score});
        }
    }
    return regions;
}

}  // namespace

struct TextDetector::State {
    Network network;
    NetworkMemory memory;
};

TextDetector::TextDetector(const std::filesystem::path& model)
    : state_(std::make_unique<State>(State{Network(model), {}})) {}
TextDetector::~TextDetector() = default;
TextDetector::TextDetector(TextDetector&&) noexcept = default;
TextDetector& TextDetector::operator=(TextDetector&&) noexcept = default;

std::vector<TextRegion> TextDetector::detect(const cv::Mat& view, cv::Size shape) {
    const auto whole = [](int pixels) { return (pixels + kSizeUnit - 1) / kSizeUnit * kSizeUnit; };
    const auto result =
        state_->network.run(view, {whole(shape.width), whole(shape.height)}, state_->memory);
    return regions_of(unfolded(result)(cv::Rect({}, view.size())));
}

}  // namespace chiptrail::vision
