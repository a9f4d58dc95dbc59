#include "vision/network.hpp"

#include "core/result.hpp"
#include "tests/support/temp_dir.hpp"
#include "vision/network_layers.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

using namespace chiptrail::vision;  // NOLINT(google-build-using-namespace)

namespace {

/// Numbers that bfloat16 holds exactly, so that only sums and results are rounded.
float number(cv::RNG& random) {
    return static_cast<float>(random.uniform(-64, 65)) / 32;
}

std::vector<float> numbers(cv::RNG& random, int count) {
    std::vector<float> values(static_cast<std::size_t>(count));
    for (auto& value : values) {
        value = number(random);
    }
    return values;
}

/// A picture with its memory; what is no value is no number, so that using it shows.
struct Held {
    Bytes bytes;
    Picture picture;
    const Kernels* kernels = nullptr;

    Held(const Kernels& set, int height, int width, int channels, int border, bool floats = false)
        : kernels(&set) {
        picture.height = height;
        picture.width = width;
        picture.channels = padded_channels(channels);
        picture.border = border;
        picture.element = floats ? sizeof(float) : set.element_size();
        bytes = Bytes(picture.bytes());
        std::memset(bytes.data(), 0x77, bytes.size());
        picture.data = bytes.data();
        picture.clear_border();
    }

    void put(int y, int x, const std::vector<float>& channels) {
        auto padded = channels;
        padded.resize(static_cast<std::size_t>(picture.channels));
        kernels->narrow(padded.data(), picture.channels, picture.at(y, x));
    }

    [[nodiscard]] std::vector<float> get(int y, int x) const {
        std::vector<float> values(static_cast<std::size_t>(picture.channels));
        if (picture.element == sizeof(float)) {
            std::memcpy(values.data(), picture.at(y, x), picture.pixel_bytes());
        } else {
            kernels->widen(picture.at(y, x), picture.channels, values.data());
        }
        return values;
    }

    void fill(cv::RNG& random, int channels) {
        for (int y = 0; y < picture.height; ++y) {
            for (int x = 0; x < picture.width; ++x) {
                put(y, x, numbers(random, channels));
            }
        }
    }
};

double rounding(const Kernels& kernels, double magnitude) {
    return (kernels.bfloat ? 0.005 : 2e-5) * (1 + std::abs(magnitude));
}

std::vector<const Kernels*> sets() {
    std::vector<const Kernels*> all;
    for (const auto* const* set = usable_kernels(); *set != nullptr; ++set) {
        all.push_back(*set);
    }
    return all;
}

const float* null_bias() {
    static const std::vector<float> kZeros(4096);
    return kZeros.data();
}

struct ConvRow {
    int inputs, outputs, height, width;
    Window window;
};

/// One output of a convolution, summed up plainly. Depthwise where `inputs` is 0.
double convolved(const Held& in,
                 const ConvRow& row,
                 const std::vector<float>& weights,
                 int y,
                 int x,
                 int channel) {
    const auto& window = row.window;
    const int terms = std::max(row.inputs, 1);
    double sum = 0;
    for (int ky = 0; ky < window.kernel_h; ++ky) {
        for (int kx = 0; kx < window.kernel_w; ++kx) {
            const int at_y = y * window.stride_h + ky - window.pad_h;
            const int at_x = x * window.stride_w + kx - window.pad_w;
            if (at_y < 0 || at_y >= row.height || at_x < 0 || at_x >= row.width) {
                continue;
            }
            const auto pixel = in.get(at_y, at_x);
            for (int k = 0; k < terms; ++k) {
                const auto weight =
                    ((channel * terms + k) * window.kernel_h + ky) * window.kernel_w + kx;
                sum += static_cast<double>(weights[static_cast<std::size_t>(weight)]) *
                       static_cast<double>(
                           pixel[static_cast<std::size_t>(row.inputs == 0 ? channel : k)]);
            }
        }
    }
    return sum;
}

void check_convolution(const Held& in,
                       const Held& out,
                       const ConvRow& row,
                       const std::vector<float>& weights,
                       const std::vector<float>& bias) {
    for (int y = 0; y < out.picture.height; ++y) {
        for (int x = 0; x < out.picture.width; ++x) {
            const auto got = out.get(y, x);
            for (int c = 0; c < row.outputs; ++c) {
                const double expected = convolved(in, row, weights, y, x, c) +
                                        static_cast<double>(bias[static_cast<std::size_t>(c)]);
                CAPTURE(y, x, c);
                REQUIRE(static_cast<double>(got[static_cast<std::size_t>(c)]) ==
                        Approx(expected).margin(rounding(*out.kernels, expected)));
            }
        }
    }
}

}  // namespace

