#include "vision/match.hpp"

#include "vision/line_scores.hpp"
#include "vision/spelling_distance.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

using chiptrail::core::Finding;
using chiptrail::core::FindingKind;
using chiptrail::core::Point;
using chiptrail::vision::Brand;
using chiptrail::vision::Lexicon;
using chiptrail::vision::match_readings;
using chiptrail::vision::Model;
using chiptrail::vision::Reading;
using chiptrail::vision::spelling_distance;

namespace {

Brand brand(std::string key, std::string name, std::vector<std::string> spellings) {
    Brand made;
    made.key = std::move(key);
    made.name = std::move(name);
    made.spellings = std::move(spellings);
    return made;
}

Lexicon lexicon() {
    Lexicon all;
    all.brands = {
        brand("supermicro", "Supermicro", {"Supermicro", "Super Micro Computer"}),
        brand("nvidia", "NVIDIA", {"NVIDIA", "英伟达"}),
        brand("intel", "Intel", {"intel"}),
        brand("cisco", "Cisco", {"cisco"}),
        brand("dell", "Dell", {"DELL", "DELL EMC"}),
        brand("hp", "HP", {"HP", "hp", "Hewlett Packard"}),
        brand("hpe", "HPE", {"HPE", "Hewlett Packard Enterprise"}),
        brand("asus", "ASUS", {"ASUS"}),
        brand("inspur", "Inspur", {"Inspur", "浪潮"}),
        brand("gigabyte", "GIGABYTE", {"GIGABYTE"}),
    };
    auto& intel = all.brands[2];
    intel.not_in = {"internal*", "international*", "intelligen*"};
    intel.companions = {"inside", "Xeon"};
    intel.whole_word = true;
    all.brands[3].not_in = {"disco*"};
    all.brands[4].product_lines = {"PowerEdge"};
    all.brands[5].match_case = true;
    all.brands[5].not_in = {"# HP"};
    all.brands[6].match_case = true;
    all.brands[7].misreadings = {"/SUS", "SUS"};
    all.brands[7].companions = {"PRIME"};
    all.models = {
        Model{"NVIDIA H100", "nvidia", "accelerator", {"H100"}, {}, "3A090", "rule", {}},
        Model{"NVIDIA H20", "nvidia", "accelerator", {"H20"}, {"nvidia"}, "licence", "rule", {}},
        Model{"XE9680", "dell", "server", {"XE9680"}, {}, "4A090", "rule", {}},
    };
    return all;
}

/// A level line at (x, y), letters half as wide as high.
Reading line(const std::string& text, double confidence = 0.95, double x = 100, double y = 100) {
    Reading reading;
    reading.text = text;
    reading.confidence = confidence;
    reading.height = 20;
    const double width = 10.0 * static_cast<double>(text.size());
    reading.quad = {Point{x, y}, {x + width, y}, {x + width, y + 20}, {x, y + 20}};
    return reading;
}

std::vector<Finding> match(const std::vector<Reading>& readings) {
    return match_readings(readings, lexicon(), {1000, 1000});
}

/// "wordmark dell, implied dell": kinds and names, best first.
std::string summary(const std::vector<Finding>& findings) {
    std::string all;
    for (const auto& finding : findings) {
        all += all.empty() ? "" : ", ";
        all += std::string(to_text(finding.kind)) + " " +
               (finding.kind == FindingKind::model ? finding.model : finding.brand);
    }
    return all;
}

}  // namespace

