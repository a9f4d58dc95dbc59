#include "storage/records.hpp"

#include "storage/archive.hpp"
#include "storage/frontier.hpp"

namespace chiptrail::storage {

std::string_view to_text(RunStatus status) {
    switch (status) {
        case RunStatus::running:
            return "running";
        case RunStatus::done:
            return "done";
        case RunStatus::done_with_failures:
            return "done_with_failures";
        case RunStatus::failed:
            return "failed";
        case RunStatus::stopped:
            return "stopped";
        case RunStatus::interrupted:
            return "interrupted";
    }
    return {};
}

std::string_view to_text(Verdict verdict) {
    switch (verdict) {
        case Verdict::confirm:
            return "confirm";
        case Verdict::reject:
            return "reject";
        case Verdict::unsure:
            return "unsure";
    }
    return {};
}

std::optional<Verdict> verdict_from(std::string_view text) {
    using enum Verdict;
    for (const auto verdict : {confirm, reject, unsure}) {
        if (to_text(verdict) == text) {
            return verdict;
        }
    }
    return std::nullopt;
}

std::string_view to_text(DecisionState state) {
    switch (state) {
        case DecisionState::undecided:
            return "undecided";
        case DecisionState::confirmed:
            return "confirmed";
        case DecisionState::rejected:
            return "rejected";
        case DecisionState::unsure:
            return "unsure";
    }
    return {};
}

std::optional<DecisionState> decision_state_from(std::string_view text) {
    using enum DecisionState;
    for (const auto state : {undecided, confirmed, rejected, unsure}) {
        if (to_text(state) == text) {
            return state;
        }
    }
    return std::nullopt;
}

std::string_view to_text(TaskState state) {
    switch (state) {
        case TaskState::waiting:
            return "waiting";
        case TaskState::done:
            return "done";
        case TaskState::failed:
            return "failed";
        case TaskState::forbidden:
            return "forbidden";
    }
    return {};
}

std::string_view to_text(PostChange::Kind kind) {
    switch (kind) {
        case PostChange::Kind::inserted:
            return "inserted";
        case PostChange::Kind::changed:
            return "changed";
        case PostChange::Kind::unchanged:
            return "unchanged";
    }
    return {};
}

}  // namespace chiptrail::storage
