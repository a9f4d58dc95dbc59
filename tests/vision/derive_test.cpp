#include "vision/derive.hpp"

#include "tests/vision/pictures.hpp"

#include <catch2/catch.hpp>

using namespace chiptrail::tests;  // NOLINT(google-build-using-namespace)
using chiptrail::core::Failure;
using chiptrail::core::Finding;
using chiptrail::vision::annotate;
using chiptrail::vision::crop;
using chiptrail::vision::DecodeLimits;
using chiptrail::vision::thumbnail;

namespace {

cv::Mat decoded(const std::string& bytes) {
    return cv::imdecode(std::vector<char>(bytes.begin(), bytes.end()), cv::IMREAD_COLOR);
}

Finding finding_at(int x, int y, int width, int height) {
    Finding finding;
    finding.brand = "dell";
    finding.score = 0.93;
    finding.box = {x, y, width, height};
    finding.quad = {{{double(x), double(y)},
                     {double(x + width), double(y)},
                     {double(x + width), double(y + height)},
                     {double(x), double(y + height)}}};
    return finding;
}

std::unique_ptr<chiptrail::vision::PictureDecoder> in_process(const DecodeLimits& limits = {}) {
    return chiptrail::vision::make_in_process_decoder(limits);
}

}  // namespace

TEST_CASE("annotate: the frame lies on the finding and the rest stays", "[vision][derive]") {
    const cv::Mat gray(600, 800, CV_8UC3, cv::Scalar::all(128));
    const auto picture =
        annotate(encoded(gray, ".png"), {finding_at(300, 200, 200, 60)}, *in_process());
    REQUIRE(picture);
    CHECK(picture->width == 800);
    const auto pixels = decoded(picture->bytes);
    REQUIRE(pixels.size() == cv::Size(800, 600));

    const auto green = pixels.at<cv::Vec3b>(230, 300);
    CHECK(green[1] > green[2] + 60);
    CHECK(std::abs(pixels.at<cv::Vec3b>(230, 400)[1] - 128) < 12);
    // The label's plate stands above the frame.
    CHECK(pixels.at<cv::Vec3b>(192, 305)[0] < 100);
}

TEST_CASE("annotate: findings at and beyond the edges are drawn without harm", "[vision][derive]") {
    const auto bytes = encoded(two_halves(120, 30), ".png");
    const auto finding = GENERATE(values<Finding>({finding_at(0, 0, 120, 30),
                                                   finding_at(-50, -50, 10, 10),
                                                   finding_at(110, 25, 4000, 4000),
                                                   finding_at(2'000'000'000, 5, 100, 100),
                                                   Finding{}}));

    CHECK(annotate(bytes, {finding}, *in_process()));
}

TEST_CASE("annotate: the same input gives the same bytes", "[vision][derive]") {
    const auto bytes = encoded(two_halves(200, 100), ".jpg");
    const std::vector<Finding> findings{finding_at(20, 20, 60, 20)};

    CHECK(annotate(bytes, findings, *in_process())->bytes ==
          annotate(bytes, findings, *in_process())->bytes);
}

TEST_CASE("thumbnail: keeps the shape, never enlarges", "[vision][derive]") {
    struct Row {
        int width;
        int height;
        int side;
        cv::Size expected;
    };
    const auto row = GENERATE(values<Row>({{1600, 800, 320, {320, 160}},
                                           {800, 1600, 320, {160, 320}},
                                           {100, 50, 320, {100, 50}},
                                           {3000, 2, 300, {300, 1}}}));
    CAPTURE(row.width, row.height);

    const auto picture =
        thumbnail(encoded(two_halves(row.width, row.height), ".jpg"), row.side, *in_process());
    REQUIRE(picture);
    CHECK(cv::Size(picture->width, picture->height) == row.expected);
    CHECK(decoded(picture->bytes).size() == row.expected);
}

TEST_CASE("crop: cuts the upright part with its margin", "[vision][derive]") {
    // Stored lying, orientation 6: upright it is 40 wide and 80 high.
    cv::Mat stored(40, 80, CV_8UC3, cv::Scalar::all(0));
    stored(cv::Rect(0, 0, 20, 40)).setTo(cv::Scalar::all(255));  // upright: the top quarter
    const auto bytes = with_exif(encoded(stored, ".jpg"), orientation_block(6));

    const auto picture = crop(bytes, {{{0, 0}, {40, 0}, {40, 16}, {0, 16}}}, 0, *in_process());
    REQUIRE(picture);
    CHECK(picture->width == 40);
    CHECK(picture->height == 16);
    CHECK(cv::mean(decoded(picture->bytes))[0] > 240);

    const auto wider = crop(bytes, {{{10, 30}, {30, 30}, {30, 40}, {10, 40}}}, 0.5, *in_process());
    REQUIRE(wider);
    CHECK(wider->width == 30);
    CHECK(wider->height == 20);
}

TEST_CASE("crop: a place outside the photo is refused", "[vision][derive]") {
    const auto bytes = encoded(two_halves(80, 40), ".png");

    const auto outside = crop(bytes, {{{90, 50}, {95, 50}, {95, 60}, {90, 60}}}, 0, *in_process());
    REQUIRE_FALSE(outside);
    CHECK(outside.error().kind == Failure::Kind::bad_input);
}

TEST_CASE("derive: what cannot be decoded is handed on as the failure it is", "[vision][derive]") {
    DecodeLimits limits;
    limits.max_pixels = 100;
    const auto bytes = encoded(two_halves(80, 40), ".png");

    CHECK(annotate(bytes, {}, *in_process(limits)).error().kind == Failure::Kind::too_large);
    CHECK(thumbnail("no picture", 100, *in_process()).error().kind == Failure::Kind::bad_input);
}
