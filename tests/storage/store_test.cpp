#include "tests/storage/fixtures.hpp"
#include "tests/support/temp_dir.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

using namespace chiptrail;
using namespace chiptrail::tests;
using storage::Check;
using storage::Store;

namespace {

/// As a person with sqlite3 would.
void change_by_hand(const std::filesystem::path& folder, const std::string& sql) {
    SQLite::Database database((folder / "chiptrail.db").string(), SQLite::OPEN_READWRITE);
    database.exec(sql);
}

/// Adds posts n, n + 1, … in transactions of one post, a version and a task each.
void add_delivery(OpenStore& open, int n) {
    const auto id = std::to_string(n);
    const auto blob = open.store.blobs().put("<html>" + id);
    auto transaction = open.store.begin();
    const auto exchange = page_exchange("https://shop.example/item/" + id, "");
    const auto fetch =
        open.store.fetches().add(exchange, {open.run, "shop", exchange.url, 0, blob});
    open.store.posts().upsert(
        "shop", listing(id), storage::Sighting::own_page, fetch, at("10:00:00"));
    open.store.frontier().add(task("shop", "https://shop.example/next/" + id), at("10:00:00"));
    transaction.commit();
}

}  // namespace

TEST_CASE("store: the linked SQLite is free of the WAL-reset corruption", "[storage][store]") {
    CHECK(SQLite::getLibVersionNumber() >= 3051003);
    CHECK(storage::database_version() == SQLite::getLibVersion());
}

TEST_CASE("store: it is made at first, found later, and has its safety on", "[storage][store]") {
    const TempDir folder;
    {
        OpenStore open(folder / "deep" / "data");
        add_delivery(open, 1);
    }
    Store again(folder / "deep" / "data");
    CHECK(again.stats().posts == 1);
    CHECK(again.stats().schema_version == 2);
    CHECK(again.check(Check::hash).empty());

    SQLite::Database database((folder / "deep" / "data" / "chiptrail.db").string());
    CHECK(database.execAndGet("PRAGMA journal_mode").getString() == "wal");
    CHECK(database.execAndGet("PRAGMA application_id").getInt() == 0x6374726c);
}

TEST_CASE("store: what is no store is refused with its name and the way out", "[storage][store]") {
    const TempDir folder;
    const auto path = folder / "chiptrail.db";
    const auto open = [&folder] { Store store(folder.path()); };

    SECTION("text") {
        std::ofstream(path) << std::string(5000, 'x');
        CHECK_THROWS_WITH(open(),
                          Catch::Contains(path.string()) && Catch::Contains("no SQLite database"));
    }
    SECTION("another program's database") {
        SQLite::Database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
            .exec("CREATE TABLE t (a)");
        CHECK_THROWS_WITH(open(),
                          Catch::Contains(path.string()) && Catch::Contains("another program"));
    }
    SECTION("a newer chiptrail's store") {
        open();
        change_by_hand(folder.path(), "PRAGMA user_version = 99");
        CHECK_THROWS_WITH(open(),
                          Catch::Contains("schema 99") && Catch::Contains("newer chiptrail"));
    }
    SECTION("a folder in its place") {
        std::filesystem::create_directory(path);
        CHECK_THROWS_WITH(open(), Catch::Contains(path.string()));
    }
    SECTION("a file in the folder's place") {
        std::ofstream(folder / "file") << "x";
        CHECK_THROWS_WITH(Store(folder / "file"), Catch::Contains((folder / "file").string()));
    }
    SECTION("none, when one is expected") {
        CHECK_THROWS_WITH(Store(folder.path(), Store::Options{std::chrono::seconds(1), false}),
                          Catch::Contains("there is no store in " + folder.path().string()));
        CHECK_FALSE(std::filesystem::exists(path));
    }
}

