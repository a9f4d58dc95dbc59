#include "vision/evaluation.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <string>
#include <string_view>

namespace chiptrail::vision {

namespace {

using nlohmann::ordered_json;

double rounded(double value) {
    return std::round(value * 10'000) / 10'000;
}

ordered_json to_json(const Share& share) {
    return {{"count", share.count},
            {"of", share.of},
            {"share", share.of == 0 ? ordered_json() : ordered_json(rounded(share.value()))},
            {"low", rounded(share.low())},
            {"high", rounded(share.high())}};
}

ordered_json value_or_null(const Share& share) {
    return share.of == 0 ? ordered_json() : ordered_json(rounded(share.value()));
}

ordered_json to_json(const Score& score) {
    return {{"recall_clear", to_json(score.recall_clear)},
            {"recall_hard", to_json(score.recall_hard)},
            {"precision", to_json(score.precision)},
            {"alarmed_negatives", to_json(score.alarmed_negatives)}};
}

ordered_json to_json(const core::Box& box) {
    return {box.x, box.y, box.width, box.height};
}

ordered_json to_json(const Mistake& mistake) {
    ordered_json object = {
        {"kind", to_text(mistake.kind)}, {"file", mistake.file}, {"brand", mistake.brand}};
    if (mistake.finding) {
        object["text"] = mistake.finding->text;
        object["score"] = rounded(mistake.finding->score);
        object["box"] = to_json(mistake.finding->box);
        object["why"] = mistake.finding->why;
    } else {
        object["boxes"] = ordered_json::array();
        for (const auto& box : mistake.boxes) {
            object["boxes"].push_back(to_json(box));
        }
    }
    return object;
}

ordered_json to_json(const BrandScore& score) {
    return {{"recall_clear", to_json(score.recall_clear)},
            {"recall_hard", to_json(score.recall_hard)},
            {"false_alarms", score.false_alarms}};
}

template <class Value>
ordered_json to_json(const std::map<std::string, Value>& values) {
    auto object = ordered_json::object();
    for (const auto& [key, value] : values) {
        object[key] = to_json(value);
    }
    return object;
}

std::string row(std::string_view name, const Share& share) {
    if (share.of == 0) {
        return fmt::format("  {:<24} none\n", name);
    }
    return fmt::format("  {:<24} {:>5.1f} %  {:>4} of {:<4}  95 % interval {:.1f} to {:.1f} %\n",
                       name,
                       100 * share.value(),
                       share.count,
                       share.of,
                       100 * share.low(),
                       100 * share.high());
}

std::string rows(std::string_view title, const Score& score) {
    return fmt::format("{}\n{}{}{}{}",
                       title,
                       row("recall, clear marks", score.recall_clear),
                       row("recall, hard marks", score.recall_hard),
                       row("precision", score.precision),
                       row("negatives alarmed", score.alarmed_negatives));
}

}  // namespace

std::string_view to_text(Mistake::Kind kind) {
    switch (kind) {
        case Mistake::Kind::missed_clear:
            return "missed_clear";
        case Mistake::Kind::missed_hard:
            return "missed_hard";
        case Mistake::Kind::false_alarm:
            return "false_alarm";
    }
    return "";
}

std::string report_json(const EvaluationReport& report) {
    auto mistakes = ordered_json::array();
    for (const auto& mistake : report.mistakes) {
        mistakes.push_back(to_json(mistake));
    }
    const ordered_json object = {
        {"images", report.images},
        {"positives", report.positives},
        {"negatives", report.negatives},
        {"product_mark_only", report.product_mark_only},
        {"unreadable", report.unreadable},
        {"recall_clear", value_or_null(report.score.recall_clear)},
        {"recall_hard", value_or_null(report.score.recall_hard)},
        {"precision", value_or_null(report.score.precision)},
        {"median_seconds", rounded(report.median_seconds)},
        {"p95_seconds", rounded(report.p95_seconds)},
        {"marks", to_json(report.score)},
        {"with_implied", to_json(report.with_implied)},
        {"placed_clear", to_json(report.placed_clear)},
        {"placed_hard", to_json(report.placed_hard)},
        {"by_brand", to_json(report.by_brand)},
        {"by_kind", to_json(report.recall_by_kind)},
        {"by_height", to_json(report.recall_by_height)},
        {"by_group", to_json(report.by_group)},
        {"mistakes", std::move(mistakes)},
    };
    // What a photo says may be no UTF-8; the report must be.
    return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string report_table(const EvaluationReport& report) {
    std::string out = fmt::format(
        "{} photos: {} with marks, {} without, {} with a product name only; "
        "{} unreadable\n",
        report.images,
        report.positives,
        report.negatives,
        report.product_mark_only,
        report.unreadable);
    out += fmt::format("seconds a photo: median {:.2f}, 95 % under {:.2f}\n\n",
                       report.median_seconds,
                       report.p95_seconds);
    out += rows("Brands on photos, by marks", report.score);
    out += rows("The same, product lines counted for their brand", report.with_implied);
    out += "Single marks, found at their place\n";
    out += row("clear", report.placed_clear) + row("hard", report.placed_hard);
    for (const auto& [kind, share] : report.recall_by_kind) {
        out += row(kind, share);
    }
    for (const auto& [height, share] : report.recall_by_height) {
        out += row(height, share);
    }
    out +=
        fmt::format("\n  {:<14} {:>12} {:>12} {:>13}\n", "brand", "clear", "hard", "false alarms");
    for (const auto& [brand, score] : report.by_brand) {
        out += fmt::format("  {:<14} {:>5} of {:<3} {:>5} of {:<3} {:>13}\n",
                           brand,
                           score.recall_clear.count,
                           score.recall_clear.of,
                           score.recall_hard.count,
                           score.recall_hard.of,
                           score.false_alarms);
    }
    for (const auto kind :
         {Mistake::Kind::false_alarm, Mistake::Kind::missed_clear, Mistake::Kind::missed_hard}) {
        for (const auto& mistake : report.mistakes) {
            if (mistake.kind == kind) {
                out += fmt::format("\n{} {} {}{}",
                                   to_text(kind),
                                   mistake.brand,
                                   mistake.file,
                                   mistake.finding ? ": " + mistake.finding->why : "");
            }
        }
    }
    return out + "\n";
}

}  // namespace chiptrail::vision
