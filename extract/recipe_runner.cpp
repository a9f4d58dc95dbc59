#include "extract/recipe_runner.hpp"

#include "core/text.hpp"
#include "extract/date.hpp"
#include "extract/feed.hpp"
#include "extract/field_finder.hpp"
#include "extract/generic.hpp"
#include "extract/images.hpp"
#include "extract/price.hpp"

#include <algorithm>
#include <utility>

namespace chiptrail::extract {

namespace {

constexpr std::size_t kMaxImages = 200;
constexpr std::size_t kMaxLinks = 1'000;
constexpr std::size_t kMaxAddresses = 5'000;

bool reading_fits(const Reading& reading, PageView& page) {
    const auto& when = reading.when;
    if (when.path && !when.path->found_in(page.page().url.target())) {
        return false;
    }
    const bool data = reading.input == Reading::Input::json;
    if ((data || !when.paths.empty()) && page.json() == nullptr) {
        return false;
    }
    if (!data && reading.input != Reading::Input::feed && page.looks_like_json()) {
        return false;
    }
    if (reading.input == Reading::Input::feed && !is_feed(page.decoded().text)) {
        return false;
    }
    return std::all_of(when.paths.begin(),
                       when.paths.end(),
                       [&](const auto& path) { return path.first(*page.json()) != nullptr; }) &&
           std::all_of(when.selectors.begin(),
                       when.selectors.end(),
                       [&](const auto& selector) {
                           return static_cast<bool>(page.document().select_first(selector));
                       }) &&
           std::all_of(when.variables.begin(), when.variables.end(), [&](const auto& name) {
               return page.script(name) != nullptr;
           });
}

bool address_fits(const Recipe& recipe, const core::Url& url) {
    const bool host =
        recipe.hosts.empty() ||
        std::any_of(recipe.hosts.begin(), recipe.hosts.end(), [&](const auto& pattern) {
            return host_fits(pattern, url.host());
        });
    return host && (!recipe.path || recipe.path->found_in(url.target()));
}

Meaning meaning_of(Field field) {
    switch (field) {
        case Field::images:
            return Meaning::image;
        case Field::url:
        case Field::author_url:
        case Field::links:
            return Meaning::link;
        default:
            return Meaning::text;
    }
}

std::string label_list(const std::vector<Alternative>& alternatives) {
    std::string labels;
    for (const auto& alternative : alternatives) {
        labels += (labels.empty() ? "'" : ", '") + alternative.label + "'";
    }
    return labels;
}

/// Reads the items of one page with one reading.
class ReadingRun {
public:
    ReadingRun(const Recipe& recipe,
               const Reading& reading,
               PageView& page,
               const Extractor::Options& options)
        : recipe_(recipe),
          reading_(reading),
          page_(page),
          options_(options),
          data_(page_data()),
          finder_(page, data_) {}

    Extraction run() {
        result_.extractor = recipe_.name + (reading_.name.empty() ? "" : "-" + reading_.name);
        if (reading_.input == Reading::Input::script && data_ == nullptr) {
            fail("no script has the variable '" + reading_.variables.front() + "'");
            return std::move(result_);
        }
        read_items();
        result_.follow = addresses(reading_.follow);
        result_.next_pages = addresses(reading_.next_page);
        return std::move(result_);
    }

private:
    const Json* page_data() {
        if (reading_.input == Reading::Input::json) {
            return page_.json();
        }
        for (const auto& name : reading_.variables) {
            if (const auto* value = page_.script(name)) {
                return value;
            }
        }
        return nullptr;
    }

    void fail(std::string reason) {
        result_.status = core::PageStatus::layout_changed;
        result_.reason = std::move(reason);
    }

    void read_items() {
        std::vector<ItemScope> items{ItemScope{}};
        if (reading_.many) {
            items = find_items();
        }
        if (items.empty()) {
            fail("selector " + label_list(reading_.items) + " found nothing");
            return;
        }
        std::map<Field, std::size_t> missing;
        std::size_t dropped = 0;
        for (std::size_t i = 0; i < items.size() && result_.posts.size() < options_.max_posts;
             ++i) {
            if (!read_item(items[i], missing)) {
                ++dropped;
            }
        }
        // A list may hold a few boxes that are not items; when most are not, it is another list.
        if (dropped * 2 > items.size()) {
            report_missing(missing, items.size());
        }
    }

