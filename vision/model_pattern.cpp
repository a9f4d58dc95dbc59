#include "vision/model_pattern.hpp"

#include "core/unicode.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace chiptrail::vision {

namespace {

constexpr std::size_t kMaxPatternBytes = 400;
constexpr std::size_t kMaxNodes = 32;
constexpr std::size_t kMaxDepth = 4;
constexpr std::size_t kMaxCount = 16;
constexpr std::size_t kMaxChoices = 64;
constexpr std::size_t kMaxChoiceBytes = 24;
constexpr std::size_t kDefaultMost = 8;  ///< of "{letters}", without a count

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) {
    return c >= 'a' && c <= 'z';
}

char small(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

char capital(char c) {
    return is_letter(c) ? static_cast<char>(c - 'a' + 'A') : c;
}

bool is_sign(char c) {
    return std::string_view("/+#()&").find(c) != std::string_view::npos;
}

/// What print and readers confuse: each row holds one digit and the letters that resemble it.
constexpr std::array<std::string_view, 6> kAlike = {"0o", "1il|!", "2z", "5s$", "6g", "8b"};

std::string_view alike(char c) {
    for (const auto row : kAlike) {
        if (row.find(c) != std::string_view::npos) {
            return row;
        }
    }
    return {};
}

bool resembles(char read, char meant) {
    return read == meant || alike(meant).find(read) != std::string_view::npos;
}

/// The digit or letter that `read` resembles, itself if it is one; 0 when there is none.
char as_kind(char read, CharacterKind kind) {
    const bool wants_digit = kind == CharacterKind::digits;
    if (kind == CharacterKind::any || (wants_digit ? is_digit(read) : is_letter(read))) {
        return read;
    }
    const auto row = alike(read);
    const auto found =
        std::ranges::find_if(row, [&](char c) { return wants_digit ? is_digit(c) : is_letter(c); });
    return found == row.end() ? '\0' : *found;
}

class PatternParser {
public:
    explicit PatternParser(std::string_view pattern) : rest_(pattern) {}

    core::Result<std::vector<PatternNode>> parse() {
        if (rest_.size() > kMaxPatternBytes) {
            return wrong(fmt::format("is longer than {} bytes", kMaxPatternBytes));
        }
        auto nodes = sequence(0);
        if (nodes && !rest_.empty()) {
            return wrong("']' closes nothing");
        }
        return nodes;
    }

private:
    static tl::unexpected<core::Failure> wrong(std::string what) {
        return core::fail(core::Failure::Kind::bad_input, std::move(what));
    }

    core::Result<std::vector<PatternNode>> sequence(std::size_t depth) {
        std::vector<PatternNode> nodes;
        while (!rest_.empty() && rest_.front() != ']') {
            if (++count_ > kMaxNodes) {
                return wrong(fmt::format("has more than {} parts", kMaxNodes));
            }
            auto node = next(depth);
            if (!node) {
                return tl::unexpected(node.error());
            }
            nodes.push_back(std::move(*node));
        }
        return nodes;
    }

    core::Result<PatternNode> next(std::size_t depth) {
        switch (rest_.front()) {
            case '[':
                return optional(depth);
            case '{':
                return braces();
            case '-':
            case ' ':
                return separator();
            default:
                return literal();
        }
    }

    core::Result<PatternNode> optional(std::size_t depth) {
        if (depth + 1 >= kMaxDepth) {
            return wrong("nests '[' too deep");
        }
        rest_.remove_prefix(1);
        auto children = sequence(depth + 1);
        if (!children) {
            return tl::unexpected(children.error());
        }
        if (rest_.empty()) {
            return wrong("'[' is not closed by ']'");
        }
        rest_.remove_prefix(1);
        if (children->empty()) {
            return wrong("'[]' holds nothing");
        }
        PatternNode node;
        node.kind = PatternNode::Kind::optional;
        node.children = std::move(*children);
        return node;
    }

    core::Result<PatternNode> separator() {
        PatternNode node;
        node.kind = PatternNode::Kind::separator;
        node.text = rest_.front();
        while (!rest_.empty() && (rest_.front() == '-' || rest_.front() == ' ')) {
            rest_.remove_prefix(1);
        }
        return node;
    }

    core::Result<PatternNode> literal() {
        PatternNode node;
        while (!rest_.empty()) {
            const char c = small(rest_.front());
            if (!is_digit(c) && !is_letter(c) && !is_sign(c)) {
                break;
            }
            node.text += rest_.front();
            rest_.remove_prefix(1);
        }
        if (node.text.empty()) {
            return wrong(
                fmt::format("'{}' stands for nothing; write letters, digits, '-', ' ', "
                            "'/', {{parts}} and [what may be missing]",
                            rest_.substr(0, 1)));
        }
        return node;
    }

    core::Result<PatternNode> braces() {
        const auto close = rest_.find('}');
        if (close == std::string_view::npos) {
            return wrong("'{' is not closed by '}'");
        }
        auto inside = rest_.substr(1, close - 1);
        rest_.remove_prefix(close + 1);
        PatternNode node;
        if (const auto colon = inside.find(':'); colon != std::string_view::npos) {
            node.name = trimmed(inside.substr(0, colon));
            inside = inside.substr(colon + 1);
            if (node.name.empty() || !std::ranges::all_of(node.name, [](char c) {
                    return is_letter(c) || is_digit(c) || c == '_';
                })) {
                return wrong(
                    fmt::format("\"{}\" is no name of a part: small letters, digits "
                                "and '_'",
                                node.name));
            }
        }
        const auto text = trimmed(inside);
        if (auto characters = read_characters(text)) {
            node.kind = PatternNode::Kind::characters;
            node.of = characters->of;
            node.least = characters->least;
            node.most = characters->most;
            if (node.least < 1 || node.least > node.most || node.most > kMaxCount) {
                return wrong(
                    fmt::format("\"{{{}}}\": a part has 1 to {} characters", text, kMaxCount));
            }
            return node;
        }
        return choice(std::move(node), text);
    }

    static std::string_view trimmed(std::string_view text) {
        const auto begin = text.find_first_not_of(' ');
        const auto end = text.find_last_not_of(' ');
        return begin == std::string_view::npos ? std::string_view()
                                               : text.substr(begin, end - begin + 1);
    }

    static std::optional<CharacterKind> kind_of(std::string_view word) {
        constexpr std::array<std::pair<std::string_view, CharacterKind>, 8> kKinds{{
            {"digit", CharacterKind::digits},
            {"digits", CharacterKind::digits},
            {"letter", CharacterKind::letters},
            {"letters", CharacterKind::letters},
            {"small letter", CharacterKind::small_letters},
            {"small letters", CharacterKind::small_letters},
            {"letter or digit", CharacterKind::any},
            {"letters or digits", CharacterKind::any},
        }};
        const auto* const found =
            std::ranges::find(kKinds, word, &std::pair<std::string_view, CharacterKind>::first);
        return found == kKinds.end() ? std::nullopt : std::optional(found->second);
    }

    static std::optional<std::size_t> take_number(std::string_view& text) {
        std::size_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc{}) {
            return std::nullopt;
        }
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        return number;
    }

    /// "3 digits", "2-4 letters", "letters".
    static std::optional<PatternNode> read_characters(std::string_view text) {
        PatternNode node;
        if (const auto kind = kind_of(text)) {
            node.of = *kind;
            node.least = 1;
            node.most = text.ends_with('s') ? kDefaultMost : 1;
            return node;
        }
        const auto least = take_number(text);
        if (!least) {
            return std::nullopt;
        }
        node.least = *least;
        node.most = *least;
        if (text.starts_with('-')) {
            text.remove_prefix(1);
            const auto most = take_number(text);
            if (!most) {
                return std::nullopt;
            }
            node.most = *most;
        }
        const auto kind = text.starts_with(' ') ? kind_of(trimmed(text)) : std::nullopt;
        if (!kind) {
            return std::nullopt;
        }
        node.of = *kind;
        return node;
    }

    static core::Result<PatternNode> choice(PatternNode node, std::string_view text) {
        node.kind = PatternNode::Kind::choice;
        for (auto rest = text; !rest.empty();) {
            const auto bar = std::min(rest.find('|'), rest.size());
            const auto word = trimmed(rest.substr(0, bar));
            rest.remove_prefix(std::min(bar + 1, rest.size()));
            const bool sound =
                !word.empty() && word.size() <= kMaxChoiceBytes &&
                std::ranges::all_of(word, [](char c) {
                    return is_digit(c) || is_letter(small(c)) || is_sign(c) || c == '-' || c == ' ';
                });
            if (!sound || node.choices.size() == kMaxChoices) {
                return wrong(
                    fmt::format("\"{{{}}}\" is neither a number of digits, letters, small letters, "
                                "\"letters or digits\", nor words with '|' between",
                                text));
            }
            node.choices.emplace_back(word);
        }
        // "{digts}" and "{n: 3 digts}" are typing mistakes, not choices of one.
        const bool is_one = node.choices.size() == 1 && !node.name.empty() &&
                            node.choices.front().find(' ') == std::string::npos;
        if (node.choices.size() < 2 && !is_one) {
            return wrong(
                fmt::format("\"{{{}}}\" is no part: write {{3 digits}}, {{2-4 letters}}, "
                            "{{name: A|B}}",
                            text));
        }
        // The longest first: an expression takes the first that fits.
        std::ranges::stable_sort(node.choices, std::ranges::greater(), &std::string::size);
        return node;
    }

    std::string_view rest_;
    std::size_t count_ = 0;
};

