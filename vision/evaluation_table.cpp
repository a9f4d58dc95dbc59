#include "vision/evaluation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace chiptrail::vision {

namespace {

std::string row(std::string_view name, const Share& share) {
    if (share.of == 0) {
        return fmt::format("  {:<28} none\n", name);
    }
    return fmt::format("  {:<28} {:>5.1f} %  {:>4} of {:<4}  95 % interval {:.1f} to {:.1f} %\n",
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

/// "8/9 (57-98)": the interval in percent.
std::string cell(const Share& share) {
    if (share.of == 0) {
        return "-";
    }
    return fmt::format(
        "{} of {} ({:.0f}-{:.0f})", share.count, share.of, 100 * share.low(), 100 * share.high());
}

std::string shortened(std::string_view name, std::size_t most) {
    return name.size() <= most ? std::string(name) : std::string(name.substr(0, most - 1)) + "~";
}

std::string slice_row(std::string_view name, const Score& score) {
    return fmt::format("  {:<16}{:>16}{:>16}{:>16}{:>16}{:>16}\n",
                       shortened(name.empty() ? "-" : name, 16),
                       cell(score.recall_clear),
                       cell(score.recall_hard),
                       cell(score.placed),
                       cell(score.precision),
                       cell(score.alarmed_negatives));
}

std::string slice_head(std::string_view title) {
    return fmt::format("\n  {:<16}{:>16}{:>16}{:>16}{:>16}{:>16}\n",
                       title,
                       "clear",
                       "hard",
                       "boxes hit",
                       "right of found",
                       "alarmed");
}

std::string slices(std::string_view title, const std::vector<Slice>& parts) {
    std::string out = slice_head(title);
    for (const auto& part : parts) {
        out += slice_row(part.name, part.score);
    }
    return parts.empty() ? std::string() : out;
}

std::string slices(std::string_view title, const std::map<std::string, Score>& parts) {
    std::string out = slice_head(title);
    for (const auto& [name, score] : parts) {
        out += slice_row(name, score);
    }
    return parts.empty() ? std::string() : out;
}

std::string_view name_or_nothing(const std::string& brand) {
    return brand.empty() ? std::string_view("(nothing)") : std::string_view(brand);
}

/// One row a labelled brand: the right ones first, then what else was found instead.
std::string confusion(std::string_view title, const Confusion& counts) {
    std::string out = fmt::format("\n{}\n", title);
    for (const auto& [labelled, found] : counts) {
        out += fmt::format("  {:<14}", name_or_nothing(labelled));
        for (const auto& [brand, count] : found) {
            out += fmt::format(" {} {}", name_or_nothing(brand), count);
            out += brand == labelled ? " (right)," : ",";
        }
        out.back() = '\n';
    }
    return counts.empty() ? std::string() : out;
}

std::string times(const EvaluationReport& report) {
    std::string out = fmt::format("seconds a photo: median {:.2f}, 95 % under {:.2f}\n",
                                  report.median_seconds,
                                  report.p95_seconds);
    for (const auto& stage : report.stages) {
        out += fmt::format("  {:<12} median {:.3f}, in all {:.1f}\n",
                           stage.name,
                           stage.median_seconds,
                           stage.total_seconds);
    }
    if (report.cost && report.images > 0) {
        constexpr double kMegabyte = 1024 * 1024;
        const auto& cost = *report.cost;
        out += fmt::format("CPU seconds a photo: {:.2f}",
                           cost.cpu_seconds / static_cast<double>(report.images));
        if (cost.peak_bytes > 0) {
            out += fmt::format("; peak memory {:.0f} MB with {} photos side by side",
                               static_cast<double>(cost.peak_bytes) / kMegabyte,
                               cost.workers);
        }
        if (cost.peak_child_bytes > 0) {
            out += fmt::format(", of a child process {:.0f} MB",
                               static_cast<double>(cost.peak_child_bytes) / kMegabyte);
        }
        out += "\n";
    }
    return out + "\n";
}

std::string curve(const EvaluationReport& report) {
    constexpr std::size_t kRows = 12;
    const auto& points = report.curve;
    const auto step = std::max<std::size_t>(1, (points.size() + kRows - 1) / kRows);
    std::string out =
        fmt::format("\n  {:<16}{:>16}{:>16}{:>16}\n", "from score", "clear", "hard", "precision");
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (i % step == 0 || i + 1 == points.size()) {
            out += fmt::format("  {:<16.2f}{:>16}{:>16}{:>16}\n",
                               points[i].min_score,
                               cell(points[i].recall_clear),
                               cell(points[i].recall_hard),
                               cell(points[i].precision));
        }
    }
    return points.empty() ? std::string() : out;
}

std::string mistakes(const EvaluationReport& report) {
    std::string out;
    for (const auto kind : {Mistake::Kind::false_alarm,
                            Mistake::Kind::misplaced,
                            Mistake::Kind::missed_clear,
                            Mistake::Kind::missed_hard}) {
        for (const auto& mistake : report.mistakes) {
            if (mistake.kind != kind) {
                continue;
            }
            out += fmt::format("\n{} {} {}", to_text(kind), mistake.brand, mistake.file);
            if (mistake.finding) {
                out += fmt::format(": {:.2f}, {}", mistake.finding->score, mistake.finding->why);
            }
        }
    }
    return out + "\n";
}

}  // namespace

std::string report_table(const EvaluationReport& report) {
    std::string out = fmt::format(
        "{} photos: {} with marks, {} without, {} with a product name only; "
        "{} unreadable\n",
        report.images,
        report.positives,
        report.negatives,
        report.product_mark_only,
        report.unreadable);
    out += times(report);
    out += rows("Brands on photos, by marks", report.score);
    out += rows("The same, product lines counted for their brand", report.with_implied);
    out += "Single marks, found at their place\n";
    out += row("clear", report.placed_clear) + row("hard", report.placed_hard);
    out += "Centre of what was found inside a labelled box\n";
    out += row("of brands found", report.placement.found);
    out += row("of brands labelled", report.placement.labelled);
    out += row("of single findings", report.placement.findings);
    out +=
        "\nIn parts: a brand on a photo belongs where its plainest mark does; in brackets the "
        "95 %\ninterval in percent";
    if (!report.by_angle.empty()) {
        out += ". Angles are as labelled, else as found, so most of what was missed is unknown";
    }
    out += ".\n";
    out += slices("brand", report.by_brand) + slices("kind", report.by_kind) +
           slices("shorter side", report.by_height) + slices("turned by", report.by_angle) +
           slices("scene", report.by_scene) + slices("role", report.by_role) +
           slices("from", report.by_group) + curve(report);
    out += confusion("Labelled: found on the photo", report.confusion_by_photo);
    out += confusion("Labelled: found in the box", report.confusion_by_place);
    return out + mistakes(report);
}

}  // namespace chiptrail::vision
