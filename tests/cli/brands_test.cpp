#include "tests/cli/cli.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <sstream>

using namespace chiptrail;
using chiptrail::tests::Cli;
using chiptrail::tests::has_models;
using nlohmann::json;

namespace {

namespace fs = std::filesystem;

std::string png(const cv::Mat& picture) {
    std::vector<unsigned char> bytes;
    cv::imencode(".png", picture, bytes);
    return {bytes.begin(), bytes.end()};
}

/// A mark of no vendor, without letters: three bars growing in a tilted square.
cv::Mat drawn_mark() {
    cv::Mat mark(96, 96, CV_8UC3, cv::Scalar::all(235));
    const std::vector<cv::Point> square{{48, 9}, {87, 48}, {48, 87}, {9, 48}};
    cv::fillPoly(mark, std::vector<std::vector<cv::Point>>{square}, cv::Scalar(160, 60, 20));
    for (int i = 0; i < 3; ++i) {
        cv::rectangle(mark, {33 + 12 * i, 56 - 10 * i, 7, 8 + 10 * i}, cv::Scalar::all(250), -1);
    }
    return mark;
}

/// A light front with slots and, where `mark` is not empty, the mark on it.
cv::Mat front(const cv::Mat& mark) {
    cv::Mat scene(400, 640, CV_8UC3, cv::Scalar::all(228));
    for (int x = 12; x < scene.cols; x += 26) {
        cv::rectangle(scene, {x, 330, 14, 44}, cv::Scalar::all(40), -1);
    }
    if (!mark.empty()) {
        cv::Mat small;
        cv::resize(mark, small, {70, 70}, 0, 0, cv::INTER_AREA);
        small.copyTo(scene(cv::Rect(280, 120, 70, 70)));
    }
    return scene;
}

bool shows(const json& scanned, const std::string& brand) {
    return std::ranges::any_of(scanned.at("findings"),
                               [&](const json& finding) { return finding.at("brand") == brand; });
}

fs::path own_brands(const Cli& chiptrail) {
    return chiptrail.folder() / "config" / "chiptrail" / "own-brands.toml";
}

}  // namespace

TEST_CASE("cli: a vendor of one's own is added by a picture, tested, found and removed",
          "[cli][brands]") {
    if (!has_models()) {
        return;
    }
    const Cli chiptrail;
    const auto photo = chiptrail.file("front.png", png(front(drawn_mark())));
    const auto plain = chiptrail.file("plain/front.png", png(front({})));
    const auto mark = chiptrail.file("mark.png", png(drawn_mark()));
    CHECK_FALSE(shows(json::parse(chiptrail({"scan", photo, "--json"}).out), "quexatron"));

    const auto added = chiptrail({"brands", "add", "Quexatron", "--image", mark});
    CAPTURE(added.out, added.err);
    REQUIRE(added.exit_code == 0);
    REQUIRE(fs::exists(own_brands(chiptrail)));

    const auto scanned = json::parse(chiptrail({"scan", photo, "--json"}).out);
    REQUIRE(shows(scanned, "quexatron"));
    CHECK_FALSE(shows(json::parse(chiptrail({"scan", plain, "--json"}).out), "quexatron"));

    const auto tested = chiptrail({"brands",
                                   "test",
                                   "quexatron",
                                   "--json",
                                   "--no-demo",
                                   "--photos",
                                   fs::path(plain).parent_path().string()});
    CAPTURE(tested.err);
    REQUIRE(tested.exit_code == 0);
    const auto trial = json::parse(tested.out);
    CHECK(trial.at("found").at("of").get<int>() == 9);
    CHECK(trial.at("found").at("count").get<int>() >= 5);
    CHECK(trial.at("alarmed").at("of").get<int>() == 1);
    CHECK(trial.at("alarmed").at("count").get<int>() == 0);

    const auto listed = chiptrail({"brands", "list"});
    CHECK_THAT(listed.out, Catch::Contains("quexatron") && Catch::Contains("own"));
    CHECK(chiptrail({"brands", "remove", "Quexatron"}).exit_code == 0);
    CHECK_FALSE(fs::exists(own_brands(chiptrail).parent_path() / "brands" / "quexatron"));
    CHECK_FALSE(shows(json::parse(chiptrail({"scan", photo, "--json"}).out), "quexatron"));
}

