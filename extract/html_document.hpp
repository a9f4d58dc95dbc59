#pragma once

// A page as a tree that can be asked. Built by Gumbo, bounded before and while it is built.

#include "core/url.hpp"
#include "extract/selector.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chiptrail::extract {

class HtmlDocument;

/// One element. A handle: cheap to copy, valid as long as its document lives where it is.
/// Every question to a node that is not there gives an empty answer, so chains need no checks.
class Node {
public:
    Node() = default;

    [[nodiscard]] explicit operator bool() const {
        return tree_ != nullptr;
    }
    /// Lower case: "div".
    [[nodiscard]] std::string_view name() const;
    /// Empty when absent; `name` in lower case.
    [[nodiscard]] std::string_view attribute(std::string_view name) const;
    [[nodiscard]] bool has_attribute(std::string_view name) const;
    [[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>> attributes() const;

    /// As a reader sees it: no scripts and styles, white space collapsed, a line break for <br>
    /// and around blocks, trimmed.
    [[nodiscard]] std::string text() const;
    /// Like text(), but only of text that stands directly in this element.
    [[nodiscard]] std::string own_text() const;
    /// Every character inside, unchanged, scripts included: for <script type=application/json>.
    [[nodiscard]] std::string raw_text() const;
    /// Markup of the content, attributes quoted and escaped.
    [[nodiscard]] std::string inner_html() const;

    [[nodiscard]] Node parent() const;
    [[nodiscard]] Node first_child() const;
    [[nodiscard]] Node next_sibling() const;
    [[nodiscard]] Node previous_sibling() const;
    [[nodiscard]] std::vector<Node> children() const;

    /// Matches inside this element, in page order, each once. CSS starts below this element
    /// (":scope > a" names it), XPath at it ("./a", ".//a"); "//a" searches the whole page.
    [[nodiscard]] std::vector<Node> select(const Selector& selector) const;
    [[nodiscard]] Node select_first(const Selector& selector) const;
    /// One string for each match: its text(), or what ::text, ::attr() or the XPath asks for.
    /// Matches that have no such attribute give nothing.
    [[nodiscard]] std::vector<std::string> values(const Selector& selector) const;
    /// The first of values() that is not empty.
    [[nodiscard]] std::string value(const Selector& selector) const;
    [[nodiscard]] bool matches(const Selector& selector) const;

    friend bool operator==(const Node&, const Node&) = default;

private:
    friend class HtmlDocument;
    friend struct Tree;
    Node(const struct Tree* tree, std::uint32_t index) : tree_(tree), index_(index) {}
    const struct Tree* tree_ = nullptr;
    std::uint32_t index_ = 0;
};

/// Movable; not for use by two threads at once (XPath builds its view on the first question).
class HtmlDocument {
public:
    struct Limits {
        std::size_t max_depth = 512;         ///< deeper elements become siblings
        std::size_t max_elements = 400'000;  ///< the page is cut there
        std::size_t max_attributes = 256;    ///< of one element; the rest is dropped
    };

    /// `utf8` must be valid UTF-8 (decode_to_utf8 gives that). Any markup gives a tree.
    [[nodiscard]] static HtmlDocument parse(std::string_view utf8, const Limits& limits);
    [[nodiscard]] static HtmlDocument parse(std::string_view utf8);
    ~HtmlDocument();
    HtmlDocument(HtmlDocument&&) noexcept;
    HtmlDocument& operator=(HtmlDocument&&) noexcept;

    /// The <html> element; there always is one.
    [[nodiscard]] Node root() const;
    [[nodiscard]] Node body() const;
    /// Content of the first <title>, white space collapsed.
    [[nodiscard]] std::string title() const;
    /// Content of <meta property|name|itemprop=`name`>, compared without case; the first that
    /// is not empty.
    [[nodiscard]] std::string meta(std::string_view name) const;
    /// What relative URLs count from: <base href>, or the page's own URL.
    [[nodiscard]] core::Url base_url(const core::Url& page) const;
    /// Empty, or which limit was met: "cut at 400000 elements".
    [[nodiscard]] const std::string& damage() const;

    [[nodiscard]] std::vector<Node> select(const Selector& selector) const {
        return root_or_page().select(selector);
    }
    [[nodiscard]] Node select_first(const Selector& selector) const {
        return root_or_page().select_first(selector);
    }
    [[nodiscard]] std::vector<std::string> values(const Selector& selector) const {
        return root_or_page().values(selector);
    }
    [[nodiscard]] std::string value(const Selector& selector) const {
        return root_or_page().value(selector);
    }

private:
    HtmlDocument();
    /// The document node above <html>, so that "html" itself can match.
    [[nodiscard]] Node root_or_page() const;
    std::unique_ptr<struct Tree> tree_;
};

}  // namespace chiptrail::extract
