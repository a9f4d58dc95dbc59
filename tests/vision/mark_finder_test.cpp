#include "vision/mark_finder.hpp"

#include "core/result.hpp"
#include "tests/vision/pictures.hpp"
#include "vision/hollow_frame.hpp"
#include "vision/mark_proposals.hpp"
#include "vision/text_reader.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>

using namespace chiptrail::tests;  // NOLINT(google-build-using-namespace)
using chiptrail::core::Box;
using chiptrail::core::Finding;
using chiptrail::core::FindingKind;
using chiptrail::vision::is_hollow_green;
using chiptrail::vision::join_marks;
using chiptrail::vision::MarkEmbedder;
using chiptrail::vision::MarkFinder;
using chiptrail::vision::MarkFinderOptions;
using chiptrail::vision::Reading;
using chiptrail::vision::ReferenceMark;

namespace {

namespace fs = std::filesystem;

bool have_models() {
    if (fs::exists(chiptrail::vision::default_model_folder() / "marks" / "marks.json")) {
        return true;
    }
    std::cout << "skipped: mark models not present: run setup/models.sh\n";
    return false;
}

/// One finder for all cases.
MarkFinder& finder() {
    static MarkFinder one{MarkFinderOptions{}};
    return one;
}

cv::Mat reference(const std::string& name) {
    return cv::imread(chiptrail::vision::reference_picture({}, name).string());
}

/// A grey bezel with a row of slots, as servers have them.
cv::Mat bezel(int width, int height) {
    cv::Mat scene(height, width, CV_8UC3, cv::Scalar(62, 58, 56));
    for (int x = 12; x < width; x += 26) {
        cv::rectangle(scene, {x, height - 60, 14, 44}, cv::Scalar::all(20), -1);
        cv::rectangle(scene, {x, height - 60, 14, 44}, cv::Scalar::all(95), 1);
    }
    cv::putText(scene, "POWER", {20, 30}, cv::FONT_HERSHEY_SIMPLEX, 0.5, cv::Scalar::all(190), 1);
    return scene;
}

struct Pose {
    double angle = 0;  ///< degrees, counter-clockwise
    double slant = 0;  ///< how much shorter the right side is
    double blur = 0;   ///< sigma in pixels
    int longer_side = 64;
};

/// The mark of a reference picture, its plain border replaced by the scene's own colours.
Box lay(cv::Mat& scene, const cv::Mat& mark, cv::Point middle, const Pose& pose) {
    const int side = static_cast<int>(pose.longer_side / 0.8);
    cv::Mat small;
    cv::resize(mark, small, {side, side}, 0, 0, cv::INTER_AREA);
    const auto s = static_cast<float>(side);
    const auto cut = static_cast<float>(side * pose.slant / 2);
    const std::vector<cv::Point2f> from{{0, 0}, {s, 0}, {s, s}, {0, s}};
    std::vector<cv::Point2f> to{{0, 0}, {s, cut}, {s, s - cut}, {0, s}};
    const auto turn = cv::getRotationMatrix2D({s / 2, s / 2}, pose.angle, 1);
    cv::transform(to, to, turn);
    const cv::Point2f shift(static_cast<float>(middle.x) - s / 2,
                            static_cast<float>(middle.y) - s / 2);
    for (auto& point : to) {
        point += shift;
    }
    const auto map = cv::getPerspectiveTransform(from, to);
    cv::Mat laid;
    cv::Mat inside;
    cv::warpPerspective(small, laid, map, scene.size());
    cv::warpPerspective(cv::Mat(side, side, CV_8U, cv::Scalar(255)), inside, map, scene.size());
    laid.copyTo(scene, inside);
    if (pose.blur > 0) {
        cv::GaussianBlur(scene, scene, {}, pose.blur);
    }
    return {middle.x - side / 2, middle.y - side / 2, side, side};
}

bool holds_middle(const Box& outer, const Box& inner) {
    const int x = inner.x + inner.width / 2;
    const int y = inner.y + inner.height / 2;
    return x >= outer.x && x < outer.x + outer.width && y >= outer.y && y < outer.y + outer.height;
}

Finding finding(FindingKind kind, const std::string& brand, const Box& box, double score) {
    Finding one;
    one.kind = kind;
    one.brand = brand;
    one.box = box;
    one.score = score;
    one.reference = kind == FindingKind::symbol ? brand + "/mark" : "";
    return one;
}

Reading line(const std::string& text, double confidence, const Box& box) {
    Reading reading;
    reading.text = text;
    reading.confidence = confidence;
    const double x = box.x;
    const double y = box.y;
    reading.quad = {
        {{x, y}, {x + box.width, y}, {x + box.width, y + box.height}, {x, y + box.height}}};
    return reading;
}

}  // namespace

