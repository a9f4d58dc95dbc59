#include "vision/fast_layers.hpp"

#include "vision/conv_kernels.hpp"

#include <catch2/catch.hpp>
#include <opencv2/dnn.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

// The reference is OpenCV's own layers, run on the same random input.

using cv::dnn::LayerParams;

namespace {

constexpr double kRounding = 1e-4;

cv::Mat random(const std::vector<int>& sizes, double low = -2, double high = 2) {
    cv::Mat out(sizes, CV_32F);
    cv::theRNG().fill(out, cv::RNG::UNIFORM, low, high);
    return out;
}

cv::Mat run(const std::string& type, LayerParams params, const std::vector<cv::Mat>& inputs) {
    chiptrail::vision::register_fast_layers();
    cv::dnn::Net net;
    params.type = type;
    params.name = "one";
    const int id = net.addLayer(params.name, params.type, params);
    std::vector<cv::String> names;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        net.connect(0, static_cast<int>(i), id, static_cast<int>(i));
        names.push_back(cv::format("in%zu", i));
    }
    net.setInputsNames(names);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        net.setInput(inputs[i], names[i]);
    }
    return net.forward().clone();
}

std::vector<int> shape(const cv::Mat& m) {
    return {m.size.p, m.size.p + m.dims};
}

double difference(const cv::Mat& a, const cv::Mat& b) {
    REQUIRE(shape(a) == shape(b));
    return cv::norm(a.reshape(1, 1), b.reshape(1, 1), cv::NORM_INF);
}

template <class Change>
cv::Mat each(cv::Mat m, Change change) {
    std::transform(m.ptr<float>(), m.ptr<float>() + m.total(), m.ptr<float>(), change);
    return m;
}

void pair_of(const char* name, int h, int w, LayerParams& params) {
    const int values[] = {h, w};
    params.set(name, cv::dnn::DictValue::arrayInt(values, 2));
}

struct ConvRow {
    int inputs, outputs, group, height, width, kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w;
};

struct Conv {
    LayerParams fast;
    LayerParams reference;
    cv::Mat input;
};

Conv conv_of(const ConvRow& row) {
    Conv conv;
    for (auto* params : {&conv.fast, &conv.reference}) {
        params->set("group", row.group);
    }
    pair_of("kernel", row.kernel_h, row.kernel_w, conv.fast);
    pair_of("stride", row.stride_h, row.stride_w, conv.fast);
    pair_of("pad", row.pad_h, row.pad_w, conv.fast);
    pair_of("kernel_size", row.kernel_h, row.kernel_w, conv.reference);
    pair_of("stride", row.stride_h, row.stride_w, conv.reference);
    const int pads[] = {row.pad_h, row.pad_w, row.pad_h, row.pad_w};
    conv.reference.set("pad", cv::dnn::DictValue::arrayInt(pads, 4));
    conv.reference.set("num_output", row.outputs);
    conv.fast.blobs = {random({row.outputs, row.inputs / row.group, row.kernel_h, row.kernel_w}),
                       random({row.outputs})};
    conv.reference.blobs = {conv.fast.blobs[0].clone(), conv.fast.blobs[1].clone()};
    conv.input = random({1, row.inputs, row.height, row.width});
    return conv;
}

}  // namespace

