#pragma once

// The one SQLite connection of a Store. Private to storage/: no other folder includes it.
// Every SQLite::Exception becomes a core::Error that names the file and the way out.

#include "core/result.hpp"
#include "core/sha256.hpp"
#include "core/time.hpp"
#include "storage/records.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <chrono>
#include <filesystem>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace chiptrail::storage {

/// Another connection kept the file locked for longer than we wait.
class BusyError : public core::Error {
public:
    using Error::Error;
};

class Database {
public:
    Database(const std::filesystem::path& file, std::chrono::milliseconds busy_timeout);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Several statements without parameters, outside the statement cache.
    void execute(const std::string& sql);
    [[nodiscard]] bool in_transaction() const;
    [[nodiscard]] const std::filesystem::path& file() const {
        return file_;
    }
    /// Threads take turns; held by every Query and scope.
    [[nodiscard]] std::recursive_mutex& mutex() {
        return mutex_;
    }
    /// While a Transaction is open, a write may only be a part of it: SQLite ends a transaction
    /// by itself when the disk is full, and what follows must not be stored alone.
    void set_transaction_open(bool open) {
        transaction_open_ = open;
    }
    [[nodiscard]] bool transaction_open() const {
        return transaction_open_;
    }
    [[nodiscard]] std::int64_t last_id() const;
    [[nodiscard]] int changes() const;

    [[noreturn]] void fail(const SQLite::Exception& error) const;

private:
    friend class Query;

    std::filesystem::path file_;
    std::recursive_mutex mutex_;
    SQLite::Database connection_;
    bool transaction_open_ = false;
    /// Prepared statements that nobody uses right now.
    std::unordered_map<std::string, std::list<SQLite::Statement>> idle_;
};

/// One statement: bind in order, then run() or while (step()). Resets itself.
class Query {
public:
    Query(Database& database, std::string sql);
    ~Query();
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;

    template <class... Values>
    Query& bind(const Values&... values) {
        (bind_next(values), ...);
        return *this;
    }
    void bind_next(std::int64_t value);
    void bind_next(int value);
    void bind_next(bool value);
    void bind_next(double value);
    void bind_next(const std::string& value);
    void bind_next(std::string_view value);
    void bind_next(const char* value);
    void bind_next(core::Timestamp value);
    void bind_next(const core::Sha256& value);
    void bind_next(std::nullptr_t);
    template <class Tag>
    void bind_next(const Id<Tag>& value) {
        bind_next(value.value);
    }
    template <class Value>
    void bind_next(const std::optional<Value>& value) {
        if (value) {
            bind_next(*value);
        } else {
            bind_next(nullptr);
        }
    }

    /// True when there is a row to read.
    bool step();
    /// To the end; the number of rows that were changed.
    int run();
    /// The first column of the first row; 0 when there is none.
    std::int64_t single();

    /// Columns are read in order; each call reads the next one.
    [[nodiscard]] std::int64_t integer();
    [[nodiscard]] int small();
    [[nodiscard]] bool boolean();
    [[nodiscard]] double real();
    [[nodiscard]] std::string text();
    [[nodiscard]] core::Timestamp time();
    [[nodiscard]] std::optional<core::Timestamp> optional_time();
    [[nodiscard]] core::Sha256 hash();
    [[nodiscard]] bool next_is_null();
    void skip();
    template <class IdType>
    [[nodiscard]] IdType id() {
        return IdType{integer()};
    }
    template <class IdType>
    [[nodiscard]] std::optional<IdType> optional_id() {
        if (next_is_null()) {
            skip();
            return std::nullopt;
        }
        return IdType{integer()};
    }

private:
    [[nodiscard]] SQLite::Column next();

    Database& database_;
    std::unique_lock<std::recursive_mutex> lock_;
    std::string sql_;
    std::list<SQLite::Statement> statement_;  ///< one, moved out of the idle ones by splicing
    int next_parameter_ = 1;
    int next_column_ = 0;
};

/// All or nothing for a write: a transaction, or a part of the one that is open.
class WriteScope {
public:
    explicit WriteScope(Database& database);
    ~WriteScope();
    WriteScope(const WriteScope&) = delete;
    WriteScope& operator=(const WriteScope&) = delete;
    void commit();

private:
    std::unique_lock<std::recursive_mutex> lock_;
    Database& database_;
    bool outer_;
    bool done_ = false;
};

/// Several reads that see the same state.
class ReadScope {
public:
    explicit ReadScope(Database& database);
    ~ReadScope();
    ReadScope(const ReadScope&) = delete;
    ReadScope& operator=(const ReadScope&) = delete;

private:
    std::unique_lock<std::recursive_mutex> lock_;
    Database& database_;
    bool outer_;
};

/// The row of that source, made when it is new.
[[nodiscard]] std::int64_t source_row(Database& database, const std::string& name);

}  // namespace chiptrail::storage
