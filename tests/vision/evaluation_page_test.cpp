#include "core/file.hpp"
#include "core/result.hpp"
#include "tests/support/temp_dir.hpp"
#include "vision/evaluation.hpp"

#include <catch2/catch.hpp>

#include <string>

using chiptrail::vision::EvaluationReport;
using chiptrail::vision::Mistake;
using chiptrail::vision::write_report_html;

namespace {

std::string page(const EvaluationReport& report, const chiptrail::tests::TempDir& folder) {
    write_report_html(report, folder.path(), folder / "out");
    const auto text = chiptrail::core::read_file(folder / "out" / "index.html", 1'000'000);
    REQUIRE(text);
    return *text;
}

}  // namespace

TEST_CASE("evaluation page: every mistake is there, false alarms first", "[vision][evaluation]") {
    const chiptrail::tests::TempDir folder;
    EvaluationReport report;
    chiptrail::core::Finding alarm;
    alarm.brand = "cisco";
    alarm.why = "read '<script>' at 0.90";
    report.mistakes = {{Mistake::Kind::missed_clear, "gone.jpg", "dell", {}, {{1, 2, 30, 40}}},
                       {Mistake::Kind::false_alarm, "a\"><img>.jpg", "cisco", alarm, {}}};
    chiptrail::core::write_file_durably(folder / "a\"><img>.jpg", "no picture");

    const auto html = page(report, folder);

    CHECK(html.find("Missed: dell") > html.find("False alarm: cisco"));
    CHECK(html.find("Missed: dell") != std::string::npos);
    CHECK(html.find("<script>") == std::string::npos);
    CHECK(html.find("&lt;script&gt;") != std::string::npos);
    CHECK(html.find("\"><img>.jpg") == std::string::npos);
    CHECK(html.find("no picture: ") != std::string::npos);
    CHECK(html.find("gone.jpg") != std::string::npos);
    CHECK(html.find("http") == std::string::npos);
}

TEST_CASE("evaluation page: a folder that cannot be made is an error", "[vision][evaluation]") {
    const chiptrail::tests::TempDir folder;
    chiptrail::core::write_file_durably(folder / "file", "x");

    CHECK_THROWS_AS(write_report_html({}, folder.path(), folder / "file" / "out"),
                    chiptrail::core::Error);
}
