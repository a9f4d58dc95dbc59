#pragma once

// The flat tree behind HtmlDocument, shared by html_document.cpp, css.cpp and selector.cpp.
// Nodes stand in page order, so that the inside of a node is the range (index, end).

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::extract {

struct XPathView;

struct Tree {
    static constexpr std::uint32_t kNone = UINT32_MAX;

    enum class Kind : std::uint8_t { document, element, text };

    struct Attribute {
        std::string_view name;
        std::string_view value;
    };

    struct Item {
        Kind kind = Kind::element;
        std::uint32_t parent = kNone;
        std::uint32_t end = 0;           ///< one past the last node inside
        std::uint32_t previous = kNone;  ///< element siblings; of elements alone
        std::uint32_t next = kNone;
        std::uint32_t first_child = kNone;  ///< element children
        std::uint32_t last_child = kNone;
        std::uint32_t position = 0;  ///< 1-based among element siblings
        std::uint32_t child_elements = 0;
        std::uint32_t attributes_begin = 0;
        std::uint32_t attributes_end = 0;
        std::string_view text;  ///< name of an element, content of a text
    };

    Tree();
    ~Tree();
    Tree(const Tree&) = delete;
    Tree& operator=(const Tree&) = delete;

    std::vector<Item> items;  ///< [0] is the document
    std::vector<Attribute> attributes;
    std::string damage;

    [[nodiscard]] bool is_element(std::uint32_t index) const {
        return items[index].kind == Kind::element;
    }
    [[nodiscard]] std::string_view attribute(std::uint32_t index, std::string_view name) const {
        const auto* found = find_attribute(index, name);
        return found == nullptr ? std::string_view() : found->value;
    }
    [[nodiscard]] const Attribute* find_attribute(std::uint32_t index, std::string_view name) const;

    /// Appends a node whose parent is already there. Returns its index.
    std::uint32_t add(Kind kind, std::uint32_t parent, std::string_view text);
    /// Sets `end` of all nodes; call it once everything was added.
    void close();
    /// Keeps a copy as long as the tree lives.
    std::string_view keep(std::string_view text);

    /// The same tree for XPath, built on the first call.
    [[nodiscard]] const XPathView& xpath_view() const;

private:
    std::deque<std::string> chunks_;
    mutable std::unique_ptr<XPathView> xpath_view_;
};

}  // namespace chiptrail::extract
