#include "storage/store.hpp"

#include "storage/database.hpp"
#include "storage/schema.hpp"

#include <sqlite3.h>

#include <cassert>
#include <system_error>
#include <utility>

namespace chiptrail::storage {

namespace {

constexpr const char* kDatabaseName = "chiptrail.db";
constexpr const char* kBlobFolder = "blobs";

/// Every blob that a row names, each once.
constexpr const char* kNamedBlobs =
    "SELECT body_sha256 AS sha256, body_bytes AS bytes FROM fetches WHERE body_sha256 IS NOT NULL "
    "UNION SELECT sha256, bytes FROM images";

std::filesystem::path database_file(const std::filesystem::path& folder,
                                    const Store::Options& options) {
    const auto file = folder / kDatabaseName;
    std::error_code error;
    if (options.create) {
        std::filesystem::create_directories(folder, error);
        if (error) {
            throw core::Error("cannot make the folder " + folder.string() + ": " + error.message() +
                              ". Name another folder for the store.");
        }
    } else if (!std::filesystem::exists(file, error)) {
        throw core::Error("there is no store in " + folder.string() +
                          ". Run a crawl first, or name the folder of a store.");
    }
    return file;
}

std::int64_t count_rows(Database& database, const std::string& from) {
    return Query(database, "SELECT count(*) FROM " + from).single();
}

/// Rows of a check; SQLite answers "ok" when it has nothing to say.
void add_answers(Database& database,
                 const std::string& pragma,
                 std::vector<std::string>& problems) {
    Query rows(database, pragma);
    while (rows.step()) {
        const auto answer = rows.text();
        if (answer != "ok") {
            problems.push_back(database.file().string() + ": " + answer);
        }
    }
}

void add_broken_references(Database& database, std::vector<std::string>& problems) {
    Query rows(database, "PRAGMA foreign_key_check");
    while (rows.step()) {
        const auto table = rows.text();
        const auto row = rows.integer();
        problems.push_back(database.file().string() + ": row " + std::to_string(row) + " of " +
                           table + " names a row of " + rows.text() + " that is not there");
    }
}

}  // namespace

struct Transaction::State {
    explicit State(Database& owner) : database(owner), scope(owner) {
        assert(!owner.transaction_open());
    }
    Database& database;
    WriteScope scope;
};

struct Store::State {
    State(const std::filesystem::path& root, const Options& options)
        : folder(root),
          database(database_file(root, options), options.busy_timeout),
          blobs(root / kBlobFolder),
          frontier(database),
          runs(database),
          fetches(database, blobs),
          posts(database),
          images(database),
          hits(database),
          same_photos(database),
          upgrade(prepare(database, options.busy_timeout)) {}

    std::filesystem::path folder;
    Database database;
    FolderBlobStore blobs;
    Frontier frontier;
    Runs runs;
    Fetches fetches;
    Posts posts;
    Images images;
    Hits hits;
    SamePhotos same_photos;
    std::optional<Upgrade> upgrade;
};

Transaction::Transaction(std::unique_ptr<State> state) : state_(std::move(state)) {
    state_->database.set_transaction_open(true);
}

Transaction::Transaction(Transaction&&) noexcept = default;

Transaction::~Transaction() {
    if (state_) {
        state_->database.set_transaction_open(false);
    }
}

void Transaction::commit() {
    if (!state_->database.in_transaction()) {
        throw core::Error("the transaction on " + state_->database.file().string() +
                          " was given up after an error; nothing of it is stored");
    }
    state_->scope.commit();
    state_->database.set_transaction_open(false);
    state_.reset();
}

Store::Store(const std::filesystem::path& folder) : Store(folder, Options()) {}

Store::Store(const std::filesystem::path& folder, const Options& options)
    : state_(std::make_unique<State>(folder, options)) {}

Store::~Store() = default;

Transaction Store::begin() {
    return Transaction(std::make_unique<Transaction::State>(state_->database));
}

FolderBlobStore& Store::blobs() {
    return state_->blobs;
}

Frontier& Store::frontier() {
    return state_->frontier;
}

Runs& Store::runs() {
    return state_->runs;
}

Fetches& Store::fetches() {
    return state_->fetches;
}

Posts& Store::posts() {
    return state_->posts;
}

Images& Store::images() {
    return state_->images;
}

Hits& Store::hits() {
    return state_->hits;
}

SamePhotos& Store::same_photos() {
    return state_->same_photos;
}

const std::optional<Upgrade>& Store::upgrade() const {
    return state_->upgrade;
}

const std::filesystem::path& Store::folder() const {
    return state_->folder;
}

StoreStats Store::stats() const {
    auto& database = state_->database;
    const ReadScope scope(database);
    StoreStats stats;
    stats.runs = count_rows(database, "runs");
    stats.fetches = count_rows(database, "fetches");
    stats.posts = count_rows(database, "posts");
    stats.post_versions = count_rows(database, "post_versions");
    stats.gone_posts = count_rows(database, "posts WHERE gone_at IS NOT NULL");
    stats.images = count_rows(database, "images");
    stats.detections = count_rows(database, "detections");
    stats.findings = count_rows(database, "findings");
    stats.hits = count_rows(database, "hits WHERE withdrawn_at IS NULL");
    stats.decisions = count_rows(database, "decisions");
    stats.waiting_tasks = count_rows(database, "tasks WHERE state = 'waiting'");
    stats.blob_bytes = static_cast<std::uint64_t>(
        Query(database, std::string("SELECT coalesce(sum(bytes), 0) FROM (") + kNamedBlobs + ")")
            .single());
    stats.database_bytes =
        static_cast<std::uint64_t>(Query(database, "PRAGMA page_count").single() *
                                   Query(database, "PRAGMA page_size").single());
    stats.schema_version = schema_version(database);
    return stats;
}

std::vector<std::string> Store::check(Check blobs) const {
    auto& database = state_->database;
    std::vector<std::string> problems;
    std::vector<Blob> named;
    {
        const ReadScope scope(database);
        add_answers(database, "PRAGMA integrity_check", problems);
        add_broken_references(database, problems);
        Query rows(database, kNamedBlobs);
        while (rows.step()) {
            Blob blob;
            blob.sha256 = rows.hash();
            blob.bytes = static_cast<std::uint64_t>(rows.integer());
            named.push_back(blob);
        }
    }
    // Outside the scope: reading every byte takes long, and others may write meanwhile.
    for (const auto& blob : named) {
        if (auto problem = state_->blobs.verify(blob, blobs); !problem.empty()) {
            problems.push_back(std::move(problem));
        }
    }
    return problems;
}

std::string database_version() {
    return ::sqlite3_libversion();
}

}  // namespace chiptrail::storage
