#include "vision/fast_layers.hpp"

#include "vision/conv_kernels.hpp"

#include <opencv2/core/utility.hpp>
#include <opencv2/dnn.hpp>
#include <opencv2/dnn/layer.hpp>

#include <algorithm>
#include <cstring>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace chiptrail::vision {

namespace {

using namespace planar;  // NOLINT(google-build-using-namespace)

using cv::dnn::LayerFactory;
using cv::dnn::LayerParams;
using Shapes = std::vector<cv::dnn::MatShape>;

Activation activation_named(const std::string& name) {
    if (name == "relu") {
        return Activation::relu;
    }
    if (name == "hardswish") {
        return Activation::hard_swish;
    }
    if (name == "hardsigmoid") {
        return Activation::hard_sigmoid;
    }
    CV_Assert(name == "none");
    return Activation::none;
}

Finish finish_of(const LayerParams& params) {
    Finish finish;
    finish.activation = activation_named(params.get<cv::String>("activation", "none"));
    finish.alpha = params.get<float>("alpha", 0);
    finish.beta = params.get<float>("beta", 0);
    finish.scale = params.get<float>("scale", 1);
    finish.shift = params.get<float>("shift", 0);
    return finish;
}

std::size_t to_size(int n) {
    return static_cast<std::size_t>(n);
}

/// Working memory of one thread, kept from layer to layer.
struct Scratch {
    std::vector<float> values;
    std::vector<const float*> rows;

    static Scratch& of_thread() {
        thread_local Scratch scratch;
        return scratch;
    }
    float* sized(std::size_t floats) {
        if (values.size() < floats) {
            values.resize(floats);
        }
        return values.data();
    }
};

/// Terms in the order of the kernel's inner loop, channels in blocks, the last one padded.
std::vector<float> packed(const float* weights, int channels, int terms) {
    const int blocks = (channels + kChannelBlock - 1) / kChannelBlock;
    std::vector<float> out(to_size(blocks) * kChannelBlock * to_size(terms));
    for (int c = 0; c < channels; ++c) {
        float* to = out.data() + to_size(c / kChannelBlock) * kChannelBlock * to_size(terms) +
                    c % kChannelBlock;
        for (int k = 0; k < terms; ++k) {
            to[to_size(k) * kChannelBlock] = weights[to_size(c) * to_size(terms) + to_size(k)];
        }
    }
    return out;
}

using Weights = std::shared_ptr<const std::vector<float>>;

/// The same weights once in the process: the recognisers differ in their width alone, and each
/// thread has its own.
Weights shared(std::vector<float> values) {
    static std::mutex mutex;
    static std::unordered_multimap<std::size_t, std::weak_ptr<const std::vector<float>>> known;
    const std::string_view bytes(reinterpret_cast<const char*>(values.data()),
                                 values.size() * sizeof(float));
    const auto key = std::hash<std::string_view>{}(bytes);
    const std::scoped_lock lock(mutex);
    const auto [begin, end] = known.equal_range(key);
    for (auto found = begin; found != end;) {
        auto weights = found->second.lock();
        if (weights != nullptr && *weights == values) {
            return weights;
        }
        found = weights == nullptr ? known.erase(found) : std::next(found);
    }
    auto weights = std::make_shared<const std::vector<float>>(std::move(values));
    known.emplace(key, weights);
    return weights;
}

/// Creates a layer that has taken over its weights, so that the network need not keep them too.
template <class Kind>
cv::Ptr<cv::dnn::Layer> created(LayerParams& params) {
    auto layer = cv::makePtr<Kind>(params);
    layer->blobs.clear();
    params.blobs.clear();
    return layer;
}

std::vector<float> padded_bias(const cv::Mat& bias) {
    const auto count = bias.total();
    std::vector<float> out((count + kChannelBlock - 1) / kChannelBlock * kChannelBlock);
    std::copy_n(bias.ptr<float>(), count, out.begin());
    return out;
}

/// `count` floats from row[start] on, every `step`-th, zeros where that is outside [0, width).
void copy_padded(const float* row, int width, int start, int step, int count, float* to) {
    int x = start;
    int i = 0;
    for (; i < count && x < 0; ++i, x += step) {
        to[i] = 0;
    }
    if (step == 1 && row != nullptr && x < width) {
        const int inside = std::min(count - i, width - x);
        if (inside > 0) {
            std::memcpy(to + i, row + x, to_size(inside) * sizeof(float));
            i += inside;
            x += inside;
        }
    }
    for (; i < count && x < width; ++i, x += step) {
        to[i] = row[x];
    }
    for (; i < count; ++i) {
        to[i] = 0;
    }
}

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

Window window_of(const LayerParams& params) {
    const auto& kernel = params.get("kernel");
    const auto& stride = params.get("stride");
    const auto& pad = params.get("pad");
    CV_Assert(kernel.size() == 2 && stride.size() == 2 && pad.size() == 2);
    Window window{kernel.get<int>(0),
                  kernel.get<int>(1),
                  stride.get<int>(0),
                  stride.get<int>(1),
                  pad.get<int>(0),
                  pad.get<int>(1)};
    CV_Assert(window.kernel_h >= 1 && window.kernel_h <= 7 && window.kernel_w >= 1 &&
              window.kernel_w <= 7 && window.pad_h >= 0 && window.pad_h < window.kernel_h &&
              window.pad_w >= 0 && window.pad_w < window.kernel_w);
    CV_Assert(window.stride_h >= 1 && window.stride_h <= 2 && window.stride_w >= 1 &&
              window.stride_w <= 2);
    return window;
}

struct Planes {
    const float* data;
    int channels;
    int height;
    int width;

