#include "vision/evaluation.hpp"

#include "vision/evaluation_slices.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <string>
#include <vector>

using chiptrail::core::Box;
using chiptrail::core::Finding;
using chiptrail::core::FindingKind;
using chiptrail::vision::evaluate;
using chiptrail::vision::LabelledPhoto;
using chiptrail::vision::Mistake;
using chiptrail::vision::read_labels;
using chiptrail::vision::report_json;
using chiptrail::vision::report_table;
using chiptrail::vision::ScanResult;
using chiptrail::vision::Score;
using chiptrail::vision::Share;
using chiptrail::vision::Slice;

namespace {

Finding found(const char* brand,
              double score = 0.9,
              FindingKind kind = FindingKind::wordmark,
              Box box = {10, 10, 50, 20}) {
    Finding finding;
    finding.brand = brand;
    finding.score = score;
    finding.kind = kind;
    finding.box = box;
    return finding;
}

ScanResult scan(std::vector<Finding> findings, double seconds = 1) {
    ScanResult result;
    result.findings = std::move(findings);
    result.seconds = seconds;
    result.decoded = true;
    return result;
}

Score slice(const std::vector<Slice>& slices, const std::string& name) {
    for (const auto& one : slices) {
        if (one.name == name) {
            return one.score;
        }
    }
    FAIL("no slice " << name);
    return {};
}

std::vector<LabelledPhoto> labels(const std::string& lines) {
    auto photos = read_labels(lines);
    REQUIRE(photos);
    return *photos;
}

const char* const kFour =
    R"({"file":"a.jpg","role":"positive","repo":"r/one","brands":[{"brand":"dell","box":[0,0,60,40],"kind":"wordmark","legible":"clear"},{"brand":"dell","box":[500,0,60,40],"kind":"symbol","legible":"hard"},{"brand":"intel","box":null,"kind":"symbol","legible":"hard"}]})"
    "\n"
    R"({"file":"b.jpg","role":"negative","repo":"r/two","brands":[]})"
    "\n\n"
    R"({"file":"c.jpg","role":"product_mark_only","repo":"r/two","brands":[]})"
    "\n"
    R"({"file":"d.jpg","role":"positive","repo":"r/two","brands":[{"brand":"hp","box":[0,0,9,9],"kind":"wordmark","legible":"clear"}]})"
    "\n";

}  // namespace

TEST_CASE("evaluation: a brand counts once a photo, clear if one of its marks is",
          "[vision][evaluation]") {
    const auto report = evaluate(labels(kFour),
                                 {scan({found("dell"), found("dell"), found("msi")}),
                                  scan({found("nvidia")}),
                                  scan({found("nvidia")}),
                                  scan({})});

    CHECK(report.images == 4);
    CHECK(report.positives == 2);
    CHECK(report.negatives == 1);
    CHECK(report.product_mark_only == 1);
    CHECK(report.score.recall_clear.count == 1);
    CHECK(report.score.recall_clear.of == 2);
    CHECK(report.score.recall_hard.count == 0);
    CHECK(report.score.recall_hard.of == 1);
    CHECK(report.score.precision.count == 1);  // dell; msi and nvidia are false, c.jpg is neither
    CHECK(report.score.precision.of == 3);
    CHECK(report.score.alarmed_negatives.count == 1);
    CHECK(report.score.alarmed_negatives.of == 1);
    CHECK(report.by_brand.at("dell").recall_clear.count == 1);
    CHECK(report.by_brand.at("msi").precision == Share{0, 1});
    CHECK(report.by_brand.at("msi").recall_clear == Share{0, 0});
    CHECK(report.by_group.at("r/one").precision.of == 2);
}

TEST_CASE("evaluation: what does not count", "[vision][evaluation]") {
    const auto photos = labels(kFour);
    const auto one = [&](Finding finding) {
        return evaluate(photos, {scan({std::move(finding)}), scan({}), scan({}), scan({})});
    };

    CHECK(one(found("dell", 0.49)).score.recall_clear.count == 0);
    CHECK(one(found("dell", 0.5)).score.recall_clear.count == 1);
    CHECK(one(found("dell", 0.9, FindingKind::model)).score.recall_clear.count == 0);
    CHECK(one(found("msi", 0.9, FindingKind::code)).score.precision.of == 0);
    CHECK(one(found("", 0.9)).score.precision.of == 0);
    CHECK(one(found("dell", 0.9, FindingKind::implied)).score.recall_clear.count == 0);
    CHECK(one(found("dell", 0.9, FindingKind::implied)).with_implied.recall_clear.count == 1);
    CHECK(one(found("msi", 0.9, FindingKind::implied)).with_implied.precision.of == 1);
    CHECK(one(found("msi", 0.9, FindingKind::implied)).score.precision.of == 0);
}

