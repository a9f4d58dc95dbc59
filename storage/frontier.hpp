#pragma once

// Which URL is fetched next, and what is known of the hosts. A task stays stored until it is
// closed, so a crash loses none.

#include "core/url.hpp"
#include "storage/records.hpp"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::storage {

class Database;

enum class Priority { low, normal, high };

struct NewTask {
    std::string source;
    core::Url url;  ///< its fragment does not count
    core::Exchange::Purpose purpose = core::Exchange::Purpose::page;
    int depth = 0;
    std::string referrer = {};  ///< URL of the page that named it
    Priority priority = Priority::normal;
};

enum class TaskState { waiting, done, failed, forbidden };

struct QueuedTask {
    TaskId id;
    NewTask what;
    TaskState state = TaskState::waiting;
    int attempts = 0;  ///< that failed since it last succeeded or was armed
    core::Timestamp due_at{};
    std::string etag = {};  ///< validators of the stored copy; empty when there is none
    std::string last_modified = {};
};

/// How a task ended.
struct TaskEnd {
    TaskState state = TaskState::done;
    std::optional<FetchId> fetch;  ///< the last exchange
    std::string problem;           ///< empty for `done`
    /// Of the copy that is now stored; nullopt keeps what is known (304, failure).
    struct Validators {
        std::string etag;
        std::string last_modified;
    };
    std::optional<Validators> validators;
};

/// What became of add().
enum class Added { inserted, armed_again, known };

struct RobotsRecord {
    std::string origin;
    core::RobotsDecision::Basis basis = core::RobotsDecision::Basis::no_file;
    std::string body;
    core::Timestamp expires_at{};
    std::optional<FetchId> fetch;
};

/// Part of a Store: get it from there. Threads may share it.
class Frontier {
public:
    explicit Frontier(Database& database);
    ~Frontier();
    Frontier(const Frontier&) = delete;
    Frontier& operator=(const Frontier&) = delete;

    /// A URL is known once per source and purpose. A known task that was closed before
    /// `revisit_before` becomes due again with its validators; nullopt leaves it closed.
    /// A waiting task is left as it is, so calling this twice is calling it once.
    Added add(const NewTask& task,
              core::Timestamp due_at,
              std::optional<core::Timestamp> revisit_before = std::nullopt);
    /// Makes every task of `source` and `purpose` that was closed before `closed_before` due
    /// again, those closed longest ago first, at most `limit`; returns how many. For items that
    /// no list names any more.
    std::int64_t rearm(const std::string& source,
                       core::Exchange::Purpose purpose,
                       core::Timestamp closed_before,
                       core::Timestamp due_at,
                       std::int64_t limit);

    /// The most urgent task due at `now`: the host that waits longest first, then priority, then
    /// age. Only of `sources` (empty: all) and not of `busy_origins`. Cost grows with the number
    /// of hosts skipped, not of tasks stored. A task that was taken is not given out again by this
    /// object until close(), retry() or release().
    [[nodiscard]] std::optional<QueuedTask> take(const std::set<std::string>& sources,
                                                 const std::set<std::string>& busy_origins,
                                                 core::Timestamp now);
    /// When take() can next give something; a time that has passed means now; nullopt: never.
    [[nodiscard]] std::optional<core::Timestamp> next_due(
        const std::set<std::string>& sources, const std::set<std::string>& busy_origins) const;

    void close(TaskId task, const TaskEnd& end, core::Timestamp now);
    /// Due again at `retry_at`, with one more failed attempt.
    void retry(TaskId task, core::Timestamp retry_at, const std::string& problem);
    /// Gives a taken task back as it was.
    void release(TaskId task);

    [[nodiscard]] std::optional<QueuedTask> find(TaskId task) const;
    [[nodiscard]] std::int64_t waiting(const std::set<std::string>& sources) const;

    /// No task of `origin` is given out before `not_before`. A later call with an earlier time
    /// brings it forward.
    void set_not_before(const std::string& origin, core::Timestamp not_before);
    /// The epoch when nothing was set.
    [[nodiscard]] core::Timestamp not_before(const std::string& origin) const;

    [[nodiscard]] std::optional<RobotsRecord> load_robots(const std::string& origin) const;
    void save_robots(const RobotsRecord& record, core::Timestamp now);

private:
    struct State;
    std::unique_ptr<State> state_;
};

[[nodiscard]] std::string_view to_text(TaskState state);

}  // namespace chiptrail::storage
