#include "vision/network.hpp"

#include "core/result.hpp"
#include "vision/network_layers.hpp"

#include <nlohmann/json.hpp>
#include <opencv2/core/utility.hpp>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

namespace chiptrail::vision {

namespace {

using Json = nlohmann::json;

std::size_t to_size(int n) {
    return static_cast<std::size_t>(n);
}

enum class Kind {
    dense,
    input,
    depthwise,
    pair,
    squeeze,
    gate,
    average,
    norm,
    attention,
    add,
    nothing
};

struct Step {
    Kind kind = Kind::nothing;
    int in = 0;
    int out = 0;
    int more = -1;     ///< of add, gate: the other picture
    int gates = -1;    ///< of gate: what squeeze made
    int channels = 0;  ///< of the output, as they lie in memory
    Filter filter;
    Filter second;  ///< of a pair
    Gate gate;
    Norm norm;
    Heads heads;
    int kernel_h = 1;
    int kernel_w = 1;
    // squeeze: two matrices, rows of the operand, and their biases
    std::vector<float> inner;
    std::vector<float> inner_bias;
    std::vector<float> outer;
    std::vector<float> outer_bias;
};

struct Value {
    int border = 0;
    int last_user = -1;  ///< step
    int users = 0;
};

/// Buffers that come back as values die; a photo's runs ask for the same sizes again and again.
class Pool {
public:
    Bytes take(std::size_t size) {
        auto best = idle_.end();
        for (auto it = idle_.begin(); it != idle_.end(); ++it) {
            if (it->size() >= size && (best == idle_.end() || it->size() < best->size())) {
                best = it;
            }
        }
        if (best == idle_.end()) {
            // Too small ones make room: the pictures before needed them, this one does not.
            if (idle_.size() >= kMostIdle) {
                idle_.erase(std::min_element(
                    idle_.begin(), idle_.end(), [](const Bytes& a, const Bytes& b) {
                        return a.size() < b.size();
                    }));
            }
            return Bytes(size);
        }
        auto bytes = std::move(*best);
        idle_.erase(best);
        return bytes;
    }

    void give_back(Bytes bytes) {
        if (bytes.size() > 0) {
            idle_.push_back(std::move(bytes));
        }
    }

private:
    static constexpr std::size_t kMostIdle = 12;
    std::vector<Bytes> idle_;
};

}  // namespace

struct NetworkMemory::State {
    Pool pool;
    Bytes result;
};

NetworkMemory::NetworkMemory() : state_(std::make_unique<State>()) {}
NetworkMemory::~NetworkMemory() = default;
NetworkMemory::NetworkMemory(NetworkMemory&&) noexcept = default;
NetworkMemory& NetworkMemory::operator=(NetworkMemory&&) noexcept = default;

struct Network::State {
    const Kernels* kernels = nullptr;
    InputScale scale;
    std::vector<Step> steps;
    std::vector<Value> values;
    int output = 0;
};

namespace {

/// The file as the loader sees it; every number is checked before it is used.
class Source {
public:
    explicit Source(const std::filesystem::path& path) {
        std::ifstream file(path, std::ios::binary);
        std::string line;
        std::size_t size = 0;
        std::getline(file, line);
        file >> size;
        file.get();
        constexpr std::size_t kMostText = 1 << 20;
        require(line == "chiptrail network 1" && size > 0 && size <= kMostText && file.good());
        std::string text(size, ' ');
        file.read(text.data(), static_cast<std::streamsize>(size));
        require(file.good());
        json = Json::parse(text);
        const auto count = json.at("floats").get<std::size_t>();
        constexpr std::size_t kMostFloats = 1 << 26;
        require(count <= kMostFloats);
        floats_.resize(count);
        const auto bytes = static_cast<std::streamsize>(count * sizeof(float));
        file.read(reinterpret_cast<char*>(floats_.data()), bytes);
        require(file.gcount() == bytes && file.peek() == std::ifstream::traits_type::eof());
    }

    static void require(bool holds) {
        if (!holds) {
            throw std::runtime_error("not a network");
        }
    }

    static int number(const Json& step, const char* key, int least, int most) {
        const auto value = step.at(key).get<std::int64_t>();
        require(value >= least && value <= most);
        return static_cast<int>(value);
    }

    static float real(const Json& step, const char* key) {
        const auto value = step.at(key).get<float>();
        require(std::isfinite(value));
        return value;
    }

