#include "demo/photos.hpp"

#include <catch2/catch.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <set>

namespace {

using chiptrail::demo::demo_truth;
using chiptrail::demo::draw_photo;
using chiptrail::demo::PhotoTruth;

cv::Mat decode(const std::string& bytes) {
    const std::vector<unsigned char> buffer(bytes.begin(), bytes.end());
    return cv::imdecode(buffer, cv::IMREAD_COLOR);
}

const std::vector<PhotoTruth>& truth() {
    static const std::vector<PhotoTruth> all = demo_truth();
    return all;
}

double contrast_in(const cv::Mat& photo, const std::array<chiptrail::core::Point, 4>& quad) {
    std::vector<cv::Point> corners;
    for (const auto& point : quad) {
        corners.emplace_back(static_cast<int>(point.x), static_cast<int>(point.y));
    }
    cv::Scalar mean;
    cv::Scalar deviation;
    cv::meanStdDev(photo(cv::boundingRect(corners)), mean, deviation);
    return deviation[1];
}

}  // namespace

TEST_CASE("photos: the same name gives the same bytes", "[demo]") {
    CHECK(draw_photo("hpe-dl380.jpg") == draw_photo("hpe-dl380.jpg"));
    CHECK(draw_photo("hpe-dl380.jpg") != draw_photo("lenovo-sr650.jpg"));
    CHECK(draw_photo("no-such.jpg").empty());
}

TEST_CASE("photos: all but the damaged one decode at the size that the truth names", "[demo]") {
    for (const auto& photo : truth()) {
        CAPTURE(photo.name);
        const cv::Mat pixels = decode(draw_photo(photo.name));
        CHECK(pixels.empty() == !photo.decodable);
        CHECK(pixels.cols == photo.width);
        CHECK(pixels.rows == photo.height);
    }
}

TEST_CASE("photos: every mark of the truth lies on the photo and stands out there", "[demo]") {
    for (const auto& photo : truth()) {
        const cv::Mat pixels = decode(draw_photo(photo.name));
        for (const auto& mark : photo.marks) {
            CAPTURE(photo.name, mark.text);
            for (const auto& corner : mark.quad) {
                CHECK(corner.x > 0);
                CHECK(corner.y > 0);
                CHECK(corner.x < photo.width);
                CHECK(corner.y < photo.height);
            }
            CHECK(contrast_in(pixels, mark.quad) > (mark.clear ? 25 : 8));
        }
    }
}

TEST_CASE("photos: there are vertical and upside-down marks, and photos without any", "[demo]") {
    const auto find = [](const std::string& name) {
        return *std::find_if(
            truth().begin(), truth().end(), [&](const auto& photo) { return photo.name == name; });
    };
    const auto ear = find("smci-ear.jpg").marks.at(0).quad;
    CHECK(ear[1].y < ear[0].y - 200);  // Reads upwards.
    const auto turned = find("dgx-turned.jpg").marks.at(0).quad;
    CHECK(turned[1].x < turned[0].x - 100);
    std::set<std::string> brands;
    int without = 0;
    for (const auto& photo : truth()) {
        without += photo.marks.empty() ? 1 : 0;
        for (const auto& mark : photo.marks) {
            brands.insert(mark.brand);
        }
    }
    CHECK(without >= 5);
    CHECK(brands == std::set<std::string>{"asus",
                                          "cisco",
                                          "dell",
                                          "gigabyte",
                                          "hpe",
                                          "inspur",
                                          "lenovo",
                                          "nvidia",
                                          "supermicro"});
}
