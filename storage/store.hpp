#pragma once

// The one place where everything is kept: a folder with chiptrail.db and blobs/.
// No SQL and no SQLite type shows here, so that another database can stand behind it.

#include "storage/archive.hpp"
#include "storage/blob_store.hpp"
#include "storage/frontier.hpp"
#include "storage/hits.hpp"
#include "storage/records.hpp"
#include "storage/run_lock.hpp"
#include "storage/same_photos.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace chiptrail::storage {

/// Everything written through the store between its making and commit() happens, or nothing.
/// Rolls back when destroyed without commit(). The making thread has the store to itself until
/// then, and no other process can write: keep it short, put blobs and fetch before it.
class Transaction {
public:
    ~Transaction();
    Transaction(Transaction&&) noexcept;
    Transaction& operator=(Transaction&&) = delete;
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    /// Durable when it returns. Throws core::Error when nothing of it was kept.
    void commit();

private:
    friend class Store;
    struct State;
    explicit Transaction(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

struct StoreStats {
    std::int64_t runs = 0;
    std::int64_t fetches = 0;
    std::int64_t posts = 0;
    std::int64_t post_versions = 0;
    std::int64_t gone_posts = 0;
    std::int64_t images = 0;
    std::int64_t detections = 0;
    std::int64_t findings = 0;
    std::int64_t hits = 0;
    std::int64_t decisions = 0;
    std::int64_t waiting_tasks = 0;
    std::uint64_t blob_bytes = 0;  ///< named by rows, each once
    std::uint64_t database_bytes = 0;
    int schema_version = 0;
};

/// Threads may share one: calls take turns. A thread that must not wait opens its own.
/// Two processes may use one folder at the same time; a writer waits for the other's commit.
class Store {
public:
    struct Options {
        std::chrono::milliseconds busy_timeout{15'000};  ///< for another process' transaction
        /// False: a folder without a store is an error instead of a new store.
        bool create = true;
    };

    /// Creates the folder and the schema, or brings an older schema up to date. Throws core::Error
    /// naming the file and the way out when it is no store, damaged, or of a newer chiptrail.
    explicit Store(const std::filesystem::path& folder);
    Store(const std::filesystem::path& folder, const Options& options);
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    /// At most one at a time and thread; must not outlive the store.
    [[nodiscard]] Transaction begin();

    [[nodiscard]] FolderBlobStore& blobs();
    [[nodiscard]] Frontier& frontier();
    [[nodiscard]] Runs& runs();
    [[nodiscard]] Fetches& fetches();
    [[nodiscard]] Posts& posts();
    [[nodiscard]] Images& images();
    [[nodiscard]] Hits& hits();
    [[nodiscard]] SamePhotos& same_photos();

    /// Set when opening brought an older schema up to date.
    [[nodiscard]] const std::optional<Upgrade>& upgrade() const;

    [[nodiscard]] const std::filesystem::path& folder() const;
    [[nodiscard]] StoreStats stats() const;
    /// One line a problem: database, references, and every blob that a row names.
    /// Reading all bytes (Check::hash) takes as long as the disk does.
    [[nodiscard]] std::vector<std::string> check(Check blobs) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The SQLite that is linked in, for `doctor`: "3.53.2".
[[nodiscard]] std::string database_version();

}  // namespace chiptrail::storage