    [[nodiscard]] const float* floats(const Json& step, const char* key, std::size_t count) const {
        const auto at = step.at(key).get<std::size_t>();
        require(at <= floats_.size() && count <= floats_.size() - at);
        return floats_.data() + at;
    }

    [[nodiscard]] std::vector<float> row(const Json& step,
                                         const char* key,
                                         std::size_t count) const {
        const auto* begin = floats(step, key, count);
        return {begin, begin + count};
    }

    Json json;

private:
    std::vector<float> floats_;
};

constexpr int kMostChannels = 16384;

Activation activation_named(const std::string& name) {
    constexpr std::array<std::pair<const char*, Activation>, 6> kNames{
        {{"none", Activation::none},
         {"relu", Activation::relu},
         {"hardswish", Activation::hard_swish},
         {"hardsigmoid", Activation::hard_sigmoid},
         {"sigmoid", Activation::sigmoid},
         {"swish", Activation::swish}}};
    for (const auto& [known, activation] : kNames) {
        if (name == known) {
            return activation;
        }
    }
    throw std::runtime_error("unknown activation");
}

Window window_of(const Json& step) {
    Window window;
    const auto pair_of = [&step](const char* key, int least, int most, int& h, int& w) {
        const auto& pair = step.at(key);
        Source::require(pair.size() == 2);
        h = pair.at(0).get<int>();
        w = pair.at(1).get<int>();
        Source::require(h >= least && h <= most && w >= least && w <= most);
    };
    pair_of("kernel", 1, 7, window.kernel_h, window.kernel_w);
    pair_of("stride", 1, 2, window.stride_h, window.stride_w);
    pair_of("pad", 0, 3, window.pad_h, window.pad_w);
    Source::require(window.pad_h < window.kernel_h && window.pad_w < window.kernel_w);
    return window;
}

class Loader {
public:
    Loader(const Source& source, Network::State& state) : source_(source), state_(state) {}

    void load();

private:
    void add(const Json& json);
    [[nodiscard]] int known(const Json& json, const char* key) const;
    void convolution(const Json& json, Step& step);
    void squeeze(const Json& json, Step& step);
    void gate(const Json& json, Step& step);
    void norm(const Json& json, Step& step);
    void attention(const Json& json, Step& step);
    void pair_up();
    void note_uses();