TEST_CASE("cli: what cannot be a vendor's name or picture is refused, and nothing is written",
          "[cli][brands]") {
    if (!has_models()) {
        return;
    }
    const Cli chiptrail;
    // Named without their folder, which is another one for each row.
    static_cast<void>(chiptrail.file("mark.png", png(drawn_mark())));
    static_cast<void>(chiptrail.file("broken.png", "no picture at all"));
    struct Row {
        const char* why;
        std::vector<std::string> arguments;
        const char* told;
    };
    const auto row = GENERATE(values<Row>({
        {"a file that is no picture", {"Quexatron", "--image", "broken.png"}, "broken.png"},
        {"a file that is not there", {"Quexatron", "--image", "/nowhere.png"}, "/nowhere.png"},
        {"two letters", {"Qx"}, "too short"},
        {"an ordinary word", {"Port"}, "ordinary word"},
        {"another vendor's name", {"Supermikro"}, "Supermicro"},
        {"a box of three numbers",
         {"Quexatron", "--image", "mark.png", "--symbol-box", "1,2,3"},
         "x,y,width,height"},
        {"a box beside the picture",
         {"Quexatron", "--image", "mark.png", "--symbol-box", "900,900,50,50"},
         "8 x 8"},
    }));
    CAPTURE(row.why);
    std::vector<std::string> arguments{"brands", "add"};
    arguments.insert(arguments.end(), row.arguments.begin(), row.arguments.end());
    const auto result = chiptrail(arguments);

    CHECK(result.exit_code != 0);
    CHECK_THAT(result.err, Catch::Contains(row.told));
    CHECK_FALSE(fs::exists(own_brands(chiptrail)));
}

TEST_CASE("cli: a broken own-brands.toml is named with its line and left as it is",
          "[cli][brands]") {
    const Cli chiptrail;
    const std::string broken = "# mine\n[[brand]]\nkey = \"acme\nspellings = [\"Acme\"]\n";
    static_cast<void>(chiptrail.file("config/chiptrail/own-brands.toml", broken));
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {"brands", "list"}, {"brands", "add", "Quexatron"}, {"brands", "remove", "acme"}}) {
        const auto result = chiptrail(arguments);
        CHECK(result.exit_code != 0);
        CHECK_THAT(result.err, Catch::Contains("own-brands.toml:3"));
    }
    std::ostringstream kept;
    kept << std::ifstream(own_brands(chiptrail)).rdbuf();
    CHECK(kept.str() == broken);
}

TEST_CASE("cli: a picture that own-brands.toml names and that is gone is named", "[cli][brands]") {
    if (!has_models()) {
        return;
    }
    const Cli chiptrail;
    const auto photo = chiptrail.file("front.png", png(front({})));
    static_cast<void>(chiptrail.file("config/chiptrail/own-brands.toml",
                                     "[[brand]]\nkey = \"quexatron\"\nname = \"Quexatron\"\n"
                                     "spellings = [\"Quexatron\"]\nimages = [\"gone.png\"]\n"));
    const auto result = chiptrail({"scan", photo});
    CHECK(result.exit_code != 0);
    CHECK_THAT(result.err, Catch::Contains("quexatron") && Catch::Contains("gone.png"));
}

TEST_CASE("cli: a folder that cannot be written is said, and nothing half is left",
          "[cli][brands]") {
    const Cli chiptrail;
    // A file where the folder would be: not even root can write below it.
    static_cast<void>(chiptrail.file("config/chiptrail", "a file"));
    const auto result = chiptrail({"brands", "add", "Quexatron"});
    CHECK(result.exit_code != 0);
    CHECK_THAT(result.err, Catch::Contains("chiptrail"));
    CHECK(fs::is_regular_file(chiptrail.folder() / "config" / "chiptrail"));
}