TEST_CASE("fast layers: a convolution gives what OpenCV's gives", "[vision][fast-layers]") {
    const auto row = GENERATE(values<ConvRow>({
        {3, 16, 1, 48, 96, 3, 3, 2, 2, 1, 1},     // first of both networks
        {3, 16, 1, 47, 95, 3, 3, 2, 2, 1, 1},     // odd sizes
        {16, 16, 16, 24, 160, 3, 3, 1, 1, 1, 1},  // depthwise
        {48, 48, 48, 60, 200, 3, 3, 2, 2, 1, 1},  // depthwise, half size
        {32, 32, 32, 24, 80, 5, 5, 1, 1, 2, 2},   // the slow ones
        {32, 32, 32, 12, 81, 5, 5, 2, 1, 2, 2},   // half height only
        {8, 8, 8, 3, 1, 5, 5, 2, 2, 2, 2},        // smaller than the kernel
        {2, 2, 2, 300, 600, 3, 3, 1, 1, 1, 1},    // several bands
        {96, 24, 1, 48, 100, 3, 3, 1, 1, 1, 1},   // dense
        {60, 13, 1, 1, 40, 1, 3, 1, 1, 0, 1},     // one row
        {480, 120, 1, 1, 1, 1, 1, 1, 1, 0, 0},    // one pixel
        {40, 7, 1, 9, 33, 1, 1, 1, 1, 0, 0},      // a tail of every kind
        {5, 5, 5, 9, 33, 1, 1, 1, 1, 0, 0},       // depthwise points
    }));
    CAPTURE(row.inputs, row.outputs, row.group, row.height, row.width, row.kernel_w, row.stride_w);
    const auto conv = conv_of(row);
    const auto got = run("ChiptrailConv", conv.fast, {conv.input});
    const auto expected = run("Convolution", conv.reference, {conv.input});
    CHECK(difference(got, expected) < kRounding * std::sqrt(row.inputs / row.group * 25.0));
}

TEST_CASE("fast layers: a convolution applies what follows it", "[vision][fast-layers]") {
    struct Row {
        const char* activation;
        float (*reference)(float);
    };
    const auto row = GENERATE(values<Row>({
        {"none", [](float x) { return x; }},
        {"relu", [](float x) { return std::max(x, 0.0F) * 1.5F - 0.25F; }},
        {"hardswish", [](float x) { return x * std::clamp(x + 3, 0.0F, 6.0F) / 6 * 1.5F - 0.25F; }},
        {"hardsigmoid",
         [](float x) { return std::clamp(0.2F * x + 0.5F, 0.0F, 1.0F) * 1.5F - 0.25F; }},
    }));
    CAPTURE(row.activation);
    auto conv = conv_of(GENERATE(values<ConvRow>(
        {{8, 10, 1, 5, 37, 3, 3, 1, 1, 1, 1}, {8, 8, 8, 5, 37, 5, 5, 1, 1, 2, 2}})));
    conv.fast.set("activation", cv::String(row.activation));
    conv.fast.set("alpha", 0.2F);
    conv.fast.set("beta", 0.5F);
    conv.fast.set("scale", 1.5F);
    conv.fast.set("shift", -0.25F);
    const auto got = run("ChiptrailConv", conv.fast, {conv.input});
    const auto expected = each(run("Convolution", conv.reference, {conv.input}), row.reference);
    CHECK(difference(got, expected) < kRounding * 10);
}

TEST_CASE("fast layers: upsampling gives what OpenCV's deconvolution gives",
          "[vision][fast-layers]") {
    struct Row {
        int inputs, outputs, height, width;
    };
    const auto row =
        GENERATE(values<Row>({{24, 24, 20, 96}, {24, 1, 7, 130}, {3, 5, 1, 1}, {6, 2, 2, 64}}));
    LayerParams fast;
    fast.blobs = {random({row.inputs, row.outputs, 2, 2}), random({row.outputs})};
    LayerParams reference;
    pair_of("kernel_size", 2, 2, reference);
    pair_of("stride", 2, 2, reference);
    reference.set("num_output", row.outputs);
    reference.blobs = {fast.blobs[0].clone(), fast.blobs[1].clone()};
    const auto input = random({1, row.inputs, row.height, row.width});
    CHECK(difference(run("ChiptrailUpsample", fast, {input}),
                     run("Deconvolution", reference, {input})) < kRounding);
}

TEST_CASE("fast layers: tokens times a matrix give what OpenCV's product gives",
          "[vision][fast-layers]") {
    struct Row {
        int tokens, inputs, columns;
    };
    const auto row = GENERATE(values<Row>({{40, 120, 360}, {12, 120, 665}, {1, 3, 1}, {7, 5, 64}}));
    const auto input = random({1, row.tokens, row.inputs});
    LayerParams fast;
    fast.blobs = {random({row.inputs, row.columns}), random({row.columns})};
    const cv::Mat rows(row.tokens, row.inputs, CV_32F, const_cast<float*>(input.ptr<float>()));
    cv::Mat expected =
        rows * fast.blobs[0] + cv::repeat(fast.blobs[1].reshape(1, 1), row.tokens, 1);
    const auto got = run("ChiptrailMatMul", fast, {input});
    CHECK(shape(got) == std::vector<int>{1, row.tokens, row.columns});
    CHECK(cv::norm(got.reshape(1, row.tokens), expected, cv::NORM_INF) < kRounding);
}

