#include "vision/model_grammar.hpp"

#include "core/term_matcher.hpp"
#include "core/unicode.hpp"
#include "vision/model_pattern.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <utility>

namespace chiptrail::vision {

namespace {

constexpr std::size_t kMaxTextBytes = std::size_t{64} * 1024;
constexpr std::size_t kMaxCandidates = 200;
constexpr std::size_t kMaxFound = 2000;  ///< before those inside others are dropped
constexpr std::int64_t kMaxPatternMemory = std::int64_t{1} << 20;

// A pattern that stands alone must not be what ordinary text is full of: "R630" is a resistor,
// "S4128F-ON" hardly anything but a switch.
constexpr std::size_t kLeastAlone = 5;
constexpr std::size_t kLeastAloneHyphenated = 7;
constexpr std::size_t kLeastWithVendor = 4;
constexpr std::size_t kLeastGiven = 3;

RE2::Options pattern_options(std::int64_t memory) {
    RE2::Options options(RE2::Quiet);
    options.set_max_mem(memory);
    options.set_encoding(RE2::Options::EncodingLatin1);  // one byte a code point
    return options;
}

re2::StringPiece piece(std::string_view text) {
    return {text.data(), text.size()};
}

/// The vendor's name run into the model's, as readers see "DELLPowerEdge".
std::string vendor_expression(const Brand& brand) {
    std::string expression;
    for (const auto& spelling : brand.spellings) {
        std::string letters;
        for (const char c : normal_text(spelling).text) {
            const bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
            letters += word ? std::string(1, c) : c == ' ' || c == '-' ? "[- ]?" : "";
        }
        if (letters.size() >= 2) {
            expression += (expression.empty() ? "" : "|") + letters;
        }
    }
    return expression.empty() ? "()" : "(?:(" + expression + ")[-: ]{0,3})?";
}

bool is_word_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool holds_digit(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

struct Pattern {
    std::size_t family = 0;
    std::string text;
    bool with_vendor = false;
    std::vector<PatternNode> nodes;
    std::vector<std::vector<std::string>> needs;  ///< of each row one, in squeezed text
    std::string vendor;                           ///< expression of its name, run into the number

    /// Compiled on first use: a photo needs few of them, and all of them cost a third of a second.
    struct Compiled {
        std::once_flag once;
        std::vector<const PatternNode*> groups;
        std::unique_ptr<RE2> expression;
    };
    std::unique_ptr<Compiled> compiled = std::make_unique<Compiled>();

    /// Null when it cannot be compiled.
    const RE2* expression() const {
        std::call_once(compiled->once, [&] {
            auto made = compile_pattern(nodes);
            compiled->groups = std::move(made.groups);
            compiled->expression = std::make_unique<RE2>("\\b" + vendor + made.expression + "\\b",
                                                         pattern_options(kMaxPatternMemory));
        });
        return compiled->expression->ok() ? compiled->expression.get() : nullptr;
    }

    [[nodiscard]] bool may_be_in(const std::string& squeezed) const {
        return std::ranges::all_of(needs, [&](const std::vector<std::string>& words) {
            return std::ranges::any_of(words, [&](const std::string& word) {
                return squeezed.find(word) != std::string::npos;
            });
        });
    }
};

/// Small letters of a text in the pattern's spelling, to find its first word on a line.
std::string small_letters(std::string_view text) {
    return normal_text(text).text;
}

}  // namespace

struct ModelGrammar::State {
    Lexicon lexicon;
    std::deque<Pattern> patterns;  ///< never moved: compiled groups point into `nodes`
    core::TermMatcher watched;
    core::TermMatcher vendors;  ///< one term for each brand, same order
    std::map<std::string, std::size_t> brand_at;
    std::set<std::string> heads;  ///< first words of patterns: "dgx", "sys"

