#pragma once

#include <chrono>

namespace chiptrail::vision {

/// Time that passed since `start`, as the stages of a scan are told.
[[nodiscard]] inline std::chrono::microseconds since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                                 start);
}

}  // namespace chiptrail::vision
