#include "vision/mark_finder.hpp"

#include "core/result.hpp"
#include "vision/elapsed.hpp"
#include "vision/hollow_frame.hpp"
#include "vision/mark_proposals.hpp"
#include "vision/text_reader.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <map>
#include <utility>

namespace chiptrail::vision {

namespace {

using Steady = std::chrono::steady_clock;

constexpr double kPromising = 0.1;  // probability from which a place is looked at again, shifted
constexpr int kMoreLooks = 4;
constexpr int kSmallest = 12;  // pixels: what is smaller is not told from a blot
constexpr double kDefaultLimit = 0.9;
constexpr std::string_view kFrame = "hpe/frame";
constexpr int kMaxFromReadings = 24;
constexpr std::string_view kReader = "marks/3";

/// Probability from which a crop is taken for the mark; set where few strange crops reach it.
using Limits = std::map<std::string, double, std::less<>>;

/// Longer side in pixels under which a reference mark is not believed; others need kSmallest.
using Smallest = std::map<std::string, int, std::less<>>;

struct Card {
    Limits limits;
    Smallest smallest;
};

Card read_card(const std::filesystem::path& file) {
    std::ifstream stream(file);
    const auto json = nlohmann::json::parse(stream, nullptr, false);
    try {
        return {json.at("limits").get<Limits>(), json.at("smallest").get<Smallest>()};
    } catch (const nlohmann::json::exception&) {
        throw core::ConfigError(file.string() + " is damaged. Run setup/models.sh again.");
    }
}

/// The smaller the mark, the surer: a few pixels resemble much.
double limit_at(double limit, const core::Box& box) {
    constexpr double kLarge = 48;
    constexpr double kTiny = 8;
    const double side = std::max(box.width, box.height);
    const double small = std::clamp((kLarge - side) / (kLarge - kTiny), 0.0, 1.0);
    return limit + (1 - limit) * 0.5 * small;
}

/// Half at the limit, 1 for certainty.
double score_of(double value, double limit) {
    return value < limit ? 0.5 * value / limit : 0.5 + 0.5 * (value - limit) / (1 - limit);
}

core::Box shifted(const core::Box& box, double dx, double dy, double grow) {
    const double side = std::max(box.width, box.height);
    const double width = box.width * grow;
    const double height = box.height * grow;
    return {static_cast<int>(std::lround(box.x + box.width / 2.0 + dx * side - width / 2)),
            static_cast<int>(std::lround(box.y + box.height / 2.0 + dy * side - height / 2)),
            std::max(1, static_cast<int>(std::lround(width))),
            std::max(1, static_cast<int>(std::lround(height)))};
}

/// What a place shows, after all looks at it.
struct Verdict {
    std::string reference;
    std::string brand;
    double value = 0;  ///< probability, or similarity to a user's reference
    double limit = 1;
    int quarter_turns = 0;
    core::Box box;
    std::vector<core::ScorePart> parts;
};

core::Box inside(const core::Box& box, const cv::Size& size) {
    const cv::Rect cut = cv::Rect(box.x, box.y, box.width, box.height) & cv::Rect({0, 0}, size);
    return {cut.x, cut.y, cut.width, cut.height};
}

double shared_part(const core::Box& a, const core::Box& b) {
    const cv::Rect one(a.x, a.y, a.width, a.height);
    const cv::Rect other(b.x, b.y, b.width, b.height);
    const double both = (one & other).area();
    return both <= 0 ? 0 : both / std::min<double>(one.area(), other.area());
}

core::Finding finding_of(const Verdict& verdict, const cv::Size& size) {
    core::Finding finding;
    finding.kind = core::FindingKind::symbol;
    finding.brand = verdict.brand;
    finding.score = score_of(verdict.value, verdict.limit);
    finding.box = inside(verdict.box, size);
    const auto& box = finding.box;
    const double x = box.x;
    const double y = box.y;
    const std::array<core::Point, 4> corners{core::Point{x, y},
                                             core::Point{x + box.width, y},
                                             core::Point{x + box.width, y + box.height},
                                             core::Point{x, y + box.height}};
    for (std::size_t i = 0; i < 4; ++i) {
        finding.quad[i] = corners[(i + static_cast<std::size_t>(verdict.quarter_turns)) % 4];
    }
    finding.rotation = 90 * verdict.quarter_turns;
    finding.reader = kReader;
    finding.reference = verdict.reference;
    finding.parts = verdict.parts;
    finding.why = fmt::format(
        "looks like the reference mark {}: {:.2f}, taken from {:.2f} on; {} x {} pixels",
        verdict.reference,
        verdict.value,
        verdict.limit,
        box.width,
        box.height);
    return finding;
}

void enlarge(core::Finding& finding, double factor) {
    if (factor == 1) {
        return;
    }
    const auto larger = [factor](int pixels) {
        return static_cast<int>(std::lround(pixels * factor));
    };
    auto& box = finding.box;
    box = {larger(box.x), larger(box.y), larger(box.width), larger(box.height)};
    for (auto& corner : finding.quad) {
        corner = {corner.x * factor, corner.y * factor};
    }
    finding.scale /= factor;
}

/// The best of one place and brand; best first.
std::vector<core::Finding> without_doubles(std::vector<core::Finding> findings) {
    std::stable_sort(findings.begin(), findings.end(), [](const auto& a, const auto& b) {
        return a.score > b.score;
    });
    std::vector<core::Finding> kept;
    for (auto& finding : findings) {
        const bool taken = std::any_of(kept.begin(), kept.end(), [&](const auto& other) {
            return shared_part(other.box, finding.box) > 0.5;
        });
        if (!taken) {
            kept.push_back(std::move(finding));
        }
    }
    return kept;
}

/// Whether more looks can lift the mean over the limit.
bool can_reach(const Verdict& verdict) {
    return verdict.value >= kPromising &&
           (verdict.value + kMoreLooks) / (kMoreLooks + 1) >= verdict.limit;
}

}  // namespace

std::string_view mark_finder_version() {
    return kReader;
}

struct MarkFinder::State {
    MarkFinderOptions options;
    MarkProposer proposer;
    MarkEmbedder embedder;
    Card card;

