#include "vision/rectify.hpp"

#include "vision/decode.hpp"
#include "vision/derive.hpp"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace chiptrail::vision {

namespace {

constexpr double kMaxWidth = 1200;
constexpr double kMaxEnlarged = 12;

double length(const core::Point& a, const core::Point& b) {
    return std::hypot(a.x - b.x, a.y - b.y);
}

bool is_finite(const std::array<core::Point, 4>& quad) {
    return std::ranges::all_of(quad, [](const core::Point& corner) {
        return std::isfinite(corner.x) && std::isfinite(corner.y) && std::abs(corner.x) < 1e6 &&
               std::abs(corner.y) < 1e6;
    });
}

bool touches(const std::array<core::Point, 4>& quad, const cv::Mat& picture) {
    double left = quad[0].x;
    double right = left;
    double top = quad[0].y;
    double bottom = top;
    for (const auto& corner : quad) {
        left = std::min(left, corner.x);
        right = std::max(right, corner.x);
        top = std::min(top, corner.y);
        bottom = std::max(bottom, corner.y);
    }
    return right > 0 && bottom > 0 && left < picture.cols && top < picture.rows;
}

}  // namespace

std::optional<cv::Mat> rectify(const cv::Mat& picture,
                               const std::array<core::Point, 4>& quad,
                               double margin,
                               int min_height) {
    if (!is_finite(quad) || !touches(quad, picture)) {
        return std::nullopt;
    }
    const auto width = (length(quad[0], quad[1]) + length(quad[3], quad[2])) / 2;
    const auto height = (length(quad[0], quad[3]) + length(quad[1], quad[2])) / 2;
    if (width < 1 || height < 1) {
        return std::nullopt;
    }
    const auto around = std::clamp(margin, 0.0, 4.0) * std::min(width, height);
    const auto all_width = width + 2 * around;
    const auto all_height = height + 2 * around;
    auto scale = std::clamp(min_height / all_height, 1.0, kMaxEnlarged);
    scale = std::min(scale, kMaxWidth / all_width);
    const auto x = static_cast<float>(around * scale);
    const auto y = static_cast<float>(around * scale);
    const auto right = static_cast<float>((around + width) * scale);
    const auto bottom = static_cast<float>((around + height) * scale);
    std::array<cv::Point2f, 4> from;
    for (std::size_t i = 0; i < from.size(); ++i) {
        from.at(i) = {static_cast<float>(quad.at(i).x), static_cast<float>(quad.at(i).y)};
    }
    const std::array<cv::Point2f, 4> to{{{x, y}, {right, y}, {right, bottom}, {x, bottom}}};
    const cv::Size size(std::max(1, static_cast<int>(std::lround(all_width * scale))),
                        std::max(1, static_cast<int>(std::lround(all_height * scale))));
    // A quad of hundreds of rows by a few columns is legal; its picture must not be.
    constexpr int kMaxHeight = 4000;
    if (size.height > kMaxHeight) {
        return std::nullopt;
    }
    cv::Mat out;
    cv::warpPerspective(picture,
                        out,
                        cv::getPerspectiveTransform(from.data(), to.data()),
                        size,
                        scale > 1 ? cv::INTER_CUBIC : cv::INTER_LINEAR,
                        cv::BORDER_CONSTANT,
                        cv::Scalar::all(40));
    return out;
}

std::array<core::Point, 4> corners_of(const core::Finding& finding, double reduction) {
    auto quad = finding.quad;
    if (length(quad[0], quad[2]) < 1) {
        const double x = finding.box.x;
        const double y = finding.box.y;
        const auto right = x + finding.box.width;
        const auto bottom = y + finding.box.height;
        quad = {{{x, y}, {right, y}, {right, bottom}, {x, bottom}}};
    }
    for (auto& corner : quad) {
        corner.x /= reduction;
        corner.y /= reduction;
    }
    return quad;
}

core::Result<Picture> rectified(std::string_view bytes,
                                const std::array<core::Point, 4>& quad,
                                double margin,
                                int min_height,
                                PictureDecoder& decoder) {
    core::Finding place;
    place.quad = quad;
    return rectified(bytes, place, margin, min_height, decoder);
}

core::Result<Picture> rectified(std::string_view bytes,
                                const core::Finding& finding,
                                double margin,
                                int min_height,
                                PictureDecoder& decoder) {
    const auto photo = decoder.decode(bytes);
    if (!photo) {
        return tl::unexpected(photo.error());
    }
    const auto out =
        rectify(photo->pixels, corners_of(finding, photo->reduction()), margin, min_height);
    if (!out) {
        return core::fail(core::Failure::Kind::bad_input,
                          "the part to make upright lies outside the photo or has no area");
    }
    std::vector<unsigned char> jpeg;
    cv::imencode(".jpg", *out, jpeg, {cv::IMWRITE_JPEG_QUALITY, 92});
    return Picture{std::string(jpeg.begin(), jpeg.end()), out->cols, out->rows};
}

}  // namespace chiptrail::vision
