#include "vision/match.hpp"

#include "core/unicode.hpp"
#include "vision/line_joining.hpp"
#include "vision/line_text.hpp"
#include "vision/spelling_distance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <iterator>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace chiptrail::vision {

namespace {

constexpr std::size_t kMaxCandidates = 1000;
constexpr std::size_t kShortName = 4;  ///< names up to here must be read exactly and stand alone

enum class NameSort { spelling, misreading, product_line };

/// One way a brand can show.
struct Name {
    std::size_t brand = 0;
    NameSort sort = NameSort::spelling;
    std::string text;        ///< as in the lexicon
    std::u32string letters;  ///< folded, without blanks
    std::u32string printed;  ///< as in the lexicon, without blanks
    unsigned long long groups = 0;
    std::size_t words = 1;
    bool ideographic = false;
    bool exact_case = false;
    bool whole_word = false;
    double max_cost = 0;
    double min_confidence = 0;
};

struct Hit {
    Span span;
    SpellingDistance distance;
    bool glued = false;  ///< touches other letters
};

/// A finding with what decides between findings of the same place.
struct Candidate {
    core::Finding finding;
    std::size_t letters = 0;
};

double max_cost(std::size_t letters, NameSort sort) {
    double cost = 0;
    if (letters >= 9) {
        cost = 2.2;
    } else if (letters >= 7) {
        cost = 1.5;
    } else if (letters == 6) {
        cost = 1.0;
    } else if (letters == 5) {
        cost = 0.6;
    } else if (letters == kShortName) {
        cost = 0.25;
    }
    return sort == NameSort::product_line ? std::min(cost / 2, 0.8) : cost;
}

double default_confidence(std::size_t letters) {
    return letters < kShortName ? 0.75 : letters == kShortName ? 0.65 : 0.5;
}

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

/// Blanks in a line may fall anywhere in a long name, in a short one only where a sign was read
/// in place of a letter ("D€LL").
bool has_foreign_gap(const LineText& line, Span span, const Name& name) {
    if (name.letters.size() > kShortName + 1 || name.words > 1) {
        return false;
    }
    for (auto i = span.begin + 1; i < span.end; ++i) {
        const bool sign = !core::is_word(line.letters[i]) || !core::is_word(line.letters[i - 1]);
        if (line.before[i] == Boundary::hard && !sign) {
            return true;
        }
    }
    return false;
}

std::u32string_view part(const std::u32string& text, Span span) {
    return std::u32string_view(text).substr(span.begin, span.size());
}

/// True when so many letters of the name are nowhere in the line that no spelling can be close.
bool is_hopeless(const Name& name, unsigned long long groups) {
    // A letter that is absent costs 0.05 at least when it has a twin, so only names that allow
    // nothing can be ruled out by one letter; for the others three missing ones are too many.
    const auto missing = std::popcount(name.groups & ~groups);
    return name.max_cost == 0 ? missing > 0 : missing > 3 + static_cast<int>(name.max_cost);
}

void find_words(const Name& name, const LineText& line, std::vector<Hit>& hits) {
    const auto size = name.letters.size();
    const auto slack = static_cast<std::size_t>(std::ceil(name.max_cost));
    const auto least = name.whole_word || size <= kShortName ? Boundary::hard : Boundary::soft;
    for (std::size_t begin = 0; begin + size <= line.letters.size() + slack; ++begin) {
        if (begin >= line.letters.size() || line.before[begin] < least) {
            continue;
        }
        const auto last = std::min(line.letters.size(), begin + size + slack);
        for (auto end = begin + (size > slack ? size - slack : 1); end <= last; ++end) {
            const Span span{begin, end};
            if (line.before[end] < least || has_foreign_gap(line, span, name)) {
                continue;
            }
            if (name.exact_case && part(line.printed, span) != name.printed) {
                continue;
            }
            if (const auto distance =
                    spelling_distance(part(line.letters, span), name.letters, name.max_cost)) {
                hits.push_back({span, *distance, false});
            }
        }
    }
}

/// Blanks are often not read: "GIGABYTEB365M", "NVIDIACORPORATION".
void find_glued(const Name& name, const LineText& line, std::vector<Hit>& hits) {
    const auto size = name.letters.size();
    const double cost = size >= 7 ? 1.0 : 0.25;
    for (std::size_t begin = 0; begin + size <= line.letters.size(); ++begin) {
        const Span span{begin, begin + size};
        if (const auto distance = spelling_distance(
                part(line.letters, span), name.letters, std::min(cost, name.max_cost))) {
            hits.push_back({span, *distance, true});
        }
    }
}

void find_exact(const Name& name, const LineText& line, std::vector<Hit>& hits) {
    for (auto at = line.letters.find(name.letters); at != std::u32string::npos;
         at = line.letters.find(name.letters, at + 1)) {
        hits.push_back({{at, at + name.letters.size()}, {}, false});
    }
}

/// A name with a word printed so close that they were read as one: "intelinside".
void find_with_companion(const Name& name,
                         const std::vector<std::u32string>& companions,
                         const LineText& line,
                         std::vector<Hit>& hits) {
    for (auto at = line.letters.find(name.letters); at != std::u32string::npos;
         at = line.letters.find(name.letters, at + 1)) {
        const Span span{at, at + name.letters.size()};
        const bool begins = line.before[at] == Boundary::hard;
        const bool ends = line.before[span.end] == Boundary::hard;
        const bool right_case = !name.exact_case || part(line.printed, span) == name.printed;
        const auto rest = std::u32string_view(line.letters).substr(span.end);
        if (begins && !ends && right_case && std::ranges::any_of(companions, [&](const auto& word) {
                return rest.starts_with(word);
            })) {
            hits.push_back({span, {}, true});
        }
    }
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
    for (auto& candidate : kept) {
        findings.push_back(std::move(candidate.finding));
    }
    std::ranges::stable_sort(findings, std::ranges::greater(), &core::Finding::score);
    findings.resize(std::min(findings.size(), static_cast<std::size_t>(std::max(max_findings, 0))));
    return findings;
}

std::u32string letters_of(const std::string& text, const std::set<char32_t>& kept) {
    return prepare_line(text, kept).letters;
}

std::string describe(const Name& name,
                     const Brand& brand,
                     const Hit& hit,
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

}  // namespace

struct Matcher::State {
    Lexicon lexicon;
    std::set<char32_t> kept;  ///< signs that count as letters
    std::vector<Name> names;
    std::vector<std::vector<std::u32string>> companions;  ///< for each brand
    std::set<std::u32string> broken_words;                ///< words of names that have several
    std::vector<core::TermMatcher> not_in;                ///< for each brand
    std::optional<core::TermMatcher> models;

