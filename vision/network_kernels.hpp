#pragma once

// Inner loops of vision/network.hpp, built once for each instruction set of the x86 family; the
// best one that the processor runs is chosen at start. Pictures lie in memory pixel by pixel, the
// channels of one together, as floats or, in sets that multiply them, as bfloat16 ("elements").

#include <cstddef>
#include <string_view>

namespace chiptrail::vision {

enum class Activation { none, relu, hard_swish, hard_sigmoid, sigmoid, swish };

/// What follows a convolution: scale * activation(sum) + shift.
struct Finish {
    Activation activation = Activation::none;
    float alpha = 0;  ///< hard sigmoid: clamp(alpha * x + beta, 0, 1)
    float beta = 0;
    float scale = 1;
    float shift = 0;
};

/// Channels are padded to it, and dense weights lie in blocks of as many output channels.
inline constexpr int kChannelBlock = 16;
/// Pixels behind the last one that a kernel may read, though it makes nothing of them.
inline constexpr int kSlackPixels = 32;

/// Channels as they lie in memory: whole blocks, pairs of them where that wastes little.
[[nodiscard]] constexpr int padded_channels(int channels) {
    const int unit = channels > 3 * kChannelBlock ? 2 * kChannelBlock : kChannelBlock;
    return (channels + unit - 1) / unit * unit;
}

/// out[x][c] = finish(bias[c] + sum over taps t and k of taps[t][x * in_step + k] * weight).
struct DenseRow {
    const void* const* taps;  ///< elements of the first pixel's taps
    int tap_count;
    int depth;            ///< elements a tap, whole blocks
    std::size_t in_step;  ///< elements from one pixel's taps to the next one's
    const void* weights;  ///< as packed_at() says
    const float* bias;
    int channels;  ///< of the output, whole blocks
    int pixels;
    void* out;
    std::size_t out_step;  ///< elements, or floats, from pixel to pixel
    bool floats_out;       ///< floats even where elements are shorter
    const Finish* finish;
};

/// Where the weight of an output channel for the k-th of `terms` (tap by tap) lies.
[[nodiscard]] constexpr std::size_t packed_at(int channel, int k, int terms, bool pairs) {
    const auto block = static_cast<std::size_t>(channel / kChannelBlock);
    const auto lane = static_cast<std::size_t>(channel % kChannelBlock);
    const auto term = static_cast<std::size_t>(k);
    const auto before = block * static_cast<std::size_t>(terms) * kChannelBlock;
    return pairs ? before + (term / 2 * kChannelBlock + lane) * 2 + term % 2
                 : before + term * kChannelBlock + lane;
}

/// One output row of a convolution of each channel with itself.
struct DepthwiseRow {
    const void* const* rows;  ///< `size` input rows, from the first pixel's first tap on
    int size;                 ///< of the square kernel: 3 or 5
    int stride;               ///< along the row: 1 or 2
    std::size_t in_step;      ///< elements from one input pixel to the next
    const float* weights;     ///< [tap][channels]
    const float* bias;
    int channels;  ///< whole blocks
    int pixels;
    void* out;
    std::size_t out_step;
    const Finish* finish;
};

/// out[x][c] = in[x / repeat][c] * (base + gates[c]) + added[x / added_repeat][c]
struct GateRow {
    const void* in;
    std::size_t in_step;
    int repeat;
    float base;
    const float* gates;  ///< null: none; readable to whole blocks
    const void* added;   ///< null: none
    std::size_t added_step;
    int added_repeat;
    int channels;  ///< a multiple of 8; inputs are readable to whole blocks
    int pixels;
    void* out;
    std::size_t out_step;
};

/// Heads of attention over all tokens; query, key and value of a token lie one behind the other.
struct Attention {
    const float* tokens;  ///< [count][step]
    std::size_t step;
    int count;
    int heads;
    int size;  ///< of a head, at most kChannelBlock
    float scale;
    float* scratch;  ///< attention_scratch() floats
    float* out;      ///< [count][out_step]
    std::size_t out_step;
};

[[nodiscard]] constexpr std::size_t attention_scratch(int count) {
    const auto padded =
        static_cast<std::size_t>((count + kChannelBlock - 1) / kChannelBlock) * kChannelBlock;
    return padded * (1 + 2 * kChannelBlock);
}

struct Kernels {
    const char* name;
    bool bfloat;  ///< whether elements are bfloat16, and dense weights lie in pairs
    void (*dense)(const DenseRow& row);
    void (*depthwise)(const DepthwiseRow& row);
    void (*gate)(const GateRow& row);
    /// sums[c] += all pixels' channel c; whole blocks of channels.
    void (*sum)(const void* in, std::size_t step, int pixels, int channels, float* sums);
    void (*attention)(const Attention& attention);
    void (*widen)(const void* elements, int count, float* out);  ///< whole blocks
    void (*narrow)(const float* values, int count, void* out);   ///< whole blocks
    /// values[i] = exp(values[i] - the largest); returns their sum.
    float (*exponentials)(float* values, int count);

    [[nodiscard]] std::size_t element_size() const {
        return bfloat ? 2 : 4;
    }
};

/// The fastest set that this processor runs, or the one that CHIPTRAIL_KERNELS names ("plain",
/// "avx2", "avx512", "bf16", "amx") where the processor has it.
[[nodiscard]] const Kernels& best_kernels();

/// Null where this processor has no set of that name.
[[nodiscard]] const Kernels* kernels_named(std::string_view name);

/// All sets that this processor runs, the plainest first; ends with a null pointer.
[[nodiscard]] const Kernels* const* usable_kernels();

}  // namespace chiptrail::vision
