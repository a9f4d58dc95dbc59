#include "core/finding.hpp"

namespace chiptrail::core {

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
