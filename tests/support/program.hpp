#pragma once

// Runs a program as a user would, with a time limit: exit code, stdout, stderr. For tests of the
// whole binary; also for servers and for processes that a test stops or kills in the middle.

#include "tests/support/temp_dir.hpp"

#include <fcntl.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill is POSIX
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace chiptrail::tests {

struct ProgramOptions {
    std::map<std::string, std::string> environment;  ///< on top of the test's own
    std::filesystem::path folder;                    ///< to start in; empty: the test's own
    std::chrono::milliseconds timeout{120'000};
    std::filesystem::path output;  ///< stdout goes there ("/dev/full") instead of being kept
};

struct ProgramResult {
    int exit_code = -1;  ///< 128 + signal when one ended it
    bool timed_out = false;
    std::string out;
    std::string err;
};

/// A started program; killed when it still runs at the end of the object's life.
class Program {
public:
    Program(const std::filesystem::path& program,
            const std::vector<std::string>& arguments,
            ProgramOptions options = {})
        : options_(std::move(options)), started_(std::chrono::steady_clock::now()) {
        const auto out = options_.output.empty() ? folder_ / "out" : options_.output;
        std::vector<std::string> words = {program.string()};
        words.insert(words.end(), arguments.begin(), arguments.end());
        std::vector<char*> argv;
        for (auto& word : words) {
            argv.push_back(word.data());
        }
        argv.push_back(nullptr);
        pid_ = ::fork();
        if (pid_ < 0) {
            throw std::runtime_error("cannot fork");
        }
        if (pid_ == 0) {
            become(out, folder_ / "err", argv);
        }
    }
    ~Program() {
        if (!done_) {
            signal(SIGKILL);
            static_cast<void>(wait());
        }
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    /// Does nothing once the end was seen: the number may be another program's by then.
    void signal(int number) const {
        if (!done_) {
            ::kill(pid_, number);
        }
    }

    /// Does not wait.
    [[nodiscard]] bool has_ended() {
        return poll();
    }

    [[nodiscard]] pid_t pid() const {
        return pid_;
    }

    /// True as soon as stdout or stderr holds `text`; false at the time limit or the end.
    [[nodiscard]] bool wait_for(const std::string& text) {
        while (true) {
            const bool ended = poll();
            if (out().find(text) != std::string::npos || err().find(text) != std::string::npos) {
                return true;
            }
            if (ended || overdue()) {
                return false;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }

    [[nodiscard]] std::string out() const {
        return content("out");
    }
    [[nodiscard]] std::string err() const {
        return content("err");
    }

    [[nodiscard]] ProgramResult wait() {
        ProgramResult result;
        while (!poll()) {
            if (!result.timed_out && overdue()) {
                result.timed_out = true;
                signal(SIGKILL);
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        result.exit_code = WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
        result.out = out();
        result.err = err();
        return result;
    }

private:
    [[noreturn]] void become(const std::filesystem::path& out,
                             const std::filesystem::path& err,
                             const std::vector<char*>& argv) const {
        const int in_fd = ::open("/dev/null", O_RDONLY);
        const int out_fd = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        const int err_fd = ::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        ::dup2(in_fd, STDIN_FILENO);
        ::dup2(out_fd, STDOUT_FILENO);
        ::dup2(err_fd, STDERR_FILENO);
        for (const auto& [name, value] : options_.environment) {
            ::setenv(name.c_str(), value.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
        }
        if (!options_.folder.empty() && ::chdir(options_.folder.c_str()) != 0) {
            ::_exit(126);
        }
        ::execv(argv.front(), argv.data());
        ::_exit(127);
    }

    bool poll() {
        if (!done_ && ::waitpid(pid_, &status_, WNOHANG) == pid_) {
            done_ = true;
        }
        return done_;
    }

    [[nodiscard]] bool overdue() const {
        return std::chrono::steady_clock::now() - started_ > options_.timeout;
    }

    [[nodiscard]] std::string content(const std::string& name) const {
        std::ifstream stream(folder_ / name, std::ios::binary);
        std::ostringstream text;
        text << stream.rdbuf();
        return text.str();
    }

    TempDir folder_;
    ProgramOptions options_;
    std::chrono::steady_clock::time_point started_;
    pid_t pid_ = -1;
    int status_ = 0;
    std::atomic<bool> done_ = false;  ///< signal() may come from another thread
};

inline ProgramResult run_program(const std::filesystem::path& program,
                                 const std::vector<std::string>& arguments,
                                 ProgramOptions options = {}) {
    return Program(program, arguments, std::move(options)).wait();
}

}  // namespace chiptrail::tests
