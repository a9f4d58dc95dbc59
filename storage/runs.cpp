#include "storage/archive.hpp"
#include "storage/database.hpp"
#include "storage/json_text.hpp"
#include "storage/rows.hpp"

namespace chiptrail::storage {

namespace {

struct Tally {
    std::int64_t fetches = 0;
    std::int64_t failed = 0;
    std::int64_t forbidden = 0;
    std::optional<core::Timestamp> last;
    std::optional<core::Timestamp> last_success;
};

Tally tally_fetches(Database& database, std::int64_t source) {
    Query row(database,
              "SELECT count(*), "
              "coalesce(sum(robots_allowed = 1 AND (status = 0 OR status >= 400)), 0), "
              "coalesce(sum(robots_allowed = 0), 0), max(requested_at), "
              "max(CASE WHEN status BETWEEN 200 AND 299 OR status = 304 THEN requested_at END) "
              "FROM fetches WHERE source_id = ?");
    row.bind(source);
    Tally tally;
    if (row.step()) {
        tally.fetches = row.integer();
        tally.failed = row.integer();
        tally.forbidden = row.integer();
        tally.last = row.optional_time();
        tally.last_success = row.optional_time();
    }
    return tally;
}

std::int64_t count(Database& database, const std::string& sql, std::int64_t source) {
    Query query(database, sql);
    query.bind(source);
    return query.single();
}

/// What went wrong with the page that was fetched last, and how it was read.
void describe_last_page(Database& database, std::int64_t source, SourceSummary& summary) {
    Query row(database,
              "SELECT f.robots_allowed, f.robots_rule, f.status, f.failure_detail, f.task_url, "
              "r.status, r.reason FROM fetches f LEFT JOIN page_readings r ON r.fetch_id = f.id "
              "WHERE f.source_id = ? AND f.purpose = 'page' ORDER BY f.id DESC LIMIT 1");
    row.bind(source);
    if (!row.step()) {
        return;
    }
    const bool allowed = row.boolean();
    const auto rule = row.text();
    const auto status = row.small();
    const auto failure = row.text();
    const auto url = row.text();
    const auto page = core::page_status_from(row.text());
    const auto reason = row.text();
    if (!allowed) {
        summary.last_problem = "robots.txt closes " + url + ": " + rule;
    } else if (!failure.empty()) {
        summary.last_problem = failure;
    } else if (status >= 400) {
        summary.last_problem = url + " answered " + std::to_string(status);
    } else if (page && *page != core::PageStatus::ok) {
        summary.last_problem = reason.empty() ? std::string(core::to_text(*page)) : reason;
    }
    summary.last_page_status = page.value_or(core::PageStatus::ok);
}

SourceSummary summarize(Database& database, std::int64_t source, const std::string& name) {
    SourceSummary summary;
    summary.name = name;
    const auto tally = tally_fetches(database, source);
    summary.fetches = tally.fetches;
    summary.failed_fetches = tally.failed;
    summary.forbidden = tally.forbidden;
    summary.last_fetch_at = tally.last;
    summary.last_success_at = tally.last_success;
    summary.posts = count(database, "SELECT count(*) FROM posts WHERE source_id = ?", source);
    summary.gone_posts = count(
        database, "SELECT count(*) FROM posts WHERE source_id = ? AND gone_at IS NOT NULL", source);
    summary.images = count(
        database, "SELECT count(DISTINCT image_id) FROM image_urls WHERE source_id = ?", source);
    summary.hits = count(database,
                         "SELECT count(*) FROM hits JOIN posts ON posts.id = hits.post_id "
                         "WHERE posts.source_id = ? AND hits.withdrawn_at IS NULL",
                         source);
    summary.waiting_tasks = count(database,
                                  "SELECT count(*) FROM tasks JOIN queues ON queues.id = "
                                  "tasks.queue_id WHERE queues.source_id = ? AND tasks.state = "
                                  "'waiting'",
                                  source);
    describe_last_page(database, source, summary);
    return summary;
}

}  // namespace

RunId Runs::begin(const NewRun& run, core::Timestamp now) {
    WriteScope scope(database_);
    Query(database_,
          "INSERT INTO runs (command, version, config_digest, started_at, status) "
          "VALUES (?, ?, ?, ?, ?)")
        .bind(run.command, run.version, run.config_digest, now, to_text(RunStatus::running))
        .run();
    const RunId id{database_.last_id()};
    scope.commit();
    return id;
}

void Runs::finish(RunId run, RunStatus status, const Counts& counts, core::Timestamp now) {
    WriteScope scope(database_);
    const auto finished =
        status == RunStatus::running ? std::nullopt : std::optional<core::Timestamp>(now);
    const auto changed = Query(database_,
                               "UPDATE runs SET status = ?, counts = ?, finished_at = ? "
                               "WHERE id = ?")
                             .bind(to_text(status), counts_to_json(counts), finished, run)
                             .run();
    if (changed == 0) {
        throw core::Error("the store has no run " + std::to_string(run.value));
    }
    scope.commit();
}

std::int64_t Runs::mark_interrupted(const std::string& command, core::Timestamp now) {
    return Query(database_,
                 "UPDATE runs SET status = 'interrupted', finished_at = ? "
                 "WHERE command = ? AND status = 'running'")
        .bind(now, command)
        .run();
}

std::vector<Run> Runs::list(std::size_t limit) const {
    const ReadScope scope(database_);
    Query rows(database_, "SELECT id FROM runs ORDER BY id DESC LIMIT ?");
    rows.bind(static_cast<std::int64_t>(limit));
    std::vector<Run> runs;
    while (rows.step()) {
        if (auto run = read_run(database_, rows.id<RunId>())) {
            runs.push_back(std::move(*run));
        }
    }
    return runs;
}

std::optional<Run> Runs::find(RunId run) const {
    return read_run(database_, run);
}

std::vector<SourceSummary> Runs::sources() const {
    const ReadScope scope(database_);
    Query rows(database_, "SELECT id, name FROM sources ORDER BY name");
    std::vector<SourceSummary> sources;
    while (rows.step()) {
        const auto id = rows.integer();
        sources.push_back(summarize(database_, id, rows.text()));
    }
    return sources;
}

}  // namespace chiptrail::storage
