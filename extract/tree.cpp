#include "extract/tree.hpp"

#include "extract/xpath_view.hpp"

#include <algorithm>

namespace chiptrail::extract {

namespace {
constexpr std::size_t kChunkBytes = std::size_t{64} * 1024;
}

Tree::Tree() {
    Item page;
    page.kind = Kind::document;
    items.push_back(page);
}

Tree::~Tree() = default;

const Tree::Attribute* Tree::find_attribute(std::uint32_t index, std::string_view name) const {
    const auto& item = items[index];
    for (auto i = item.attributes_begin; i < item.attributes_end; ++i) {
        if (attributes[i].name == name) {
            return &attributes[i];
        }
    }
    return nullptr;
}

std::uint32_t Tree::add(Kind kind, std::uint32_t parent, std::string_view text) {
    const auto index = static_cast<std::uint32_t>(items.size());
    Item item;
    item.kind = kind;
    item.parent = parent;
    item.text = text;
    item.attributes_begin = static_cast<std::uint32_t>(attributes.size());
    item.attributes_end = item.attributes_begin;
    if (kind == Kind::element) {
        auto& above = items[parent];
        item.position = ++above.child_elements;
        item.previous = above.last_child;
        if (above.last_child == kNone) {
            above.first_child = index;
        } else {
            items[above.last_child].next = index;
        }
        above.last_child = index;
    }
    items.push_back(item);
    return index;
}

void Tree::close() {
    for (auto i = static_cast<std::uint32_t>(items.size()); i-- > 0;) {
        items[i].end = std::max(items[i].end, i + 1);
        if (i > 0) {
            auto& above = items[items[i].parent];
            above.end = std::max(above.end, items[i].end);
        }
    }
}

std::string_view Tree::keep(std::string_view text) {
    if (text.empty()) {
        return {};
    }
    if (chunks_.empty() || chunks_.back().capacity() - chunks_.back().size() < text.size()) {
        chunks_.emplace_back();
        chunks_.back().reserve(std::max(kChunkBytes, text.size()));
    }
    auto& chunk = chunks_.back();
    const auto begin = chunk.size();
    chunk += text;
    return std::string_view(chunk).substr(begin);
}

const XPathView& Tree::xpath_view() const {
    if (!xpath_view_) {
        xpath_view_ = std::make_unique<XPathView>(*this);
    }
    return *xpath_view_;
}

}  // namespace chiptrail::extract
