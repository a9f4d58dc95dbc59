#include "vision/text_detector.hpp"

#include "vision/fast_layers.hpp"
#include "vision/load_model.hpp"

#include <opencv2/dnn.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cassert>
#include <list>
#include <utility>

namespace chiptrail::vision {

namespace {

constexpr double kPixelThreshold = 0.3;
constexpr double kRegionThreshold = 0.45;
constexpr double kUnclip = 1.6;  // DB predicts shrunken lines; grow by area * ratio / perimeter
constexpr double kMinSide = 3;
constexpr std::size_t kMaxContours = 1500;
constexpr std::size_t kKeptNets = 2;

/// NCHW, normalised as in training (ImageNet mean and deviation, BGR order as PaddleOCR feeds it).
cv::Mat to_blob(const cv::Mat& view, cv::Size shape) {
    const int sizes[] = {1, 3, shape.height, shape.width};
    cv::Mat blob(4, sizes, CV_32F, cv::Scalar(0));
    constexpr float kMean[] = {0.485F, 0.456F, 0.406F};
    constexpr float kDeviation[] = {0.229F, 0.224F, 0.225F};
    std::vector<cv::Mat> channels;
    cv::split(view, channels);
    for (int c = 0; c < 3; ++c) {
        cv::Mat plane(shape, CV_32F, blob.ptr<float>(0, c));
        cv::Mat target = plane(cv::Rect(0, 0, view.cols, view.rows));
        channels[static_cast<std::size_t>(c)].convertTo(
            target, CV_32F, 1.0 / 255 / kDeviation[c], -kMean[c] / kDeviation[c]);
    }
    return blob;
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
    struct Loaded {
        cv::Size shape;
        cv::dnn::Net net;
    };

    std::filesystem::path model;
    std::list<Loaded> nets;  ///< last used first

    cv::dnn::Net& net(cv::Size shape) {
        const auto found = std::find_if(nets.begin(), nets.end(), [shape](const Loaded& loaded) {
            return loaded.shape == shape;
        });
        if (found != nets.end()) {
            nets.splice(nets.begin(), nets, found);
        } else {
            if (nets.size() == kKeptNets) {
                nets.pop_back();
            }
            nets.push_front({shape, load_model(model)});
        }
        return nets.front().net;
    }
};

TextDetector::TextDetector(std::filesystem::path model)
    : state_(std::make_unique<State>(State{std::move(model), {}})) {
    register_fast_layers();
}
TextDetector::~TextDetector() = default;
TextDetector::TextDetector(TextDetector&&) noexcept = default;
TextDetector& TextDetector::operator=(TextDetector&&) noexcept = default;

std::vector<TextRegion> TextDetector::detect(const cv::Mat& view, cv::Size shape) {
    assert(view.type() == CV_8UC3 && view.cols <= shape.width && view.rows <= shape.height);
    auto& net = state_->net(shape);
    net.setInput(to_blob(view, shape));
    const cv::Mat output = net.forward();
    const cv::Mat probability(shape, CV_32F, const_cast<float*>(output.ptr<float>()));
    return regions_of(probability(cv::Rect({}, view.size())));
}

}  // namespace chiptrail::vision