TEST_CASE("fast layers: a gate scales channels and adds the enlarged map",
          "[vision][fast-layers]") {
    const auto x = random({1, 3, 4, 6});
    const auto gate = random({1, 3, 1, 1});
    const auto y = random({1, 3, 2, 3});
    const bool with_map = GENERATE(false, true);
    LayerParams params;
    params.set("base", 1.0F);
    const auto got =
        run("ChiptrailGate",
            params,
            with_map ? std::vector<cv::Mat>{x, gate, y} : std::vector<cv::Mat>{x, gate});
    REQUIRE(shape(got) == shape(x));
    for (int i = 0; i < 3 * 4 * 6; ++i) {
        const int at[] = {0, i / 24, i % 24 / 6, i % 6};
        const int half[] = {0, at[1], at[2] / 2, at[3] / 2};
        const float added = with_map ? y.at<float>(half) : 0;
        const float expected = x.at<float>(at) * (1 + gate.ptr<float>()[at[1]]) + added;
        CHECK(got.at<float>(at) == Approx(expected).margin(kRounding));
    }
}

TEST_CASE("fast layers: every instruction set of this processor computes the same",
          "[vision][fast-layers]") {
    using namespace chiptrail::vision::planar;  // NOLINT(google-build-using-namespace)
    const auto pixels = GENERATE(1, 15, 16, 17, 31, 33, 47, 48, 63, 64);
    constexpr int kTerms = 37;
    constexpr int kChannels = 8;
    const auto weights = random({2 * kChannelBlock * kTerms});
    const auto bias = random({2 * kChannelBlock});
    const auto input = random({kTerms, kTilePixels + kSlack});
    std::vector<const float*> rows;
    for (int k = 0; k < kTerms; ++k) {
        rows.push_back(input.ptr<float>(k));
    }
    const Finish finish{Activation::hard_swish, 0, 0, 0.5F, 0.125F};
    for (const auto* const* set = usable_kernels(); *set != nullptr; ++set) {
        CAPTURE((*set)->name, pixels);
        cv::Mat out(kChannels, kTilePixels, CV_32F, cv::Scalar(-77));
        (*set)->dense({weights.ptr<float>(),
                       bias.ptr<float>(),
                       rows.data(),
                       kTerms,
                       kChannels,
                       pixels,
                       out.ptr<float>(),
                       kTilePixels,
                       &finish});
        cv::Mat line(1, kTilePixels, CV_32F, cv::Scalar(-77));
        (*set)->depthwise(
            {weights.ptr<float>(), 0.5F, rows.data(), kTerms, pixels, line.ptr<float>(), &finish});
        const auto finished = [](double sum) {
            return sum * std::clamp(sum + 3, 0.0, 6.0) / 6 * 0.5 + 0.125;
        };
        for (int x = 0; x < kTilePixels; ++x) {
            for (int c = 0; c < kChannels; ++c) {
                double sum = bias.ptr<float>()[c];
                for (int k = 0; k < kTerms; ++k) {
                    const int place = (c / kChannelBlock * kTerms + k) * kChannelBlock;
                    sum += static_cast<double>(weights.ptr<float>()[place + c % kChannelBlock]) *
                           static_cast<double>(input.at<float>(k, x));
                }
                const double expected = x < pixels ? finished(sum) : -77;
                REQUIRE(static_cast<double>(out.at<float>(c, x)) ==
                        Approx(expected).margin(kRounding));
            }
            double sum = 0.5;
            for (int k = 0; k < kTerms; ++k) {
                sum += static_cast<double>(weights.ptr<float>()[k]) *
                       static_cast<double>(input.at<float>(k, x));
            }
            REQUIRE(static_cast<double>(line.at<float>(0, x)) ==
                    Approx(x < pixels ? finished(sum) : -77).margin(kRounding));
        }
    }
}
