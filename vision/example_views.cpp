#include "vision/example_views.hpp"

#include "vision/decode.hpp"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace chiptrail::vision {

namespace {

constexpr int kWidth = 640;
constexpr int kHeight = 480;
constexpr int kLeastSide = 8;
constexpr int kMaxSide = 2000;  ///< a larger mark shows nothing more

struct Degrading {
    const char* name;
    int height;      ///< of the mark in pixels
    double degrees;  ///< counter-clockwise
    double blur;     ///< sigma in pixels
    double noise;    ///< standard deviation, of 255
    double brightness;
    int quality;  ///< of the JPEG
};

constexpr std::array<Degrading, 9> kDegradings{{
    {"96 px high", 96, 0, 0, 2, 1, 90},
    {"48 px high", 48, 0, 0.4, 2, 1, 85},
    {"28 px high", 28, 0, 0.5, 2, 1, 85},
    {"18 px high", 18, 0, 0.5, 2, 1, 85},
    {"turned by 8 degrees", 56, 8, 0.5, 2, 1, 85},
    {"upside down", 56, 180, 0.5, 2, 1, 85},
    {"blurred", 56, 0, 2.2, 2, 1, 85},
    {"strongly compressed", 40, -4, 0.5, 2, 1, 22},
    {"dark and noisy", 56, 3, 0.8, 12, 0.35, 75},
}};

cv::Rect without_border(const cv::Mat& picture) {
    cv::Mat grey;
    cv::cvtColor(picture, grey, cv::COLOR_BGR2GRAY);
    cv::Mat differs;
    cv::absdiff(grey, cv::Scalar(grey.at<unsigned char>(0, 0)), differs);
    cv::threshold(differs, differs, 24, 255, cv::THRESH_BINARY);
    const auto bounds = cv::boundingRect(differs);
    return bounds.width < kLeastSide || bounds.height < kLeastSide
               ? cv::Rect(0, 0, picture.cols, picture.rows)
               : bounds;
}

/// The colour that the mark stands on: the median along its edge.
cv::Scalar edge_colour(const cv::Mat& mark) {
    std::array<std::vector<unsigned char>, 3> channels;
    const auto add = [&](int x, int y) {
        const auto& pixel = mark.at<cv::Vec3b>(y, x);
        for (int c = 0; c < 3; ++c) {
            channels[static_cast<std::size_t>(c)].push_back(pixel[c]);
        }
    };
    for (int x = 0; x < mark.cols; ++x) {
        add(x, 0);
        add(x, mark.rows - 1);
    }
    for (int y = 0; y < mark.rows; ++y) {
        add(0, y);
        add(mark.cols - 1, y);
    }
    cv::Scalar colour;
    for (int c = 0; c < 3; ++c) {
        auto& values = channels[static_cast<std::size_t>(c)];
        const auto middle = values.begin() + std::ssize(values) / 2;
        std::nth_element(values.begin(), middle, values.end());
        colour[c] = *middle;
    }
    return colour;
}

/// The mark in the middle of an even front with a few edges, as a device has them.
cv::Mat scene_of(const cv::Mat& mark, int height) {
    const auto colour = edge_colour(mark);
    cv::Mat scene(kHeight, kWidth, CV_8UC3, colour);
    const auto darker = colour * 0.7;
    cv::rectangle(scene, {20, 20}, {kWidth - 20, kHeight - 20}, darker, 3);
    for (int x = 60; x < kWidth - 60; x += 24) {
        cv::line(scene, {x, 50}, {x, 90}, darker, 5);
    }
    const double most = 0.8 * kWidth / mark.cols;
    const double scale = std::min(static_cast<double>(height) / mark.rows, most);
    cv::Mat scaled;
    cv::resize(mark,
               scaled,
               {std::max(1, static_cast<int>(std::lround(mark.cols * scale))),
                std::max(1, static_cast<int>(std::lround(mark.rows * scale)))},
               0,
               0,
               scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
    scaled = scaled.rowRange(0, std::min(scaled.rows, kHeight - 40));
    scaled.copyTo(scene(cv::Rect(
        (kWidth - scaled.cols) / 2, (kHeight - scaled.rows) / 2, scaled.cols, scaled.rows)));
    return scene;
}

std::string degraded(const cv::Mat& mark, const Degrading& how) {
    auto scene = scene_of(mark, how.height);
    if (how.degrees != 0) {
        const auto turn = cv::getRotationMatrix2D({kWidth / 2.0F, kHeight / 2.0F}, how.degrees, 1);
        cv::warpAffine(scene, scene, turn, scene.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    }
    if (how.blur > 0) {
        cv::GaussianBlur(scene, scene, {}, how.blur);
    }
    cv::Mat noise(scene.size(), CV_16SC3);
    cv::RNG random(7);
    random.fill(noise, cv::RNG::NORMAL, 0, how.noise);
    cv::Mat lit;
    scene.convertTo(lit, CV_16SC3, how.brightness);
    lit += noise;
    lit.convertTo(scene, CV_8UC3);
    std::vector<unsigned char> bytes;
    cv::imencode(".jpg", scene, bytes, {cv::IMWRITE_JPEG_QUALITY, how.quality});
    return {bytes.begin(), bytes.end()};
}

}  // namespace

core::Result<std::string> cut_mark(std::string_view bytes,
                                   std::optional<core::Box> box,
                                   PictureDecoder& decoder) {
    const auto photo = decoder.decode(bytes);
    if (!photo) {
        return tl::unexpected(photo.error());
    }
    const auto& pixels = photo->pixels;
    const double scale = 1 / photo->reduction();
    const auto scaled = [&](int value) {
        return static_cast<int>(std::lround(std::clamp(value, -100'000, 100'000) * scale));
    };
    const auto wanted =
        box ? cv::Rect(scaled(box->x), scaled(box->y), scaled(box->width), scaled(box->height))
            : without_border(pixels);
    const auto inside = wanted & cv::Rect(0, 0, pixels.cols, pixels.rows);
    if (inside.width < kLeastSide || inside.height < kLeastSide) {
        return core::fail(core::Failure::Kind::bad_input,
                          "the box shows less than 8 x 8 pixels of the picture, which is " +
                              std::to_string(photo->width) + " x " + std::to_string(photo->height));
    }
    cv::Mat mark = pixels(inside).clone();
    if (const int side = std::max(mark.cols, mark.rows); side > kMaxSide) {
        const double smaller = static_cast<double>(kMaxSide) / side;
        cv::resize(mark, mark, {}, smaller, smaller, cv::INTER_AREA);
    }
    std::vector<unsigned char> png;
    cv::imencode(".png", mark, png);
    return std::string(png.begin(), png.end());
}

core::Result<std::vector<ExampleView>> example_views(std::string_view mark,
                                                     PictureDecoder& decoder) {
    const auto photo = decoder.decode(mark);
    if (!photo) {
        return tl::unexpected(photo.error());
    }
    std::vector<ExampleView> views;
    for (const auto& how : kDegradings) {
        views.push_back({how.name, degraded(photo->pixels, how)});
    }
    return views;
}

}  // namespace chiptrail::vision
