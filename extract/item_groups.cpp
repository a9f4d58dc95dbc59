#include "extract/item_groups.hpp"

#include "extract/regex.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

namespace chiptrail::extract {

namespace {

constexpr std::size_t kMaxElements = 200'000;
constexpr std::size_t kMaxGroups = 12;
constexpr std::size_t kFewest = 3;
/// What of one item's text counts: long enough for a title with its details, short enough that
/// a column of ten items does not beat the ten items.
constexpr std::size_t kTextCap = 350;

struct Element {
    Node node;
    std::size_t parent = 0;
    std::size_t end = 0;   ///< one past its last descendant
    std::size_t text = 0;  ///< bytes, descendants included
    std::size_t links = 0;
    std::size_t images = 0;
    std::uint64_t shape = 0;
    bool chrome = false;
};

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
    return (a ^ (b + 0x9e3779b97f4a7c15ULL + (a << 6U) + (a >> 2U))) * 0xff51afd7ed558ccdULL;
}

bool is_state_word(std::string_view word) {
    constexpr std::string_view kWords[] = {
        "first", "last",   "odd",    "even",     "active",  "alt",      "alt1",    "alt2",
        "new",   "hot",    "sticky", "selected", "bg1",     "bg2",      "row1",    "row2",
        "read",  "unread", "top",    "hover",    "current", "featured", "promoted"};
    return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

/// Tag and the first two classes without digits and states: "li.s-item" whatever its number.
std::uint64_t shape_of(const Node& node) {
    std::uint64_t shape = std::hash<std::string_view>{}(node.name());
    auto classes = node.attribute("class");
    int taken = 0;
    while (!classes.empty() && taken < 2) {
        const auto begin = classes.find_first_not_of(" \t\r\n");
        if (begin == std::string_view::npos) {
            break;
        }
        classes.remove_prefix(begin);
        const auto end = std::min(classes.find_first_of(" \t\r\n"), classes.size());
        const auto word = classes.substr(0, end);
        classes.remove_prefix(end);
        const auto letters = word.substr(0, word.find_first_of("0123456789"));
        if (!letters.empty() && !is_state_word(word)) {
            shape = mixed(shape, std::hash<std::string_view>{}(letters));
            ++taken;
        }
    }
    return shape;
}

bool is_chrome(const Node& node) {
    static const auto kWords = Regex::literal(
        "(?i)(^|[\\s_-])(nav|navbar|navigation|menu|footer|breadcrumbs?|pagination|pager|sidebar|"
        "toolbar|cookie|banner|dropdown|filters?|facets?|refine|footer-links|related|recommend\\w*|"
        "also-?(bought|viewed)|tags?)([\\s_-]|$)");
    const auto name = node.name();
    if (name == "nav" || name == "footer" || name == "aside" || name == "header" ||
        name == "select" || name == "form" || name == "script") {
        return name != "form" && name != "header";
    }
    if (name == "body" || name == "html") {
        return false;
    }
    return kWords.found_in(node.attribute("class")) || kWords.found_in(node.attribute("id"));
}

std::vector<Element> flatten(const Node& body) {
    std::vector<Element> elements;
    struct Pending {
        Node node;
        std::size_t parent;
    };
    std::vector<Pending> stack{{body, 0}};
    while (!stack.empty() && elements.size() < kMaxElements) {
        const auto [node, parent] = stack.back();
        stack.pop_back();
        const auto name = node.name();
        if (name == "script" || name == "style" || name == "noscript" || name == "template") {
            continue;
        }
        Element element;
        element.node = node;
        element.parent = parent;
        element.text = node.own_text().size();
        element.links = name == "a" && node.has_attribute("href") ? 1 : 0;
        element.images = name == "img" ? 1 : 0;
        const auto index = elements.size();
        const auto& around = index == 0 ? element : elements[parent];
        element.chrome = (index > 0 && around.chrome) || is_chrome(node);
        const auto own = shape_of(node);
        element.shape = index == 0 ? own : mixed(own, around.shape);
        elements.push_back(element);
        auto children = node.children();
        for (auto child = children.rbegin(); child != children.rend(); ++child) {
            stack.push_back({*child, index});
        }
    }
    for (std::size_t i = elements.size(); i > 0; --i) {
        auto& element = elements[i - 1];
        element.end = std::max(element.end, i);
        if (i > 1) {
            auto& parent = elements[element.parent];
            parent.text += element.text;
            parent.links += element.links;
            parent.images += element.images;
            parent.end = std::max(parent.end, element.end);
        }
    }
    return elements;
}

bool can_be_item(const Element& element) {
    const auto name = element.node.name();
    const bool fitting = name == "li" || name == "div" || name == "tr" || name == "article" ||
                         name == "section" || name == "a" || name == "td" || name == "dl" ||
                         name == "table" || name == "tbody" || name == "dd" || name == "p";
    constexpr std::size_t kSomeText = 4;
    return fitting && !element.chrome && element.links > 0 && element.text >= kSomeText;
}

struct Candidate {
    std::vector<std::size_t> members;
    double score = 0;
    std::size_t text = 0;
};

void rate(Candidate& candidate, const std::vector<Element>& elements) {
    std::size_t counted = 0;
    std::size_t with_image = 0;
    for (const auto index : candidate.members) {
        counted += std::min(elements[index].text, kTextCap);
        candidate.text += elements[index].text;
        with_image += elements[index].images > 0 ? 1U : 0U;
    }
    const double images =
        static_cast<double>(with_image) / static_cast<double>(candidate.members.size());
    candidate.score = static_cast<double>(counted) * (1 + 0.8 * images);
}

}  // namespace

std::vector<ItemGroup> find_item_groups(const HtmlDocument& document) {
    const auto elements = flatten(document.body());
    std::unordered_map<std::uint64_t, Candidate> by_shape;
    for (std::size_t i = 1; i < elements.size(); ++i) {
        if (!can_be_item(elements[i])) {
            continue;
        }
        auto& members = by_shape[elements[i].shape].members;
        if (members.empty() || elements[members.back()].end <= i) {
            members.push_back(i);
        }
    }
    std::vector<Candidate> candidates;
    for (auto& [shape, candidate] : by_shape) {
        if (candidate.members.size() >= kFewest) {
            rate(candidate, elements);
            candidates.push_back(std::move(candidate));
        }
    }
    std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
        return a.score != b.score ? a.score > b.score : a.members.front() < b.members.front();
    });
    candidates.resize(std::min(candidates.size(), kMaxGroups));
    std::vector<ItemGroup> groups;
    const auto all = std::max<std::size_t>(elements.empty() ? 1 : elements.front().text, 1);
    for (const auto& candidate : candidates) {
        ItemGroup group;
        for (const auto index : candidate.members) {
            group.items.push_back(elements[index].node);
        }
        group.share = static_cast<double>(candidate.text) / static_cast<double>(all);
        groups.push_back(std::move(group));
    }
    return groups;
}

}  // namespace chiptrail::extract
