#include "vision/text_reader.hpp"

#include "core/result.hpp"
#include "vision/elapsed.hpp"
#include "vision/letter_rows.hpp"
#include "vision/line_recogniser.hpp"
#include "vision/model_check.hpp"
#include "vision/place_finder.hpp"

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <utility>

namespace chiptrail::vision {

namespace {

using Quad = std::array<cv::Point2f, 4>;
using Steady = std::chrono::steady_clock;

float length(cv::Point2f v) {
    return std::sqrt(v.x * v.x + v.y * v.y);
}

double width_of(const Quad& quad) {
    return std::max(length(quad[1] - quad[0]), length(quad[2] - quad[3]));
}

double height_of(const Quad& quad) {
    return std::max(length(quad[3] - quad[0]), length(quad[2] - quad[1]));
}

/// Corners from the top left on, of the frame whose first side is nearest to horizontal.
Quad framed(const cv::RotatedRect& box) {
    std::array<cv::Point2f, 4> corners;
    box.points(corners.data());
    // RotatedRect goes around clockwise; start where the side to the next corner points right.
    std::size_t start = 0;
    float best = -1e9F;
    for (std::size_t i = 0; i < 4; ++i) {
        const auto side = corners[(i + 1) % 4] - corners[i];
        const auto right = side.x / std::max(length(side), 1e-6F);
        if (right > best) {
            best = right;
            start = i;
        }
    }
    Quad quad;
    for (std::size_t i = 0; i < 4; ++i) {
        quad[i] = corners[(start + i) % 4];
    }
    return quad;
}

/// The same place read with the text turned clockwise by `degrees`.
Quad turned(const Quad& frame, int degrees) {
    const auto shift = static_cast<std::size_t>(degrees / 90);
    Quad quad;
    for (std::size_t i = 0; i < 4; ++i) {
        quad[i] = frame[(i + shift) % 4];
    }
    return quad;
}

/// `margin` times its height more on each side.
Quad grown(const std::array<core::Point, 4>& quad, double margin) {
    Quad out;
    for (std::size_t i = 0; i < 4; ++i) {
        out[i] = {static_cast<float>(quad[i].x), static_cast<float>(quad[i].y)};
    }
    const auto by = static_cast<float>(margin * height_of(out));
    const auto along = (out[1] - out[0]) * (by / std::max(length(out[1] - out[0]), 1e-3F));
    const auto down = (out[3] - out[0]) * (by / std::max(length(out[3] - out[0]), 1e-3F));
    return {
        out[0] - along - down, out[1] + along - down, out[2] + along + down, out[3] - along + down};
}

/// The quad as an upright picture of at most 96 rows, so that a huge word costs no more.
cv::Mat rectified(const cv::Mat& pixels, const Quad& quad) {
    constexpr double kMostRows = 96;
    const auto factor = std::min(1.0, kMostRows / std::max(height_of(quad), 1.0));
    const auto margin = 2;
    cv::Rect bounds = cv::boundingRect(std::vector<cv::Point2f>(quad.begin(), quad.end()));
    bounds = (bounds + cv::Size(2 * margin, 2 * margin) - cv::Point(margin, margin)) &
             cv::Rect({}, pixels.size());
    if (bounds.empty()) {
        return {};
    }
    // Shrinking by area first: the warp itself samples points and would make noise of detail.
    cv::Mat source = pixels(bounds);
    if (factor < 0.7) {
        cv::resize(source, source, {}, factor, factor, cv::INTER_AREA);
    }
    const auto kx = static_cast<float>(source.cols) / static_cast<float>(bounds.width);
    const auto ky = static_cast<float>(source.rows) / static_cast<float>(bounds.height);
    Quad from;
    for (std::size_t i = 0; i < 4; ++i) {
        from[i] = {(quad[i].x - static_cast<float>(bounds.x)) * kx,
                   (quad[i].y - static_cast<float>(bounds.y)) * ky};
    }
    const cv::Size size(std::clamp(static_cast<int>(std::lround(width_of(from))), 4, 4096),
                        std::clamp(static_cast<int>(std::lround(height_of(from))), 4, 256));
    const auto w = static_cast<float>(size.width);
    const auto h = static_cast<float>(size.height);
    const Quad to{cv::Point2f{0, 0}, {w, 0}, {w, h}, {0, h}};
    cv::Mat out;
    cv::warpPerspective(source,
                        out,
                        cv::getPerspectiveTransform(from.data(), to.data()),
                        size,
                        cv::INTER_CUBIC,
                        cv::BORDER_REPLICATE);
    return out;
}

/// `place` takes up most of `row`.
bool covers(const cv::RotatedRect& place, const cv::RotatedRect& row) {
    constexpr double kMost = 0.5;
    if ((place.boundingRect2f() & row.boundingRect2f()).empty()) {
        return false;
    }
    std::vector<cv::Point2f> corners;
    cv::rotatedRectangleIntersection(place, row, corners);
    return corners.size() >= 3 &&
           std::abs(cv::contourArea(corners)) > kMost * static_cast<double>(row.size.area());
}

/// Whether a line, or what was made of it, needs no other turn.
template <class Read>
bool is_sure(const Read& line) {
    constexpr double kSure = 0.9;
    return line.confidence >= kSure && line.characters.size() >= 3;
}

/// For choosing between turns: of a word upside down often one letter is read with certainty.
double likeliness(const Line& line) {
    return line.confidence * (1 - 1 / (static_cast<double>(line.characters.size()) + 1));
}

double aspect(const Reading& reading) {
    const auto& quad = reading.quad;
    return std::hypot(quad[1].x - quad[0].x, quad[1].y - quad[0].y) / std::max(reading.height, 1.0);
}

core::Point to_point(cv::Point2f p, double factor) {
    return {static_cast<double>(p.x) * factor, static_cast<double>(p.y) * factor};
}

}  // namespace

struct TextReader::State {
    ReaderOptions options;
    PlaceFinder finder;
    LineRecogniser recogniser;

