#include "vision/letter_rows.hpp"

#include <opencv2/core/utility.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>

namespace chiptrail::vision {

namespace {

constexpr double kMostPixels = 2.2e6;  // more is shrunk: marks of a large photo are large
constexpr int kLeastHeight = 9;
constexpr int kMostHeight = 140;
constexpr double kOverGround = 22;  // of a letter's brightness over what is around it
constexpr std::size_t kMostBlobs = 6000;
constexpr std::size_t kFewestLetters = 3;
constexpr std::size_t kMostLetters = 14;

/// A blob in the frame of its row: `along` the line of text, `across` it.
struct Blob {
    cv::Rect box;
    double area = 0;
    double contrast = 0;
};

/// Seen along x or along y, so that vertical rows need no code of their own.
struct Extent {
    int begin = 0;
    int end = 0;
    double middle = 0;
    int height = 0;
};

Extent extent_of(const Blob& blob, bool vertical) {
    const auto& b = blob.box;
    return vertical ? Extent{b.y, b.y + b.height, b.x + b.width / 2.0, b.width}
                    : Extent{b.x, b.x + b.width, b.y + b.height / 2.0, b.height};
}

/// Of `values` over each label.
std::vector<std::int64_t> sums_of(const cv::Mat& labels, const cv::Mat& values, int count) {
    std::vector<std::int64_t> sums(static_cast<std::size_t>(count));
    for (int y = 0; y < labels.rows; ++y) {
        const auto* label = labels.ptr<int>(y);
        const auto* value = values.ptr<std::uint8_t>(y);
        for (int x = 0; x < labels.cols; ++x) {
            if (label[x] != 0) {
                sums[static_cast<std::size_t>(label[x])] += value[x];
            }
        }
    }
    return sums;
}

/// Components of `mask` that may be letters.
std::vector<Blob> blobs_of(const cv::Mat& mask, const cv::Mat& over_ground) {
    cv::Mat labels;
    cv::Mat stats;
    cv::Mat centres;
    const int count = cv::connectedComponentsWithStats(mask, labels, stats, centres, 8, CV_32S);
    const auto sums = sums_of(labels, over_ground, count);
    std::vector<Blob> blobs;
    for (int i = 1; i < count && blobs.size() < kMostBlobs; ++i) {
        const cv::Rect box(stats.at<int>(i, cv::CC_STAT_LEFT),
                           stats.at<int>(i, cv::CC_STAT_TOP),
                           stats.at<int>(i, cv::CC_STAT_WIDTH),
                           stats.at<int>(i, cv::CC_STAT_HEIGHT));
        const auto [small, large] = std::minmax(box.width, box.height);
        const double area = stats.at<int>(i, cv::CC_STAT_AREA);
        const double fill = area / box.area();
        if (large < kLeastHeight || small < 2 || small > kMostHeight || large > 8 * kMostHeight ||
            fill < 0.15 || (fill > 0.85 && large < 3 * small)) {
            continue;
        }
        blobs.push_back({box, area, static_cast<double>(sums[static_cast<std::size_t>(i)]) / area});
    }
    return blobs;
}

bool are_neighbours(const Blob& left, const Blob& right, bool vertical) {
    const auto a = extent_of(left, vertical);
    const auto b = extent_of(right, vertical);
    const double larger = std::max(a.height, b.height);
    const double smaller = std::min(a.height, b.height);
    const double gap = b.begin - a.end;
    // A letter is not wider than this; what is, is a bar or a picture.
    const bool slim = a.end - a.begin < 2.0 * larger && b.end - b.begin < 2.0 * larger;
    return slim && smaller >= kLeastHeight && smaller > 0.6 * larger && gap > -0.4 * larger &&
           gap < 0.7 * larger && std::abs(a.middle - b.middle) < 0.3 * larger &&
           std::abs(left.contrast - right.contrast) < 0.5 * std::max(left.contrast, right.contrast);
}

std::size_t root_of(std::vector<std::size_t>& parent, std::size_t i) {
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

/// Blobs that are neighbours of neighbours, by index.
std::vector<std::vector<std::size_t>> chains_of(const std::vector<Blob>& blobs, bool vertical) {
    std::vector<std::size_t> order(blobs.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto begin_of = [&](std::size_t i) { return extent_of(blobs[i], vertical).begin; };
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return begin_of(a) < begin_of(b);
    });
    std::vector<std::size_t> parent(blobs.size());
    std::iota(parent.begin(), parent.end(), std::size_t{0});
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto self = extent_of(blobs[order[i]], vertical);
        const double reach = self.end + 0.7 * 1.7 * self.height;
        for (std::size_t k = i + 1; k < order.size() && begin_of(order[k]) < reach; ++k) {
            if (are_neighbours(blobs[order[i]], blobs[order[k]], vertical)) {
                parent[root_of(parent, order[k])] = root_of(parent, order[i]);
            }
        }
    }
    std::vector<std::vector<std::size_t>> chains(blobs.size());
    for (std::size_t i = 0; i < blobs.size(); ++i) {
        chains[root_of(parent, i)].push_back(i);
    }
    return chains;
}

int length_of(const Blob& blob, bool vertical) {
    return vertical ? blob.box.height : blob.box.width;
}

/// Vents, pins and sockets repeat one shape; letters do not.
bool is_a_pattern(const std::vector<Blob>& blobs,
                  const std::vector<std::size_t>& chain,
                  bool vertical) {
    if (chain.size() < kFewestLetters) {
        return false;
    }
    double length = 0;
    double area = 0;
    for (const auto i : chain) {
        length += length_of(blobs[i], vertical);
        area += blobs[i].area;
    }
    length /= static_cast<double>(chain.size());
    area /= static_cast<double>(chain.size());
    double differs = 0;
    for (const auto i : chain) {
        differs += std::abs(length_of(blobs[i], vertical) - length) / length +
                   std::abs(blobs[i].area - area) / area;
    }
    return differs / static_cast<double>(chain.size()) < 0.3;
}

/// How likely a chain is a name: counted in its height, its contrast and how alike its letters are.
LetterRow row_of(const std::vector<Blob>& blobs,
                 const std::vector<std::size_t>& chain,
                 bool vertical) {
    std::vector<cv::Point2f> corners;
    double height = 0;
    double contrast = 0;
    double area = 0;
    double boxes = 0;
    for (const auto i : chain) {
        const auto& b = blobs[i].box;
        const cv::Rect2f box(b);
        corners.insert(
            corners.end(),
            {box.tl(), box.br(), {box.x, box.y + box.height}, {box.x + box.width, box.y}});
        height += extent_of(blobs[i], vertical).height;
        contrast += blobs[i].contrast;
        area += blobs[i].area;
        boxes += b.area();
    }
    const auto count = static_cast<double>(chain.size());
    height /= count;
    contrast /= count;
    double uneven = 0;
    double breadth = 0;
    for (const auto i : chain) {
        uneven += std::abs(extent_of(blobs[i], vertical).height - height) / height;
        breadth += static_cast<double>(length_of(blobs[i], vertical)) / height;
    }
    LetterRow row;
    row.letters = chain.size();
    row.box = cv::minAreaRect(corners);
    const auto more = static_cast<float>(0.28 * height);
    row.box.size += cv::Size2f(more, more);
    const double ink = 1 - std::min(std::abs(area / boxes - 0.5) / 0.5, 0.9);
    row.promise = std::min(height, 24.0) * std::min(contrast, 90.0) * ink *
                  std::max(0.1, 1 - 2 * uneven / count) * std::sqrt(std::min(breadth, 6.0)) *
                  (is_a_pattern(blobs, chain, vertical) ? 0.3 : 1.0) * (vertical ? 0.7 : 1.0);
    return row;
}

/// Chains of more letters than a name has, cut at their widest gaps.
std::vector<std::vector<std::size_t>> cut_long(const std::vector<Blob>& blobs,
                                               std::vector<std::size_t> chain,
                                               bool vertical) {
    std::vector<std::vector<std::size_t>> parts;
    std::vector<std::vector<std::size_t>> open{std::move(chain)};
    while (!open.empty()) {
        auto part = std::move(open.back());
        open.pop_back();
        if (part.size() <= kMostLetters) {
            parts.push_back(std::move(part));
            continue;
        }
        std::sort(part.begin(), part.end(), [&](std::size_t a, std::size_t b) {
            return extent_of(blobs[a], vertical).begin < extent_of(blobs[b], vertical).begin;
        });
        std::size_t at = 1;
        int widest = -1;
        for (std::size_t i = 1; i < part.size(); ++i) {
            const int gap = extent_of(blobs[part[i]], vertical).begin -
                            extent_of(blobs[part[i - 1]], vertical).end;
            if (gap > widest) {
                widest = gap;
                at = i;
            }
        }
        const auto middle = part.begin() + static_cast<std::ptrdiff_t>(at);
        open.emplace_back(middle, part.end());
        open.emplace_back(part.begin(), middle);
    }
    return parts;
}

/// One blob as wide as a word: letters that touch, as in the tilted mark of Dell.
bool may_be_a_word(const Blob& blob, bool vertical) {
    const auto extent = extent_of(blob, vertical);
    const double aspect = static_cast<double>(extent.end - extent.begin) / extent.height;
    const double fill = blob.area / blob.box.area();
    return extent.height >= kLeastHeight && aspect > 1.5 && aspect < 6 && fill > 0.3 && fill < 0.75;
}

bool may_be_a_name(const std::vector<Blob>& blobs,
                   const std::vector<std::size_t>& chain,
                   bool vertical) {
    return chain.size() >= kFewestLetters ||
           std::any_of(chain.begin(), chain.end(), [&](std::size_t i) {
               return may_be_a_word(blobs[i], vertical);
           });
}

void add_rows(const std::vector<Blob>& blobs, std::vector<LetterRow>& rows) {
    for (const bool vertical : {false, true}) {
        for (auto& chain : chains_of(blobs, vertical)) {
            for (const auto& part : cut_long(blobs, std::move(chain), vertical)) {
                if (may_be_a_name(blobs, part, vertical)) {
                    rows.push_back(row_of(blobs, part, vertical));
                }
            }
        }
    }
}

/// Gray, no larger than is worth it; `factor` is its size over that of `pixels`.
cv::Mat gray_of(const cv::Mat& pixels, double& factor) {
    cv::Mat gray;
    cv::cvtColor(pixels, gray, cv::COLOR_BGR2GRAY);
    factor = std::min(1.0, std::sqrt(kMostPixels / static_cast<double>(gray.total())));
    if (factor < 1) {
        cv::resize(gray, gray, {}, factor, factor, cv::INTER_AREA);
    }
    return gray;
}

bool overlap(const LetterRow& a, const LetterRow& b) {
    const auto shared = (a.box.boundingRect2f() & b.box.boundingRect2f()).area();
    return shared > 0.5F * std::min(a.box.boundingRect2f().area(), b.box.boundingRect2f().area());
}

/// Of letters brighter, or darker, than what is around them.
void add_rows_over(const cv::Mat& gray,
                   const cv::Mat& ground,
                   bool bright,
                   std::vector<LetterRow>& rows) {
    cv::Mat over;
    if (bright) {
        cv::subtract(gray, ground, over);
    } else {
        cv::subtract(ground, gray, over);
    }
    add_rows(blobs_of(over > kOverGround, over), rows);
}

}  // namespace

