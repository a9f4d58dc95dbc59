#include "storage/frontier.hpp"

#include "storage/database.hpp"
#include "storage/rows.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace chiptrail::storage {

namespace {

constexpr const char* kTaskColumns =
    "SELECT tasks.id, sources.name, tasks.purpose, tasks.url, tasks.depth, tasks.referrer, "
    "tasks.priority, tasks.state, tasks.attempts, tasks.due_at, tasks.etag, tasks.last_modified "
    "FROM tasks JOIN sources ON sources.id = tasks.source_id ";

TaskState state_from(const std::string& text) {
    using enum TaskState;
    for (const auto state : {waiting, done, failed, forbidden}) {
        if (to_text(state) == text) {
            return state;
        }
    }
    throw core::Error("the store holds a task with the unknown state '" + text + "'");
}

QueuedTask read_task(Query& row) {
    const auto id = row.id<TaskId>();
    const auto source = row.text();
    const auto purpose = purpose_from(row.text());
    const auto url = row.text();
    auto parsed = core::Url::parse(url);
    if (!parsed) {
        throw core::Error("the store holds a task with the URL '" + url +
                          "': " + parsed.error().detail);
    }
    QueuedTask task{.id = id,
                    .what = {.source = source, .url = std::move(*parsed), .purpose = purpose}};
    task.what.depth = row.small();
    task.what.referrer = row.text();
    task.what.priority = static_cast<Priority>(std::clamp(row.small(), 0, 2));
    task.state = state_from(row.text());
    task.attempts = row.small();
    task.due_at = row.time();
    task.etag = row.text();
    task.last_modified = row.text();
    return task;
}

/// One host's line within a source.
std::int64_t queue_row(Database& database, std::int64_t source, const std::string& origin) {
    Query known(database, "SELECT id FROM queues WHERE source_id = ? AND origin = ?");
    known.bind(source, origin);
    if (known.step()) {
        return known.integer();
    }
    Query(database,
          "INSERT INTO queues (source_id, origin, not_before) VALUES "
          "(?1, ?2, coalesce((SELECT not_before FROM hosts WHERE origin = ?2), ''))")
        .bind(source, origin)
        .run();
    return database.last_id();
}

void refresh_head(Database& database, std::int64_t queue) {
    Query(database,
          "UPDATE queues SET head_at = (SELECT min(due_at) FROM tasks WHERE queue_id = ?1 AND "
          "state = 'waiting') WHERE id = ?1")
        .bind(queue)
        .run();
}

std::int64_t queue_of(Database& database, TaskId task) {
    Query query(database, "SELECT queue_id FROM tasks WHERE id = ?");
    query.bind(task);
    if (!query.step()) {
        throw core::Error("the store has no task " + std::to_string(task.value));
    }
    return query.integer();
}

}  // namespace

struct Frontier::State {
    explicit State(Database& owner) : database(owner) {}

    Database& database;
    std::set<std::int64_t> taken;  ///< guarded by the database's mutex

    std::optional<QueuedTask> first_of_queue(std::int64_t queue, core::Timestamp now) {
        // One priority at a time: each is a short walk of an index, however many wait for later.
        for (const auto priority : {Priority::high, Priority::normal, Priority::low}) {
            Query rows(database,
                       std::string(kTaskColumns) +
                           "WHERE tasks.queue_id = ? AND tasks.state = 'waiting' AND "
                           "tasks.priority = ? AND tasks.due_at <= ? "
                           "ORDER BY tasks.due_at, tasks.id");
            rows.bind(queue, static_cast<int>(priority), now);
            while (rows.step()) {
                auto task = read_task(rows);
                if (!taken.contains(task.id.value)) {
                    return task;
                }
            }
        }
        return std::nullopt;
    }

    /// When the first task of the queue that nobody has taken is due.
    std::optional<core::Timestamp> head_of_queue(std::int64_t queue) {
        Query rows(database,
                   "SELECT id, due_at FROM tasks WHERE queue_id = ? AND state = 'waiting' "
                   "ORDER BY due_at, id");
        rows.bind(queue);
        while (rows.step()) {
            if (!taken.contains(rows.integer())) {
                return rows.time();
            }
        }
        return std::nullopt;
    }
};

Frontier::Frontier(Database& database) : state_(std::make_unique<State>(database)) {}
Frontier::~Frontier() = default;

