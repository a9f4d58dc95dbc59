#include "core/term_matcher.hpp"

#include "core/unicode.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

namespace chiptrail::core {

namespace {

constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxSeparators = 3;
constexpr std::size_t kMaxRun = 16;

struct Token {
    enum class Kind { literal, digit, letter_or_digit, run, separator };
    Kind kind = Kind::literal;
    char32_t letter = 0;
};

struct Pattern {
    std::size_t term = 0;
    std::vector<Token> tokens;
};

/// A way the pattern can have come so far: the next character, and how many only resembled.
struct Reach {
    std::size_t at = 0;
    std::size_t lookalikes = 0;
};

bool is_separator(char32_t c) {
    return c == U' ' || c == U'\t' || c == U'\n' || c == U'\r' || c == U'-' || c == U'_' ||
           c == U'.' || (c >= 0x2010 && c <= 0x2015) || c == 0x2212;
}

bool is_latin_word(char32_t c) {
    return is_word(c) && !is_ideographic(c);
}

bool is_digit(char32_t c) {
    return c >= U'0' && c <= U'9';
}

/// One letter for each group that print and readers confuse.
char32_t representative(char32_t c) {
    switch (c) {
        case U'o':
            return U'0';
        case U'i':
        case U'l':
        case U'|':
        case U'!':
            return U'1';
        case U'z':
            return U'2';
        case U's':
        case U'$':
            return U'5';
        case U'b':
            return U'8';
        default:
            return c;
    }
}

std::vector<Token> compile(std::string_view spelling) {
    std::vector<Token> tokens;
    for (const char32_t c : fold(spelling).text) {
        if (is_separator(c)) {
            if (!tokens.empty() && tokens.back().kind != Token::Kind::separator) {
                tokens.push_back({Token::Kind::separator, 0});
            }
        } else if (c == U'#') {
            tokens.push_back({Token::Kind::digit, 0});
        } else if (c == U'?') {
            tokens.push_back({Token::Kind::letter_or_digit, 0});
        } else if (c == U'*') {
            tokens.push_back({Token::Kind::run, 0});
        } else {
            tokens.push_back({Token::Kind::literal, c});
        }
    }
    if (!tokens.empty() && tokens.back().kind == Token::Kind::separator) {
        tokens.pop_back();
    }
    return tokens;
}

bool is_usable(const std::vector<Token>& tokens) {
    using enum Token::Kind;
    if (tokens.empty() || (tokens.front().kind != literal && tokens.front().kind != digit)) {
        return false;
    }
    return std::ranges::any_of(
        tokens, [](const Token& t) { return t.kind == literal && is_word(t.letter); });
}

void add(std::vector<Reach>& reached, Reach way) {
    for (auto& known : reached) {
        if (known.at == way.at) {
            known.lookalikes = std::min(known.lookalikes, way.lookalikes);
            return;
        }
    }
    reached.push_back(way);
}

}  // namespace

struct TermMatcher::State {
    std::vector<Term> terms;
    std::vector<std::vector<Pattern>> needs;  ///< for each term
    Lookalikes lookalikes = Lookalikes::differ;
    std::unordered_map<char32_t, std::vector<Pattern>> by_first;

    [[nodiscard]] char32_t key(char32_t c) const {
        return lookalikes == Lookalikes::match ? representative(c) : c;
    }

    void insert(Pattern pattern) {
        if (pattern.tokens.front().kind == Token::Kind::literal) {
            by_first[key(pattern.tokens.front().letter)].push_back(std::move(pattern));
            return;
        }
        for (char32_t digit = U'0'; digit <= U'9'; ++digit) {
            by_first[digit].push_back(pattern);
        }
    }

    /// 0: equal, 1: resembles, nullopt: differs.
    [[nodiscard]] std::optional<std::size_t> compare(const Token& token, char32_t c) const {
        const bool resembling = lookalikes == Lookalikes::match;
        if (token.kind == Token::Kind::letter_or_digit) {
            return is_latin_word(c) ? std::optional<std::size_t>(0) : std::nullopt;
        }
        const bool equal = token.kind == Token::Kind::digit ? is_digit(c) : token.letter == c;
        if (equal) {
            return 0;
        }
        const char32_t twin = representative(c);
        const bool resembles = token.kind == Token::Kind::digit
                                   ? is_digit(twin)
                                   : representative(token.letter) == twin;
        return resembling && resembles ? std::optional<std::size_t>(1) : std::nullopt;
    }

    [[nodiscard]] std::vector<Reach> step(const Token& token,
                                          const std::vector<Reach>& from,
                                          std::u32string_view text) const {
        std::vector<Reach> reached;
        for (const auto& way : from) {
            if (token.kind == Token::Kind::separator || token.kind == Token::Kind::run) {
                const bool run = token.kind == Token::Kind::run;
                const auto most = run ? kMaxRun : kMaxSeparators;
                add(reached, way);
                for (std::size_t n = 0; n < most && way.at + n < text.size(); ++n) {
                    const char32_t c = text[way.at + n];
                    if (run ? !is_latin_word(c) : !is_separator(c)) {
                        break;
                    }
                    add(reached, {way.at + n + 1, way.lookalikes});
                }
            } else if (way.at < text.size()) {
                if (const auto cost = compare(token, text[way.at])) {
                    add(reached, {way.at + 1, way.lookalikes + *cost});
                }
            }
        }
        return reached;
    }

