#pragma once

// Runs the OCR networks that setup/network_file.py wrote: any picture size, one copy of the
// weights, layers fused, bfloat16 where the processor multiplies it. For use inside vision/.

#include "vision/network_kernels.hpp"

#include <opencv2/core.hpp>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <vector>

namespace chiptrail::vision {

/// Memory for the values between layers, kept from run to run. One run at a time uses it.
class NetworkMemory {
public:
    NetworkMemory();
    ~NetworkMemory();
    NetworkMemory(NetworkMemory&&) noexcept;
    NetworkMemory& operator=(NetworkMemory&&) noexcept;

    struct State;  ///< opaque

private:
    friend class Network;
    std::unique_ptr<State> state_;
};

/// What the last layer gives, pixel by pixel; valid until the memory's next run.
struct NetworkResult {
    float* values = nullptr;
    int height = 0;
    int width = 0;
    int channels = 0;
    std::size_t step = 0;  ///< floats from one pixel to the next

    [[nodiscard]] float* at(int y, int x) const {
        return values + (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                         static_cast<std::size_t>(x)) *
                            step;
    }
};

/// Immutable once loaded: threads may share it, each with its own memory.
class Network {
public:
    /// Throws core::ConfigError with the way out when the file is missing or damaged: that is no
    /// fault of the photo that is being read.
    explicit Network(const std::filesystem::path& file, const Kernels& kernels = best_kernels());
    ~Network();
    Network(Network&&) noexcept;
    Network& operator=(Network&&) noexcept;

    /// `picture` is CV_8UC3; what `shape` has more, right and below, is filled with the mean
    /// colour. Layers are shared between OpenCV's threads, unless it is called from one of them;
    /// the result does not depend on that.
    [[nodiscard]] NetworkResult run(const cv::Mat& picture,
                                    cv::Size shape,
                                    NetworkMemory& memory) const;

    struct State;  ///< opaque

private:
    std::unique_ptr<State> state_;
};

}  // namespace chiptrail::vision