// What may stand between two words of a label: "SYS - 421GE", "P/N: 900".
constexpr std::string_view kBetween = "[-: ]";

std::string escaped(char c) {
    return is_digit(c) || is_letter(c) ? std::string(1, c) : fmt::format("[{}]", c);
}

std::string one_of(std::string_view characters) {
    return "[" + std::string(characters) + "]";
}

std::string literal_expression(std::string_view text, bool tolerant) {
    std::string expression;
    for (const char given : text) {
        const char c = small(given);
        const auto row = alike(c);
        if (c == ' ' || c == '-') {
            expression += std::string(kBetween) + "{0,3}";
        } else if (tolerant && !row.empty()) {
            expression += one_of(row);
        } else {
            expression += escaped(c);
        }
    }
    return expression;
}

std::string characters_expression(const PatternNode& node, bool tolerant) {
    std::string_view set;
    switch (node.of) {
        case CharacterKind::digits:
            set = tolerant ? "[0-9oil|!zs$gb]" : "[0-9]";
            break;
        case CharacterKind::letters:
        case CharacterKind::small_letters:
            set = tolerant ? "[a-z01|!25$68]" : "[a-z]";
            break;
        case CharacterKind::any:
            set = "[a-z0-9]";
            break;
    }
    return node.least == node.most ? fmt::format("{}{{{}}}", set, node.least)
                                   : fmt::format("{}{{{},{}}}", set, node.least, node.most);
}

