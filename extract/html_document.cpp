#include "extract/html_document.hpp"

#include "core/text.hpp"
#include "extract/html_builder.hpp"
#include "extract/query.hpp"
#include "extract/tree.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace chiptrail::extract {

namespace {

constexpr std::array<std::string_view, 46> kBlocks = {
    "address", "article", "aside",    "blockquote", "body", "caption", "center",   "dd",
    "details", "dialog",  "dir",      "div",        "dl",   "dt",      "fieldset", "figcaption",
    "figure",  "footer",  "form",     "h1",         "h2",   "h3",      "h4",       "h5",
    "h6",      "header",  "hgroup",   "hr",         "html", "legend",  "li",       "main",
    "menu",    "nav",     "ol",       "option",     "p",    "pre",     "section",  "summary",
    "table",   "tbody",   "textarea", "tfoot",      "tr",   "ul"};
constexpr std::array<std::string_view, 5> kInvisible = {
    "head", "noscript", "script", "style", "template"};
constexpr std::array<std::string_view, 18> kVoid = {"area",
                                                    "base",
                                                    "basefont",
                                                    "bgsound",
                                                    "br",
                                                    "col",
                                                    "embed",
                                                    "frame",
                                                    "hr",
                                                    "image",
                                                    "img",
                                                    "input",
                                                    "keygen",
                                                    "link",
                                                    "meta",
                                                    "param",
                                                    "source",
                                                    "wbr"};

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
    return std::binary_search(names.begin(), names.end(), name);
}

/// Puts pieces of text together the way a browser lays them out, roughly.
class TextFlow {
public:
    void add(std::string_view text, bool keeps_lines) {
        for (std::size_t i = 0; i < text.size(); ++i) {
            const char c = text[i];
            if (c == '\n' && keeps_lines) {
                line_break();
            } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
                space_ = true;
            } else if (c == '\xC2' && i + 1 < text.size() && text[i + 1] == '\xA0') {
                space_ = true;  // A no-break space is a space to whoever searches the text.
                ++i;
            } else {
                put(c);
            }
        }
    }

    /// A new line, unless one was just begun.
    void block() {
        breaks_ = std::max(breaks_, 1);
    }
    /// At most one empty line between two others.
    void line_break() {
        breaks_ = std::min(breaks_ + 1, 2);
    }
    void space() {
        space_ = true;
    }
    [[nodiscard]] std::string take() {
        return std::move(text_);
    }

private:
    void put(char c) {
        if (!text_.empty()) {
            if (breaks_ > 0) {
                text_.append(static_cast<std::size_t>(breaks_), '\n');
            } else if (space_) {
                text_ += ' ';
            }
        }
        breaks_ = 0;
        space_ = false;
        text_ += c;
    }

    std::string text_;
    int breaks_ = 0;
    bool space_ = false;
};

struct OpenElement {
    std::uint32_t end = 0;
    bool block = false;
    bool keeps_lines = false;
};

std::string visible_text(const Tree& tree, std::uint32_t scope) {
    TextFlow flow;
    std::vector<OpenElement> open;
    const auto end = tree.items[scope].end;
    const auto begin = tree.items[scope].kind == Tree::Kind::text ? scope : scope + 1;
    const bool scope_keeps_lines =
        tree.items[scope].text == "pre" || tree.items[scope].text == "textarea";
    for (auto i = begin; i < end; ++i) {
        while (!open.empty() && open.back().end <= i) {
            if (open.back().block) {
                flow.block();
            }
            open.pop_back();
        }
        const auto& item = tree.items[i];
        const bool keeps_lines = open.empty() ? scope_keeps_lines : open.back().keeps_lines;
        if (item.kind == Tree::Kind::text) {
            flow.add(item.text, keeps_lines);
        } else if (is_one_of(item.text, kInvisible)) {
            i = item.end - 1;
        } else if (item.text == "br") {
            flow.line_break();
        } else {
            const bool block = is_one_of(item.text, kBlocks);
            if (block) {
                flow.block();
            } else if (item.text == "td" || item.text == "th") {
                flow.space();
            }
            open.push_back(
                {item.end, block, keeps_lines || item.text == "pre" || item.text == "textarea"});
        }
    }
    return flow.take();
}

