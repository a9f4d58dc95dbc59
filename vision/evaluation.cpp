#include "vision/evaluation.hpp"

#include "core/file.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>

namespace chiptrail::vision {

namespace {

using nlohmann::json;

constexpr std::uintmax_t kMaxLabelBytes = std::uintmax_t{64} * 1024 * 1024;
constexpr double kHitIou = 0.2;

std::optional<core::Box> read_box(const json& value) {
    if (!value.is_array() || value.size() != 4) {
        return std::nullopt;
    }
    std::array<int, 4> numbers{};
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        if (!value[i].is_number()) {
            return std::nullopt;
        }
        const double number = value[i].get<double>();
        numbers[i] = static_cast<int>(std::lround(std::clamp(number, -1e6, 1e6)));
    }
    return core::Box{numbers[0], numbers[1], numbers[2], numbers[3]};
}

std::string text_of(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// "owner/name" of a repository or the vendor's folder; else the folder of the file.
std::string group_of(const json& object, const std::string& file) {
    for (const auto* key : {"repo", "vendor"}) {
        if (auto group = text_of(object, key); !group.empty()) {
            return group;
        }
    }
    return std::filesystem::path(file).parent_path().string();
}

std::optional<LabelledPhoto::Role> role_from(std::string_view text) {
    if (text == "positive") {
        return LabelledPhoto::Role::positive;
    }
    if (text == "negative") {
        return LabelledPhoto::Role::negative;
    }
    if (text == "product_mark_only") {
        return LabelledPhoto::Role::product_mark_only;
    }
    return std::nullopt;
}

/// Empty on success, else what is wrong with the line.
std::string read_label(const json& object, LabelledPhoto& photo) {
    if (!object.is_object()) {
        return "is no JSON object";
    }
    photo.file = text_of(object, "file");
    if (photo.file.empty()) {
        return "\"file\" is missing";
    }
    const auto role = role_from(text_of(object, "role"));
    if (!role) {
        return "\"role\" must be positive, negative or product_mark_only";
    }
    photo.role = *role;
    photo.group = group_of(object, photo.file);
    const auto brands = object.find("brands");
    if (brands == object.end() || !brands->is_array()) {
        return "\"brands\" must be a list";
    }
    for (const auto& entry : *brands) {
        LabelledMark mark;
        mark.brand = entry.is_object() ? text_of(entry, "brand") : std::string();
        if (mark.brand.empty()) {
            return "a brand without \"brand\"";
        }
        mark.kind = text_of(entry, "kind");
        mark.clear = text_of(entry, "legible") != "hard";
        if (const auto box = entry.find("box"); box != entry.end()) {
            mark.box = read_box(*box);
        }
        photo.marks.push_back(std::move(mark));
    }
    return {};
}

double wilson(const Share& share, double sign) {
    if (share.of == 0) {
        return sign < 0 ? 0.0 : 1.0;
    }
    constexpr double kZ = 1.959964;
    const auto n = static_cast<double>(share.of);
    const double p = share.value();
    const double middle = p + kZ * kZ / (2 * n);
    const double margin = kZ * std::sqrt(p * (1 - p) / n + kZ * kZ / (4 * n * n));
    return std::clamp((middle + sign * margin) / (1 + kZ * kZ / n), 0.0, 1.0);
}

double area(const core::Box& box) {
    return std::max(0.0, static_cast<double>(box.width)) *
           std::max(0.0, static_cast<double>(box.height));
}

double intersection(const core::Box& a, const core::Box& b) {
    const double width = std::min<double>(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
    const double height = std::min<double>(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
    return std::max(width, 0.0) * std::max(height, 0.0);
}

void add(Share& share, bool counted) {
    ++share.of;
    share.count += counted ? 1 : 0;
}

/// Labelled brands of a photo; true when one of the brand's marks is clear.
std::map<std::string, bool> labelled_brands(const LabelledPhoto& photo) {
    std::map<std::string, bool> brands;
    for (const auto& mark : photo.marks) {
        auto& clear = brands[mark.brand];
        clear = clear || mark.clear;
    }
    return brands;
}

/// What was found on one photo: the best finding of each brand.
using Best = std::map<std::string, const core::Finding*>;

bool is_counted(const core::Finding& finding, double min_score, bool implied) {
    const bool mark = finding.kind == core::FindingKind::wordmark ||
                      finding.kind == core::FindingKind::symbol ||
                      (implied && finding.kind == core::FindingKind::implied);
    return mark && !finding.brand.empty() && finding.score >= min_score;
}

Best best_findings(const ScanResult& scan, double min_score, bool implied) {
    Best best;
    for (const auto& finding : scan.findings) {
        if (is_counted(finding, min_score, implied)) {
            const auto*& known = best[finding.brand];
            known = known == nullptr || finding.score > known->score ? &finding : known;
        }
    }
    return best;
}

void count(Score& score, const LabelledPhoto& photo, const Best& best) {
    if (photo.role == LabelledPhoto::Role::product_mark_only) {
        return;
    }
    const auto labelled = labelled_brands(photo);
    for (const auto& [brand, clear] : labelled) {
        add(clear ? score.recall_clear : score.recall_hard, best.contains(brand));
    }
    for (const auto& [brand, finding] : best) {
        add(score.precision, labelled.contains(brand));
    }
    if (labelled.empty()) {
        add(score.alarmed_negatives, !best.empty());
    }
}

std::string height_class(int height) {
    for (const int limit : {8, 16, 32, 64, 128}) {
        if (height < limit) {
            return fmt::format("{:>3}-{} px", limit == 8 ? 0 : limit / 2, limit - 1);
        }
    }
    return "128 px and more";
}

class Evaluator {
public:
    explicit Evaluator(double min_score) : min_score_(min_score) {}

    void add_photo(const LabelledPhoto& photo, const ScanResult& scan) {
        ++report_.images;
        report_.positives += photo.role == LabelledPhoto::Role::positive ? 1 : 0;
        report_.negatives += photo.role == LabelledPhoto::Role::negative ? 1 : 0;
        report_.product_mark_only += photo.role == LabelledPhoto::Role::product_mark_only ? 1 : 0;
        report_.unreadable += scan.decoded ? 0 : 1;
        seconds_.push_back(scan.seconds);
        const auto best = best_findings(scan, min_score_, false);
        count(report_.score, photo, best);
        count(report_.by_group[photo.group], photo, best);
        count(report_.with_implied, photo, best_findings(scan, min_score_, true));
        if (photo.role != LabelledPhoto::Role::product_mark_only) {
            note_brands(photo, best);
            note_places(photo, scan);
        }
    }

    EvaluationReport finish() {
        std::ranges::sort(seconds_);
        report_.median_seconds = quantile(0.5);
        report_.p95_seconds = quantile(0.95);
        return std::move(report_);
    }

private:
    void note_brands(const LabelledPhoto& photo, const Best& best) {
        const auto labelled = labelled_brands(photo);
        for (const auto& [brand, clear] : labelled) {
            auto& score = report_.by_brand[brand];
            const bool found = best.contains(brand);
            add(clear ? score.recall_clear : score.recall_hard, found);
            if (!found) {
                Mistake mistake{clear ? Mistake::Kind::missed_clear : Mistake::Kind::missed_hard,
                                photo.file,
                                brand,
                                std::nullopt,
                                {}};
                for (const auto& mark : photo.marks) {
                    if (mark.brand == brand && mark.box) {
                        mistake.boxes.push_back(*mark.box);
                    }
                }
                report_.mistakes.push_back(std::move(mistake));
            }
        }
        for (const auto& [brand, finding] : best) {
            if (!labelled.contains(brand)) {
                ++report_.by_brand[brand].false_alarms;
                report_.mistakes.push_back(
                    {Mistake::Kind::false_alarm, photo.file, brand, *finding, {}});
            }
        }
    }

    void note_places(const LabelledPhoto& photo, const ScanResult& scan) {
        for (const auto& mark : photo.marks) {
            if (!mark.box) {
                continue;
            }
            const bool hit = std::ranges::any_of(scan.findings, [&](const auto& finding) {
                return is_counted(finding, min_score_, false) && finding.brand == mark.brand &&
                       hits(finding.box, *mark.box);
            });
            add(mark.clear ? report_.placed_clear : report_.placed_hard, hit);
            add(report_.recall_by_kind[mark.kind], hit);
            add(report_.recall_by_height[height_class(mark.box->height)], hit);
        }
    }

    [[nodiscard]] double quantile(double share) const {
        if (seconds_.empty()) {
            return 0;
        }
        const auto rank = std::ceil(share * static_cast<double>(seconds_.size()));
        return seconds_[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
    }

    double min_score_;
    EvaluationReport report_;
    std::vector<double> seconds_;
};

}  // namespace

core::Result<std::vector<LabelledPhoto>> read_labels(std::string_view json_lines) {
    std::vector<LabelledPhoto> photos;
    std::size_t number = 0;
    while (!json_lines.empty()) {
        ++number;
        const auto end = std::min(json_lines.find('\n'), json_lines.size());
        const auto line = json_lines.substr(0, end);
        json_lines.remove_prefix(std::min(end + 1, json_lines.size()));
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) {
            continue;
        }
        LabelledPhoto photo;
        const auto problem = read_label(json::parse(line, nullptr, false), photo);
        if (!problem.empty()) {
            return core::fail(core::Failure::Kind::bad_input,
                              fmt::format("line {}: {}", number, problem));
        }
        photos.push_back(std::move(photo));
    }
    return photos;
}

double Share::value() const {
    return of == 0 ? 0.0 : static_cast<double>(count) / static_cast<double>(of);
}

double Share::low() const {
    return wilson(*this, -1);
}

double Share::high() const {
    return wilson(*this, 1);
}

bool hits(const core::Box& found, const core::Box& labelled) {
    const double shared = intersection(found, labelled);
    const double all = area(found) + area(labelled) - shared;
    if (all > 0 && shared / all >= kHitIou) {
        return true;
    }
    const double x = found.x + found.width / 2.0;
    const double y = found.y + found.height / 2.0;
    return x >= labelled.x && x <= labelled.x + labelled.width && y >= labelled.y &&
           y <= labelled.y + labelled.height;
}

EvaluationReport evaluate(const std::vector<LabelledPhoto>& photos,
                          const std::vector<ScanResult>& scans,
                          double min_score) {
    Evaluator evaluator(min_score);
    for (std::size_t i = 0; i < std::min(photos.size(), scans.size()); ++i) {
        evaluator.add_photo(photos[i], scans[i]);
    }
    return evaluator.finish();
}

core::Result<EvaluationReport> evaluate_file(
    const std::filesystem::path& labels,
    const std::function<ScanResult(const std::filesystem::path&)>& scan,
    double min_score) {
    const auto text = core::read_file(labels, kMaxLabelBytes);
    if (!text) {
        return tl::unexpected<core::Failure>(text.error());
    }
    const auto photos = read_labels(*text);
    if (!photos) {
        return core::fail(photos.error().kind, labels.string() + ": " + photos.error().detail);
    }
    Evaluator evaluator(min_score);
    for (const auto& photo : *photos) {
        auto result = scan(labels.parent_path() / photo.file);
        result.readings.clear();
        evaluator.add_photo(photo, result);
    }
    return evaluator.finish();
}

}  // namespace chiptrail::vision
