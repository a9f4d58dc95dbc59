#include "extract/css.hpp"

#include "extract/css_ast.hpp"
#include "extract/tree.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace chiptrail::extract {

struct CssSelector::List {
    CssList list;
};

namespace {

using Kind = CssTest::Kind;

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), [](char c) { return lower(c); });
    return result;
}

bool has_word(std::string_view text, std::string_view word) {
    for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
        const auto end = at + word.size();
        if ((at == 0 || is_space(text[at - 1])) && (end == text.size() || is_space(text[end]))) {
            return true;
        }
    }
    return false;
}

bool value_fits(const CssTest& test, std::string_view value) {
    using Operator = CssTest::Operator;
    const std::string_view wanted = test.value;
    switch (test.op) {
        case Operator::exists:
            return true;
        case Operator::equals:
            return value == wanted;
        case Operator::differs:
            return value != wanted;
        case Operator::word:
            return !wanted.empty() && has_word(value, wanted);
        case Operator::dash:
            return value == wanted || (value.substr(0, wanted.size()) == wanted &&
                                       value.substr(wanted.size(), 1) == "-");
        case Operator::prefix:
            return !wanted.empty() && value.substr(0, wanted.size()) == wanted;
        case Operator::suffix:
            return !wanted.empty() && value.size() >= wanted.size() &&
                   value.substr(value.size() - wanted.size()) == wanted;
        case Operator::inside:
            return !wanted.empty() && value.find(wanted) != std::string_view::npos;
    }
    return false;
}

bool attribute_fits(const CssTest& test, const Tree& tree, std::uint32_t index) {
    const auto* attribute = tree.find_attribute(index, test.name);
    if (attribute == nullptr) {
        return test.op == CssTest::Operator::differs;  // As in jQuery, and in [a!=b] of parsel.
    }
    if (!test.ignore_case) {
        return value_fits(test, attribute->value);
    }
    CssTest folded = test;
    folded.value = lower(test.value);
    return value_fits(folded, lower(attribute->value));
}

bool formula_fits(const CssTest& test, std::uint32_t position) {
    const auto distance = static_cast<std::int64_t>(position) - test.offset;
    if (test.step == 0) {
        return distance == 0;
    }
    return distance % test.step == 0 && distance / test.step >= 0;
}

/// Which elements of one scope fit. Every set costs one pass over the scope, and a selector has as
/// many sets as it has steps, so the page cannot make a selector slow.
class Matcher {
public:
    /// One flag for each node of the scope; the scope itself is [0].
    using Set = std::vector<char>;

    Matcher(const Tree& tree, std::uint32_t scope)
        : tree_(tree), scope_(scope), size_(tree.items[scope].end - scope) {}

    Set match(const CssList& list) {
        Set all(size_, 0);
        for (const auto& chain : list.chains) {
            const auto some = match(chain);
            for (std::uint32_t i = 0; i < size_; ++i) {
                all[i] = static_cast<char>(all[i] | some[i]);
            }
        }
        return all;
    }

private:
    [[nodiscard]] const Tree::Item& item(std::uint32_t i) const {
        return tree_.items[scope_ + i];
    }

    Set match(const CssChain& chain) {
        Set current = fit(chain.steps.front());
        for (std::size_t step = 1; step < chain.steps.size(); ++step) {
            Set reached = forward(current, chain.steps[step].combinator);
            const Set fitting = fit(chain.steps[step]);
            for (std::uint32_t i = 0; i < size_; ++i) {
                reached[i] = static_cast<char>(reached[i] & fitting[i]);
            }
            current = std::move(reached);
        }
        return current;
    }

    /// Elements that stand in relation `combinator` to one of `from`.
    Set forward(const Set& from, CssCombinator combinator) const {
        Set reached(size_, 0);
        std::uint32_t inside_until = 0;
        for (std::uint32_t i = 0; i < size_; ++i) {
            const auto& node = item(i);
            switch (combinator) {
                case CssCombinator::descendant:
                    reached[i] = i < inside_until ? 1 : 0;
                    if (from[i] != 0) {
                        inside_until = std::max(inside_until, node.end - scope_);
                    }
                    break;
                case CssCombinator::child:
                    reached[i] = i > 0 ? from[node.parent - scope_] : '\0';
                    break;
                case CssCombinator::next:
                case CssCombinator::later:
                    if (i > 0 && node.kind == Tree::Kind::element && node.previous != Tree::kNone) {
                        const auto before = node.previous - scope_;
                        const bool chained = combinator == CssCombinator::later && reached[before];
                        reached[i] = from[before] != 0 || chained ? 1 : 0;
                    }
                    break;
            }
        }
        return reached;
    }

