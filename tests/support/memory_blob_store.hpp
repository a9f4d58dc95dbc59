#pragma once

// The blob store's promises without a disk, for tests of what stands above it. The contract
// suite holds it to what FolderBlobStore does.

#include "storage/blob_store.hpp"

#include <map>
#include <mutex>
#include <string>

namespace chiptrail::tests {

class MemoryBlobStore final : public storage::BlobStore {
public:
    storage::Blob put(std::string_view bytes) override {
        const std::lock_guard lock(mutex_);
        const storage::Blob blob{core::sha256(bytes), bytes.size()};
        bytes_.emplace(blob.sha256, bytes);
        return blob;
    }

    [[nodiscard]] core::Result<std::string> get(const storage::Blob& blob,
                                                storage::Check /*check*/) const override {
        const std::lock_guard lock(mutex_);
        const auto found = bytes_.find(blob.sha256);
        if (found == bytes_.end()) {
            return core::fail(core::Failure::Kind::not_found, blob.sha256.hex() + " is missing");
        }
        if (found->second.size() != blob.bytes) {
            return core::fail(core::Failure::Kind::bad_input,
                              blob.sha256.hex() + " does not have its bytes");
        }
        return found->second;
    }

    [[nodiscard]] bool exists(const core::Sha256& sha256) const override {
        const std::lock_guard lock(mutex_);
        return bytes_.contains(sha256);
    }

    [[nodiscard]] std::string verify(const storage::Blob& blob,
                                     storage::Check check) const override {
        const auto bytes = get(blob, check);
        return bytes ? std::string() : bytes.error().detail;
    }

private:
    mutable std::mutex mutex_;
    std::map<core::Sha256, std::string> bytes_;
};

}  // namespace chiptrail::tests
