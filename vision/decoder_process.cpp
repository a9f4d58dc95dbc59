#include "vision/decoder_process.hpp"

#include "core/result.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill is POSIX
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>
#include <vector>

namespace chiptrail::vision {

namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

constexpr int kFirstFreeDescriptor = 20;  // Above those that the child is given.

[[noreturn]] void fail_to(const char* what) {
    throw core::Error(
        fmt::format("cannot {} for the picture decoder: {}", what, std::strerror(errno)));
}

/// A number above those of the child, so that giving it its own closes none of ours too early.
Descriptor moved_up(int number) {
    Descriptor low(number);
    Descriptor high(::fcntl(number, F_DUPFD_CLOEXEC, kFirstFreeDescriptor));
    if (high.number() < 0) {
        fail_to("get a file descriptor");
    }
    return high;
}

/// No secret of the parent's environment is anything to a decoder.
std::vector<std::string> environment() {
    std::vector<std::string> kept = {"LC_ALL=C", "TZ=UTC"};
    for (const char* name : {"LD_LIBRARY_PATH",
                             "ASAN_OPTIONS",
                             "UBSAN_OPTIONS",
                             "TSAN_OPTIONS",
                             "LLVM_PROFILE_FILE"}) {
        if (const char* value = std::getenv(name)) {  // NOLINT(concurrency-mt-unsafe)
            kept.push_back(fmt::format("{}={}", name, value));
        }
    }
    return kept;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (auto& text : texts) {
        result.push_back(text.data());
    }
    result.push_back(nullptr);
    return result;
}

/// What posix_spawn needs, given back at the end.
class SpawnPlan {
public:
    SpawnPlan() {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawnattr_init(&attributes_);
        sigset_t signals;
        ::sigfillset(&signals);
        ::posix_spawnattr_setsigdefault(&attributes_, &signals);
        ::sigemptyset(&signals);
        ::posix_spawnattr_setsigmask(&attributes_, &signals);
        // A group of its own: Ctrl-C ends chiptrail in good order, not the picture at hand.
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    }
    ~SpawnPlan() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;

    void give(int ours, int theirs) {
        ::posix_spawn_file_actions_adddup2(&actions_, ours, theirs);
    }
    void close_from(int first) {
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, first);
    }
    [[nodiscard]] pid_t run(const fs::path& program, std::vector<std::string> arguments) {
        auto variables = environment();
        pid_t process = -1;
        errno = ::posix_spawn(&process,
                              program.c_str(),
                              &actions_,
                              &attributes_,
                              pointers(arguments).data(),
                              pointers(variables).data());
        return errno == 0 ? process : -1;
    }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

std::string signal_text(int number) {
    const char* name = ::sigdescr_np(number);
    return fmt::format("was killed by signal {} ({})", number, name == nullptr ? "unknown" : name);
}

/// The last line, as far as it can be printed.
std::string last_words(std::string text) {
    while (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    text = text.substr(text.rfind('\n') + 1);
    std::erase_if(text, [](char c) { return c < ' ' || c > '~'; });
    constexpr std::size_t kMost = 160;
    text.resize(std::min(text.size(), kMost));
    return text;
}

}  // namespace

Descriptor::~Descriptor() {
    if (number_ >= 0) {
        ::close(number_);
    }
}
Descriptor::Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
}

