#include "extract/selector.hpp"

#include "core/text.hpp"
#include "extract/query.hpp"
#include "extract/xpath_view.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <variant>

namespace chiptrail::extract {

struct Selector::Compiled {
    std::string text;
    std::variant<CssSelector, pugi::xpath_query> query;
};

namespace {

constexpr std::size_t kMaxLength = 4096;
constexpr std::string_view kXPathPrefix = "xpath:";

bool is_xpath(std::string_view text) {
    return text.substr(0, kXPathPrefix.size()) == kXPathPrefix || text.substr(0, 1) == "/" ||
           text.substr(0, 2) == "./" || text.substr(0, 1) == "(" || text == ".";
}

core::Result<pugi::xpath_query> compile_xpath(std::string_view text) {
    const auto whole = std::string(text);
    if (text.substr(0, kXPathPrefix.size()) == kXPathPrefix) {
        text.remove_prefix(kXPathPrefix.size());
    }
    try {
        return pugi::xpath_query(std::string(text).c_str());
    } catch (const pugi::xpath_exception& error) {
        return core::fail(core::Failure::Kind::bad_input,
                          "selector '" + whole + "', character " +
                              std::to_string(error.result().offset + 1) + ": " +
                              error.result().description());
    }
}

std::string value_of(const pugi::xpath_node& found) {
    if (found.attribute()) {
        return std::string(core::trim(found.attribute().value()));
    }
    return std::string(core::trim(found.node().value()));
}

/// Absolute paths of pugixml start at the root of the node that is given, so "//a" asks the page.
pugi::xpath_node_set evaluate(const Tree& tree,
                              std::uint32_t scope,
                              const pugi::xpath_query& query) {
    auto set = query.evaluate_node_set(tree.xpath_view().nodes[scope]);
    set.sort();
    return set;
}

}  // namespace

core::Result<Selector> Selector::compile(std::string_view text) {
    text = core::trim(text);
    if (text.empty() || text.size() > kMaxLength) {
        return core::fail(
            core::Failure::Kind::bad_input,
            text.empty() ? "a selector must not be empty"
                         : "selector longer than " + std::to_string(kMaxLength) + " characters");
    }
    Selector selector;
    if (is_xpath(text)) {
        auto query = compile_xpath(text);
        if (!query) {
            return tl::unexpected(query.error());
        }
        selector.compiled_ =
            std::make_shared<const Compiled>(Compiled{std::string(text), std::move(*query)});
        return selector;
    }
    auto css = CssSelector::parse(text);
    if (!css) {
        return tl::unexpected(css.error());
    }
    selector.compiled_ =
        std::make_shared<const Compiled>(Compiled{std::string(text), std::move(*css)});
    return selector;
}

Selector Selector::literal(std::string_view text) {
    auto selector = compile(text);
    if (!selector) {
        throw std::logic_error(selector.error().detail);
    }
    return *selector;
}

const std::string& Selector::text() const {
    return compiled_->text;
}

std::vector<std::uint32_t> find_elements(const Tree& tree,
                                         std::uint32_t scope,
                                         const Selector& selector) {
    if (const auto* css = std::get_if<CssSelector>(&selector.compiled().query)) {
        return css->match(tree, scope);
    }
    const auto& query = std::get<pugi::xpath_query>(selector.compiled().query);
    std::vector<std::uint32_t> found;
    if (query.return_type() != pugi::xpath_type_node_set) {
        return found;
    }
    for (const auto& match : evaluate(tree, scope, query)) {
        auto node = match.node() ? match.node() : match.parent();
        if (node.type() != pugi::node_element) {
            node = node.parent();
        }
        const auto index = tree.xpath_view().index_of(node);
        if (index != Tree::kNone && tree.is_element(index)) {
            found.push_back(index);
        }
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

std::optional<std::vector<std::string>> find_xpath_values(const Tree& tree,
                                                          std::uint32_t scope,
                                                          const Selector& selector) {
    const auto* query = std::get_if<pugi::xpath_query>(&selector.compiled().query);
    if (query == nullptr) {
        return std::nullopt;
    }
    std::vector<std::string> values;
    if (query->return_type() != pugi::xpath_type_node_set) {
        values.emplace_back(core::trim(query->evaluate_string(tree.xpath_view().nodes[scope])));
        return values;
    }
    for (const auto& match : evaluate(tree, scope, *query)) {
        if (match.node().type() == pugi::node_element) {
            values.push_back(text_of(tree, tree.xpath_view().index_of(match.node())));
        } else {
            values.push_back(value_of(match));
        }
    }
    return values;
}

CssOutput css_output(const Selector& selector) {
    const auto* css = std::get_if<CssSelector>(&selector.compiled().query);
    if (css == nullptr) {
        return {};
    }
    return {css->output(), css->attribute()};
}

bool gives_elements(const Selector& selector) {
    const auto* css = std::get_if<CssSelector>(&selector.compiled().query);
    return css != nullptr && css->output() == CssSelector::Output::element;
}

}  // namespace chiptrail::extract