    void report_missing(const std::map<Field, std::size_t>& missing, std::size_t items) {
        std::string reason;
        for (const auto& [field, count] : missing) {
            const auto found = reading_.fields.find(field);
            reason += (reason.empty() ? "" : "; ") + std::string("'") +
                      std::string(to_text(field)) + "' not found in " + std::to_string(count) +
                      " of " + std::to_string(items) + " items";
            if (found != reading_.fields.end()) {
                reason += " by " + label_list(found->second);
            }
        }
        fail(reason.empty() ? "no field found in " + std::to_string(items) + " items" : reason);
    }

    std::vector<ItemScope> find_items() {
        for (const auto& alternative : reading_.items) {
            auto items = finder_.find_items(alternative);
            if (!items.empty()) {
                return items;
            }
        }
        return {};
    }

    /// False when a required field is missing; the item is not kept then.
    bool read_item(const ItemScope& scope, std::map<Field, std::size_t>& missing) {
        core::Post post;
        post.kind = reading_.kind;
        post.extractor = result_.extractor;
        const auto trace_begin = result_.trace.size();
        std::map<Field, bool> found;
        for (const auto& [field, alternatives] : reading_.fields) {
            found[field] = read_field(field, alternatives, scope, post);
        }
        bool complete =
            std::any_of(found.begin(), found.end(), [](const auto& entry) { return entry.second; });
        for (const auto field : reading_.required) {
            if (!found[field]) {
                ++missing[field];
                complete = false;
            }
        }
        if (!complete) {
            result_.trace.resize(trace_begin);
            return false;
        }
        add_from_text(scope, post);
        name_post(post);
        result_.posts.push_back(std::move(post));
        return true;
    }

    bool read_field(Field field,
                    const std::vector<Alternative>& alternatives,
                    const ItemScope& scope,
                    core::Post& post) {
        for (const auto& alternative : alternatives) {
            const auto texts = finder_.find(alternative, scope, meaning_of(field));
            if (texts.empty()) {
                continue;
            }
            if (set(field, texts, alternative, post)) {
                trace(field, texts, alternative.label);
                return true;
            }
        }
        trace(field, {}, "");
        return false;
    }

    void trace(Field field, const std::vector<std::string>& texts, const std::string& label) {
        if (!options_.trace) {
            return;
        }
        std::string value = texts.empty() ? std::string() : texts.front();
        if (texts.size() > 1) {
            value += " (and " + std::to_string(texts.size() - 1) + " more)";
        }
        result_.trace.push_back(
            {result_.posts.size(), std::string(to_text(field)), std::move(value), label});
    }

    bool set(Field field,
             const std::vector<std::string>& texts,
             const Alternative& alternative,
             core::Post& post) {
        const auto& first = texts.front();
        switch (field) {
            case Field::id:
                post.id = first;
                return true;
            case Field::url:
                return set_url(first, post.url);
            case Field::kind:
                return set_kind(first, post);
            case Field::title:
                post.title = first;
                return true;
            case Field::text:
                post.text = joined(texts);
                return true;
            case Field::author:
                post.author.name = first;
                return true;
            case Field::author_id:
                post.author.id = first;
                return true;
            case Field::author_url:
                return set_url(first, post.author.url);
            default:
                return set_more(field, texts, alternative, post);
        }
    }

    bool set_more(Field field,
                  const std::vector<std::string>& texts,
                  const Alternative& alternative,
                  core::Post& post) {
        const auto& first = texts.front();
        switch (field) {
            case Field::price:
                post.price = parse_price(first, {"", page_.page().url.host()});
                return !post.price.raw.empty();
            case Field::currency:
                set_currency(first, post);
                return true;
            case Field::location:
                post.location = first;
                return true;
            case Field::published:
                set_published(first, alternative, post);
                return true;
            case Field::images:
                return set_addresses(texts, kMaxImages, true, post.images);
            case Field::links:
                return set_addresses(texts, kMaxLinks, false, post.links);
            default:
                return false;
        }
    }