bool is_given(const PatternNode& node) {
    return node.kind == PatternNode::Kind::literal || node.kind == PatternNode::Kind::choice;
}

bool is_fixed(const PatternNode& node) {
    return is_given(node) ||
           (node.kind == PatternNode::Kind::characters && node.least == node.most);
}

/// The ends of a node where it touches its neighbour: the last of its children, or the first.
const PatternNode& edge(const PatternNode& node, bool last) {
    return node.kind == PatternNode::Kind::optional
               ? edge(last ? node.children.back() : node.children.front(), last)
               : node;
}

bool are_different_kinds(const PatternNode& a, const PatternNode& b) {
    const auto is_digits = [](const PatternNode& node) { return node.of == CharacterKind::digits; };
    return a.kind == PatternNode::Kind::characters && b.kind == PatternNode::Kind::characters &&
           a.of != CharacterKind::any && b.of != CharacterKind::any && is_digits(a) != is_digits(b);
}

class PatternCompiler {
public:
    CompiledPattern compile(const std::vector<PatternNode>& nodes) {
        sequence(nodes, nullptr, nullptr);
        return std::move(out_);
    }

private:
    void sequence(const std::vector<PatternNode>& nodes,
                  const PatternNode* before,
                  const PatternNode* after) {
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            add(nodes[i],
                i > 0 ? &nodes[i - 1] : before,
                i + 1 < nodes.size() ? &nodes[i + 1] : after);
        }
    }

    void add(const PatternNode& node, const PatternNode* before, const PatternNode* after) {
        switch (node.kind) {
            case PatternNode::Kind::literal:
                group(node, literal_expression(node.text, node.text.size() > 1));
                anchored_ = true;
                break;
            case PatternNode::Kind::choice:
                group(node, choice_expression(node));
                break;
            case PatternNode::Kind::characters:
                characters(node, before, after);
                break;
            case PatternNode::Kind::separator:
                separator(node, before, after);
                break;
            case PatternNode::Kind::optional:
                optional(node, before, after);
                break;
        }
    }

    void group(const PatternNode& node, const std::string& expression) {
        out_.expression += "(" + expression + ")";
        out_.groups.push_back(&node);
    }

    std::string choice_expression(const PatternNode& node) const {
        std::string expression;
        for (const auto& word : node.choices) {
            expression += (expression.empty() ? "" : "|") +
                          literal_expression(word, anchored_ && word.size() > 1);
        }
        return expression;
    }

    void characters(const PatternNode& node, const PatternNode* before, const PatternNode* after) {
        // People write a blank into "XE 9680" and "Gen 10".
        if (before != nullptr && before->kind == PatternNode::Kind::literal &&
            before->text.size() > 1 && node.of == CharacterKind::digits) {
            out_.expression += " ?";
        }
        const bool closes =
            after == nullptr || edge(*after, false).kind == PatternNode::Kind::separator;
        const bool placed = anchored_ && (is_fixed(node) || (closes && is_run_of_its_own(before)));
        group(node, characters_expression(node, placed && node.of != CharacterKind::any));
        anchored_ = anchored_ && is_fixed(node);
    }

    static bool is_run_of_its_own(const PatternNode* before) {
        return before == nullptr || before->kind == PatternNode::Kind::separator ||
               before->kind == PatternNode::Kind::literal;
    }

    void separator(const PatternNode& node, const PatternNode* before, const PatternNode* after) {
        const bool at_edge = before == nullptr || after == nullptr;
        const bool apart = at_edge || is_fixed(edge(*before, true)) ||
                           is_given(edge(*after, false)) ||
                           are_different_kinds(edge(*before, true), edge(*after, false));
        group(node, std::string(kBetween) + (apart ? "{0,3}" : "{1,3}"));
        anchored_ = anchored_ || !apart;
    }

    void optional(const PatternNode& node, const PatternNode* before, const PatternNode* after) {
        const bool anchored = anchored_;
        out_.expression += "(?:";
        sequence(node.children, before, after);
        out_.expression += ")?";
        // What follows begins in one of two places, unless the part in between says which.
        anchored_ = anchored && is_given(node.children.front());
    }

    CompiledPattern out_;
    bool anchored_ = true;
};

