#include "core/file.hpp"
#include "core/result.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/vision/pictures.hpp"
#include "vision/evaluation.hpp"

#include <catch2/catch.hpp>

#include <string>

using chiptrail::vision::EvaluationReport;
using chiptrail::vision::Mistake;
using chiptrail::vision::write_report_html;

namespace {

std::string page(const EvaluationReport& report, const chiptrail::tests::TempDir& folder) {
    const auto decoder = chiptrail::vision::make_in_process_decoder({});
    write_report_html(report, folder.path(), folder / "out", *decoder);
    const auto text = chiptrail::core::read_file(folder / "out" / "index.html", 64'000'000);
    REQUIRE(text);
    return *text;
}

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++found;
    }
    return found;
}

}  // namespace

TEST_CASE("evaluation page: every mistake is there, false alarms first", "[vision][evaluation]") {
    const chiptrail::tests::TempDir folder;
    EvaluationReport report;
    chiptrail::core::Finding alarm;
    alarm.brand = "cisco";
    alarm.text = "<svg onload=alert(1)>";
    alarm.why = "read '<script>' at 0.90";
    report.mistakes = {{Mistake::Kind::missed_clear, "gone.jpg", "dell", {}, {{1, 2, 30, 40}}},
                       {Mistake::Kind::false_alarm, "a\"><img>.jpg", "cisco", alarm}};
    report.mistakes[0].read_there = {"</q><b>"};
    report.mistakes[0].mark_kind = "\"><option>";
    report.curve = {{0.5, {1, 2}, {0, 0}, {1, 1}}};
    chiptrail::core::write_file_durably(folder / "a\"><img>.jpg", "no picture");

    auto html = page(report, folder);

    CHECK(html.find("Missed: dell") > html.find("False alarm: cisco"));
    CHECK(html.find("Missed: dell") != std::string::npos);
    CHECK(html.find("<script>read") == std::string::npos);
    CHECK(count(html, "<script>") == 1);  // the page's own
    CHECK(html.find("&lt;script&gt;") != std::string::npos);
    CHECK(html.find("<svg onload") == std::string::npos);
    CHECK(html.find("\"><img>.jpg") == std::string::npos);
    CHECK(html.find("</q><b>") == std::string::npos);
    CHECK(html.find("\"><option>\"") == std::string::npos);
    CHECK(html.find("no picture: ") != std::string::npos);
    CHECK(html.find("gone.jpg") != std::string::npos);
    CHECK(html.find("Content-Security-Policy") != std::string::npos);
    // The name of SVG's namespace is no address that anything is fetched from.
    CHECK(count(html, "http:") == count(html, "http://www.w3.org/2000/svg"));
    CHECK(count(html, "https:") == 0);
}

TEST_CASE("evaluation page: a photo stands there once, with what is labelled and found cut out",
          "[vision][evaluation]") {
    const chiptrail::tests::TempDir folder;
    EvaluationReport report;
    chiptrail::core::Finding alarm;
    alarm.brand = "cisco";
    alarm.box = {100, 10, 40, 20};
    report.mistakes = {
        {Mistake::Kind::missed_clear, "a.png", "dell", {}, {{1, 2, 30, 40}}, "symbol"},
        {Mistake::Kind::misplaced, "a.png", "cisco", alarm, {{50, 2, 30, 40}}, "wordmark"}};
    chiptrail::core::write_file_durably(
        folder / "a.png",
        chiptrail::tests::encoded(chiptrail::tests::two_halves(800, 600), ".png"));

    const auto html = page(report, folder);

    CHECK(count(html, "<image id=\"p0\" width=\"800\" height=\"600\"") == 1);
    CHECK(count(html, "<use href=\"#p0\"/>") == 1);
    CHECK(count(html, "<figure>") == 3);
    CHECK(count(html, "labelled, 30 x 40 px") == 2);
    CHECK(count(html, "found, 40 x 20 px") == 1);
    CHECK(count(html, "data-mark=\"symbol\"") == 1);
    CHECK(count(html, "<option>cisco</option>") == 1);
}

TEST_CASE("evaluation page: a folder that cannot be made is an error", "[vision][evaluation]") {
    const chiptrail::tests::TempDir folder;
    chiptrail::core::write_file_durably(folder / "file", "x");

    const auto decoder = chiptrail::vision::make_in_process_decoder({});
    CHECK_THROWS_AS(write_report_html({}, folder.path(), folder / "file" / "out", *decoder),
                    chiptrail::core::Error);
}
