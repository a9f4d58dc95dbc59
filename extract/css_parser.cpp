#include "core/text.hpp"
#include "core/unicode.hpp"
#include "extract/css_ast.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

namespace chiptrail::extract {

namespace {

using Kind = CssTest::Kind;

constexpr std::size_t kMaxLength = 4096;
constexpr int kMaxNesting = 8;

struct SyntaxError {
    std::size_t at = 0;
    std::string message;
};

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) { return lower(c); });
    return text;
}

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_hex(char c) {
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f');
}

bool is_name(char c) {
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

CssTest named(Kind kind, std::string name) {
    CssTest test;
    test.kind = kind;
    test.name = std::move(name);
    return test;
}

CssTest nth(Kind kind, int step, int offset) {
    CssTest test;
    test.kind = kind;
    test.step = step;
    test.offset = offset;
    return test;
}

/// "2n+1", "odd", "-n + 3"; nullopt for anything else.
std::optional<std::pair<int, int>> read_nth(std::string text) {
    text = lower(std::move(text));
    text.erase(std::remove_if(text.begin(), text.end(), is_space), text.end());
    if (text == "odd") {
        return std::pair(2, 1);
    }
    if (text == "even") {
        return std::pair(2, 0);
    }
    const auto number = [](std::string_view digits) -> std::optional<int> {
        int value = 0;
        if (!digits.empty() && digits.front() == '+') {
            digits.remove_prefix(1);
        }
        const auto* end = digits.data() + digits.size();
        const auto result = std::from_chars(digits.data(), end, value);
        const bool whole = !digits.empty() && result.ec == std::errc() && result.ptr == end;
        return whole && std::abs(value) < 1'000'000 ? std::optional(value) : std::nullopt;
    };
    const auto n = text.find('n');
    if (n == std::string::npos) {
        const auto offset = number(text);
        return offset ? std::optional(std::pair(0, *offset)) : std::nullopt;
    }
    auto step_text = text.substr(0, n);
    if (step_text.empty() || step_text == "+" || step_text == "-") {
        step_text += "1";
    }
    const auto step = number(step_text);
    const auto rest = text.substr(n + 1);
    const auto offset = rest.empty() ? std::optional(0) : number(rest);
    const bool signed_rest = rest.empty() || rest.front() == '+' || rest.front() == '-';
    return step && offset && signed_rest ? std::optional(std::pair(*step, *offset)) : std::nullopt;
}

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    ParsedCss parse() {
        ParsedCss result;
        bool first = true;
        do {
            result.list.chains.push_back(read_chain(Leading::not_allowed));
            auto [output, attribute] = read_output();
            if (!first && (output != result.output || attribute != result.attribute)) {
                fail("every part of a list must end in the same ::text or ::attr()");
            }
            result.output = output;
            result.attribute = attribute;
            first = false;
            skip_space();
        } while (take(','));
        if (at_ < text_.size()) {
            fail(std::string("did not expect '") + text_[at_] + "'");
        }
        return result;
    }

private:
    enum class Leading { not_allowed, allowed };

    [[noreturn]] void fail(std::string message) const {
        throw SyntaxError{at_, std::move(message)};
    }
    [[nodiscard]] char peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }
    bool take(char c) {
        if (peek() == c && at_ < text_.size()) {
            ++at_;
            return true;
        }
        return false;
    }
    void expect(char c) {
        if (!take(c)) {
            fail(std::string("expected '") + c + "'");
        }
    }
    void skip_space() {
        while (at_ < text_.size() && is_space(text_[at_])) {
            ++at_;
        }
    }

    [[nodiscard]] bool at_chain_end() const {
        const char c = peek();
        return at_ >= text_.size() || c == ',' || c == ')' || (c == ':' && peek(1) == ':');
    }

    CssChain read_chain(Leading leading) {
        CssChain chain;
        skip_space();
        auto combinator = CssCombinator::descendant;
        if (leading == Leading::allowed) {
            read_combinator(combinator);
            skip_space();
        }
        while (true) {
            CssStep step;
            step.combinator = combinator;
            step.tests = read_compound();
            chain.steps.push_back(std::move(step));
            const auto space = at_;
            skip_space();
            combinator = CssCombinator::descendant;
            if (read_combinator(combinator)) {
                skip_space();
                continue;
            }
            if (at_ < text_.size() && peek() == ':' && peek(1) == ':' && at_ > space) {
                // "div ::text": any element inside.
                CssStep any;
                chain.steps.push_back(any);
                return chain;
            }
            if (at_ == space || at_chain_end()) {
                return chain;
            }
        }
    }

    bool read_combinator(CssCombinator& combinator) {
        switch (peek()) {
            case '>':
                combinator = CssCombinator::child;
                break;
            case '+':
                combinator = CssCombinator::next;
                break;
            case '~':
                combinator = CssCombinator::later;
                break;
            default:
                return false;
        }
        ++at_;
        return true;
    }

    std::vector<CssTest> read_compound() {
        std::vector<CssTest> tests;
        bool any = take('*');
        if (!any && (is_name(peek()) || peek() == '\\') && at_ < text_.size()) {
            tests.push_back(named(Kind::name, lower(read_name("a name"))));
            any = true;
        }
        if (peek() == '|') {
            fail("namespaces are not supported");
        }
        while (at_ < text_.size()) {
            if (take('#')) {
                tests.push_back(named(Kind::id, read_name("an id")));
            } else if (take('.')) {
                tests.push_back(named(Kind::klass, read_name("a class name")));
            } else if (take('[')) {
                tests.push_back(read_attribute());
            } else if (peek() == ':' && peek(1) != ':') {
                ++at_;
                tests.push_back(read_pseudo_class());
            } else {
                break;
            }
            any = true;
        }
        if (!any && !(peek() == ':' && peek(1) == ':')) {
            fail(at_ >= text_.size() ? "expected an element, but the selector ends"
                                     : std::string("expected an element, not '") + peek() + "'");
        }
        return tests;
    }

    std::string read_name(const char* what) {
        std::string name;
        if (is_digit(peek())) {
            fail(std::string("expected ") + what + ", which cannot start with a digit");
        }
        while (at_ < text_.size()) {
            if (is_name(peek())) {
                name += text_[at_++];
            } else if (peek() == '\\' && at_ + 1 < text_.size()) {
                ++at_;
                read_escape(name);
            } else {
                break;
            }
        }
        if (name.empty()) {
            fail(std::string("expected ") + what);
        }
        return name;
    }

    void read_escape(std::string& out) {
        if (!is_hex(peek())) {
            out += text_[at_++];
            return;
        }
        std::uint32_t code = 0;
        for (int i = 0; i < 6 && is_hex(peek()); ++i) {
            const char c = lower(text_[at_++]);
            code = code * 16 + static_cast<std::uint32_t>(is_digit(c) ? c - '0' : c - 'a' + 10);
        }
        if (is_space(peek())) {
            ++at_;
        }
        core::append_utf8(out, code == 0 ? 0xFFFD : code);
    }

    std::string read_string() {
        const char quote = text_[at_++];
        std::string value;
        while (at_ < text_.size() && text_[at_] != quote) {
            if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
                ++at_;
                read_escape(value);
            } else {
                value += text_[at_++];
            }
        }
        if (!take(quote)) {
            fail("the quoted text does not end");
        }
        return value;
    }

    CssTest read_attribute() {
        skip_space();
        auto test = named(Kind::attribute, lower(read_name("an attribute name")));
        skip_space();
        if (take(']')) {
            return test;
        }
        test.op = read_operator();
        skip_space();
        if (peek() == '"' || peek() == '\'') {
            test.value = read_string();
        } else {
            // Unquoted values may start with a digit: pages' ids do, and browsers' engines that
            // reject them are no help to whoever writes a recipe.
            while (is_name(peek()) || peek() == '.' || peek() == '/' || peek() == ':') {
                test.value += text_[at_++];
            }
            if (test.value.empty()) {
                fail("expected a value");
            }
        }
        skip_space();
        if (lower(peek()) == 'i' || lower(peek()) == 's') {
            test.ignore_case = lower(text_[at_++]) == 'i';
            skip_space();
        }
        expect(']');
        return test;
    }

    CssTest::Operator read_operator() {
        using Operator = CssTest::Operator;
        constexpr std::array<std::pair<char, Operator>, 6> kOperators = {
            {{'~', Operator::word},
             {'|', Operator::dash},
             {'^', Operator::prefix},
             {'$', Operator::suffix},
             {'*', Operator::inside},
             {'!', Operator::differs}}};
        for (const auto& [sign, op] : kOperators) {
            if (peek() == sign) {
                ++at_;
                expect('=');
                return op;
            }
        }
        expect('=');
        return Operator::equals;
    }

    CssTest read_pseudo_class() {
        const auto begin = at_;
        const auto name = lower(read_name("the name of a pseudo-class"));
        if (take('(')) {
            return read_function(name, begin);
        }
        struct Plain {
            std::string_view name;
            Kind kind;
            int offset;
        };
        constexpr std::array<Plain, 13> kPlain = {{{"root", Kind::root, 0},
                                                   {"scope", Kind::scope, 0},
                                                   {"empty", Kind::empty, 0},
                                                   {"first-child", Kind::nth_child, 1},
                                                   {"last-child", Kind::nth_last_child, 1},
                                                   {"first-of-type", Kind::nth_of_type, 1},
                                                   {"last-of-type", Kind::nth_last_of_type, 1},
                                                   {"only-child", Kind::only_child, 0},
                                                   {"only-of-type", Kind::only_of_type, 0},
                                                   {"link", Kind::link, 0},
                                                   {"checked", Kind::checked, 0},
                                                   {"disabled", Kind::disabled, 0},
                                                   {"enabled", Kind::enabled, 0}}};
        for (const auto& plain : kPlain) {
            if (plain.name == name) {
                return nth(plain.kind, 0, plain.offset);
            }
        }
        at_ = begin;
        fail("unknown pseudo-class :" + name);
    }

    CssTest read_function(const std::string& name, std::size_t begin) {
        constexpr std::array<std::pair<std::string_view, Kind>, 4> kNth = {
            {{"nth-child", Kind::nth_child},
             {"nth-last-child", Kind::nth_last_child},
             {"nth-of-type", Kind::nth_of_type},
             {"nth-last-of-type", Kind::nth_last_of_type}}};
        for (const auto& [known, kind] : kNth) {
            if (name == known) {
                return read_nth_function(kind);
            }
        }
        if (name == "contains") {
            return read_contains();
        }
        constexpr std::array<std::pair<std::string_view, Kind>, 5> kLists = {{{"not", Kind::is_not},
                                                                              {"is", Kind::is},
                                                                              {"where", Kind::is},
                                                                              {"matches", Kind::is},
                                                                              {"has", Kind::has}}};
        for (const auto& [known, kind] : kLists) {
            if (name == known) {
                return read_list_function(kind);
            }
        }
        at_ = begin;
        fail("unknown pseudo-class :" + name + "()");
    }

    CssTest read_nth_function(Kind kind) {
        const auto end = text_.find(')', at_);
        if (end == std::string_view::npos) {
            fail("expected ')'");
        }
        const auto formula = read_nth(std::string(text_.substr(at_, end - at_)));
        if (!formula) {
            fail("expected a formula such as 3, odd or 2n+1");
        }
        at_ = end + 1;
        return nth(kind, formula->first, formula->second);
    }

    CssTest read_contains() {
        CssTest test;
        test.kind = Kind::contains;
        skip_space();
        if (peek() == '"' || peek() == '\'') {
            test.value = read_string();
        } else {
            const auto end = std::min(text_.find(')', at_), text_.size());
            test.value = std::string(core::trim(text_.substr(at_, end - at_)));
            at_ = end;
        }
        skip_space();
        expect(')');
        if (test.value.empty()) {
            fail(":contains() needs a text");
        }
        return test;
    }

    CssTest read_list_function(Kind kind) {
        if (++nesting_ > kMaxNesting) {
            fail("nested too deep");
        }
        auto list = std::make_shared<CssList>();
        do {
            list->chains.push_back(
                read_chain(kind == Kind::has ? Leading::allowed : Leading::not_allowed));
            skip_space();
        } while (take(','));
        expect(')');
        --nesting_;
        CssTest test;
        test.kind = kind;
        test.list = std::move(list);
        return test;
    }

    std::pair<CssSelector::Output, std::string> read_output() {
        if (peek() != ':' || peek(1) != ':') {
            return {CssSelector::Output::element, ""};
        }
        at_ += 2;
        const auto begin = at_;
        const auto name = lower(read_name("text or attr(name)"));
        if (name == "text") {
            return {CssSelector::Output::own_text, ""};
        }
        if (name == "attr" && take('(')) {
            skip_space();
            auto attribute = lower(read_name("an attribute name"));
            skip_space();
            expect(')');
            return {CssSelector::Output::attribute, std::move(attribute)};
        }
        at_ = begin;
        fail("unknown pseudo-element ::" + name + ", known are ::text and ::attr(name)");
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int nesting_ = 0;
};

}  // namespace

core::Result<ParsedCss> parse_css(std::string_view text) {
    if (text.size() > kMaxLength) {
        return core::fail(core::Failure::Kind::too_large,
                          "selector longer than " + std::to_string(kMaxLength) + " characters");
    }
    try {
        return Parser(text).parse();
    } catch (const SyntaxError& error) {
        return core::fail(core::Failure::Kind::bad_input,
                          "selector '" + std::string(text) + "', character " +
                              std::to_string(error.at + 1) + ": " + error.message);
    }
}

}  // namespace chiptrail::extract
