#include "vision/line_recogniser.hpp"

#include "core/result.hpp"
#include "vision/network.hpp"

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <map>
#include <mutex>
#include <numeric>
#include <utility>

namespace chiptrail::vision {

namespace {

constexpr int kHeight = 48;
constexpr std::array kWidths{96, 160, 240, 320, 480, 640, 960};
constexpr float kEverLikely = 0.003F;

struct Key {
    std::string text;
    char32_t code = 0;
};

char32_t first_code_point(const std::string& text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80) {
        return lead;
    }
    const std::size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t code = lead & (0x7FU >> size);
    for (std::size_t i = 1; i < size && i < text.size(); ++i) {
        code = (code << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
    }
    return code;
}

/// Index 0 is CTC's blank, the last one a space that the file does not list.
std::vector<Key> read_keys(const std::filesystem::path& path) {
    std::vector<Key> keys{{"", 0}};
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (!line.empty()) {
            keys.push_back({line, first_code_point(line)});
        }
    }
    if (keys.size() < 2) {
        throw core::ConfigError(
            fmt::format("{} is missing or empty. Run setup/models.sh again.", path.string()));
    }
    keys.push_back({" ", U' '});
    return keys;
}

int fitting_width(double aspect) {
    const auto wanted = aspect * kHeight;
    const auto* found = std::find_if(
        kWidths.begin(), kWidths.end() - 1, [wanted](int width) { return width >= wanted; });
    return *found;
}

cv::Mat to_line(const cv::Mat& crop, int width) {
    const auto natural =
        static_cast<int>(std::ceil(kHeight * static_cast<double>(crop.cols) / crop.rows));
    cv::Mat line;
    cv::resize(crop,
               line,
               {std::clamp(natural, 1, width), kHeight},
               0,
               0,
               crop.rows > kHeight ? cv::INTER_AREA : cv::INTER_CUBIC);
    return line;
}

/// Probabilities, steps x symbols, in the memory of `result`.
cv::Mat to_matrix(const NetworkResult& result, std::size_t symbols) {
    const auto count = std::min(static_cast<int>(symbols), result.channels);
    for (int step = 0; step < result.width; ++step) {
        auto* row = result.at(0, step);
        const float factor = 1 / best_kernels().exponentials(row, count);
        std::transform(row, row + count, row, [factor](float v) { return v * factor; });
    }
    return {result.width, count, CV_32F, result.values, result.step * sizeof(float)};
}

/// The steps that lie on the crop and not on what fills it up to `width`: a step's place among
/// them is then its place on the line.
cv::Mat without_padding(const cv::Mat& matrix, const cv::Mat& crop, int width) {
    const double natural = kHeight * static_cast<double>(crop.cols) / crop.rows;
    const auto used = static_cast<int>(std::ceil(matrix.rows * std::min(natural / width, 1.0)));
    return matrix.rowRange(0, std::clamp(used, 1, matrix.rows));
}

std::vector<std::size_t> best_symbols(const cv::Mat& matrix) {
    std::vector<std::size_t> best;
    for (int step = 0; step < matrix.rows; ++step) {
        const auto* row = matrix.ptr<float>(step);
        best.push_back(static_cast<std::size_t>(std::max_element(row, row + matrix.cols) - row));
    }
    return best;
}

}  // namespace

struct LineRecogniser::State {
    Network network;
    std::vector<Key> keys;
    std::vector<std::size_t> ascii;  ///< keys that LineScores always holds
    std::mutex mutex;
    std::vector<NetworkMemory> idle;  ///< one a thread that has read

    NetworkMemory take() {
        const std::scoped_lock lock(mutex);
        if (idle.empty()) {
            return {};
        }
        auto memory = std::move(idle.back());
        idle.pop_back();
        return memory;
    }

    void give_back(NetworkMemory memory) {
        const std::scoped_lock lock(mutex);
        idle.push_back(std::move(memory));
    }

