#include "core/file.hpp"
#include "tests/storage/fixtures.hpp"
#include "tests/support/temp_dir.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <catch2/catch.hpp>
#include <unistd.h>

#include <algorithm>
#include <map>

using namespace chiptrail;
using namespace chiptrail::storage;
using namespace chiptrail::tests;

namespace {

void make_first_store(const std::filesystem::path& folder) {
    const auto sql = core::read_file(
        std::filesystem::path(CHIPTRAIL_SOURCE_DIR) / "tests" / "data" / "store-schema-1.sql",
        100'000);
    REQUIRE(sql);
    SQLite::Database database((folder / "chiptrail.db").string(),
                              SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec(*sql);
}

/// Every value of every column that the first schema had, by table.
std::map<std::string, std::string> content(const std::filesystem::path& file,
                                           const std::filesystem::path& columns_of) {
    const SQLite::Database shape(columns_of.string());
    const SQLite::Database database(file.string());
    std::map<std::string, std::string> tables;
    SQLite::Statement names(shape,
                            "SELECT m.name, group_concat(quote(c.name), ',') FROM sqlite_master m, "
                            "pragma_table_info(m.name) c WHERE m.type = 'table' GROUP BY m.name");
    while (names.executeStep()) {
        std::string columns = names.getColumn(1).getString();
        std::replace(columns.begin(), columns.end(), '\'', '"');
        const auto table = names.getColumn(0).getString();
        SQLite::Statement rows(database, "SELECT " + columns + " FROM " + table + " ORDER BY 1, 2");
        auto& text = tables[table];
        while (rows.executeStep()) {
            for (int i = 0; i < rows.getColumnCount(); ++i) {
                text += rows.getColumn(i).isNull() ? "NULL" : rows.getColumn(i).getString();
                text += '|';
            }
            text += '\n';
        }
    }
    return tables;
}

}  // namespace

TEST_CASE("upgrade: a store of the first schema opens with every row intact",
          "[storage][upgrade]") {
    const TempDir folder;
    const TempDir before;
    make_first_store(folder.path());
    make_first_store(before.path());
    {
        Store store(folder.path());
        REQUIRE(store.upgrade());
        CHECK(store.upgrade()->from == 1);
        CHECK(store.upgrade()->to == 2);
        CHECK(store.upgrade()->copy == folder / "chiptrail.db.schema-1");
        CHECK(store.stats().schema_version == 2);
        CHECK(store.check(Check::size).size() == 1);  // The photo's bytes were never there.
    }
    const auto was = content(before / "chiptrail.db", before / "chiptrail.db");
    CHECK(was.size() > 15);
    CHECK(content(folder / "chiptrail.db", before / "chiptrail.db") == was);
    CHECK(content(folder / "chiptrail.db.schema-1", before / "chiptrail.db") == was);

    const Store again(folder.path());
    CHECK_FALSE(again.upgrade());
}

TEST_CASE("upgrade: old findings get names that stay with the mark", "[storage][upgrade]") {
    const TempDir folder;
    make_first_store(folder.path());
    Store store(folder.path());
    const auto photo = *core::Sha256::from_hex(std::string(64, 'a'));
    const auto detections = store.images().detections(photo);
    REQUIRE(detections.size() == 2);
    REQUIRE(detections[0].finding_ids.size() == 1);
    REQUIRE(detections[1].finding_ids.size() == 2);
    CHECK(detections[1].finding_ids[0] == detections[0].finding_ids[0]);
    CHECK_FALSE(detections[1].finding_ids[1] == detections[0].finding_ids[0]);
    CHECK(detections[1].findings[0].scale == 0);
    CHECK(detections[1].findings[0].parts.empty());

    const auto hit = store.hits().find({"0123456789abcdef"});
    REQUIRE(hit);
    CHECK(hit->row.state == DecisionState::confirmed);
    CHECK(hit->decisions.size() == 1);
    const auto detector = store.images().find_detector("ppocr-v4/2+1111");
    REQUIRE(detector);
    CHECK(core::format_rfc3339(*detector->first_used) == "2026-11-21T10:01:00.000Z");
    CHECK(store.same_photos().without_hash() == 1);
}

TEST_CASE("upgrade: without room for a copy nothing is changed", "[storage][upgrade]") {
    const TempDir folder;
    make_first_store(folder.path());
    const auto was = content(folder / "chiptrail.db", folder / "chiptrail.db");
    // A folder in the way of the copy stands for a full disk.
    const auto part = "chiptrail.db.schema-1.part-" + std::to_string(::getpid());
    std::filesystem::create_directories(folder / part / "full");
    CHECK_THROWS_WITH(Store(folder.path()), Catch::Contains("nothing was changed"));
    std::filesystem::remove_all(folder / part);
    CHECK(content(folder / "chiptrail.db", folder / "chiptrail.db") == was);
    CHECK(Store(folder.path()).upgrade());
}
