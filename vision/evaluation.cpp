#include "vision/evaluation.hpp"

#include "vision/evaluation_curve.hpp"
#include "vision/evaluation_slices.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>
#include <span>
#include <string_view>
#include <utility>

namespace chiptrail::vision {

namespace {

using core::Finding;
using core::FindingKind;
using Role = LabelledPhoto::Role;

constexpr double kHitIou = 0.2;

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

bool contains(const core::Box& box, const core::Point& point) {
    return point.x >= box.x && point.x <= box.x + box.width && point.y >= box.y &&
           point.y <= box.y + box.height;
}

core::Point centre(const core::Box& box) {
    return {box.x + box.width / 2.0, box.y + box.height / 2.0};
}

core::Point centre(const std::array<core::Point, 4>& quad) {
    core::Point sum;
    for (const auto& corner : quad) {
        sum.x += corner.x / 4;
        sum.y += corner.y / 4;
    }
    return sum;
}

void add(Share& share, bool counted) {
    ++share.of;
    share.count += counted ? 1 : 0;
}

/// A brand labelled on a photo: all its marks, and the one that speaks for it.
struct LabelledBrand {
    const LabelledMark* plainest = nullptr;
    std::vector<core::Box> boxes;

    [[nodiscard]] bool clear() const {
        return plainest->clear;
    }
};

int side(const LabelledMark& mark) {
    return mark.box ? std::min(mark.box->width, mark.box->height) : 0;
}

std::map<std::string, LabelledBrand> labelled_brands(const LabelledPhoto& photo) {
    std::map<std::string, LabelledBrand> brands;
    for (const auto& mark : photo.marks) {
        auto& brand = brands[mark.brand];
        if (brand.plainest == nullptr ||
            std::pair(mark.clear, side(mark)) > std::pair(brand.clear(), side(*brand.plainest))) {
            brand.plainest = &mark;
        }
        if (mark.box) {
            brand.boxes.push_back(*mark.box);
        }
    }
    return brands;
}

/// What was found on one photo: the best finding of each brand.
using Best = std::map<std::string, const Finding*>;

enum class Implied { left_out, counted };

bool is_mark(const Finding& finding, Implied implied) {
    const bool kind = finding.kind == FindingKind::wordmark ||
                      finding.kind == FindingKind::symbol ||
                      (implied == Implied::counted && finding.kind == FindingKind::implied);
    return kind && !finding.brand.empty();
}

Best best_findings(const ScanResult& scan, double min_score, Implied implied) {
    Best best;
    for (const auto& finding : scan.findings) {
        if (is_mark(finding, implied) && finding.score >= min_score) {
            const auto*& known = best[finding.brand];
            known = known == nullptr || finding.score > known->score ? &finding : known;
        }
    }
    return best;
}

/// Headline figures of one photo; `placed` is counted mark by mark elsewhere.
void count(Score& score, const std::map<std::string, LabelledBrand>& labelled, const Best& best) {
    for (const auto& [name, brand] : labelled) {
        add(brand.clear() ? score.recall_clear : score.recall_hard, best.contains(name));
    }
    for (const auto& [name, finding] : best) {
        add(score.precision, labelled.contains(name));
    }
    if (labelled.empty()) {
        add(score.alarmed_negatives, !best.empty());
    }
}

bool is_empty(const Score& score) {
    return score.recall_clear.of + score.recall_hard.of + score.precision.of +
               score.alarmed_negatives.of + score.placed.of ==
           0;
}

bool is_centred(const Finding& finding, const std::vector<core::Box>& boxes) {
    return std::ranges::any_of(
        boxes, [&](const core::Box& box) { return contains(box, centre(finding.box)); });
}

using Scores = std::map<std::string, Score, std::less<>>;

/// In the order of `names`, those that hold nothing left out.
std::vector<Slice> in_order(const Scores& scores, std::span<const std::string_view> names) {
    std::vector<Slice> slices;
    for (const auto name : names) {
        const auto found = scores.find(name);
        if (found != scores.end() && !is_empty(found->second)) {
            slices.push_back({std::string(name), found->second});
        }
    }
    return slices;
}

std::vector<Slice> in_order(const Scores& scores) {
    std::vector<std::string_view> names;
    for (const auto& [name, score] : scores) {
        names.push_back(name);
    }
    return in_order(scores, names);
}

double quantile(std::vector<double> values, double share) {
    if (values.empty()) {
        return 0;
    }
    std::ranges::sort(values);
    const auto rank = std::ceil(share * static_cast<double>(values.size()));
    return values[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

class Evaluator {
public:
    explicit Evaluator(double min_score) {
        report_.min_score = min_score;
    }

    void add_photo(const LabelledPhoto& photo, const ScanResult& scan) {
        ++report_.images;
        report_.positives += photo.role == Role::positive ? 1 : 0;
        report_.negatives += photo.role == Role::negative ? 1 : 0;
        report_.product_mark_only += photo.role == Role::product_mark_only ? 1 : 0;
        report_.unreadable += scan.decoded ? 0 : 1;
        note_times(scan);
        const One one{photo,
                      scan,
                      labelled_brands(photo),
                      best_findings(scan, report_.min_score, Implied::left_out),
                      best_findings(scan, 0, Implied::left_out)};
        note_outcome(one);
        if (photo.role == Role::product_mark_only) {
            return;
        }
        note_photo(one);
        note_marks(one);
        note_placement(one);
        note_confusion(one);
        note_curve(one);
        note_mistakes(one);
    }

    EvaluationReport finish() {
        report_.median_seconds = quantile(seconds_, 0.5);
        report_.p95_seconds = quantile(seconds_, 0.95);
        for (auto& [name, seconds] : stages_) {
            double total = 0;
            for (const double one : seconds) {
                total += one;
            }
            if (total > 0) {
                report_.stages.push_back({name, quantile(seconds, 0.5), total});
            }
        }
        report_.by_kind = in_order(kinds_);
        report_.by_role = in_order(roles_);
        report_.by_height = in_order(heights_, height_classes());
        report_.by_angle = in_order(angles_, angle_classes());
        report_.by_scene = in_order(scenes_, scene_classes());
        report_.curve = make_curve(
            std::move(scored_), report_.score.recall_clear.of, report_.score.recall_hard.of);
        return std::move(report_);
    }

private:
    struct One {
        const LabelledPhoto& photo;
        const ScanResult& scan;
        std::map<std::string, LabelledBrand> labelled;
        Best best;      ///< from the limit of the score on
        Best whatever;  ///< of any score
    };

    void note_times(const ScanResult& scan) {
        seconds_.push_back(scan.seconds);
        const auto note = [&](std::size_t index, const char* name, std::chrono::microseconds time) {
            stages_.resize(std::max(stages_.size(), index + 1));
            stages_[index].first = name;
            stages_[index].second.push_back(std::chrono::duration<double>(time).count());
        };
        note(0, "decode", scan.times.decode);
        note(1, "detect", scan.times.detect);
        note(2, "recognise", scan.times.recognise);
        note(3, "rows", scan.times.rows);
        note(4, "second_look", scan.times.second_look);
        note(5, "match", scan.times.match);
        note(6, "marks", scan.times.marks);
    }

    void note_outcome(const One& one) {
        PhotoOutcome outcome{one.photo.file, one.photo.role, {}, one.scan.seconds};
        for (const auto& [name, brand] : one.labelled) {
            Outcome result{name, true, brand.clear()};
            if (const auto found = one.best.find(name); found != one.best.end()) {
                result.score = found->second->score;
                result.centred = is_centred(*found->second, brand.boxes);
            }
            outcome.brands.push_back(std::move(result));
        }
        for (const auto& [name, finding] : one.best) {
            if (!one.labelled.contains(name)) {
                outcome.brands.push_back({name, false, false, finding->score});
            }
        }
        report_.outcomes.push_back(std::move(outcome));
    }

    void note_photo(const One& one) {
        count(report_.score, one.labelled, one.best);
        count(report_.with_implied,
              one.labelled,
              best_findings(one.scan, report_.min_score, Implied::counted));
        count(report_.by_group[one.photo.group], one.labelled, one.best);
        count(scenes_[std::string(scene_class(one.photo.scene))], one.labelled, one.best);
        count(roles_[std::string(to_text(one.photo.role))], one.labelled, one.best);
        for (const auto& [name, brand] : one.labelled) {
            const auto found = one.best.find(name);
            const bool is_found = found != one.best.end();
            const auto note = [clear = brand.clear(), is_found](Score& score) {
                add(clear ? score.recall_clear : score.recall_hard, is_found);
            };
            note(report_.by_brand[name]);
            note(kinds_[brand.plainest->kind]);
            note(heights_[std::string(height_class(brand.plainest->box))]);
            note(angles_[std::string(
                angle_class(angle(*brand.plainest, is_found ? found->second : nullptr)))]);
        }
        for (const auto& [name, finding] : one.best) {
            const bool right = one.labelled.contains(name);
            add(report_.by_brand[name].precision, right);
            add(kinds_[std::string(core::to_text(finding->kind))].precision, right);
            add(heights_[std::string(height_class(finding->box))].precision, right);
            add(angles_[std::string(angle_class(angle_of(*finding)))].precision, right);
        }
    }

    static std::optional<double> angle(const LabelledMark& mark, const Finding* found) {
        if (mark.angle || found == nullptr) {
            return mark.angle;
        }
        return angle_of(*found);
    }

    /// The best finding of `brand`, or of any brand when empty, at `box`.
    [[nodiscard]] const Finding* found_at(const One& one,
                                          const core::Box& box,
                                          std::string_view brand) const {
        const Finding* best = nullptr;
        for (const auto& finding : one.scan.findings) {
            if (is_mark(finding, Implied::left_out) && finding.score >= report_.min_score &&
                (brand.empty() || finding.brand == brand) && hits(finding.box, box) &&
                (best == nullptr || finding.score > best->score)) {
                best = &finding;
            }
        }
        return best;
    }

    /// Box by box: is the brand found in it, and if not, what else?
    void note_marks(const One& one) {
        for (const auto& mark : one.photo.marks) {
            if (!mark.box) {
                continue;
            }
            const auto* found = found_at(one, *mark.box, mark.brand);
            const auto* other = found_at(one, *mark.box, {});
            add(mark.clear ? report_.placed_clear : report_.placed_hard, found != nullptr);
            for (auto* score : {&report_.score,
                                &report_.by_brand[mark.brand],
                                &report_.by_group[one.photo.group],
                                &scenes_[std::string(scene_class(one.photo.scene))],
                                &roles_[std::string(to_text(one.photo.role))],
                                &kinds_[mark.kind],
                                &heights_[std::string(height_class(mark.box))],
                                &angles_[std::string(angle_class(angle(mark, found)))]}) {
                add(score->placed, found != nullptr);
            }
            const auto& name = found != nullptr   ? mark.brand
                               : other != nullptr ? other->brand
                                                  : std::string();
            ++report_.confusion_by_place[mark.brand][name];
        }
        for (const auto& [name, finding] : one.best) {
            const bool somewhere = std::ranges::any_of(
                one.photo.marks, [place = finding->box](const LabelledMark& mark) {
                    return mark.box && hits(place, *mark.box);
                });
            if (!somewhere && !one.labelled.contains(name)) {
                ++report_.confusion_by_place[std::string()][name];
            }
        }
    }

    void note_placement(const One& one) {
        for (const auto& [name, brand] : one.labelled) {
            if (brand.boxes.empty()) {
                continue;
            }
            const auto found = one.best.find(name);
            const bool centred = found != one.best.end() && is_centred(*found->second, brand.boxes);
            add(report_.placement.labelled, centred);
            if (found != one.best.end()) {
                add(report_.placement.found, centred);
            }
        }
        for (const auto& finding : one.scan.findings) {
            const auto labelled = one.labelled.find(finding.brand);
            if (is_mark(finding, Implied::left_out) && finding.score >= report_.min_score &&
                labelled != one.labelled.end() && !labelled->second.boxes.empty()) {
                add(report_.placement.findings, is_centred(finding, labelled->second.boxes));
            }
        }
    }

    /// Each labelled brand and each false alarm is counted once: what was missed on a photo stands
    /// beside what was wrongly found there, the surest first.
    void note_confusion(const One& one) {
        std::vector<const Finding*> alarms;
        for (const auto& [name, finding] : one.best) {
            if (!one.labelled.contains(name)) {
                alarms.push_back(finding);
            }
        }
        std::ranges::stable_sort(alarms, std::greater<>(), &Finding::score);
        auto next = alarms.begin();
        for (const auto& [name, brand] : one.labelled) {
            if (one.best.contains(name)) {
                ++report_.confusion_by_photo[name][name];
            } else if (next != alarms.end()) {
                ++report_.confusion_by_photo[name][(*next++)->brand];
            } else {
                ++report_.confusion_by_photo[name][std::string()];
            }
        }
        for (; next != alarms.end(); ++next) {
            ++report_.confusion_by_photo[std::string()][(*next)->brand];
        }
    }

    void note_curve(const One& one) {
        for (const auto& [name, finding] : one.whatever) {
            const auto labelled = one.labelled.find(name);
            const bool right = labelled != one.labelled.end();
            scored_.push_back({finding->score, right, right && labelled->second.clear()});
        }
    }

    void note_mistakes(const One& one) {
        for (const auto& [name, brand] : one.labelled) {
            const auto found = one.best.find(name);
            if (found == one.best.end()) {
                report_.mistakes.push_back(missed(one, name, brand));
            } else if (!brand.boxes.empty() && !is_centred(*found->second, brand.boxes)) {
                report_.mistakes.push_back({Mistake::Kind::misplaced,
                                            one.photo.file,
                                            name,
                                            *found->second,
                                            brand.boxes,
                                            brand.plainest->kind});
            }
        }
        for (const auto& [name, finding] : one.best) {
            if (!one.labelled.contains(name)) {
                report_.mistakes.push_back({Mistake::Kind::false_alarm,
                                            one.photo.file,
                                            name,
                                            *finding,
                                            {},
                                            std::string(core::to_text(finding->kind))});
            }
        }
    }

    static Mistake missed(const One& one, const std::string& name, const LabelledBrand& brand) {
        Mistake mistake{brand.clear() ? Mistake::Kind::missed_clear : Mistake::Kind::missed_hard,
                        one.photo.file,
                        name,
                        std::nullopt,
                        brand.boxes,
                        brand.plainest->kind};
        if (const auto under = one.whatever.find(name); under != one.whatever.end()) {
            mistake.finding = *under->second;
        }
        std::vector<const Reading*> readings;
        for (const auto& reading : one.scan.readings) {
            if (std::ranges::any_of(brand.boxes, [&](const core::Box& box) {
                    return contains(box, centre(reading.quad));
                })) {
                readings.push_back(&reading);
            }
        }
        std::ranges::stable_sort(readings, std::greater<>(), &Reading::confidence);
        constexpr std::size_t kMost = 5;
        for (std::size_t i = 0; i < std::min(kMost, readings.size()); ++i) {
            mistake.read_there.push_back(readings[i]->text);
        }
        return mistake;
    }

    EvaluationReport report_;
    Scores kinds_;
    Scores heights_;
    Scores angles_;
    Scores scenes_;
    Scores roles_;
    std::vector<ScoredBrand> scored_;
    std::vector<double> seconds_;
    std::vector<std::pair<std::string, std::vector<double>>> stages_;
};

}  // namespace

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
    return (all > 0 && shared / all >= kHitIou) || contains(labelled, centre(found));
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

}  // namespace chiptrail::vision
