#include "vision/evaluation_compare.hpp"

#include "vision/evaluation_json.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace chiptrail::vision {

namespace {

using nlohmann::json;

/// One brand on one photo, as far as a comparison needs it.
struct State {
    std::string label;  ///< "clear", "hard", "none"
    bool found = false;
};
using Photo = std::map<std::string, State>;
using Run = std::map<std::string, Photo>;

std::string_view label_of(const Outcome& outcome) {
    if (!outcome.labelled) {
        return "none";
    }
    return outcome.clear ? "clear" : "hard";
}

Run run_of(const EvaluationReport& report) {
    Run run;
    for (const auto& outcome : report.outcomes) {
        auto& photo = run[outcome.file];
        if (outcome.role == LabelledPhoto::Role::product_mark_only) {
            continue;  // Counts neither way.
        }
        for (const auto& brand : outcome.brands) {
            photo[brand.brand] = {std::string(label_of(brand)), brand.score.has_value()};
        }
    }
    return run;
}

bool read_photo(const json& object, Run& run) {
    if (!object.is_object()) {
        return false;
    }
    const auto file = text_of(object, "file");
    const auto brands = object.find("brands");
    if (file.empty() || brands == object.end() || !brands->is_array()) {
        return false;
    }
    auto& photo = run[file];
    const bool counts = text_of(object, "role") != "product_mark_only";
    for (const auto& brand : *brands) {
        if (!brand.is_object()) {
            return false;
        }
        if (counts) {
            photo[text_of(brand, "brand")] = {text_of(brand, "label"),
                                              number_of(brand, "score").has_value()};
        }
    }
    return true;
}

const State* state_of(const Photo& photo, const std::string& brand) {
    const auto found = photo.find(brand);
    return found == photo.end() ? nullptr : &found->second;
}

void compare_photo(const std::string& file,
                   const Photo& before,
                   const Photo& now,
                   Comparison& comparison) {
    for (const auto& [brand, state] : now) {
        const auto* old = state_of(before, brand);
        if (state.label == "none") {
            if (old == nullptr) {
                comparison.new_alarms.push_back({file, brand, state.label});
            }
        } else if (old != nullptr && old->label != "none" && old->found != state.found) {
            auto& changes = state.found ? comparison.gained : comparison.lost;
            changes.push_back({file, brand, state.label});
        }
    }
    for (const auto& [brand, state] : before) {
        if (state.label == "none" && state_of(now, brand) == nullptr) {
            comparison.gone_alarms.push_back({file, brand, state.label});
        }
    }
}

std::string list(std::string_view title, const std::vector<Change>& changes) {
    std::string out = fmt::format("{}: {}\n", title, changes.size());
    for (const auto& change : changes) {
        out += fmt::format("  {:<14} {:<6} {}\n", change.brand, change.label, change.file);
    }
    return out;
}

std::string list(std::string_view title, const std::vector<std::string>& files) {
    std::string out;
    for (const auto& file : files) {
        out += fmt::format("  {}\n", file);
    }
    return files.empty() ? out : fmt::format("{}: {}\n{}", title, files.size(), out);
}

}  // namespace

core::Result<Comparison> compare(std::string_view before, const EvaluationReport& now) {
    const auto report = json::parse(before, nullptr, false);
    const auto photos = report.is_object() ? report.find("photos") : report.end();
    if (!report.is_object() || photos == report.end() || !photos->is_array()) {
        return core::fail(core::Failure::Kind::bad_input,
                          "is no report of `chiptrail eval --json` that lists its photos");
    }
    Run old;
    for (const auto& photo : *photos) {
        if (!read_photo(photo, old)) {
            return core::fail(core::Failure::Kind::bad_input,
                              fmt::format("photo {} of the list is none", old.size() + 1));
        }
    }
    const auto run = run_of(now);
    Comparison comparison;
    comparison.median_seconds_before = number_of(report, "median_seconds").value_or(0);
    comparison.median_seconds_now = now.median_seconds;
    for (const auto& [file, photo] : run) {
        if (const auto found = old.find(file); found != old.end()) {
            compare_photo(file, found->second, photo, comparison);
        } else {
            comparison.only_now.push_back(file);
        }
    }
    for (const auto& [file, photo] : old) {
        if (!run.contains(file)) {
            comparison.only_before.push_back(file);
        }
    }
    return comparison;
}

std::string comparison_table(const Comparison& comparison) {
    return "\nAgainst the earlier run\n" + list("found now, missed before", comparison.gained) +
           list("missed now, found before", comparison.lost) +
           list("new false alarms", comparison.new_alarms) +
           list("false alarms that are gone", comparison.gone_alarms) +
           list("photos of the earlier run only", comparison.only_before) +
           list("photos of this run only", comparison.only_now) +
           fmt::format("seconds a photo, median: {:.2f} before, {:.2f} now\n",
                       comparison.median_seconds_before,
                       comparison.median_seconds_now);
}

}  // namespace chiptrail::vision