TEST_CASE("store: damage is reported, not crashed on", "[storage][store]") {
    const TempDir folder;
    storage::Blob photo;
    {
        OpenStore open(folder.path());
        for (int n = 0; n < 40; ++n) {
            add_delivery(open, n);
        }
        photo = open.fetch_photo("https://cdn.example/1-a.jpg", "jpeg bytes");
    }
    SECTION("pages of the database overwritten") {
        const auto path = folder / "chiptrail.db";
        const auto size = std::filesystem::file_size(path);
        REQUIRE(size > 100'000);
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(size / 2));
        file << std::string(size / 3, '\x5A');
        file.close();
        std::string said;
        try {
            Store store(folder.path());
            for (const auto& problem : store.check(Check::size)) {
                said += problem;
            }
        } catch (const core::Error& error) {
            said = error.what();
        }
        CHECK_THAT(said, Catch::Contains("chiptrail.db"));
    }
    SECTION("a blob changed or gone") {
        Store store(folder.path());
        std::ofstream(store.blobs().path_of(photo.sha256)) << "JPEG bytes";
        CHECK(store.check(Check::size).empty());
        REQUIRE(store.check(Check::hash).size() == 1);
        std::filesystem::remove(store.blobs().path_of(photo.sha256));
        REQUIRE(store.check(Check::size).size() == 1);
        CHECK_THAT(store.check(Check::size)[0], Catch::Contains(photo.sha256.hex()));
    }
    SECTION("a broken reference") {
        change_by_hand(folder.path(),
                       "PRAGMA foreign_keys = OFF; UPDATE posts SET source_id = 77 WHERE id = 1");
        Store store(folder.path());
        REQUIRE_FALSE(store.check(Check::size).empty());
        CHECK_THAT(store.check(Check::size)[0], Catch::Contains("posts"));
    }
    SECTION("a value that cannot be") {
        change_by_hand(folder.path(), "UPDATE posts SET last_seen = 'yesterday'");
        Store store(folder.path());
        CHECK_THROWS_WITH(store.posts().find("shop", "1"), Catch::Contains("'yesterday'"));
    }
}

TEST_CASE("store: evidence cannot be changed or removed, even by hand", "[storage][store]") {
    const TempDir folder;
    {
        OpenStore open(folder.path());
        const auto post = open.add_post(listing("1"));
        static_cast<void>(post);
    }
    for (const auto* sql : {"UPDATE fetches SET status = 404",
                            "DELETE FROM fetches",
                            "UPDATE post_versions SET title = 'x'",
                            "DELETE FROM post_versions"}) {
        CAPTURE(sql);
        CHECK_THROWS_WITH(change_by_hand(folder.path(), sql), Catch::Contains("never"));
    }
}

TEST_CASE("store: a transaction happens whole or not at all", "[storage][store]") {
    const TempDir folder;
    OpenStore open(folder.path());
    {
        const auto transaction = open.store.begin();
        open.add_post(listing("1"));
        open.store.frontier().add(task("shop", "https://shop.example/x"), at("10:00:00"));
        CHECK(open.store.stats().posts == 1);
    }
    CHECK(open.store.stats().posts == 0);
    CHECK(open.store.stats().waiting_tasks == 0);

    {
        auto transaction = open.store.begin();
        open.add_post(listing("1"));
        // A part that fails takes only itself back.
        CHECK_THROWS(open.store.posts().upsert(
            "shop", listing("2"), storage::Sighting::own_page, {999}, at("10:00:00")));
        transaction.commit();
    }
    CHECK(open.store.stats().posts == 1);
    open.add_post(listing("3"));
    CHECK(open.store.stats().posts == 2);
}