    [[nodiscard]] bool is_large_enough(const core::Finding& finding) const;
    Verdict judge(const MarkLook& look, const core::Box& box) const;
    Verdict best_reference(const MarkLook& look, const core::Box& box) const;
    void look_again(const cv::Mat& picture, Verdict& verdict);
};

bool MarkFinder::State::is_large_enough(const core::Finding& finding) const {
    const auto own = card.smallest.find(finding.reference);
    const int least = own == card.smallest.end() ? kSmallest : std::max(own->second, kSmallest);
    return std::max(finding.box.width, finding.box.height) >= least;
}

/// The most similar of the user's references.
Verdict MarkFinder::State::best_reference(const MarkLook& look, const core::Box& box) const {
    Verdict best;
    for (const auto& reference : options.references) {
        double nearest = -1;
        for (const auto& view : reference.views) {
            nearest = std::max(nearest, similarity(view, look.embedding));
        }
        if (nearest >= reference.min_similarity && nearest > look.nothing && nearest > best.value) {
            best = {reference.name,
                    reference.brand,
                    nearest,
                    reference.min_similarity,
                    look.quarter_turns,
                    box,
                    {{"similarity to the reference", nearest},
                     {"similarity to no mark", look.nothing}}};
        }
    }
    return best;
}

Verdict MarkFinder::State::judge(const MarkLook& look, const core::Box& box) const {
    const auto limit = card.limits.find(look.guess.reference);
    Verdict verdict{std::string(look.guess.reference),
                    std::string(look.guess.brand),
                    look.guess.probability,
                    limit == card.limits.end() ? kDefaultLimit : limit->second,
                    look.quarter_turns,
                    box,
                    {{"probability at first look", look.guess.probability}}};
    if (verdict.reference != kFrame) {  // that one is measured as well
        verdict.limit = limit_at(verdict.limit, box);
    }
    if (verdict.value >= verdict.limit || options.references.empty()) {
        return verdict;
    }
    auto other = best_reference(look, box);
    return other.reference.empty() ? verdict : other;
}

/// One crop may resemble a mark by chance; a mark does so however it is framed.
void MarkFinder::State::look_again(const cv::Mat& picture, Verdict& verdict) {
    const std::array<core::Box, kMoreLooks> frames{shifted(verdict.box, 0, 0, 0.88),
                                                   shifted(verdict.box, 0, 0, 1.14),
                                                   shifted(verdict.box, 0.06, 0.03, 1.03),
                                                   shifted(verdict.box, -0.06, -0.03, 1.03)};
    double sum = verdict.value;
    for (const auto& look : embedder.look(picture, {frames.begin(), frames.end()})) {
        sum += look.guess.reference == verdict.reference ? look.guess.probability : 0;
    }
    verdict.value = sum / (kMoreLooks + 1);
    verdict.parts.push_back({"probability over shifted looks", verdict.value});
}

MarkFinder::MarkFinder(MarkFinderOptions options) {
    if (options.models.empty()) {
        options.models = default_model_folder();
    }
    MarkProposer proposer(options.models);
    MarkEmbedder embedder(options.models);
    auto card = read_card(options.models / "marks" / "marks.json");
    state_ = std::make_unique<State>(
        State{std::move(options), std::move(proposer), std::move(embedder), std::move(card)});
}

MarkFinder::~MarkFinder() = default;
MarkFinder::MarkFinder(MarkFinder&&) noexcept = default;
MarkFinder& MarkFinder::operator=(MarkFinder&&) noexcept = default;

std::vector<core::Finding> MarkFinder::find(const cv::Mat& picture,
                                            const std::vector<Reading>& readings,
                                            double factor,
                                            MarkFinderTimes* times) {
    if (picture.empty() || picture.type() != CV_8UC3) {
        return {};
    }
    auto& self = *state_;
    const auto start = Steady::now();
    auto places = self.proposer.propose(
        picture, self.options.max_megapixels, static_cast<std::size_t>(self.options.max_crops));
    const auto proposed = Steady::now();
    const auto read = places_of_readings(readings, picture.size(), factor, kMaxFromReadings);
    places.insert(places.end(), read.begin(), read.end());

    const auto looks = self.embedder.look(picture, places);
    std::vector<core::Finding> findings;
    for (std::size_t i = 0; i < looks.size(); ++i) {
        auto verdict = self.judge(looks[i], places[i]);
        const bool own = verdict.reference == looks[i].guess.reference;
        if (own && !can_reach(verdict)) {
            continue;
        }
        if (own) {
            self.look_again(picture, verdict);
        }
        auto finding = finding_of(verdict, picture.size());
        if (finding.score >= self.options.min_score && self.is_large_enough(finding) &&
            (verdict.reference != kFrame || is_hollow_green(picture, verdict.box))) {
            findings.push_back(std::move(finding));
        }
    }
    if (times != nullptr) {
        times->propose = std::chrono::duration_cast<std::chrono::microseconds>(proposed - start);
        times->decide = since(proposed);
        times->crops = static_cast<int>(places.size());
    }
    findings = without_doubles(std::move(findings));
    for (auto& finding : findings) {
        enlarge(finding, factor);
    }
    return findings;
}

}  // namespace chiptrail::vision