Added Frontier::add(const NewTask& task,
                    core::Timestamp due_at,
                    std::optional<core::Timestamp> revisit_before) {
    auto& database = state_->database;
    WriteScope scope(database);
    const auto source = source_row(database, task.source);
    const auto url = task.url.without_fragment();
    Query known(database,
                "SELECT id, queue_id, state, closed_at FROM tasks "
                "WHERE source_id = ? AND purpose = ? AND url = ?");
    known.bind(source, core::to_text(task.purpose), url);
    if (known.step()) {
        const auto id = known.integer();
        const auto queue = known.integer();
        const bool closed = state_from(known.text()) != TaskState::waiting;
        const auto closed_at = known.optional_time();
        if (!closed || !revisit_before || (closed_at && *closed_at >= *revisit_before)) {
            return Added::known;
        }
        Query(database,
              "UPDATE tasks SET state = 'waiting', attempts = 0, due_at = ?, depth = ?, "
              "referrer = ?, priority = ?, problem = '' WHERE id = ?")
            .bind(due_at, task.depth, task.referrer, static_cast<int>(task.priority), id)
            .run();
        refresh_head(database, queue);
        scope.commit();
        return Added::armed_again;
    }
    const auto queue = queue_row(database, source, task.url.origin());
    Query(database,
          "INSERT INTO tasks (source_id, queue_id, purpose, url, depth, referrer, priority, state, "
          "attempts, due_at, problem, etag, last_modified) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', 0, ?, '', '', '')")
        .bind(source,
              queue,
              core::to_text(task.purpose),
              url,
              task.depth,
              task.referrer,
              static_cast<int>(task.priority),
              due_at)
        .run();
    Query(database, "UPDATE queues SET head_at = min(coalesce(head_at, ?1), ?1) WHERE id = ?2")
        .bind(due_at, queue)
        .run();
    scope.commit();
    return Added::inserted;
}

std::int64_t Frontier::rearm(const std::string& source,
                             core::Exchange::Purpose purpose,
                             core::Timestamp closed_before,
                             core::Timestamp due_at,
                             std::int64_t limit) {
    auto& database = state_->database;
    WriteScope scope(database);
    const auto source_id = source_row(database, source);
    const auto armed =
        Query(database,
              "UPDATE tasks SET state = 'waiting', attempts = 0, due_at = ?, problem = '' "
              "WHERE id IN (SELECT id FROM tasks WHERE source_id = ? AND purpose = ? AND "
              "state <> 'waiting' AND closed_at < ? ORDER BY closed_at, id LIMIT ?)")
            .bind(due_at,
                  source_id,
                  core::to_text(purpose),
                  closed_before,
                  std::max<std::int64_t>(limit, 0))
            .run();
    Query(database,
          "UPDATE queues SET head_at = (SELECT min(due_at) FROM tasks WHERE queue_id = queues.id "
          "AND state = 'waiting') WHERE source_id = ?")
        .bind(source_id)
        .run();
    scope.commit();
    return armed;
}

std::optional<QueuedTask> Frontier::take(const std::set<std::string>& sources,
                                         const std::set<std::string>& busy_origins,
                                         core::Timestamp now) {
    const ReadScope scope(state_->database);
    Query queues(state_->database,
                 "SELECT queues.id, queues.origin, sources.name FROM queues "
                 "JOIN sources ON sources.id = queues.source_id "
                 "WHERE queues.head_at IS NOT NULL AND queues.ready_at <= ? "
                 "ORDER BY queues.ready_at");
    queues.bind(now);
    while (queues.step()) {
        const auto queue = queues.integer();
        const auto origin = queues.text();
        const auto source = queues.text();
        if (busy_origins.contains(origin) || (!sources.empty() && !sources.contains(source))) {
            continue;
        }
        if (auto task = state_->first_of_queue(queue, now)) {
            state_->taken.insert(task->id.value);
            return task;
        }
    }
    return std::nullopt;
}

std::optional<core::Timestamp> Frontier::next_due(const std::set<std::string>& sources,
                                                  const std::set<std::string>& busy_origins) const {
    const ReadScope scope(state_->database);
    Query queues(state_->database,
                 "SELECT queues.ready_at, queues.id, queues.origin, sources.name, "
                 "queues.not_before FROM queues JOIN sources ON sources.id = queues.source_id "
                 "WHERE queues.head_at IS NOT NULL ORDER BY queues.ready_at");
    std::optional<core::Timestamp> best;
    while (queues.step()) {
        if (const auto ready_at = queues.time(); best && ready_at >= *best) {
            break;
        }
        const auto queue = queues.integer();
        const auto origin = queues.text();
        const auto source = queues.text();
        if (busy_origins.contains(origin) || (!sources.empty() && !sources.contains(source))) {
            continue;
        }
        auto due = state_->head_of_queue(queue);
        if (!due) {
            continue;
        }
        if (const auto not_before = core::parse_rfc3339(queues.text())) {
            due = std::max(*due, *not_before);
        }
        best = best ? std::min(*best, *due) : *due;
    }
    return best;
}

