#include "vision/pdq.hpp"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstdlib>
#include <vector>

namespace chiptrail::vision {

namespace {

constexpr int kSmall = 64;        // The picture is brought to 64x64 …
constexpr int kFrequencies = 16;  // … of which the lowest 16x16 frequencies count,
constexpr int kPasses = 2;        // after two box filters each way: a tent (Jarosz).
constexpr int kSmallestSide = 5;
constexpr int kLargestSide = 512;

using Frequencies = std::array<float, std::size_t{kFrequencies} * kFrequencies>;

/// Luma as floats: rounding it to bytes first would change bits of the hash.
cv::Mat luma_of(const cv::Mat& pixels) {
    cv::Mat luma(pixels.rows, pixels.cols, CV_32FC1);
    for (int y = 0; y < pixels.rows; ++y) {
        const auto* in = pixels.ptr<unsigned char>(y);
        auto* out = luma.ptr<float>(y);
        for (int x = 0; x < pixels.cols; ++x) {
            if (pixels.channels() == 1) {
                out[x] = in[x];
            } else {
                const auto* bgr = in + std::ptrdiff_t{3} * x;
                out[x] = 0.299F * static_cast<float>(bgr[2]) + 0.587F * static_cast<float>(bgr[1]) +
                         0.114F * static_cast<float>(bgr[0]);
            }
        }
    }
    return luma;
}

/// Half a block of the 64x64 a pass, rounded up.
int window_for(int side) {
    return (side + 2 * kSmall - 1) / (2 * kSmall);
}

/// Mean over a sliding window of rows; at the borders over what lies inside. A window of even
/// size reaches one farther ahead. Whole rows at a time: columns one by one would miss the cache.
// The sum runs on in floats, as the published hashes were made, so that their bits come out.
cv::Mat box_over_rows(const cv::Mat& in, int window) {
    const int ahead = window / 2;
    const int behind = window - ahead - 1;
    const auto width = static_cast<std::size_t>(in.cols);
    cv::Mat out(in.rows, in.cols, CV_32FC1);
    std::vector<float> sum(width, 0.0F);
    const auto add = [&](int row) {
        const auto* values = in.ptr<float>(row);
        for (std::size_t x = 0; x < width; ++x) {
            sum[x] += values[x];
        }
    };
    for (int row = 0; row < std::min(ahead, in.rows); ++row) {
        add(row);
    }
    for (int row = 0; row < in.rows; ++row) {
        if (row + ahead < in.rows) {
            add(row + ahead);
        }
        if (row - behind > 0) {
            const auto* gone = in.ptr<float>(row - behind - 1);
            for (std::size_t x = 0; x < width; ++x) {
                sum[x] -= gone[x];
            }
        }
        const int last = std::min(row + ahead, in.rows - 1);
        const int first = std::max(row - behind, 0);
        const auto count = static_cast<float>(last - first + 1);
        auto* values = out.ptr<float>(row);
        for (std::size_t x = 0; x < width; ++x) {
            values[x] = sum[x] / count;
        }
    }
    return out;
}

cv::Mat box_over_columns(const cv::Mat& in, int window) {
    cv::Mat turned;
    cv::transpose(in, turned);
    turned = box_over_rows(turned, window);
    cv::transpose(turned, turned);
    return turned;
}

cv::Mat small_luma(const cv::Mat& pixels) {
    auto luma = luma_of(pixels);
    if (luma.rows == kSmall && luma.cols == kSmall) {
        return luma;
    }
    for (int pass = 0; pass < kPasses; ++pass) {
        luma = box_over_columns(luma, window_for(luma.cols));
        luma = box_over_rows(luma, window_for(luma.rows));
    }
    cv::Mat small(kSmall, kSmall, CV_32FC1);
    for (int y = 0; y < kSmall; ++y) {
        for (int x = 0; x < kSmall; ++x) {
            small.at<float>(y, x) =
                luma.at<float>(static_cast<int>((y + 0.5) * luma.rows / kSmall),
                               static_cast<int>((x + 0.5) * luma.cols / kSmall));
        }
    }
    return small;
}

/// Sum of the steps between neighbours, in whole percent of the range so that noise is no detail.
int quality_of(const cv::Mat& small) {
    constexpr int kScale = 90;
    const auto step = [](float a, float b) {
        return std::abs(static_cast<int>((a - b) * 100 / 255));
    };
    int sum = 0;
    for (int y = 0; y < kSmall; ++y) {
        for (int x = 0; x < kSmall; ++x) {
            const auto here = small.at<float>(y, x);
            sum += y + 1 < kSmall ? step(here, small.at<float>(y + 1, x)) : 0;
            sum += x + 1 < kSmall ? step(here, small.at<float>(y, x + 1)) : 0;
        }
    }
    return std::min(sum / kScale, 100);
}

/// Row n: the cosine of frequency n + 1, so without the mean.
cv::Mat make_cosines() {
    cv::Mat cosines(kFrequencies, kSmall, CV_32FC1);
    const auto scale = static_cast<float>(std::sqrt(2.0 / kSmall));
    for (int n = 0; n < kFrequencies; ++n) {
        for (int x = 0; x < kSmall; ++x) {
            cosines.at<float>(n, x) =
                static_cast<float>(scale * std::cos(CV_PI / 2 / kSmall * (n + 1) * (2 * x + 1)));
        }
    }
    return cosines;
}

Frequencies frequencies_of(const cv::Mat& small) {
    static const cv::Mat cosines = make_cosines();
    cv::Mat columns = cv::Mat::zeros(kFrequencies, kSmall, CV_32FC1);
    for (int n = 0; n < kFrequencies; ++n) {
        for (int y = 0; y < kSmall; ++y) {
            for (int x = 0; x < kSmall; ++x) {
                columns.at<float>(n, x) += cosines.at<float>(n, y) * small.at<float>(y, x);
            }
        }
    }
    Frequencies result{};
    for (int n = 0; n < kFrequencies; ++n) {
        for (int m = 0; m < kFrequencies; ++m) {
            float sum = 0;
            for (int x = 0; x < kSmall; ++x) {
                sum += columns.at<float>(n, x) * cosines.at<float>(m, x);
            }
            result.at(static_cast<std::size_t>(n * kFrequencies + m)) = sum;
        }
    }
    return result;
}

core::PdqHash bits_of(const Frequencies& frequencies) {
    auto sorted = frequencies;
    // Of an even number of values the lower of the two in the middle.
    auto* const middle = sorted.begin() + sorted.size() / 2 - 1;
    std::nth_element(sorted.begin(), middle, sorted.end());
    const auto median = *middle;
    core::PdqHash hash;
    for (std::size_t bit = 0; bit < frequencies.size(); ++bit) {
        if (frequencies.at(bit) > median) {
            hash.words.at(bit / 64) |= std::uint64_t{1} << (bit % 64);
        }
    }
    return hash;
}

}  // namespace

core::Pdq pdq_full_size(const cv::Mat& pixels) {
    assert(pixels.type() == CV_8UC3 || pixels.type() == CV_8UC1);
    if (pixels.rows < kSmallestSide || pixels.cols < kSmallestSide) {
        return {};
    }
    const auto small = small_luma(pixels);
    return {bits_of(frequencies_of(small)), quality_of(small)};
}

core::Pdq pdq(const cv::Mat& pixels) {
    if (pixels.rows <= kLargestSide && pixels.cols <= kLargestSide) {
        return pdq_full_size(pixels);
    }
    cv::Mat reduced;
    cv::resize(pixels, reduced, {kLargestSide, kLargestSide}, 0, 0, cv::INTER_AREA);
    return pdq_full_size(reduced);
}

}  // namespace chiptrail::vision
