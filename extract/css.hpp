#pragma once

// Selectors Level 3 and what pages need of Level 4 (:is, :where, :not and :has with lists,
// attribute flag i), with jQuery's :contains() and parsel's ::text and ::attr(name).
// A match costs time linear in elements x compounds whatever the page holds: every compound
// filters the whole tree once, so there is no backtracking and no XPath position counting.

#include "core/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::extract {

struct Tree;

class CssSelector {
public:
    enum class Output { element, own_text, attribute };

    /// Failure::bad_input says what is wrong at which character.
    [[nodiscard]] static core::Result<CssSelector> parse(std::string_view text);

    /// Indices of matching elements below `scope`, in page order.
    [[nodiscard]] std::vector<std::uint32_t> match(const Tree& tree, std::uint32_t scope) const;

    [[nodiscard]] Output output() const {
        return output_;
    }
    /// For Output::attribute, in lower case.
    [[nodiscard]] const std::string& attribute() const {
        return attribute_;
    }

    struct List;

private:
    CssSelector() = default;
    std::shared_ptr<const List> list_;
    Output output_ = Output::element;
    std::string attribute_;
};

}  // namespace chiptrail::extract