void open_tag(const Tree& tree, const Tree::Item& item, std::string& out) {
    out += '<';
    out += item.text;
    for (auto a = item.attributes_begin; a < item.attributes_end; ++a) {
        out += ' ';
        out += tree.attributes[a].name;
        out += "=\"";
        core::append_html(tree.attributes[a].value, core::HtmlPlace::attribute, out);
        out += '"';
    }
    out += '>';
}

bool is_raw(std::string_view name) {
    return name == "script" || name == "style";
}

std::string markup_inside(const Tree& tree, std::uint32_t scope) {
    std::string out;
    std::vector<std::uint32_t> open;
    const auto close_until = [&](std::uint32_t index) {
        while (!open.empty() && tree.items[open.back()].end <= index) {
            out += "</";
            out += tree.items[open.back()].text;
            out += '>';
            open.pop_back();
        }
    };
    const auto end = tree.items[scope].end;
    for (auto i = scope + 1; i < end; ++i) {
        close_until(i);
        const auto& item = tree.items[i];
        if (item.kind == Tree::Kind::element) {
            open_tag(tree, item, out);
            if (!is_one_of(item.text, kVoid)) {
                open.push_back(i);
            }
        } else if (is_raw(tree.items[item.parent].text)) {
            out += item.text;
        } else {
            core::append_html(item.text, core::HtmlPlace::text, out);
        }
    }
    close_until(end);
    return out;
}

}  // namespace

std::string text_of(const Tree& tree, std::uint32_t index) {
    return index == Tree::kNone ? std::string() : visible_text(tree, index);
}

std::string_view Node::name() const {
    return tree_ != nullptr && tree_->is_element(index_) ? tree_->items[index_].text
                                                         : std::string_view();
}

std::string_view Node::attribute(std::string_view name) const {
    return tree_ == nullptr ? std::string_view() : tree_->attribute(index_, name);
}

bool Node::has_attribute(std::string_view name) const {
    return tree_ != nullptr && tree_->find_attribute(index_, name) != nullptr;
}

std::vector<std::pair<std::string_view, std::string_view>> Node::attributes() const {
    std::vector<std::pair<std::string_view, std::string_view>> all;
    if (tree_ != nullptr) {
        const auto& item = tree_->items[index_];
        for (auto i = item.attributes_begin; i < item.attributes_end; ++i) {
            all.emplace_back(tree_->attributes[i].name, tree_->attributes[i].value);
        }
    }
    return all;
}

std::string Node::text() const {
    return tree_ == nullptr ? std::string() : visible_text(*tree_, index_);
}

std::string Node::own_text() const {
    TextFlow flow;
    if (tree_ != nullptr) {
        const auto end = tree_->items[index_].end;
        for (auto i = index_ + 1; i < end;) {
            const auto& item = tree_->items[i];
            if (item.kind == Tree::Kind::text) {
                flow.add(item.text, false);
            } else if (item.text == "br") {
                flow.line_break();
            } else {
                flow.space();
            }
            i = item.end;
        }
    }
    return flow.take();
}

std::string Node::raw_text() const {
    std::string text;
    if (tree_ != nullptr) {
        for (auto i = index_; i < tree_->items[index_].end; ++i) {
            if (tree_->items[i].kind == Tree::Kind::text) {
                text += tree_->items[i].text;
            }
        }
    }
    return text;
}

std::string Node::inner_html() const {
    return tree_ == nullptr ? std::string() : markup_inside(*tree_, index_);
}

Node Node::parent() const {
    if (tree_ == nullptr || index_ == 0 || tree_->items[index_].parent == 0) {
        return {};
    }
    return {tree_, tree_->items[index_].parent};
}

Node Node::first_child() const {
    if (tree_ == nullptr || tree_->items[index_].first_child == Tree::kNone) {
        return {};
    }
    return {tree_, tree_->items[index_].first_child};
}