void Frontier::close(TaskId task, const TaskEnd& end, core::Timestamp now) {
    auto& database = state_->database;
    WriteScope scope(database);
    const auto queue = queue_of(database, task);
    Query(database,
          "UPDATE tasks SET state = ?, attempts = CASE WHEN ?1 = 'done' THEN 0 ELSE attempts END, "
          "closed_at = ?, problem = ?, fetch_id = coalesce(?, fetch_id) WHERE id = ?")
        .bind(to_text(end.state), now, end.problem, end.fetch, task)
        .run();
    if (end.validators) {
        Query(database, "UPDATE tasks SET etag = ?, last_modified = ? WHERE id = ?")
            .bind(end.validators->etag, end.validators->last_modified, task)
            .run();
    }
    refresh_head(database, queue);
    scope.commit();
    state_->taken.erase(task.value);
}

void Frontier::retry(TaskId task, core::Timestamp retry_at, const std::string& problem) {
    auto& database = state_->database;
    WriteScope scope(database);
    const auto queue = queue_of(database, task);
    Query(database,
          "UPDATE tasks SET attempts = attempts + 1, due_at = ?, problem = ? WHERE id = ?")
        .bind(retry_at, problem, task)
        .run();
    refresh_head(database, queue);
    scope.commit();
    state_->taken.erase(task.value);
}

void Frontier::release(TaskId task) {
    const std::lock_guard lock(state_->database.mutex());
    state_->taken.erase(task.value);
}

std::optional<QueuedTask> Frontier::find(TaskId task) const {
    Query row(state_->database, std::string(kTaskColumns) + "WHERE tasks.id = ?");
    row.bind(task);
    if (!row.step()) {
        return std::nullopt;
    }
    return read_task(row);
}

std::int64_t Frontier::waiting(const std::set<std::string>& sources) const {
    Query rows(state_->database,
               "SELECT sources.name, (SELECT count(*) FROM tasks WHERE queue_id = queues.id AND "
               "state = 'waiting') FROM queues JOIN sources ON sources.id = queues.source_id "
               "WHERE head_at IS NOT NULL");
    std::int64_t count = 0;
    while (rows.step()) {
        if (sources.contains(rows.text()) || sources.empty()) {
            count += rows.integer();
        }
    }
    return count;
}

void Frontier::set_not_before(const std::string& origin, core::Timestamp not_before) {
    auto& database = state_->database;
    WriteScope scope(database);
    Query(database,
          "INSERT INTO hosts (origin, not_before) VALUES (?, ?) "
          "ON CONFLICT (origin) DO UPDATE SET not_before = excluded.not_before")
        .bind(origin, not_before)
        .run();
    Query(database, "UPDATE queues SET not_before = ? WHERE origin = ?")
        .bind(not_before, origin)
        .run();
    scope.commit();
}

core::Timestamp Frontier::not_before(const std::string& origin) const {
    Query row(state_->database, "SELECT not_before FROM hosts WHERE origin = ?");
    row.bind(origin);
    return row.step() ? row.time() : core::Timestamp{};
}

std::optional<RobotsRecord> Frontier::load_robots(const std::string& origin) const {
    Query row(state_->database,
              "SELECT basis, body, expires_at, fetch_id FROM robots WHERE origin = ?");
    row.bind(origin);
    if (!row.step()) {
        return std::nullopt;
    }
    RobotsRecord record;
    record.origin = origin;
    record.basis = robots_basis_from(row.text());
    record.body = row.text();
    record.expires_at = row.time();
    record.fetch = row.optional_id<FetchId>();
    return record;
}

void Frontier::save_robots(const RobotsRecord& record, core::Timestamp now) {
    Query(state_->database,
          "INSERT INTO robots (origin, basis, body, expires_at, fetch_id, saved_at) "
          "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (origin) DO UPDATE SET basis = excluded.basis, "
          "body = excluded.body, expires_at = excluded.expires_at, fetch_id = excluded.fetch_id, "
          "saved_at = excluded.saved_at")
        .bind(record.origin,
              core::to_text(record.basis),
              record.body,
              record.expires_at,
              record.fetch,
              now)
        .run();
}

}  // namespace chiptrail::storage