TEST_CASE("match: a line is read as the mark it shows", "[vision][match]") {
    struct Row {
        const char* why;
        std::string text;
        std::string found;
    };
    const auto row = GENERATE(values<Row>({
        {"plain", "SUPERMICRO", "wordmark supermicro"},
        {"look-alikes", "SUPERM1CR0", "wordmark supermicro"},
        {"a lost letter of a long name", "SUPERMICR", "wordmark supermicro"},
        {"rn for m", "SUPERrnICRO", "wordmark supermicro"},
        {"a sign for the round letter", "SUPERMICR●", "wordmark supermicro"},
        {"two words", "SUPER MICRO", "wordmark supermicro"},
        {"half of it is not it", "SUPER", ""},
        {"a Greek letter for A", "NVIDIΛ", "wordmark nvidia"},
        {"Cyrillic letters", "NVIDIА", "wordmark nvidia"},
        {"full width", "ＮＶＩＤＩＡ", "wordmark nvidia"},
        {"ideographs inside a sentence", "英伟达显卡", "wordmark nvidia"},
        {"another script's name", "浪潮", "wordmark inspur"},
        {"letters run on after a long name", "GIGABYTEB365M", "wordmark gigabyte"},
        {"run-on with a corporation", "NVIDIACORPORATION", "wordmark nvidia"},
        {"a known misreading", "/SUS", "wordmark asus"},
        {"a misreading inside other words is no mark", "EN SUS MANOS", ""},
        {"a misreading before a stranger", "SUS304", ""},
        {"a misreading before a companion", "/SUS PRIME", "wordmark asus"},
        {"a misreading run into a companion", "SUSPRIME", "wordmark asus"},
        {"a misreading is as printed", "sus", ""},
        {"the name of the thing inside a word", "disconnect all power", ""},
        {"internal", "Internal Drive", ""},
        {"international", "INTERNATIONAL", ""},
        {"a companion run into the name", "intelinside", "wordmark intel"},
        {"a stranger run into the name", "intelexia", ""},
        {"a short name is a word", "HP", "wordmark hp"},
        {"a short name inside a word", "HPC CLUSTER", ""},
        {"a short name in the wrong case", "Hp", ""},
        {"horse power", "5 HP", ""},
        {"horse power of a motor", "MOTOR 3 HP", ""},
        {"the longer brand explains more", "HPE", "wordmark hpe"},
        {"the longer name explains more", "Hewlett Packard Enterprise", "wordmark hpe"},
        {"the shorter one stays itself", "HEWLETT-PACKARD", "wordmark hp"},
        {"a sign inside a short name", "D€LL", "wordmark dell"},
        {"a letter of four wrong is another word", "DULL", ""},
        {"product line", "PowerEdge", "implied dell"},
        {"product line misread", "P0werEdge", "implied dell"},
        {"name and line, each at its place", "DELL PowerEdge", "wordmark dell, implied dell"},
        {"a model", "XE9680", "model XE9680"},
        {"a model misread", "XE968O", "model XE9680"},
        {"a model needs its company", "H20", ""},
        {"a model in company", "NVIDIA H20", "wordmark nvidia, model NVIDIA H20"},
        {"another number", "H200 XE9681", ""},
        {"nothing", "", ""},
        {"signs", "|||///€€€", ""},
    }));
    CAPTURE(row.why, row.text);

    CHECK(summary(match({line(row.text, 0.99)})) == row.found);
}

TEST_CASE("match: the less certain, the lower the score", "[vision][match]") {
    const auto score = [](const std::string& text, double confidence) {
        const auto found = match({line(text, confidence)});
        return found.empty() ? 0.0 : found.front().score;
    };

    CHECK(score("NVIDIA", 0.99) > score("NVIDIA", 0.8));
    CHECK(score("NVIDIA", 0.9) > score("NVID1A", 0.9));
    CHECK(score("NVID1A", 0.9) > score("NVIDXA", 0.9));
    CHECK(score("NVIDIA", 0.9) > score("NVIDIA CORPORATION", 0.9));
    CHECK(score("NVIDIA CORPORATION", 0.9) >
          score("all NVIDIA drivers are free to load at home", 0.9));
    CHECK(score("SUPERMICRO", 0.9) > score("DELL", 0.9));
    CHECK(score("HP", 0.6) == 0.0);
    CHECK(score("HP", 0.7) > 0.5);
    CHECK(score("HP Server", 0.7) == 0.0);
    CHECK(score("www.supermicro.com", 0.9) < 0.65);
}

