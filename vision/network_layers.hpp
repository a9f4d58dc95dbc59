#pragma once

// The layers of vision/network.cpp, each over one picture in memory. For use inside vision/.

#include "vision/network_kernels.hpp"

#include <array>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

namespace chiptrail::vision {

struct FreeDeleter {
    void operator()(std::byte* bytes) const {
        std::free(bytes);  // NOLINT(cppcoreguidelines-no-malloc): of std::aligned_alloc
    }
};

/// Not initialised, aligned for the widest vectors.
class Bytes {
public:
    Bytes() = default;
    explicit Bytes(std::size_t size);
    Bytes(Bytes&& other) noexcept
        : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}
    Bytes& operator=(Bytes&& other) noexcept {
        data_ = std::move(other.data_);
        size_ = std::exchange(other.size_, 0);
        return *this;
    }

    [[nodiscard]] std::byte* data() const {
        return data_.get();
    }
    [[nodiscard]] std::size_t size() const {
        return size_;
    }

private:
    std::unique_ptr<std::byte, FreeDeleter> data_;
    std::size_t size_ = 0;
};

/// A value between layers: rows of pixels with a border of zeros around them, channels padded.
struct Picture {
    std::byte* data = nullptr;  ///< of the border's first pixel
    int height = 0;
    int width = 0;
    int channels = 0;         ///< as they lie in memory
    int border = 0;           ///< pixels on each side
    std::size_t element = 0;  ///< bytes

    [[nodiscard]] std::size_t pixel_bytes() const {
        return static_cast<std::size_t>(channels) * element;
    }
    [[nodiscard]] std::size_t row_bytes() const {
        return static_cast<std::size_t>(width + 2 * border) * pixel_bytes();
    }
    /// With what kernels may read behind the last pixel.
    [[nodiscard]] std::size_t bytes() const;
    /// Coordinates may be up to `border` outside.
    [[nodiscard]] std::byte* at(int y, int x) const {
        return data + static_cast<std::size_t>(y + border) * row_bytes() +
               static_cast<std::size_t>(x + border) * pixel_bytes();
    }
    void clear_border() const;
};

struct Window {
    int kernel_h = 1;
    int kernel_w = 1;
    int stride_h = 1;
    int stride_w = 1;
    int pad_h = 0;
    int pad_w = 0;

    [[nodiscard]] int out_height(int height) const {
        return (height + 2 * pad_h - kernel_h) / stride_h + 1;
    }
    [[nodiscard]] int out_width(int width) const {
        return (width + 2 * pad_w - kernel_w) / stride_w + 1;
    }
    [[nodiscard]] bool is_point() const {
        return kernel_h == 1 && kernel_w == 1 && stride_h == 1 && stride_w == 1 && pad_h == 0 &&
               pad_w == 0;
    }
};

/// A convolution's numbers as its kernel wants them.
struct Filter {
    Window window;
    Finish finish;
    int inputs = 0;           ///< as they lie in memory
    int outputs = 0;          ///< likewise
    Bytes weights;            ///< floats of a depthwise one, else packed elements
    std::vector<float> bias;  ///< padded
};

/// `weights` as in ONNX: outputs, inputs, rows, columns; depthwise without inputs.
[[nodiscard]] Filter dense_filter(const Kernels& kernels,
                                  const Window& window,
                                  int inputs,
                                  int outputs,
                                  const float* weights,
                                  const float* bias);
[[nodiscard]] Filter depthwise_filter(const Window& window,
                                      int channels,
                                      const float* weights,
                                      const float* bias);

/// Pixels of the network's own input: three channels and one unused.
inline constexpr int kInputChannels = 4;
/// What is taken off the bytes of a picture, so that bfloat16 holds them exactly.
inline constexpr int kInputMiddle = 128;

struct InputScale {
    std::array<float, 3> mean{};       ///< of values from 0 to 1
    std::array<float, 3> deviation{};  ///< likewise
};

/// The first layer: takes bytes less kInputMiddle instead of scaled values.
[[nodiscard]] Filter input_filter(const Kernels& kernels,
                                  const Window& window,
                                  int outputs,
                                  const float* weights,
                                  const float* bias,
                                  const InputScale& scale);

void run_dense(const Kernels& kernels, const Filter& filter, const Picture& in, const Picture& out);
void run_input(const Kernels& kernels, const Filter& filter, const Picture& in, const Picture& out);
void run_depthwise(const Kernels& kernels,
                   const Filter& filter,
                   const Picture& in,
                   const Picture& out);
/// A depthwise one and a dense one of single pixels behind it, row by row.
void run_pair(const Kernels& kernels,
              const Filter& depthwise,
              const Filter& dense,
              const Picture& in,
              const Picture& out);

/// Adds up each channel; the order does not depend on threads.
[[nodiscard]] std::vector<float> channel_means(const Kernels& kernels, const Picture& in);

struct Gate {
    float base = 1;
    int channels = 0;
    int offset = 0;
    int repeat = 1;
    int added_repeat = 1;
};

/// `gates` and `added` may be null.
void run_gate(const Kernels& kernels,
              const Gate& gate,
              const Picture& in,
              const std::vector<float>* gates,
              const Picture* added,
              const Picture& out);

/// Means of windows of `kernel_h` by `kernel_w` side by side.
void run_average(
    const Kernels& kernels, int kernel_h, int kernel_w, const Picture& in, const Picture& out);

struct Norm {
    int channels = 0;
    float epsilon = 0;
    std::vector<float> gain;
    std::vector<float> shift;
};

void run_norm(const Kernels& kernels, const Norm& norm, const Picture& in, const Picture& out);

struct Heads {
    int count = 0;
    int size = 0;
    float scale = 1;
};

void run_attention(const Kernels& kernels,
                   const Heads& heads,
                   const Picture& in,
                   const Picture& out);

}  // namespace chiptrail::vision
