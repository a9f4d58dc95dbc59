#include "vision/evaluation_compare.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using chiptrail::vision::Change;
using chiptrail::vision::compare;
using chiptrail::vision::evaluate;
using chiptrail::vision::EvaluationReport;
using chiptrail::vision::report_json;

namespace {

EvaluationReport run(const std::string& labels,
                     const std::vector<std::vector<std::string>>& found,
                     double seconds) {
    const auto photos = chiptrail::vision::read_labels(labels);
    REQUIRE(photos);
    std::vector<chiptrail::vision::ScanResult> scans;
    for (const auto& brands : found) {
        chiptrail::vision::ScanResult scan;
        scan.decoded = true;
        scan.seconds = seconds;
        for (const auto& brand : brands) {
            chiptrail::core::Finding finding;
            finding.brand = brand;
            finding.score = 0.9;
            scan.findings.push_back(finding);
        }
        scans.push_back(scan);
    }
    return evaluate(*photos, scans);
}

std::vector<std::string> names(const std::vector<Change>& changes) {
    std::vector<std::string> result;
    for (const auto& change : changes) {
        result.push_back(change.file + " " + change.brand + " " + change.label);
    }
    return result;
}

using Names = std::vector<std::string>;

const std::string kLabels =
    R"({"file":"a","role":"positive","brands":[{"brand":"hp"},{"brand":"amd","legible":"hard"},{"brand":"msi"}]})"
    "\n"
    R"({"file":"b","role":"negative","brands":[]})"
    "\n"
    R"({"file":"c","role":"product_mark_only","brands":[]})"
    "\n";

}  // namespace

TEST_CASE("evaluation compare: gained and lost are told by name", "[vision][evaluation]") {
    const auto before = run(kLabels, {{"hp", "dell"}, {"ibm"}, {}}, 2);
    const auto now = run(kLabels, {{"amd", "cisco"}, {"ibm"}, {"nvidia"}}, 1);

    const auto comparison = compare(report_json(before), now);

    REQUIRE(comparison);
    CHECK(names(comparison->gained) == Names{"a amd hard"});
    CHECK(names(comparison->lost) == Names{"a hp clear"});
    CHECK(names(comparison->new_alarms) == Names{"a cisco none"});
    CHECK(names(comparison->gone_alarms) == Names{"a dell none"});
    CHECK(comparison->only_before.empty());
    CHECK(comparison->median_seconds_before == 2);
    CHECK(comparison->median_seconds_now == 1);
    CHECK_THAT(comparison_table(*comparison), Catch::Contains("missed now, found before: 1\n  hp"));
    const auto json = nlohmann::json::parse(report_json(now, &*comparison));
    CHECK(json["compared"]["gained"][0]["brand"] == "amd");
    CHECK(json["compared"]["gone_alarms"][0]["file"] == "a");
}

TEST_CASE("evaluation compare: the same run changed nothing", "[vision][evaluation]") {
    const auto report = run(kLabels, {{"hp", "dell"}, {"ibm"}, {"amd"}}, 1);
    const auto comparison = compare(report_json(report), report);

    REQUIRE(comparison);
    CHECK(comparison->gained.empty());
    CHECK(comparison->lost.empty());
    CHECK(comparison->new_alarms.empty());
    CHECK(comparison->gone_alarms.empty());
}

TEST_CASE("evaluation compare: changed labels are no change of the scanner",
          "[vision][evaluation]") {
    const auto before = run(R"({"file":"a","role":"positive","brands":[{"brand":"hp"}]})"
                            "\n"
                            R"({"file":"gone","role":"negative","brands":[]})",
                            {{"dell", "ibm"}, {}},
                            1);
    const auto now = run(R"({"file":"a","role":"positive","brands":[{"brand":"dell"}]})"
                         "\n"
                         R"({"file":"new","role":"negative","brands":[]})",
                         {{"hp", "dell"}, {"msi"}},
                         1);
    const auto comparison = compare(report_json(before), now);

    REQUIRE(comparison);
    CHECK(comparison->gained.empty());
    CHECK(comparison->lost.empty());
    CHECK(comparison->new_alarms.empty());
    CHECK(names(comparison->gone_alarms) == Names{"a ibm none"});
    CHECK(comparison->only_before == Names{"gone"});
    CHECK(comparison->only_now == Names{"new"});
}

TEST_CASE("evaluation compare: anything else is refused", "[vision][evaluation]") {
    for (const auto* text : {"",
                             "no json",
                             "[]",
                             "{}",
                             R"({"photos":1})",
                             R"({"photos":[1]})",
                             R"({"photos":[{"file":"a"}]})",
                             R"({"photos":[{"file":"a","brands":[1]}]})"}) {
        CAPTURE(text);
        CHECK_FALSE(compare(text, {}));
    }
}