    /// The longest way through the pattern that ends as a word.
    [[nodiscard]] std::optional<Reach> match(const Pattern& pattern,
                                             const FoldedText& folded,
                                             std::string_view bytes,
                                             std::size_t at) const;
    [[nodiscard]] bool has_needed(std::size_t term,
                                  const FoldedText& folded,
                                  std::string_view bytes) const;
    [[nodiscard]] bool holds(const Pattern& pattern,
                             const FoldedText& folded,
                             std::string_view bytes) const;
};

namespace {

/// Quantities touch names: "8xH100".
bool begins_word(std::u32string_view text, std::size_t at) {
    if (at == 0 || !is_latin_word(text[at]) || !is_latin_word(text[at - 1])) {
        return true;
    }
    return text[at - 1] == U'x' && at >= 2 && is_digit(text[at - 2]);
}

/// "H100x8" and the plural "H100s" end a word too; "L40S" is another product than "L40".
bool ends_word(const FoldedText& folded, std::string_view bytes, std::size_t end) {
    const auto& text = folded.text;
    if (end >= text.size() || !is_latin_word(text[end - 1]) || !is_latin_word(text[end])) {
        return true;
    }
    const bool last = end + 1 >= text.size() || !is_latin_word(text[end + 1]);
    const bool quantity = text[end] == U'x' && end + 1 < text.size() && is_digit(text[end + 1]);
    const bool plural = last && bytes[folded.begin[end]] == 's' && is_digit(text[end - 1]);
    return quantity || plural;
}

}  // namespace

std::optional<Reach> TermMatcher::State::match(const Pattern& pattern,
                                               const FoldedText& folded,
                                               std::string_view bytes,
                                               std::size_t at) const {
    if (!begins_word(folded.text, at)) {
        return std::nullopt;
    }
    std::vector<Reach> ways{{at, 0}};
    for (const auto& token : pattern.tokens) {
        ways = step(token, ways, folded.text);
        if (ways.empty()) {
            return std::nullopt;
        }
    }
    std::optional<Reach> best;
    for (const auto& way : ways) {
        const bool longer = !best || way.at > best->at;
        if (longer && way.at > at && ends_word(folded, bytes, way.at)) {
            best = way;
        }
    }
    return best;
}

bool TermMatcher::State::holds(const Pattern& pattern,
                               const FoldedText& folded,
                               std::string_view bytes) const {
    for (std::size_t at = 0; at < folded.text.size(); ++at) {
        if (match(pattern, folded, bytes, at)) {
            return true;
        }
    }
    return false;
}

bool TermMatcher::State::has_needed(std::size_t term,
                                    const FoldedText& folded,
                                    std::string_view bytes) const {
    return needs[term].empty() || std::ranges::any_of(needs[term], [&](const Pattern& pattern) {
               return holds(pattern, folded, bytes);
           });
}

TermMatcher::TermMatcher(std::vector<Term> terms, Lookalikes lookalikes)
    : state_(std::make_unique<State>()) {
    state_->terms = std::move(terms);
    state_->lookalikes = lookalikes;
    state_->needs.resize(state_->terms.size());
    for (std::size_t i = 0; i < state_->terms.size(); ++i) {
        for (const auto& spelling : state_->terms[i].spellings) {
            if (auto tokens = compile(spelling); is_usable(tokens)) {
                state_->insert({i, std::move(tokens)});
            }
        }
        for (const auto& word : state_->terms[i].needs) {
            if (auto tokens = compile(word); is_usable(tokens)) {
                state_->needs[i].push_back({i, std::move(tokens)});
            }
        }
    }
}

TermMatcher::~TermMatcher() = default;
TermMatcher::TermMatcher(TermMatcher&&) noexcept = default;
TermMatcher& TermMatcher::operator=(TermMatcher&&) noexcept = default;

const std::vector<Term>& TermMatcher::terms() const {
    return state_->terms;
}

std::vector<TermMatch> TermMatcher::find(std::string_view text, std::string_view context) const {
    text = text.substr(0, kMaxTextBytes);
    context = context.substr(0, kMaxTextBytes);
    const auto folded = fold(text);
    std::optional<FoldedText> folded_context;
    std::vector<std::optional<bool>> needed(state_->terms.size());
    const auto counts = [&](std::size_t term) {
        if (needed[term]) {
            return *needed[term];
        }
        bool holds = state_->has_needed(term, folded, text);
        if (!holds && !context.empty()) {
            if (!folded_context) {
                folded_context = fold(context);
            }
            holds = state_->has_needed(term, *folded_context, context);
        }
        needed[term] = holds;
        return holds;
    };

    std::vector<TermMatch> matches;
    for (std::size_t at = 0; at < folded.text.size();) {
        const auto found = state_->by_first.find(state_->key(folded.text[at]));
        std::optional<std::pair<Reach, std::size_t>> best;
        if (found != state_->by_first.end()) {
            for (const auto& pattern : found->second) {
                const auto way = state_->match(pattern, folded, text, at);
                const bool better =
                    way &&
                    (!best || way->at > best->first.at ||
                     (way->at == best->first.at && way->lookalikes < best->first.lookalikes));
                if (better && counts(pattern.term)) {
                    best = {*way, pattern.term};
                }
            }
        }
        if (!best) {
            ++at;
            continue;
        }
        const auto end = best->first.at;
        matches.push_back(
            {best->second, folded.begin[at], folded.end[end - 1], best->first.lookalikes});
        at = end;
    }
    return matches;
}

}  // namespace chiptrail::core