    const Source& source_;
    Network::State& state_;
    std::vector<int> channels_;  ///< of each value, as they lie in memory; 0 until it is made
    std::vector<int> filled_;    ///< channels that gates wrote so far
};

void Loader::load() {
    const auto& input = source_.json.at("input");
    for (std::size_t c = 0; c < 3; ++c) {
        state_.scale.mean[c] = input.at("mean").at(c).get<float>();
        state_.scale.deviation[c] = input.at("deviation").at(c).get<float>();
        Source::require(state_.scale.deviation[c] > 0);
    }
    const int count = Source::number(source_.json, "values", 2, 4096);
    channels_.assign(to_size(count), 0);
    filled_.assign(to_size(count), 0);
    channels_[0] = kInputChannels;
    state_.values.resize(to_size(count));
    for (const auto& json : source_.json.at("steps")) {
        add(json);
    }
    state_.output = known(source_.json, "output");
    Source::require(state_.output != 0);
    note_uses();
    pair_up();
    note_uses();
}

int Loader::known(const Json& json, const char* key) const {
    const int value = Source::number(json, key, 0, static_cast<int>(channels_.size()) - 1);
    Source::require(
        channels_[to_size(value)] > 0 &&
        (filled_[to_size(value)] == 0 || filled_[to_size(value)] == channels_[to_size(value)]));
    return value;
}

void Loader::add(const Json& json) {
    Step step;
    const auto op = json.at("op").get<std::string>();
    step.in = known(json, "in");
    step.out = Source::number(json, "out", 1, static_cast<int>(channels_.size()) - 1);
    if (op == "gate") {
        gate(json, step);
    } else {
        Source::require(channels_[to_size(step.out)] == 0);
        if (op == "conv" || op == "depthwise") {
            convolution(json, step);
        } else if (op == "squeeze") {
            squeeze(json, step);
        } else if (op == "average") {
            step.kind = Kind::average;
            step.channels = channels_[to_size(step.in)];
            const auto& kernel = json.at("kernel");
            step.kernel_h = kernel.at(0).get<int>();
            step.kernel_w = kernel.at(1).get<int>();
            Source::require(step.kernel_h >= 1 && step.kernel_h <= 7 && step.kernel_w >= 1 &&
                            step.kernel_w <= 7);
        } else if (op == "norm") {
            norm(json, step);
        } else if (op == "attention") {
            attention(json, step);
        } else {
            Source::require(op == "add");
            step.kind = Kind::add;
            step.more = known(json, "more");
            step.channels = channels_[to_size(step.in)];
            Source::require(channels_[to_size(step.more)] == step.channels);
        }
    }
    Source::require(step.in != 0 || step.kind == Kind::input);
    channels_[to_size(step.out)] = step.channels;
    state_.steps.push_back(std::move(step));
}

void Loader::convolution(const Json& json, Step& step) {
    const auto& kernels = *state_.kernels;
    const auto window = window_of(json);
    const int inputs = Source::number(json, "inputs", 1, kMostChannels);
    const int outputs = Source::number(json, "outputs", 1, kMostChannels);
    const auto taps = to_size(window.kernel_h * window.kernel_w);
    const auto* bias = source_.floats(json, "bias", to_size(outputs));
    if (json.at("op") == "depthwise") {
        step.kind = Kind::depthwise;
        Source::require(inputs == outputs && step.in != 0 && window.kernel_h == window.kernel_w &&
                        (window.kernel_w == 3 || window.kernel_w == 5));
        step.filter = depthwise_filter(
            window, outputs, source_.floats(json, "weights", to_size(outputs) * taps), bias);
    } else {
        const auto* weights =
            source_.floats(json, "weights", to_size(outputs) * to_size(inputs) * taps);
        if (step.in == 0) {
            step.kind = Kind::input;
            Source::require(inputs == 3 && window.kernel_w * kInputChannels <= kChannelBlock);
            step.filter = input_filter(kernels, window, outputs, weights, bias, state_.scale);
        } else {
            step.kind = Kind::dense;
            step.filter = dense_filter(kernels, window, inputs, outputs, weights, bias);
        }
    }
    Source::require(step.in == 0 || step.filter.inputs == channels_[to_size(step.in)]);
    auto& finish = step.filter.finish;
    finish.activation = activation_named(json.at("activation").get<std::string>());
    finish.alpha = Source::real(json, "alpha");
    finish.beta = Source::real(json, "beta");
    finish.scale = Source::real(json, "scale");
    finish.shift = Source::real(json, "shift");
    step.channels = step.filter.outputs;
}

/// Rows of the operand instead of the result: sums of whole rows need no order of additions.
std::vector<float> transposed(const float* values, std::size_t rows, int columns) {
    std::vector<float> out(rows * to_size(columns));
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < to_size(columns); ++c) {
            out[c * rows + r] = *values++;
        }
    }
    return out;
}

void Loader::squeeze(const Json& json, Step& step) {
    step.kind = Kind::squeeze;
    const int channels = Source::number(json, "channels", 1, kMostChannels);
    const int inner = Source::number(json, "inner", 1, kMostChannels);
    step.channels = padded_channels(channels);
    Source::require(step.channels == channels_[to_size(step.in)]);
    const auto size = to_size(channels) * to_size(inner);
    step.inner = transposed(source_.floats(json, "weights", size), to_size(inner), channels);
    step.inner_bias = source_.row(json, "bias", to_size(inner));
    step.outer = transposed(source_.floats(json, "more_weights", size), to_size(channels), inner);
    step.outer_bias = source_.row(json, "more_bias", to_size(channels));
    step.filter.finish.alpha = Source::real(json, "alpha");
    step.filter.finish.beta = Source::real(json, "beta");
}

