#pragma once

// A CrawlStore in memory. What outlives a crash is the Disk: give it to another FakeCrawlStore to
// see what a new process would.

#include "crawler/crawl_store.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace chiptrail::tests {

class FakeCrawlStore final : public crawler::CrawlStore {
public:
    struct Stored {
        crawler::Task task;
        core::Timestamp due{};
        bool done = false;
    };
    struct Disk {
        std::vector<Stored> tasks;
        std::vector<crawler::Delivery> deliveries;
        std::map<std::string, core::Timestamp> not_before;
        std::map<std::string, crawler::RobotsRecord> robots;
        std::vector<core::Exchange> robots_exchanges;
        std::map<std::string, int> budgets;  ///< tasks that a source may still start; absent: any
        std::int64_t last_fetch = 0;
    };

    explicit FakeCrawlStore(std::shared_ptr<Disk> disk = std::make_shared<Disk>())
        : disk_(std::move(disk)) {}

    /// Returns the task as stored; `url` must parse. A URL that is there already is not added.
    crawler::Task add(const std::string& url,
                      core::Exchange::Purpose purpose = core::Exchange::Purpose::page,
                      const std::string& source = "test");
    [[nodiscard]] Stored& stored(std::int64_t id) {
        return disk_->tasks.at(static_cast<std::size_t>(id - 1));
    }
    [[nodiscard]] Disk& disk() {
        return *disk_;
    }
    /// Runs within deliver(), before anything is stored: add() follow-up tasks here, or throw to
    /// play a crash.
    std::function<void(const crawler::Delivery&)> on_deliver;

    std::optional<crawler::Task> take(const std::set<std::string>& busy_origins,
                                      core::Timestamp now) override;
    std::optional<core::Timestamp> next_due(const std::set<std::string>& busy_origins,
                                            core::Timestamp now) override;
    void deliver(const crawler::Delivery& delivery) override;
    void set_not_before(const std::string& origin, core::Timestamp not_before) override {
        auto& stored = disk_->not_before[origin];
        stored = std::max(stored, not_before);
    }
    core::Timestamp not_before(const std::string& origin) override {
        const auto found = disk_->not_before.find(origin);
        return found == disk_->not_before.end() ? core::Timestamp{} : found->second;
    }
    std::optional<crawler::RobotsRecord> load_robots(const std::string& origin) override {
        const auto found = disk_->robots.find(origin);
        return found == disk_->robots.end() ? std::nullopt : std::optional(found->second);
    }
    std::int64_t save_robots(const crawler::RobotsRecord& record,
                             const std::vector<core::Exchange>& exchanges) override;

private:
    [[nodiscard]] bool can_run(const Stored& stored, const std::set<std::string>& busy) const;
    [[nodiscard]] core::Timestamp due_of(const Stored& stored) {
        return std::max(stored.due, not_before(stored.task.url.origin()));
    }

    std::shared_ptr<Disk> disk_;
    std::set<std::int64_t> taken_;
};

inline crawler::Task FakeCrawlStore::add(const std::string& url,
                                         core::Exchange::Purpose purpose,
                                         const std::string& source) {
    auto parsed = core::Url::parse(url).value();
    for (const auto& stored : disk_->tasks) {
        if (stored.task.url == parsed) {
            return stored.task;
        }
    }
    crawler::Task task{.source = source, .url = std::move(parsed), .purpose = purpose};
    task.id = static_cast<std::int64_t>(disk_->tasks.size()) + 1;
    disk_->tasks.push_back({task, {}, false});
    return task;
}

inline bool FakeCrawlStore::can_run(const Stored& stored, const std::set<std::string>& busy) const {
    const auto budget = disk_->budgets.find(stored.task.source);
    const bool has_budget = budget == disk_->budgets.end() || budget->second > 0;
    return has_budget && !stored.done && !taken_.contains(stored.task.id) &&
           !busy.contains(stored.task.url.origin());
}

inline std::optional<crawler::Task> FakeCrawlStore::take(const std::set<std::string>& busy_origins,
                                                         core::Timestamp now) {
    for (const auto& stored : disk_->tasks) {
        if (!can_run(stored, busy_origins) || due_of(stored) > now) {
            continue;
        }
        taken_.insert(stored.task.id);
        const auto budget = disk_->budgets.find(stored.task.source);
        if (budget != disk_->budgets.end()) {
            --budget->second;
        }
        return stored.task;
    }
    return std::nullopt;
}

inline std::optional<core::Timestamp> FakeCrawlStore::next_due(
    const std::set<std::string>& busy_origins, core::Timestamp /*now*/) {
    std::optional<core::Timestamp> next;
    for (const auto& stored : disk_->tasks) {
        if (can_run(stored, busy_origins) && (!next || due_of(stored) < *next)) {
            next = due_of(stored);
        }
    }
    return next;
}

inline void FakeCrawlStore::deliver(const crawler::Delivery& delivery) {
    if (on_deliver) {
        on_deliver(delivery);
    }
    disk_->deliveries.push_back(delivery);
    auto& task = stored(delivery.task.id);
    taken_.erase(delivery.task.id);
    if (delivery.outcome == crawler::Delivery::Outcome::retry) {
        task.due = delivery.retry_at;
        ++task.task.attempts;
    } else {
        task.done = true;
    }
}

inline std::int64_t FakeCrawlStore::save_robots(const crawler::RobotsRecord& record,
                                                const std::vector<core::Exchange>& exchanges) {
    auto& all = disk_->robots_exchanges;
    all.insert(all.end(), exchanges.begin(), exchanges.end());
    auto stored = record;
    stored.fetch = ++disk_->last_fetch;
    disk_->robots[record.origin] = stored;
    return disk_->last_fetch;
}

}  // namespace chiptrail::tests