TEST_CASE("evaluation: every mistake is named with what is known about it",
          "[vision][evaluation]") {
    const auto report =
        evaluate(labels(kFour),
                 {scan({found("msi", 0.6), found("msi", 0.8)}), scan({}), scan({}), scan({})});

    REQUIRE(report.mistakes.size() == 4);
    CHECK(report.mistakes[0].brand == "dell");
    CHECK(report.mistakes[0].kind == Mistake::Kind::missed_clear);
    CHECK(report.mistakes[0].boxes.size() == 2);
    CHECK(report.mistakes[1].brand == "intel");
    CHECK(report.mistakes[1].kind == Mistake::Kind::missed_hard);
    CHECK(report.mistakes[1].boxes.empty());
    CHECK(report.mistakes[2].kind == Mistake::Kind::false_alarm);
    REQUIRE(report.mistakes[2].finding);
    CHECK(report.mistakes[2].finding->score == 0.8);
    CHECK(report.mistakes[3].file == "d.jpg");
}

TEST_CASE("evaluation: places are hit by overlap or by the centre", "[vision][evaluation]") {
    struct Row {
        const char* why;
        Box found;
        bool hit;
    };
    const auto row = GENERATE(values<Row>({
        {"the same", {100, 100, 60, 40}, true},
        {"inside, small", {125, 115, 6, 4}, true},
        {"around, overlap a quarter", {70, 80, 120, 80}, true},
        {"around, overlap little, centre inside", {0, 0, 260, 240}, true},
        {"beside", {200, 100, 60, 40}, false},
        {"touching a corner", {155, 135, 60, 40}, false},
        {"empty, far away", {0, 0, 0, 0}, false},
    }));
    CAPTURE(row.why);

    CHECK(chiptrail::vision::hits(row.found, {100, 100, 60, 40}) == row.hit);
}

TEST_CASE("evaluation: each labelled box is found or not", "[vision][evaluation]") {
    const auto report =
        evaluate(labels(kFour),
                 {scan({found("dell"), found("hp")}), scan({}), scan({}), scan({found("hp")})});

    CHECK(report.placed_clear.count == 1);  // dell; hp of d.jpg is labelled elsewhere
    CHECK(report.placed_clear.of == 2);
    CHECK(report.placed_hard.count == 0);
    CHECK(report.placed_hard.of == 1);  // intel has no box
    CHECK(slice(report.by_kind, "wordmark").placed == Share{1, 2});
    CHECK(slice(report.by_kind, "symbol").placed == Share{0, 1});
    CHECK(slice(report.by_height, "32-63 px").placed == Share{1, 2});
    CHECK(slice(report.by_height, "8-15 px").placed == Share{0, 1});
}

TEST_CASE("evaluation: times are ranks, not means", "[vision][evaluation]") {
    std::vector<ScanResult> scans;
    for (const double seconds : {9.0, 1.0, 2.0, 3.0}) {
        scans.push_back(scan({}, seconds));
    }
    const auto report = evaluate(labels(kFour), scans);

    CHECK(report.median_seconds == 2.0);
    CHECK(report.p95_seconds == 9.0);
    CHECK(evaluate({}, {}).median_seconds == 0.0);
}

TEST_CASE("evaluation: intervals are Wilson's", "[vision][evaluation]") {
    CHECK(Share{50, 100}.low() == Approx(0.4038).margin(0.0001));
    CHECK(Share{50, 100}.high() == Approx(0.5962).margin(0.0001));
    CHECK(Share{10, 10}.low() == Approx(0.7225).margin(0.0001));
    CHECK(Share{10, 10}.high() == Approx(1.0));
    CHECK(Share{0, 0}.low() == 0.0);
    CHECK(Share{0, 0}.high() == 1.0);
}