TEST_CASE("network: a dense layer of each instruction set gives the plain sum",
          "[vision][network]") {
    const auto row = GENERATE(values<ConvRow>({
        {1, 1, 1, 1, {1, 1, 1, 1, 0, 0}},
        {16, 32, 3, 40, {1, 1, 1, 1, 0, 0}},
        {17, 5, 2, 17, {1, 1, 1, 1, 0, 0}},
        {48, 48, 1, 33, {1, 1, 1, 1, 0, 0}},  // three blocks: no pairs of tiles
        {49, 97, 1, 31, {1, 1, 1, 1, 0, 0}},  // padded to pairs
        {96, 24, 5, 19, {3, 3, 1, 1, 1, 1}},  // the detector's neck
        {60, 20, 1, 40, {1, 3, 1, 1, 0, 1}},  // the recogniser's
        {20, 20, 7, 9, {3, 3, 2, 2, 1, 1}},
        {8, 300, 1, 4, {1, 1, 1, 1, 0, 0}},
        {5, 7, 4, 65, {3, 1, 2, 1, 1, 0}},
    }));
    for (const auto* kernels : sets()) {
        CAPTURE(kernels->name, row.inputs, row.outputs, row.width, row.window.kernel_h);
        cv::RNG random(7);
        const auto& window = row.window;
        Held in(*kernels, row.height, row.width, row.inputs, std::max(window.pad_h, window.pad_w));
        in.fill(random, row.inputs);
        const auto weights =
            numbers(random, row.outputs * row.inputs * window.kernel_h * window.kernel_w);
        const auto bias = numbers(random, row.outputs);
        const auto filter =
            dense_filter(*kernels, window, row.inputs, row.outputs, weights.data(), bias.data());
        for (const bool floats : {false, true}) {
            Held out(*kernels,
                     window.out_height(row.height),
                     window.out_width(row.width),
                     row.outputs,
                     floats ? 0 : 1,
                     floats);
            run_dense(*kernels, filter, in.picture, out.picture);
            check_convolution(in, out, row, weights, bias);
        }
    }
}

TEST_CASE("network: a depthwise layer of each instruction set gives the plain sum",
          "[vision][network]") {
    const auto row = GENERATE(values<ConvRow>({
        {0, 16, 5, 40, {3, 3, 1, 1, 1, 1}},
        {0, 48, 6, 17, {3, 3, 2, 2, 1, 1}},
        {0, 50, 4, 9, {5, 5, 1, 1, 2, 2}},
        {0, 33, 7, 20, {5, 5, 2, 1, 2, 2}},  // half the height only
        {0, 16, 3, 1, {5, 5, 2, 2, 2, 2}},   // smaller than the kernel
        {0, 16, 4, 12, {3, 3, 1, 2, 1, 1}},
    }));
    for (const auto* kernels : sets()) {
        CAPTURE(kernels->name, row.outputs, row.width, row.window.kernel_w, row.window.stride_w);
        cv::RNG random(8);
        const auto& window = row.window;
        Held in(*kernels, row.height, row.width, row.outputs, window.pad_w);
        in.fill(random, row.outputs);
        const auto weights = numbers(random, row.outputs * window.kernel_h * window.kernel_w);
        const auto bias = numbers(random, row.outputs);
        const auto filter = depthwise_filter(window, row.outputs, weights.data(), bias.data());
        const int height = window.out_height(row.height);
        const int width = window.out_width(row.width);
        Held out(*kernels, height, width, row.outputs, 0);
        run_depthwise(*kernels, filter, in.picture, out.picture);
        check_convolution(in, out, row, weights, bias);

        // A matrix behind it, together and one after the other.
        const auto matrix = numbers(random, 7 * row.outputs);
        const auto dense = dense_filter(*kernels, {}, row.outputs, 7, matrix.data(), null_bias());
        Held apart(*kernels, height, width, 7, 0);
        run_dense(*kernels, dense, out.picture, apart.picture);
        Held together(*kernels, height, width, 7, 2);
        run_pair(*kernels, filter, dense, in.picture, together.picture);
        for (int y = 0; y < height; ++y) {
            for (int x = 0; x < width; ++x) {
                REQUIRE(together.get(y, x) == apart.get(y, x));
            }
        }
    }
}

