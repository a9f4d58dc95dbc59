#pragma once

#include <memory>
#include <stop_token>

namespace chiptrail::app {

/// Turns the first SIGINT or SIGTERM into a stop request, so that work in progress can end
/// cleanly; the second one ends the process at once with exit code 130.
/// At most one may exist at a time.
class StopOnSignal {
public:
    /// `how_to_go_on` is told to the user with the first signal.
    explicit StopOnSignal(const char* how_to_go_on);
    ~StopOnSignal();
    StopOnSignal(const StopOnSignal&) = delete;
    StopOnSignal& operator=(const StopOnSignal&) = delete;

    [[nodiscard]] std::stop_token token() const;
    [[nodiscard]] bool requested() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chiptrail::app