    explicit State(const Lexicon& given);
    void add(std::size_t family, const std::string& text, PatternUse use);
    void match(const Pattern& pattern,
               const NormalText& text,
               std::vector<ModelCandidate>& found,
               std::vector<bool>& vendor_needed) const;
    [[nodiscard]] std::vector<std::size_t> likely(const std::string& text) const;
    [[nodiscard]] ModelCandidate candidate(const Pattern& pattern,
                                           const NormalText& text,
                                           const std::vector<re2::StringPiece>& groups) const;
    [[nodiscard]] std::optional<std::size_t> find_watched(const ModelCandidate& candidate,
                                                          std::string_view context) const;
};

namespace {

std::vector<core::Term> vendor_terms(const Lexicon& lexicon) {
    std::vector<core::Term> terms;
    for (const auto& brand : lexicon.brands) {
        auto names = brand.spellings;
        names.insert(names.end(), brand.product_lines.begin(), brand.product_lines.end());
        names.insert(names.end(), brand.misreadings.begin(), brand.misreadings.end());
        terms.push_back({brand.key, std::move(names), {}});
    }
    return terms;
}

/// As a model of the list with more said about it: a product line before, a variant after.
bool is_told_by(std::string_view text, const core::TermMatch& match) {
    return !holds_digit(text.substr(0, match.begin)) &&
           2 * (match.end - match.begin) >= text.size() - match.begin;
}

}  // namespace

ModelGrammar::State::State(const Lexicon& given)
    : lexicon(given), watched(given.model_terms()), vendors(vendor_terms(given)) {
    for (std::size_t i = 0; i < lexicon.brands.size(); ++i) {
        brand_at.emplace(lexicon.brands[i].key, i);
    }
    for (std::size_t i = 0; i < lexicon.families.size(); ++i) {
        for (const auto& pattern : lexicon.families[i].patterns) {
            add(i, pattern, PatternUse::alone);
        }
        for (const auto& pattern : lexicon.families[i].with_vendor) {
            add(i, pattern, PatternUse::with_vendor);
        }
    }
}

void ModelGrammar::State::add(std::size_t family, const std::string& text, PatternUse use) {
    auto nodes = parse_pattern(text);
    if (!nodes || !pattern_problem(text, use).empty()) {
        return;
    }
    auto& pattern = patterns.emplace_back();
    pattern.family = family;
    pattern.text = text;
    pattern.with_vendor = use == PatternUse::with_vendor;
    pattern.nodes = std::move(*nodes);
    pattern.needs = needed_words(pattern.nodes);
    const auto brand = brand_at.find(lexicon.families[family].brand);
    pattern.vendor =
        brand == brand_at.end() ? "()" : vendor_expression(lexicon.brands[brand->second]);
    const auto& first = pattern.nodes.front();
    if (first.kind == PatternNode::Kind::literal && first.text.size() >= 3) {
        heads.insert(small_letters(first.text));
    }
    for (const auto& word : first.choices) {
        if (word.size() >= 3) {
            heads.insert(small_letters(word));
        }
    }
}

std::vector<std::size_t> ModelGrammar::State::likely(const std::string& text) const {
    std::vector<std::size_t> indices;
    if (!holds_digit(text) && text.find_first_of("oil|!zs$gb") == std::string::npos) {
        return indices;
    }
    const auto letters = squeezed(text);
    for (std::size_t i = 0; i < patterns.size(); ++i) {
        if (patterns[i].may_be_in(letters)) {
            indices.push_back(i);
        }
    }
    return indices;
}

ModelCandidate ModelGrammar::State::candidate(const Pattern& pattern,
                                              const NormalText& text,
                                              const std::vector<re2::StringPiece>& groups) const {
    const auto& family = lexicon.families[pattern.family];
    ModelCandidate result;
    result.family = pattern.family;
    result.brand = family.brand;
    result.group = family.group;
    result.pattern = pattern.text;
    result.accelerators = family.accelerators;
    const char* const origin = text.text.data();
    std::size_t first = text.text.size();
    std::size_t last = 0;
    for (std::size_t i = 0; i < pattern.compiled->groups.size(); ++i) {
        const auto& read = groups[i + 2];
        if (read.data() == nullptr) {
            continue;
        }
        const auto& node = *pattern.compiled->groups[i];
        const auto part = written_as(node, {read.data(), read.size()});
        result.text += part.text;
        if (node.kind == PatternNode::Kind::separator) {
            continue;
        }
        const auto at = static_cast<std::size_t>(read.data() - origin);
        first = std::min(first, at);
        last = std::max(last, at + read.size());
        result.characters += read.size();
        result.lookalikes += part.lookalikes;
        if (node.name.empty()) {
            continue;
        }
        ModelPart named{node.name, part.text, {}};
        for (const auto& meaning : family.meanings) {
            if (meaning.part == named.name && meaning.value == named.value) {
                named.meaning = meaning.meaning;
                result.accelerators = result.accelerators || meaning.accelerators;
            }
        }
        result.parts.push_back(std::move(named));
    }
    result.begin = text.begin[first];
    result.end = text.end[last - 1];
    return result;
}

void ModelGrammar::State::match(const Pattern& pattern,
                                const NormalText& text,
                                std::vector<ModelCandidate>& found,
                                std::vector<bool>& vendor_needed) const {
    const auto* const expression = pattern.expression();
    if (expression == nullptr) {
        return;
    }
    std::vector<re2::StringPiece> groups(
        1 + static_cast<std::size_t>(expression->NumberOfCapturingGroups()));
    std::size_t at = 0;
    while (at < text.text.size() && found.size() < kMaxFound &&
           expression->Match(piece(text.text),
                             at,
                             text.text.size(),
                             RE2::UNANCHORED,
                             groups.data(),
                             static_cast<int>(groups.size()))) {
        const auto begin = static_cast<std::size_t>(groups[0].data() - text.text.data());
        auto result = candidate(pattern, text, groups);
        // Six letters and more leave no doubt with one of them misread.
        const bool sure = result.lookalikes == 0 ||
                          (result.characters >= 6 && result.lookalikes * 4 <= result.characters);
        if (sure) {
            found.push_back(std::move(result));
            vendor_needed.push_back(pattern.with_vendor && groups[1].empty());
        }
        at = begin + (sure ? std::max<std::size_t>(1, groups[0].size()) : 1);
    }
}

std::optional<std::size_t> ModelGrammar::State::find_watched(const ModelCandidate& candidate,
                                                             std::string_view context) const {
    // What the list needs beside a name ("needs") is told by knowing the maker.
    const auto around = candidate.name + "\n" + candidate.brand + "\n" + std::string(context);
    for (const auto& match : watched.find(candidate.text, around)) {
        const auto& brand = lexicon.models[match.term].brand;
        if (is_told_by(candidate.text, match) && (brand.empty() || brand == candidate.brand)) {
            return match.term;
        }
    }
    return std::nullopt;
}

ModelGrammar::ModelGrammar(const Lexicon& lexicon) : state_(std::make_unique<State>(lexicon)) {}
ModelGrammar::~ModelGrammar() = default;
ModelGrammar::ModelGrammar(ModelGrammar&&) noexcept = default;
ModelGrammar& ModelGrammar::operator=(ModelGrammar&&) noexcept = default;

std::vector<ModelCandidate> ModelGrammar::find(std::string_view text,
                                               std::string_view context) const {
    text = text.substr(0, kMaxTextBytes);
    context = context.substr(0, kMaxTextBytes);
    const auto normal = normal_text(text);
    std::vector<ModelCandidate> found;
    std::vector<bool> vendor_needed;
    for (const auto index : state_->likely(normal.text)) {
        state_->match(state_->patterns[index], normal, found, vendor_needed);
    }
    std::set<std::string> named;
    if (std::ranges::find(vendor_needed, true) != vendor_needed.end()) {
        for (const auto part : {text, context}) {
            for (const auto& match : state_->vendors.find(part)) {
                named.insert(state_->lexicon.brands[match.term].key);
            }
        }
    }
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (!vendor_needed[i] || named.contains(found[i].brand)) {
            order.push_back(i);
        }
    }
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
        const auto rank = [&](std::size_t i) {
            const auto& c = found[i];
            return std::pair(c.characters - std::min(c.characters, c.lookalikes), c.parts.size());
        };
        return rank(a) > rank(b);
    });
    std::vector<ModelCandidate> kept;
    for (const auto index : order) {
        auto& candidate = found[index];
        const bool taken = std::ranges::any_of(kept, [&](const ModelCandidate& known) {
            return known.begin < candidate.end && candidate.begin < known.end;
        });
        if (!taken && kept.size() < kMaxCandidates) {
            kept.push_back(std::move(candidate));
        }
    }
    std::ranges::sort(kept, {}, &ModelCandidate::begin);
    for (auto& candidate : kept) {
        const auto brand = state_->brand_at.find(candidate.brand);
        candidate.name = brand == state_->brand_at.end()
                             ? candidate.text
                             : state_->lexicon.brands[brand->second].name + " " + candidate.text;
        candidate.watched = state_->find_watched(candidate, context);
    }
    return kept;
}

