#include "vision/view_plan.hpp"

#include "vision/text_detector.hpp"

#include <catch2/catch.hpp>

using chiptrail::vision::plan_views;
using chiptrail::vision::View;

namespace {

bool covered(cv::Size photo, const std::vector<View>& views) {
    cv::Mat seen(photo, CV_8UC1, cv::Scalar(0));
    for (const auto& view : views) {
        seen(view.part).setTo(1);
    }
    return cv::countNonZero(seen) == photo.area();
}

}  // namespace

TEST_CASE("views: every pixel is looked at, every view fits, the budget holds", "[vision][views]") {
    const auto size = GENERATE(values<cv::Size>({{1920, 1440},
                                                 {800, 800},
                                                 {3905, 364},
                                                 {60, 20},
                                                 {1440, 1920},
                                                 {1, 1},
                                                 {5000, 40},
                                                 {300, 4000},
                                                 {8000, 6000}}));
    const int max_views = GENERATE(1, 3, 6, 12);
    CAPTURE(size.width, size.height, max_views);

    const auto plan = plan_views(size, max_views);
    CHECK(covered(size, plan.coarse));
    CHECK((plan.fine.empty() || covered(size, plan.fine)));
    CHECK(plan.coarse.size() + plan.fine.size() <= static_cast<std::size_t>(max_views));
    for (const auto* views : {&plan.coarse, &plan.fine}) {
        for (const auto& view : *views) {
            CHECK(view.size().width <= plan.shape.width);
            CHECK(view.size().height <= plan.shape.height);
        }
    }
}

TEST_CASE("views: what is printed small on a small photo is enlarged up to four times",
          "[vision][views]") {
    const auto plan = plan_views({462, 40}, 6);
    REQUIRE_FALSE(plan.fine.empty());
    CHECK(plan.fine.front().scale == Approx(4));
    CHECK(plan.coarse.size() + plan.fine.size() <= 3);
}

TEST_CASE("views: a small photo is enlarged, but at first not beyond twice", "[vision][views]") {
    CHECK(plan_views({323, 119}, 6).coarse.front().scale == Approx(2));
    CHECK(plan_views({800, 600}, 6).coarse.front().scale == Approx(1.28));
}
