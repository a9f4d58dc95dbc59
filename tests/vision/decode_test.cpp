#include "vision/decode.hpp"

#include "tests/vision/pictures.hpp"

#include <catch2/catch.hpp>

#include <bit>
#include <random>

using namespace chiptrail::tests;  // NOLINT(google-build-using-namespace)
using chiptrail::core::Failure;
using chiptrail::vision::decode_photo;
using chiptrail::vision::DecodeLimits;
using chiptrail::vision::ImageFormat;
using chiptrail::vision::read_photo_header;
using chiptrail::vision::sniff_format;

namespace {

std::string png_header(unsigned width, unsigned height) {
    return "\x89PNG\r\n\x1A\n" + big_endian(13, 4) + "IHDR" + big_endian(width, 4) +
           big_endian(height, 4) + std::string("\x08\x02\0\0\0", 5) + big_endian(0, 4);
}

/// 2x2 pixels: red, green / blue, transparent. Written by hand: OpenCV 4.6 writes no GIF.
std::string small_gif() {
    using namespace std::string_literals;
    return "GIF89a"s + little_endian(2, 2) + little_endian(2, 2) + "\xF1\0\0"s +
           "\xFF\0\0\0\xFF\0\0\0\xFF\0\0\0"s + "\x21\xF9\x04\x01\0\0\x03\0"s + "\x2C"s +
           little_endian(0, 2) + little_endian(0, 2) + little_endian(2, 2) + little_endian(2, 2) +
           "\0"s + "\x02\x03\x44\x34\x05\0;"s;
}

bool near(const cv::Vec3b& pixel, int blue, int green, int red) {
    return std::abs(pixel[0] - blue) < 40 && std::abs(pixel[1] - green) < 40 &&
           std::abs(pixel[2] - red) < 40;
}

}  // namespace

TEST_CASE("decode: the first bytes tell the format, whatever the name says", "[vision][decode]") {
    const auto picture = two_halves(40, 20);

    CHECK(sniff_format(encoded(picture, ".jpg")) == ImageFormat::jpeg);
    CHECK(sniff_format(encoded(picture, ".png")) == ImageFormat::png);
    CHECK(sniff_format(encoded(picture, ".webp")) == ImageFormat::webp);
    CHECK(sniff_format(encoded(picture, ".bmp")) == ImageFormat::bmp);
    CHECK(sniff_format(encoded(picture, ".tiff")) == ImageFormat::tiff);
    CHECK(sniff_format(small_gif()) == ImageFormat::gif);
    CHECK(sniff_format("<?xml version='1.0'?><svg></svg>") == ImageFormat::svg);
    CHECK(sniff_format(std::string("\0\0\0\x20", 4) + "ftypavif....") == ImageFormat::avif);
    CHECK(sniff_format("<!DOCTYPE html><html></html>") == ImageFormat::unknown);
    CHECK(sniff_format("") == ImageFormat::unknown);
}

TEST_CASE("decode: every format gives the same upright picture", "[vision][decode]") {
    const auto* extension = GENERATE(".jpg", ".png", ".webp", ".bmp", ".tiff");
    CAPTURE(extension);

    const auto bytes = encoded(two_halves(80, 40), extension);
    const auto header = read_photo_header(bytes, {});
    REQUIRE(header);
    CHECK(header->width == 80);
    CHECK(header->height == 40);

    const auto photo = decode_photo(bytes, {});
    REQUIRE(photo);
    CHECK(photo->problem.empty());
    CHECK(photo->pixels.size() == cv::Size(80, 40));
    CHECK(near(photo->pixels.at<cv::Vec3b>(30, 20), 0, 0, 255));
    CHECK(near(photo->pixels.at<cv::Vec3b>(30, 60), 255, 0, 0));
}

TEST_CASE("decode: deep, grey and transparent pictures become 8-bit BGR", "[vision][decode]") {
    cv::Mat deep(10, 10, CV_16UC3, cv::Scalar(0, 0, 65535));
    cv::Mat gray(10, 10, CV_8UC1, cv::Scalar(128));
    cv::Mat clear(10, 10, CV_8UC4, cv::Scalar(0, 0, 0, 0));
    cv::Mat half(10, 10, CV_8UC4, cv::Scalar(0, 0, 0, 128));
    struct Row {
        const char* why;
        cv::Mat picture;
        cv::Vec3b expected;
    };
    const auto row = GENERATE_COPY(values<Row>({
        {"16 bits", deep, {0, 0, 255}},
        {"grey", gray, {128, 128, 128}},
        {"transparent is white", clear, {255, 255, 255}},
        {"half transparent is half white", half, {127, 127, 127}},
    }));
    CAPTURE(row.why);

    const auto photo = decode_photo(encoded(row.picture, ".png"), {});
    REQUIRE(photo);
    REQUIRE(photo->pixels.type() == CV_8UC3);
    CHECK(photo->pixels.at<cv::Vec3b>(5, 5) == row.expected);
}

TEST_CASE("decode: a GIF gives its first frame, transparent places white", "[vision][decode]") {
    const auto photo = decode_photo(small_gif(), {});
    REQUIRE(photo);
    CHECK(photo->pixels.at<cv::Vec3b>(0, 0) == cv::Vec3b(0, 0, 255));
    CHECK(photo->pixels.at<cv::Vec3b>(0, 1) == cv::Vec3b(0, 255, 0));
    CHECK(photo->pixels.at<cv::Vec3b>(1, 0) == cv::Vec3b(255, 0, 0));
    CHECK(photo->pixels.at<cv::Vec3b>(1, 1) == cv::Vec3b(255, 255, 255));
}