TEST_CASE("evaluation: a bad label names its line", "[vision][evaluation]") {
    struct Row {
        const char* line;
        const char* message;
    };
    const auto row = GENERATE(values<Row>({
        {"nonsense", "line 2: is no JSON object"},
        {"[1]", "line 2: is no JSON object"},
        {R"({"role":"negative","brands":[]})", "line 2: \"file\" is missing"},
        {R"({"file":"a","role":"maybe","brands":[]})", "line 2: \"role\" must be"},
        {R"({"file":"a","role":"negative"})", "line 2: \"brands\" must be a list"},
        {R"({"file":"a","role":"negative","brands":[{}]})", "line 2: a brand without"},
        {R"({"file":"b","role":"negative","brands":[1]})", "line 2: a brand without"},
        {R"({"file":"b","role":"negative","brands":[{"brand":"hp"}]})",
         "line 2: a negative photo with a brand"},
        {R"({"file":"b","role":"positive","brands":[{"brand":"hp","legible":"so-so"}]})",
         "line 2: \"legible\" of hp must be"},
        {R"({"file":"b","role":"positive","brands":[{"brand":"hp","box":[1,2,3]}]})",
         "line 2: \"box\" of hp must be"},
        {R"({"file":"b","role":"positive","brands":[{"brand":"hp","box":[1,2,3,"4"]}]})",
         "line 2: \"box\" of hp must be"},
        {R"({"file":"b","role":"positive","brands":[{"brand":"hp","box":[1,2,3,0]}]})",
         "line 2: \"box\" of hp must be"},
        {R"({"file":"b","role":"positive","brands":[{"brand":"hp","angle":"left"}]})",
         "line 2: \"angle\" of hp must be"},
        {R"({"file":"a","role":"negative","brands":[]})", "line 2: a is labelled twice"},
    }));
    const auto photos = read_labels(
        std::string("{\"file\":\"a\",\"role\":\"negative\",\"brands\":[]}\n") + row.line + "\n");

    REQUIRE_FALSE(photos);
    CHECK_THAT(photos.error().detail, Catch::StartsWith(row.message));
}

TEST_CASE("evaluation: a mark may be without a box", "[vision][evaluation]") {
    for (const auto* box : {R"(,"box":null)", ""}) {
        const auto photos = labels(std::string(R"({"file":"a","role":"positive","brands":[)") +
                                   R"({"brand":"hp")" + box + "}]}");
        CHECK_FALSE(photos.front().marks.front().box);
        const auto report = evaluate(photos, {scan({found("hp")})});
        CHECK(report.score.recall_clear == Share{1, 1});
        CHECK(report.score.placed == Share{0, 0});
        CHECK(report.placement.found == Share{0, 0});
        CHECK(slice(report.by_height, "no box").recall_clear == Share{1, 1});
    }
}

TEST_CASE("evaluation: a brand on a photo belongs where its plainest mark does",
          "[vision][evaluation]") {
    const auto photos = labels(
        R"({"file":"a","role":"positive","scene":"GPU box product shot","brands":[)"
        R"({"brand":"hp","box":[0,0,300,300],"kind":"symbol","legible":"hard"},)"
        R"({"brand":"hp","box":[0,0,90,10],"kind":"wordmark"},)"
        R"({"brand":"hp","box":[0,0,12,40],"kind":"symbol","angle":-270}]})"
        "\n"
        R"({"file":"b","role":"positive","scene":"GPUs in a rack","brands":[{"brand":"hp","legible":"hard"}]})");
    const auto report = evaluate(photos, {scan({found("hp")}), scan({})});

    CHECK(slice(report.by_kind, "symbol").recall_clear == Share{1, 1});
    CHECK(slice(report.by_height, "8-15 px").recall_clear == Share{1, 1});
    CHECK(slice(report.by_angle, "45-135 degrees").recall_clear == Share{1, 1});
    CHECK(slice(report.by_angle, "unknown").recall_hard == Share{0, 1});
    CHECK(slice(report.by_scene, "box").recall_clear == Share{1, 1});
    CHECK(slice(report.by_scene, "rack").recall_hard == Share{0, 1});
    CHECK(slice(report.by_role, "positive").recall_hard == Share{0, 1});
}

TEST_CASE("evaluation: what was found tells its kind, size and angle", "[vision][evaluation]") {
    auto turned = found("msi", 0.9, FindingKind::symbol, {0, 0, 20, 200});
    turned.quad = {{{20, 0}, {20, 200}, {0, 200}, {0, 0}}};
    auto flipped = found("amd");
    flipped.rotation = 180;
    const auto report =
        evaluate(labels(R"({"file":"a","role":"positive","brands":[{"brand":"amd"}]})"),
                 {scan({turned, flipped})});

    CHECK(slice(report.by_kind, "symbol").precision == Share{0, 1});
    CHECK(slice(report.by_height, "16-31 px").precision == Share{1, 2});
    CHECK(slice(report.by_angle, "45-135 degrees").precision == Share{0, 1});
    CHECK(slice(report.by_angle, "135-180 degrees").precision == Share{1, 1});
    CHECK(slice(report.by_angle, "135-180 degrees").recall_clear == Share{1, 1});
}

