#include "vision/network_layers.hpp"

#include <opencv2/core/utility.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <new>

namespace chiptrail::vision {

namespace {

constexpr std::size_t kAlignment = 64;

std::size_t to_size(int n) {
    return static_cast<std::size_t>(n);
}

/// Working memory of one thread, kept from layer to layer.
struct Scratch {
    Bytes bytes;
    std::vector<float> floats;

    static Scratch& of_thread() {
        thread_local Scratch scratch;
        return scratch;
    }
    std::byte* sized(std::size_t size) {
        if (bytes.size() < size) {
            bytes = Bytes(size);
        }
        return bytes.data();
    }
    float* sized_floats(std::size_t count) {
        if (floats.size() < count) {
            floats.resize(count);
        }
        return floats.data();
    }
};

std::uint16_t to_bfloat(float value) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    const auto half = 0x7FFFU + ((bits >> 16U) & 1U);  // to even
    return static_cast<std::uint16_t>((bits + half) >> 16U);
}

void put(const Kernels& kernels, std::byte* to, std::size_t at, float value) {
    if (kernels.bfloat) {
        const auto half = to_bfloat(value);
        std::memcpy(to + at * sizeof half, &half, sizeof half);
    } else {
        std::memcpy(to + at * sizeof value, &value, sizeof value);
    }
}

std::vector<float> padded(const float* values, int count) {
    std::vector<float> out(to_size(padded_channels(count)));
    std::copy_n(values, count, out.begin());
    return out;
}

/// All rows, several threads at a time, each row by one.
void for_rows(int rows, const std::function<void(int)>& run) {
    if (rows == 1) {
        run(0);
        return;
    }
    cv::parallel_for_(cv::Range(0, rows), [&run](const cv::Range& range) {
        for (int y = range.start; y < range.end; ++y) {
            run(y);
        }
    });
}

constexpr int kMostTaps = 49;
using Taps = std::array<const void*, kMostTaps>;

}  // namespace

Bytes::Bytes(std::size_t size) : size_((size + kAlignment - 1) / kAlignment * kAlignment) {
    data_.reset(static_cast<std::byte*>(std::aligned_alloc(kAlignment, size_)));
    if (data_ == nullptr) {
        throw std::bad_alloc();
    }
}

std::size_t Picture::bytes() const {
    // The widest step is two pixels, and a tap may reach a vector beyond its pixel.
    const auto slack = (2 * to_size(kSlackPixels) + 4) * pixel_bytes() + 4 * kAlignment;
    return to_size(height + 2 * border) * row_bytes() + slack;
}

void Picture::clear_border() const {
    if (border == 0) {
        return;
    }
    const auto rows = to_size(border) * row_bytes();
    std::memset(data, 0, rows);
    std::memset(data + to_size(height + border) * row_bytes(), 0, rows);
    const auto side = to_size(border) * pixel_bytes();
    for (int y = 0; y < height; ++y) {
        std::memset(at(y, -border), 0, side);
        std::memset(at(y, width), 0, side);
    }
}

Filter dense_filter(const Kernels& kernels,
                    const Window& window,
                    int inputs,
                    int outputs,
                    const float* weights,
                    const float* bias) {
    Filter filter;
    filter.window = window;
    filter.inputs = padded_channels(inputs);
    filter.outputs = padded_channels(outputs);
    filter.bias = padded(bias, outputs);
    const int taps = window.kernel_h * window.kernel_w;
    const int terms = taps * filter.inputs;
    const auto size = to_size(terms) * to_size(filter.outputs) * kernels.element_size();
    filter.weights = Bytes(size);
    std::memset(filter.weights.data(), 0, size);
    for (int c = 0; c < outputs; ++c) {
        for (int k = 0; k < inputs; ++k) {
            for (int tap = 0; tap < taps; ++tap) {
                put(kernels,
                    filter.weights.data(),
                    packed_at(c, tap * filter.inputs + k, terms, kernels.bfloat),
                    *weights++);
            }
        }
    }
    return filter;
}

Filter depthwise_filter(const Window& window,
                        int channels,
                        const float* weights,
                        const float* bias) {
    Filter filter;
    filter.window = window;
    filter.inputs = filter.outputs = padded_channels(channels);
    filter.bias = padded(bias, channels);
    const int taps = window.kernel_h * window.kernel_w;
    const auto size = to_size(taps * filter.inputs) * sizeof(float);
    filter.weights = Bytes(size);
    std::memset(filter.weights.data(), 0, size);
    for (int c = 0; c < channels; ++c) {
        for (int tap = 0; tap < taps; ++tap, ++weights) {
            std::memcpy(filter.weights.data() + to_size(tap * filter.inputs + c) * sizeof(float),
                        weights,
                        sizeof(float));
        }
    }
    return filter;
}

