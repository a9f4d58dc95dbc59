#include "vision/text_reader.hpp"

#include "tests/vision/pictures.hpp"
#include "vision/line_scores.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <filesystem>
#include <iostream>

using namespace chiptrail::tests;  // NOLINT(google-build-using-namespace)
using chiptrail::core::ConfigError;
using chiptrail::vision::Photo;
using chiptrail::vision::ReaderOptions;
using chiptrail::vision::Reading;
using chiptrail::vision::TextReader;

namespace {

const cv::Scalar kPaper = cv::Scalar::all(225);

/// One reader for all cases: loading the networks takes longer than reading.
TextReader* reader() {
    if (!std::filesystem::exists(chiptrail::vision::default_model_folder() / "SHA256SUMS")) {
        std::cout << "skipped: OCR models not present: run setup/models.sh\n";
        return nullptr;
    }
    static TextReader one{ReaderOptions{}};
    return &one;
}

Photo photo_of(const cv::Mat& pixels) {
    Photo photo;
    photo.pixels = pixels;
    photo.width = pixels.cols;
    photo.height = pixels.rows;
    return photo;
}

const Reading* find(const std::vector<Reading>& readings, const std::string& text) {
    for (const auto& reading : readings) {
        if (reading.text.find(text) != std::string::npos) {
            return &reading;
        }
    }
    return nullptr;
}

chiptrail::core::Point middle(const Reading& reading) {
    chiptrail::core::Point sum;
    for (const auto& corner : reading.quad) {
        sum.x += corner.x / 4;
        sum.y += corner.y / 4;
    }
    return sum;
}

}  // namespace

TEST_CASE("text reader: a word is read however it is turned", "[vision][text-reader]") {
    auto* one = reader();
    if (one == nullptr) {
        return;
    }
    struct Row {
        double degrees;
        int rotation;
    };
    const auto row = GENERATE(values<Row>(
        {{0, 0}, {12, 0}, {-25, 0}, {90, 90}, {180, 180}, {270, 270}, {82, 90}, {190, 180}}));
    CAPTURE(row.degrees);
    const auto picture =
        turned(on_photo(word("SUPERMICRO"), 640, 640, kPaper), row.degrees, kPaper);

    const auto result = one->read(photo_of(picture));
    const auto* found = find(result.readings, "SUPERMICRO");
    REQUIRE(found != nullptr);
    CHECK(found->confidence > 0.8);
    CHECK(found->characters.size() == 10);
    CHECK(found->rotation == row.rotation);
    CHECK(std::abs(middle(*found).x - 320) < 25);
    CHECK(std::abs(middle(*found).y - 320) < 25);
    // The quad starts at the word's own top left: its first side runs as the text does.
    const auto dx = found->quad[1].x - found->quad[0].x;
    const auto dy = found->quad[1].y - found->quad[0].y;
    const auto angle = std::atan2(dy, dx) * 180 / CV_PI;
    CHECK(std::abs(std::remainder(angle - row.degrees, 360.0)) < 8);
}

TEST_CASE("text reader: small, dark, light and faint words are read", "[vision][text-reader]") {
    auto* one = reader();
    if (one == nullptr) {
        return;
    }
    struct Row {
        const char* why;
        WordStyle style;
    };
    const auto row = GENERATE(values<Row>({
        {"ten pixels high", {0.45, 1, cv::Scalar::all(20), cv::Scalar::all(225)}},
        {"white on black", {1.4, 3, cv::Scalar::all(240), cv::Scalar::all(12)}},
        {"dark on darker", {1.4, 3, cv::Scalar::all(70), cv::Scalar::all(30)}},
        {"green on black", {1.4, 3, cv::Scalar(0, 185, 118), cv::Scalar::all(15)}},
        {"large", {6, 16, cv::Scalar::all(20), cv::Scalar::all(225)}},
    }));
    CAPTURE(row.why);

    const auto picture = on_photo(word("GIGABYTE", row.style), 1200, 900, row.style.paper);
    const auto result = one->read(photo_of(picture));
    CHECK(find(result.readings, "GIGABYTE") != nullptr);
}

