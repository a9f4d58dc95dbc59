#include "storage/post_diff.hpp"

namespace chiptrail::storage {

namespace {

bool is_empty(const core::Author& author) {
    return author.name.empty() && author.id.empty() && author.url.empty();
}

bool is_empty(const core::Price& price) {
    return price.raw.empty() && price.amount.empty();
}

bool is_empty(const core::Published& published) {
    return published.raw.empty() && published.utc.empty();
}

template <class Text>
bool is_empty(const Text& text) {
    return text.empty();
}

/// How far a sighting is believed about one field.
enum class Belief {
    replaces,  ///< also when it says nothing
    speaks,    ///< only when it says something
    fills,     ///< only when nothing is known
};

class Merger {
public:
    explicit Merger(PostMerge& merge) : merge_(merge) {}

    template <class Field>
    void take(const char* name, Field& known, const Field& seen, Belief belief) {
        const bool mute = is_empty(seen) && belief != Belief::replaces;
        const bool settled = belief == Belief::fills && !is_empty(known);
        if (mute || settled || known == seen) {
            return;
        }
        known = seen;
        merge_.fields.emplace_back(name);
    }

private:
    PostMerge& merge_;
};

/// "97.39 EUR" and "EUR 97.39" are one price; a list and a page may print it differently.
bool same_price(const core::Price& a, const core::Price& b) {
    return !a.amount.empty() && a.amount == b.amount &&
           (a.currency == b.currency || a.currency.empty() || b.currency.empty());
}

void merge_price(Merger& merger, core::Price& known, const core::Post& seen, Belief belief) {
    if (belief != Belief::replaces && same_price(known, seen.price)) {
        return;
    }
    merger.take("price", known, seen.price, belief);
}

}  // namespace

PostMerge merge_post(const core::Post& known,
                     const core::Post& seen,
                     Sighting sighting,
                     bool known_whole) {
    PostMerge merge{known, {}};
    Merger merger(merge);
    auto& post = merge.post;
    const bool own_page = sighting == Sighting::own_page;
    const auto belief = own_page ? Belief::replaces : known_whole ? Belief::fills : Belief::speaks;

    merger.take("title", post.title, seen.title, belief);
    merger.take("text", post.text, seen.text, belief);
    merger.take("author", post.author, seen.author, belief);
    merge_price(merger, post.price, seen, own_page ? Belief::replaces : Belief::speaks);
    merger.take("location", post.location, seen.location, belief);
    // Ages ("4 hours ago") move with the clock, so a known time is not compared.
    merger.take("published", post.published, seen.published, Belief::fills);
    merger.take("images", post.images, seen.images, belief);
    merger.take("links", post.links, seen.links, belief);
    if (own_page) {
        merger.take("url", post.url, seen.url, Belief::speaks);
        if (post.kind != seen.kind) {
            post.kind = seen.kind;
            merge.fields.emplace_back("kind");
        }
    }
    if (!merge.fields.empty()) {
        post.extractor = seen.extractor;
        // The first look at the page itself says more than the list did; the post is the same.
        if (own_page && !known_whole) {
            merge.fields = {"completed"};
        }
    }
    return merge;
}

}  // namespace chiptrail::storage
