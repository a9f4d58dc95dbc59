#include "pipeline/probe.hpp"

#include "pipeline/page_reading.hpp"

#include <utility>

namespace chiptrail::pipeline {

namespace {

/// A store that holds one task and forgets everything else.
class OneTask final : public crawler::CrawlStore {
public:
    explicit OneTask(core::Url url) {
        waiting_.emplace(crawler::Task{.id = 1,
                                       .source = "probe",
                                       .url = std::move(url),
                                       .purpose = core::Exchange::Purpose::page,
                                       .depth = 0,
                                       .referrer = {},
                                       .attempts = 0,
                                       .etag = {},
                                       .last_modified = {}});
    }

    std::optional<crawler::Task> take(const std::set<std::string>& busy_origins,
                                      core::Timestamp now) override {
        if (!waiting_ || busy_origins.contains(waiting_->url.origin()) || due_ > now) {
            return std::nullopt;
        }
        return std::exchange(waiting_, std::nullopt);
    }

    std::optional<core::Timestamp> next_due(const std::set<std::string>& busy_origins,
                                            core::Timestamp) override {
        if (!waiting_ || busy_origins.contains(waiting_->url.origin())) {
            return std::nullopt;
        }
        return due_;
    }

    void deliver(const crawler::Delivery& delivery) override {
        if (delivery.outcome == crawler::Delivery::Outcome::retry) {
            waiting_ = delivery.task;
            ++waiting_->attempts;
            due_ = delivery.retry_at;
        }
        last_ = delivery;
    }

    void set_not_before(const std::string&, core::Timestamp not_before) override {
        due_ = std::max(due_, not_before);
    }
    core::Timestamp not_before(const std::string&) override {
        return due_;
    }

    std::optional<crawler::RobotsRecord> load_robots(const std::string& origin) override {
        for (const auto& record : robots_) {
            if (record.origin == origin) {
                return record;
            }
        }
        return std::nullopt;
    }

    std::int64_t save_robots(const crawler::RobotsRecord& record,
                             const std::vector<core::Exchange>&) override {
        std::erase_if(robots_, [&](const auto& old) { return old.origin == record.origin; });
        robots_.push_back(record);
        return 0;
    }

    [[nodiscard]] const std::optional<crawler::Delivery>& last() const {
        return last_;
    }

private:
    std::optional<crawler::Task> waiting_;
    core::Timestamp due_{};
    std::vector<crawler::RobotsRecord> robots_;
    std::optional<crawler::Delivery> last_;
};

}  // namespace

core::Result<ProbeResult> probe_page(const core::Url& url,
                                     crawler::Fetcher& fetcher,
                                     const core::Clock& clock,
                                     const crawler::Crawler::Options& options,
                                     const extract::Extractor& extractor,
                                     std::size_t max_inflated_bytes,
                                     const std::stop_token& stop) {
    using core::Failure;
    OneTask store(url);
    (void)crawler::Crawler(fetcher, store, clock, options).run(stop);
    if (!store.last()) {
        return core::fail(Failure::Kind::unreachable, "stopped before " + url.text() + " answered");
    }
    const auto& delivery = *store.last();
    if (delivery.outcome == crawler::Delivery::Outcome::forbidden) {
        const auto& robots = delivery.exchanges.back().robots;
        return core::fail(Failure::Kind::refused,
                          "robots.txt of " + url.origin() + " closes " + url.text() +
                              (robots.rule.empty()
                                   ? std::string(": it could not be fetched")
                                   : ", line " + std::to_string(robots.line) + ": " + robots.rule));
    }
    const auto& final = delivery.exchanges.back();
    if (final.failure) {
        return tl::unexpected<Failure>(*final.failure);
    }
    auto extraction = read_page(extractor, final, max_inflated_bytes);
    if (!extraction) {
        return tl::unexpected<Failure>(std::move(extraction).error());
    }
    return ProbeResult{.exchanges = delivery.exchanges, .extraction = std::move(*extraction)};
}

}  // namespace chiptrail::pipeline