TEST_CASE("decode: each of the eight EXIF orientations ends upright", "[vision][exif]") {
    // The stored picture is what a camera held in that orientation writes of two_halves(80, 40).
    const auto upright = two_halves(80, 40);
    cv::Mat transposed;
    cv::transpose(upright, transposed);
    struct Row {
        unsigned orientation;
        bool turned;
        int flip;  ///< of cv::flip: 0 rows, 1 columns, -1 both; 2 none
    };
    const auto row = GENERATE(values<Row>({{1, false, 2},
                                           {2, false, 1},
                                           {3, false, -1},
                                           {4, false, 0},
                                           {5, true, 2},
                                           {6, true, 0},
                                           {7, true, -1},
                                           {8, true, 1}}));
    CAPTURE(row.orientation);

    cv::Mat stored = row.turned ? transposed : upright;
    if (row.flip != 2) {
        cv::flip(stored, stored, row.flip);
    }
    const auto photo =
        decode_photo(with_exif(encoded(stored, ".jpg"), orientation_block(row.orientation)), {});
    REQUIRE(photo);
    CHECK(photo->width == 80);
    CHECK(photo->height == 40);
    CHECK(near(photo->pixels.at<cv::Vec3b>(4, 6), 255, 255, 255));
    CHECK(near(photo->pixels.at<cv::Vec3b>(30, 10), 0, 0, 255));
    CHECK(near(photo->pixels.at<cv::Vec3b>(30, 70), 255, 0, 0));
}

TEST_CASE("decode: a size that a header makes up is refused before memory is asked for",
          "[vision][decode]") {
    DecodeLimits limits;
    limits.max_pixels = 1'000'000;
    limits.max_side = 5'000;
    struct Row {
        const char* why;
        std::string bytes;
        const char* says;
    };
    const auto row = GENERATE_COPY(values<Row>({
        {"a huge PNG", png_header(100'000, 100'000), "100000x100000"},
        {"sides that fit, pixels that do not", png_header(4'000, 4'000), "1000000 in all"},
        {"a narrow one", png_header(1, 5'001), "5000 a side"},
        {"31 bits", png_header(0x7FFFFFFF, 0x7FFFFFFF), "a side"},
    }));
    CAPTURE(row.why);

    const auto photo = decode_photo(row.bytes, limits);
    REQUIRE_FALSE(photo);
    CHECK(photo.error().kind == Failure::Kind::too_large);
    CHECK_THAT(photo.error().detail, Catch::Contains(row.says));
}

TEST_CASE("decode: more bytes than allowed are refused unread", "[vision][decode]") {
    DecodeLimits limits;
    limits.max_bytes = 100;

    const auto photo = decode_photo(encoded(two_halves(80, 40), ".png"), limits);
    REQUIRE_FALSE(photo);
    CHECK(photo.error().kind == Failure::Kind::too_large);
}

TEST_CASE("decode: what is no picture is named so", "[vision][decode]") {
    struct Row {
        std::string bytes;
        const char* says;
    };
    const auto row = GENERATE(values<Row>({
        {"", "no bytes"},
        {"<html>404</html>", "no picture"},
        {"\xFF\xD8\xFF", "jpeg header is damaged"},
        {std::string("\0\0\0\x20", 4) + "ftypavif....", "does not say the size"},
        {"<?xml version='1.0'?><svg></svg>", "svg is not supported"},
        {png_header(0, 10), "0x10"},
        {png_header(10, 10), "no pixel"},
    }));
    CAPTURE(row.says);

    const auto photo = decode_photo(row.bytes, {});
    REQUIRE_FALSE(photo);
    CHECK(photo.error().kind == Failure::Kind::bad_input);
    CHECK_THAT(photo.error().detail, Catch::Contains(row.says));
}

TEST_CASE("decode: a file cut in the middle gives its upper half and says so", "[vision][decode]") {
    const auto* extension = GENERATE(".jpg", ".png");
    CAPTURE(extension);
    cv::Mat noisy(400, 400, CV_8UC3);
    cv::theRNG().state = 1;
    cv::randu(noisy, 0, 255);
    noisy(cv::Rect(0, 0, 400, 100)).setTo(cv::Scalar(0, 0, 255));
    const auto bytes = encoded(noisy, extension);

    const auto photo = decode_photo(std::string_view(bytes).substr(0, bytes.size() / 2), {});
    REQUIRE(photo);
    CHECK(photo->width == 400);
    CHECK_THAT(photo->problem, Catch::Contains("cut short"));
    CHECK(near(photo->pixels.at<cv::Vec3b>(50, 200), 0, 0, 255));
}

TEST_CASE("decode: random bytes behind a real start never crash", "[vision][decode]") {
    const auto* extension = GENERATE(".jpg", ".png", ".webp", ".bmp", ".tiff");
    std::mt19937 random(7);
    const auto whole = encoded(two_halves(64, 48), extension);
    for (int round = 0; round < 60; ++round) {
        auto bytes = whole;
        for (int i = 0; i < 8; ++i) {
            bytes[8 + random() % (bytes.size() - 8)] = static_cast<char>(random());
        }
        DecodeLimits limits;
        limits.max_pixels = 1'000'000;
        const auto photo = decode_photo(bytes, limits);
        if (photo) {
            CHECK(photo->pixels.type() == CV_8UC3);
        } else {
            CHECK_FALSE(photo.error().detail.empty());
        }
    }
}

TEST_CASE("decode: a photo over the target is decoded smaller and keeps its stated size",
          "[vision][decode]") {
    const auto bytes = encoded(two_halves(1600, 1200), ".jpg");

    const auto photo = decode_photo(bytes, {}, 500'000);
    REQUIRE(photo);
    CHECK(photo->width == 1600);
    CHECK(photo->height == 1200);
    CHECK(photo->pixels.size() == cv::Size(800, 600));
    CHECK(photo->reduction() == Approx(2));
}
