#include "extract/extractor.hpp"

#include "core/sha256.hpp"
#include "extract/feed.hpp"
#include "extract/generic.hpp"
#include "extract/page_status.hpp"
#include "extract/page_view.hpp"
#include "extract/recipe_runner.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace chiptrail::extract {

struct Extractor::State {
    std::vector<Recipe> recipes;
    Options options;
};

namespace {

bool is_address_known(const Recipe& recipe, const core::Url& url) {
    return !recipe.hosts.empty() &&
           std::any_of(recipe.hosts.begin(), recipe.hosts.end(), [&](const auto& pattern) {
               return host_fits(pattern, url.host());
           });
}

Extraction read_without_recipe(PageView& page) {
    const auto& source = page.page();
    if (is_feed(page.decoded().text)) {
        return read_feed(page.decoded().text, source.url, source.fetched_at);
    }
    if (page.looks_like_json()) {
        Extraction nothing;
        nothing.extractor = "none";
        nothing.reason = "the answer is JSON and no recipe reads it";
        return nothing;
    }
    return read_generic(page.document(), source.url, source.fetched_at);
}

/// Why there is nothing, in the order of trust: the site's own recipe, then signs of any site.
void explain(const Recipe* recipe, PageView& page, Extraction& result) {
    if (recipe != nullptr) {
        if (auto verdict = check_status_rules(*recipe, page)) {
            result.status = verdict->status;
            result.reason = std::move(verdict->reason);
            return;
        }
    }
    if (page.looks_like_json()) {
        return;
    }
    auto verdict =
        classify_page(page.document(), page.page().url, page.page().status, result.posts.size());
    // "Nothing to see" from the page's words is weaker than a recipe that knows where to look.
    if (verdict.status != core::PageStatus::ok) {
        result.status = verdict.status;
        result.reason = std::move(verdict.reason);
    }
}

/// "ok" and no post never stand alone: somebody has to know what to look at.
std::string why_no_posts(const Recipe* recipe, bool read, const Extraction& result) {
    const auto links = result.follow.size() + result.next_pages.size();
    if (links > 0) {
        return "no posts on this page, " + std::to_string(links) + " links to follow";
    }
    if (recipe != nullptr && !read) {
        return "no [[read]] of the recipe '" + recipe->name +
               "' fits this page, and nothing on it reads as a post";
    }
    return "nothing on this page reads as a post";
}

/// A thread whose posts have no number of their own gives them all the thread's. Each is named
/// after what it says, so that the next visit finds the same one. A listing that one page shows
/// twice (a paid place) is the same listing.
void name_apart(std::vector<core::Post>& posts) {
    std::set<std::string> names;
    std::erase_if(posts, [&names](core::Post& post) {
        if (names.insert(post.id).second || post.kind == core::PostKind::listing) {
            return false;
        }
        constexpr std::size_t kDigits = 12;
        post.id += "#" + core::sha256(post.author.name + "\n" + post.text).hex().substr(0, kDigits);
        return !names.insert(post.id).second;
    });
}

}  // namespace

Extractor::Extractor(std::vector<Recipe> recipes, Options options) {
    // Recipes for families of sites (any host) come after those that name theirs.
    std::stable_partition(
        recipes.begin(), recipes.end(), [](const Recipe& recipe) { return !recipe.hosts.empty(); });
    state_ = std::make_unique<const State>(State{std::move(recipes), options});
}

Extractor::~Extractor() = default;
Extractor::Extractor(Extractor&&) noexcept = default;
Extractor& Extractor::operator=(Extractor&&) noexcept = default;

Extraction Extractor::extract(const Page& source) const {
    PageView page(source, state_->options);
    const Recipe* owner = nullptr;  // The recipe of this host, whether or not it reads this page.
    Extraction result;
    bool read = false;
    for (const auto& recipe : state_->recipes) {
        if (owner == nullptr && is_address_known(recipe, source.url)) {
            owner = &recipe;
        }
        if (recipe_fits(recipe, page)) {
            owner = &recipe;
            result = run_recipe(recipe, page, state_->options);
            read = true;
            break;
        }
    }
    if (!read) {
        result = read_without_recipe(page);
    }
    if (result.posts.empty() || !read) {
        explain(owner, page, result);
    }
    if (read && result.status == core::PageStatus::layout_changed && result.posts.empty()) {
        // What any reader gets is better than nothing; the status says that the recipe is old.
        result.posts = read_without_recipe(page).posts;
    }
    if (result.posts.size() > state_->options.max_posts) {
        result.posts.resize(state_->options.max_posts);
    }
    name_apart(result.posts);
    if (result.posts.empty() && result.reason.empty()) {
        result.reason = why_no_posts(owner, read, result);
    }
    result.charset = page.decoded().charset;
    return result;
}

}  // namespace chiptrail::extract