    /// Elements that one of `to` stands in relation `combinator` to.
    Set backward(const Set& to, CssCombinator combinator) const {
        Set reached(size_, 0);
        std::uint32_t nearest = Tree::kNone;  // The first of `to` behind i.
        for (std::uint32_t i = size_; i-- > 0;) {
            const auto& node = item(i);
            if (combinator == CssCombinator::descendant) {
                reached[i] = nearest != Tree::kNone && nearest < node.end - scope_ ? 1 : 0;
            }
            if (to[i] == 0) {
                if (combinator == CssCombinator::later) {
                    pass_back(node, i, reached[i], reached);
                }
                continue;
            }
            nearest = i;
            if (combinator == CssCombinator::child && i > 0) {
                reached[node.parent - scope_] = 1;
            } else if (combinator == CssCombinator::next || combinator == CssCombinator::later) {
                pass_back(node, i, 1, reached);
            }
        }
        return reached;
    }

    void pass_back(const Tree::Item& node, std::uint32_t i, char flag, Set& reached) const {
        if (flag != 0 && i > 0 && node.previous != Tree::kNone) {
            reached[node.previous - scope_] = 1;
        }
    }

    Set fit(const CssStep& step) {
        Set set(size_, 0);
        const bool wants_scope = std::any_of(step.tests.begin(), step.tests.end(), [](auto& test) {
            return test.kind == Kind::scope;
        });
        for (std::uint32_t i = wants_scope ? 0 : 1; i < size_; ++i) {
            set[i] = item(i).kind != Tree::Kind::text ? 1 : 0;
        }
        for (const auto& test : step.tests) {
            keep_fitting(test, set);
        }
        return set;
    }

    void keep_fitting(const CssTest& test, Set& set) {
        switch (test.kind) {
            case Kind::is:
                keep(set, match(*test.list), 1);
                break;
            case Kind::is_not:
                keep(set, match(*test.list), 0);
                break;
            case Kind::has:
                keep(set, match_has(*test.list), 1);
                break;
            case Kind::contains:
                keep(set, match_contains(test.value), 1);
                break;
            case Kind::nth_of_type:
            case Kind::nth_last_of_type:
            case Kind::only_of_type:
                keep(set, match_type(test), 1);
                break;
            default:
                for (std::uint32_t i = 0; i < size_; ++i) {
                    if (set[i] != 0 && !fits(test, i)) {
                        set[i] = 0;
                    }
                }
        }
    }

    static void keep(Set& set, const Set& other, char wanted) {
        for (std::size_t i = 0; i < set.size(); ++i) {
            if ((other[i] != 0 ? 1 : 0) != wanted) {
                set[i] = 0;
            }
        }
    }

    Set match_has(const CssList& list) {
        Set all(size_, 0);
        for (const auto& chain : list.chains) {
            Set current = fit(chain.steps.back());
            for (auto step = chain.steps.size() - 1; step > 0; --step) {
                Set before = backward(current, chain.steps[step].combinator);
                keep(before, fit(chain.steps[step - 1]), 1);
                current = std::move(before);
            }
            const Set anchors = backward(current, chain.steps.front().combinator);
            for (std::uint32_t i = 0; i < size_; ++i) {
                all[i] = static_cast<char>(all[i] | anchors[i]);
            }
        }
        return all;
    }