TEST_CASE("mark finder: marks are found turned, tilted, small and blurred", "[vision][marks]") {
    if (!have_models()) {
        return;
    }
    struct Row {
        const char* mark;
        Pose pose;
    };
    const auto row = GENERATE(values<Row>({
        {"nvidia/eye", {0, 0, 0, 64}},
        {"nvidia/eye", {0, 0.15, 0.8, 40}},
        {"dell/roundel", {0, 0, 0, 64}},
        {"dell/roundel", {180, 0, 0.8, 64}},
        {"hp/roundel", {0, 0, 0, 56}},
        {"hp/roundel", {12, 0.1, 0.8, 36}},
        {"hpe/frame", {0, 0, 0, 48}},
        {"hpe/frame", {90, 0, 0.6, 48}},
        {"intel/swirl", {0, 0, 0, 72}},
        {"intel/badge", {0, 0.1, 0.6, 56}},
        {"msi/dragon", {0, 0, 0, 72}},
        {"huawei/petals", {0, 0, 0.5, 56}},
        {"asus/rog", {0, 0, 0.5, 72}},
        {"lenovo/tag", {0, 0, 0.5, 72}},
        {"cisco/bars", {0, 0, 0.5, 64}},
    }));
    CAPTURE(row.mark, row.pose.angle, row.pose.slant, row.pose.blur, row.pose.longer_side);
    auto scene = bezel(640, 360);
    const auto mark = reference(row.mark);
    REQUIRE(!mark.empty());
    const auto place = lay(scene, mark, {300, 150}, row.pose);

    const auto found = finder().find(scene, {});

    const std::string name = row.mark;
    const auto brand = name.substr(0, name.find('/'));
    REQUIRE(std::count_if(found.begin(), found.end(), [&](const auto& one) {
                return one.brand == brand;
            }) >= 1);
    CHECK(found.front().kind == FindingKind::symbol);
    CHECK(found.front().brand == brand);
    CHECK(found.front().reference.rfind(brand + "/", 0) == 0);
    CHECK(holds_middle(place, found.front().box));
    CHECK(found.front().score >= 0.5);
    CHECK(found.front().score <= 1);
    CHECK(!found.front().parts.empty());
    CHECK(found.front().why.find(found.front().reference) != std::string::npos);
}

TEST_CASE("mark finder: plain things are no marks", "[vision][marks]") {
    if (!have_models()) {
        return;
    }
    cv::Mat scene;
    SECTION("a bezel with slots and letters") {
        scene = bezel(800, 300);
    }
    SECTION("nothing at all") {
        scene = cv::Mat(480, 640, CV_8UC3, cv::Scalar(90, 100, 110));
    }
    SECTION("noise") {
        scene.create(400, 600, CV_8UC3);
        cv::RNG rng(7);
        rng.fill(scene, cv::RNG::UNIFORM, 0, 255);
    }
    SECTION("rings, discs and hollow rectangles") {
        scene = bezel(800, 400);
        for (int i = 0; i < 6; ++i) {
            const int x = 70 + 120 * i;
            cv::circle(scene, {x, 90}, 16 + 4 * i, cv::Scalar::all(210), 2 + i, cv::LINE_AA);
            cv::circle(scene, {x, 180}, 10 + 4 * i, cv::Scalar(40, 200, 60), -1, cv::LINE_AA);
            cv::rectangle(
                scene, {x - 30, 240, 50 + 6 * i, 24 + 6 * i}, cv::Scalar::all(200), 1 + i);
        }
    }
    SECTION("circuit board traces") {
        scene = cv::Mat(500, 700, CV_8UC3, cv::Scalar(40, 80, 25));
        cv::RNG rng(11);
        for (int i = 0; i < 160; ++i) {
            const cv::Point from(rng.uniform(0, 700), rng.uniform(0, 500));
            const cv::Point to = from + cv::Point(rng.uniform(-60, 60), 0);
            cv::line(scene, from, to, cv::Scalar(90, 150, 70), 2, cv::LINE_AA);
            cv::circle(scene, to, 4, cv::Scalar(160, 190, 200), -1, cv::LINE_AA);
        }
    }

    const auto found = finder().find(scene, {});

    for (const auto& one : found) {
        UNSCOPED_INFO(one.why);
    }
    CHECK(found.empty());
}

TEST_CASE("mark finder: any size of picture is looked at without harm", "[vision][marks]") {
    if (!have_models()) {
        return;
    }
    const auto size = GENERATE(values<cv::Size>(
        {{0, 0}, {1, 1}, {1, 900}, {900, 1}, {7, 7}, {25, 25}, {6000, 9}, {5000, 3000}}));
    CAPTURE(size.width, size.height);
    const cv::Mat scene =
        size.area() == 0 ? cv::Mat() : cv::Mat(size, CV_8UC3, cv::Scalar(9, 9, 9));
    CHECK(finder().find(scene, {}).empty());
    CHECK(finder().find(cv::Mat(40, 40, CV_8U, cv::Scalar(3)), {}).empty());
}

