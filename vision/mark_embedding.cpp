#include "vision/mark_embedding.hpp"

#include "core/result.hpp"
#include "vision/network.hpp"
#include "vision/text_reader.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <opencv2/core/utility.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <utility>

namespace chiptrail::vision {

namespace {

namespace fs = std::filesystem;

// As in training/scenes.py: side of the input and of what it shows, in longer sides of the mark.
constexpr int kLook = 48;
constexpr double kLookSpan = 1.35;
constexpr int kMaxSide = 100'000;  // of a box: beyond it a crop means nothing

/// What training wrote about the network's outputs.
struct Card {
    std::vector<std::string> marks;
    std::vector<std::string> brands;
    std::size_t others = 0;
    std::size_t nothing = 0;
    double scale = 1;

    [[nodiscard]] std::size_t outputs() const {
        return kMarkEmbeddingSize + 4 + marks.size() + others + nothing;
    }
};

[[noreturn]] void refuse(const fs::path& file, std::string_view what) {
    throw core::ConfigError(fmt::format(
        "{} {}. Run setup/models.sh again (./run and ./test do it for you).", file.string(), what));
}

Card read_card(const fs::path& file) {
    std::ifstream stream(file);
    if (!stream) {
        refuse(file, "is missing");
    }
    const auto json = nlohmann::json::parse(stream, nullptr, false);
    try {
        Card card;
        card.marks = json.at("marks").get<std::vector<std::string>>();
        card.others = json.at("others").get<std::size_t>();
        card.nothing = json.at("nothing").get<std::size_t>();
        card.scale = json.at("scale").get<double>();
        for (const auto& mark : card.marks) {
            card.brands.push_back(mark.substr(0, mark.find('/')));
        }
        if (json.at("embedding").get<std::size_t>() == kMarkEmbeddingSize) {
            return card;
        }
    } catch (const nlohmann::json::exception&) {
        // Told below: what the parser says helps nobody who has to run set-up again.
    }
    refuse(file, "is damaged");
}

/// The square around a box that the network looks at.
cv::Mat crop_for_look(const cv::Mat& picture, const core::Box& box) {
    const double side = std::max(box.width, box.height) * kLookSpan;
    const double left = box.x + box.width / 2.0 - side / 2;
    const double top = box.y + box.height / 2.0 - side / 2;
    const double scale = kLook / side;
    cv::Mat crop;
    if (scale >= 0.75) {
        // Pixel centres: warpAffine takes them at whole numbers.
        const double shift = 0.5 * scale - 0.5;
        const cv::Matx23d map(scale, 0, -left * scale + shift, 0, scale, -top * scale + shift);
        cv::warpAffine(picture, crop, map, {kLook, kLook}, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
        return crop;
    }
    const int x0 = static_cast<int>(std::floor(left));
    const int y0 = static_cast<int>(std::floor(top));
    const int x1 = static_cast<int>(std::ceil(left + side));
    const int y1 = static_cast<int>(std::ceil(top + side));
    const cv::Rect inside =
        cv::Rect(x0, y0, x1 - x0, y1 - y0) & cv::Rect(0, 0, picture.cols, picture.rows);
    if (inside.empty()) {
        return {};
    }
    // Shrunk before the edge is repeated: a box far larger than the picture must not cost memory.
    const double across = static_cast<double>(kLook) / (x1 - x0);
    const double down = static_cast<double>(kLook) / (y1 - y0);
    const auto pixels = [](double length) {
        return std::clamp(static_cast<int>(std::lround(length)), 1, kLook);
    };
    cv::resize(picture(inside),
               crop,
               {pixels(inside.width * across), pixels(inside.height * down)},
               0,
               0,
               cv::INTER_AREA);
    const int before = std::min(pixels((inside.x - x0) * across + 0.5) - 1, kLook - crop.cols);
    const int above = std::min(pixels((inside.y - y0) * down + 0.5) - 1, kLook - crop.rows);
    cv::copyMakeBorder(crop,
                       crop,
                       above,
                       kLook - crop.rows - above,
                       before,
                       kLook - crop.cols - before,
                       cv::BORDER_REPLICATE);
    return crop;
}

/// The factors that turn products into cosines, softmax and turn into a look.
MarkLook read_look(const float* products, const Card& card) {
    MarkLook look;
    double square = 0;
    for (std::size_t i = 0; i < kMarkEmbeddingSize; ++i) {
        square += static_cast<double>(products[i]) * static_cast<double>(products[i]);
    }
    const double length = std::sqrt(square);
    if (!(length > 1e-6) || !std::isfinite(length)) {
        return look;
    }
    for (std::size_t i = 0; i < kMarkEmbeddingSize; ++i) {
        look.embedding[i] = static_cast<float>(static_cast<double>(products[i]) / length);
    }
    const float* turns = products + kMarkEmbeddingSize;
    look.quarter_turns = static_cast<int>(std::max_element(turns, turns + 4) - turns);

    const float* cosines = turns + 4;
    const std::size_t icons = card.marks.size() + card.others;
    double total = 0;
    double best = 0;
    std::size_t which = 0;
    for (std::size_t i = 0; i < icons + card.nothing; ++i) {
        const double cosine = static_cast<double>(cosines[i]) / length;
        const double share = std::exp((cosine - 1) * card.scale);
        total += share;
        if (i < card.marks.size() && share > best) {
            best = share;
            which = i;
        }
        if (i >= icons) {
            look.nothing = std::max(look.nothing, cosine);
        }
    }
    look.guess = {card.marks[which], card.brands[which], best / total};
    return look;
}

}  // namespace

double similarity(const MarkEmbedding& one, const MarkEmbedding& other) {
    double sum = 0;
    for (std::size_t i = 0; i < kMarkEmbeddingSize; ++i) {
        sum += static_cast<double>(one[i]) * static_cast<double>(other[i]);
    }
    return sum;
}

struct MarkEmbedder::State {
    Card card;
    Network network;
    std::vector<NetworkMemory> memories;  ///< one a thread

