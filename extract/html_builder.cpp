#include "extract/html_builder.hpp"

#include "extract/html_guard.hpp"

#include <gumbo.h>

#include <algorithm>
#include <array>
#include <bit>
#include <csetjmp>
#include <cstddef>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

namespace chiptrail::extract {

namespace {

/// Memory for one run of Gumbo, given back as a whole. Two things follow: Gumbo's own clean-up,
/// which recurses once for each level of the tree, is never needed, and a page that would need
/// more than its share is given up in the middle.
class Arena {
public:
    Arena(std::size_t max_bytes, double max_seconds)
        : max_bytes_(max_bytes), deadline_(cpu_seconds() + max_seconds) {}

    static void* allocate(void* self, std::size_t size) {
        return static_cast<Arena*>(self)->take(size);
    }
    static void release(void* self, void* pointer) {
        if (pointer != nullptr) {
            static_cast<Arena*>(self)->give_back(static_cast<std::byte*>(pointer) - kHeader);
        }
    }

    // Public for setjmp: it must be called in the frame that is to be returned to.
    std::jmp_buf give_up{};

private:
    static constexpr std::size_t kHeader = alignof(std::max_align_t);
    static constexpr std::size_t kBlockBytes = std::size_t{256} * 1024;
    static constexpr std::size_t kClasses = 48;
    static constexpr unsigned kAllocationsPerClockCheck = 4096;

    static double cpu_seconds() {
        std::timespec now{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
    }

    void* take(std::size_t size) {
        if (++allocations_ % kAllocationsPerClockCheck == 0 && cpu_seconds() > deadline_) {
            std::longjmp(give_up, 1);
        }
        const std::size_t whole = std::bit_ceil(std::max(size + kHeader, 2 * kHeader));
        const auto size_class = static_cast<std::size_t>(std::countr_zero(whole));
        if (size_class >= kClasses || whole > max_bytes_ - used_) {
            std::longjmp(give_up, 1);
        }
        std::byte* memory = free_.at(size_class);
        if (memory != nullptr) {
            free_.at(size_class) = *reinterpret_cast<std::byte**>(memory + kHeader);
        } else {
            memory = carve(whole);
        }
        *reinterpret_cast<std::size_t*>(memory) = size_class;
        return memory + kHeader;
    }

    std::byte* carve(std::size_t size) {
        used_ += size;
        if (size > kBlockBytes / 4) {
            return own_block(size);
        }
        if (block_left_ < size) {
            block_ = own_block(kBlockBytes);
            block_left_ = kBlockBytes;
        }
        std::byte* memory = block_;
        block_ += size;
        block_left_ -= size;
        return memory;
    }

    std::byte* own_block(std::size_t size) {
        blocks_.emplace_back(new std::byte[size]);
        return blocks_.back().get();
    }

    void give_back(std::byte* memory) {
        const auto size_class = *reinterpret_cast<std::size_t*>(memory);
        *reinterpret_cast<std::byte**>(memory + kHeader) = free_.at(size_class);
        free_.at(size_class) = memory;
    }

    std::size_t max_bytes_;
    double deadline_;
    std::size_t used_ = 0;
    unsigned allocations_ = 0;
    std::vector<std::unique_ptr<std::byte[]>> blocks_;
    std::byte* block_ = nullptr;
    std::size_t block_left_ = 0;
    std::array<std::byte*, kClasses> free_{};
};

constexpr std::size_t kBaseMemory = std::size_t{64} * 1024 * 1024;
constexpr std::size_t kMemoryPerInputByte = 48;
constexpr double kMaxSeconds = 20;

/// Null when the arena gave up. Holds no object with a destructor: longjmp would skip it.
const GumboOutput* run_gumbo(const char* text, std::size_t size, Arena* arena) {
    GumboOptions options = kGumboDefaultOptions;
    options.allocator = &Arena::allocate;
    options.deallocator = &Arena::release;
    options.userdata = arena;
    options.max_errors = 0;
    if (setjmp(arena->give_up) != 0) {  // NOLINT(cert-err52-cpp): Gumbo is C, see Arena
        return nullptr;
    }
    return gumbo_parse_with_options(&options, text, size);
}

class Copier {
public:
    Copier(Tree& tree, std::size_t max_depth) : tree_(tree), max_depth_(max_depth) {}

