#include "storage/database.hpp"

#include <sqlite3.h>

#include <thread>
#include <utility>

namespace chiptrail::storage {

namespace {

constexpr std::size_t kMaxIdle = 200;

std::string way_out(int code) {
    switch (code & 0xff) {
        case SQLITE_FULL:
            return "The disk is full. Free some space and start again; what was stored before is "
                   "intact.";
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return "Another process keeps it locked. Let it finish, or stop it, then start again.";
        case SQLITE_CORRUPT:
            return "The file is damaged. Restore it from a backup, or move it away and salvage it "
                   "with: sqlite3 OLD '.recover' | sqlite3 NEW. The blobs beside it are not "
                   "affected.";
        case SQLITE_NOTADB:
            return "This file is no SQLite database. Name another folder, or move the file away.";
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return "It may not be written. Check the owner and permissions of the folder.";
        case SQLITE_CANTOPEN:
            return "Check that the folder exists and may be written.";
        case SQLITE_IOERR:
            return "The disk did not take or give the data. Check free space, limits and the disk; "
                   "what was stored before is intact.";
        default:
            return {};
    }
}

}  // namespace

Database::Database(const std::filesystem::path& file, std::chrono::milliseconds busy_timeout) try
    : file_(file),
      connection_(file.string(),
                  SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE,
                  static_cast<int>(busy_timeout.count())) {
} catch (const SQLite::Exception& error) {
    throw core::Error("cannot open the store " + file.string() + ": " + error.what() + ". " +
                      way_out(error.getErrorCode()));
}

Database::~Database() {
    idle_.clear();
}

void Database::fail(const SQLite::Exception& error) const {
    const auto advice = way_out(error.getErrorCode());
    const auto message = "the store " + file_.string() + " does not answer: " + error.what() +
                         (advice.empty() ? "" : ". " + advice);
    if ((error.getErrorCode() & 0xff) == SQLITE_BUSY) {
        throw BusyError(message);
    }
    throw core::Error(message);
}

void Database::execute(const std::string& sql) {
    const std::lock_guard lock(mutex_);
    try {
        connection_.exec(sql);
    } catch (const SQLite::Exception& error) {
        fail(error);
    }
}

bool Database::in_transaction() const {
    return ::sqlite3_get_autocommit(connection_.getHandle()) == 0;
}

std::int64_t Database::last_id() const {
    return connection_.getLastInsertRowid();
}

int Database::changes() const {
    return connection_.getChanges();
}

Query::Query(Database& database, std::string sql)
    : database_(database), lock_(database.mutex_), sql_(std::move(sql)) {
    auto& idle = database_.idle_[sql_];
    if (!idle.empty()) {
        statement_.splice(statement_.begin(), idle, idle.begin());
        return;
    }
    try {
        statement_.emplace_back(database_.connection_, sql_);
    } catch (const SQLite::Exception& error) {
        database_.fail(error);
    }
}

Query::~Query() {
    // tryReset reports the error of the last step again; step() has thrown it already.
    statement_.front().tryReset();
    try {
        statement_.front().clearBindings();
        // Filters make many different texts; a bound keeps the cache from growing with them.
        if (database_.idle_.size() > kMaxIdle) {
            database_.idle_.clear();
        }
        auto& idle = database_.idle_[sql_];
        idle.splice(idle.begin(), statement_, statement_.begin());
    } catch (const std::exception&) {
        // Not kept: the next Query prepares it again.
        statement_.clear();
    }
}

void Query::bind_next(std::int64_t value) {
    statement_.front().bind(next_parameter_++, value);
}

void Query::bind_next(int value) {
    statement_.front().bind(next_parameter_++, value);
}

void Query::bind_next(bool value) {
    statement_.front().bind(next_parameter_++, value ? 1 : 0);
}

void Query::bind_next(double value) {
    statement_.front().bind(next_parameter_++, value);
}

void Query::bind_next(const std::string& value) {
    try {
        statement_.front().bind(next_parameter_++, value);
    } catch (const SQLite::Exception& error) {
        database_.fail(error);  // longer than SQLite's limit on one value
    }
}

void Query::bind_next(std::string_view value) {
    bind_next(std::string(value));
}

void Query::bind_next(const char* value) {
    bind_next(std::string(value));
}

void Query::bind_next(core::Timestamp value) {
    bind_next(core::format_rfc3339(value));
}

void Query::bind_next(const core::Sha256& value) {
    bind_next(value.hex());
}

void Query::bind_next(std::nullptr_t) {
    statement_.front().bind(next_parameter_++);
}

bool Query::step() {
    next_column_ = 0;
    try {
        return statement_.front().executeStep();
    } catch (const SQLite::Exception& error) {
        database_.fail(error);
    }
}

int Query::run() {
    while (step()) {
    }
    return database_.changes();
}

std::int64_t Query::single() {
    return step() ? integer() : 0;
}

SQLite::Column Query::next() {
    try {
        return statement_.front().getColumn(next_column_++);
    } catch (const SQLite::Exception& error) {
        database_.fail(error);
    }
}

std::int64_t Query::integer() {
    return next().getInt64();
}

int Query::small() {
    return next().getInt();
}

bool Query::boolean() {
    return next().getInt() != 0;
}

double Query::real() {
    return next().getDouble();
}

std::string Query::text() {
    return next().getString();
}

core::Timestamp Query::time() {
    const auto value = text();
    const auto parsed = core::parse_rfc3339(value);
    if (!parsed) {
        throw core::Error("the store " + database_.file().string() + " holds '" + value +
                          "' where a time belongs; it was changed by hand or is damaged");
    }
    return *parsed;
}

std::optional<core::Timestamp> Query::optional_time() {
    if (next_is_null()) {
        skip();
        return std::nullopt;
    }
    return time();
}

core::Sha256 Query::hash() {
    const auto value = text();
    const auto parsed = core::Sha256::from_hex(value);
    if (!parsed) {
        throw core::Error("the store " + database_.file().string() + " holds '" + value +
                          "' where a SHA-256 belongs; it was changed by hand or is damaged");
    }
    return *parsed;
}

bool Query::next_is_null() {
    return statement_.front().isColumnNull(next_column_);
}

void Query::skip() {
    ++next_column_;
}

WriteScope::WriteScope(Database& database)
    : lock_(database.mutex()), database_(database), outer_(!database.in_transaction()) {
    if (outer_ && database.transaction_open()) {
        throw core::Error("the transaction on " + database.file().string() +
                          " was given up after an error; nothing of it is stored");
    }
    database_.execute(outer_ ? "BEGIN IMMEDIATE" : "SAVEPOINT part");
}

WriteScope::~WriteScope() {
    // After a full disk SQLite may have rolled everything back already.
    if (done_ || !database_.in_transaction()) {
        return;
    }
    try {
        database_.execute(outer_ ? "ROLLBACK" : "ROLLBACK TO part; RELEASE part");
    } catch (const core::Error&) {
        // Nothing was committed, and that is all a rollback promises.
    }
}

void WriteScope::commit() {
    database_.execute(outer_ ? "COMMIT" : "RELEASE part");
    done_ = true;
}

ReadScope::ReadScope(Database& database)
    : lock_(database.mutex()), database_(database), outer_(!database.in_transaction()) {
    if (outer_) {
        database_.execute("BEGIN");
    }
}

ReadScope::~ReadScope() {
    if (!outer_ || !database_.in_transaction()) {
        return;
    }
    try {
        database_.execute("COMMIT");
    } catch (const core::Error&) {
        // A read has nothing to lose.
    }
}

std::int64_t source_row(Database& database, const std::string& name) {
    Query known(database, "SELECT id FROM sources WHERE name = ?");
    known.bind(name);
    if (known.step()) {
        return known.integer();
    }
    Query(database, "INSERT INTO sources (name) VALUES (?)").bind(name).run();
    return database.last_id();
}

}  // namespace chiptrail::storage