    explicit State(const std::filesystem::path& models)
        : network(models / "recognise.net"), keys(read_keys(models / "keys.txt")) {}

    [[nodiscard]] Line decode(const cv::Mat& matrix) const;
    [[nodiscard]] std::shared_ptr<const LineScores> scores(
        const cv::Mat& matrix, const std::vector<std::size_t>& best) const;
};

Line LineRecogniser::State::decode(const cv::Mat& matrix) const {
    Line line;
    const auto best = best_symbols(matrix);
    std::size_t previous = 0;
    for (int step = 0; step < matrix.rows; ++step) {
        const auto symbol = best[static_cast<std::size_t>(step)];
        const auto probability =
            static_cast<double>(matrix.at<float>(step, static_cast<int>(symbol)));
        if (symbol != 0 && symbol == previous) {
            line.characters.back() = std::max(line.characters.back(), probability);
        } else if (symbol != 0 && symbol < keys.size()) {
            line.text += keys[symbol].text;
            line.characters.push_back(probability);
        }
        previous = symbol < keys.size() ? symbol : 0;
    }
    if (!line.characters.empty()) {
        line.confidence = std::accumulate(line.characters.begin(), line.characters.end(), 0.0) /
                          static_cast<double>(line.characters.size());
        line.scores = scores(matrix, best);
    }
    return line;
}

std::shared_ptr<const LineScores> LineRecogniser::State::scores(
    const cv::Mat& matrix, const std::vector<std::size_t>& best) const {
    std::map<char32_t, int> kept;
    for (const auto index : ascii) {
        kept.emplace(keys[index].code, static_cast<int>(index));
    }
    const auto usable = std::min(matrix.cols, static_cast<int>(keys.size()));
    for (int step = 0; step < matrix.rows; ++step) {
        const auto* row = matrix.ptr<float>(step);
        for (int symbol = 1; symbol < usable; ++symbol) {
            if (row[symbol] > kEverLikely) {
                kept.emplace(keys[static_cast<std::size_t>(symbol)].code, symbol);
            }
        }
    }
    std::vector<char32_t> alphabet;
    std::vector<float> values;
    for (const auto& [code, symbol] : kept) {
        alphabet.push_back(code);
    }
    for (int step = 0; step < matrix.rows; ++step) {
        const auto* row = matrix.ptr<float>(step);
        const auto top = std::max(row[best[static_cast<std::size_t>(step)]], 1e-9F);
        const auto relative = [&](int symbol) {
            return std::log(std::max(row[symbol], 1e-9F) / top);
        };
        values.push_back(relative(0));
        for (const auto& [code, symbol] : kept) {
            values.push_back(relative(symbol));
        }
    }
    return std::make_shared<const LineScores>(std::move(alphabet), std::move(values));
}

LineRecogniser::LineRecogniser(const std::filesystem::path& models)
    : state_(std::make_unique<State>(models)) {
    for (std::size_t i = 1; i < state_->keys.size(); ++i) {
        if (state_->keys[i].code >= U' ' && state_->keys[i].code <= U'~') {
            state_->ascii.push_back(i);
        }
    }
}
LineRecogniser::~LineRecogniser() = default;
LineRecogniser::LineRecogniser(LineRecogniser&&) noexcept = default;
LineRecogniser& LineRecogniser::operator=(LineRecogniser&&) noexcept = default;

Line LineRecogniser::read(const cv::Mat& crop) {
    const auto width = fitting_width(static_cast<double>(crop.cols) / crop.rows);
    auto memory = state_->take();
    const auto result = state_->network.run(to_line(crop, width), {width, kHeight}, memory);
    auto line =
        state_->decode(without_padding(to_matrix(result, state_->keys.size()), crop, width));
    state_->give_back(std::move(memory));
    return line;
}

int LineRecogniser::work_width(double aspect) {
    return fitting_width(aspect);
}

}  // namespace chiptrail::vision