void Loader::gate(const Json& json, Step& step) {
    step.kind = Kind::gate;
    const int channels = Source::number(json, "channels", 1, kMostChannels);
    const int total = Source::number(json, "total", channels, kMostChannels);
    auto& gate = step.gate;
    gate.base = Source::real(json, "base");
    gate.offset = Source::number(json, "offset", 0, total - channels);
    gate.repeat = Source::number(json, "repeat", 1, 64);
    if (json.contains("gates")) {
        step.gates = known(json, "gates");
        Source::require(channels_[to_size(step.gates)] == channels_[to_size(step.in)]);
    }
    if (json.contains("added")) {
        step.more = known(json, "added");
        gate.added_repeat = Source::number(json, "added_repeat", 1, 64);
        Source::require(channels_[to_size(step.more)] == channels_[to_size(step.in)]);
    }
    step.channels = padded_channels(total);
    auto& filled = filled_[to_size(step.out)];
    // The last part also writes what the padding holds.
    gate.channels = gate.offset + channels == total ? step.channels - gate.offset : channels;
    Source::require(gate.channels % 8 == 0 && gate.offset == filled &&
                    padded_channels(channels) == channels_[to_size(step.in)] &&
                    gate.channels <= channels_[to_size(step.in)] &&
                    (filled == 0 ? channels_[to_size(step.out)] == 0
                                 : channels_[to_size(step.out)] == step.channels));
    filled += gate.channels;
}

void Loader::norm(const Json& json, Step& step) {
    step.kind = Kind::norm;
    auto& norm = step.norm;
    norm.channels = Source::number(json, "channels", 1, kMostChannels);
    norm.epsilon = Source::real(json, "epsilon");
    norm.gain = source_.row(json, "weights", to_size(norm.channels));
    norm.shift = source_.row(json, "bias", to_size(norm.channels));
    step.channels = padded_channels(norm.channels);
    Source::require(step.channels == channels_[to_size(step.in)] && norm.epsilon > 0);
}

void Loader::attention(const Json& json, Step& step) {
    step.kind = Kind::attention;
    auto& heads = step.heads;
    heads.count = Source::number(json, "heads", 1, 256);
    heads.size = Source::number(json, "size", 1, kChannelBlock);
    heads.scale = Source::real(json, "scale");
    step.channels = padded_channels(heads.count * heads.size);
    Source::require(3 * heads.count * heads.size <= channels_[to_size(step.in)]);
}

/// A depthwise layer whose result only the next layer's matrix uses is run with it, row by row:
/// what is between stays in the first caches.
void Loader::pair_up() {
    auto& steps = state_.steps;
    for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
        auto& first = steps[i];
        auto& second = steps[i + 1];
        if (first.kind == Kind::depthwise && second.kind == Kind::dense && second.in == first.out &&
            second.filter.window.is_point() && state_.values[to_size(first.out)].users == 1 &&
            first.out != state_.output) {
            first.kind = Kind::pair;
            first.second = std::move(second.filter);
            first.out = second.out;
            first.channels = second.channels;
            second.kind = Kind::nothing;
        }
    }
    steps.erase(std::remove_if(steps.begin(),
                               steps.end(),
                               [](const Step& step) { return step.kind == Kind::nothing; }),
                steps.end());
}

void Loader::note_uses() {
    std::fill(state_.values.begin(), state_.values.end(), Value{});
    for (std::size_t i = 0; i < state_.steps.size(); ++i) {
        const auto& step = state_.steps[i];
        for (const int used : {step.in, step.more, step.gates}) {
            if (used >= 0) {
                auto& value = state_.values[to_size(used)];
                ++value.users;
                value.last_user = static_cast<int>(i);
            }
        }
        const auto& window = step.filter.window;
        auto& border = state_.values[to_size(step.in)].border;
        border = std::max({border, window.pad_h, window.pad_w});
    }
}

/// One run: the values between the layers and where they lie.
class Run {
public:
    Run(const Network::State& network, NetworkMemory::State& memory)
        : network_(network),
          memory_(memory),
          pictures_(network.values.size()),
          held_(network.values.size()),
          gates_(network.values.size()) {}

    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;
    ~Run() {
        for (auto& bytes : held_) {
            memory_.pool.give_back(std::move(bytes));
        }
    }

    NetworkResult operator()(const cv::Mat& picture, cv::Size shape) {
        take_in(picture, shape);
        for (std::size_t i = 0; i < network_.steps.size(); ++i) {
            perform(network_.steps[i]);
            forget(network_.steps[i], static_cast<int>(i));
        }
        const auto& out = pictures_[to_size(network_.output)];
        memory_.pool.give_back(
            std::exchange(memory_.result, std::move(held_[to_size(network_.output)])));
        return {reinterpret_cast<float*>(out.data),
                out.height,
                out.width,
                out.channels,
                to_size(out.channels)};
    }

private:
    void take_in(const cv::Mat& picture, cv::Size shape);
    void perform(const Step& step);
    void squeeze(const Step& step);
    void forget(const Step& step, int index);
    const Picture& make(const Step& step, int height, int width);
    void place(int value, Picture& picture);

