#pragma once

// Gives up everything that decoding a picture does not need, for good.

#include <cstdint>
#include <string>

namespace chiptrail::decoder {

struct SandboxOptions {
    std::int64_t max_memory_bytes = 0;  ///< on top of what the process has now
    std::int64_t parent = 0;            ///< process whose end ends this one
};

struct Sandbox {
    bool no_new_privileges = false;
    bool filter = false;
    int landlock = 0;  ///< version; 0 where the kernel has none
    bool own_network = false;
    bool memory_limit = false;  ///< not in sanitizer builds, whose shadow memory has no bound
};

/// Call it before there is a second thread and before a byte of a picture is looked at. What the
/// kernel does not have is left out and stands as such in the result.
[[nodiscard]] Sandbox enter_sandbox(const SandboxOptions& options);

}  // namespace chiptrail::decoder