    explicit Planes(const cv::Mat& blob)
        : data(blob.ptr<float>()),
          channels(blob.size[1]),
          height(blob.size[2]),
          width(blob.size[3]) {
        CV_Assert(blob.dims == 4 && blob.size[0] == 1 && blob.type() == CV_32F &&
                  blob.isContinuous());
    }
    /// Null outside.
    [[nodiscard]] const float* row(int channel, int y) const {
        return y < 0 || y >= height
                   ? nullptr
                   : data + (to_size(channel) * to_size(height) + to_size(y)) * to_size(width);
    }
};

/// Rows of the input as the taps of a window see them: split into even and odd columns for stride
/// 2, so that neighbouring output pixels are neighbours in memory.
class TapRows {
public:
    TapRows(const Window& window, int pixels)
        : window_(window),
          part_((window.kernel_w - 1) / window.stride_w + 1 + pixels),
          pitch_((part_ + kSlack) * window.stride_w) {}

    [[nodiscard]] std::size_t floats_a_row() const {
        return to_size(pitch_);
    }

    /// Fills `to` with what output pixels from `x` on need of `row`.
    void fill(const float* row, int width, int x, float* to) const {
        const int half = pitch_ / window_.stride_w;
        for (int parity = 0; parity < window_.stride_w; ++parity) {
            float* target = to + parity * half;
            if (row == nullptr) {
                std::fill_n(target, part_, 0.0F);
            } else {
                copy_padded(row,
                            width,
                            x * window_.stride_w - window_.pad_w + parity,
                            window_.stride_w,
                            part_,
                            target);
            }
        }
    }

    [[nodiscard]] const float* tap(const float* filled, int kx) const {
        const int half = pitch_ / window_.stride_w;
        return filled + kx % window_.stride_w * half + kx / window_.stride_w;
    }

private:
    const Window& window_;
    int part_;
    int pitch_;
};

class ConvLayer final : public cv::dnn::Layer {
public:
    explicit ConvLayer(const LayerParams& params)
        : Layer(params), window_(window_of(params)), finish_(finish_of(params)) {
        CV_Assert(blobs.size() == 2);
        const cv::Mat& weights = blobs[0];
        CV_Assert(weights.dims == 4 && weights.type() == CV_32F && weights.isContinuous() &&
                  weights.size[2] == window_.kernel_h && weights.size[3] == window_.kernel_w);
        channels_ = weights.size[0];
        CV_Assert(blobs[1].total() == to_size(channels_) && blobs[1].type() == CV_32F);
        const int group = params.get<int>("group", 1);
        CV_Assert(group == 1 || (group == channels_ && weights.size[1] == 1));
        depthwise_ = group > 1;
        inputs_ = depthwise_ ? group : weights.size[1];
        terms_ = weights.size[1] * window_.kernel_h * window_.kernel_w;
        bias_ = padded_bias(blobs[1]);
        const auto* values = weights.ptr<float>();
        weights_ = shared(depthwise_ ? std::vector<float>(values, values + weights.total())
                                     : packed(values, channels_, terms_));
    }

