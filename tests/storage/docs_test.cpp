#include "core/file.hpp"
#include "tests/storage/fixtures.hpp"
#include "tests/support/temp_dir.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <catch2/catch.hpp>

using namespace chiptrail;
using namespace chiptrail::tests;

TEST_CASE("docs/store.md: every table is described and every query runs", "[storage][docs]") {
    const auto text =
        core::read_file(std::filesystem::path(CHIPTRAIL_SOURCE_DIR) / "docs" / "store.md", 100'000);
    REQUIRE(text);
    const TempDir folder;
    { const OpenStore open(folder.path()); }
    const SQLite::Database database((folder / "chiptrail.db").string());

    SQLite::Statement names(database,
                            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') "
                            "AND name NOT LIKE 'sqlite_%'");
    while (names.executeStep()) {
        const auto row = "| `" + names.getColumn(0).getString() + "` |";
        CAPTURE(row);
        CHECK(text->find(row) != std::string::npos);
    }

    const auto begin = text->find("```sql");
    REQUIRE(begin != std::string::npos);
    const auto end = text->find("```", begin + 6);
    std::string sql = text->substr(begin + 6, end - begin - 6);
    int queries = 0;
    for (auto next = sql.find(';'); next != std::string::npos; next = sql.find(';')) {
        CAPTURE(sql.substr(0, next));
        SQLite::Statement query(database, sql.substr(0, next + 1));
        CHECK_NOTHROW(query.executeStep());
        sql.erase(0, next + 1);
        ++queries;
    }
    CHECK(queries == 6);
}