    bool set_url(const std::string& text, std::string& url) {
        url = absolute_url(text, page_.base());
        return !url.empty();
    }

    static bool set_kind(const std::string& text, core::Post& post) {
        const auto kind = core::post_kind_from(text);
        post.kind = kind.value_or(post.kind);
        return kind.has_value();
    }

    static std::string joined(const std::vector<std::string>& texts) {
        std::string all;
        for (const auto& text : texts) {
            all += (all.empty() ? "" : "\n") + text;
        }
        return all;
    }

    /// Fields come in the order of their enumerators: the price is read before its currency.
    void set_currency(const std::string& text, core::Post& post) const {
        const auto code = currency_from(text, {"", page_.page().url.host()});
        if (code.empty() || post.price.raw.empty()) {
            return;
        }
        post.price = parse_price(post.price.raw, {code, page_.page().url.host()});
        if (post.price.currency.empty()) {
            post.price.currency = code;
        }
    }

    void set_published(const std::string& text, const Alternative& alternative, core::Post& post) {
        DateHints hints;
        hints.host = std::string(page_.page().url.host());
        if (!page_.looks_like_json()) {
            hints.language = std::string(page_.document().root().attribute("lang"));
        }
        hints.formats = alternative.filters.date_formats;
        post.published = parse_date(text, page_.page().fetched_at, hints);
    }

    bool set_addresses(const std::vector<std::string>& texts,
                       std::size_t most,
                       bool images,
                       std::vector<std::string>& list) {
        for (const auto& text : texts) {
            auto url = absolute_url(text, page_.base());
            if (list.size() < most && !url.empty()) {
                add_once(list, images ? largest_variant(url) : std::move(url));
            }
        }
        return !list.empty();
    }

    /// Links, and photos where no alternative gave any, that stand in the post's own markup.
    void add_from_text(const ItemScope& scope, core::Post& post) {
        const auto text = reading_.fields.find(Field::text);
        if (text == reading_.fields.end()) {
            return;
        }
        const bool wants_links = reading_.fields.count(Field::links) == 0;
        const bool wants_images = post.images.empty();
        for (const auto& alternative : text->second) {
            if (alternative.filters.strip_html) {
                for (const auto& markup : finder_.raw(alternative, scope, Meaning::text)) {
                    const auto document = HtmlDocument::parse(markup);
                    add_from(document.root(), wants_links, wants_images, post);
                }
            } else if (alternative.from == Alternative::From::select && !alternative.path) {
                for (const auto& node : finder_.elements(alternative, scope)) {
                    add_from(node, wants_links, wants_images, post);
                }
            }
            if (!post.links.empty() || !post.images.empty()) {
                return;
            }
        }
    }

    void add_from(const Node& node, bool links, bool images, core::Post& post) {
        static const auto kLinks = Selector::literal("a[href]");
        if (links) {
            for (const auto& link : node.select(kLinks)) {
                auto url = absolute_url(std::string(link.attribute("href")), page_.base());
                if (!url.empty() && post.links.size() < kMaxLinks) {
                    add_once(post.links, std::move(url));
                }
            }
        }
        if (images) {
            for (auto& url : images_in(node, page_.base())) {
                if (post.images.size() < kMaxImages) {
                    add_once(post.images, std::move(url));
                }
            }
        }
    }

    /// A post without an address or a number of its own takes the page's.
    void name_post(core::Post& post) const {
        const auto& page = page_.page().url;
        const bool has_url = !post.url.empty();
        if (!has_url) {
            post.url = page.without_fragment();
        }
        if (!post.id.empty()) {
            return;
        }
        post.id = post.url;
        if (reading_.many && !has_url) {
            post.id += "#" + std::to_string(result_.posts.size() + 1);
        }
    }

    std::vector<std::string> addresses(const std::vector<Alternative>& alternatives) {
        std::vector<std::string> urls;
        for (const auto& alternative : alternatives) {
            for (const auto& text : finder_.find(alternative, {}, Meaning::link)) {
                auto url = absolute_url(text, page_.base());
                if (!url.empty() && url != page_.page().url.text() && urls.size() < kMaxAddresses) {
                    add_once(urls, std::move(url));
                }
            }
        }
        return urls;
    }