    bool getMemoryShapes(const Shapes& inputs,
                         const int /*required*/,
                         Shapes& outputs,
                         Shapes& /*internals*/) const override {
        CV_Assert(inputs.size() == 1 && inputs[0].size() == 4 && inputs[0][0] == 1 &&
                  inputs[0][1] == inputs_);
        outputs.assign(
            1, {1, channels_, window_.out_height(inputs[0][2]), window_.out_width(inputs[0][3])});
        CV_Assert(outputs[0][2] > 0 && outputs[0][3] > 0);
        return false;
    }

    void forward(cv::InputArrayOfArrays inputs_arr,
                 cv::OutputArrayOfArrays outputs_arr,
                 cv::OutputArrayOfArrays /*internals*/) override {
        std::vector<cv::Mat> inputs;
        std::vector<cv::Mat> outputs;
        inputs_arr.getMatVector(inputs);
        outputs_arr.getMatVector(outputs);
        if (depthwise_) {
            forward_depthwise(Planes(inputs[0]), outputs[0]);
        } else {
            forward_dense(Planes(inputs[0]), outputs[0]);
        }
    }

private:
    void forward_dense(Planes in, cv::Mat& output) const {
        int height = output.size[2];
        int width = output.size[3];
        const auto plane = to_size(height) * to_size(width);
        if (window_.is_point()) {
            in.width *= in.height;
            in.height = 1;
            width *= height;
            height = 1;
        }
        const int across = (width + kTilePixels - 1) / kTilePixels;
        auto* out = output.ptr<float>();
        cv::parallel_for_(cv::Range(0, across * height), [&](const cv::Range& tiles) {
            for (int tile = tiles.start; tile < tiles.end; ++tile) {
                const int y = tile / across;
                const int x = tile % across * kTilePixels;
                dense_tile(in,
                           y,
                           x,
                           std::min(kTilePixels, width - x),
                           out + to_size(y) * to_size(width) + to_size(x),
                           plane);
            }
        });
    }

    void dense_tile(
        const Planes& in, int y, int x, int pixels, float* out, std::size_t step) const {
        auto& scratch = Scratch::of_thread();
        const TapRows taps(window_, kTilePixels);
        float* filled =
            scratch.sized(to_size(inputs_) * to_size(window_.kernel_h) * taps.floats_a_row());
        scratch.rows.clear();
        for (int c = 0; c < inputs_; ++c) {
            for (int ky = 0; ky < window_.kernel_h; ++ky) {
                taps.fill(
                    in.row(c, y * window_.stride_h - window_.pad_h + ky), in.width, x, filled);
                for (int kx = 0; kx < window_.kernel_w; ++kx) {
                    scratch.rows.push_back(taps.tap(filled, kx));
                }
                filled += taps.floats_a_row();
            }
        }
        best_kernels().dense({weights_->data(),
                              bias_.data(),
                              scratch.rows.data(),
                              terms_,
                              channels_,
                              pixels,
                              out,
                              step,
                              &finish_});
    }

    void forward_depthwise(const Planes& in, cv::Mat& output) const {
        constexpr int kBandFloats = 16384;  // with its neighbours it stays in the first caches
        const int height = output.size[2];
        const int width = output.size[3];
        const int band = std::clamp(kBandFloats / std::max(in.width, 1), 1, height);
        const int bands = (height + band - 1) / band;
        auto* out = output.ptr<float>();
        cv::parallel_for_(cv::Range(0, channels_ * bands), [&](const cv::Range& parts) {
            for (int part = parts.start; part < parts.end; ++part) {
                const int channel = part / bands;
                const int y = part % bands * band;
                depthwise_band(
                    in,
                    channel,
                    y,
                    std::min(band, height - y),
                    width,
                    out + (to_size(channel) * to_size(height) + to_size(y)) * to_size(width));
            }
        });
    }