TEST_CASE("match: the reason can be read by an analyst", "[vision][match]") {
    CHECK(match({line("SUPERM1CRO", 0.91)}).front().why ==
          "read 'SUPERM1CRO' at 0.91; 1 of 10 letters differs from Supermicro; alone on its line");
    CHECK(match({line("/SUS", 0.9)}).front().why ==
          "read '/SUS' at 0.90; a known misreading of ASUS; alone on its line");
    CHECK(match({line("PowerEdge", 0.9)}).front().why ==
          "read 'PowerEdge' at 0.90; PowerEdge is a product line of Dell; alone on its line");
    CHECK(match({line("XE968O", 0.9)}).front().why ==
          "read 'XE968O' at 0.90; written as XE9680, 1 of 6 characters only resemble");
}

TEST_CASE("match: the box covers the name and not the line", "[vision][match]") {
    const auto found = match({line("DELL PowerEdge", 0.99, 100, 50)});

    REQUIRE(found.size() == 2);
    CHECK(found[0].box == chiptrail::core::Box{100, 50, 40, 20});
    CHECK(found[1].box == chiptrail::core::Box{150, 50, 90, 20});
    CHECK(found[0].quad[0] == Point{100, 50});
    CHECK(found[0].quad[2] == Point{140, 70});
}

TEST_CASE("match: names broken over lines are joined", "[vision][match]") {
    SECTION("below") {
        CHECK(summary(match({line("Hewlett Packard", 0.95, 100, 100),
                             line("Enterprise", 0.95, 100, 125)})) == "wordmark hpe");
    }
    SECTION("three lines") {
        CHECK(summary(match({line("Hewlett", 0.95, 100, 100),
                             line("Packard", 0.95, 100, 125),
                             line("Enterprise", 0.95, 100, 150)})) == "wordmark hpe");
    }
    SECTION("beside") {
        CHECK(summary(match({line("Hewlett", 0.95, 100, 100), line("Packard", 0.95, 180, 100)})) ==
              "wordmark hp");
    }
    SECTION("misread in part") {
        CHECK(summary(match({line("DELI", 0.9, 100, 100), line("EMC", 0.95, 150, 100)})) ==
              "wordmark dell");
    }
    SECTION("too far apart") {
        CHECK(match({line("Hewlett", 0.95, 100, 100), line("Packard", 0.95, 100, 300)}).empty());
    }
    SECTION("the box covers both") {
        const auto found = match({line("DELL", 0.95, 100, 100), line("EMC", 0.95, 150, 100)});
        REQUIRE(summary(found) == "wordmark dell");
        CHECK(found.front().box == chiptrail::core::Box{100, 100, 80, 20});
    }
}

TEST_CASE("match: one mark seen twice is one finding, two marks are two", "[vision][match]") {
    CHECK(match({line("NVIDIA", 0.9), line("NVIDIA", 0.95, 103, 101)}).size() == 1);
    CHECK(match({line("NVIDIA", 0.9), line("NVIDIA", 0.95, 103, 101)}).front().score > 0.94);
    CHECK(match({line("NVIDIA", 0.9), line("NVIDIA", 0.95, 500, 500)}).size() == 2);
}

TEST_CASE("match: boxes stay inside the photo, whatever the quads say", "[vision][match]") {
    auto outside = line("NVIDIA", 0.9, 980, 990);
    auto broken = line("NVIDIA", 0.9, 100, 100);
    broken.quad[1].x = std::numeric_limits<double>::quiet_NaN();
    broken.quad[2].y = std::numeric_limits<double>::infinity();
    broken.characters = {0.1};

    for (const auto& finding : match({outside, broken})) {
        CHECK(finding.box.x >= 0);
        CHECK(finding.box.x + finding.box.width <= 1000);
        CHECK(finding.box.y + finding.box.height <= 1000);
        CHECK(finding.box.width >= 0);
        CHECK(finding.box.height >= 0);
    }
    CHECK(match({outside}).front().box == chiptrail::core::Box{980, 990, 20, 10});
}