TEST_CASE("store: two connections and four threads write at the same time", "[storage][store]") {
    const TempDir folder;
    OpenStore crawl(folder.path());
    OpenStore review(folder.path());
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&, thread] {
            auto& open = thread % 2 == 0 ? crawl : review;
            for (int n = 0; n < 10; ++n) {
                add_delivery(open, thread * 100 + n);
                // The same post from everyone: stored once.
                add_delivery(open, 7000 + n);
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    CHECK(crawl.store.stats().posts == 50);
    CHECK(review.store.stats().waiting_tasks == 50);
    CHECK(review.store.check(Check::hash).empty());
}

TEST_CASE("store: a reader in another connection sees whole transactions only",
          "[storage][store]") {
    const TempDir folder;
    OpenStore writer(folder.path());
    const Store reader(folder.path());
    auto transaction = writer.store.begin();
    writer.add_post(listing("1"));
    CHECK(reader.stats().posts == 0);
    transaction.commit();
    CHECK(reader.stats().posts == 1);
}

TEST_CASE("store: a lock that never ends is told, not waited for", "[storage][store]") {
    const TempDir folder;
    OpenStore writer(folder.path());
    const auto transaction = writer.store.begin();
    Store other(folder.path(), Store::Options{std::chrono::milliseconds(50), true});
    CHECK_THROWS_WITH(other.runs().begin({"scan", "0.1", ""}, at("10:00:00")),
                      Catch::Contains("Another process keeps it locked"));
}

TEST_CASE("store: kill -9 in the middle loses nothing that was acknowledged", "[storage][store]") {
    const TempDir folder;
    { const Store made(folder.path()); }
    int stored = 0;
    for (int round = 0; round < 5; ++round) {
        int acknowledged[2];
        REQUIRE(::pipe(acknowledged) == 0);
        const auto child = ::fork();
        if (child == 0) {
            OpenStore open(folder.path());
            for (int n = stored;; ++n) {
                add_delivery(open, n);
                if (::write(acknowledged[1], &n, sizeof n) != sizeof n) {
                    ::_exit(1);
                }
            }
        }
        REQUIRE(child > 0);
        ::close(acknowledged[1]);
        int last = -1;
        for (int n = 0; n < 15 + round; ++n) {
            REQUIRE(::read(acknowledged[0], &last, sizeof last) == sizeof last);
        }
        // It is writing the next ones right now.
        ::kill(child, SIGKILL);
        while (::read(acknowledged[0], &last, sizeof last) == sizeof last) {
        }
        ::close(acknowledged[0]);
        ::waitpid(child, nullptr, 0);

        const Store store(folder.path());
        const auto stats = store.stats();
        INFO("acknowledged up to " << last);
        CHECK(stats.posts >= last + 1);
        CHECK(stats.posts <= last + 2);  // the commit may be there and its word not
        CHECK(stats.post_versions == stats.posts);
        CHECK(stats.waiting_tasks == stats.posts);
        CHECK(store.check(Check::hash).empty());
        stored = static_cast<int>(stats.posts);
    }
}

TEST_CASE("store: a full disk is said, and what was stored stays", "[storage][store]") {
    const TempDir folder;
    {
        OpenStore open(folder.path());
        add_delivery(open, 0);
    }
    // A limit on file size stands for a full disk; it holds for the child alone.
    const auto child = ::fork();
    if (child == 0) {
        std::signal(SIGXFSZ, SIG_IGN);
        int result = 1;
        try {
            OpenStore open(folder.path());
            const rlimit limit{600'000, 600'000};
            ::setrlimit(RLIMIT_FSIZE, &limit);
            for (int n = 1; n < 100'000; ++n) {
                auto transaction = open.store.begin();
                auto post = listing(std::to_string(n));
                post.text = std::string(50'000, 'x');
                open.add_post(post);
                transaction.commit();
            }
        } catch (const core::Error& error) {
            const std::string said = error.what();
            const bool clear = said.find("chiptrail.db") != std::string::npos &&
                               said.find("intact") != std::string::npos;
            result = clear ? 42 : 2;
        }
        ::_exit(result);
    }
    REQUIRE(child > 0);
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 42);

    OpenStore open(folder.path());
    CHECK(open.store.check(Check::hash).empty());
    CHECK(open.store.posts().find("shop", "0"));
    CHECK(open.store.stats().post_versions == open.store.stats().posts);
    add_delivery(open, 1'000'000);
}

TEST_CASE("store: one run at a time, the second is told who and since when", "[storage][store]") {
    const TempDir folder;
    {
        const storage::RunLock lock(folder / "data", "crawl");
        CHECK_THROWS_AS(storage::RunLock(folder / "data", "crawl"), core::LockedError);
        CHECK_THROWS_WITH(storage::RunLock(folder / "data", "crawl"),
                          Catch::Contains("crawl, process " + std::to_string(::getpid())) &&
                              Catch::Contains("since 20"));
        CHECK_NOTHROW(storage::RunLock(folder / "other", "crawl"));
    }
    CHECK_NOTHROW(storage::RunLock(folder / "data", "crawl"));
}

TEST_CASE("store: a killed run leaves no lock behind", "[storage][store]") {
    const TempDir folder;
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const auto child = ::fork();
    if (child == 0) {
        const storage::RunLock lock(folder.path(), "crawl");
        [[maybe_unused]] const auto told = ::write(ready[1], "x", 1);
        ::pause();
        ::_exit(0);
    }
    char told = 0;
    REQUIRE(::read(ready[0], &told, 1) == 1);
    CHECK_THROWS_WITH(storage::RunLock(folder.path(), "crawl"),
                      Catch::Contains("process " + std::to_string(child)));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    CHECK_NOTHROW(storage::RunLock(folder.path(), "crawl"));
    ::close(ready[0]);
    ::close(ready[1]);
}
