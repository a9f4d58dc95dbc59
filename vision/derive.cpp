#include "vision/derive.hpp"

#include "vision/decode.hpp"
#include "vision/pdq.hpp"

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

namespace chiptrail::vision {

using core::fail;
using core::Failure;
using core::Result;

namespace {

const cv::Scalar kFrame(60, 220, 60);  // BGR
const cv::Scalar kModelFrame(60, 180, 255);
const cv::Scalar kShadow(0, 0, 0);
const cv::Scalar kLabelText(255, 255, 255);

Picture to_jpeg(const cv::Mat& pixels, int quality) {
    std::vector<unsigned char> bytes;
    cv::imencode(".jpg", pixels, bytes, {cv::IMWRITE_JPEG_QUALITY, quality});
    return {std::string(bytes.begin(), bytes.end()), pixels.cols, pixels.rows, "image/jpeg"};
}

cv::Mat fitted(const cv::Mat& pixels, int max_side) {
    const auto longest = std::max(pixels.cols, pixels.rows);
    if (max_side <= 0 || longest <= max_side) {
        return pixels;
    }
    const auto scale = static_cast<double>(max_side) / longest;
    cv::Mat out;
    cv::resize(pixels,
               out,
               {std::max(1, static_cast<int>(std::lround(pixels.cols * scale))),
                std::max(1, static_cast<int>(std::lround(pixels.rows * scale)))},
               0,
               0,
               cv::INTER_AREA);
    return out;
}

/// Only ASCII can be drawn; the mark's own letters stand in the photo anyway.
std::string label_of(const core::Finding& finding) {
    std::string name = finding.model.empty() ? finding.brand : finding.model;
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    constexpr std::size_t kMostLetters = 40;
    name.resize(std::min(name.size(), kMostLetters));
    return fmt::format("{} {:.2f}", name, finding.score);
}

void draw_label(cv::Mat& canvas, const std::string& text, const cv::Rect& at, int thickness) {
    constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
    const auto size = std::max(0.4, thickness * 0.3);
    const int pen = std::max(1, thickness / 2);
    int baseline = 0;
    const auto extent = cv::getTextSize(text, kFont, size, pen, &baseline);
    const int height = extent.height + baseline + thickness;
    // Above the frame where there is room, else below it, else inside.
    int top = at.y - height - thickness;
    if (top < 0) {
        top = at.y + at.height + thickness;
    }
    top = std::clamp(top, 0, std::max(0, canvas.rows - height));
    const int left = std::clamp(at.x, 0, std::max(0, canvas.cols - extent.width - thickness));
    const cv::Rect plate =
        cv::Rect(left, top, extent.width + thickness, height) & cv::Rect({}, canvas.size());
    canvas(plate).setTo(kShadow);
    cv::putText(canvas,
                text,
                {left + thickness / 2, top + extent.height + thickness / 2},
                kFont,
                size,
                kLabelText,
                pen,
                cv::LINE_AA);
}

void draw_finding(cv::Mat& canvas, const core::Finding& finding, double scale, int thickness) {
    // Far outside points would overflow OpenCV's fixed-point lines.
    const auto pixel = [&](double value, int limit) {
        return static_cast<int>(std::lround(std::clamp(value * scale, -1.0, limit + 1.0)));
    };
    std::vector<cv::Point> corners;
    for (const auto& corner : finding.quad) {
        corners.emplace_back(pixel(corner.x, canvas.cols), pixel(corner.y, canvas.rows));
    }
    if (cv::boundingRect(corners).area() <= 1) {
        const auto& box = finding.box;
        const auto left = pixel(box.x, canvas.cols);
        const auto top = pixel(box.y, canvas.rows);
        const auto right = pixel(box.x + static_cast<double>(box.width), canvas.cols);
        const auto bottom = pixel(box.y + static_cast<double>(box.height), canvas.rows);
        corners = {{left, top}, {right, top}, {right, bottom}, {left, bottom}};
    }
    const auto& color = finding.kind == core::FindingKind::model ? kModelFrame : kFrame;
    cv::polylines(canvas, corners, true, kShadow, thickness + 2, cv::LINE_AA);
    cv::polylines(canvas, corners, true, color, thickness, cv::LINE_AA);
    draw_label(canvas, label_of(finding), cv::boundingRect(corners), thickness);
}

tl::unexpected<Failure> same_failure(Result<Photo>& photo) {
    return tl::unexpected<Failure>(std::move(photo.error()));
}

}  // namespace

Result<Picture> annotate(std::string_view bytes,
                         const std::vector<core::Finding>& findings,
                         PictureDecoder& decoder,
                         int max_side) {
    auto photo = decoder.decode(bytes);
    if (!photo) {
        return same_failure(photo);
    }
    cv::Mat canvas = fitted(photo->pixels, max_side).clone();
    const auto scale = static_cast<double>(canvas.cols) / photo->width;
    const int thickness = std::max(2, std::max(canvas.cols, canvas.rows) / 500);
    for (const auto& finding : findings) {
        draw_finding(canvas, finding, scale, thickness);
    }
    return to_jpeg(canvas, 90);
}

Result<Picture> thumbnail(std::string_view bytes, int max_side, PictureDecoder& decoder) {
    constexpr int kLongestSide = 30'000;
    const auto side = std::clamp(max_side, 1, kLongestSide);
    // Twice the side leaves enough to shrink well.
    auto photo = decoder.decode(bytes, std::int64_t{4} * side * side);
    if (!photo) {
        return same_failure(photo);
    }
    return to_jpeg(fitted(photo->pixels, side), 82);
}

Result<Picture> crop(std::string_view bytes,
                     const std::array<core::Point, 4>& quad,
                     double margin,
                     PictureDecoder& decoder) {
    auto photo = decoder.decode(bytes);
    if (!photo) {
        return same_failure(photo);
    }
    const auto by_x = [](const core::Point& a, const core::Point& b) { return a.x < b.x; };
    const auto by_y = [](const core::Point& a, const core::Point& b) { return a.y < b.y; };
    const auto [left, right] = std::minmax_element(quad.begin(), quad.end(), by_x);
    const auto [top, bottom] = std::minmax_element(quad.begin(), quad.end(), by_y);
    const auto around =
        std::clamp(margin, 0.0, 10.0) * std::min(bottom->y - top->y, right->x - left->x);
    const auto scale = 1 / photo->reduction();
    const auto at = [scale](double value, int limit) {
        return static_cast<int>(
            std::lround(std::clamp(value * scale, 0.0, static_cast<double>(limit))));
    };
    const auto& pixels = photo->pixels;
    const cv::Rect part(
        cv::Point(at(left->x - around, pixels.cols), at(top->y - around, pixels.rows)),
        cv::Point(at(right->x + around, pixels.cols), at(bottom->y + around, pixels.rows)));
    if (part.empty()) {
        return fail(Failure::Kind::bad_input,
                    fmt::format("the part to cut out lies outside the photo of {}x{} pixels",
                                photo->width,
                                photo->height));
    }
    return to_jpeg(pixels(part), 92);
}

Result<core::Pdq> photo_hash(std::string_view bytes, PictureDecoder& decoder) {
    auto photo = decoder.decode(bytes);
    if (!photo) {
        return same_failure(photo);
    }
    return pdq(photo->pixels);
}

}  // namespace chiptrail::vision