    void depthwise_band(
        const Planes& in, int channel, int y, int rows, int width, float* out) const {
        auto& scratch = Scratch::of_thread();
        const TapRows taps(window_, width + kSlack);
        const int first = y * window_.stride_h - window_.pad_h;
        const int needed = (rows - 1) * window_.stride_h + window_.kernel_h;
        float* filled = scratch.sized(to_size(needed) * taps.floats_a_row());
        for (int i = 0; i < needed; ++i) {
            taps.fill(
                in.row(channel, first + i), in.width, 0, filled + to_size(i) * taps.floats_a_row());
        }
        for (int i = 0; i < rows; ++i) {
            scratch.rows.clear();
            for (int ky = 0; ky < window_.kernel_h; ++ky) {
                const float* row =
                    filled + to_size(i * window_.stride_h + ky) * taps.floats_a_row();
                for (int kx = 0; kx < window_.kernel_w; ++kx) {
                    scratch.rows.push_back(taps.tap(row, kx));
                }
            }
            best_kernels().depthwise({weights_->data() + to_size(channel) * to_size(terms_),
                                      bias_[to_size(channel)],
                                      scratch.rows.data(),
                                      terms_,
                                      width,
                                      out + to_size(i) * to_size(width),
                                      &finish_});
        }
    }

    Window window_;
    Finish finish_;
    int channels_ = 0;
    int inputs_ = 0;
    int terms_ = 0;
    bool depthwise_ = false;
    Weights weights_;
    std::vector<float> bias_;
};

/// Transposed convolution, 2x2 with stride 2: each input pixel becomes four.
class UpsampleLayer final : public cv::dnn::Layer {
public:
    explicit UpsampleLayer(const LayerParams& params) : Layer(params), finish_(finish_of(params)) {
        CV_Assert(blobs.size() == 2);
        const cv::Mat& weights = blobs[0];  // inputs x outputs x 2 x 2
        CV_Assert(weights.dims == 4 && weights.type() == CV_32F && weights.isContinuous() &&
                  weights.size[2] == 2 && weights.size[3] == 2);
        inputs_ = weights.size[0];
        channels_ = weights.size[1];
        CV_Assert(blobs[1].total() == to_size(channels_) && blobs[1].type() == CV_32F);
        const int all = channels_ * 4;
        std::vector<float> turned(to_size(all) * to_size(inputs_));
        cv::Mat bias(1, all, CV_32F);
        for (int c = 0; c < all; ++c) {
            bias.at<float>(c) = blobs[1].ptr<float>()[c / 4];
            for (int k = 0; k < inputs_; ++k) {
                turned[to_size(c) * to_size(inputs_) + to_size(k)] =
                    weights.ptr<float>()[to_size(k) * to_size(all) + to_size(c)];
            }
        }
        weights_ = shared(packed(turned.data(), all, inputs_));
        bias_ = padded_bias(bias);
    }

    bool getMemoryShapes(const Shapes& inputs,
                         const int /*required*/,
                         Shapes& outputs,
                         Shapes& /*internals*/) const override {
        CV_Assert(inputs.size() == 1 && inputs[0].size() == 4 && inputs[0][0] == 1 &&
                  inputs[0][1] == inputs_);
        outputs.assign(1, {1, channels_, 2 * inputs[0][2], 2 * inputs[0][3]});
        return false;
    }