    const Network::State& network_;
    NetworkMemory::State& memory_;
    std::vector<Picture> pictures_;
    std::vector<Bytes> held_;
    std::vector<std::vector<float>> gates_;
};

void Run::place(int value, Picture& picture) {
    auto& bytes = held_[to_size(value)];
    bytes = memory_.pool.take(picture.bytes());
    picture.data = bytes.data();
    pictures_[to_size(value)] = picture;
}

void fill_pixel(const Kernels& kernels, const float* colors, std::byte* to) {
    alignas(64) std::array<float, kChannelBlock> values{};
    alignas(64) std::array<std::byte, kChannelBlock * sizeof(float)> elements{};
    std::copy_n(colors, 3, values.begin());
    kernels.narrow(values.data(), kChannelBlock, elements.data());
    std::memcpy(to, elements.data(), kInputChannels * kernels.element_size());
}

void Run::take_in(const cv::Mat& picture, cv::Size shape) {
    const auto& kernels = *network_.kernels;
    Picture in;
    in.height = shape.height;
    in.width = shape.width;
    in.channels = kInputChannels;
    in.border = network_.values[0].border;
    in.element = kernels.element_size();
    place(0, in);
    // Elements of all bytes, and the mean colour, which is what zeros of a scaled input are.
    std::array<std::byte, 256 * sizeof(float)> table{};
    for (int i = 0; i < 256; ++i) {
        const std::array<float, 3> gray{static_cast<float>(i - kInputMiddle), 0, 0};
        std::array<std::byte, kInputChannels * sizeof(float)> pixel{};
        fill_pixel(kernels, gray.data(), pixel.data());
        std::memcpy(table.data() + to_size(i) * in.element, pixel.data(), in.element);
    }
    std::array<float, 3> mean{};
    for (std::size_t c = 0; c < 3; ++c) {
        mean[c] = 255 * network_.scale.mean[c] - static_cast<float>(kInputMiddle);
    }
    std::array<std::byte, kInputChannels * sizeof(float)> blank{};
    fill_pixel(kernels, mean.data(), blank.data());
    const auto pixel_bytes = in.pixel_bytes();
    const auto fill = [&](std::byte* from, const std::byte* to) {
        for (; from < to; from += pixel_bytes) {
            std::memcpy(from, blank.data(), pixel_bytes);
        }
    };
    const auto take_row = [&](int y) {
        auto* to = in.at(y, -in.border);
        const auto* end = to + in.row_bytes();
        if (y < 0 || y >= picture.rows) {
            fill(to, end);
            return;
        }
        fill(to, in.at(y, 0));
        to = in.at(y, 0);
        const auto* from = picture.ptr<std::uint8_t>(y);
        const auto convert = [&](auto element) {
            using Element = decltype(element);
            const auto* elements = reinterpret_cast<const Element*>(table.data());
            auto* out = reinterpret_cast<Element*>(to);
            for (int x = 0; x < picture.cols; ++x, from += 3, out += kInputChannels) {
                out[0] = elements[from[0]];
                out[1] = elements[from[1]];
                out[2] = elements[from[2]];
                out[3] = 0;
            }
        };
        if (kernels.bfloat) {
            convert(std::uint16_t{});
        } else {
            convert(std::uint32_t{});
        }
        fill(in.at(y, picture.cols), end);
    };
    cv::parallel_for_(cv::Range(-in.border, in.height + in.border), [&](const cv::Range& rows) {
        for (int y = rows.start; y < rows.end; ++y) {
            take_row(y);
        }
    });
    // Weights of zero do not undo what is no number.
    auto* end = in.data + to_size(in.height + 2 * in.border) * in.row_bytes();
    std::memset(end, 0, in.bytes() - to_size(in.height + 2 * in.border) * in.row_bytes());
}

const Picture& Run::make(const Step& step, int height, int width) {
    auto& out = pictures_[to_size(step.out)];
    if (out.data == nullptr) {
        CV_Assert(height > 0 && width > 0);
        Picture made;
        made.height = height;
        made.width = width;
        made.channels = step.channels;
        made.border = network_.values[to_size(step.out)].border;
        made.element =
            step.out == network_.output ? sizeof(float) : network_.kernels->element_size();
        place(step.out, made);
        out.clear_border();
    }
    CV_Assert(out.height == height && out.width == width);
    return out;
}