TEST_CASE("evaluation: scenes are told by whole words", "[vision][evaluation]") {
    struct Row {
        const char* scene;
        const char* name;
    };
    const auto row = GENERATE(values<Row>({
        {"", "not said"},
        {"Open Server in rack, dim", "rack"},
        {"server board close-up", "server"},
        {"motherboards in case", "board"},
        {"laptop keyboard", "computer"},
        {"graphics card, other brand", "card"},
        {"CPU retail box", "box"},
        {"CPU in socket close-up", "chip"},
        {"cracked tracks", "other"},
    }));
    CAPTURE(row.scene);
    CHECK(chiptrail::vision::scene_class(row.scene) == row.name);
}

TEST_CASE("evaluation: a brand found beside its box is found and misplaced",
          "[vision][evaluation]") {
    const auto photos = labels(
        R"({"file":"a","role":"positive","brands":[{"brand":"hp","box":[0,0,40,40]},{"brand":"hp","box":[200,0,40,40]},{"brand":"amd","box":[0,90,9,9]}]})");
    const auto best = found("hp", 0.9, FindingKind::wordmark, {500, 0, 40, 40});
    const auto second = found("hp", 0.6, FindingKind::wordmark, {205, 5, 30, 30});
    const auto report = evaluate(photos, {scan({best, second})});

    CHECK(report.score.recall_clear == Share{1, 2});
    CHECK(report.placement.found == Share{0, 1});
    CHECK(report.placement.labelled == Share{0, 2});
    CHECK(report.placement.findings == Share{1, 2});
    CHECK(report.score.placed == Share{1, 3});
    REQUIRE(report.mistakes.size() == 2);
    CHECK(report.mistakes[1].kind == Mistake::Kind::misplaced);
    CHECK(report.mistakes[1].boxes.size() == 2);
}

TEST_CASE("evaluation: each label and each false alarm is confused once", "[vision][evaluation]") {
    const auto photos = labels(
        R"({"file":"a","role":"positive","brands":[{"brand":"amd","box":[0,0,40,40]},{"brand":"hp","box":[100,0,40,40]},{"brand":"ibm","box":[200,0,40,40]}]})"
        "\n"
        R"({"file":"b","role":"negative","brands":[]})");
    const Box at_hp = {100, 0, 40, 40};
    const auto report =
        evaluate(photos,
                 {scan({found("amd", 0.9, FindingKind::wordmark, {0, 0, 40, 40}),
                        found("msi", 0.9, FindingKind::wordmark, at_hp),
                        found("dell", 0.7, FindingKind::wordmark, {900, 900, 9, 9})}),
                  scan({found("cisco")})});

    const chiptrail::vision::Confusion photo = {
        {"amd", {{"amd", 1}}}, {"hp", {{"msi", 1}}}, {"ibm", {{"dell", 1}}}, {"", {{"cisco", 1}}}};
    CHECK(report.confusion_by_photo == photo);
    const chiptrail::vision::Confusion place = {{"amd", {{"amd", 1}}},
                                                {"hp", {{"msi", 1}}},
                                                {"ibm", {{"", 1}}},
                                                {"", {{"cisco", 1}, {"dell", 1}}}};
    CHECK(report.confusion_by_place == place);
    const auto object = nlohmann::json::parse(report_json(report));
    CHECK(object["confusion_by_place"]["ibm"]["none"] == 1);
}

