#include "vision/mark_proposals.hpp"

#include "vision/network.hpp"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace chiptrail::vision {

namespace {

// As in training/networks.py.
constexpr int kStride = 8;
constexpr double kUnit = 16;

constexpr double kMaxEnlarged = 2;
constexpr int kMinLevelSide = 24;
constexpr float kMinLogit = -3.2F;      // 4 %
constexpr std::size_t kMaxPeaks = 400;  // of one level
constexpr double kSameOverlap = 0.45;
constexpr double kLargestLine = 0.3;  // of the photo's longer side

struct Proposal {
    cv::Rect2d box;
    float logit = 0;
};

double shared_part(const cv::Rect2d& a, const cv::Rect2d& b) {
    const double both = (a & b).area();
    return both / (a.area() + b.area() - both);
}

/// Whether a cell is the highest of its neighbourhood.
bool is_peak(const NetworkResult& map, int row, int column) {
    const float here = *map.at(row, column);
    for (int y = std::max(0, row - 1); y <= std::min(map.height - 1, row + 1); ++y) {
        for (int x = std::max(0, column - 1); x <= std::min(map.width - 1, column + 1); ++x) {
            if (*map.at(y, x) > here) {
                return false;
            }
        }
    }
    return true;
}

cv::Rect2d box_at(const NetworkResult& map, int row, int column, double scale) {
    const auto value = [cell = map.at(row, column)](int channel) {
        return static_cast<double>(std::clamp(cell[channel], -4.F, 4.F));
    };
    const double x = (column + 0.5 + value(1)) * kStride;
    const double y = (row + 0.5 + value(2)) * kStride;
    const double width = kUnit * std::exp(std::min(value(3), 1.6));
    const double height = kUnit * std::exp(std::min(value(4), 1.6));
    return {(x - width / 2) / scale, (y - height / 2) / scale, width / scale, height / scale};
}

std::vector<Proposal> read_map(const NetworkResult& map, double scale) {
    std::vector<Proposal> found;
    for (int row = 0; row < map.height; ++row) {
        for (int column = 0; column < map.width; ++column) {
            const float logit = *map.at(row, column);
            if (logit >= kMinLogit && is_peak(map, row, column)) {
                found.push_back({box_at(map, row, column, scale), logit});
            }
        }
    }
    if (found.size() > kMaxPeaks) {
        std::nth_element(found.begin(),
                         found.begin() + kMaxPeaks,
                         found.end(),
                         [](const auto& a, const auto& b) { return a.logit > b.logit; });
        found.resize(kMaxPeaks);
    }
    return found;
}

/// To whole strides, because the network halves three times.
cv::Mat padded(const cv::Mat& level) {
    const auto rest = [](int side) { return (kStride - side % kStride) % kStride; };
    cv::Mat even;
    cv::copyMakeBorder(level, even, 0, rest(level.rows), 0, rest(level.cols), cv::BORDER_REPLICATE);
    return even;
}

core::Box whole(const cv::Rect2d& box) {
    return {static_cast<int>(std::lround(box.x)),
            static_cast<int>(std::lround(box.y)),
            std::max(1, static_cast<int>(std::lround(box.width))),
            std::max(1, static_cast<int>(std::lround(box.height)))};
}

}  // namespace

struct MarkProposer::State {
    Network network;
    NetworkMemory memory;
};

MarkProposer::MarkProposer(const std::filesystem::path& models)
    : state_(std::make_unique<State>(State{Network(models / "marks" / "propose.net"), {}})) {}
MarkProposer::~MarkProposer() = default;
MarkProposer::MarkProposer(MarkProposer&&) noexcept = default;
MarkProposer& MarkProposer::operator=(MarkProposer&&) noexcept = default;

std::vector<core::Box> MarkProposer::propose(const cv::Mat& picture,
                                             double megapixels,
                                             std::size_t count) {
    std::vector<Proposal> all;
    const double area = static_cast<double>(picture.cols) * picture.rows;
    double scale = std::min(kMaxEnlarged, std::sqrt(megapixels * 1e6 / std::max(1.0, area)));
    for (cv::Mat level;; scale /= 2) {
        const cv::Size size(static_cast<int>(picture.cols * scale),
                            static_cast<int>(picture.rows * scale));
        if (std::max(size.width, size.height) < kMinLevelSide ||
            std::min(size.width, size.height) < kStride) {
            break;
        }
        // Each level from the one before: shrinking the whole photo anew costs more than the
        // network.
        cv::resize(level.empty() ? picture : level,
                   level,
                   size,
                   0,
                   0,
                   !level.empty() || scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
        const auto whole_strides = padded(level);
        const auto found = read_map(
            state_->network.run(whole_strides, whole_strides.size(), state_->memory), scale);
        all.insert(all.end(), found.begin(), found.end());
    }
    std::stable_sort(
        all.begin(), all.end(), [](const auto& a, const auto& b) { return a.logit > b.logit; });
    std::vector<cv::Rect2d> kept;
    for (const auto& proposal : all) {
        if (kept.size() == count) {
            break;
        }
        const bool taken = std::any_of(kept.begin(), kept.end(), [&](const auto& other) {
            return shared_part(other, proposal.box) > kSameOverlap;
        });
        if (!taken) {
            kept.push_back(proposal.box);
        }
    }
    std::vector<core::Box> boxes;
    std::transform(kept.begin(), kept.end(), std::back_inserter(boxes), whole);
    return boxes;
}

std::vector<core::Box> places_of_readings(const std::vector<Reading>& readings,
                                          const cv::Size& size,
                                          double factor,
                                          std::size_t count) {
    std::vector<core::Box> places;
    for (const auto& reading : readings) {
        if (places.size() + 2 > count) {
            break;
        }
        const auto [left, right] = std::minmax_element(
            reading.quad.begin(), reading.quad.end(), [](auto a, auto b) { return a.x < b.x; });
        const auto [top, bottom] = std::minmax_element(
            reading.quad.begin(), reading.quad.end(), [](auto a, auto b) { return a.y < b.y; });
        const cv::Rect2d box = cv::Rect2d(left->x / factor,
                                          top->y / factor,
                                          (right->x - left->x) / factor,
                                          (bottom->y - top->y) / factor) &
                               cv::Rect2d(0, 0, size.width, size.height);
        const double longer = std::max(box.width, box.height);
        const double shorter = std::min(box.width, box.height);
        const bool sure = reading.confidence >= 0.9 && reading.text.size() > 4;
        // Letters as large as a photo are a headline, and a disc around them is the photo itself.
        const bool too_large = longer > kLargestLine * std::max(size.width, size.height);
        if (sure || too_large || shorter < 6 || longer > 4.5 * shorter) {
            continue;
        }
        places.push_back(whole(box));
        // A disc or a sticker around the letters.
        const double side = longer * 1.5;
        places.push_back(whole(
            {box.x + box.width / 2 - side / 2, box.y + box.height / 2 - side / 2, side, side}));
    }
    return places;
}

}  // namespace chiptrail::vision
