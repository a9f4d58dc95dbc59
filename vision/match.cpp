#include "vision/match.hpp"

#include "core/unicode.hpp"
#include "vision/line_joining.hpp"
#include "vision/line_text.hpp"
#include "vision/model_finder.hpp"
#include "vision/name_finder.hpp"
#include "vision/second_look.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string_view>
#include <utility>

namespace chiptrail::vision {

namespace {

constexpr std::size_t kMaxCandidates = 1000;
constexpr std::size_t kMaxContextBytes =
    16 * 1024;  ///< of text in which a model finds its needed words

/// A finding with what decides between findings of the same place.
struct Candidate {
    core::Finding finding;
    std::size_t letters = 0;
};

/// A short name is a likelier accident than a long one.
double length_prior(const Name& name) {
    if (name.ideographic) {
        return 0.95;
    }
    constexpr std::array kByLetters = {0.5, 0.6, 0.85, 0.93, 0.96, 0.98};
    return name.letters.size() < kByLetters.size() ? kByLetters[name.letters.size()] : 1.0;
}

double sort_prior(NameSort sort) {
    switch (sort) {
        case NameSort::misreading:
            return 0.85;
        case NameSort::product_line:
            return 0.93;
        case NameSort::spelling:
            break;
    }
    return 1;
}

struct Context {
    double factor = 1;
    std::string_view why;
};

/// Words of the line before and after `span`; letters run into the name are no word.
std::size_t other_words(const LineText& line, Span span) {
    std::size_t inside = 0;
    for (auto i = span.begin; i < span.end; ++i) {
        inside += line.before[i] == Boundary::hard && core::is_word(line.letters[i]) ? 1U : 0U;
    }
    return line.words - std::min(line.words, inside);
}

/// A mark stands alone; a name in running text only says that somebody wrote it.
Context context_of(const std::string& text, const LineText& line, Span span) {
    const auto holds = [&](std::string_view part) { return text.find(part) != std::string::npos; };
    if (holds("www.") || holds("http") || holds("@") || holds(".com") || holds(".cn")) {
        return {0.6, "part of an address"};
    }
    const auto others = other_words(line, span);
    if (others >= 6 || line.letters.size() >= span.size() + 45) {
        return {0.75, "inside a sentence"};
    }
    return others > 0 ? Context{0.95, "beside other words"} : Context{1.0, "alone on its line"};
}

core::Box bounds(const std::array<core::Point, 4>& quad, PhotoSize photo) {
    const auto limit = [](double value, int most) {
        // A quad of NaN or infinity must not reach the conversion to int.
        return std::isfinite(value) ? std::clamp(value, 0.0, static_cast<double>(most)) : 0.0;
    };
    double left = 1e9;
    double top = 1e9;
    double right = 0;
    double bottom = 0;
    for (const auto& corner : quad) {
        left = std::min(left, limit(corner.x, photo.width));
        right = std::max(right, limit(corner.x, photo.width));
        top = std::min(top, limit(corner.y, photo.height));
        bottom = std::max(bottom, limit(corner.y, photo.height));
    }
    const auto x = static_cast<int>(std::floor(std::min(left, right)));
    const auto y = static_cast<int>(std::floor(std::min(top, bottom)));
    return {x, y, static_cast<int>(std::ceil(right)) - x, static_cast<int>(std::ceil(bottom)) - y};
}

double area(const core::Box& box) {
    return static_cast<double>(box.width) * static_cast<double>(box.height);
}

/// One covers most of the other.
bool is_same_place(const core::Box& a, const core::Box& b) {
    const auto width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
    const auto height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
    if (width <= 0 || height <= 0) {
        return false;
    }
    const double shared = static_cast<double>(width) * static_cast<double>(height);
    return shared > 0.5 * std::min(area(a), area(b));
}

bool is_model(const Candidate& candidate) {
    return candidate.finding.kind == core::FindingKind::model;
}

/// Which of several meanings of one place to believe: a longer name explains more of what is
/// printed, and a name read says more than one implied.
double weight(const Candidate& candidate) {
    const auto letters = static_cast<double>(candidate.letters);
    const bool implied = candidate.finding.kind == core::FindingKind::implied;
    return candidate.finding.score * (1 - 1 / (letters + 2)) * (implied ? 0.5 : 1.0);
}

std::vector<core::Finding> one_per_place(std::vector<Candidate> candidates, int max_findings) {
    std::ranges::stable_sort(candidates, std::ranges::greater(), weight);
    std::vector<Candidate> kept;
    for (auto& candidate : candidates) {
        const bool taken = std::ranges::any_of(kept, [&](const Candidate& known) {
            return is_model(known) == is_model(candidate) &&
                   is_same_place(known.finding.box, candidate.finding.box);
        });
        if (!taken) {
            kept.push_back(std::move(candidate));
        }
    }
    std::vector<core::Finding> findings;
    findings.reserve(kept.size());
    for (auto& candidate : kept) {
        findings.push_back(std::move(candidate.finding));
    }
    std::ranges::stable_sort(findings, std::ranges::greater(), &core::Finding::score);
    findings.resize(std::min(findings.size(), static_cast<std::size_t>(std::max(max_findings, 0))));
    return findings;
}

std::string describe(const Name& name,
                     const Brand& brand,
                     const NameHit& hit,
                     Context context,
                     const std::string& read,
                     double confidence) {
    std::string why = fmt::format("read '{}' at {:.2f}; ", read, confidence);
    if (name.sort == NameSort::misreading) {
        why += fmt::format("a known misreading of {}", brand.name);
    } else if (name.sort == NameSort::product_line) {
        why += fmt::format("{} is a product line of {}", name.text, brand.name);
    } else if (hit.distance.differences == 0) {
        why += fmt::format("spelt as {}", name.text);
    }
    if (hit.distance.differences > 0) {
        why += fmt::format("{}{} of {} letters {} from {}",
                           name.sort == NameSort::spelling ? "" : "; ",
                           hit.distance.differences,
                           name.letters.size(),
                           hit.distance.differences == 1 ? "differs" : "differ",
                           name.text);
    }
    return why + fmt::format("; {}{}", context.why, hit.glued ? ", run into other letters" : "");
}

/// What is needed to turn a place on a line into a finding.
struct Line {
    const Reading& reading;
    const LineText& text;
    PhotoSize photo;
    const MatchOptions& options;
};

/// The score is their product.
using Parts = std::vector<core::ScorePart>;

double product(const Parts& parts) {
    double score = 1;
    for (const auto& part : parts) {
        score *= part.value;
    }
    return score;
}

/// What neither helps nor hurts is left out, the reader's confidence apart.
Parts worth_telling(Parts parts) {
    const auto first = parts.begin() + std::min<std::ptrdiff_t>(1, std::ssize(parts));
    parts.erase(
        std::remove_if(
            first, parts.end(), [](const core::ScorePart& part) { return part.value == 1; }),
        parts.end());
    return parts;
}

Parts parts_of(const Line& line, const Name& name, const NameHit& hit, Context context) {
    const auto letters = static_cast<double>(name.letters.size());
    const double similarity = 1 - hit.distance.cost / letters;
    const double height = line.reading.height;
    return worth_telling(
        {{"confidence of the reader", line.text.confidence(line.reading, hit.span)},
         {"likeness of the letters", std::pow(similarity, 1.5)},
         {"length of the name", length_prior(name)},
         {"sort of the name", sort_prior(name.sort)},
         {std::string(context.why), context.factor},
         {"run into other letters", hit.glued ? 0.95 : 1.0},
         {"tiny letters", height > 0 && height < 6 ? 0.9 : 1.0}});
}

/// A big clean logo of few letters is often read at low confidence; words beside it would have
/// been read badly, too.
double needed_confidence(const Line& line, const Name& name, Span span) {
    return name.min_confidence - (other_words(line.text, span) == 0 ? 0.1 : 0.0);
}

Candidate candidate_at(const Line& line, Span span, Parts parts) {
    Candidate candidate;
    candidate.letters = span.size();
    auto& finding = candidate.finding;
    const auto begin = line.text.byte_begin[span.begin];
    finding.text = line.reading.text.substr(begin, line.text.byte_end[span.end - 1] - begin);
    finding.score = std::min(product(parts), 1.0);
    finding.parts = std::move(parts);
    finding.scale = line.reading.scale;
    finding.rotation = line.reading.rotation;
    finding.quad = line.text.quad(line.reading, span);
    finding.box = bounds(finding.quad, line.photo);
    finding.reader = line.options.reader;
    return candidate;
}

/// One of the tries reads the name itself.
bool is_read_once(const SecondLookHit& hit) {
    return hit.best >= -0.1;
}

/// The lowest mean likelihood at which several tries of one line are believed.
double least_agreed(std::size_t letters, const SecondLookHit& hit) {
    constexpr double kSure = 0.75;
    if (letters <= 3) {
        return is_read_once(hit) && hit.confidence >= 0.9 ? -4.0 : -0.7;
    }
    if (is_read_once(hit)) {
        return -4.5;
    }
    if (hit.confidence < kSure) {
        return letters == kShortName ? -2.5 : -2.2;
    }
    return letters == kShortName ? -3.5 : letters == kShortName + 1 ? -3.0 : -4.5;
}

/// What a second look must say before a line that reads otherwise is taken for a name. Set on the
/// development photos: docs/vision.md says how far apart marks and other words lie there.
bool is_believed(const Name& name, const SecondLookHit& hit) {
    constexpr double kLeastConfidence = 0.62;
    constexpr double kLeastOfTheBestTry = -2;
    const auto letters = name.letters.size();
    const bool agreed = hit.tries >= 2;  // one crop alone makes MSI of 15K turned around
    const double alone = letters <= 3 ? -0.1 : -1.0;
    const double least = agreed && !hit.opposite ? least_agreed(letters, hit) : alone;
    return hit.alone && hit.confidence >= kLeastConfidence && hit.best >= kLeastOfTheBestTry &&
           hit.likelihood >= least;
}

/// The likelihood as a factor: 1 for what was read as it is, 0.74 for 20 times less likely, where
/// one try reads the name 0.86.
double belief(const SecondLookHit& hit) {
    return std::exp(hit.likelihood / (is_read_once(hit) ? 20 : 10));
}

std::array<core::Point, 4> part_of(const std::array<core::Point, 4>& quad, double from, double to) {
    const auto along = [](const core::Point& a, const core::Point& b, double share) {
        return core::Point{a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share};
    };
    return {along(quad[0], quad[1], from),
            along(quad[0], quad[1], to),
            along(quad[3], quad[2], to),
            along(quad[3], quad[2], from)};
}

/// The letters that came from bytes [begin, end) of the reading; empty when none did.
Span span_of(const LineText& line, std::size_t begin, std::size_t end) {
    const auto& begins = line.byte_begin;
    const auto& ends = line.byte_end;
    const auto first = std::ranges::lower_bound(begins, begin) - begins.begin();
    const auto last = std::ranges::upper_bound(ends, end) - ends.begin();
    const auto from = static_cast<std::size_t>(first);
    return {from, std::max(from, static_cast<std::size_t>(last))};
}

}  // namespace

struct Matcher::State {
    Lexicon lexicon;
    NameFinder finder;
    SecondLook second_look;
    std::vector<core::TermMatcher> not_in;  ///< for each brand
    core::TermMatcher models;
    ModelGrammar grammar;

