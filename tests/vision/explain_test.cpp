#include "vision/explain.hpp"

#include "tests/vision/pictures.hpp"
#include "vision/same_photo.hpp"

#include <catch2/catch.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

using namespace chiptrail;
using namespace chiptrail::tests;

namespace {

cv::Mat decoded(const std::string& bytes) {
    const std::vector<unsigned char> data(bytes.begin(), bytes.end());
    return cv::imdecode(data, cv::IMREAD_COLOR);
}

vision::Explanation explanation() {
    vision::Explanation explained;
    explained.finding.brand = "supermicro";
    explained.finding.box = {300, 250, 200, 60};
    explained.finding.quad = {{{300, 250}, {500, 250}, {500, 310}, {300, 310}}};
    explained.reference.spelling = "SUPERMICRO";
    explained.title = "Supermicro: wordmark, score 0.93";
    explained.facts = {{"read", "SUPERMICRO"}, {"letters read", "0.98"}};
    return explained;
}

}  // namespace

TEST_CASE("explain: one picture with place, reference and a row a fact", "[vision][explain]") {
    const auto decoder = vision::make_in_process_decoder({});
    const auto photo = encoded(on_photo(word("SUPERMICRO"), 800, 600, {90, 120, 150}), ".jpg");
    auto explained = explanation();
    const auto picture = vision::explain(photo, explained, *decoder);
    REQUIRE(picture);
    CHECK(picture->media_type == "image/png");
    CHECK(picture->width == 1280);
    const auto pixels = decoded(picture->bytes);
    REQUIRE(pixels.size() == cv::Size(picture->width, picture->height));
    // Bytes are the same each time, or a report could not be checked.
    CHECK(vision::explain(photo, explained, *decoder)->bytes == picture->bytes);
    explained.facts.emplace_back("one", "more");
    CHECK(vision::explain(photo, explained, *decoder)->height > picture->height);
    // The frame's green is on it.
    cv::Mat green;
    cv::inRange(pixels, cv::Scalar(50, 210, 50), cv::Scalar(70, 230, 70), green);
    CHECK(cv::countNonZero(green) > 100);
}

TEST_CASE("explain: hostile numbers and texts make no crash", "[vision][explain]") {
    const auto decoder = vision::make_in_process_decoder({});
    const auto photo = encoded(on_photo(word("DELL"), 200, 150, {90, 120, 150}), ".png");
    auto explained = explanation();
    explained.finding.quad = {{{-1e9, 0}, {1e9, 5}, {7, 1e300}, {0, 0}}};
    explained.finding.box = {2'000'000'000, -5, 2'000'000'000, 7};
    explained.title = std::string(5'000, 'x');
    explained.facts.assign(500, {std::string(500, 'n'), std::string(20'000, 'v')});
    explained.reference = {"no picture", ""};
    CHECK(vision::explain(photo, explained, *decoder));
    CHECK_FALSE(vision::explain("no photo", explained, *decoder));
}

TEST_CASE("explain: there is a reference only for what can be drawn", "[vision][explain]") {
    CHECK(vision::draw_reference({"", "Dell"}));
    CHECK_FALSE(vision::draw_reference({"", ""}));
    CHECK_FALSE(vision::draw_reference({"", "浪潮"}));
    CHECK_FALSE(vision::draw_reference({"no picture", ""}));
}

TEST_CASE("rectified: a turned mark comes out upright and enlarged", "[vision][explain]") {
    const auto decoder = vision::make_in_process_decoder({});
    cv::Mat photo(400, 400, CV_8UC3, cv::Scalar(0, 0, 0));
    cv::rectangle(photo, {100, 100, 20, 80}, {255, 255, 255}, -1);
    cv::rectangle(photo, {100, 160, 20, 20}, {0, 0, 255}, -1);
    // Text that reads upwards: its first letter is at the bottom.
    const auto picture = vision::rectified(encoded(photo, ".png"),
                                           {{{100, 180}, {100, 100}, {120, 100}, {120, 180}}},
                                           0,
                                           100,
                                           *decoder);
    REQUIRE(picture);
    CHECK(picture->height == 100);
    CHECK(picture->width == 400);
    const auto pixels = decoded(picture->bytes);
    const auto first = pixels.at<cv::Vec3b>(50, 30);
    CHECK(int{first[2]} > 200);
    CHECK(int{first[0]} < 60);
    CHECK(int{pixels.at<cv::Vec3b>(50, 300)[0]} > 200);
}

TEST_CASE("same photo: size and compression make no difference, a label does", "[vision][same]") {
    const auto decoder = vision::make_in_process_decoder({});
    const auto photo = on_photo(word("SUPERMICRO"), 1600, 1200, {90, 120, 150});
    const auto original = encoded(photo, ".png");
    cv::Mat smaller;
    cv::resize(photo, smaller, {}, 0.5, 0.5, cv::INTER_AREA);
    const auto same = [&](const cv::Mat& other) {
        const auto likeness = vision::compare_photos(original, encoded(other, ".jpg"), *decoder);
        return likeness && likeness->same;
    };
    CHECK(same(smaller));
    auto labelled = smaller.clone();
    cv::rectangle(labelled, {20, 20, 40, 20}, {250, 250, 250}, -1);
    CHECK_FALSE(same(labelled));
    CHECK_FALSE(same(smaller(cv::Rect(0, 0, 700, 600)).clone()));
    CHECK_FALSE(vision::compare_photos(original, "no photo", *decoder));
}

TEST_CASE("same photo: findings are mapped to the copy's size", "[vision][same]") {
    core::Finding finding;
    finding.box = {100, 50, 200, 100};
    finding.quad = {{{100, 50}, {300, 50}, {300, 150}, {100, 150}}};
    finding.scale = 1;
    finding.score = 0.9;
    const auto half = vision::scaled({finding}, {1000, 800}, {500, 400}).at(0);
    CHECK(half.box == core::Box{50, 25, 100, 50});
    CHECK(half.quad[2] == core::Point{150, 75});
    CHECK(half.scale == Approx(2));
    CHECK(half.score == 0.9);
    CHECK(vision::scaled({finding}, {0, 0}, {500, 400}).empty());
}