bool ModelGrammar::may_be_part(std::string_view line) const {
    constexpr std::size_t kMaxShort = 24;
    const auto normal = normal_text(line.substr(0, 4 * kMaxTextBytes / 1024)).text;
    const auto words = static_cast<std::size_t>(std::ranges::count_if(normal, is_word_byte));
    if (words == 0) {
        return false;
    }
    if (words <= kMaxShort && holds_digit(normal)) {
        return true;
    }
    return std::ranges::any_of(state_->heads, [&](const std::string& head) {
        return normal.find(head) != std::string::npos;
    });
}

std::string pattern_problem(std::string_view pattern, PatternUse use) {
    const auto nodes = parse_pattern(pattern);
    if (!nodes) {
        return nodes.error().detail;
    }
    const auto weight = weight_of(*nodes);
    if (use == PatternUse::with_vendor) {
        const bool enough = weight.given >= kLeastGiven ||
                            (weight.given >= 1 && weight.characters >= kLeastWithVendor);
        return enough ? std::string()
                      : fmt::format(
                            "is too common: it needs {} letters or digits at least, one "
                            "of them given, or {} given ones",
                            kLeastWithVendor,
                            kLeastGiven);
    }
    const bool distinct =
        weight.given > kLeastGiven || (weight.given >= 2 && weight.characters >= kLeastAlone) ||
        (weight.given >= 1 && weight.hyphens >= 1 && weight.characters >= kLeastAloneHyphenated);
    return distinct ? std::string()
                    : fmt::format(
                          "is too common to stand alone: {} letters or digits with two "
                          "given, {} given ones, or {} with one given and a hyphen; or "
                          "put it under with_vendor",
                          kLeastAlone,
                          kLeastGiven + 1,
                          kLeastAloneHyphenated);
}

}  // namespace chiptrail::vision