std::vector<LetterRow> find_letter_rows(const cv::Mat& pixels, std::size_t most) {
    double factor = 1;
    const auto gray = gray_of(pixels, factor);
    // A letter must be smaller than what its ground is taken from.
    constexpr std::array kWindows{25, 61, 141};
    std::array<cv::Mat, kWindows.size()> grounds;
    for (std::size_t i = 0; i < kWindows.size(); ++i) {
        cv::blur(gray, grounds[i], {kWindows[i], kWindows[i]});
    }
    std::array<std::vector<LetterRow>, 2 * kWindows.size()> found;
    cv::parallel_for_(cv::Range(0, static_cast<int>(found.size())), [&](const cv::Range& range) {
        for (auto i = static_cast<std::size_t>(range.start);
             i < static_cast<std::size_t>(range.end);
             ++i) {
            add_rows_over(gray, grounds[i / 2], i % 2 == 0, found[i]);
        }
    });
    std::vector<LetterRow> rows;
    for (auto& part : found) {
        rows.insert(rows.end(), part.begin(), part.end());
    }
    std::sort(rows.begin(), rows.end(), [](const LetterRow& a, const LetterRow& b) {
        return a.promise > b.promise;
    });
    std::vector<LetterRow> kept;
    for (auto& row : rows) {
        if (kept.size() >= most) {
            break;
        }
        if (std::none_of(
                kept.begin(), kept.end(), [&](const LetterRow& k) { return overlap(row, k); })) {
            kept.push_back(row);
        }
    }
    for (auto& row : kept) {
        const auto scale = static_cast<float>(1 / factor);
        row.box.center *= scale;
        row.box.size.width *= scale;
        row.box.size.height *= scale;
    }
    return kept;
}

}  // namespace chiptrail::vision
