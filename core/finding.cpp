#include "core/finding.hpp"

#include <algorithm>

namespace chiptrail::core {

double overlap(const Box& a, const Box& b) {
    // As doubles: the far corner of a stranger's box may lie beyond the largest int.
    const auto shared = [](double from_a, double size_a, double from_b, double size_b) {
        return std::max(0.0, std::min(from_a + size_a, from_b + size_b) - std::max(from_a, from_b));
    };
    const auto both = shared(a.x, a.width, b.x, b.width) * shared(a.y, a.height, b.y, b.height);
    const auto covered =
        static_cast<double>(a.width) * a.height + static_cast<double>(b.width) * b.height - both;
    return both > 0 && covered > 0 ? both / covered : 0;
}

std::string_view to_text(FindingKind kind) {
    switch (kind) {
        case FindingKind::wordmark:
            return "wordmark";
        case FindingKind::symbol:
            return "symbol";
        case FindingKind::implied:
            return "implied";
        case FindingKind::model:
            return "model";
        case FindingKind::code:
            return "code";
    }
    return {};
}

std::optional<FindingKind> finding_kind_from(std::string_view text) {
    using enum FindingKind;
    for (const auto kind : {wordmark, symbol, implied, model, code}) {
        if (to_text(kind) == text) {
            return kind;
        }
    }
    return std::nullopt;
}

}  // namespace chiptrail::core
