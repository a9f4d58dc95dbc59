#include "storage/blob_store.hpp"

#include "tests/contract/blob_store_contract.hpp"
#include "tests/support/memory_blob_store.hpp"
#include "tests/support/temp_dir.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace chiptrail;
using namespace chiptrail::tests;
using storage::Check;
using storage::FolderBlobStore;

TEST_CASE("blobs: a folder keeps the contract", "[storage][blobs]") {
    const TempDir folder;
    FolderBlobStore store(folder / "blobs");
    check_blob_store(store);
}

TEST_CASE("blobs: the memory used in tests keeps the contract", "[storage][blobs]") {
    MemoryBlobStore store;
    check_blob_store(store);
}

TEST_CASE("blobs: each lies once under its own hash and nothing else is left", "[storage][blobs]") {
    const TempDir folder;
    FolderBlobStore store(folder / "blobs");
    store.put("abc");
    const auto blob = store.put("abc");
    CHECK(store.path_of(blob.sha256) ==
          folder / "blobs" / "ba" / "78" /
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    int files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
        files += entry.is_regular_file() ? 1 : 0;
    }
    CHECK(files == 1);
}

TEST_CASE("blobs: damage is seen, and putting the bytes again mends a short file",
          "[storage][blobs]") {
    const TempDir folder;
    FolderBlobStore store(folder / "blobs");
    const auto blob = store.put("abc");

    std::ofstream(store.path_of(blob.sha256)) << "abX";
    CHECK(store.get(blob, Check::size));
    CHECK_THAT(store.get(blob, Check::hash).error().detail, Catch::Contains("SHA-256"));
    CHECK(store.verify(blob, Check::size).empty());
    CHECK_THAT(store.verify(blob, Check::hash), Catch::Contains("SHA-256"));

    std::ofstream(store.path_of(blob.sha256)) << "a";
    CHECK_THAT(store.verify(blob, Check::size), Catch::Contains("3 bytes"));
    store.put("abc");
    CHECK(store.verify(blob, Check::hash).empty());
}

TEST_CASE("blobs: a folder that cannot be made is named", "[storage][blobs]") {
    const TempDir folder;
    std::ofstream(folder / "blobs") << "a file";
    FolderBlobStore store(folder / "blobs");
    CHECK_THROWS_WITH(store.put("abc"), Catch::Contains((folder / "blobs").string()));
}
