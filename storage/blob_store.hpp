#pragma once

// Bytes by their SHA-256: stored once, never changed.

#include "core/result.hpp"
#include "storage/records.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace chiptrail::storage {

/// How much a read or a check believes the disk.
enum class Check {
    size,  ///< the length is right
    hash,  ///< the bytes are right; reads all of them
};

/// Threads and processes may share one.
class BlobStore {
public:
    virtual ~BlobStore() = default;

    /// Durable when it returns; putting the same bytes again changes nothing.
    /// Throws core::Error when they cannot be kept (disk full).
    virtual Blob put(std::string_view bytes) = 0;
    /// Failure::not_found when it is not there, bad_input when it is not what it was.
    [[nodiscard]] virtual core::Result<std::string> get(const Blob& blob,
                                                        Check check = Check::size) const = 0;
    [[nodiscard]] virtual bool exists(const core::Sha256& sha256) const = 0;
    /// What is wrong with the stored bytes; empty when they are right.
    [[nodiscard]] virtual std::string verify(const Blob& blob, Check check) const = 0;
};

/// `root`/ab/cd/<sha256>, each file written durably before put() returns.
class FolderBlobStore final : public BlobStore {
public:
    explicit FolderBlobStore(std::filesystem::path root);

    Blob put(std::string_view bytes) override;
    [[nodiscard]] core::Result<std::string> get(const Blob& blob,
                                                Check check = Check::size) const override;
    [[nodiscard]] bool exists(const core::Sha256& sha256) const override;
    [[nodiscard]] std::string verify(const Blob& blob, Check check) const override;

    /// Where the bytes of that name are or would be.
    [[nodiscard]] std::filesystem::path path_of(const core::Sha256& sha256) const;

private:
    std::filesystem::path root_;
};

}  // namespace chiptrail::storage