Filter input_filter(const Kernels& kernels,
                    const Window& window,
                    int outputs,
                    const float* weights,
                    const float* bias,
                    const InputScale& scale) {
    // A row of the window is one tap, its pixels side by side as they lie in the picture.
    constexpr int kColors = 3;
    std::vector<float> rows(to_size(outputs * window.kernel_h * kChannelBlock));
    std::vector<float> moved(bias, bias + outputs);
    for (int c = 0; c < outputs; ++c) {
        for (int k = 0; k < kColors; ++k) {
            const auto color = to_size(k);
            const auto middle = (static_cast<float>(kInputMiddle) / 255 - scale.mean[color]) /
                                scale.deviation[color];
            for (int y = 0; y < window.kernel_h; ++y) {
                for (int x = 0; x < window.kernel_w; ++x, ++weights) {
                    const auto at = (c * kChannelBlock + x * kInputChannels + k) * window.kernel_h;
                    rows[to_size(at + y)] = *weights / (255 * scale.deviation[color]);
                    moved[to_size(c)] += *weights * middle;
                }
            }
        }
    }
    Window of_rows = window;
    of_rows.kernel_w = 1;
    auto filter = dense_filter(kernels, of_rows, kChannelBlock, outputs, rows.data(), moved.data());
    filter.window = window;
    return filter;
}

void run_dense(const Kernels& kernels,
               const Filter& filter,
               const Picture& in,
               const Picture& out) {
    constexpr int kRun = 192;
    const auto& window = filter.window;
    const bool floats = out.element == sizeof(float);
    const bool flat = window.is_point() && in.border == 0 && out.border == 0;
    const int width = flat ? out.width * out.height : out.width;
    const int runs = flat ? (width + kRun - 1) / kRun : 1;
    for_rows(flat ? runs : out.height, [&](int y) {
        Taps taps;
        int count = 0;
        const int x = flat ? y * kRun : 0;
        for (int ky = 0; ky < window.kernel_h; ++ky) {
            for (int kx = 0; kx < window.kernel_w; ++kx) {
                taps[to_size(count++)] =
                    flat ? in.data + to_size(x) * in.pixel_bytes()
                         : in.at(y * window.stride_h + ky - window.pad_h, kx - window.pad_w);
            }
        }
        kernels.dense({taps.data(),
                       count,
                       filter.inputs,
                       to_size(window.stride_w * in.channels),
                       filter.weights.data(),
                       filter.bias.data(),
                       filter.outputs,
                       flat ? std::min(kRun, width - x) : width,
                       flat ? out.data + to_size(x) * out.pixel_bytes() : out.at(y, 0),
                       to_size(out.channels),
                       floats,
                       &filter.finish});
    });
}

void run_input(const Kernels& kernels,
               const Filter& filter,
               const Picture& in,
               const Picture& out) {
    const auto& window = filter.window;
    for_rows(out.height, [&](int y) {
        Taps taps;
        for (int ky = 0; ky < window.kernel_h; ++ky) {
            taps[to_size(ky)] = in.at(y * window.stride_h + ky - window.pad_h, -window.pad_w);
        }
        kernels.dense({taps.data(),
                       window.kernel_h,
                       kChannelBlock,
                       to_size(window.stride_w * kInputChannels),
                       filter.weights.data(),
                       filter.bias.data(),
                       filter.outputs,
                       out.width,
                       out.at(y, 0),
                       to_size(out.channels),
                       out.element == sizeof(float),
                       &filter.finish});
    });
}

namespace {

void depthwise_row(
    const Kernels& kernels, const Filter& filter, const Picture& in, int y, int width, void* out) {
    const auto& window = filter.window;
    Taps rows;
    for (int ky = 0; ky < window.kernel_h; ++ky) {
        rows[to_size(ky)] = in.at(y * window.stride_h + ky - window.pad_h, -window.pad_w);
    }
    kernels.depthwise({rows.data(),
                       window.kernel_h,
                       window.stride_w,
                       to_size(in.channels),
                       reinterpret_cast<const float*>(filter.weights.data()),
                       filter.bias.data(),
                       filter.outputs,
                       width,
                       out,
                       to_size(filter.outputs),
                       &filter.finish});
}

}  // namespace

void run_depthwise(const Kernels& kernels,
                   const Filter& filter,
                   const Picture& in,
                   const Picture& out) {
    for_rows(out.height,
             [&](int y) { depthwise_row(kernels, filter, in, y, out.width, out.at(y, 0)); });
}

