#pragma once

#include <filesystem>
#include <string>

namespace chiptrail::storage {

/// One crawl per store. Held until destroyed or until the process ends, however it ends.
class RunLock {
public:
    /// Throws core::LockedError naming the process that holds it and since when.
    RunLock(const std::filesystem::path& folder, const std::string& command);
    ~RunLock();
    RunLock(const RunLock&) = delete;
    RunLock& operator=(const RunLock&) = delete;

private:
    int fd_ = -1;
};

}  // namespace chiptrail::storage