    explicit State(const Lexicon& given);
    void add(std::size_t brand, NameSort sort, const std::vector<std::string>& texts);
    [[nodiscard]] bool may_be_broken(const LineText& line) const;
    [[nodiscard]] std::vector<Hit> find(const Name& name,
                                        const LineText& line,
                                        unsigned long long groups) const;
    void match_names(const Reading& reading,
                     std::size_t parts,
                     PhotoSize photo,
                     const MatchOptions& options,
                     std::vector<Candidate>& out) const;
    void match_models(const Reading& reading,
                      const std::string& all_text,
                      PhotoSize photo,
                      const MatchOptions& options,
                      std::vector<Candidate>& out) const;
};

Matcher::State::State(const Lexicon& given) : lexicon(given), kept(confusable_signs()) {
    for (const auto& brand : lexicon.brands) {
        for (const auto& misreading : brand.misreadings) {
            for (const char32_t c : core::fold(misreading).text) {
                if (!core::is_word(c) && c != U' ' && c != U'-') {
                    kept.insert(c);
                }
            }
        }
    }
    for (std::size_t i = 0; i < lexicon.brands.size(); ++i) {
        const auto& brand = lexicon.brands[i];
        add(i, NameSort::spelling, brand.spellings);
        add(i, NameSort::misreading, brand.misreadings);
        add(i, NameSort::product_line, brand.product_lines);
        auto& words = companions.emplace_back();
        for (const auto& companion : brand.companions) {
            words.push_back(letters_of(companion, {}));
        }
        std::erase(words, std::u32string());
        not_in.emplace_back(std::vector<core::Term>{{brand.key, brand.not_in, {}}});
    }
    models.emplace(lexicon.model_terms(), core::Lookalikes::match);
}

void Matcher::State::add(std::size_t brand, NameSort sort, const std::vector<std::string>& texts) {
    const auto& of = lexicon.brands[brand];
    for (const auto& text : texts) {
        const auto line = prepare_line(text, kept);
        if (line.letters.empty()) {
            continue;
        }
        Name name;
        name.brand = brand;
        name.sort = sort;
        name.text = text;
        name.letters = line.letters;
        name.printed = line.printed;
        name.groups = letter_groups(line.letters);
        name.words = sort == NameSort::misreading ? 1 : line.words;
        name.ideographic = std::ranges::any_of(line.letters, core::is_ideographic);
        const bool is_short = line.letters.size() <= kShortName;
        name.exact_case = is_short && (of.match_case || sort == NameSort::misreading);
        name.whole_word = of.whole_word || is_short;
        name.max_cost = name.ideographic || name.exact_case || sort == NameSort::misreading
                            ? 0
                            : max_cost(line.letters.size(), sort);
        name.min_confidence =
            of.min_confidence > 0 ? of.min_confidence : default_confidence(line.letters.size());
        if (name.words > 1) {
            for (std::size_t at = 0; at < line.letters.size();) {
                auto end = at + 1;
                while (line.before[end] != Boundary::hard) {
                    ++end;
                }
                broken_words.insert(line.letters.substr(at, end - at));
                at = end;
            }
        }
        names.push_back(std::move(name));
    }
}

bool Matcher::State::may_be_broken(const LineText& line) const {
    for (std::size_t at = 0; at < line.letters.size();) {
        auto end = at + 1;
        while (line.before[end] != Boundary::hard) {
            ++end;
        }
        if (broken_words.contains(line.letters.substr(at, end - at))) {
            return true;
        }
        at = end;
    }
    // Blanks are often not read: "HewlettPackard".
    return std::ranges::any_of(broken_words, [&](const std::u32string& word) {
        return word.size() >= 6 && line.letters.find(word) != std::u32string::npos;
    });
}

std::vector<Hit> Matcher::State::find(const Name& name,
                                      const LineText& line,
                                      unsigned long long groups) const {
    std::vector<Hit> hits;
    if (is_hopeless(name, groups)) {
        return hits;
    }
    if (name.sort == NameSort::misreading) {
        const bool equal =
            name.exact_case ? line.printed == name.printed : line.letters == name.letters;
        if (equal) {
            hits.push_back({{0, line.letters.size()}, {}, false});
        }
        return hits;
    }
    if (name.ideographic) {
        find_exact(name, line, hits);
        return hits;
    }
    find_words(name, line, hits);
    if (name.letters.size() >= 6 && !name.whole_word) {
        find_glued(name, line, hits);
    }
    if (name.sort == NameSort::spelling) {
        find_with_companion(name, companions[name.brand], line, hits);
    }
    return hits;
}

void Matcher::State::match_names(const Reading& reading,
                                 std::size_t parts,
                                 PhotoSize photo,
                                 const MatchOptions& options,
                                 std::vector<Candidate>& out) const {
    const auto line = prepare_line(reading.text, kept);
    const auto groups = letter_groups(line.letters);
    for (const auto& name : names) {
        if (parts > 1 && name.words < 2) {
            continue;
        }
        const auto& brand = lexicon.brands[name.brand];
        for (const auto& hit : find(name, line, groups)) {
            const auto context = context_of(reading.text, line, hit.span);
            const double confidence = line.confidence(reading, hit.span);
            const double similarity =
                1 - hit.distance.cost / static_cast<double>(name.letters.size());
            double score =
                confidence * std::pow(similarity, 1.5) * length_prior(name) * context.factor;
            score *= sort_prior(name.sort);
            score *= hit.glued ? 0.95 : 1.0;
            score *= reading.height > 0 && reading.height < 6 ? 0.9 : 1.0;
            // A big clean logo of few letters is often read at low confidence; words beside it
            // would have been read badly, too.
            const double needed =
                name.min_confidence - (other_words(line, hit.span) == 0 ? 0.1 : 0.0);
            if (!(score >= options.min_score) || confidence < needed) {
                continue;
            }
            const auto begin = line.byte_begin[hit.span.begin];
            const auto end = line.byte_end[hit.span.end - 1];
            const auto traps = not_in[name.brand].find(reading.text);
            if (std::ranges::any_of(traps, [&](const core::TermMatch& trap) {
                    return trap.begin < end && begin < trap.end;
                })) {
                continue;
            }
            if (out.size() >= kMaxCandidates) {
                return;
            }
            Candidate candidate;
            candidate.letters = hit.span.size();
            auto& finding = candidate.finding;
            finding.kind = name.sort == NameSort::product_line ? core::FindingKind::implied
                                                               : core::FindingKind::wordmark;
            finding.brand = brand.key;
            finding.text = reading.text.substr(begin, end - begin);
            finding.score = std::min(score, 1.0);
            finding.quad = line.quad(reading, hit.span);
            finding.box = bounds(finding.quad, photo);
            finding.reader = options.reader;
            finding.why = describe(name, brand, hit, context, finding.text, confidence);
            out.push_back(std::move(candidate));
        }
    }
}

void Matcher::State::match_models(const Reading& reading,
                                  const std::string& all_text,
                                  PhotoSize photo,
                                  const MatchOptions& options,
                                  std::vector<Candidate>& out) const {
    const auto found = models->find(reading.text, all_text);
    if (found.empty()) {
        return;
    }
    const auto line = prepare_line(reading.text, {});
    for (const auto& match : found) {
        Span span{line.letters.size(), 0};
        for (std::size_t i = 0; i < line.letters.size(); ++i) {
            if (line.byte_begin[i] >= match.begin && line.byte_end[i] <= match.end) {
                span.begin = std::min(span.begin, i);
                span.end = i + 1;
            }
        }
        if (span.begin >= span.end || match.lookalikes * 2 > span.size()) {
            continue;
        }
        const auto context = context_of(reading.text, line, span);
        const double confidence = line.confidence(reading, span);
        const double needed = span.size() <= kShortName ? 0.8 : 0.6;
        const double score = confidence * std::pow(0.93, static_cast<double>(match.lookalikes)) *
                             std::sqrt(context.factor) * (span.size() <= kShortName ? 0.95 : 1.0);
        if (confidence < needed || score < options.min_score || out.size() >= kMaxCandidates) {
            continue;
        }
        const auto& model = lexicon.models[match.term];
        Candidate candidate;
        candidate.letters = span.size();
        auto& finding = candidate.finding;
        finding.kind = core::FindingKind::model;
        finding.brand = model.brand;
        finding.model = model.name;
        finding.text = reading.text.substr(match.begin, match.end - match.begin);
        finding.score = std::min(score, 1.0);
        finding.quad = line.quad(reading, span);
        finding.box = bounds(finding.quad, photo);
        finding.reader = options.reader;
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
    std::vector<Candidate> candidates;
    std::vector<std::size_t> broken;
    std::string all_text;
    for (std::size_t i = 0; i < count; ++i) {
        all_text += readings[i].text.substr(0, 4096) + "\n";
        state_->match_names(readings[i], 1, photo, options, candidates);
        if (state_->may_be_broken(prepare_line(readings[i].text, state_->kept))) {
            broken.push_back(i);
        }
    }
    for (const auto& joined : join_neighbours(readings, broken)) {
        state_->match_names(joined.reading, joined.parts.size(), photo, options, candidates);
    }
    for (std::size_t i = 0; i < count; ++i) {
        state_->match_models(readings[i], all_text, photo, options, candidates);
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
