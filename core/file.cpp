#include "core/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

namespace chiptrail::core {

namespace {

/// Closes what it holds; a failed close after fsync loses nothing.
class FileDescriptor {
public:
    explicit FileDescriptor(int fd) : fd_(fd) {}
    ~FileDescriptor() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    [[nodiscard]] int get() const {
        return fd_;
    }

private:
    int fd_;
};

[[noreturn]] void throw_errno(const char* what, const std::filesystem::path& path) {
    throw Error(std::string("cannot ") + what + " " + path.string() + ": " +
                std::strerror(errno));  // NOLINT(concurrency-mt-unsafe)
}

void write_all(int fd, std::string_view bytes, const std::filesystem::path& path) {
    while (!bytes.empty()) {
        const auto written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            throw_errno("write", path);
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::uintmax_t max_bytes) {
    const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat info {};
    if (fd.get() < 0 || ::fstat(fd.get(), &info) != 0) {
        return fail(Failure::Kind::not_found,
                    "cannot read " + path.string() + ": " +
                        std::strerror(errno));  // NOLINT(concurrency-mt-unsafe)
    }
    if (S_ISDIR(info.st_mode)) {
        return fail(Failure::Kind::bad_input, path.string() + " is a folder, not a file");
    }
    std::string bytes;
    // The size is a hint only: a pipe or a growing file may give more or less.
    bytes.reserve(static_cast<std::size_t>(
        std::min<std::uintmax_t>(static_cast<std::uintmax_t>(info.st_size), max_bytes)));
    std::string chunk(std::size_t{256} * 1024, '\0');
    while (true) {
        const auto count = ::read(fd.get(), chunk.data(), chunk.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return fail(Failure::Kind::not_found,
                        "cannot read " + path.string() + ": " +
                            std::strerror(errno));  // NOLINT(concurrency-mt-unsafe)
        }
        if (count == 0) {
            return bytes;
        }
        if (bytes.size() + static_cast<std::size_t>(count) > max_bytes) {
            return fail(Failure::Kind::too_large,
                        path.string() + " is larger than " + std::to_string(max_bytes) + " bytes");
        }
        bytes.append(chunk.data(), static_cast<std::size_t>(count));
    }
}

void sync_folder(const std::filesystem::path& folder) {
    const FileDescriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0 || ::fsync(fd.get()) != 0) {
        throw_errno("flush folder", folder);
    }
}

void write_file_durably(const std::filesystem::path& path, std::string_view bytes) {
    static std::atomic<unsigned> serial{0};
    auto folder = path.parent_path();
    if (folder.empty()) {
        folder = ".";
    }
    const auto temporary =
        folder / (".tmp-" + path.filename().string() + "-" + std::to_string(::getpid()) + "-" +
                  std::to_string(serial.fetch_add(1)));
    try {
        const FileDescriptor fd(
            ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
        if (fd.get() < 0) {
            throw_errno("create", temporary);
        }
        write_all(fd.get(), bytes, temporary);
        // A failed fsync means that the bytes may be gone whatever a retry says.
        if (::fsync(fd.get()) != 0) {
            throw_errno("flush", temporary);
        }
        if (::rename(temporary.c_str(), path.c_str()) != 0) {
            throw_errno("rename to", path);
        }
    } catch (const Error&) {
        ::unlink(temporary.c_str());
        throw;
    }
    sync_folder(folder);
}

}  // namespace chiptrail::core