TEST_CASE("evaluation: a lower limit never finds less", "[vision][evaluation]") {
    const auto report = evaluate(
        labels(kFour),
        {scan({found("dell", 0.9), found("dell", 0.2), found("intel", 0.4), found("msi", 0.4)}),
         scan({found("nvidia", 0.3)}),
         scan({found("amd", 0.99)}),
         scan({found("hp", 0.3), found("hp", 0.304)})});

    REQUIRE(report.curve.size() == 3);
    CHECK(report.curve[0].min_score == Approx(0.9));
    CHECK(report.curve[0].recall_clear == Share{1, 2});
    CHECK(report.curve[0].precision == Share{1, 1});
    CHECK(report.curve[1].recall_hard == Share{1, 1});
    CHECK(report.curve[1].precision == Share{2, 3});
    CHECK(report.curve[2].min_score == Approx(0.3));
    CHECK(report.curve[2].recall_clear == Share{2, 2});
    CHECK(report.curve[2].precision == Share{3, 5});
    for (std::size_t i = 1; i < report.curve.size(); ++i) {
        CHECK(report.curve[i].min_score < report.curve[i - 1].min_score);
        CHECK(report.curve[i].recall_clear.count >= report.curve[i - 1].recall_clear.count);
        CHECK(report.curve[i].recall_hard.count >= report.curve[i - 1].recall_hard.count);
    }
    const auto svg = chiptrail::vision::curve_svg(report);
    CHECK_THAT(svg, Catch::StartsWith("<svg ") && Catch::Contains("class=\"clear\" d=\"M"));
    CHECK_THAT(chiptrail::vision::curve_svg({}), Catch::EndsWith("</svg>\n"));
}

TEST_CASE("evaluation: a miss tells what was nearly found and what was read there",
          "[vision][evaluation]") {
    auto result = scan({found("hp", 0.4)});
    const auto reading = [](const char* text, double confidence, double x) {
        chiptrail::vision::Reading line;
        line.text = text;
        line.confidence = confidence;
        line.quad = {{{x, 0}, {x + 8, 0}, {x + 8, 8}, {x, 8}}};
        return line;
    };
    result.readings = {reading("hq", 0.5, 0), reading("far", 0.9, 400), reading("h", 0.8, 1)};
    const auto report = evaluate(
        labels(
            R"({"file":"a","role":"positive","brands":[{"brand":"hp","box":[0,0,9,9],"kind":"symbol"}]})"),
        {result});

    REQUIRE(report.mistakes.size() == 1);
    CHECK(report.mistakes[0].kind == Mistake::Kind::missed_clear);
    CHECK(report.mistakes[0].mark_kind == "symbol");
    REQUIRE(report.mistakes[0].finding);
    CHECK(report.mistakes[0].finding->score == 0.4);
    CHECK(report.mistakes[0].read_there == std::vector<std::string>{"h", "hq"});
}

TEST_CASE("evaluation: stages and the cost of the run are told", "[vision][evaluation]") {
    std::vector<ScanResult> scans;
    for (const int milliseconds : {10, 30, 20, 40}) {
        auto one = scan({});
        one.times.detect = std::chrono::milliseconds(milliseconds);
        scans.push_back(one);
    }
    auto report = evaluate(labels(kFour), scans);
    REQUIRE(report.stages.size() == 1);
    CHECK(report.stages[0].name == "detect");
    CHECK(report.stages[0].median_seconds == Approx(0.02));
    CHECK(report.stages[0].total_seconds == Approx(0.1));

    CHECK(nlohmann::json::parse(report_json(report))["cost"].is_null());
    report.cost = chiptrail::vision::RunCost{6, 512 * 1024 * 1024, 0, 2};
    const auto object = nlohmann::json::parse(report_json(report));
    CHECK(object["cost"]["cpu_seconds_per_photo"] == 1.5);
    CHECK_THAT(report_table(report),
               Catch::Contains("CPU seconds a photo: 1.50; peak memory 512 MB"));
}

TEST_CASE("evaluation: the JSON report has the promised keys and is UTF-8",
          "[vision][evaluation]") {
    auto alarm = found("msi");
    alarm.text = "m\xFFsi";
    const auto report =
        evaluate(labels(kFour), {scan({alarm}), scan({}), scan({}), scan({found("hp")})});

    const auto object = nlohmann::json::parse(report_json(report));
    CHECK(object["recall_clear"] == 0.5);
    CHECK(object["recall_hard"] == 0.0);
    CHECK(object["precision"] == 0.5);
    CHECK(object["images"] == 4);
    CHECK(object["median_seconds"] == 1.0);
    CHECK(object["p95_seconds"] == 1.0);
    CHECK(object["by_brand"]["hp"]["recall_clear"]["count"] == 1);
    CHECK(object["mistakes"].size() == 4);  // hp was found beside its box
    CHECK(nlohmann::json::parse(report_json({}))["precision"].is_null());
    CHECK_THAT(report_table(report), Catch::Contains("recall, clear marks"));
}
