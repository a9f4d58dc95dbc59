#include "storage/schema.hpp"

#include "core/file.hpp"
#include "storage/finding_ids.hpp"

#include <unistd.h>

#include <array>
#include <filesystem>
#include <system_error>
#include <thread>

namespace chiptrail::storage {

namespace {

// A landed migration is never edited: stores out there have run it. Add the next one.
constexpr const char* kFirst = R"sql(
CREATE TABLE sources (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    command TEXT NOT NULL,
    version TEXT NOT NULL,
    config_digest TEXT NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    status TEXT NOT NULL,
    counts TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE TABLE fetches (
    id INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL REFERENCES runs,
    source_id INTEGER NOT NULL REFERENCES sources,
    purpose TEXT NOT NULL,
    task_url TEXT NOT NULL,
    hop INTEGER NOT NULL,
    url TEXT NOT NULL,
    method TEXT NOT NULL,
    requested_at TEXT NOT NULL,
    request_headers TEXT NOT NULL,
    robots_allowed INTEGER NOT NULL,
    robots_basis TEXT NOT NULL,
    robots_line INTEGER NOT NULL,
    robots_rule TEXT NOT NULL,
    robots_fetch_id INTEGER REFERENCES fetches,
    status INTEGER NOT NULL,
    reason TEXT NOT NULL,
    http_version TEXT NOT NULL,
    response_headers TEXT NOT NULL,
    body_sha256 TEXT,
    body_bytes INTEGER,
    truncated INTEGER NOT NULL,
    remote_ip TEXT NOT NULL,
    remote_port INTEGER NOT NULL,
    tls_version TEXT NOT NULL,
    certificate_sha256 TEXT NOT NULL,
    name_lookup_us INTEGER NOT NULL,
    connect_us INTEGER NOT NULL,
    tls_us INTEGER NOT NULL,
    first_byte_us INTEGER NOT NULL,
    total_us INTEGER NOT NULL,
    failure_kind TEXT,
    failure_detail TEXT
) STRICT;
CREATE INDEX fetches_by_task ON fetches (source_id, task_url, id);
CREATE INDEX fetches_by_purpose ON fetches (source_id, purpose, id);
CREATE INDEX fetches_summary ON fetches (source_id, status, robots_allowed, requested_at);

CREATE TABLE page_readings (
    fetch_id INTEGER PRIMARY KEY REFERENCES fetches,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    extractor TEXT NOT NULL,
    charset TEXT NOT NULL,
    posts INTEGER NOT NULL,
    links INTEGER NOT NULL
) STRICT;

CREATE TABLE posts (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES sources,
    external_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    whole INTEGER NOT NULL,
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    gone_at TEXT,
    last_page_url TEXT NOT NULL,
    url TEXT NOT NULL,
    UNIQUE (source_id, external_id)
) STRICT;
CREATE INDEX posts_by_page ON posts (source_id, last_page_url);
CREATE INDEX posts_by_url ON posts (source_id, url);

CREATE TABLE post_versions (
    id INTEGER PRIMARY KEY,
    post_id INTEGER NOT NULL REFERENCES posts,
    number INTEGER NOT NULL,
    fetch_id INTEGER NOT NULL REFERENCES fetches,
    seen_at TEXT NOT NULL,
    changed TEXT NOT NULL,
    url TEXT NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    author_name TEXT NOT NULL,
    author_id TEXT NOT NULL,
    author_url TEXT NOT NULL,
    price_raw TEXT NOT NULL,
    price_amount TEXT NOT NULL,
    price_amount_max TEXT NOT NULL,
    price_currency TEXT NOT NULL,
    location TEXT NOT NULL,
    published_raw TEXT NOT NULL,
    published_utc TEXT NOT NULL,
    images TEXT NOT NULL,
    links TEXT NOT NULL,
    extractor TEXT NOT NULL,
    UNIQUE (post_id, number)
) STRICT;

CREATE TABLE images (
    id INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE,
    bytes INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    format TEXT NOT NULL,
    phash TEXT NOT NULL,
    exif TEXT NOT NULL,
    problem TEXT NOT NULL,
    first_seen TEXT NOT NULL
) STRICT;

CREATE TABLE image_urls (
    source_id INTEGER NOT NULL REFERENCES sources,
    url TEXT NOT NULL,
    image_id INTEGER NOT NULL REFERENCES images,
    fetch_id INTEGER NOT NULL REFERENCES fetches,
    PRIMARY KEY (source_id, url)
) STRICT, WITHOUT ROWID;

CREATE TABLE post_images (
    id INTEGER PRIMARY KEY,
    post_id INTEGER NOT NULL REFERENCES posts,
    url TEXT NOT NULL,
    url_as_written TEXT NOT NULL,
    position INTEGER NOT NULL,
    shown INTEGER NOT NULL,
    image_id INTEGER REFERENCES images,
    fetch_id INTEGER REFERENCES fetches
) STRICT;
CREATE UNIQUE INDEX post_images_once ON post_images (post_id, url, coalesce(image_id, 0));
CREATE INDEX post_images_by_image ON post_images (image_id);
CREATE INDEX post_images_by_url ON post_images (url);

CREATE TABLE detections (
    id INTEGER PRIMARY KEY,
    image_id INTEGER NOT NULL REFERENCES images,
    detector TEXT NOT NULL,
    at TEXT NOT NULL,
    seconds REAL NOT NULL,
    stages TEXT NOT NULL,
    problem TEXT NOT NULL
) STRICT;
CREATE INDEX detections_by_image ON detections (image_id, detector);

CREATE TABLE findings (
    id INTEGER PRIMARY KEY,
    detection_id INTEGER NOT NULL REFERENCES detections,
    kind TEXT NOT NULL,
    brand TEXT NOT NULL,
    model TEXT NOT NULL,
    text TEXT NOT NULL,
    score REAL NOT NULL,
    x INTEGER NOT NULL,
    y INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    quad TEXT NOT NULL,
    reader TEXT NOT NULL,
    why TEXT NOT NULL
) STRICT;
CREATE INDEX findings_by_detection ON findings (detection_id, score);

CREATE TABLE hits (
    id INTEGER PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    post_id INTEGER NOT NULL REFERENCES posts,
    image_id INTEGER NOT NULL REFERENCES images,
    detection_id INTEGER NOT NULL REFERENCES detections,
    score REAL NOT NULL,
    reasons TEXT NOT NULL,
    found_at TEXT NOT NULL,
    withdrawn_at TEXT,
    state TEXT NOT NULL DEFAULT 'undecided',
    UNIQUE (post_id, image_id)
) STRICT;
CREATE INDEX hits_by_score ON hits (score DESC, id) WHERE withdrawn_at IS NULL;
CREATE INDEX hits_by_found ON hits (found_at DESC, id) WHERE withdrawn_at IS NULL;
CREATE INDEX hits_by_image ON hits (image_id);

CREATE TABLE hit_marks (
    hit_id INTEGER NOT NULL REFERENCES hits ON DELETE CASCADE,
    thing TEXT NOT NULL,
    name TEXT NOT NULL,
    score REAL NOT NULL,
    PRIMARY KEY (hit_id, thing, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX hit_marks_by_name ON hit_marks (thing, name, hit_id);

CREATE TABLE decisions (
    id INTEGER PRIMARY KEY,
    hit_id INTEGER NOT NULL REFERENCES hits,
    verdict TEXT,
    undoes_id INTEGER UNIQUE REFERENCES decisions,
    reviewer TEXT NOT NULL,
    at TEXT NOT NULL,
    note TEXT NOT NULL,
    detection_id INTEGER NOT NULL REFERENCES detections,
    score REAL NOT NULL,
    CHECK ((verdict IS NULL) <> (undoes_id IS NULL))
) STRICT;
CREATE INDEX decisions_by_hit ON decisions (hit_id, id);
CREATE INDEX decisions_by_reviewer ON decisions (reviewer, id);

CREATE TABLE queues (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES sources,
    origin TEXT NOT NULL,
    head_at TEXT,
    not_before TEXT NOT NULL,
    ready_at TEXT GENERATED ALWAYS AS (max(head_at, not_before)) VIRTUAL,
    UNIQUE (source_id, origin)
) STRICT;
CREATE INDEX queues_by_ready ON queues (ready_at) WHERE head_at IS NOT NULL;
CREATE INDEX queues_by_origin ON queues (origin);

CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES sources,
    queue_id INTEGER NOT NULL REFERENCES queues,
    purpose TEXT NOT NULL,
    url TEXT NOT NULL,
    depth INTEGER NOT NULL,
    referrer TEXT NOT NULL,
    priority INTEGER NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at TEXT NOT NULL,
    closed_at TEXT,
    problem TEXT NOT NULL,
    fetch_id INTEGER REFERENCES fetches,
    etag TEXT NOT NULL,
    last_modified TEXT NOT NULL,
    UNIQUE (source_id, purpose, url)
) STRICT;
CREATE INDEX tasks_by_due ON tasks (queue_id, due_at) WHERE state = 'waiting';
CREATE INDEX tasks_by_urgency ON tasks (queue_id, priority, due_at, id) WHERE state = 'waiting';

CREATE TABLE hosts (
    origin TEXT PRIMARY KEY,
    not_before TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE robots (
    origin TEXT PRIMARY KEY,
    basis TEXT NOT NULL,
    body TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    fetch_id INTEGER REFERENCES fetches,
    saved_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Evidence is added to, never rewritten; this also holds for whoever opens the file by hand.
CREATE TRIGGER fetches_stay BEFORE UPDATE ON fetches
BEGIN SELECT raise(ABORT, 'fetches are never changed'); END;
CREATE TRIGGER fetches_remain BEFORE DELETE ON fetches
BEGIN SELECT raise(ABORT, 'fetches are never removed'); END;
CREATE TRIGGER post_versions_stay BEFORE UPDATE ON post_versions
BEGIN SELECT raise(ABORT, 'versions are never changed'); END;
CREATE TRIGGER post_versions_remain BEFORE DELETE ON post_versions
BEGIN SELECT raise(ABORT, 'versions are never removed'); END;
CREATE TRIGGER decisions_stay BEFORE UPDATE ON decisions
BEGIN SELECT raise(ABORT, 'decisions are never changed: undo appends'); END;
CREATE TRIGGER decisions_remain BEFORE DELETE ON decisions
BEGIN SELECT raise(ABORT, 'decisions are never removed: undo appends'); END;

CREATE VIEW current_posts AS
SELECT posts.id, sources.name AS source, posts.external_id, posts.first_seen, posts.last_seen,
       posts.gone_at, v.number AS version, v.url, v.kind, v.title, v.text, v.author_name,
       v.price_raw, v.price_amount, v.price_currency, v.location, v.published_utc, v.images,
       v.fetch_id
FROM posts
JOIN sources ON sources.id = posts.source_id
JOIN post_versions v ON v.post_id = posts.id AND v.number = posts.version;

CREATE VIEW current_hits AS
SELECT hits.public_id AS hit, hits.score, hits.state, hits.reasons, p.source, p.external_id,
       p.title, p.price_raw, p.author_name, p.url, p.first_seen, p.gone_at,
       images.sha256 AS image_sha256, images.width, images.height
FROM hits
JOIN current_posts p ON p.id = hits.post_id
JOIN images ON images.id = hits.image_id
WHERE hits.withdrawn_at IS NULL;
)sql";

// Why a finding was made, by whom, and which photos are the same.
constexpr const char* kSecond = R"sql(
CREATE TABLE detectors (
    name TEXT PRIMARY KEY,
    reader TEXT NOT NULL,
    models_digest TEXT NOT NULL,
    lexicon_digest TEXT NOT NULL,
    settings TEXT NOT NULL,
    build TEXT NOT NULL,
    first_used TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- Of the detectors until now only the name is known.
INSERT INTO detectors SELECT detector, '', '', '', '', '', min(at) FROM detections
GROUP BY detector;

ALTER TABLE detections ADD COLUMN copied_from INTEGER REFERENCES detections;
ALTER TABLE detections ADD COLUMN copied_distance INTEGER NOT NULL DEFAULT 0;

ALTER TABLE findings ADD COLUMN public_id TEXT NOT NULL DEFAULT '';
ALTER TABLE findings ADD COLUMN parts TEXT NOT NULL DEFAULT '[]';
ALTER TABLE findings ADD COLUMN reference TEXT NOT NULL DEFAULT '';
ALTER TABLE findings ADD COLUMN scale REAL NOT NULL DEFAULT 0;
ALTER TABLE findings ADD COLUMN rotation INTEGER NOT NULL DEFAULT 0;
CREATE INDEX findings_by_public_id ON findings (public_id, detection_id);

-- Readers go on after the last id they saw, so none is ever given twice.
CREATE TABLE image_hashes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    image_id INTEGER NOT NULL REFERENCES images,
    kind TEXT NOT NULL,
    hash TEXT NOT NULL,
    quality INTEGER NOT NULL,
    UNIQUE (image_id, kind)
) STRICT;

-- A hit that someone decided on is listed even when it is no longer found.
DROP INDEX hits_by_score;
DROP INDEX hits_by_found;
CREATE INDEX hits_by_score ON hits (score DESC, id)
    WHERE withdrawn_at IS NULL OR state <> 'undecided';
CREATE INDEX hits_by_found ON hits (found_at DESC, id)
    WHERE withdrawn_at IS NULL OR state <> 'undecided';
)sql";

// After the old findings have their names, they are evidence like the rest.
constexpr const char* kSecondEnd = R"sql(
CREATE TRIGGER detections_stay BEFORE UPDATE ON detections
BEGIN SELECT raise(ABORT, 'detections are never changed: a new one is added'); END;
CREATE TRIGGER detections_remain BEFORE DELETE ON detections
BEGIN SELECT raise(ABORT, 'detections are never removed'); END;
CREATE TRIGGER findings_stay BEFORE UPDATE ON findings
BEGIN SELECT raise(ABORT, 'findings are never changed: a new detection is added'); END;
CREATE TRIGGER findings_remain BEFORE DELETE ON findings
BEGIN SELECT raise(ABORT, 'findings are never removed'); END;
)sql";

void to_second(Database& database) {
    database.execute(kSecond);
    name_old_findings(database);
    database.execute(kSecondEnd);
}

struct Migration {
    const char* sql;                   ///< when there is no more to it
    void (*run)(Database&) = nullptr;  ///< instead
};

constexpr std::array<Migration, 2> kMigrations = {{{kFirst}, {nullptr, to_second}}};

std::int64_t pragma(Database& database, const std::string& name) {
    return Query(database, "PRAGMA " + name).single();
}

/// Refuses files that are not ours before anything is written to them.
void require_ours(Database& database) {
    const auto id = pragma(database, "application_id");
    const auto version = pragma(database, "user_version");
    const auto objects = Query(database, "SELECT count(*) FROM sqlite_master").single();
    const bool is_new = id == 0 && version == 0 && objects == 0;
    if (!is_new && id != kApplicationId) {
        throw core::Error(database.file().string() +
                          " is a database of another program, not a chiptrail store. Name another "
                          "folder, or move the file away.");
    }
    if (version > current_schema_version()) {
        throw core::Error("the store " + database.file().string() + " has schema " +
                          std::to_string(version) + ", newer than this program, which knows " +
                          std::to_string(current_schema_version()) +
                          ". Use the newer chiptrail that wrote it; nothing was changed.");
    }
}

/// SQLite does not call its busy handler for this switch, so the wait is ours.
void switch_to_wal(Database& database, std::chrono::milliseconds busy_timeout) {
    const auto deadline = std::chrono::steady_clock::now() + busy_timeout;
    while (true) {
        try {
            Query mode(database, "PRAGMA journal_mode = WAL");
            if (mode.step() && mode.text() == "wal") {
                return;
            }
            break;
        } catch (const BusyError&) {
            if (std::chrono::steady_clock::now() >= deadline) {
                throw;
            }
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    throw core::Error("the store " + database.file().string() +
                      " cannot keep a write-ahead log there. Put it on a local disk, not on a "
                      "network share.");
}

/// The database as it was, beside it: who has to go back to the older program can.
std::filesystem::path keep_copy(Database& database, int version) {
    const auto& file = database.file();
    const auto copy = std::filesystem::path(file.string() + ".schema-" + std::to_string(version));
    if (std::filesystem::exists(copy)) {
        return copy;
    }
    const auto part = std::filesystem::path(copy.string() + ".part-" + std::to_string(::getpid()));
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    try {
        Query(database, "VACUUM INTO ?").bind(part.string()).run();
    } catch (const core::Error& error) {
        std::filesystem::remove(part, ignored);
        throw core::Error("the store " + file.string() + " has schema " + std::to_string(version) +
                          " and must be brought to " + std::to_string(current_schema_version()) +
                          ", but no copy of it could be kept first; nothing was changed. " +
                          error.what());
    }
    std::filesystem::rename(part, copy);
    core::sync_folder(copy.parent_path());
    return copy;
}

std::optional<Upgrade> migrate(Database& database) {
    const auto before = schema_version(database);
    if (before == current_schema_version()) {
        return std::nullopt;
    }
    std::optional<Upgrade> upgrade;
    if (before > 0) {
        upgrade = Upgrade{before, current_schema_version(), keep_copy(database, before)};
    }
    for (std::size_t i = 0; i < kMigrations.size(); ++i) {
        WriteScope scope(database);
        // Read again inside: another process may have been faster.
        if (static_cast<std::size_t>(schema_version(database)) == i) {
            const auto& migration = kMigrations.at(i);
            if (migration.run != nullptr) {
                migration.run(database);
            } else {
                database.execute(migration.sql);
            }
            database.execute("PRAGMA application_id = " + std::to_string(kApplicationId) +
                             "; PRAGMA user_version = " + std::to_string(i + 1));
        }
        scope.commit();
    }
    return upgrade;
}

}  // namespace

int current_schema_version() {
    return static_cast<int>(kMigrations.size());
}

int schema_version(Database& database) {
    return static_cast<int>(pragma(database, "user_version"));
}

std::optional<Upgrade> prepare(Database& database, std::chrono::milliseconds busy_timeout) {
    require_ours(database);
    switch_to_wal(database, busy_timeout);
    database.execute(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
        "PRAGMA cell_size_check = ON; PRAGMA journal_size_limit = 67108864");
    return migrate(database);
}

}  // namespace chiptrail::storage