    void fit_memories(std::size_t threads) {
        while (memories.size() < threads) {
            memories.emplace_back();
        }
    }
    /// A pixel of `card.outputs()` numbers, in `memory`.
    [[nodiscard]] NetworkResult run(const cv::Mat& crop, NetworkMemory& memory) const {
        return network.run(crop, {kLook, kLook}, memory);
    }
    [[nodiscard]] MarkLook look(const cv::Mat& picture,
                                const core::Box& box,
                                NetworkMemory& memory) const;
};

MarkLook MarkEmbedder::State::look(const cv::Mat& picture,
                                   const core::Box& box,
                                   NetworkMemory& memory) const {
    const bool usable = !picture.empty() && picture.type() == CV_8UC3 && box.width > 0 &&
                        box.height > 0 && std::max(box.width, box.height) <= kMaxSide &&
                        std::abs(box.x) <= kMaxSide && std::abs(box.y) <= kMaxSide;
    const auto crop = usable ? crop_for_look(picture, box) : cv::Mat();
    return crop.empty() ? MarkLook() : read_look(run(crop, memory).at(0, 0), card);
}

MarkEmbedder::MarkEmbedder(const fs::path& models) {
    const auto folder = (models.empty() ? default_model_folder() : models) / "marks";
    auto card = read_card(folder / "marks.json");
    const auto file = folder / "look.net";
    Network network(file);
    state_ = std::make_unique<State>(State{std::move(card), std::move(network), {}});
    state_->fit_memories(1);
    try {
        const auto products =
            state_->run(cv::Mat::zeros(kLook, kLook, CV_8UC3), state_->memories.front());
        const auto outputs = padded_channels(static_cast<int>(state_->card.outputs()));
        if (products.height == 1 && products.width == 1 && products.channels == outputs) {
            return;
        }
    } catch (const cv::Exception&) {
        // Told below.
    }
    refuse(file, "does not fit marks.json");
}

MarkEmbedder::~MarkEmbedder() = default;
MarkEmbedder::MarkEmbedder(MarkEmbedder&&) noexcept = default;
MarkEmbedder& MarkEmbedder::operator=(MarkEmbedder&&) noexcept = default;

std::vector<MarkLook> MarkEmbedder::look(const cv::Mat& picture,
                                         const std::vector<core::Box>& boxes) {
    std::vector<MarkLook> looks(boxes.size());
    const int threads =
        std::clamp(cv::getNumThreads(), 1, std::max(1, static_cast<int>(boxes.size())));
    state_->fit_memories(static_cast<std::size_t>(threads));
    std::atomic<std::size_t> next = 0;
    const auto work = [&](const cv::Range& range) {
        auto& memory = state_->memories[static_cast<std::size_t>(range.start)];
        for (auto i = next++; i < boxes.size(); i = next++) {
            looks[i] = state_->look(picture, boxes[i], memory);
        }
    };
    cv::parallel_for_(cv::Range(0, threads), work, threads);
    return looks;
}

std::vector<MarkEmbedding> MarkEmbedder::reference_views(const std::vector<cv::Mat>& pictures) {
    std::vector<MarkEmbedding> views;
    for (const auto& picture : pictures) {
        if (picture.empty() || picture.type() != CV_8UC3) {
            continue;
        }
        std::vector<cv::Mat> copies{picture};
        for (const int turn :
             {cv::ROTATE_90_CLOCKWISE, cv::ROTATE_180, cv::ROTATE_90_COUNTERCLOCKWISE}) {
            copies.emplace_back();
            cv::rotate(picture, copies.back(), turn);
        }
        const double small = 20.0 / std::max(picture.cols, picture.rows);
        if (small < 0.7) {
            copies.emplace_back();
            cv::resize(picture,
                       copies.back(),
                       {std::max(1, static_cast<int>(picture.cols * small)),
                        std::max(1, static_cast<int>(picture.rows * small))},
                       0,
                       0,
                       cv::INTER_AREA);
        }
        cv::Mat grey;
        cv::cvtColor(picture, grey, cv::COLOR_BGR2GRAY);
        copies.emplace_back();
        cv::cvtColor(grey, copies.back(), cv::COLOR_GRAY2BGR);
        copies.push_back(255 - picture);
        for (const auto& copy : copies) {
            const auto looks = look(copy, {core::Box{0, 0, copy.cols, copy.rows}});
            views.push_back(looks.front().embedding);
        }
    }
    return views;
}

std::vector<std::string> MarkEmbedder::references() const {
    return state_->card.marks;
}

fs::path reference_picture(const fs::path& models, std::string_view reference) {
    const auto slash = reference.find('/');
    if (slash == std::string_view::npos || reference.find("..") != std::string_view::npos) {
        return {};
    }
    std::string name(reference);
    name[slash] = '-';
    if (name.find('/') != std::string::npos) {
        return {};
    }
    const auto file = (models.empty() ? default_model_folder() : models) / "marks" / "references" /
                      (name + ".png");
    std::error_code ignored;
    return fs::is_regular_file(file, ignored) ? file : fs::path();
}

}  // namespace chiptrail::vision