WrittenPart written_word(std::string_view word, std::string_view read) {
    WrittenPart part{std::string(word), 0};
    std::size_t at = 0;
    for (const char given : word) {
        const char meant = small(given);
        if (meant == ' ' || meant == '-') {
            continue;
        }
        while (at < read.size() && kBetween.find(read[at]) != std::string_view::npos) {
            ++at;
        }
        part.lookalikes += at < read.size() && read[at] == meant ? 0U : 1U;
        ++at;
    }
    return part;
}

bool can_be(std::string_view word, std::string_view read) {
    std::size_t at = 0;
    for (const char given : word) {
        const char meant = small(given);
        if (meant == ' ' || meant == '-') {
            continue;
        }
        while (at < read.size() && kBetween.find(read[at]) != std::string_view::npos) {
            ++at;
        }
        if (at == read.size() || !resembles(read[at], meant)) {
            return false;
        }
        ++at;
    }
    return at == read.size();
}

WrittenPart written_characters(const PatternNode& node, std::string_view read) {
    WrittenPart part;
    for (const char c : read) {
        const char meant = as_kind(c, node.of);
        const char kept = meant == '\0' ? c : meant;
        part.lookalikes += kept == c ? 0U : 1U;
        part.text += node.of == CharacterKind::small_letters ? kept : capital(kept);
    }
    return part;
}