    void forward(cv::InputArrayOfArrays inputs_arr,
                 cv::OutputArrayOfArrays outputs_arr,
                 cv::OutputArrayOfArrays /*internals*/) override {
        std::vector<cv::Mat> inputs;
        std::vector<cv::Mat> outputs;
        inputs_arr.getMatVector(inputs);
        outputs_arr.getMatVector(outputs);
        const Planes in(inputs[0]);
        const int across = (in.width + kTilePixels - 1) / kTilePixels;
        cv::parallel_for_(cv::Range(0, across * in.height), [&](const cv::Range& tiles) {
            for (int tile = tiles.start; tile < tiles.end; ++tile) {
                upsample_tile(in, tile / across, tile % across * kTilePixels, outputs[0]);
            }
        });
    }

private:
    void upsample_tile(const Planes& in, int y, int x, cv::Mat& output) const {
        const int pixels = std::min(kTilePixels, in.width - x);
        auto& scratch = Scratch::of_thread();
        float* filled = scratch.sized(to_size(inputs_ + 4 * channels_) * kPitch);
        scratch.rows.clear();
        for (int c = 0; c < inputs_; ++c, filled += kPitch) {
            copy_padded(in.row(c, y), in.width, x, 1, kTilePixels, filled);
            scratch.rows.push_back(filled);
        }
        best_kernels().dense({weights_->data(),
                              bias_.data(),
                              scratch.rows.data(),
                              inputs_,
                              4 * channels_,
                              pixels,
                              filled,
                              kPitch,
                              &finish_});
        for (int c = 0; c < channels_; ++c) {
            for (int dy = 0; dy < 2; ++dy, filled += 2 * kPitch) {
                float* out = output.ptr<float>(0, c) + to_size(2 * y + dy) * 2 * to_size(in.width) +
                             2 * to_size(x);
                for (int i = 0; i < pixels; ++i) {
                    out[2 * i] = filled[i];
                    out[2 * i + 1] = filled[kPitch + to_size(i)];
                }
            }
        }
    }

    static constexpr std::size_t kPitch = kTilePixels + kSlack;

    Finish finish_;
    int inputs_ = 0;
    int channels_ = 0;
    Weights weights_;
    std::vector<float> bias_;
};

/// Each token (row of x) times a matrix, plus a bias: the dense kernel with the tokens as its
/// channels and the matrix as its pixels.
class MatMulLayer final : public cv::dnn::Layer {
public:
    explicit MatMulLayer(const LayerParams& params) : Layer(params) {
        CV_Assert(blobs.size() == 2);
        const cv::Mat& weights = blobs[0];
        CV_Assert(weights.dims == 2 && weights.type() == CV_32F && weights.isContinuous());
        inputs_ = weights.rows;
        columns_ = weights.cols;
        CV_Assert(blobs[1].total() == to_size(columns_) && blobs[1].type() == CV_32F);
        pitch_ = (to_size(columns_) + kTilePixels - 1) / kTilePixels * kTilePixels;
        std::vector<float> rows(pitch_ * to_size(inputs_ + 1));
        for (int k = 0; k < inputs_; ++k) {
            std::copy_n(weights.ptr<float>(k), columns_, rows.data() + to_size(k) * pitch_);
        }
        // The bias is one more row, times one.
        std::copy_n(blobs[1].ptr<float>(), columns_, rows.data() + to_size(inputs_) * pitch_);
        rows_ = shared(std::move(rows));
    }

    bool getMemoryShapes(const Shapes& inputs,
                         const int /*required*/,
                         Shapes& outputs,
                         Shapes& /*internals*/) const override {
        CV_Assert(inputs.size() == 1 && inputs[0].size() == 3 && inputs[0][0] == 1 &&
                  inputs[0][2] == inputs_);
        outputs.assign(1, {1, inputs[0][1], columns_});
        return false;
    }