    explicit State(const Lexicon& given);
    [[nodiscard]] bool is_trapped(const Line& line, const Name& name, Span span) const;
    void match_name(const Line& line, const Name& name, std::vector<Candidate>& out) const;
    void match_names(const Line& line, std::size_t parts, std::vector<Candidate>& out) const;
    void look_again(const Line& line, std::vector<Candidate>& out) const;
    void match_models(const Line& line,
                      const std::string& all_text,
                      std::vector<Candidate>& out) const;
};

Matcher::State::State(const Lexicon& given)
    : lexicon(given),
      finder(lexicon),
      second_look(finder.names()),
      models(lexicon.model_terms(), core::Lookalikes::match),
      grammar(lexicon) {
    for (const auto& brand : lexicon.brands) {
        not_in.emplace_back(std::vector<core::Term>{{brand.key, brand.not_in, {}}});
    }
}

bool Matcher::State::is_trapped(const Line& line, const Name& name, Span span) const {
    const auto begin = line.text.byte_begin[span.begin];
    const auto end = line.text.byte_end[span.end - 1];
    return std::ranges::any_of(
        not_in[name.brand].find(line.reading.text),
        [&](const core::TermMatch& trap) { return trap.begin < end && begin < trap.end; });
}

void Matcher::State::match_name(const Line& line,
                                const Name& name,
                                std::vector<Candidate>& out) const {
    for (const auto& hit : finder.find(name, line.text)) {
        const auto context = context_of(line.reading.text, line.text, hit.span);
        const double confidence = line.text.confidence(line.reading, hit.span);
        auto parts = parts_of(line, name, hit, context);
        if (!(product(parts) >= line.options.min_score) || out.size() >= kMaxCandidates ||
            confidence < needed_confidence(line, name, hit.span) ||
            is_trapped(line, name, hit.span)) {
            continue;
        }
        const auto& brand = lexicon.brands[name.brand];
        auto candidate = candidate_at(line, hit.span, std::move(parts));
        auto& finding = candidate.finding;
        finding.kind = name.sort == NameSort::product_line ? core::FindingKind::implied
                                                           : core::FindingKind::wordmark;
        finding.brand = brand.key;
        finding.why = describe(name, brand, hit, context, finding.text, confidence);
        out.push_back(std::move(candidate));
    }
}

void Matcher::State::match_names(const Line& line,
                                 std::size_t parts,
                                 std::vector<Candidate>& out) const {
    for (const auto& name : finder.names()) {
        if (parts == 1 || name.words > 1) {
            match_name(line, name, out);
        }
    }
}

void Matcher::State::look_again(const Line& line, std::vector<Candidate>& out) const {
    for (const auto& hit : second_look.find(line.reading)) {
        const auto& name = finder.names()[hit.name];
        const auto& brand = lexicon.brands[name.brand];
        auto parts = worth_telling({{"confidence of the reader", hit.confidence},
                                    {"likelihood of the name", belief(hit)},
                                    {"length of the name", length_prior(name)},
                                    {"turned by half a circle", hit.opposite ? 0.95 : 1.0}});
        const double score = product(parts);
        // Traps are words that resemble a name: what was read must not be one.
        if (!is_believed(name, hit) || !(score >= line.options.min_score) ||
            out.size() >= kMaxCandidates || !not_in[name.brand].find(hit.read).empty()) {
            continue;
        }
        Candidate candidate;
        candidate.letters = name.letters.size();
        auto& finding = candidate.finding;
        finding.kind = core::FindingKind::wordmark;
        finding.brand = brand.key;
        finding.text = hit.read;
        finding.score = std::min(score, 1.0);
        finding.parts = std::move(parts);
        finding.scale = line.reading.scale;
        finding.rotation = (line.reading.rotation + (hit.opposite ? 180 : 0)) % 360;
        auto quad = line.reading.quad;
        if (hit.opposite) {
            std::rotate(quad.begin(), quad.begin() + 2, quad.end());
        }
        finding.quad = part_of(quad, hit.from, hit.to);
        finding.box = bounds(finding.quad, line.photo);
        finding.reader = line.options.reader;
        finding.why =
            fmt::format("read '{}' at {:.2f}; a second look says {} (likelihood {:.2f} in {} {})",
                        hit.read,
                        hit.confidence,
                        name.text,
                        std::exp(hit.likelihood),
                        hit.tries,
                        hit.tries == 1 ? "try" : "tries");
        out.push_back(std::move(candidate));
    }
}

void Matcher::State::match_models(const Line& line,
                                  const std::string& all_text,
                                  std::vector<Candidate>& out) const {
    for (const auto& match : models.find(line.reading.text, all_text)) {
        const auto span = span_of(line.text, match.begin, match.end);
        if (span.size() == 0 || match.lookalikes * 2 > span.size()) {
            continue;
        }
        const bool is_short = span.size() <= kShortName;
        const double confidence = line.text.confidence(line.reading, span);
        const double context = context_of(line.reading.text, line.text, span).factor;
        // Running text names a model as well as a label does, so its context counts half.
        auto parts = worth_telling(
            {{"confidence of the reader", confidence},
             {"letters that only resemble", std::pow(0.93, static_cast<double>(match.lookalikes))},
             {"words beside it", std::sqrt(context)},
             {"length of the name", is_short ? 0.95 : 1.0}});
        if (confidence < (is_short ? 0.8 : 0.6) || !(product(parts) >= line.options.min_score) ||
            out.size() >= kMaxCandidates) {
            continue;
        }
        const auto& model = lexicon.models[match.term];
        auto candidate = candidate_at(line, span, std::move(parts));
        auto& finding = candidate.finding;
        finding.kind = core::FindingKind::model;
        finding.brand = model.brand;
        finding.model = model.name;
        finding.why =
            fmt::format("read '{}' at {:.2f}; written as {}", finding.text, confidence, model.name);
        if (match.lookalikes > 0) {
            finding.why +=
                fmt::format(", {} of {} characters only resemble", match.lookalikes, span.size());
        }
        out.push_back(std::move(candidate));
    }
}

Matcher::Matcher(const Lexicon& lexicon) : state_(std::make_unique<State>(lexicon)) {}
Matcher::~Matcher() = default;
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher& Matcher::operator=(Matcher&&) noexcept = default;

std::vector<core::Finding> Matcher::match(const std::vector<Reading>& readings,
                                          PhotoSize photo,
                                          const MatchOptions& options) const {
    const auto count =
        std::min(readings.size(), static_cast<std::size_t>(std::max(options.max_readings, 0)));
    std::string all_text;
    std::vector<LineText> texts;
    std::vector<std::size_t> broken;
    for (std::size_t i = 0; i < count; ++i) {
        texts.push_back(state_->finder.prepare(readings[i].text));
        if (state_->finder.may_be_broken(texts[i])) {
            broken.push_back(i);
        }
        if (all_text.size() < kMaxContextBytes) {
            all_text += readings[i].text.substr(0, kMaxContextBytes) + "\n";
        }
    }
    std::vector<Candidate> candidates;
    for (std::size_t i = 0; i < count; ++i) {
        const Line line{readings[i], texts[i], photo, options};
        state_->match_names(line, 1, candidates);
        state_->look_again(line, candidates);
        state_->match_models(line, all_text, candidates);
    }
    for (auto& [finding, letters] : find_models(state_->grammar,
                                                state_->lexicon,
                                                std::span(readings).first(count),
                                                all_text,
                                                options.min_score)) {
        finding.box = bounds(finding.quad, photo);
        finding.reader = options.reader;
        candidates.push_back({std::move(finding), letters});
    }
    for (const auto& joined : join_neighbours(readings, broken)) {
        const auto text = state_->finder.prepare(joined.reading.text);
        state_->match_names(
            {joined.reading, text, photo, options}, joined.parts.size(), candidates);
    }
    return one_per_place(std::move(candidates), options.max_findings);
}

std::vector<core::Finding> match_readings(const std::vector<Reading>& readings,
                                          const Lexicon& lexicon,
                                          PhotoSize photo,
                                          const MatchOptions& options) {
    return Matcher(lexicon).match(readings, photo, options);
}

}  // namespace chiptrail::vision