TEST_CASE("text reader: a small word in a large photo is found in its tile",
          "[vision][text-reader]") {
    auto* one = reader();
    if (one == nullptr) {
        return;
    }
    cv::Mat picture(1440, 1920, CV_8UC3, kPaper);
    const auto label = word("LENOVO", {0.5, 1, cv::Scalar::all(20), kPaper});
    label.copyTo(picture(cv::Rect(1700, 1300, label.cols, label.rows)));

    const auto result = one->read(photo_of(picture));
    const auto* found = find(result.readings, "LENOVO");
    REQUIRE(found != nullptr);
    CHECK(std::abs(middle(*found).x - (1700 + label.cols / 2.0)) < 12);
    CHECK(result.times.tiles > 1);
}

TEST_CASE("text reader: one place gives one reading, and a plain photo none",
          "[vision][text-reader]") {
    auto* one = reader();
    if (one == nullptr) {
        return;
    }
    const auto picture = on_photo(word("MELLANOX"), 1600, 1200, kPaper);
    const auto result = one->read(photo_of(picture));
    CHECK(result.readings.size() == 1);

    CHECK(one->read(photo_of(cv::Mat(600, 800, CV_8UC3, kPaper))).readings.empty());
    CHECK(one->read(photo_of(cv::Mat(1, 1, CV_8UC3, kPaper))).readings.empty());
}

TEST_CASE("text reader: quads are in the photo's pixels when it was decoded smaller",
          "[vision][text-reader]") {
    auto* one = reader();
    if (one == nullptr) {
        return;
    }
    auto photo = photo_of(on_photo(word("CISCO"), 640, 480, kPaper));
    photo.width *= 4;
    photo.height *= 4;

    const auto result = one->read(photo);
    const auto* found = find(result.readings, "CISCO");
    REQUIRE(found != nullptr);
    CHECK(std::abs(middle(*found).x - 1280) < 60);
    CHECK(found->height > 100);
}

TEST_CASE("text reader: a second look tells how near a word was", "[vision][text-reader]") {
    auto* one = reader();
    if (one == nullptr) {
        return;
    }
    const auto result = one->read(photo_of(on_photo(word("SUPERMICRO"), 640, 480, kPaper)));
    const auto* found = find(result.readings, "SUPERMICRO");
    REQUIRE(found != nullptr);
    REQUIRE(found->scores != nullptr);

    CHECK(found->scores->find("SUPERMICRO").score > 0.99);
    CHECK(found->scores->find("MICRO").score > 0.99);
    CHECK(found->scores->find("GIGABYTE").score < 0.1);
}

TEST_CASE("text reader: two threads read what one reads", "[vision][text-reader]") {
    auto* one = reader();
    if (one == nullptr) {
        return;
    }
    cv::Mat picture(900, 700, CV_8UC3, kPaper);
    int row = 0;
    for (const char* text : {"SUPERMICRO",
                             "CISCO",
                             "DELL",
                             "X11DPH",
                             "ARISTA",
                             "TYAN",
                             "ASUS",
                             "JUNIPER",
                             "HPE",
                             "GIGABYTE"}) {
        const auto part = word(text);
        part.copyTo(picture(cv::Rect(row % 2 * 100, row * 85, part.cols, part.rows)));
        ++row;
    }
    const auto read_on = [&](int threads) {
        const int before = cv::getNumThreads();
        cv::setNumThreads(threads);
        auto result = one->read(photo_of(picture));
        cv::setNumThreads(before);
        return result;
    };

    const auto alone = read_on(1);
    CHECK(find(alone.readings, "GIGABYTE") != nullptr);
    const auto together = read_on(2);
    CHECK(together.times.lines == alone.times.lines);
    REQUIRE(together.readings.size() == alone.readings.size());
    for (std::size_t i = 0; i < alone.readings.size(); ++i) {
        CHECK(together.readings[i].text == alone.readings[i].text);
        CHECK(together.readings[i].confidence == alone.readings[i].confidence);
    }
}

TEST_CASE("text reader: missing models are named with the way out", "[vision][text-reader]") {
    ReaderOptions options;
    options.models = "/nowhere/models";

    CHECK_THROWS_AS(TextReader(options), ConfigError);
    CHECK_THROWS_WITH(TextReader(options),
                      Catch::Contains("/nowhere/models") && Catch::Contains("setup/models.sh"));
}