TEST_CASE("mark finder: places far outside the picture are passed over", "[vision][marks]") {
    if (!have_models()) {
        return;
    }
    const auto scene = bezel(400, 200);
    const std::vector<Reading> readings{
        line("", 0, {-5000, -5000, 20, 20}),
        line("x", 0.1, {1'000'000'000, 4, 1'000'000'000, 1'000'000'000}),
        line("y", 0.1, {380, 190, 90, 90}),
        line("z", 0.1, {0, 0, 0, 0}),
    };
    CHECK(finder().find(scene, readings).empty());

    MarkEmbedder embedder({});
    const auto looks = embedder.look(scene,
                                     {{0, 0, 0, 5},
                                      {-9000, -9000, 10, 10},
                                      {2'000'000'000, 0, 2'000'000'000, 4},
                                      {-300, -300, 900, 900},
                                      {398, 198, 60, 60}});
    REQUIRE(looks.size() == 5);
    CHECK(looks[0].guess.reference.empty());
    CHECK(looks[2].guess.reference.empty());
    for (const auto& look : looks) {
        CHECK(std::isfinite(chiptrail::vision::similarity(look.embedding, look.embedding)));
    }
}

TEST_CASE("mark proposals: lines that may be marks are places, headlines and sure words are not",
          "[vision][marks]") {
    struct Row {
        const char* why;
        const char* text;
        double confidence;
        Box line;
        std::size_t places;
    };
    const auto row = GENERATE(values<Row>({
        {"badly read, and the disc around it", "dcll", 0.4, {100, 100, 60, 24}, 2},
        {"short, though sure", "hp", 0.98, {100, 100, 30, 24}, 2},
        {"a sure word", "POWER", 0.97, {100, 100, 80, 24}, 0},
        {"too long for a mark", "l1l1l1l1", 0.4, {100, 100, 200, 20}, 0},
        {"as large as the photo", "X", 0.4, {100, 100, 700, 600}, 0},
        {"too small to tell", "x", 0.4, {100, 100, 8, 4}, 0},
    }));
    CAPTURE(row.why);
    const auto places = chiptrail::vision::places_of_readings(
        {line(row.text, row.confidence, row.line)}, {1000, 800}, 1, 24);
    CHECK(places.size() == row.places);
}

TEST_CASE("mark finder: a mark of a vendor nobody trained is found by its pictures",
          "[vision][marks]") {
    if (!have_models()) {
        return;
    }
    // A mark of no vendor: three bars growing in a tilted square.
    cv::Mat mark(96, 96, CV_8UC3, cv::Scalar::all(235));
    const std::vector<cv::Point> square{{48, 9}, {87, 48}, {48, 87}, {9, 48}};
    cv::fillPoly(mark, std::vector<std::vector<cv::Point>>{square}, cv::Scalar(160, 60, 20));
    for (int i = 0; i < 3; ++i) {
        cv::rectangle(mark, {33 + 12 * i, 56 - 10 * i, 7, 8 + 10 * i}, cv::Scalar::all(250), -1);
    }
    cv::Mat darker;
    mark.convertTo(darker, -1, 0.8, 4);
    MarkEmbedder embedder({});
    MarkFinderOptions options;
    ReferenceMark reference{"acme/tile", "acme", embedder.reference_views({mark, darker, {}})};
    REQUIRE(reference.views.size() >= 8);
    options.references.push_back(std::move(reference));
    MarkFinder with_acme(options);

    auto scene = bezel(640, 360);
    const auto place = lay(scene, mark, {320, 150}, {5, 0.05, 0.6, 60});
    const auto found = with_acme.find(scene, {});

    REQUIRE(!found.empty());
    CHECK(found.front().brand == "acme");
    CHECK(found.front().reference == "acme/tile");
    CHECK(holds_middle(place, found.front().box));
    CHECK(with_acme.find(bezel(640, 360), {}).empty());
    CHECK(finder().find(scene, {}).empty());
}

TEST_CASE("mark finder: a photo that was decoded small is reported in its own pixels",
          "[vision][marks]") {
    if (!have_models()) {
        return;
    }
    auto scene = bezel(640, 360);
    const auto place = lay(scene, reference("hp/roundel"), {300, 150}, {0, 0, 0, 60});
    const auto found = finder().find(scene, {}, 4);
    REQUIRE(!found.empty());
    const Box large{place.x * 4, place.y * 4, place.width * 4, place.height * 4};
    CHECK(holds_middle(large, found.front().box));
    CHECK(found.front().box.width > 150);
}

TEST_CASE("mark finder: missing models are named with the way out", "[vision][marks]") {
    MarkFinderOptions options;
    options.models = "/nowhere/models";
    CHECK_THROWS_WITH(MarkFinder(options),
                      Catch::Contains("/nowhere/models") && Catch::Contains("setup/models.sh"));
}

TEST_CASE("mark joining: one mark is one finding", "[vision][marks]") {
    const auto word = finding(FindingKind::wordmark, "dell", {100, 100, 60, 20}, 0.9);
    const auto roundel = finding(FindingKind::symbol, "dell", {90, 80, 80, 60}, 0.8);

    SECTION("a symbol around its own word") {
        const auto joined = join_marks({word}, {roundel}, {});
        REQUIRE(joined.size() == 1);
        CHECK(joined[0].kind == FindingKind::wordmark);
        CHECK(joined[0].reference == "dell/mark");
        CHECK(joined[0].parts.size() == 1);
    }
    SECTION("a symbol elsewhere stays, in order of scores") {
        auto far = roundel;
        far.box.x = 400;
        far.score = 0.95;
        const auto joined = join_marks({word}, {far}, {});
        REQUIRE(joined.size() == 2);
        CHECK(joined[0].kind == FindingKind::symbol);
    }
    SECTION("another brand's symbol at the same place stays") {
        auto other = roundel;
        other.brand = "hp";
        CHECK(join_marks({word}, {other}, {}).size() == 2);
    }
}

TEST_CASE("mark joining: letters surely read as something else refute a symbol",
          "[vision][marks]") {
    struct Row {
        const char* why;
        const char* text;
        double confidence;
        Box line;
        bool kept;
    };
    const auto row = GENERATE(values<Row>({
        {"other letters fill the place", "POWER", 0.98, {100, 100, 60, 24}, false},
        {"they were not read for sure", "POWER", 0.8, {100, 100, 60, 24}, true},
        {"they are of the brand", "intel inside", 0.99, {100, 100, 60, 24}, true},
        {"they are part of its name", "ntel", 0.99, {100, 100, 60, 24}, true},
        {"they are elsewhere", "POWER", 0.99, {300, 100, 60, 24}, true},
        {"they touch a corner", "POWER", 0.99, {150, 120, 60, 24}, true},
        {"too few to say", "OO", 0.99, {100, 100, 60, 24}, true},
    }));
    CAPTURE(row.why);
    const auto symbol = finding(FindingKind::symbol, "intel", {98, 98, 64, 30}, 0.8);
    const auto joined = join_marks({}, {symbol}, {line(row.text, row.confidence, row.line)});
    CHECK(joined.size() == (row.kept ? 1U : 0U));
}

TEST_CASE("mark joining: two lines within a symbol make it a label", "[vision][marks]") {
    const auto symbol = finding(FindingKind::symbol, "intel", {100, 100, 200, 120}, 0.8);
    const auto first = line("Use modules", 0.98, {120, 120, 100, 24});
    const auto second = line("only", 0.98, {120, 160, 60, 24});
    CHECK(join_marks({}, {symbol}, {first, second}).empty());
    CHECK(join_marks({}, {symbol}, {first}).size() == 1);
    CHECK(join_marks({}, {symbol}, {first, line("intel", 0.98, {120, 160, 60, 24})}).size() == 1);
}

TEST_CASE("hollow frame: four greener bars and nothing else", "[vision][marks]") {
    struct Row {
        const char* why;
        cv::Scalar bar;
        int thickness;
        bool whole;
    };
    const auto row = GENERATE(values<Row>({
        {"a green frame", {130, 169, 1}, 5, true},
        {"a pale one", {140, 160, 110}, 5, true},
        {"a grey one", {160, 160, 160}, 5, false},
        {"a red one", {30, 30, 200}, 5, false},
        {"a filled one", {130, 169, 1}, -1, false},
    }));
    CAPTURE(row.why);
    cv::Mat scene(80, 140, CV_8UC3, cv::Scalar(40, 38, 36));
    cv::rectangle(scene, {32, 26, 76, 28}, row.bar, row.thickness);
    CHECK(is_hollow_green(scene, {30, 24, 80, 32}) == row.whole);

    if (row.whole) {
        cv::rectangle(scene, {25, 34, 14, 12}, cv::Scalar(40, 38, 36), -1);
        CHECK_FALSE(is_hollow_green(scene, {30, 24, 80, 32}));
    }
    CHECK_FALSE(is_hollow_green(scene, {0, 0, 0, 0}));
    CHECK_FALSE(is_hollow_green({}, {0, 0, 9, 9}));
}

TEST_CASE("reference pictures: only names of marks are looked up", "[vision][marks]") {
    for (const auto* name : {"", "dell", "../secret/x", "dell/../../etc", "a/b/c"}) {
        CAPTURE(name);
        CHECK(chiptrail::vision::reference_picture({}, name).empty());
    }
}
