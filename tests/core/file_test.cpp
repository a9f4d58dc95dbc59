#include "core/file.hpp"

#include "tests/support/temp_dir.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

using chiptrail::core::Error;
using chiptrail::core::Failure;
using chiptrail::core::read_file;
using chiptrail::core::write_file_durably;
using chiptrail::tests::TempDir;

TEST_CASE("file: what was written is read back and nothing else is left", "[core][file]") {
    const TempDir folder;
    const auto path = folder / "a.bin";
    write_file_durably(path, "old");
    write_file_durably(path, std::string("new\0bytes", 9));

    CHECK(read_file(path, 100) == std::string("new\0bytes", 9));
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("file: a file over the bound is refused by name", "[core][file]") {
    const TempDir folder;
    write_file_durably(folder / "big", "12345");

    const auto result = read_file(folder / "big", 4);
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == Failure::Kind::too_large);
    CHECK_THAT(result.error().detail, Catch::Contains("big"));
}

TEST_CASE("file: what cannot be read or written is named", "[core][file]") {
    const TempDir folder;

    CHECK(read_file(folder / "missing", 4).error().kind == Failure::Kind::not_found);
    CHECK(read_file(folder.path(), 4).error().kind == Failure::Kind::bad_input);
    CHECK_THROWS_WITH(write_file_durably(folder / "no/such", "x"), Catch::Contains("no/"));
}
