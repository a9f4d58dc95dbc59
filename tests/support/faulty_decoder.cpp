// chiptrail-decoder with holes: a picture that begins with "BMfault:" makes it do what a hostile
// picture might make a flawed decoder do. All others are decoded as ever.
#include "decoder/service.hpp"
#include "vision/decoder_protocol.hpp"

#include <fcntl.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): raise is used by name
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace chiptrail;

void crash() {
    ::raise(SIGSEGV);
}

void never_end() {
    volatile unsigned turns = 0;
    while (true) {
        turns = turns + 1U;
    }
}

void fill_memory() {
    std::vector<std::vector<char>> all;
    while (true) {
        all.emplace_back(16'000'000, 'x');
    }
}

void fill_shared_memory() {
    constexpr std::size_t kMuch = std::size_t{8} * 1024 * 1024 * 1024;
    auto* much = ::mmap(nullptr, kMuch, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (much == MAP_FAILED) {
        throw std::bad_alloc();
    }
}

void complain_without_end() {
    const std::string line(1000, 'z');
    for (int i = 0; i < 20'000; ++i) {
        std::cerr << line << '\n';
    }
    std::abort();
}

/// What a decoder that was taken over could say.
void lie() {
    vision::protocol::Reply reply;
    reply.status = vision::protocol::Status::decoded;
    reply.sequence = 1;
    reply.format = 4;
    reply.stored_width = reply.width = reply.columns = 2'000'000'000;
    reply.stored_height = reply.height = reply.rows = 2'000'000'000;
    reply.frames = reply.orientation = 1;
    // Of the first picture, so it is asked first.
    static_cast<void>(::send(vision::protocol::kSocket, &reply, sizeof reply, MSG_NOSIGNAL));
}

void say_too_little() {
    static_cast<void>(::send(vision::protocol::kSocket, "ok", 2, MSG_NOSIGNAL));
}

void run_new_code() {
    constexpr std::size_t kPage = 4096;
    static_cast<void>(::mmap(
        nullptr, kPage, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

const std::map<std::string_view, std::function<void()>>& faults() {
    static const std::map<std::string_view, std::function<void()>> all = {
        {"segfault", crash},
        {"abort", [] { std::abort(); }},
        {"loop", never_end},
        {"memory", fill_memory},
        {"shared-memory", fill_shared_memory},
        {"stderr", complain_without_end},
        {"lie", lie},
        {"short", say_too_little},
        {"exit", [] { ::_exit(0); }},
        {"code", run_new_code},
        {"open", [] { static_cast<void>(::open("/etc/passwd", O_RDONLY | O_CLOEXEC)); }},
        {"socket", [] { static_cast<void>(::socket(AF_INET, SOCK_STREAM, 0)); }},
        {"fork", [] { static_cast<void>(::fork()); }},
        {"exec", [] { static_cast<void>(::execl("/bin/true", "true", nullptr)); }},
        {"kill", [] { static_cast<void>(::kill(::getppid(), SIGTERM)); }},
    };
    return all;
}

core::Result<vision::Photo> decode(std::string_view bytes,
                                   const vision::DecodeLimits& limits,
                                   std::int64_t target_pixels) {
    constexpr std::string_view kStart = "BMfault:";
    if (bytes.starts_with(kStart)) {
        const auto name = bytes.substr(kStart.size(), bytes.find('\n') - kStart.size());
        faults().at(name)();
    }
    return decoder::decode_any(bytes, limits, target_pixels);
}

}  // namespace

int main(int argc, char** argv) {
    return decoder::serve(argc, argv, decode);
}