void add_row(const float* row, float factor, std::vector<float>& sums) {
    auto* to = sums.data();
    for (std::size_t i = 0; i < sums.size(); ++i) {
        to[i] += row[i] * factor;
    }
}

void Run::squeeze(const Step& step) {
    const auto means = channel_means(*network_.kernels, pictures_[to_size(step.in)]);
    const auto channels = step.outer_bias.size();
    auto inner = step.inner_bias;
    for (std::size_t c = 0; c < channels; ++c) {
        add_row(step.inner.data() + c * inner.size(), means[c], inner);
    }
    auto sums = step.outer_bias;
    for (std::size_t i = 0; i < inner.size(); ++i) {
        add_row(step.outer.data() + i * channels, std::max(inner[i], 0.0F), sums);
    }
    auto& gates = gates_[to_size(step.out)];
    gates.assign(to_size(step.channels), 0);
    const auto& finish = step.filter.finish;
    std::transform(sums.begin(), sums.end(), gates.begin(), [&finish](float sum) {
        return std::clamp(finish.alpha * sum + finish.beta, 0.0F, 1.0F);
    });
}

void Run::perform(const Step& step) {
    const auto& kernels = *network_.kernels;
    const auto& in = pictures_[to_size(step.in)];
    const auto* more = step.more < 0 ? nullptr : &pictures_[to_size(step.more)];
    const auto& window = step.filter.window;
    const int height = window.out_height(in.height);
    const int width = window.out_width(in.width);
    switch (step.kind) {
        case Kind::dense:
            return run_dense(kernels, step.filter, in, make(step, height, width));
        case Kind::input:
            return run_input(kernels, step.filter, in, make(step, height, width));
        case Kind::depthwise:
            return run_depthwise(kernels, step.filter, in, make(step, height, width));
        case Kind::pair:
            return run_pair(kernels, step.filter, step.second, in, make(step, height, width));
        case Kind::squeeze:
            return squeeze(step);
        case Kind::gate:
            CV_Assert(more == nullptr ||
                      (more->height * step.gate.added_repeat == in.height * step.gate.repeat &&
                       more->width * step.gate.added_repeat == in.width * step.gate.repeat));
            return run_gate(kernels,
                            step.gate,
                            in,
                            step.gates < 0 ? nullptr : &gates_[to_size(step.gates)],
                            more,
                            make(step, in.height * step.gate.repeat, in.width * step.gate.repeat));
        case Kind::average:
            return run_average(kernels,
                               step.kernel_h,
                               step.kernel_w,
                               in,
                               make(step, in.height / step.kernel_h, in.width / step.kernel_w));
        case Kind::norm:
            return run_norm(kernels, step.norm, in, make(step, in.height, in.width));
        case Kind::attention:
            return run_attention(kernels, step.heads, in, make(step, in.height, in.width));
        case Kind::add: {
            CV_Assert(more->height == in.height && more->width == in.width);
            Gate gate;
            gate.channels = step.channels;
            return run_gate(kernels, gate, in, nullptr, more, make(step, in.height, in.width));
        }
        case Kind::nothing:
            return;
    }
}

void Run::forget(const Step& step, int index) {
    for (const int used : {step.in, step.more}) {
        if (used >= 0 && network_.values[to_size(used)].last_user == index) {
            memory_.pool.give_back(std::move(held_[to_size(used)]));
            held_[to_size(used)] = {};
        }
    }
}

}  // namespace

Network::Network(const std::filesystem::path& file, const Kernels& kernels)
    : state_(std::make_unique<State>()) {
    state_->kernels = &kernels;
    try {
        const Source source(file);
        Loader(source, *state_).load();
    } catch (const std::exception&) {
        // What went wrong inside tells nobody what to do.
        throw core::ConfigError(
            file.string() +
            " cannot be loaded as a model. Remove its folder and run setup/models.sh again (./run "
            "and ./test do it for you).");
    }
}
Network::~Network() = default;
Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;

NetworkResult Network::run(const cv::Mat& picture, cv::Size shape, NetworkMemory& memory) const {
    assert(picture.type() == CV_8UC3 && picture.cols <= shape.width &&
           picture.rows <= shape.height);
    return Run(*state_, *memory.state_)(picture, shape);
}

}  // namespace chiptrail::vision
