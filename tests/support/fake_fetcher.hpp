#pragma once

// A Fetcher without a network: a test says what each URL answers, and time passes on the fake
// clock only, in wait().

#include "crawler/fetcher.hpp"
#include "tests/support/fake_clock.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace chiptrail::tests {

class FakeFetcher final : public crawler::Fetcher {
public:
    struct Answer {
        int status = 200;
        std::string body{};
        core::Headers headers{};
        std::optional<core::Failure> failure{};
        std::chrono::milliseconds latency{20};
        bool truncated = false;
    };
    struct Sent {
        crawler::Request request;
        core::Timestamp at;
    };

    explicit FakeFetcher(FakeClock& clock) : clock_(clock) {}

    /// One after the other, the last one for ever; a URL nobody scripted is 404.
    void on(const std::string& url, std::vector<Answer> answers) {
        answers_[url] = std::move(answers);
    }
    /// Runs when a request starts; for stopping in the middle.
    std::function<void(const crawler::Request&)> on_start;

    [[nodiscard]] const std::vector<Sent>& sent() const {
        return sent_;
    }
    [[nodiscard]] std::vector<core::Timestamp> times(const std::string& url) const;
    /// Requests at the same time, at most.
    [[nodiscard]] std::size_t peak() const {
        return peak_;
    }

    Id start(const crawler::Request& request) override;
    std::vector<Completion> wait(std::chrono::milliseconds timeout) override;
    void wake() override {
        woken_ = true;
    }
    void abort_all() override {
        in_flight_.clear();
    }

private:
    struct Flight {
        core::Timestamp done_at;
        Completion completion;
    };

    FakeClock& clock_;
    std::map<std::string, std::vector<Answer>> answers_;
    std::vector<Sent> sent_;
    std::vector<Flight> in_flight_;
    Id last_ = 0;
    std::size_t peak_ = 0;
    bool woken_ = false;
};

inline std::vector<core::Timestamp> FakeFetcher::times(const std::string& url) const {
    std::vector<core::Timestamp> found;
    for (const auto& sent : sent_) {
        if (sent.request.url.text() == url) {
            found.push_back(sent.at);
        }
    }
    return found;
}

inline crawler::Fetcher::Id FakeFetcher::start(const crawler::Request& request) {
    sent_.push_back({request, clock_.now()});
    Answer answer{.status = 404};
    if (const auto found = answers_.find(request.url.text()); found != answers_.end()) {
        answer = found->second.front();
        if (found->second.size() > 1) {
            found->second.erase(found->second.begin());
        }
    }
    core::Exchange exchange;
    exchange.url = request.url.without_fragment();
    exchange.purpose = request.purpose;
    exchange.requested_at = clock_.now();
    exchange.request_headers = request.headers;
    exchange.status = answer.failure ? 0 : answer.status;
    exchange.response_headers = answer.headers;
    exchange.body = answer.body;
    exchange.truncated = answer.truncated;
    exchange.failure = answer.failure;
    in_flight_.push_back({clock_.now() + answer.latency, {++last_, std::move(exchange)}});
    peak_ = std::max(peak_, in_flight_.size());
    if (on_start) {
        on_start(request);
    }
    return last_;
}

inline std::vector<crawler::Fetcher::Completion> FakeFetcher::wait(
    std::chrono::milliseconds timeout) {
    if (std::exchange(woken_, false)) {
        return {};
    }
    const auto deadline = clock_.now() + timeout;
    auto first = in_flight_.begin();
    for (auto it = in_flight_.begin(); it != in_flight_.end(); ++it) {
        if (it->done_at < first->done_at) {
            first = it;
        }
    }
    if (first == in_flight_.end() || first->done_at > deadline) {
        clock_.set(deadline);
        return {};
    }
    clock_.set(std::max(clock_.now(), first->done_at));
    std::vector<Completion> done;
    done.push_back(std::move(first->completion));
    in_flight_.erase(first);
    return done;
}

}  // namespace chiptrail::tests