void add_weight(const std::vector<PatternNode>& nodes, PatternWeight& weight) {
    for (const auto& node : nodes) {
        switch (node.kind) {
            case PatternNode::Kind::literal:
                weight.characters += node.text.size();
                weight.given += node.text.size();
                break;
            case PatternNode::Kind::choice:
                weight.characters += node.choices.back().size();
                weight.given += node.choices.back().size();
                break;
            case PatternNode::Kind::characters:
                weight.characters += node.least;
                break;
            case PatternNode::Kind::separator:
                weight.hyphens += node.text == "-" ? 1U : 0U;
                break;
            case PatternNode::Kind::optional:
                break;
        }
    }
}

}  // namespace

NormalText normal_text(std::string_view text) {
    const auto folded = core::fold(text);
    NormalText normal;
    normal.begin = folded.begin;
    normal.end = folded.end;
    normal.text.reserve(folded.text.size());
    for (const char32_t c : folded.text) {
        const bool hyphen = c == U'-' || c == U'_' || (c >= 0x2010 && c <= 0x2015) || c == 0x2212;
        const bool blank = c == U' ' || c == U'\t' || c == U'\n' || c == U'\r' || c == U'.';
        if (hyphen) {
            normal.text += '-';
        } else if (blank) {
            normal.text += ' ';
        } else if (c >= U'!' && c < 0x7F) {
            normal.text += static_cast<char>(c);
        } else {
            normal.text += NormalText::kOther;
        }
    }
    return normal;
}

core::Result<std::vector<PatternNode>> parse_pattern(std::string_view pattern) {
    return PatternParser(pattern).parse();
}

PatternWeight weight_of(const std::vector<PatternNode>& nodes) {
    PatternWeight weight;
    add_weight(nodes, weight);
    return weight;
}

CompiledPattern compile_pattern(const std::vector<PatternNode>& nodes) {
    return PatternCompiler().compile(nodes);
}

std::string squeezed(std::string_view normal) {
    std::string text;
    text.reserve(normal.size());
    for (const char given : normal) {
        const char c = small(given);
        if (c != ' ' && c != '-' && c != ':') {
            const auto row = alike(c);
            text += row.empty() ? c : row.front();
        }
    }
    return text;
}

std::vector<std::vector<std::string>> needed_words(const std::vector<PatternNode>& nodes) {
    std::vector<std::vector<std::string>> words;
    for (const auto& node : nodes) {
        if (node.kind == PatternNode::Kind::literal) {
            words.push_back({squeezed(node.text)});
        } else if (node.kind == PatternNode::Kind::choice) {
            words.emplace_back();
            for (const auto& word : node.choices) {
                words.back().push_back(squeezed(word));
            }
        }
    }
    return words;
}

WrittenPart written_as(const PatternNode& node, std::string_view read) {
    switch (node.kind) {
        case PatternNode::Kind::literal:
            return written_word(node.text, read);
        case PatternNode::Kind::separator:
            return {node.text, 0};
        case PatternNode::Kind::choice: {
            std::optional<WrittenPart> best;
            for (const auto& word : node.choices) {
                if (can_be(word, read)) {
                    auto part = written_word(word, read);
                    best = !best || part.lookalikes < best->lookalikes ? part : *best;
                }
            }
            return best.value_or(WrittenPart{std::string(read), 0});
        }
        case PatternNode::Kind::characters:
            return written_characters(node, read);
        case PatternNode::Kind::optional:
            break;
    }
    return {std::string(read), 0};
}

}  // namespace chiptrail::vision
