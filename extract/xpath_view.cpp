#include "extract/xpath_view.hpp"

#include <string>

namespace chiptrail::extract {

XPathView::XPathView(const Tree& tree) {
    nodes.resize(tree.items.size());
    indices.reserve(tree.items.size());
    nodes[0] = document;
    indices.emplace(document.hash_value(), 0U);
    for (std::uint32_t i = 1; i < tree.items.size(); ++i) {
        const auto& item = tree.items[i];
        auto parent = nodes[item.parent];
        const bool element = item.kind == Tree::Kind::element;
        auto node = parent.append_child(element ? pugi::node_element : pugi::node_pcdata);
        if (element) {
            node.set_name(std::string(item.text).c_str());
            for (auto a = item.attributes_begin; a < item.attributes_end; ++a) {
                node.append_attribute(std::string(tree.attributes[a].name).c_str())
                    .set_value(std::string(tree.attributes[a].value).c_str());
            }
        } else {
            node.set_value(std::string(item.text).c_str());
        }
        nodes[i] = node;
        indices.emplace(node.hash_value(), i);
    }
}

std::uint32_t XPathView::index_of(const pugi::xml_node& node) const {
    const auto found = indices.find(node.hash_value());
    return found == indices.end() ? Tree::kNone : found->second;
}

}  // namespace chiptrail::extract