TEST_CASE("network: a layer applies what follows it", "[vision][network]") {
    struct Row {
        Activation activation;
        double (*reference)(double);
    };
    const auto row = GENERATE(values<Row>({
        {Activation::none, [](double x) { return x; }},
        {Activation::relu, [](double x) { return std::max(x, 0.0) * 1.5 - 0.25; }},
        {Activation::hard_swish,
         [](double x) { return x * std::clamp(x + 3, 0.0, 6.0) / 6 * 1.5 - 0.25; }},
        {Activation::hard_sigmoid,
         [](double x) { return std::clamp(0.2 * x + 0.5, 0.0, 1.0) * 1.5 - 0.25; }},
        {Activation::sigmoid, [](double x) { return 1 / (1 + std::exp(-x)) * 1.5 - 0.25; }},
        {Activation::swish, [](double x) { return x / (1 + std::exp(-x)) * 1.5 - 0.25; }},
    }));
    for (const auto* kernels : sets()) {
        CAPTURE(kernels->name, static_cast<int>(row.activation));
        cv::RNG random(9);
        Held in(*kernels, 1, 40, 16, 1);
        in.fill(random, 16);
        std::vector<float> one(16 * 9);
        for (std::size_t c = 0; c < 16; ++c) {
            one[c * 9 + 4] = 4;  // four times the middle: from -8 to 8
        }
        auto filter = depthwise_filter({3, 3, 1, 1, 1, 1}, 16, one.data(), null_bias());
        std::vector<float> unit(16 * 16);
        for (std::size_t c = 0; c < 16; ++c) {
            unit[c * 16 + c] = 4;
        }
        auto dense = dense_filter(*kernels, {}, 16, 16, unit.data(), null_bias());
        filter.finish = dense.finish = {row.activation, 0.2F, 0.5F, 1.5F, -0.25F};
        Held out(*kernels, 1, 40, 16, 0);
        Held also(*kernels, 1, 40, 16, 0);
        run_depthwise(*kernels, filter, in.picture, out.picture);
        run_dense(*kernels, dense, in.picture, also.picture);
        for (int x = 0; x < 40; ++x) {
            for (std::size_t c = 0; c < 16; ++c) {
                const double expected = row.reference(4 * static_cast<double>(in.get(0, x)[c]));
                const auto margin = rounding(*kernels, expected);
                REQUIRE(static_cast<double>(out.get(0, x)[c]) == Approx(expected).margin(margin));
                REQUIRE(static_cast<double>(also.get(0, x)[c]) == Approx(expected).margin(margin));
            }
        }
    }
}

TEST_CASE("network: gates scale, enlarge, add and fill parts of one value", "[vision][network]") {
    for (const auto* kernels : sets()) {
        CAPTURE(kernels->name);
        cv::RNG random(10);
        Held small(*kernels, 2, 3, 24, 0);
        Held large(*kernels, 4, 6, 24, 0);
        small.fill(random, 24);
        large.fill(random, 24);
        auto gates = numbers(random, 24);
        gates.resize(32);
        Held out(*kernels, 4, 6, 48, 1);
        run_gate(*kernels, {1, 24, 0, 2, 1}, small.picture, &gates, nullptr, out.picture);
        run_gate(
            *kernels, {0.5F, 24, 24, 1, 2}, large.picture, nullptr, &small.picture, out.picture);
        for (int y = 0; y < 4; ++y) {
            for (int x = 0; x < 6; ++x) {
                const auto got = out.get(y, x);
                for (std::size_t c = 0; c < 24; ++c) {
                    const auto low = static_cast<double>(small.get(y / 2, x / 2)[c]);
                    const auto high = static_cast<double>(large.get(y, x)[c]);
                    const auto first = low * (1 + static_cast<double>(gates[c]));
                    REQUIRE(static_cast<double>(got[c]) ==
                            Approx(first).margin(rounding(*kernels, first)));
                    REQUIRE(static_cast<double>(got[24 + c]) ==
                            Approx(high / 2 + low).margin(rounding(*kernels, high / 2 + low)));
                }
            }
        }
    }
}

