#include "app/stop.hpp"

#include <fcntl.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): sigaction is POSIX
#include <unistd.h>

#include <array>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <string>
#include <thread>

namespace chiptrail::app {

namespace {

// A handler may only do what is async-signal-safe, and std::stop_source is not: it writes one
// byte to a pipe, and a thread that reads the pipe asks for the stop.
std::atomic<int> pipe_to_thread{-1};
std::atomic<int> signals_seen{0};

extern "C" void on_signal(int) {
    const int saved = errno;
    if (signals_seen.fetch_add(1) > 0) {
        ::_exit(130);
    }
    const char byte = 's';
    [[maybe_unused]] const auto written = ::write(pipe_to_thread.load(), &byte, 1);
    errno = saved;
}

void set_handler(void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

struct StopOnSignal::State {
    std::array<int, 2> pipe{-1, -1};
    std::string how_to_go_on;
    std::stop_source source;
    std::thread thread;

    void wait_for_byte() {
        char byte = 0;
        while (::read(pipe[0], &byte, 1) < 0 && errno == EINTR) {
        }
        if (byte == 's') {
            const std::string message =
                "\nchiptrail: stopping cleanly; press Ctrl-C again to end at once.\nchiptrail: " +
                how_to_go_on + "\n";
            [[maybe_unused]] const auto written =
                ::write(STDERR_FILENO, message.data(), message.size());
            source.request_stop();
        }
    }
};

StopOnSignal::StopOnSignal(const char* how_to_go_on) : state_(std::make_unique<State>()) {
    assert(pipe_to_thread.load() == -1);
    state_->how_to_go_on = how_to_go_on;
    if (::pipe2(state_->pipe.data(), O_CLOEXEC) != 0) {
        // No pipe, no clean stop; the default action of the signals remains.
        return;
    }
    pipe_to_thread = state_->pipe[1];
    signals_seen = 0;
    state_->thread = std::thread([state = state_.get()] { state->wait_for_byte(); });
    set_handler(&on_signal);
}

StopOnSignal::~StopOnSignal() {
    if (state_->thread.joinable()) {
        set_handler(SIG_DFL);
        const char byte = 'q';
        [[maybe_unused]] const auto written = ::write(state_->pipe[1], &byte, 1);
        state_->thread.join();
        pipe_to_thread = -1;
        ::close(state_->pipe[0]);
        ::close(state_->pipe[1]);
    }
}

std::stop_token StopOnSignal::token() const {
    return state_->source.get_token();
}

bool StopOnSignal::requested() const {
    return state_->source.stop_requested();
}

}  // namespace chiptrail::app
