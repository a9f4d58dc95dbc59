#include "vision/same_photo.hpp"

#include "vision/decode.hpp"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

namespace chiptrail::vision {

namespace {

constexpr std::int64_t kDecodedPixels = 1'000'000;
/// Compared at this size: a mark of 40 pixels on a photo of 2000 is still a block of its own.
constexpr int kSide = 512;
constexpr int kBlock = 12;
/// Measured on 54 photos: copies at half and quarter size or JPEG quality 30 stay under 21; a label
/// exchanged in a twentieth of the width gives 32 and more, a part of another photo 21 and more.
constexpr double kMaxBlock = 24;
constexpr double kMaxStretch = 1.02;

cv::Mat grey_of(const cv::Mat& bgr, cv::Size size) {
    cv::Mat grey;
    cv::cvtColor(bgr, grey, cv::COLOR_BGR2GRAY);
    cv::resize(grey, grey, size, 0, 0, cv::INTER_AREA);
    grey.convertTo(grey, CV_32F);
    // Sharpness is what copies differ in most.
    cv::GaussianBlur(grey, grey, {5, 5}, 1.2);
    return grey;
}

/// Brings mean and contrast of `other` to those of `grey`.
void equalise(const cv::Mat& grey, cv::Mat& other) {
    cv::Scalar mean;
    cv::Scalar spread;
    cv::Scalar other_mean;
    cv::Scalar other_spread;
    cv::meanStdDev(grey, mean, spread);
    cv::meanStdDev(other, other_mean, other_spread);
    const auto gain = other_spread[0] > 1 ? std::clamp(spread[0] / other_spread[0], 0.5, 2.0) : 1;
    other = (other - other_mean[0]) * gain + mean[0];
}

double worst_block(const cv::Mat& grey, const cv::Mat& other) {
    cv::Mat difference;
    cv::absdiff(grey, other, difference);
    cv::blur(difference, difference, {kBlock, kBlock});
    double worst = 0;
    cv::minMaxLoc(difference, nullptr, &worst);
    return worst;
}

cv::Size common_size(const Photo& one, const Photo& other) {
    const auto& smaller = one.pixels.total() <= other.pixels.total() ? one.pixels : other.pixels;
    const auto scale = std::min(
        1.0,
        static_cast<double>(kSide) / static_cast<double>(std::max(smaller.cols, smaller.rows)));
    return {std::max(1, static_cast<int>(std::lround(smaller.cols * scale))),
            std::max(1, static_cast<int>(std::lround(smaller.rows * scale)))};
}

core::Point scaled(const core::Point& point, double x, double y) {
    return {point.x * x, point.y * y};
}

}  // namespace

core::Result<PhotoLikeness> compare_photos(std::string_view bytes,
                                           std::string_view other,
                                           PictureDecoder& decoder) {
    const auto one = decoder.decode(bytes, kDecodedPixels);
    if (!one) {
        return tl::unexpected(one.error());
    }
    const auto two = decoder.decode(other, kDecodedPixels);
    if (!two) {
        return tl::unexpected(two.error());
    }
    PhotoLikeness likeness;
    likeness.proportions = (static_cast<double>(one->width) / one->height) /
                           (static_cast<double>(two->width) / two->height);
    const auto size = common_size(*one, *two);
    const auto grey = grey_of(one->pixels, size);
    auto other_grey = grey_of(two->pixels, size);
    equalise(grey, other_grey);
    likeness.worst_block = worst_block(grey, other_grey);
    likeness.same = likeness.worst_block <= kMaxBlock && likeness.proportions <= kMaxStretch &&
                    likeness.proportions >= 1 / kMaxStretch;
    return likeness;
}

std::vector<core::Finding> scaled(std::vector<core::Finding> findings, Size from, Size to) {
    if (from.width <= 0 || from.height <= 0) {
        return {};
    }
    const auto x = static_cast<double>(to.width) / from.width;
    const auto y = static_cast<double>(to.height) / from.height;
    const auto whole = [](double value, int limit) {
        return static_cast<int>(std::lround(std::clamp(value, 0.0, static_cast<double>(limit))));
    };
    for (auto& finding : findings) {
        const auto box = finding.box;
        finding.box.x = whole(box.x * x, to.width);
        finding.box.y = whole(box.y * y, to.height);
        finding.box.width =
            whole((static_cast<double>(box.x) + box.width) * x, to.width) - finding.box.x;
        finding.box.height =
            whole((static_cast<double>(box.y) + box.height) * y, to.height) - finding.box.y;
        for (auto& corner : finding.quad) {
            corner = scaled(corner, x, y);
        }
        finding.scale /= x;
    }
    return findings;
}

}  // namespace chiptrail::vision