    [[nodiscard]] std::optional<Reading> read(const cv::Mat& pixels,
                                              const TextPlace& place,
                                              ReadTimes& times);
    void read_all(const cv::Mat& pixels, const std::vector<TextPlace>& places, ReadResult& result);
    void read_rows(const cv::Mat& pixels, const std::vector<TextPlace>& known, ReadResult& result);
    [[nodiscard]] Line try_turn(const cv::Mat& pixels, const Quad& quad, ReadTimes& times);
    void look_again(const cv::Mat& pixels, Reading& reading, ReadTimes& times);
    void look_again_at_unsure(const cv::Mat& pixels, ReadResult& result);

    std::array<int, 4> turns_seen{};  ///< sure readings of this photo by rotation / 90
};

Line TextReader::State::try_turn(const cv::Mat& pixels, const Quad& quad, ReadTimes& times) {
    const auto crop = rectified(pixels, quad);
    if (crop.empty()) {
        return {};
    }
    ++times.lines;
    return recogniser.read(crop);
}

std::optional<Reading> TextReader::State::read(const cv::Mat& pixels,
                                               const TextPlace& place,
                                               ReadTimes& times) {
    constexpr double kVertical = 1.5;
    constexpr double kLeastHeight = 6;  // grown box; nothing smaller was ever read rightly
    const auto frame = framed(place.box);
    if (std::min(height_of(frame), width_of(frame)) < kLeastHeight) {
        return std::nullopt;
    }
    const bool vertical = height_of(frame) > kVertical * width_of(frame);
    std::array<int, 2> turns = vertical ? std::array{90, 270} : std::array{0, 180};
    if (turns_seen[static_cast<std::size_t>(turns[1] / 90)] >
        turns_seen[static_cast<std::size_t>(turns[0] / 90)]) {
        std::swap(turns[0], turns[1]);
    }
    Line best;
    int best_turn = turns[0];
    std::vector<Retry> others;
    const auto keep = [&others](const Line& line, int turn) {
        if (line.scores != nullptr) {
            others.push_back({turn, line.confidence, line.scores});
        }
    };
    for (const int turn : turns) {
        auto line = try_turn(pixels, turned(frame, turn), times);
        if (likeliness(line) > likeliness(best)) {
            keep(best, best_turn);
            best = std::move(line);
            best_turn = turn;
        } else {
            keep(line, turn);
        }
        if (is_sure(best)) {
            break;
        }
    }
    if (best.confidence < options.min_confidence) {
        return std::nullopt;
    }
    const auto quad = turned(frame, best_turn);
    Reading reading;
    reading.text = std::move(best.text);
    reading.confidence = best.confidence;
    reading.characters = std::move(best.characters);
    reading.scores = std::move(best.scores);
    reading.retries = std::move(others);
    reading.height = height_of(quad);
    reading.rotation = best_turn;
    reading.scale = place.scale;
    for (std::size_t i = 0; i < 4; ++i) {
        reading.quad[i] = to_point(quad[i], 1);
    }
    return reading;
}

/// A few lines at a time, each on one thread: a line is too small to share between threads. What
/// the sure ones tell of the photo's turn is used from the next few on, so that the result does
/// not depend on which thread was faster.
void TextReader::State::read_all(const cv::Mat& pixels,
                                 const std::vector<TextPlace>& places,
                                 ReadResult& result) {
    constexpr std::size_t kTogether = 8;
    std::size_t begin = 0;
    while (begin < places.size() && result.times.lines < options.max_lines) {
        const auto count =
            std::min({kTogether,
                      places.size() - begin,
                      static_cast<std::size_t>(options.max_lines - result.times.lines)});
        std::array<std::optional<Reading>, kTogether> readings;
        std::array<ReadTimes, kTogether> times;
        std::atomic<std::size_t> next = 0;
        const auto work = [&](const cv::Range&) {
            for (auto i = next++; i < count; i = next++) {
                readings[i] = read(pixels, places[begin + i], times[i]);
            }
        };
        const int threads = std::clamp(cv::getNumThreads(), 1, static_cast<int>(count));
        cv::parallel_for_(cv::Range(0, threads), work, threads);
        for (std::size_t i = 0; i < count; ++i) {
            result.times.lines += times[i].lines;
            if (readings[i]) {
                turns_seen[static_cast<std::size_t>(readings[i]->rotation / 90)] +=
                    is_sure(*readings[i]) ? 1 : 0;
                result.readings.push_back(std::move(*readings[i]));
            }
        }
        begin += count;
    }
}

/// Marks that the detector passed over. What lies there is no text more often than not, so only
/// what was read with some certainty stays.
void TextReader::State::read_rows(const cv::Mat& pixels,
                                  const std::vector<TextPlace>& known,
                                  ReadResult& result) {
    constexpr std::size_t kLookedAt = 100;
    constexpr double kLeastConfidence = 0.4;
    std::vector<TextPlace> places;
    for (const auto& row : find_letter_rows(pixels, kLookedAt)) {
        const bool read = std::any_of(known.begin(), known.end(), [&](const TextPlace& place) {
            return covers(place.box, row.box);
        });
        if (!read && places.size() < static_cast<std::size_t>(std::max(options.max_rows, 0))) {
            places.push_back({row.box, 0, 1, false});
        }
    }
    const auto before = result.readings.size();
    read_all(pixels, places, result);
    const auto first = result.readings.begin() + static_cast<std::ptrdiff_t>(before);
    result.readings.erase(std::remove_if(first,
                                         result.readings.end(),
                                         [](const Reading& reading) {
                                             return reading.confidence < kLeastConfidence ||
                                                    reading.characters.size() < 2;
                                         }),
                          result.readings.end());
}

void TextReader::State::look_again(const cv::Mat& pixels, Reading& reading, ReadTimes& times) {
    for (const double margin : {0.12, 0.3}) {
        auto line = try_turn(pixels, grown(reading.quad, margin), times);
        if (line.scores == nullptr) {
            continue;
        }
        Retry retry{reading.rotation, line.confidence, line.scores};
        if (line.confidence > reading.confidence) {
            retry = {reading.rotation, reading.confidence, std::move(reading.scores)};
            reading.text = std::move(line.text);
            reading.confidence = line.confidence;
            reading.characters = std::move(line.characters);
            reading.scores = std::move(line.scores);
        }
        reading.retries.push_back(std::move(retry));
    }
}

void TextReader::State::look_again_at_unsure(const cv::Mat& pixels, ReadResult& result) {
    // A mark is a short line; few are unsure, and each costs two runs more.
    constexpr double kSure = 0.93;
    constexpr double kMostAspect = 8;
    constexpr std::size_t kMostLetters = 12;
    constexpr int kMost = 20;
    constexpr int kRunsEach = 2;
    const int most = std::clamp((options.max_lines - result.times.lines) / kRunsEach, 0, kMost);
    std::vector<Reading*> unsure;
    for (auto& reading : result.readings) {
        const auto letters = reading.characters.size();
        if (reading.confidence < kSure && letters >= 2 && letters <= kMostLetters &&
            aspect(reading) <= kMostAspect && unsure.size() < static_cast<std::size_t>(most)) {
            unsure.push_back(&reading);
        }
    }
    std::vector<ReadTimes> times(unsure.size());
    cv::parallel_for_(cv::Range(0, static_cast<int>(unsure.size())), [&](const cv::Range& range) {
        for (auto i = static_cast<std::size_t>(range.start);
             i < static_cast<std::size_t>(range.end);
             ++i) {
            look_again(pixels, *unsure[i], times[i]);
        }
    });
    for (const auto& each : times) {
        result.times.lines += each.lines;
    }
}

std::filesystem::path default_model_folder() {
    // setup/models.sh names the same folder.
    constexpr const char* kFolder = "models-4";
    const auto variable = [](const char* name) {
        const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
        return std::filesystem::path(value == nullptr ? "" : value);
    };
    if (const auto cache = variable("CHIPTRAIL_CACHE"); !cache.empty()) {
        return cache / kFolder;
    }
    if (const auto cache = variable("XDG_CACHE_HOME"); !cache.empty()) {
        return cache / "chiptrail" / kFolder;
    }
    return variable("HOME") / ".cache" / "chiptrail" / kFolder;
}

namespace {

std::filesystem::path checked_folder(const std::filesystem::path& chosen) {
    const auto folder = chosen.empty() ? default_model_folder() : chosen;
    if (!std::filesystem::exists(folder / "SHA256SUMS")) {
        throw core::ConfigError(fmt::format(
            "the OCR models are not in {}. Run setup/fetch.sh models and then setup/models.sh "
            "(./run and ./test do it for you).",
            folder.string()));
    }
    if (const auto damage = damaged_model(folder); !damage.empty()) {
        throw core::ConfigError(
            damage +
            ". Remove its folder and run setup/models.sh again (./run and ./test do it for you).");
    }
    return folder;
}

}  // namespace

TextReader::TextReader(ReaderOptions options) {
    const auto folder = checked_folder(options.models);
    if (options.threads > 0) {
        cv::setNumThreads(options.threads);
    }
    const int max_tiles = options.max_tiles;
    state_ = std::make_unique<State>(State{std::move(options),
                                           PlaceFinder(folder / "detect.net", max_tiles),
                                           LineRecogniser(folder),
                                           {}});
}
TextReader::~TextReader() = default;
TextReader::TextReader(TextReader&&) noexcept = default;
TextReader& TextReader::operator=(TextReader&&) noexcept = default;

ReadResult TextReader::read(const Photo& photo) {
    // The detector is blind at the very edge, where many a panel has its mark.
    constexpr int kBorder = 16;
    ReadResult result;
    state_->turns_seen = {};
    cv::Mat pixels;
    cv::copyMakeBorder(
        photo.pixels, pixels, kBorder, kBorder, kBorder, kBorder, cv::BORDER_REPLICATE);
    auto start = Steady::now();
    const auto places = state_->finder.find(pixels);
    result.times.tiles = places.views;
    result.times.detect = since(start);

    start = Steady::now();
    state_->read_all(pixels, places.found, result);
    result.times.recognise = since(start);
    start = Steady::now();
    state_->read_rows(pixels, places.found, result);
    result.times.rows = since(start);
    start = Steady::now();
    state_->look_again_at_unsure(pixels, result);
    result.times.second_look = since(start);
    for (auto& reading : result.readings) {
        for (auto& corner : reading.quad) {
            corner.x = (corner.x - kBorder) * photo.reduction();
            corner.y = (corner.y - kBorder) * photo.reduction();
        }
        reading.height *= photo.reduction();
        reading.scale /= photo.reduction();
    }
    std::sort(result.readings.begin(),
              result.readings.end(),
              [](const Reading& a, const Reading& b) { return a.quad[0].y < b.quad[0].y; });
    return result;
}

}  // namespace chiptrail::vision
