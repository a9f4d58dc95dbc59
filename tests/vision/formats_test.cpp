#include "tests/support/sound_pictures.hpp"
#include "tests/vision/pictures.hpp"
#include "vision/decode.hpp"

#include <catch2/catch.hpp>

using namespace chiptrail::tests;  // NOLINT(google-build-using-namespace)
using chiptrail::core::Result;
using chiptrail::vision::decode_photo;
using chiptrail::vision::DecodeLimits;
using chiptrail::vision::make_picture_decoder;
using chiptrail::vision::Photo;
using chiptrail::vision::read_photo_header;

namespace {

bool near(const cv::Vec3b& pixel, const cv::Vec3b& wanted) {
    return cv::norm(pixel, wanted, cv::NORM_INF) < 60;
}

/// Videos need the other process, so all go there.
Result<Photo> decoded_by_process(const std::string& bytes) {
    const auto decoder = make_picture_decoder({}, {});
    return decoder->decode(bytes);
}

struct Cut {
    const char* name;
    double keeps;       ///< share of the file
    bool gives_pixels;  ///< at least of the top
};

}  // namespace

TEST_CASE("formats: every format gives the same upright picture", "[vision][formats]") {
    for (const auto& [name, bytes] : sound_pictures()) {
        CAPTURE(name);
        const auto header = read_photo_header(bytes, {});
        REQUIRE(header);
        CHECK(header->width == 96);
        CHECK(header->height == 64);
        const auto photo = decoded_by_process(bytes);
        if (!photo) {
            FAIL(name << ": " << photo.error().detail);
        }
        CHECK(photo->problem.empty());
        REQUIRE(photo->pixels.size() == cv::Size(96, 64));
        CHECK(near(photo->pixels.at<cv::Vec3b>(40, 24), {0, 0, 255}));
        CHECK(near(photo->pixels.at<cv::Vec3b>(40, 72), {255, 0, 0}));
        CHECK(near(photo->pixels.at<cv::Vec3b>(6, 8), {255, 255, 255}));
    }
}

TEST_CASE("formats: a cut file gives what it can and says so", "[vision][formats]") {
    // HEIF and AVIF hold one packed picture whose end is needed; an MP4 cut in the middle has
    // lost its index.
    const auto cut = GENERATE(values<Cut>({{"jpeg", 0.95, true},
                                           {"jpeg-progressive", 0.95, true},
                                           {"jpeg-cmyk", 0.7, true},
                                           {"png", 0.7, true},
                                           {"png-interlaced", 0.8, true},
                                           {"gif", 0.7, true},
                                           {"bmp", 0.7, true},
                                           {"bmp-rle", 0.7, true},
                                           {"webp", 0.9, true},
                                           {"heic", 0.9, false},
                                           {"avif", 0.9, false},
                                           {"mp4", 0.5, false}}));
    CAPTURE(cut.name);
    const auto& whole = sound_pictures().at(cut.name);

    const auto photo = decoded_by_process(
        whole.substr(0, static_cast<std::size_t>(static_cast<double>(whole.size()) * cut.keeps)));
    CAPTURE(photo ? photo->problem : photo.error().detail);
    REQUIRE(photo.has_value() == cut.gives_pixels);
    CHECK_FALSE((photo ? photo->problem : photo.error().detail).empty());
}

TEST_CASE("formats: a video that starts black shows a later frame", "[vision][formats]") {
    const auto photo = decoded_by_process(sound_pictures().at("mp4"));
    REQUIRE(photo);
    CHECK(cv::mean(photo->pixels)[0] > 60);
}

TEST_CASE("formats: the header of each tells its size before a decoder sees it",
          "[vision][formats]") {
    DecodeLimits limits;
    limits.max_pixels = 1'000;
    for (const auto& [name, bytes] : sound_pictures()) {
        CAPTURE(name);
        const auto photo = decode_photo(bytes, limits);
        REQUIRE_FALSE(photo);
        CHECK(photo.error().kind == chiptrail::core::Failure::Kind::too_large);
        CHECK_THAT(photo.error().detail, Catch::Contains("96x64"));
    }
}
