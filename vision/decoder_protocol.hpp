#pragma once

// What chiptrail and chiptrail-decoder say to each other. Both are built together, so plain
// structs do; the parent still believes nothing of what it is told. Pictures and pixels travel
// in shared memory, all else in packets of a socket.

#include <array>
#include <cstdint>

namespace chiptrail::vision::protocol {

inline constexpr std::uint32_t kMagic = 0x43'54'44'01;

// File descriptors that the decoder finds open.
inline constexpr int kSocket = 3;
inline constexpr int kInput = 4;   ///< bytes of the picture, read only
inline constexpr int kPixels = 5;  ///< room for the result

/// Exit codes of the decoder; any other is a crash.
inline constexpr int kBadStart = 64;      ///< arguments or descriptors are wrong
inline constexpr int kNoProtection = 65;  ///< the kernel refused the system call filter

enum class Kind : std::uint32_t {
    decode = 1,
    /// Opens a file and answers if it could: the filter must have ended the process by then.
    probe_files = 2,
    /// The same for a socket.
    probe_network = 3,
};

struct Request {
    std::uint32_t magic = kMagic;
    Kind kind = Kind::decode;
    std::uint64_t sequence = 0;
    std::uint64_t size = 0;  ///< of the picture
    std::int64_t target_pixels = 0;
    std::uint64_t max_bytes = 0;
    std::int64_t max_pixels = 0;
    std::int32_t max_side = 0;
    std::int32_t max_frames = 0;
};

/// Sent once, when the protections stand.
struct Ready {
    std::uint32_t magic = kMagic;
    std::uint32_t no_new_privileges = 0;
    std::uint32_t filter = 0;
    std::uint32_t landlock = 0;  ///< its version; 0 where the kernel has none
    std::uint32_t own_network = 0;
    std::uint32_t memory_limit = 0;
};

enum class Status : std::uint32_t { decoded = 1, failed = 2, out_of_memory = 3 };

struct Reply {
    std::uint32_t magic = kMagic;
    Status status = Status::failed;
    std::uint64_t sequence = 0;
    std::int32_t failure_kind = 0;  ///< of core::Failure
    std::int32_t format = 0;
    std::int32_t stored_width = 0;
    std::int32_t stored_height = 0;
    std::int32_t frames = 0;
    std::int32_t orientation = 0;
    std::int32_t width = 0;
    std::int32_t height = 0;
    std::int32_t columns = 0;  ///< of the pixels in shared memory: BGR, no gaps between rows
    std::int32_t rows = 0;
    std::uint32_t has_place = 0;
    double latitude = 0;
    double longitude = 0;
    // Texts end with NUL or at the end of their room.
    std::array<char, 500> problem{};
    std::array<char, 40> taken_at{};
    std::array<char, 201> make{};
    std::array<char, 201> model{};
    std::array<char, 201> software{};
};

}  // namespace chiptrail::vision::protocol
