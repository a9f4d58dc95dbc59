#pragma once

// Inner loops of the own network layers (vision/fast_layers.hpp), built once for each instruction
// set that this processor family has; the best one that the processor runs is chosen at start.

#include <cstddef>

namespace chiptrail::vision::planar {

enum class Activation { none, relu, hard_swish, hard_sigmoid };

/// What follows a convolution: scale * activation(sum) + shift.
struct Finish {
    Activation activation = Activation::none;
    float alpha = 0;  ///< hard sigmoid: clamp(alpha * x + beta, 0, 1)
    float beta = 0;
    float scale = 1;
    float shift = 0;
};

/// Output channels that the dense kernel computes together; weights are padded to it.
inline constexpr int kChannelBlock = 6;
/// Pixels in a row that one dense tile holds at most, and floats a kernel may read beyond them.
inline constexpr int kTilePixels = 64;
inline constexpr int kSlack = 16;

/// out[c][x] = finish(bias[c] + sum over k of weights[c][k] * rows[k][x]), x < pixels.
struct DenseTile {
    const float* weights;      ///< [blocks of channels][terms][kChannelBlock]
    const float* bias;         ///< [channels padded to whole blocks]
    const float* const* rows;  ///< one a term, readable to kTilePixels
    int terms;
    int channels;
    int pixels;  ///< 1 to kTilePixels
    float* out;
    std::size_t out_step;  ///< floats from one channel to the next
    const Finish* finish;
};

/// One output row of one channel: out[x] = finish(bias + sum over t of weights[t] * rows[t][x]).
struct DepthwiseRow {
    const float* weights;
    float bias;
    const float* const* rows;  ///< one a tap, readable to `pixels` rounded up to kSlack
    int taps;
    int pixels;
    float* out;
    const Finish* finish;
};

struct Kernels {
    const char* name;
    void (*dense)(const DenseTile& tile);
    void (*depthwise)(const DepthwiseRow& row);
};

/// The fastest set that this processor runs.
[[nodiscard]] const Kernels& best_kernels();

/// All sets that this processor runs, the plainest first; ends with a null pointer.
[[nodiscard]] const Kernels* const* usable_kernels();

}  // namespace chiptrail::vision::planar
