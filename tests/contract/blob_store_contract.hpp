#pragma once

// What every BlobStore promises; a test case of each implementation calls it with an empty one.

#include "storage/blob_store.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <thread>
#include <vector>

namespace chiptrail::tests {

inline void check_blob_store(storage::BlobStore& store) {
    using storage::Blob;
    using storage::Check;
    const std::string bytes("any\0bytes\xFF\r\n", 12);

    const auto blob = store.put(bytes);
    CHECK(blob.sha256 == core::sha256(bytes));
    CHECK(blob.bytes == bytes.size());
    CHECK(store.put(bytes) == blob);
    CHECK(store.exists(blob.sha256));
    for (const auto check : {Check::size, Check::hash}) {
        CHECK(store.get(blob, check) == bytes);
        CHECK(store.verify(blob, check).empty());
    }

    const auto empty = store.put("");
    CHECK(store.get(empty, Check::hash) == std::string());

    const Blob absent{core::sha256("never stored"), 12};
    CHECK_FALSE(store.exists(absent.sha256));
    CHECK(store.get(absent, Check::size).error().kind == core::Failure::Kind::not_found);
    CHECK_THAT(store.verify(absent, Check::size), Catch::Contains(absent.sha256.hex()));

    const Blob wrong_length{blob.sha256, blob.bytes - 1};
    CHECK(store.get(wrong_length, Check::size).error().kind == core::Failure::Kind::bad_input);
    CHECK_FALSE(store.verify(wrong_length, Check::size).empty());

    // Threads put the same and different bytes at the same time.
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&store, thread] {
            for (int n = 0; n < 20; ++n) {
                store.put("shared " + std::to_string(n));
                store.put(std::to_string(thread) + " own " + std::to_string(n));
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    for (int n = 0; n < 20; ++n) {
        const auto text = "shared " + std::to_string(n);
        CHECK(store.get({core::sha256(text), text.size()}, Check::hash) == text);
    }
}

}  // namespace chiptrail::tests