TEST_CASE("network: means, norms and exponentials are those of the formula", "[vision][network]") {
    for (const auto* kernels : sets()) {
        CAPTURE(kernels->name);
        cv::RNG random(11);
        Held in(*kernels, 3, 4, 20, 1);
        in.fill(random, 20);
        const auto means = channel_means(*kernels, in.picture);
        Held small(*kernels, 1, 2, 20, 0);
        run_average(*kernels, 3, 2, in.picture, small.picture);
        for (std::size_t c = 0; c < 20; ++c) {
            double whole = 0;
            double left = 0;
            for (int y = 0; y < 3; ++y) {
                for (int x = 0; x < 4; ++x) {
                    const auto value = static_cast<double>(in.get(y, x)[c]);
                    whole += value / 12;
                    left += x < 2 ? value / 6 : 0;
                }
            }
            CHECK(static_cast<double>(means[c]) == Approx(whole).margin(1e-5));
            CHECK(static_cast<double>(small.get(0, 0)[c]) ==
                  Approx(left).margin(rounding(*kernels, left)));
        }

        const Norm norm{20, 1e-5F, numbers(random, 20), numbers(random, 20)};
        Held normed(*kernels, 3, 4, 20, 0);
        run_norm(*kernels, norm, in.picture, normed.picture);
        const auto pixel = in.get(1, 2);
        double mean = 0;
        double variance = 0;
        for (std::size_t c = 0; c < 20; ++c) {
            mean += static_cast<double>(pixel[c]) / 20;
        }
        for (std::size_t c = 0; c < 20; ++c) {
            variance += (static_cast<double>(pixel[c]) - mean) *
                        (static_cast<double>(pixel[c]) - mean) / 20;
        }
        for (std::size_t c = 0; c < 20; ++c) {
            const double expected = (static_cast<double>(pixel[c]) - mean) /
                                        std::sqrt(variance + 1e-5) *
                                        static_cast<double>(norm.gain[c]) +
                                    static_cast<double>(norm.shift[c]);
            CHECK(static_cast<double>(normed.get(1, 2)[c]) ==
                  Approx(expected).margin(rounding(*kernels, expected)));
        }

        std::vector<float> values{
            -100, -3, 0, 2, 2.5F, 1, -0.5F, 0, 1, 2, -1, -2, 0, 0, 1, 2, 0.25F};
        const auto before = values;
        double total = 0;
        const auto sum = kernels->exponentials(values.data(), static_cast<int>(values.size()));
        for (std::size_t i = 0; i < values.size(); ++i) {
            const double expected = std::exp(static_cast<double>(before[i]) - 2.5);
            CHECK(static_cast<double>(values[i]) == Approx(expected).margin(1e-6));
            total += expected;
        }
        CHECK(static_cast<double>(sum) == Approx(total).epsilon(1e-5));
    }
}

TEST_CASE("network: attention weighs values by how keys fit the query", "[vision][network]") {
    const int count = GENERATE(1, 5, 40);
    constexpr int kHeads = 2;
    constexpr int kSize = 15;
    constexpr int kWidth = kHeads * kSize;
    for (const auto* kernels : sets()) {
        CAPTURE(kernels->name, count);
        cv::RNG random(12);
        Held in(*kernels, 1, count, 3 * kWidth, 0);
        in.fill(random, 3 * kWidth);
        Held out(*kernels, 1, count, kWidth, 0);
        run_attention(*kernels, {kHeads, kSize, 0.25F}, in.picture, out.picture);
        const auto value = [&in](int token, int at) {
            return static_cast<double>(in.get(0, token)[static_cast<std::size_t>(at)]);
        };
        for (int head = 0; head < kHeads; ++head) {
            const int token = count - 1;
            std::vector<double> weights;
            double total = 0;
            for (int other = 0; other < count; ++other) {
                double score = 0;
                for (int i = 0; i < kSize; ++i) {
                    score +=
                        value(token, head * kSize + i) * value(other, kWidth + head * kSize + i);
                }
                weights.push_back(std::exp(score * 0.25));
                total += weights.back();
            }
            for (int i = 0; i < kSize; ++i) {
                double expected = 0;
                for (int other = 0; other < count; ++other) {
                    expected += weights[static_cast<std::size_t>(other)] / total *
                                value(other, 2 * kWidth + head * kSize + i);
                }
                const auto at = static_cast<std::size_t>(head * kSize + i);
                CHECK(static_cast<double>(out.get(0, token)[at]) ==
                      Approx(expected).margin(rounding(*kernels, expected)));
            }
        }
    }
}

