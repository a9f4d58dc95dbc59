#pragma once

// One running chiptrail-decoder: started, asked, watched, ended. For use inside vision/.

#include "vision/decoder_protocol.hpp"
#include "vision/picture_decoder.hpp"

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace chiptrail::vision {

class Descriptor {
public:
    explicit Descriptor(int number = -1) : number_(number) {}
    ~Descriptor();
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&& other) noexcept;
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    [[nodiscard]] int number() const {
        return number_;
    }

private:
    int number_ = -1;
};

/// Memory that two processes see. Neither can make it shorter, so that reading it cannot fail.
class SharedMemory {
public:
    /// Less than `wanted` where a limit on file sizes asks for it. Throws core::Error.
    SharedMemory(const char* name, std::size_t wanted);
    ~SharedMemory();
    SharedMemory(const SharedMemory&) = delete;
    SharedMemory& operator=(const SharedMemory&) = delete;

    [[nodiscard]] int descriptor() const {
        return descriptor_.number();
    }
    [[nodiscard]] unsigned char* data() const {
        return data_;
    }
    [[nodiscard]] std::size_t size() const {
        return size_;
    }
    /// Gives the pages back to the system; they read as zero afterwards.
    void clear();

private:
    Descriptor descriptor_;
    std::size_t size_ = 0;
    unsigned char* data_ = nullptr;
};

class DecoderProcess {
public:
    enum class Outcome { replied, nonsense, ended, overdue };

    /// Waits until its protections stand. Throws core::Error, with what the program said, when it
    /// does not start, and core::ConfigError when the kernel has no system call filter.
    DecoderProcess(const std::filesystem::path& program,
                   const DecoderOptions& options,
                   const SharedMemory& input,
                   const SharedMemory& pixels);
    ~DecoderProcess();  ///< kills it
    DecoderProcess(const DecoderProcess&) = delete;
    DecoderProcess& operator=(const DecoderProcess&) = delete;

    /// False when it is gone already.
    [[nodiscard]] bool send(const protocol::Request& request);
    /// Waits for the answer to `sequence`.
    [[nodiscard]] Outcome wait(std::uint64_t sequence, protocol::Reply& reply);

    /// Kills it if need be; "was killed by signal 11 (Segmentation fault): what it said last".
    [[nodiscard]] std::string end();

    [[nodiscard]] const protocol::Ready& ready() const {
        return ready_;
    }

private:
    void start(const std::filesystem::path& program,
               const SharedMemory& input,
               const SharedMemory& pixels);
    void wait_until_ready(const std::filesystem::path& program);
    [[nodiscard]] Outcome wait_for_packet(void* packet, std::size_t size);
    [[nodiscard]] bool is_overdue(std::chrono::steady_clock::time_point asked,
                                  std::chrono::nanoseconds processor_then) const;
    [[nodiscard]] std::chrono::nanoseconds processor_time() const;
    void limit_processor_time() const;
    void read_errors();
    int reap();

    DecoderOptions options_;
    pid_t process_ = -1;
    Descriptor socket_;
    Descriptor errors_;
    bool errors_ended_ = false;
    std::string said_;  ///< the end of what it wrote to stderr
    protocol::Ready ready_;
};

/// Where the program is, given what the options name. Throws core::ConfigError.
[[nodiscard]] std::filesystem::path decoder_program(const DecoderOptions& options);

}  // namespace chiptrail::vision
