#include "vision/letter_rows.hpp"

#include "tests/vision/pictures.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace chiptrail::tests;  // NOLINT(google-build-using-namespace)
using chiptrail::vision::find_letter_rows;
using chiptrail::vision::LetterRow;

namespace {

/// A dark panel with what is drawn on it.
cv::Mat panel(cv::Scalar ground = cv::Scalar::all(60)) {
    return {480, 640, CV_8UC3, ground};
}

void print(cv::Mat& picture, const std::string& text, cv::Point at, cv::Scalar ink, double size) {
    cv::putText(picture, text, at, cv::FONT_HERSHEY_DUPLEX, size, ink, 2, cv::LINE_AA);
}

/// Whether the first `first` rows hold one that covers `place` and is not much larger.
bool is_found(const std::vector<LetterRow>& rows, const cv::Rect& place, std::size_t first) {
    for (std::size_t i = 0; i < rows.size() && i < first; ++i) {
        const auto box = rows[i].box.boundingRect();
        if ((box & place).area() > 0.8 * place.area() && box.area() < 3 * place.area()) {
            return true;
        }
    }
    return false;
}

}  // namespace

TEST_CASE("letter rows: a name is found, light or dark, upright or on its side",
          "[vision][letter-rows]") {
    struct Row {
        std::string about;
        int ground;
        int ink;
        bool on_its_side;
    };
    const auto row = GENERATE(values<Row>({{"light on dark", 60, 220, false},
                                           {"dark on light", 200, 60, false},
                                           {"light on dark, on its side", 60, 220, true},
                                           {"little contrast", 90, 130, false}}));
    CAPTURE(row.about);
    auto picture = panel(cv::Scalar::all(row.ground));
    print(picture, "FOXCONN", {200, 200}, cv::Scalar::all(row.ink), 1.0);
    cv::Rect place(200, 179, 136, 21);
    if (row.on_its_side) {
        cv::rotate(picture, picture, cv::ROTATE_90_CLOCKWISE);
        place = {480 - 200, 200, 21, 136};
    }

    CHECK(is_found(find_letter_rows(picture, 20), place, 1));
}

TEST_CASE("letter rows: letters that touch are found as one blob", "[vision][letter-rows]") {
    auto picture = panel();
    // D, E, L and L of a bold mark, without a gap between them.
    cv::rectangle(picture, {200, 180}, {290, 210}, cv::Scalar::all(230), cv::FILLED);
    for (const int x : {208, 232, 252, 272}) {
        cv::rectangle(picture, {x, 184}, {x + 8, 205}, cv::Scalar::all(60), cv::FILLED);
    }

    CHECK(is_found(find_letter_rows(picture, 20), {200, 180, 90, 30}, 1));
}

TEST_CASE("letter rows: a word comes before vents, however many there are",
          "[vision][letter-rows]") {
    auto picture = panel();
    for (int y = 20; y < 140; y += 40) {
        for (int x = 20; x < 620; x += 24) {
            cv::ellipse(picture, {x, y}, {8, 12}, 0, 0, 360, cv::Scalar::all(10), 3);
        }
    }
    print(picture, "Lenovo", {300, 320}, cv::Scalar::all(190), 1.0);

    CHECK(is_found(find_letter_rows(picture, 20), {300, 297, 105, 23}, 1));
}

TEST_CASE("letter rows: no more than asked for, none on a plain picture", "[vision][letter-rows]") {
    auto picture = panel();
    for (int y = 40; y < 480; y += 40) {
        print(picture, "ABC DEF GHI", {20, y}, cv::Scalar::all(200), 0.7);
    }
    CHECK(find_letter_rows(picture, 5).size() == 5);
    CHECK(find_letter_rows(picture, 0).empty());
    CHECK(find_letter_rows(panel(), 20).empty());
    CHECK(find_letter_rows(cv::Mat(1, 1, CV_8UC3, cv::Scalar::all(9)), 20).empty());
}
