#pragma once

// What css_parser.cpp makes of a selector and css.cpp matches.

#include "core/result.hpp"
#include "extract/css.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::extract {

struct CssList;

/// One condition on an element.
struct CssTest {
    enum class Kind {
        name,
        id,
        klass,
        attribute,
        root,
        scope,
        empty,
        nth_child,
        nth_last_child,
        nth_of_type,
        nth_last_of_type,
        only_child,
        only_of_type,
        is,
        is_not,
        has,
        contains,
        link,
        checked,
        disabled,
        enabled,
    };
    enum class Operator { exists, equals, word, dash, prefix, suffix, inside, differs };

    Kind kind = Kind::name;
    std::string name;   ///< of the element, class, id or attribute
    std::string value;  ///< of the attribute; text of contains
    Operator op = Operator::exists;
    bool ignore_case = false;
    int step = 0;  ///< of an+b
    int offset = 0;
    std::shared_ptr<const CssList> list;  ///< of is, is_not and has
};

enum class CssCombinator { descendant, child, next, later };

struct CssStep {
    CssCombinator combinator = CssCombinator::descendant;  ///< to what stands before it
    std::vector<CssTest> tests;                            ///< none: any element
};

/// One complex selector: steps from left to right.
struct CssChain {
    std::vector<CssStep> steps;
};

struct CssList {
    std::vector<CssChain> chains;
};

struct ParsedCss {
    CssList list;
    CssSelector::Output output = CssSelector::Output::element;
    std::string attribute;
};

[[nodiscard]] core::Result<ParsedCss> parse_css(std::string_view text);

}  // namespace chiptrail::extract
