#include "pipeline/detection_diff.hpp"

#include <catch2/catch.hpp>

using namespace chiptrail;
using pipeline::compare;

namespace {

core::Finding mark(const std::string& brand, double score, core::Box box) {
    core::Finding finding;
    finding.brand = brand;
    finding.score = score;
    finding.box = box;
    return finding;
}

std::string summary(const std::vector<core::Finding>& before,
                    const std::vector<core::Finding>& after) {
    std::string text;
    for (const auto& change : compare(before, after)) {
        text += std::string(text.empty() ? "" : " ") + std::string(pipeline::to_text(change.kind)) +
                ":" + (change.after.brand.empty() ? change.before.brand : change.after.brand);
    }
    return text;
}

}  // namespace

TEST_CASE("detection diff: what changed between two looks is named", "[pipeline]") {
    const auto dell = mark("dell", 0.9, {10, 10, 100, 40});
    struct Row {
        const char* why;
        std::vector<core::Finding> before;
        std::vector<core::Finding> after;
        const char* changes;
    };
    const std::vector<Row> rows = {
        {"nothing at all", {}, {}, ""},
        {"the same", {dell}, {dell}, ""},
        {"framed a little otherwise", {dell}, {mark("dell", 0.9, {12, 11, 98, 40})}, ""},
        {"a score in the noise", {dell}, {mark("dell", 0.903, {10, 10, 100, 40})}, ""},
        {"another score", {dell}, {mark("dell", 0.8, {10, 10, 100, 40})}, "score:dell"},
        {"elsewhere", {dell}, {mark("dell", 0.9, {500, 10, 100, 40})}, "moved:dell"},
        {"new", {}, {dell}, "added:dell"},
        {"lost", {dell}, {}, "gone:dell"},
        {"another brand there",
         {dell},
         {mark("hpe", 0.9, {10, 10, 100, 40})},
         "gone:dell added:hpe"},
        {"a second one elsewhere does not take the first one's place",
         {dell},
         {mark("dell", 0.7, {500, 10, 100, 40}), dell},
         "added:dell"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        CHECK(summary(row.before, row.after) == row.changes);
    }
}