TEST_CASE("match: limits hold", "[vision][match]") {
    std::vector<Reading> many;
    for (int i = 0; i < 50; ++i) {
        many.push_back(line("NVIDIA", 0.9, 0, 20.0 * i));
    }
    chiptrail::vision::MatchOptions options;
    options.max_findings = 3;
    CHECK(match_readings(many, lexicon(), {1000, 1000}, options).size() == 3);
    options.max_findings = 100;
    options.max_readings = 7;
    CHECK(match_readings(many, lexicon(), {1000, 1000}, options).size() == 7);
    options.min_score = 0.99;
    CHECK(match_readings(many, lexicon(), {1000, 1000}, options).empty());
}

TEST_CASE("match: spellings apart by what a reader confuses are close", "[vision][spelling]") {
    struct Row {
        std::u32string seen;
        std::u32string meant;
        double cost;
        std::size_t differences;
    };
    const auto row = GENERATE(values<Row>({
        {U"nvidia", U"nvidia", 0.0, 0},
        {U"nv1dia", U"nvidia", 0.1, 1},
        {U"nvdia", U"nvidia", 0.8, 1},
        {U"nvidxa", U"nvidia", 1.0, 1},
        {U"supennicro", U"supermicro", 1.5, 2},
        {U"superrnicro", U"supermicro", 0.25, 1},
        {U"vvivvynn", U"wiwynn", 0.5, 2},
        {U"", U"ab", 2.0, 2},
    }));
    const auto distance = spelling_distance(row.seen, row.meant, 3);

    REQUIRE(distance);
    CHECK(distance->cost == Approx(row.cost));
    CHECK(distance->differences == row.differences);
    CHECK_FALSE(spelling_distance(row.seen, row.meant, row.cost - 0.01));
}

TEST_CASE("match: the score is the product of its parts", "[vision][match]") {
    Reading line;
    line.text = "POWERED BY NV1DIA";
    line.confidence = 0.9;
    line.characters.assign(17, 0.9);
    line.quad = {Point{0, 0}, {170, 0}, {170, 20}, {0, 20}};
    line.height = 20;
    line.rotation = 180;
    line.scale = 0.5;

    const auto found = match_readings({line}, lexicon(), {800, 600});
    REQUIRE(found.size() == 1);
    double product = 1;
    for (const auto& part : found.front().parts) {
        CHECK(part.value != 1);
        CHECK_FALSE(part.name.empty());
        product *= part.value;
    }
    CHECK(found.front().score == Approx(product));
    CHECK(found.front().rotation == 180);
    CHECK(found.front().scale == Approx(0.5));
}

TEST_CASE("match: the box is where the recogniser saw the name", "[vision][match]") {
    // "II DELL": narrow letters first, so that equal widths would put the name too far right.
    std::vector<char32_t> alphabet{U' ', U'D', U'E', U'I', U'L'};
    std::vector<float> values;
    for (const char step : std::string("I-I- -DDD--EEE--LLL--LLL--")) {
        std::vector<float> row(alphabet.size() + 1, -12.0F);
        const auto at =
            std::u32string(alphabet.begin(), alphabet.end()).find(static_cast<char32_t>(step));
        row[at == std::u32string::npos ? 0 : at + 1] = 0;
        values.insert(values.end(), row.begin(), row.end());
    }
    Reading line;
    line.text = "II DELL";
    line.confidence = 0.95;
    line.characters.assign(7, 0.95);
    line.quad = {Point{0, 0}, {260, 0}, {260, 20}, {0, 20}};
    line.height = 20;
    line.scores = std::make_shared<const chiptrail::vision::LineScores>(alphabet, values);

    const auto found = match_readings({line}, lexicon(), {800, 600});
    REQUIRE(found.size() == 1);
    CHECK(found.front().box.x >= 45);
    CHECK(found.front().box.x <= 65);
    CHECK(found.front().box.x + found.front().box.width >= 235);
}