    /// The text of the scope is searched once; an element has the text if a place found lies
    /// between its own first and last character.
    Set match_contains(std::string_view wanted) const {
        std::string text;
        std::vector<std::size_t> begins(size_ + 1);
        for (std::uint32_t i = 0; i < size_; ++i) {
            begins[i] = text.size();
            if (item(i).kind == Tree::Kind::text) {
                text += item(i).text;
            }
        }
        begins[size_] = text.size();
        std::vector<std::size_t> places;
        for (auto at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + 1)) {
            places.push_back(at);
        }
        Set set(size_, 0);
        for (std::uint32_t i = 0; i < size_; ++i) {
            const auto place = std::lower_bound(places.begin(), places.end(), begins[i]);
            const auto end = begins[item(i).end - scope_];
            set[i] = place != places.end() && *place + wanted.size() <= end ? 1 : 0;
        }
        return set;
    }

    /// Counts siblings of one name from both ends, all parents at once.
    Set match_type(const CssTest& test) const {
        std::map<std::pair<std::uint32_t, std::string_view>, std::uint32_t> counts;
        std::vector<std::uint32_t> positions(size_, 0);
        for (std::uint32_t i = 1; i < size_; ++i) {
            if (item(i).kind == Tree::Kind::element) {
                positions[i] = ++counts[{item(i).parent, item(i).text}];
            }
        }
        Set set(size_, 0);
        for (std::uint32_t i = 1; i < size_; ++i) {
            if (positions[i] == 0) {
                continue;
            }
            const auto total = counts[{item(i).parent, item(i).text}];
            bool fits = total == 1;
            if (test.kind == Kind::nth_of_type) {
                fits = formula_fits(test, positions[i]);
            } else if (test.kind == Kind::nth_last_of_type) {
                fits = formula_fits(test, total - positions[i] + 1);
            }
            set[i] = fits ? 1 : 0;
        }
        return set;
    }

    [[nodiscard]] bool is_empty(std::uint32_t i) const {
        for (auto inside = i + 1; inside < item(i).end - scope_; ++inside) {
            if (item(inside).kind == Tree::Kind::element || !item(inside).text.empty()) {
                return false;
            }
        }
        return true;
    }

    [[nodiscard]] bool fits(const CssTest& test, std::uint32_t i) const {
        const auto& node = item(i);
        const auto index = scope_ + i;
        if (test.kind == Kind::scope) {
            return i == 0;
        }
        if (node.kind != Tree::Kind::element) {
            return false;
        }
        switch (test.kind) {
            case Kind::name:
                return node.text == test.name;
            case Kind::id:
                return tree_.attribute(index, "id") == test.name;
            case Kind::klass:
                return has_word(tree_.attribute(index, "class"), test.name);
            case Kind::attribute:
                return attribute_fits(test, tree_, index);
            case Kind::root:
                return node.parent == 0;
            case Kind::empty:
                return is_empty(i);
            case Kind::nth_child:
                return formula_fits(test, node.position);
            case Kind::nth_last_child:
                return formula_fits(test,
                                    tree_.items[node.parent].child_elements - node.position + 1);
            case Kind::only_child:
                return tree_.items[node.parent].child_elements == 1;
            default:
                return fits_state(test.kind, index);
        }
    }

    [[nodiscard]] bool fits_state(Kind kind, std::uint32_t index) const {
        switch (kind) {
            case Kind::link:
                return (tree_.items[index].text == "a" || tree_.items[index].text == "area") &&
                       tree_.find_attribute(index, "href") != nullptr;
            case Kind::checked:
                return tree_.find_attribute(index, "checked") != nullptr ||
                       tree_.find_attribute(index, "selected") != nullptr;
            case Kind::disabled:
                return tree_.find_attribute(index, "disabled") != nullptr;
            case Kind::enabled:
                return tree_.find_attribute(index, "disabled") == nullptr;
            default:
                return false;
        }
    }

    const Tree& tree_;
    std::uint32_t scope_;
    std::uint32_t size_;
};

}  // namespace

core::Result<CssSelector> CssSelector::parse(std::string_view text) {
    auto parsed = parse_css(text);
    if (!parsed) {
        return tl::unexpected(parsed.error());
    }
    CssSelector selector;
    selector.list_ = std::make_shared<const List>(List{std::move(parsed->list)});
    selector.output_ = parsed->output;
    selector.attribute_ = std::move(parsed->attribute);
    return selector;
}

std::vector<std::uint32_t> CssSelector::match(const Tree& tree, std::uint32_t scope) const {
    const auto set = Matcher(tree, scope).match(list_->list);
    std::vector<std::uint32_t> found;
    for (std::uint32_t i = 1; i < set.size(); ++i) {
        if (set[i] != 0) {
            found.push_back(scope + i);
        }
    }
    return found;
}

}  // namespace chiptrail::extract