    void forward(cv::InputArrayOfArrays inputs_arr,
                 cv::OutputArrayOfArrays outputs_arr,
                 cv::OutputArrayOfArrays /*internals*/) override {
        std::vector<cv::Mat> inputs;
        std::vector<cv::Mat> outputs;
        inputs_arr.getMatVector(inputs);
        outputs_arr.getMatVector(outputs);
        const cv::Mat& in = inputs[0];
        CV_Assert(in.type() == CV_32F && in.isContinuous());
        const int tokens = in.size[1];
        cv::Mat with_one(tokens, inputs_ + 1, CV_32F, cv::Scalar(1));
        cv::Mat(tokens, inputs_, CV_32F, const_cast<float*>(in.ptr<float>()))
            .copyTo(with_one.colRange(0, inputs_));
        const auto weights = packed(with_one.ptr<float>(), tokens, inputs_ + 1);
        const std::vector<float> no_bias(to_size(tokens) + kChannelBlock);
        auto* out = outputs[0].ptr<float>();
        const int tiles = static_cast<int>(pitch_ / kTilePixels);
        cv::parallel_for_(cv::Range(0, tiles), [&](const cv::Range& range) {
            auto& rows = Scratch::of_thread().rows;
            for (int tile = range.start; tile < range.end; ++tile) {
                const int x = tile * kTilePixels;
                rows.clear();
                for (int k = 0; k <= inputs_; ++k) {
                    rows.push_back(rows_->data() + to_size(k) * pitch_ + x);
                }
                best_kernels().dense({weights.data(),
                                      no_bias.data(),
                                      rows.data(),
                                      inputs_ + 1,
                                      tokens,
                                      std::min(kTilePixels, columns_ - x),
                                      out + x,
                                      to_size(columns_),
                                      &finish_});
            }
        });
    }

private:
    Finish finish_;
    int inputs_ = 0;
    int columns_ = 0;
    std::size_t pitch_ = 0;
    Weights rows_;
};

/// out = x * (base + gate of the channel) + y enlarged to x's size by repeating pixels, y optional.
class GateLayer final : public cv::dnn::Layer {
public:
    explicit GateLayer(const LayerParams& params)
        : Layer(params), base_(params.get<float>("base", 0)) {}

    bool getMemoryShapes(const Shapes& inputs,
                         const int /*required*/,
                         Shapes& outputs,
                         Shapes& /*internals*/) const override {
        CV_Assert(inputs.size() == 2 || inputs.size() == 3);
        CV_Assert(inputs[0].size() == 4 && inputs[0][0] == 1);
        CV_Assert(inputs[1].size() == 4 && inputs[1][1] == inputs[0][1] && inputs[1][2] == 1 &&
                  inputs[1][3] == 1);
        if (inputs.size() == 3) {
            CV_Assert(inputs[2].size() == 4 && inputs[2][1] == inputs[0][1] &&
                      inputs[2][2] * 2 == inputs[0][2] && inputs[2][3] * 2 == inputs[0][3]);
        }
        outputs.assign(1, inputs[0]);
        return false;
    }

    void forward(cv::InputArrayOfArrays inputs_arr,
                 cv::OutputArrayOfArrays outputs_arr,
                 cv::OutputArrayOfArrays /*internals*/) override {
        std::vector<cv::Mat> inputs;
        std::vector<cv::Mat> outputs;
        inputs_arr.getMatVector(inputs);
        outputs_arr.getMatVector(outputs);
        const Planes in(inputs[0]);
        const auto* gates = inputs[1].ptr<float>();
        const float* small = inputs.size() == 3 ? Planes(inputs[2]).data : nullptr;
        cv::parallel_for_(cv::Range(0, in.channels), [&](const cv::Range& channels) {
            for (int c = channels.start; c < channels.end; ++c) {
                gate_plane(in, c, base_ + gates[c], small, outputs[0].ptr<float>(0, c));
            }
        });
    }

private:
    static void gate_plane(
        const Planes& in, int channel, float factor, const float* small, float* out) {
        const auto width = to_size(in.width);
        for (int y = 0; y < in.height; ++y, out += width) {
            const float* row = in.row(channel, y);
            if (small == nullptr) {
                std::transform(row, row + width, out, [factor](float v) { return v * factor; });
                continue;
            }
            const float* half =
                small + (to_size(channel) * to_size(in.height / 2) + to_size(y / 2)) * (width / 2);
            for (std::size_t x = 0; x < width / 2; ++x) {
                out[2 * x] = row[2 * x] * factor + half[x];
                out[2 * x + 1] = row[2 * x + 1] * factor + half[x];
            }
        }
    }

    float base_;
};

}  // namespace

void register_fast_layers() {
    static std::once_flag once;
    std::call_once(once, [] {
        LayerFactory::registerLayer("ChiptrailConv", created<ConvLayer>);
        LayerFactory::registerLayer("ChiptrailUpsample", created<UpsampleLayer>);
        LayerFactory::registerLayer("ChiptrailGate", created<GateLayer>);
        LayerFactory::registerLayer("ChiptrailMatMul", created<MatMulLayer>);
    });
}

}  // namespace chiptrail::vision
