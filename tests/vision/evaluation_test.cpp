#include "vision/evaluation.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

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
using chiptrail::vision::Share;

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
    CHECK(report.by_brand.at("msi").false_alarms == 1);
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
    CHECK(report.recall_by_kind.at("wordmark").of == 2);
    CHECK(report.recall_by_height.at(" 32-63 px").of == 2);
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
        {R"({"file":"a","role":"negative","brands":[1]})", "line 2: a brand without"},
    }));
    const auto photos = read_labels(
        std::string("{\"file\":\"a\",\"role\":\"negative\",\"brands\":[]}\n") + row.line + "\n");

    REQUIRE_FALSE(photos);
    CHECK_THAT(photos.error().detail, Catch::StartsWith(row.message));
}

TEST_CASE("evaluation: boxes that make no sense are no boxes", "[vision][evaluation]") {
    for (const auto* box : {"null", "[1,2,3]", "[1,2,3,\"4\"]", "{}"}) {
        const auto photos = labels(std::string(R"({"file":"a","role":"positive","brands":[)") +
                                   R"({"brand":"hp","box":)" + box + "}]}");
        CHECK_FALSE(photos.front().marks.front().box);
    }
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
    CHECK(object["mistakes"].size() == 3);
    CHECK(nlohmann::json::parse(report_json({}))["precision"].is_null());
    CHECK_THAT(report_table(report), Catch::Contains("recall, clear marks"));
}