    const Recipe& recipe_;
    const Reading& reading_;
    PageView& page_;
    const Extractor::Options& options_;
    const Json* data_;
    FieldFinder finder_;
    Extraction result_;
};

template <class T>
void fill(T& empty, const T& value) {
    if (empty.empty()) {
        empty = value;
    }
}

/// What the page says about itself for machines, where the recipe found nothing.
void fill_gaps(core::Post& post, const core::Post& page) {
    fill(post.title, page.title);
    fill(post.text, page.text);
    fill(post.author.name, page.author.name);
    fill(post.author.url, page.author.url);
    fill(post.location, page.location);
    if (post.price.raw.empty()) {
        post.price = page.price;
    } else if (post.price.currency.empty()) {
        post.price.currency = page.price.currency;
    }
    if (post.published.raw.empty()) {
        post.published = page.published;
    }
    fill(post.images, page.images);
}

Extraction run_reading(const Recipe& recipe,
                       const Reading& reading,
                       PageView& page,
                       const Extractor::Options& options) {
    if (reading.input == Reading::Input::feed) {
        return read_feed(page.decoded().text, page.page().url, page.page().fetched_at);
    }
    if (reading.input == Reading::Input::generic) {
        return read_generic(page.document(), page.page().url, page.page().fetched_at);
    }
    auto result = ReadingRun(recipe, reading, page, options).run();
    const bool markup = !page.looks_like_json();
    if (markup && reading.fill_gaps && !reading.many && result.posts.size() == 1) {
        fill_gaps(result.posts.front(),
                  read_page_data(page.document(), page.page().url, page.page().fetched_at));
    }
    if (markup && reading.many && reading.next_page.empty()) {
        result.next_pages = find_next_pages(page.document(), page.page().url);
    }
    return result;
}

bool rule_holds(const StatusRule& rule, PageView& page) {
    const auto fits = [&](const std::string& text) {
        return !rule.regex || rule.regex->found_in(text);
    };
    switch (rule.on) {
        case StatusRule::On::selector: {
            if (page.looks_like_json()) {
                return false;
            }
            const auto values = page.document().values(*rule.selector);
            return std::any_of(values.begin(), values.end(), fits);
        }
        case StatusRule::On::json: {
            if (page.json() == nullptr) {
                return false;
            }
            const auto values = rule.path->select(*page.json());
            return std::any_of(values.begin(), values.end(), [&](const Json* value) {
                return fits(json_text(*value));
            });
        }
        case StatusRule::On::text:
            return fits(page.looks_like_json() ? page.decoded().text
                                               : page.document().root().text());
        case StatusRule::On::title:
            return !page.looks_like_json() && fits(page.document().title());
        case StatusRule::On::url:
            return fits(page.page().url.text());
    }
    return false;
}

}  // namespace

bool recipe_fits(const Recipe& recipe, PageView& page) {
    return address_fits(recipe, page.page().url) &&
           std::any_of(recipe.readings.begin(), recipe.readings.end(), [&](const auto& reading) {
               return reading_fits(reading, page);
           });
}

std::optional<RuleVerdict> check_status_rules(const Recipe& recipe, PageView& page) {
    for (const auto& rule : recipe.status_rules) {
        if (rule_holds(rule, page)) {
            return RuleVerdict{rule.status, recipe.name + ": " + rule.label};
        }
    }
    return std::nullopt;
}

Extraction run_recipe(const Recipe& recipe, PageView& page, const Extractor::Options& options) {
    std::optional<Extraction> first_failure;
    for (const auto& reading : recipe.readings) {
        if (!reading_fits(reading, page)) {
            continue;
        }
        auto result = run_reading(recipe, reading, page, options);
        if (!result.posts.empty()) {
            return result;
        }
        if (!first_failure) {
            first_failure = std::move(result);
        }
    }
    return std::move(*first_failure);
}

}  // namespace chiptrail::extract
