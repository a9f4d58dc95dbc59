#include "storage/run_lock.hpp"

#include "core/file.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace chiptrail::storage {

namespace {

constexpr std::uintmax_t kMaxNote = 4096;

/// What the holder wrote about itself; it may be just about to.
std::string holder(const std::filesystem::path& path) {
    const auto note = core::read_file(path, kMaxNote);
    return note && !note->empty() ? *note : "another process";
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& folder, const std::string& command) {
    const auto path = folder / "lock";
    std::error_code ignored;
    std::filesystem::create_directories(folder, ignored);
    fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd_ < 0) {
        throw core::Error("cannot open the lock " + path.string() + ": " +
                          std::strerror(errno));  // NOLINT(concurrency-mt-unsafe)
    }
    // The kernel drops the lock with the process, so a crash leaves none behind.
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
        ::close(fd_);
        fd_ = -1;
        throw core::LockedError("the store " + folder.string() + " is in use by " + holder(path) +
                                ". Wait until it is done, stop it, or name another folder.");
    }
    const auto note = command + ", process " + std::to_string(::getpid()) + ", since " +
                      core::format_rfc3339(core::SystemClock().now());
    // Only words for others; the lock holds without them.
    if (::ftruncate(fd_, 0) == 0) {
        [[maybe_unused]] const auto written = ::pwrite(fd_, note.data(), note.size(), 0);
    }
}

RunLock::~RunLock() {
    // The file stays: removing it could part two processes that wait for the same lock.
    [[maybe_unused]] const auto emptied = ::ftruncate(fd_, 0);
    ::close(fd_);
}

}  // namespace chiptrail::storage