namespace {

/// A network of one layer: 3x3 with stride 2, its weights chosen so that a channel is the mean of
/// a color and the last one all of them.
std::string small_network(const std::string& steps_instead = "") {
    std::vector<float> values(4 * 27 + 4);
    for (std::size_t c = 0; c < 3; ++c) {
        std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(c * 27 + c * 9), 9, 1.0F / 9);
    }
    std::fill_n(values.begin() + 3 * 27, 27, 1.0F / 27);
    const std::string steps =
        steps_instead.empty()
            ? R"([{"op":"conv","in":0,"out":1,"kernel":[3,3],"stride":[2,2],"pad":[1,1],)"
              R"("inputs":3,"outputs":4,"weights":0,"bias":108,"activation":"none","scale":1,)"
              R"("shift":0,"alpha":0,"beta":0}])"
            : steps_instead;
    const std::string text =
        R"({"input":{"mean":[0.5,0.4,0.3],"deviation":[0.5,0.25,1]},"values":2,"steps":)" + steps +
        R"(,"output":1,"floats":112})";
    std::string file = "chiptrail network 1\n" + std::to_string(text.size()) + "\n" + text;
    file.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    return file;
}

std::filesystem::path written(const chiptrail::tests::TempDir& folder, const std::string& bytes) {
    const auto path = folder.path() / "small.net";
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
}

}  // namespace

TEST_CASE("network: a picture is scaled, padded with its mean and run in any size",
          "[vision][network]") {
    const chiptrail::tests::TempDir folder;
    const auto path = written(folder, small_network());
    const cv::Mat picture(4, 7, CV_8UC3, cv::Scalar(255, 102, 0));
    for (const auto* kernels : sets()) {
        CAPTURE(kernels->name);
        const Network network(path, *kernels);
        NetworkMemory memory;
        for (const auto shape : {cv::Size{12, 10}, cv::Size{64, 32}, cv::Size{12, 10}}) {
            const auto result = network.run(picture, shape, memory);
            REQUIRE(result.width == shape.width / 2);
            REQUIRE(result.height == shape.height / 2);
            // (255 / 255 - 0.5) / 0.5, (102 / 255 - 0.4) / 0.25, (0 - 0.3) / 1
            const float* inside = result.at(1, 1);
            CHECK(static_cast<double>(inside[0]) == Approx(1).margin(0.01));
            CHECK(static_cast<double>(inside[1]) == Approx(0).margin(0.01));
            CHECK(static_cast<double>(inside[2]) == Approx(-0.3).margin(0.01));
            CHECK(static_cast<double>(inside[3]) == Approx(0.7 / 3).margin(0.01));
            // Four of nine pixels are there, the others have the mean colour, which is zero.
            CHECK(static_cast<double>(result.at(0, 0)[0]) == Approx(4.0 / 9).margin(0.01));
            const float* outside = result.at(result.height - 1, result.width - 1);
            CHECK(std::abs(outside[0]) < 0.01F);
        }
    }
}

TEST_CASE("network: a file that is no network is refused with the way out", "[vision][network]") {
    const chiptrail::tests::TempDir folder;
    const auto whole = small_network();
    const auto changed = [&whole](const std::string& from, const std::string& to) {
        auto text = whole;
        text.replace(text.find(from), from.size(), to);
        return text;
    };
    const std::vector<std::string> damaged{
        "",
        "x",
        whole.substr(0, whole.size() - 1),
        whole + "x",
        changed("network 1", "network 2"),
        changed("\"in\":0", "\"in\":1"),
        changed("\"in\":0", "\"in\":7"),
        changed("\"out\":1", "\"out\":0"),
        changed("\"weights\":0", "\"weights\":9"),
        changed("\"bias\":108", "\"bias\":109"),
        changed("[3,3]", "[3,9]"),
        changed("[2,2]", "[0,2]"),
        changed("[1,1]", "[3,3]"),
        changed("\"inputs\":3", "\"inputs\":4"),
        changed("none", "noun"),
        changed("conv", "conx"),
        small_network("[]"),
        small_network("{}"),
    };
    for (const auto& bytes : damaged) {
        CAPTURE(bytes.substr(0, 300));
        const auto path = written(folder, bytes);
        CHECK_THROWS_AS(Network(path), chiptrail::core::ConfigError);
        CHECK_THROWS_WITH(Network(path), Catch::Contains("setup/models.sh"));
    }
    CHECK_THROWS_AS(Network(folder.path() / "missing.net"), chiptrail::core::ConfigError);
    CHECK_NOTHROW(Network(written(folder, whole)));
}

TEST_CASE("network: a set of kernels can be asked for by its name", "[vision][network]") {
    for (const auto* kernels : sets()) {
        CHECK(kernels_named(kernels->name) == kernels);
    }
    CHECK(kernels_named("plain") != nullptr);
    CHECK(kernels_named("abacus") == nullptr);
}