Node Node::next_sibling() const {
    if (tree_ == nullptr || tree_->items[index_].next == Tree::kNone) {
        return {};
    }
    return {tree_, tree_->items[index_].next};
}

Node Node::previous_sibling() const {
    if (tree_ == nullptr || tree_->items[index_].previous == Tree::kNone) {
        return {};
    }
    return {tree_, tree_->items[index_].previous};
}

std::vector<Node> Node::children() const {
    std::vector<Node> all;
    for (auto child = first_child(); child; child = child.next_sibling()) {
        all.push_back(child);
    }
    return all;
}

std::vector<Node> Node::select(const Selector& selector) const {
    std::vector<Node> nodes;
    if (tree_ != nullptr) {
        for (const auto index : find_elements(*tree_, index_, selector)) {
            nodes.push_back(Node(tree_, index));
        }
    }
    return nodes;
}

Node Node::select_first(const Selector& selector) const {
    const auto nodes = select(selector);
    return nodes.empty() ? Node() : nodes.front();
}

std::vector<std::string> Node::values(const Selector& selector) const {
    if (tree_ == nullptr) {
        return {};
    }
    if (auto values = find_xpath_values(*tree_, index_, selector)) {
        return std::move(*values);
    }
    std::vector<std::string> values;
    const auto output = css_output(selector);
    for (const auto& node : select(selector)) {
        switch (output.what) {
            case CssSelector::Output::element:
                values.push_back(node.text());
                break;
            case CssSelector::Output::own_text:
                values.push_back(node.own_text());
                break;
            case CssSelector::Output::attribute:
                if (node.has_attribute(output.attribute)) {
                    values.emplace_back(core::trim(node.attribute(output.attribute)));
                }
                break;
        }
    }
    return values;
}

std::string Node::value(const Selector& selector) const {
    for (auto& value : values(selector)) {
        if (!value.empty()) {
            return std::move(value);
        }
    }
    return {};
}

bool Node::matches(const Selector& selector) const {
    if (tree_ == nullptr) {
        return false;
    }
    const auto all = find_elements(*tree_, 0, selector);
    return std::binary_search(all.begin(), all.end(), index_);
}

HtmlDocument::HtmlDocument() = default;
HtmlDocument::~HtmlDocument() = default;
HtmlDocument::HtmlDocument(HtmlDocument&&) noexcept = default;
HtmlDocument& HtmlDocument::operator=(HtmlDocument&&) noexcept = default;

HtmlDocument HtmlDocument::parse(std::string_view utf8, const Limits& limits) {
    HtmlDocument document;
    document.tree_ = build_tree(utf8, limits);
    return document;
}

HtmlDocument HtmlDocument::parse(std::string_view utf8) {
    return parse(utf8, Limits{});
}

Node HtmlDocument::root_or_page() const {
    return {tree_.get(), 0};
}

Node HtmlDocument::root() const {
    return root_or_page().first_child();
}

Node HtmlDocument::body() const {
    for (auto child = root().first_child(); child; child = child.next_sibling()) {
        if (child.name() == "body") {
            return child;
        }
    }
    return root();
}

std::string HtmlDocument::title() const {
    static const auto kTitle = Selector::literal("title");
    return select_first(kTitle).text();
}

std::string HtmlDocument::meta(std::string_view name) const {
    static const auto kMeta = Selector::literal("meta[content]");
    for (const auto& node : select(kMeta)) {
        for (const auto* key : {"property", "name", "itemprop"}) {
            if (core::equal_ignoring_case(node.attribute(key), name)) {
                if (const auto content = core::trim(node.attribute("content")); !content.empty()) {
                    return std::string(content);
                }
            }
        }
    }
    return {};
}

core::Url HtmlDocument::base_url(const core::Url& page) const {
    static const auto kBase = Selector::literal("base[href]");
    const auto base = select_first(kBase);
    if (base) {
        if (auto url = core::Url::parse(base.attribute("href"), page)) {
            return *url;
        }
    }
    return page;
}

const std::string& HtmlDocument::damage() const {
    return tree_->damage;
}

}  // namespace chiptrail::extract
