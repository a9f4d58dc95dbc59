#include "vision/evaluation_curve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

namespace chiptrail::vision {

namespace {

void count_point(CurvePoint& point, const ScoredBrand& brand) {
    point.precision.of += 1;
    if (brand.labelled) {
        point.precision.count += 1;
        (brand.clear ? point.recall_clear : point.recall_hard).count += 1;
    }
}

constexpr double kWidth = 640;
constexpr double kHeight = 420;
constexpr double kLeft = 60;
constexpr double kRight = 28;
constexpr double kTop = 16;
constexpr double kBottom = 48;

double to_x(double recall) {
    return kLeft + recall * (kWidth - kLeft - kRight);
}

/// `lowest` is the precision at the bottom of the picture.
double to_y(double precision, double lowest) {
    return kTop + (1 - precision) / (1 - lowest) * (kHeight - kTop - kBottom);
}

double lowest_precision(const std::vector<CurvePoint>& curve) {
    double lowest = 0.9;
    for (const auto& point : curve) {
        lowest = point.precision.of == 0 ? lowest : std::min(lowest, point.precision.value());
    }
    return std::floor(lowest * 10) / 10;
}

std::string grid(double lowest) {
    std::string out;
    for (int tenth = 0; tenth <= 10; tenth += 2) {
        const double x = to_x(tenth / 10.0);
        out += fmt::format(
            "<path class=\"grid\" d=\"M{0:.1f} {1:.1f}V{2:.1f}\"/>"
            "<text x=\"{0:.1f}\" y=\"{3:.1f}\" text-anchor=\"middle\">{4} %</text>",
            x,
            kTop,
            kHeight - kBottom,
            kHeight - kBottom + 18,
            tenth * 10);
    }
    constexpr int kRows = 5;
    for (int row = 0; row <= kRows; ++row) {
        const double precision = lowest + (1 - lowest) * row / kRows;
        const double y = to_y(precision, lowest);
        out += fmt::format(
            "<path class=\"grid\" d=\"M{0:.1f} {1:.1f}H{2:.1f}\"/>"
            "<text x=\"{3:.1f}\" y=\"{4:.1f}\" text-anchor=\"end\">{5:.0f} %</text>",
            kLeft,
            y,
            kWidth - kRight,
            kLeft - 6,
            y + 4,
            100 * precision);
    }
    return out;
}

using RecallOf = std::function<const Share&(const CurvePoint&)>;

std::string line(const EvaluationReport& report,
                 const char* name,
                 double lowest,
                 const RecallOf& recall) {
    std::string path;
    std::string dot;
    for (const auto& point : report.curve) {
        if (point.precision.of == 0 || recall(point).of == 0) {
            continue;
        }
        const double x = to_x(recall(point).value());
        const double y = to_y(point.precision.value(), lowest);
        path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x, y);
        if (point.min_score >= report.min_score) {
            dot = fmt::format(
                "<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\"/>", name, x, y);
        }
    }
    return path.empty() ? path : fmt::format("<path class=\"{}\" d=\"{}\"/>", name, path) + dot;
}

}  // namespace

std::vector<CurvePoint> make_curve(std::vector<ScoredBrand> brands,
                                   std::size_t clear,
                                   std::size_t hard) {
    std::ranges::sort(brands, std::greater<>(), &ScoredBrand::score);
    std::vector<CurvePoint> curve;
    CurvePoint point;
    point.recall_clear.of = clear;
    point.recall_hard.of = hard;
    for (std::size_t i = 0; i < brands.size();) {
        // A fixed grid keeps the curve short and the points of two runs comparable.
        point.min_score = std::floor(brands[i].score * 100) / 100;
        while (i < brands.size() && brands[i].score >= point.min_score) {
            count_point(point, brands[i]);
            ++i;
        }
        curve.push_back(point);
    }
    return curve;
}

std::string curve_svg(const EvaluationReport& report) {
    const double lowest = lowest_precision(report.curve);
    std::string out = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" "
        "width=\"{0:.0f}\" "
        "height=\"{1:.0f}\" role=\"img\" aria-label=\"precision over recall\" "
        "font-family=\"sans-serif\" font-size=\"12\">"
        "<style>.grid{{stroke:#ccc}}.clear{{stroke:#06c;fill:none;stroke-width:2}}"
        ".hard{{stroke:#c50;fill:none;stroke-width:2}}circle.clear{{fill:#06c}}"
        "circle.hard{{fill:#c50}}</style>"
        "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>",
        kWidth,
        kHeight);
    out += grid(lowest);
    out += line(report, "clear", lowest, [](const CurvePoint& point) -> const Share& {
        return point.recall_clear;
    });
    out += line(report, "hard", lowest, [](const CurvePoint& point) -> const Share& {
        return point.recall_hard;
    });
    out += fmt::format(
        "<text x=\"{:.0f}\" y=\"{:.0f}\" text-anchor=\"middle\">recall: "
        "<tspan fill=\"#06c\">clear marks</tspan>, <tspan fill=\"#c50\">hard marks</tspan>; "
        "the dot is at score {:.2f}</text>",
        kLeft + (kWidth - kLeft - kRight) / 2,
        kHeight - 10,
        report.min_score);
    out += fmt::format(
        "<text transform=\"translate(14 {:.0f}) rotate(-90)\" text-anchor=\"middle\">precision"
        "</text></svg>\n",
        kTop + (kHeight - kTop - kBottom) / 2);
    return out;
}

}  // namespace chiptrail::vision
