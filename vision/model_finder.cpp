#include "vision/model_finder.hpp"

#include "vision/line_joining.hpp"
#include "vision/line_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace chiptrail::vision {

namespace {

constexpr std::size_t kMaxModels = 200;
constexpr std::size_t kShortNumber = 6;  ///< must be read more surely than longer ones

/// The letters that came from bytes [begin, end) of the reading.
Span letters_of(const LineText& line, std::size_t begin, std::size_t end) {
    const auto first = std::ranges::lower_bound(line.byte_begin, begin) - line.byte_begin.begin();
    const auto last = std::ranges::upper_bound(line.byte_end, end) - line.byte_end.begin();
    const auto from = static_cast<std::size_t>(first);
    return {from, std::max(from, static_cast<std::size_t>(last))};
}

std::string describe(const ModelCandidate& candidate,
                     const Lexicon& lexicon,
                     const std::string& read,
                     double confidence) {
    auto why = fmt::format("read '{}' at {:.2f}; {} as {} numbers it",
                           read,
                           confidence,
                           candidate.text,
                           lexicon.families[candidate.family].name);
    if (candidate.lookalikes > 0) {
        why += fmt::format(
            ", {} of {} characters only resemble", candidate.lookalikes, candidate.characters);
    }
    if (candidate.accelerators) {
        why += "; built for accelerators";
    }
    if (!candidate.watched) {
        return why + "; not on the watch-list";
    }
    const auto& model = lexicon.models[*candidate.watched];
    why += "; on the watch-list as " + model.name;
    return why + (model.control.empty() ? "" : ": " + model.control);
}

/// Nothing when it was not read surely enough.
std::optional<FoundModel> found_model(const ModelCandidate& candidate,
                                      const Lexicon& lexicon,
                                      const Reading& reading,
                                      const LineText& line) {
    const auto span = letters_of(line, candidate.begin, candidate.end);
    if (span.size() == 0) {
        return std::nullopt;
    }
    const double confidence = line.confidence(reading, span);
    const bool is_short = candidate.characters <= kShortNumber;
    if (confidence < (is_short ? 0.8 : 0.6)) {
        return std::nullopt;
    }
    const double alike = std::pow(0.93, static_cast<double>(candidate.lookalikes));
    const double length = is_short ? 0.95 : 1.0;
    FoundModel found;
    found.letters = span.size();
    auto& finding = found.finding;
    finding.kind = core::FindingKind::model;
    finding.brand = candidate.brand;
    finding.model = candidate.watched ? lexicon.models[*candidate.watched].name : candidate.name;
    finding.text = reading.text.substr(candidate.begin, candidate.end - candidate.begin);
    finding.score = std::min(1.0, confidence * alike * length);
    finding.quad = line.quad(reading, span);
    finding.scale = reading.scale;
    finding.rotation = reading.rotation;
    finding.why = describe(candidate, lexicon, finding.text, confidence);
    finding.parts = {{"letters read", confidence},
                     {"characters that only resemble", alike},
                     {"length of the number", length}};
    return found;
}

class Search {
public:
    Search(const ModelGrammar& grammar, const Lexicon& lexicon, double min_score)
        : grammar_(grammar), lexicon_(lexicon), min_score_(min_score) {}

    /// `wanted` says of bytes [begin, end) whether a number there counts.
    template <class Wanted>
    void look(const Reading& reading, const std::string& context, const Wanted& wanted) {
        const auto candidates = grammar_.find(reading.text, context);
        if (candidates.empty()) {
            return;
        }
        const auto line = prepare_line(reading.text, {});
        for (const auto& candidate : candidates) {
            if (!wanted(candidate.begin, candidate.end) || found_.size() >= kMaxModels) {
                continue;
            }
            auto found = found_model(candidate, lexicon_, reading, line);
            if (found && found->finding.score >= min_score_) {
                found_.push_back(std::move(*found));
            }
        }
    }

    std::vector<FoundModel> take() {
        return std::move(found_);
    }

private:
    const ModelGrammar& grammar_;
    const Lexicon& lexicon_;
    double min_score_;
    std::vector<FoundModel> found_;
};

}  // namespace

std::vector<FoundModel> find_models(const ModelGrammar& grammar,
                                    const Lexicon& lexicon,
                                    std::span<const Reading> readings,
                                    const std::string& all_text,
                                    double min_score) {
    Search search(grammar, lexicon, min_score);
    std::vector<Reading> parts;
    std::vector<std::size_t> indices;
    for (const auto& reading : readings) {
        search.look(reading, all_text, [](std::size_t, std::size_t) { return true; });
        if (grammar.may_be_part(reading.text)) {
            indices.push_back(parts.size());
            parts.push_back(reading);
        }
    }
    for (const auto& joined : join_neighbours(parts, indices)) {
        const auto first = parts[joined.parts.front()].text.size();
        // Within one of the lines it was found already.
        search.look(joined.reading, all_text, [&](std::size_t begin, std::size_t end) {
            return begin < first && end > first + 1;
        });
    }
    return search.take();
}

}  // namespace chiptrail::vision
