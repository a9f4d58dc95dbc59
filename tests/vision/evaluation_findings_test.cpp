#include "vision/evaluation_findings.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <string>
#include <vector>

using chiptrail::core::Box;
using chiptrail::core::FindingKind;
using chiptrail::vision::findings_line;
using chiptrail::vision::LabelledPhoto;
using chiptrail::vision::read_findings;
using chiptrail::vision::ScanResult;

namespace {

std::vector<LabelledPhoto> photos(const std::vector<std::string>& files) {
    std::vector<LabelledPhoto> result;
    for (const auto& file : files) {
        LabelledPhoto photo;
        photo.file = file;
        result.push_back(photo);
    }
    return result;
}

}  // namespace

TEST_CASE("findings file: one finding a line, of any program", "[vision][evaluation]") {
    const auto read = read_findings(
        R"({"file":"b.jpg","brand":"dell","box":[1,2,30,40],"score":0.8,"seconds":0.5,"cpu_seconds":0.75})"
        "\n"
        R"({"file":"b.jpg","brand":"hp","kind":"symbol","seconds":0.5,"cpu_seconds":0.75})"
        "\n\n"
        R"({"file":"c.jpg","brand":null,"seconds":2,"cpu_seconds":1})"
        "\n"
        R"({"file":"x.jpg","brand":"dell"})",
        photos({"a.jpg", "b.jpg", "c.jpg"}));

    REQUIRE(read);
    CHECK(read->photos_not_named == 1);
    CHECK(read->lines_not_asked == 1);
    CHECK(read->cpu_seconds == Approx(1.75));
    REQUIRE(read->scans.size() == 3);
    CHECK(read->scans[0].findings.empty());
    CHECK(read->scans[0].decoded);
    REQUIRE(read->scans[1].findings.size() == 2);
    const auto& dell = read->scans[1].findings[0];
    CHECK(dell.brand == "dell");
    CHECK(dell.kind == FindingKind::wordmark);
    CHECK(dell.score == 0.8);
    CHECK(dell.box == Box{1, 2, 30, 40});
    CHECK(dell.quad[2].x == 31);
    CHECK(read->scans[1].findings[1].score == 1);
    CHECK(read->scans[1].findings[1].kind == FindingKind::symbol);
    CHECK(read->scans[1].seconds == 0.5);
    CHECK(read->scans[2].findings.empty());
    CHECK(read->scans[2].seconds == 2);
}

TEST_CASE("findings file: what was kept comes back the same", "[vision][evaluation]") {
    ScanResult scan;
    scan.decoded = true;
    scan.seconds = 1.25;
    scan.times.recognise = std::chrono::milliseconds(700);
    chiptrail::core::Finding finding;
    finding.brand = "nvidia";
    finding.kind = FindingKind::symbol;
    finding.text = "eye\xFF \"quoted\"";
    finding.score = 0.6125;
    finding.box = {10, 20, 30, 40};
    finding.quad = {{{40, 20}, {40, 60}, {10, 60}, {10, 20}}};
    finding.why = "looks like it";
    finding.rotation = 90;
    auto model = finding;
    model.kind = FindingKind::model;
    model.brand.clear();
    model.model = "H100";
    model.box = {};
    scan.findings = {finding, model};
    chiptrail::vision::Reading reading;
    reading.text = "NVIDIA";
    reading.confidence = 0.5;
    reading.quad = finding.quad;
    scan.readings = {reading};
    ScanResult broken;
    broken.problem = "no picture";

    const auto read =
        read_findings(findings_line("a", scan) + findings_line("b", broken), photos({"a", "b"}));

    REQUIRE(read);
    const auto& same = read->scans[0];
    CHECK(same.decoded);
    CHECK(same.seconds == 1.25);
    CHECK(same.times.recognise == scan.times.recognise);
    REQUIRE(same.findings.size() == 2);
    finding.text = "eye\xEF\xBF\xBD \"quoted\"";
    model.text = finding.text;
    CHECK(same.findings[0] == finding);
    CHECK(same.findings[1] == model);
    REQUIRE(same.readings.size() == 1);
    CHECK(same.readings[0].text == "NVIDIA");
    CHECK(same.readings[0].quad == finding.quad);
    CHECK_FALSE(read->scans[1].decoded);
    CHECK(read->scans[1].problem == "no picture");
}

TEST_CASE("findings file: what scan --json prints is understood", "[vision][evaluation]") {
    const auto read = read_findings(
        R"({"file":"a","sha256":null,"width":9,"height":9,"findings":[{"brand":"dell","kind":"implied","text":"R740","score":0.9,"box":[1,2,3,4],"quad":[[1,2],[4,2],[4,6],[1,6]],"why":"x"}],"seconds":0.1,"readings":[{"text":"R740","confidence":1,"quad":"?"}]})",
        photos({"a"}));

    REQUIRE(read);
    REQUIRE(read->scans[0].findings.size() == 1);
    CHECK(read->scans[0].findings[0].kind == FindingKind::implied);
    CHECK(read->scans[0].readings.size() == 1);
}

TEST_CASE("findings file: a bad line is named", "[vision][evaluation]") {
    struct Row {
        const char* line;
        const char* message;
    };
    const auto row = GENERATE(values<Row>({
        {"x", "line 2: is no JSON object"},
        {"{}", "line 2: \"file\" is missing"},
        {R"({"file":"a","brand":"hp","score":1.5})", "line 2: \"score\" must be"},
        {R"({"file":"a","brand":"hp","score":"high"})", "line 2: \"score\" must be"},
        {R"({"file":"a","brand":"hp","box":[1,2]})", "line 2: \"box\" must be"},
        {R"({"file":"a","brand":"hp","kind":"logo"})", "line 2: \"kind\" must be"},
        {R"({"file":"a","findings":1})", "line 2: \"findings\" must be a list"},
        {R"({"file":"a","findings":[1]})", "line 2: a finding is no JSON object"},
    }));
    CAPTURE(row.line);
    const auto read = read_findings(std::string("{\"file\":\"a\"}\n") + row.line, photos({"a"}));

    REQUIRE_FALSE(read);
    CHECK_THAT(read.error().detail, Catch::StartsWith(row.message));
}
