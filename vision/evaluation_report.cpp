#include "vision/evaluation.hpp"
#include "vision/evaluation_compare.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

namespace chiptrail::vision {

namespace {

using nlohmann::ordered_json;

double rounded(double value) {
    return std::round(value * 10'000) / 10'000;
}

ordered_json value_or_null(const Share& share) {
    return share.of == 0 ? ordered_json() : ordered_json(rounded(share.value()));
}

ordered_json to_json(const Share& share) {
    return {{"count", share.count},
            {"of", share.of},
            {"share", value_or_null(share)},
            {"low", rounded(share.low())},
            {"high", rounded(share.high())}};
}

ordered_json to_json(const Score& score) {
    return {{"recall_clear", to_json(score.recall_clear)},
            {"recall_hard", to_json(score.recall_hard)},
            {"precision", to_json(score.precision)},
            {"alarmed_negatives", to_json(score.alarmed_negatives)},
            {"placed", to_json(score.placed)},
            {"false_alarms", score.precision.of - score.precision.count}};
}

ordered_json to_json(const std::map<std::string, Score>& scores) {
    auto object = ordered_json::object();
    for (const auto& [name, score] : scores) {
        object[name] = to_json(score);
    }
    return object;
}

ordered_json to_json(const std::vector<Slice>& slices) {
    auto object = ordered_json::object();
    for (const auto& slice : slices) {
        object[slice.name] = to_json(slice.score);
    }
    return object;
}

ordered_json to_json(const core::Box& box) {
    return {box.x, box.y, box.width, box.height};
}

ordered_json to_json(const Mistake& mistake) {
    ordered_json object = {{"kind", to_text(mistake.kind)},
                           {"file", mistake.file},
                           {"brand", mistake.brand},
                           {"mark", mistake.mark_kind},
                           {"boxes", ordered_json::array()}};
    for (const auto& box : mistake.boxes) {
        object["boxes"].push_back(to_json(box));
    }
    if (mistake.finding) {
        object["text"] = mistake.finding->text;
        object["score"] = rounded(mistake.finding->score);
        object["box"] = to_json(mistake.finding->box);
        object["why"] = mistake.finding->why;
    }
    if (!mistake.read_there.empty()) {
        object["read_there"] = mistake.read_there;
    }
    return object;
}

ordered_json to_json(const Confusion& confusion) {
    // No brand's key is "none": labels and the lexicon would not tell it from nothing.
    const auto name = [](const std::string& brand) { return brand.empty() ? "none" : brand; };
    auto object = ordered_json::object();
    for (const auto& [labelled, row] : confusion) {
        for (const auto& [found, count] : row) {
            object[name(labelled)][name(found)] = count;
        }
    }
    return object;
}

ordered_json to_json(const CurvePoint& point) {
    return {{"min_score", rounded(point.min_score)},
            {"recall_clear", value_or_null(point.recall_clear)},
            {"recall_hard", value_or_null(point.recall_hard)},
            {"precision", value_or_null(point.precision)},
            {"found", point.precision.of}};
}

ordered_json to_json(const Outcome& outcome) {
    ordered_json object = {{"brand", outcome.brand}, {"label", "none"}, {"score", nullptr}};
    if (outcome.labelled) {
        object["label"] = outcome.clear ? "clear" : "hard";
    }
    if (outcome.score) {
        object["score"] = rounded(*outcome.score);
        object["centred"] = outcome.centred;
    }
    return object;
}

ordered_json to_json(const PhotoOutcome& outcome);
ordered_json to_json(const Change& change);

template <class Value>
ordered_json list(const std::vector<Value>& values) {
    auto array = ordered_json::array();
    for (const auto& value : values) {
        array.push_back(to_json(value));
    }
    return array;
}

ordered_json to_json(const PhotoOutcome& outcome) {
    return {{"file", outcome.file},
            {"role", to_text(outcome.role)},
            {"seconds", rounded(outcome.seconds)},
            {"brands", list(outcome.brands)}};
}

ordered_json to_json(const Change& change) {
    return {{"file", change.file}, {"brand", change.brand}, {"label", change.label}};
}

ordered_json to_json(const Comparison& comparison) {
    return {{"gained", list(comparison.gained)},
            {"lost", list(comparison.lost)},
            {"new_alarms", list(comparison.new_alarms)},
            {"gone_alarms", list(comparison.gone_alarms)},
            {"only_before", comparison.only_before},
            {"only_now", comparison.only_now},
            {"median_seconds_before", comparison.median_seconds_before},
            {"median_seconds_now", comparison.median_seconds_now}};
}

ordered_json stages_json(const std::vector<StageTime>& stages) {
    auto object = ordered_json::object();
    for (const auto& stage : stages) {
        object[stage.name] = {{"median_seconds", rounded(stage.median_seconds)},
                              {"total_seconds", rounded(stage.total_seconds)}};
    }
    return object;
}

ordered_json cost_json(const EvaluationReport& report) {
    if (!report.cost) {
        return nullptr;
    }
    const auto& cost = *report.cost;
    const auto photos = static_cast<double>(std::max<std::size_t>(report.images, 1));
    return {{"cpu_seconds", rounded(cost.cpu_seconds)},
            {"cpu_seconds_per_photo", rounded(cost.cpu_seconds / photos)},
            {"peak_bytes", cost.peak_bytes},
            {"peak_child_bytes", cost.peak_child_bytes},
            {"workers", cost.workers}};
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
        case Mistake::Kind::misplaced:
            return "misplaced";
    }
    return "";
}

std::string report_json(const EvaluationReport& report, const Comparison* compared) {
    ordered_json object = {
        {"images", report.images},
        {"positives", report.positives},
        {"negatives", report.negatives},
        {"product_mark_only", report.product_mark_only},
        {"unreadable", report.unreadable},
        {"min_score", report.min_score},
        {"recall_clear", value_or_null(report.score.recall_clear)},
        {"recall_hard", value_or_null(report.score.recall_hard)},
        {"precision", value_or_null(report.score.precision)},
        {"centred", value_or_null(report.placement.found)},
        {"median_seconds", rounded(report.median_seconds)},
        {"p95_seconds", rounded(report.p95_seconds)},
        {"stages", stages_json(report.stages)},
        {"cost", cost_json(report)},
        {"marks", to_json(report.score)},
        {"with_implied", to_json(report.with_implied)},
        {"placed_clear", to_json(report.placed_clear)},
        {"placed_hard", to_json(report.placed_hard)},
        {"placement",
         {{"found", to_json(report.placement.found)},
          {"labelled", to_json(report.placement.labelled)},
          {"findings", to_json(report.placement.findings)}}},
        {"by_brand", to_json(report.by_brand)},
        {"by_kind", to_json(report.by_kind)},
        {"by_height", to_json(report.by_height)},
        {"by_angle", to_json(report.by_angle)},
        {"by_scene", to_json(report.by_scene)},
        {"by_role", to_json(report.by_role)},
        {"by_group", to_json(report.by_group)},
        {"confusion_by_photo", to_json(report.confusion_by_photo)},
        {"confusion_by_place", to_json(report.confusion_by_place)},
        {"curve", list(report.curve)},
        {"mistakes", list(report.mistakes)},
        {"photos", list(report.outcomes)},
    };
    if (compared != nullptr) {
        object["compared"] = to_json(*compared);
    }
    // What a photo says may be no UTF-8; the report must be.
    return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace chiptrail::vision
