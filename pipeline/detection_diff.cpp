#include "pipeline/detection_diff.hpp"

#include <cmath>
#include <utility>

namespace chiptrail::pipeline {

namespace {

constexpr double kSamePlace = 0.3;
constexpr double kUnmoved = 0.6;
constexpr double kSameScore = 0.005;

bool same_meaning(const core::Finding& a, const core::Finding& b) {
    return a.kind == b.kind && a.brand == b.brand && a.model == b.model;
}

/// The unmatched one of the same meaning that overlaps most; `least` 0 takes any place.
std::size_t best_match(const core::Finding& finding,
                       const std::vector<core::Finding>& candidates,
                       const std::vector<bool>& taken,
                       double least) {
    std::size_t best = candidates.size();
    double best_overlap = -1;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        if (taken[i] || !same_meaning(finding, candidates[i])) {
            continue;
        }
        const auto overlap = core::overlap(finding.box, candidates[i].box);
        if (overlap >= least && overlap > best_overlap) {
            best = i;
            best_overlap = overlap;
        }
    }
    return best;
}

class Comparison {
public:
    Comparison(const std::vector<core::Finding>& before, const std::vector<core::Finding>& after)
        : before_(before),
          after_(after),
          matched_(before.size(), after.size()),
          taken_(after.size(), false) {}

    /// Those at their place first, or one that moved could take the place of another.
    void match(double least) {
        for (std::size_t i = 0; i < before_.size(); ++i) {
            if (matched_[i] != after_.size()) {
                continue;
            }
            matched_[i] = best_match(before_[i], after_, taken_, least);
            if (matched_[i] != after_.size()) {
                taken_[matched_[i]] = true;
            }
        }
    }

    [[nodiscard]] std::vector<FindingChange> changes() const {
        using Kind = FindingChange::Kind;
        std::vector<FindingChange> changes;
        for (std::size_t i = 0; i < before_.size(); ++i) {
            if (matched_[i] == after_.size()) {
                changes.push_back({Kind::gone, before_[i], {}});
                continue;
            }
            const auto& now = after_[matched_[i]];
            if (core::overlap(before_[i].box, now.box) < kUnmoved) {
                changes.push_back({Kind::moved, before_[i], now});
            } else if (std::abs(before_[i].score - now.score) >= kSameScore) {
                changes.push_back({Kind::score, before_[i], now});
            }
        }
        for (std::size_t i = 0; i < after_.size(); ++i) {
            if (!taken_[i]) {
                changes.push_back({Kind::added, {}, after_[i]});
            }
        }
        return changes;
    }

private:
    const std::vector<core::Finding>& before_;
    const std::vector<core::Finding>& after_;
    std::vector<std::size_t> matched_;
    std::vector<bool> taken_;
};

}  // namespace

std::vector<FindingChange> compare(const std::vector<core::Finding>& before,
                                   const std::vector<core::Finding>& after) {
    Comparison comparison(before, after);
    comparison.match(kSamePlace);
    comparison.match(0);
    return comparison.changes();
}

std::string_view to_text(FindingChange::Kind kind) {
    switch (kind) {
        case FindingChange::Kind::added:
            return "added";
        case FindingChange::Kind::gone:
            return "gone";
        case FindingChange::Kind::score:
            return "score";
        case FindingChange::Kind::moved:
            return "moved";
    }
    return "added";
}

}  // namespace chiptrail::pipeline
