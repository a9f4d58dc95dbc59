#pragma once

// Finds the texts that one alternative of a recipe names, filters applied.

#include "extract/page_view.hpp"
#include "extract/recipe.hpp"

#include <string>
#include <vector>

namespace chiptrail::extract {

/// One item of a page: an element, a JSON value, or the whole page when neither is set.
struct ItemScope {
    Node node;
    const Json* json = nullptr;
};

/// What a selected element stands for when the selector does not name an attribute.
enum class Meaning { text, link, image };

class FieldFinder {
public:
    /// `data` is where JSON paths of the whole page start; null when the page has no such data.
    FieldFinder(PageView& page, const Json* data) : page_(page), data_(data) {}

    /// In page order, none empty.
    [[nodiscard]] std::vector<std::string> find(const Alternative& alternative,
                                                const ItemScope& scope,
                                                Meaning meaning);

    /// Elements or JSON values that stand for items.
    [[nodiscard]] std::vector<ItemScope> find_items(const Alternative& alternative);

    /// Addresses of links and photos inside the markup or elements that an alternative finds.
    [[nodiscard]] std::vector<Node> elements(const Alternative& alternative,
                                             const ItemScope& scope);
    /// The texts before filters: markup, when the alternative has strip_html.
    [[nodiscard]] std::vector<std::string> raw(const Alternative& alternative,
                                               const ItemScope& scope,
                                               Meaning meaning);

private:
    /// Puts the values of wrap_paths in; false when one is missing.
    [[nodiscard]] bool put_paths(const Alternative& alternative,
                                 const ItemScope& scope,
                                 std::string& text) const;
    [[nodiscard]] Node scope_node(const Alternative& alternative, const ItemScope& scope);
    [[nodiscard]] std::vector<std::string> selected(const Alternative& alternative,
                                                    const ItemScope& scope,
                                                    Meaning meaning);

    PageView& page_;
    const Json* data_;
};

/// Empty when a filter leaves nothing.
[[nodiscard]] std::string apply_filters(const Filters& filters, std::string text);

}  // namespace chiptrail::extract