SharedMemory::SharedMemory(const char* name, std::size_t wanted) : size_(wanted) {
    struct rlimit files {};
    if (::getrlimit(RLIMIT_FSIZE, &files) == 0 && files.rlim_cur != RLIM_INFINITY) {
        size_ = std::min<std::size_t>(size_, files.rlim_cur);
    }
    descriptor_ = moved_up(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (::ftruncate(descriptor(), static_cast<off_t>(size_)) != 0 ||
        ::fcntl(descriptor(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        fail_to("reserve shared memory");
    }
    auto* mapped =
        ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, descriptor(), 0);
    if (mapped == MAP_FAILED) {
        fail_to("map shared memory");
    }
    data_ = static_cast<unsigned char*>(mapped);
}

SharedMemory::~SharedMemory() {
    ::munmap(data_, size_);
}

void SharedMemory::clear() {
    ::fallocate(
        descriptor(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(size_));
}

DecoderProcess::DecoderProcess(const fs::path& program,
                               const DecoderOptions& options,
                               const SharedMemory& input,
                               const SharedMemory& pixels)
    : options_(options) {
    start(program, input, pixels);
    wait_until_ready(program);
}

DecoderProcess::~DecoderProcess() {
    static_cast<void>(reap());
}

void DecoderProcess::start(const fs::path& program,
                           const SharedMemory& input,
                           const SharedMemory& pixels) {
    std::array<int, 2> sockets{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets.data()) != 0) {
        fail_to("make a socket");
    }
    socket_ = moved_up(sockets[0]);
    const auto their_socket = moved_up(sockets[1]);
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
        fail_to("make a pipe");
    }
    errors_ = moved_up(pipe[0]);
    const auto their_errors = moved_up(pipe[1]);
    ::fcntl(errors_.number(), F_SETFL, O_NONBLOCK);
    const auto nothing = moved_up(::open("/dev/null", O_RDWR | O_CLOEXEC));

    SpawnPlan plan;
    plan.give(nothing.number(), STDIN_FILENO);
    plan.give(nothing.number(), STDOUT_FILENO);
    plan.give(their_errors.number(), STDERR_FILENO);
    plan.give(their_socket.number(), protocol::kSocket);
    plan.give(input.descriptor(), protocol::kInput);
    plan.give(pixels.descriptor(), protocol::kPixels);
    plan.close_from(protocol::kPixels + 1);
    process_ = plan.run(program,
                        {program.string(),
                         std::to_string(input.size()),
                         std::to_string(pixels.size()),
                         std::to_string(options_.max_memory_mb),
                         std::to_string(::getpid())});
    if (process_ < 0) {
        fail_to(("start " + program.string()).c_str());
    }
}

void DecoderProcess::wait_until_ready(const fs::path& program) {
    const auto outcome = wait_for_packet(&ready_, sizeof ready_);
    if (outcome == Outcome::replied && ready_.magic == protocol::kMagic && ready_.filter == 1) {
        return;
    }
    const int status = reap();
    if (WIFEXITED(status) && WEXITSTATUS(status) == protocol::kNoProtection) {
        throw core::ConfigError(
            program.string() +
            " cannot protect this machine from hostile pictures: the kernel refuses its system "
            "call filter (seccomp); run it where seccomp is allowed, or accept the risk with "
            "[vision] decode_in_process = true");
    }
    throw core::Error(fmt::format(
        "the picture decoder {} does not start: {}", program.string(), last_words(said_)));
}

bool DecoderProcess::send(const protocol::Request& request) {
    limit_processor_time();
    return ::send(socket_.number(), &request, sizeof request, MSG_NOSIGNAL) ==
           static_cast<ssize_t>(sizeof request);
}

DecoderProcess::Outcome DecoderProcess::wait(std::uint64_t sequence, protocol::Reply& reply) {
    const auto outcome = wait_for_packet(&reply, sizeof reply);
    if (outcome == Outcome::replied &&
        (reply.magic != protocol::kMagic || reply.sequence != sequence)) {
        return Outcome::nonsense;
    }
    return outcome;
}

DecoderProcess::Outcome DecoderProcess::wait_for_packet(void* packet, std::size_t size) {
    const auto asked = Steady::now();
    const auto processor_then = processor_time();
    while (true) {
        constexpr int kLookAgain = 50;  // milliseconds
        std::array<pollfd, 2> watched{pollfd{socket_.number(), POLLIN, 0},
                                      pollfd{errors_ended_ ? -1 : errors_.number(), POLLIN, 0}};
        static_cast<void>(::poll(watched.data(), watched.size(), kLookAgain));
        read_errors();
        const auto got = ::recv(socket_.number(), packet, size, MSG_DONTWAIT | MSG_TRUNC);
        if (got >= 0) {
            return got == static_cast<ssize_t>(size) ? Outcome::replied
                   : got == 0                        ? Outcome::ended
                                                     : Outcome::nonsense;
        }
        if (errno != EAGAIN && errno != EINTR) {
            return Outcome::ended;
        }
        if (is_overdue(asked, processor_then)) {
            return Outcome::overdue;
        }
    }
}

bool DecoderProcess::is_overdue(Steady::time_point asked,
                                std::chrono::nanoseconds processor_then) const {
    // On a busy machine a second of work takes longer than a second.
    constexpr int kPatience = 3;
    const auto most = std::chrono::seconds(options_.max_seconds);
    return processor_time() - processor_then > most || Steady::now() - asked > kPatience * most;
}

std::chrono::nanoseconds DecoderProcess::processor_time() const {
    clockid_t clock = 0;
    struct timespec used {};
    if (::clock_getcpuclockid(process_, &clock) != 0 || ::clock_gettime(clock, &used) != 0) {
        return std::chrono::nanoseconds{0};
    }
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

/// In case that nobody waits any more.
void DecoderProcess::limit_processor_time() const {
    const auto used = std::chrono::ceil<std::chrono::seconds>(processor_time()).count();
    const auto most = static_cast<rlim_t>(used + options_.max_seconds + 2);
    const struct rlimit limit { most, RLIM_INFINITY };
    ::prlimit(process_, RLIMIT_CPU, &limit, nullptr);
}

void DecoderProcess::read_errors() {
    constexpr std::size_t kKept = 4096;
    std::array<char, kKept> room{};
    // So much at a time: a decoder that never stops complaining must not hold us up.
    for (int i = 0; i < 16 && !errors_ended_; ++i) {
        const auto got = ::read(errors_.number(), room.data(), room.size());
        if (got <= 0) {
            errors_ended_ = got == 0;
            return;
        }
        said_.append(room.data(), static_cast<std::size_t>(got));
        said_.erase(0, said_.size() - std::min(said_.size(), kKept));
    }
}

std::string DecoderProcess::end() {
    const int status = reap();
    const auto said = last_words(said_);
    const auto words = said.empty() ? "" : ": " + said;
    if (WIFSIGNALED(status)) {
        return signal_text(WTERMSIG(status)) + words;
    }
    return fmt::format("ended with code {}{}", WEXITSTATUS(status), words);
}

int DecoderProcess::reap() {
    if (process_ < 0) {
        return 0;
    }
    int status = 0;
    // A process that ends has closed its socket before it can be waited for.
    constexpr auto kGrace = std::chrono::milliseconds{200};
    const auto start = Steady::now();
    pid_t done = 0;
    pollfd watched{socket_.number(), POLLIN, 0};
    const bool is_ending =
        ::poll(&watched, 1, 0) > 0 && (watched.revents & (POLLHUP | POLLERR)) != 0;
    while (is_ending && (done = ::waitpid(process_, &status, WNOHANG)) == 0 &&
           Steady::now() - start < kGrace) {
        ::poll(nullptr, 0, 1);
    }
    if (done == 0) {
        ::kill(process_, SIGKILL);
        while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
        }
    }
    process_ = -1;
    read_errors();
    return status;
}

fs::path decoder_program(const DecoderOptions& options) {
    std::error_code error;
    if (!options.program.empty()) {
        if (!fs::is_regular_file(options.program, error)) {
            throw core::ConfigError("the picture decoder " + options.program.string() +
                                    " is not there; correct [vision] decoder_program");
        }
        return fs::absolute(options.program);
    }
    constexpr const char* kName = "chiptrail-decoder";
    const auto folder = fs::read_symlink("/proc/self/exe", error).parent_path();
    // Beside the program, where packages put helpers, and where a build tree has it for tests.
    for (const auto* place : {".", "../libexec/chiptrail", "../app", "../../app"}) {
        const auto path = (folder / place / kName).lexically_normal();
        if (fs::is_regular_file(path, error)) {
            return path;
        }
    }
    throw core::ConfigError(fmt::format(
        "{} is not beside {}: install it there, name it in [vision] decoder_program, or decode "
        "without protection with [vision] decode_in_process = true",
        kName,
        (folder / "chiptrail").string()));
}

}  // namespace chiptrail::vision