void run_pair(const Kernels& kernels,
              const Filter& depthwise,
              const Filter& dense,
              const Picture& in,
              const Picture& out) {
    Picture between;
    between.height = 1;
    between.width = out.width;
    between.channels = depthwise.outputs;
    between.element = in.element;
    for_rows(out.height, [&](int y) {
        auto* row = Scratch::of_thread().sized(between.bytes());
        depthwise_row(kernels, depthwise, in, y, out.width, row);
        const void* tap = row;
        kernels.dense({&tap,
                       1,
                       dense.inputs,
                       to_size(between.channels),
                       dense.weights.data(),
                       dense.bias.data(),
                       dense.outputs,
                       out.width,
                       out.at(y, 0),
                       to_size(out.channels),
                       out.element == sizeof(float),
                       &dense.finish});
    });
}

std::vector<float> channel_means(const Kernels& kernels, const Picture& in) {
    const auto channels = to_size(in.channels);
    std::vector<float> rows(to_size(in.height) * channels);
    for_rows(in.height, [&](int y) {
        kernels.sum(
            in.at(y, 0), channels, in.width, in.channels, rows.data() + to_size(y) * channels);
    });
    std::vector<float> means(channels);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        means[i % channels] += rows[i];
    }
    const float share = 1 / (static_cast<float>(in.height) * static_cast<float>(in.width));
    for (auto& mean : means) {
        mean *= share;
    }
    return means;
}

void run_gate(const Kernels& kernels,
              const Gate& gate,
              const Picture& in,
              const std::vector<float>* gates,
              const Picture* added,
              const Picture& out) {
    for_rows(out.height, [&](int y) {
        kernels.gate({in.at(y / gate.repeat, 0),
                      to_size(in.channels),
                      gate.repeat,
                      gate.base,
                      gates == nullptr ? nullptr : gates->data(),
                      added == nullptr ? nullptr : added->at(y / gate.added_repeat, 0),
                      added == nullptr ? 0 : to_size(added->channels),
                      gate.added_repeat,
                      gate.channels,
                      out.width,
                      out.at(y, 0) + to_size(gate.offset) * out.element,
                      to_size(out.channels)});
    });
}

void run_average(
    const Kernels& kernels, int kernel_h, int kernel_w, const Picture& in, const Picture& out) {
    const float share = 1 / static_cast<float>(kernel_h * kernel_w);
    std::vector<float> sums(to_size(in.channels));
    for (int y = 0; y < out.height; ++y) {
        for (int x = 0; x < out.width; ++x) {
            std::fill(sums.begin(), sums.end(), 0.0F);
            for (int ky = 0; ky < kernel_h; ++ky) {
                kernels.sum(in.at(y * kernel_h + ky, x * kernel_w),
                            to_size(in.channels),
                            kernel_w,
                            in.channels,
                            sums.data());
            }
            for (auto& sum : sums) {
                sum *= share;
            }
            kernels.narrow(sums.data(), in.channels, out.at(y, x));
        }
    }
}

void run_norm(const Kernels& kernels, const Norm& norm, const Picture& in, const Picture& out) {
    const auto channels = to_size(norm.channels);
    const float share = 1 / static_cast<float>(norm.channels);
    std::vector<float> values(to_size(in.channels));
    for (int y = 0; y < out.height; ++y) {
        for (int x = 0; x < out.width; ++x) {
            kernels.widen(in.at(y, x), in.channels, values.data());
            float mean = 0;
            for (std::size_t c = 0; c < channels; ++c) {
                mean += values[c] * share;
            }
            float variance = 0;
            for (std::size_t c = 0; c < channels; ++c) {
                variance += (values[c] - mean) * (values[c] - mean) * share;
            }
            const float factor = 1 / std::sqrt(variance + norm.epsilon);
            for (std::size_t c = 0; c < channels; ++c) {
                values[c] = (values[c] - mean) * factor * norm.gain[c] + norm.shift[c];
            }
            std::fill(values.begin() + norm.channels, values.end(), 0.0F);
            kernels.narrow(values.data(), out.channels, out.at(y, x));
        }
    }
}

void run_attention(const Kernels& kernels,
                   const Heads& heads,
                   const Picture& in,
                   const Picture& out) {
    const int count = in.height * in.width;
    const auto step = to_size(in.channels);
    const auto out_step = to_size(out.channels);
    auto* tokens = Scratch::of_thread().sized_floats(to_size(count) * (step + out_step) +
                                                     attention_scratch(count));
    auto* result = tokens + to_size(count) * step;
    std::fill_n(result, to_size(count) * out_step, 0.0F);
    for (int i = 0; i < count; ++i) {
        kernels.widen(in.at(i / in.width, i % in.width), in.channels, tokens + to_size(i) * step);
    }
    kernels.attention({tokens,
                       step,
                       count,
                       heads.count,
                       heads.size,
                       heads.scale,
                       result + to_size(count) * out_step,
                       result,
                       out_step});
    for (int i = 0; i < count; ++i) {
        kernels.narrow(
            result + to_size(i) * out_step, out.channels, out.at(i / out.width, i % out.width));
    }
}

}  // namespace chiptrail::vision