    /// Walks with a stack of its own: the depth is the page's choice.
    void copy(const GumboNode& document) {
        pending_.push_back({&document, 0});
        above_.push_back(0);
        while (!pending_.empty()) {
            const auto [node, next] = pending_.back();
            const auto* children = children_of(*node);
            if (children == nullptr || next >= children->length) {
                pending_.pop_back();
                above_.pop_back();
                continue;
            }
            ++pending_.back().second;
            add(*static_cast<const GumboNode*>(children->data[next]));
        }
        tree_.close();
    }

private:
    static const GumboVector* children_of(const GumboNode& node) {
        if (node.type == GUMBO_NODE_DOCUMENT) {
            return &node.v.document.children;
        }
        if (node.type == GUMBO_NODE_ELEMENT || node.type == GUMBO_NODE_TEMPLATE) {
            return &node.v.element.children;
        }
        return nullptr;
    }

    void add(const GumboNode& node) {
        switch (node.type) {
            case GUMBO_NODE_ELEMENT:
            case GUMBO_NODE_TEMPLATE:
                add_element(node);
                break;
            case GUMBO_NODE_TEXT:
            case GUMBO_NODE_WHITESPACE:
            case GUMBO_NODE_CDATA:
                tree_.add(Tree::Kind::text, above_.back(), tree_.keep(node.v.text.text));
                break;
            default:
                break;
        }
    }

    void add_element(const GumboNode& node) {
        const auto index = tree_.add(Tree::Kind::element, above_.back(), name_of(node.v.element));
        const auto& attributes = node.v.element.attributes;
        for (unsigned i = 0; i < attributes.length; ++i) {
            const auto& attribute = *static_cast<const GumboAttribute*>(attributes.data[i]);
            tree_.attributes.push_back({tree_.keep(attribute.name), tree_.keep(attribute.value)});
        }
        tree_.items[index].attributes_end = static_cast<std::uint32_t>(tree_.attributes.size());
        // Below the deepest allowed level everything hangs on the same parent.
        const bool flat = above_.size() > max_depth_;
        pending_.push_back({&node, 0});
        above_.push_back(flat ? above_.back() : index);
    }

    std::string_view name_of(const GumboElement& element) {
        if (element.tag != GUMBO_TAG_UNKNOWN) {
            return gumbo_normalized_tagname(element.tag);  // static storage
        }
        GumboStringPiece name = element.original_tag;
        gumbo_tag_from_original_text(&name);
        std::string lower(name.data == nullptr ? "" : std::string(name.data, name.length));
        for (char& c : lower) {
            if (c >= 'A' && c <= 'Z') {
                c = static_cast<char>(c - 'A' + 'a');
            }
        }
        return tree_.keep(lower);
    }

    Tree& tree_;
    std::size_t max_depth_;
    std::vector<std::pair<const GumboNode*, unsigned>> pending_;
    std::vector<std::uint32_t> above_;  ///< the node that children hang on, for each pending one
};

bool build_with(Tree& tree,
                std::string_view markup,
                std::size_t max_depth,
                std::size_t max_memory) {
    Arena arena(max_memory, kMaxSeconds);
    const auto* output = run_gumbo(markup.data(), markup.size(), &arena);
    if (output == nullptr) {
        return false;
    }
    Copier(tree, max_depth).copy(*output->document);
    return true;
}

}  // namespace

std::unique_ptr<Tree> build_tree(std::string_view utf8, const HtmlDocument::Limits& limits) {
    GuardLimits guard{limits.max_depth, limits.max_elements, limits.max_attributes, 48};
    const auto max_memory = kBaseMemory + kMemoryPerInputByte * utf8.size();
    auto guarded = guard_markup(utf8, guard);
    auto tree = std::make_unique<Tree>();
    if (!build_with(*tree, guarded.view(utf8), limits.max_depth, max_memory)) {
        // Re-opened formatting is what makes a tree larger than its markup.
        guard.max_open_formatting = 0;
        guarded = guard_markup(utf8, guard);
        guarded.damage = "links and formatting dropped: the page would need too much memory";
        tree = std::make_unique<Tree>();
        if (!build_with(*tree, guarded.view(utf8), limits.max_depth, max_memory)) {
            guarded.damage = "no tree: the page would need too much memory or time";
            tree = std::make_unique<Tree>();
        }
    }
    if (tree->items.size() == 1) {
        tree->add(Tree::Kind::element, 0, "html");
        tree->add(Tree::Kind::element, 1, "body");
        tree->close();
    }
    tree->damage = guarded.damage;
    return tree;
}

}  // namespace chiptrail::extract
