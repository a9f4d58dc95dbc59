#include "extract/generic.hpp"

#include "core/text.hpp"
#include "extract/date.hpp"
#include "extract/images.hpp"
#include "extract/item_groups.hpp"
#include "extract/price.hpp"
#include "extract/regex.hpp"
#include "extract/structured.hpp"
#include "extract/url_id.hpp"
#include "extract/utf8_scan.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace chiptrail::extract {

namespace {

constexpr std::size_t kMaxPosts = 5'000;
constexpr std::size_t kMaxTitle = 300;

struct Context {
    const HtmlDocument& document;
    core::Url page;
    core::Url base;
    core::Timestamp now;
    DateHints hints;
    std::string currency;  ///< that the page names anywhere
};

Context context_of(const HtmlDocument& document, const core::Url& url, core::Timestamp now) {
    Context context{document, url, document.base_url(url), now, {}, {}};
    context.hints.host = std::string(url.host());
    context.hints.language = std::string(document.root().attribute("lang"));
    for (const char* name : {"product:price:currency", "og:price:currency", "priceCurrency"}) {
        if (context.currency.empty()) {
            context.currency = currency_from(document.meta(name));
        }
    }
    return context;
}

std::string one_line(std::string_view text) {
    return std::string(clip_utf8(core::collapse_blanks(text), kMaxTitle));
}

// --- fields of one element -------------------------------------------------------------------

core::Price price_in(const Node& item, const Context& context) {
    static const auto kMarked = Selector::literal(
        "[itemprop=price], [itemprop=lowPrice], [data-price], [class*='price' i], "
        "[class*='preis' i], [class*='prix' i], [class*='precio' i], [class*='cost' i], "
        "[class*='amount' i], [id*='price' i]");
    static const auto kOld = Regex::literal(
        "(?i)old|was|strike|regular|list-?price|original|before|compare|msrp|rrp|shipping|"
        "delivery|discount|saving|label|previous|crossed");
    core::Price fallback;
    int seen = 0;
    for (const auto& node : item.select(kMarked)) {
        if (++seen > 40) {
            break;
        }
        const bool old = kOld.found_in(node.attribute("class")) || node.name() == "del" ||
                         node.name() == "s" || node.parent().name() == "del";
        auto text = node.attribute("content").empty() ? node.text()
                                                      : std::string(node.attribute("content"));
        constexpr std::size_t kPriceText = 80;
        if (old || text.empty() || text.size() > kPriceText) {
            continue;
        }
        auto price = parse_price(one_line(text), {context.currency, context.page.host()});
        if (price.amount.empty()) {
            continue;
        }
        if (!price.currency.empty()) {
            return price;
        }
        if (fallback.amount.empty()) {
            fallback = price;
        }
    }
    return fallback;
}

/// A short line with an amount and a currency, for pages that mark nothing.
core::Price price_in_text(const std::string& text, const Context& context) {
    std::size_t at = 0;
    for (int lines = 0; at < text.size() && lines < 60; ++lines) {
        const auto end = std::min(text.find('\n', at), text.size());
        const auto line = std::string_view(text).substr(at, end - at);
        at = end + 1;
        constexpr std::size_t kLine = 40;
        if (line.empty() || line.size() > kLine) {
            continue;
        }
        auto price = parse_price(line, {"", context.page.host()});
        if (!price.amount.empty() && !price.currency.empty()) {
            return price;
        }
    }
    return {};
}

core::Published date_in(const Node& item, const Context& context) {
    static const auto kTime = Selector::literal(
        "time, [itemprop=datePublished], "
        "[itemprop=dateCreated], [data-time], "
        "[data-timestamp], abbr[title], [data-utime]");
    static const auto kNamed = Selector::literal(
        "[class*='date' i], [class*='time' i], [class*='posted' i], [class*='publish' i], "
        "[id*='date' i], [class*='age' i], [class*='created' i]");
    for (const auto& node : item.select(kTime)) {
        for (const char* name :
             {"datetime", "content", "data-time", "data-timestamp", "data-utime", "title"}) {
            if (auto date = parse_date(node.attribute(name), context.now, context.hints);
                !date.utc.empty()) {
                return date;
            }
        }
        if (auto date = parse_date(one_line(node.text()), context.now, context.hints);
            !date.utc.empty()) {
            return date;
        }
    }
    int seen = 0;
    for (const auto& node : item.select(kNamed)) {
        if (++seen > 30) {
            break;
        }
        const auto text = node.attribute("title").empty() ? one_line(node.text())
                                                          : std::string(node.attribute("title"));
        constexpr std::size_t kDateText = 120;
        auto date = text.size() > kDateText ? core::Published{}
                                            : parse_date(text, context.now, context.hints);
        if (!date.utc.empty()) {
            return date;
        }
    }
    return {};
}

core::Author author_in(const Node& item, const Context& context) {
    static const std::vector<Selector> kAuthors = [] {
        std::vector<Selector> out;
        for (const char* text :
             {"[itemprop=author] [itemprop=name]",
              "[itemprop=author]",
              "a[rel~=author]",
              "a[class*='bigusername']",
              "a[class*='username' i]",
              ".postauthor, .postername, .author",
              "[class*='username' i]",
              "[class*='author' i] a",
              "[class*='author' i]",
              "[class*='poster' i] a",
              "[class*='seller' i] a",
              "[class*='seller' i]",
              "[class*='postprofile' i] a",
              "[class*='nickname' i]",
              "[class*='user-name' i]",
              "a[href*='/user/'], a[href*='/users/'], a[href*='/member'], a[href*='profile'], "
              "a[href*='/u/'], a[href*='user?'], a[href*='uid=']",
              "[class*='user' i] a",
              "[class*='name' i] a",
              "[class*='shop-name' i], [class*='store' i] a"}) {
            out.push_back(Selector::literal(text));
        }
        return out;
    }();
    static const auto kPrefix =
        Regex::literal("(?i)^(by|von|posted by|author|автор|作者|from)[:\\s]+");
    for (const auto& selector : kAuthors) {
        int seen = 0;
        for (const auto& node : item.select(selector)) {
            if (++seen > 4) {
                break;
            }
            auto name = one_line(node.attribute("content").empty()
                                     ? node.text()
                                     : std::string(node.attribute("content")));
            name = kPrefix.replace(std::move(name), "");
            constexpr std::size_t kName = 80;
            if (!name.empty() && name.size() <= kName) {
                core::Author author;
                author.name = std::move(name);
                static const auto kLink = Selector::literal("a[href]");
                const auto link = node.name() == "a" ? node : node.select_first(kLink);
                author.url = absolute_url(link.attribute("href"), context.base);
                return author;
            }
        }
    }
    return {};
}

std::string location_in(const Node& item) {
    static const auto kNamed = Selector::literal(
        "[itemprop=address], [itemprop=addressLocality], [class*='location' i], "
        "[class*='locality' i], [class*='city' i], [class*='region' i], [class*='place' i], "
        "[class*='area' i], [class*='hood' i]");
    for (const auto& node : item.select(kNamed)) {
        auto text = one_line(node.text());
        constexpr std::size_t kPlace = 80;
        const bool worded = std::any_of(text.begin(), text.end(), [](char c) {
            return (c >= 'A' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
        });
        if (worded && text.size() <= kPlace) {
            return text;
        }
    }
    return {};
}

std::vector<std::string> links_in(const Node& item, const Context& context) {
    static const auto kLinks = Selector::literal("a[href]");
    std::vector<std::string> out;
    for (const auto& link : item.select(kLinks)) {
        constexpr std::size_t kMaxLinks = 100;
        if (out.size() >= kMaxLinks) {
            break;
        }
        const auto href = link.attribute("href");
        if (!href.starts_with('#')) {
            add_once(out, absolute_url(href, context.base));
        }
    }
    return out;
}

// --- lists -----------------------------------------------------------------------------------

/// "159 comments", "3 days ago", "Reply": a link of the item, but not its name.
bool is_side_link(const std::string& text, const Context& context) {
    static const auto kWords = Regex::literal(
        "(?i)^(\\W*[0-9,.]+k?\\s*(comments?|replies|reply|views?|answers?|likes?|points?|votes?|"
        "bids?|watchers?|reviews?|ratings?|sold|photos?|images?|条|评论|回复|个回答|人付款)?\\W*|"
        "(reply|share|save|hide|report|more|read more|continue reading|details|view|buy( now)?|"
        "add to (cart|basket|wishlist)|quick view|comments?|edit|delete|permalink|link|next|prev|"
        "see more|learn more|compare|sponsored|ad|gallery|last page|mehr|weiterlesen|lire la suite|"
        "leer más|подробнее|купить|в корзину|详情|查看|更多|回复|收藏))$");
    constexpr std::size_t kShort = 40;
    return text.size() <= kShort &&
           (kWords.found_in(text) || !parse_date(text, context.now, context.hints).utc.empty());
}

/// Links often carry words for screen readers beside their heading.
Node heading_inside(const Node& link) {
    static const auto kHeading = Selector::literal("h1, h2, h3, h4, h5, h6, [role=heading]");
    const auto heading = link.select_first(kHeading);
    return heading ? heading : link;
}

struct TitleLink {
    std::string title;
    std::string url;
};

bool leads_to_item(const std::string& url, const Context& context) {
    return !url.empty() && url.substr(0, url.find('#')) != context.page.without_fragment();
}

TitleLink title_link(const Node& item, const Context& context) {
    static const auto kHeading = Selector::literal(
        "h1 a[href], h2 a[href], h3 a[href], h4 a[href], h5 a[href], h6 a[href], "
        "[itemprop=name] a[href], a[href]:has([role=heading]), [class*='title' i] a[href], "
        "a[class*='title' i]");
    static const auto kHeadingAlone = Selector::literal(
        "h1, h2, h3, h4, h5, h6, [role=heading], [itemprop=name], [class*='title' i], "
        "[class*='name' i]");
    static const auto kLinks = Selector::literal("a[href]");
    TitleLink out;
    for (const auto& link : item.select(kHeading)) {
        auto text = one_line(heading_inside(link).text());
        auto url = absolute_url(link.attribute("href"), context.base);
        if (!text.empty() && !is_side_link(text, context) && leads_to_item(url, context)) {
            return {std::move(text), std::move(url)};
        }
    }
    std::size_t best = 0;
    const auto consider = [&](const Node& link) {
        const auto url = absolute_url(link.attribute("href"), context.base);
        if (!leads_to_item(url, context)) {
            return;
        }
        auto text = one_line(link.text());
        if (text.empty()) {
            text = one_line(link.attribute("title"));
        }
        if (is_side_link(text, context)) {
            text.clear();
        }
        if (out.url.empty() || text.size() > best) {
            best = text.size();
            out = {std::move(text), url};
        }
    };
    if (item.name() == "a") {
        consider(item);
    }
    int seen = 0;
    for (const auto& link : item.select(kLinks)) {
        if (++seen > 60) {
            break;
        }
        consider(link);
    }
    for (const auto& heading : item.select(kHeadingAlone)) {
        auto text = one_line(heading.text());
        constexpr std::size_t kLetters = 3;
        if (text.size() >= kLetters && !is_side_link(text, context)) {
            out.title = std::move(text);
            break;
        }
    }
    return out;
}

std::string own_id(const Node& item) {
    for (const char* name : {"data-id",
                             "data-item-id",
                             "data-itemid",
                             "data-listing-id",
                             "data-pid",
                             "data-product-id",
                             "data-sku",
                             "data-post-id",
                             "data-listingid",
                             "data-ad-id",
                             "data-adid",
                             "data-topic-id",
                             "data-aid"}) {
        if (!item.attribute(name).empty()) {
            return std::string(item.attribute(name));
        }
    }
    const auto id = item.attribute("id");
    const bool number = !id.empty() && id.find_first_not_of("0123456789") == std::string_view::npos;
    return number ? std::string(id) : std::string();
}

std::optional<core::Post> read_list_item(const Node& item, const Context& context) {
    auto [title, url] = title_link(item, context);
    constexpr std::size_t kLetters = 3;
    if (url.empty() || title.size() < kLetters) {
        return std::nullopt;
    }
    core::Post post;
    post.extractor = "list";
    post.title = std::move(title);
    post.url = std::move(url);
    post.id = own_id(item);
    if (post.id.empty()) {
        post.id = id_of_url(post.url);
    }
    post.images = images_in(item, context.base);
    post.text = item.text();
    post.price = price_in(item, context);
    if (post.price.amount.empty()) {
        post.price = price_in_text(post.text, context);
    }
    post.published = date_in(item, context);
    post.author = author_in(item, context);
    if (post.author.name == post.title) {
        post.author = {};
    }
    post.location = location_in(item);
    post.kind = post.price.amount.empty() ? core::PostKind::post : core::PostKind::listing;
    return post;
}

struct ListReading {
    std::vector<core::Post> posts;
    double score = 0;
    double share = 0;  ///< of the page's text
};

double score_of(const std::vector<core::Post>& posts) {
    std::set<std::string> urls;
    double score = 0;
    for (const auto& post : posts) {
        constexpr double kGoodTitle = 18;
        const double title = std::min(1.0, static_cast<double>(post.title.size()) / kGoodTitle);
        double value = 1.0;
        value += post.price.amount.empty() ? 0 : 1.5;
        value += post.images.empty() ? 0 : 0.8;
        value += post.published.utc.empty() ? 0 : 0.5;
        value += post.author.name.empty() ? 0 : 0.2;
        // Several items read as one carry much text and many photos.
        if (post.images.size() > 8 || post.text.size() > 3'000) {
            value *= 0.5;
        }
        score += value * title;
        urls.insert(post.url);
    }
    return posts.empty()
               ? 0
               : score * static_cast<double>(urls.size()) / static_cast<double>(posts.size());
}

ListReading read_list(const Context& context) {
    ListReading best;
    const auto groups = find_item_groups(context.document);
    for (const auto& group : groups) {
        ListReading reading;
        std::set<std::string> urls;
        for (const auto& node : group.items) {
            auto post = read_list_item(node, context);
            if (post && urls.insert(post->url).second && reading.posts.size() < kMaxPosts) {
                reading.posts.push_back(std::move(*post));
            }
        }
        constexpr std::size_t kFewest = 3;
        const bool most = reading.posts.size() * 10 >= group.items.size() * 6;
        if (reading.posts.size() < kFewest || !most) {
            continue;
        }
        reading.score = score_of(reading.posts);
        reading.share = group.share;
        if (reading.score > best.score) {
            best = std::move(reading);
        }
    }
    return best;
}

// --- threads ---------------------------------------------------------------------------------

const std::vector<Selector>& post_shapes() {
    static const std::vector<Selector> kShapes = [] {
        std::vector<Selector> out;
        for (const char* text : {
                 "[itemtype*='schema.org/Comment'], [itemtype*='DiscussionForumPosting'] .post",
                 "[itemscope]:has(> [itemprop=articleBody])",
                 "div.crawler-post, .topic-body.crawler-post",      // Discourse
                 "article.message, li.message, div.message[id]",    // XenForo
                 "li.postbitlegacy, li.postbit, li.postcontainer",  // vBulletin 4
                 "table[id^='post']:has([id^='post_message_'])",    // vBulletin 3
                 "div[id^='post_']:has([id^='postmessage_'])",      // Discuz
                 "div.post_block, article.cPost, article.ipsComment",
                 "div.post:has(.postbody), div.postrow, tr.post",  // phpBB 3
                 "div[id^='pid'], table[id^='pid']",               // Discuz 7
                 "article[id^='post'], div[id^='post-'], li[id^='post-'], div.windowbg, "
                 "div.windowbg2",
                 "div.thing.comment",  // old reddit
                 "[class*='post-item' i], [class*='postitem' i], [class*='thread-post' i]",
                 "li.comment, div.comment, article.comment, [id^='comment-'], "
                 "[class*='comment-item' i]",
                 "[id^='reply'], [id^='msg'], [class*='reply' i][id]",
                 ".post, .message, .reply",
             }) {
            out.push_back(Selector::literal(text));
        }
        return out;
    }();
    return kShapes;
}

Node body_of_post(const Node& post) {
    static const std::vector<Selector> kBodies = [] {
        std::vector<Selector> out;
        for (const char* text :
             {"[itemprop=text], [itemprop=articleBody]",
              "[id^='post_message_'], [id^='postmessage_']",
              ".postbody .content, .bbWrapper, .message-body, .messageContent, .cooked",
              "blockquote.postcontent, .postcontent, .post-content, .post_content, .entry-content",
              ".usertext-body, .comment-content, .comment-body, .comment-text, .postbody, .inner",
              ".post-body, .content, .body, .text, .message, [class*='content' i], [class*='body' "
              "i], "
              "[class*='text' i]"}) {
            out.push_back(Selector::literal(text));
        }
        return out;
    }();
    for (const auto& selector : kBodies) {
        if (const auto body = post.select_first(selector)) {
            return body;
        }
    }
    return post;
}

std::string id_of_post(const Node& post) {
    static const auto kDigits = Regex::literal("([0-9]+)[^0-9]*$");
    for (const char* name : {"data-post-id", "data-fullname", "data-comment-id", "data-id", "id"}) {
        const auto value = post.attribute(name);
        if (value.empty()) {
            continue;
        }
        if (std::string_view(name) == "data-fullname") {
            return std::string(value);
        }
        if (auto digits = kDigits.first(value)) {
            return *digits;
        }
    }
    return {};
}

core::Post read_thread_post(const Node& node, const Context& context) {
    core::Post post;
    post.extractor = "thread";
    const auto body = body_of_post(node);
    post.text = body.text();
    post.images = images_in(body, context.base);
    post.links = links_in(body, context);
    post.author = author_in(node, context);
    post.published = date_in(node, context);
    post.id = id_of_post(node);
    return post;
}

bool looks_like_thread(const std::vector<core::Post>& posts) {
    std::size_t authors = 0;
    std::size_t texts = 0;
    for (const auto& post : posts) {
        authors += post.author.name.empty() ? 0U : 1U;
        texts += post.text.size() >= 2 || !post.images.empty() ? 1U : 0U;
    }
    return authors * 10 >= posts.size() * 6 && texts * 10 >= posts.size() * 6;
}

/// A blog's front page repeats posts too, but each has a heading that leads elsewhere.
bool are_teasers(const std::vector<Node>& nodes, const Context& context) {
    static const auto kHeading = Selector::literal("h1 a[href], h2 a[href], h3 a[href]");
    std::set<std::string> urls;
    for (const auto& node : nodes) {
        const auto url = absolute_url(node.select_first(kHeading).attribute("href"), context.base);
        const auto plain = url.substr(0, url.find('#'));
        if (!plain.empty() && plain != context.page.without_fragment()) {
            urls.insert(plain);
        }
    }
    return urls.size() * 10 > nodes.size() * 6 && urls.size() > 1;
}

std::vector<Node> outermost(const std::vector<Node>& nodes) {
    // In page order a node inside another follows it, so one look back is enough.
    std::vector<Node> out;
    for (const auto& node : nodes) {
        bool inside = false;
        auto up = node.parent();
        for (int steps = 0; up && steps < 40 && !out.empty(); ++steps, up = up.parent()) {
            if (up == out.back()) {
                inside = true;
                break;
            }
        }
        if (!inside && out.size() < kMaxPosts) {
            out.push_back(node);
        }
    }
    return out;
}

/// The heading that the page's <title> repeats; boards have headings for advertisements too.
std::string thread_title(const Context& context) {
    static const auto kHeading = Selector::literal(
        "h1, h2, h3, [itemprop=headline], .topic-title, .threadtitle, [class*='title' i]");
    const auto page_title = one_line(context.document.title());
    std::string best;
    int seen = 0;
    for (const auto& heading : context.document.select(kHeading)) {
        constexpr int kMost = 200;
        constexpr std::size_t kLetters = 4;
        if (++seen > kMost) {
            break;
        }
        auto text = one_line(heading.own_text());
        if (text.size() < kLetters) {
            text = one_line(heading.text());
        }
        if (text.size() >= kLetters && text.size() > best.size() &&
            page_title.find(text) != std::string::npos) {
            best = std::move(text);
        }
    }
    if (!best.empty()) {
        return best;
    }
    auto og = context.document.meta("og:title");
    return og.empty() ? page_title : og;
}

std::vector<core::Post> read_thread(const Context& context) {
    for (const auto& shape : post_shapes()) {
        const auto nodes = outermost(context.document.select(shape));
        if (nodes.empty() || are_teasers(nodes, context)) {
            continue;
        }
        std::vector<core::Post> posts;
        posts.reserve(nodes.size());
        for (const auto& node : nodes) {
            posts.push_back(read_thread_post(node, context));
        }
        if (posts.size() < 2 || !looks_like_thread(posts)) {
            continue;
        }
        const auto title = thread_title(context);
        for (std::size_t i = 0; i < posts.size(); ++i) {
            posts[i].title = title;
            posts[i].kind = i == 0 ? core::PostKind::thread : core::PostKind::post;
            posts[i].url = context.page.without_fragment();
            if (posts[i].id.empty()) {
                posts[i].id = id_of_url(posts[i].url) + "#" + std::to_string(i + 1);
            }
        }
        return posts;
    }
    return {};
}

// --- one item --------------------------------------------------------------------------------

std::string main_heading(const Context& context) {
    static const auto kHeading = Selector::literal("h1");
    static const auto kLinks = Selector::literal("a[href]");
    std::string best;
    for (const auto& heading : context.document.select(kHeading)) {
        auto text = one_line(heading.text());
        constexpr std::size_t kLetters = 3;
        const auto link = heading.select_first(kLinks);
        if (link && leads_to_item(absolute_url(link.attribute("href"), context.base), context) &&
            one_line(link.text()) == text) {
            continue;  // The site's name, or the way home.
        }
        if (text.size() >= kLetters && context.document.title().find(text) != std::string::npos) {
            return text;
        }
        if (best.empty() && text.size() >= kLetters) {
            best = std::move(text);
        }
    }
    return best;
}

Node main_content(const Context& context) {
    static const auto kNamed = Selector::literal(
        "[itemprop=articleBody], article .entry-content, .article-content, .post-content, "
        ".entry-content, #js_content, .article_content, .article-body, #article, #artibody, "
        "#content article, article, [itemprop=description], #description, "
        "[class*='description' i], main, [role=main]");
    Node best;
    std::size_t most = 0;
    int seen = 0;
    for (const auto& node : context.document.select(kNamed)) {
        if (++seen > 30) {
            break;
        }
        const auto size = node.text().size();
        // A nearer name wins unless it holds next to nothing.
        constexpr std::size_t kEnough = 200;
        if (size >= kEnough && most >= kEnough) {
            continue;
        }
        if (size > most) {
            most = size;
            best = node;
        }
    }
    return best;
}

core::Price price_near_heading(const Context& context) {
    static const auto kHeading = Selector::literal("h1");
    auto scope = context.document.select_first(kHeading);
    for (int levels = 0; scope && levels < 6; ++levels) {
        scope = scope.parent();
        if (auto price = price_in(scope, context); !price.amount.empty()) {
            return price;
        }
    }
    return price_in(context.document.body(), context);
}

std::vector<std::string> gallery(const Context& context) {
    static const std::vector<Selector> kGalleries = [] {
        std::vector<Selector> out;
        for (const char* text : {"[class*='gallery' i]",
                                 "[id*='gallery' i]",
                                 "[class*='product-image' i]",
                                 "[class*='product-photo' i]",
                                 "[class*='carousel' i][class*='product' i]",
                                 "[class*='swiper' i]",
                                 "[class*='slider' i]",
                                 "[class*='photo' i]",
                                 "[itemprop=image]",
                                 "figure"}) {
            out.push_back(Selector::literal(text));
        }
        return out;
    }();
    for (const auto& selector : kGalleries) {
        std::vector<std::string> images;
        for (const auto& node : context.document.select(selector)) {
            for (auto& image : images_in(node, context.base)) {
                add_once(images, std::move(image));
            }
        }
        constexpr std::size_t kTooMany = 60;
        if (!images.empty() && images.size() <= kTooMany) {
            return images;
        }
    }
    return {};
}

/// Photos of the page's own item: structured ones first, then its gallery or its text's.
void add_images(core::Post& post, const Node& content, const Context& context) {
    std::vector<std::string> more;
    if (post.kind == core::PostKind::listing) {
        more = gallery(context);
    } else if (content) {
        more = images_in(content, context.base);
    }
    if (more.empty() && post.images.empty()) {
        more = gallery(context);
    }
    if (more.empty() && post.images.empty() && content) {
        more = images_in(content, context.base);
    }
    for (auto& image : more) {
        add_once(post.images, std::move(image));
    }
}

core::Post read_page_item(const Context& context, core::Post post) {
    const auto content = main_content(context);
    const auto heading = main_heading(context);
    const bool weak_title = post.extractor == "opengraph" || post.extractor.empty();
    if (post.extractor.empty()) {
        post.extractor = "page";
    }
    if (!heading.empty() &&
        (post.title.empty() || (weak_title && post.title.find(heading) != std::string::npos))) {
        post.title = heading;
    }
    if (post.title.empty()) {
        post.title = context.document.title();
    }
    if (post.price.amount.empty() && post.kind != core::PostKind::thread) {
        post.price = price_near_heading(context);
        if (!post.price.amount.empty() && post.extractor == "page") {
            post.kind = core::PostKind::listing;
        }
    }
    if (content) {
        auto text = content.text();
        if (text.size() > post.text.size()) {
            post.text = std::move(text);
        }
        if (post.links.empty()) {
            post.links = links_in(content, context);
        }
    }
    if (post.text.empty()) {
        post.text = context.document.meta("description");
    }
    add_images(post, content, context);
    if (post.published.utc.empty()) {
        auto date = date_in(context.document.body(), context);
        post.published = date.raw.empty() ? post.published : date;
    }
    if (post.author.name.empty()) {
        post.author.name = context.document.meta("author");
    }
    if (post.author.name.empty() && content) {
        post.author = author_in(context.document.body(), context);
    }
    if (post.location.empty() && post.kind == core::PostKind::listing) {
        post.location = location_in(context.document.body());
    }
    if (post.url.empty()) {
        static const auto kCanonical = Selector::literal("link[rel=canonical]");
        post.url =
            absolute_url(context.document.select_first(kCanonical).attribute("href"), context.base);
    }
    if (post.url.empty()) {
        post.url = context.page.without_fragment();
    }
    if (post.id.empty()) {
        post.id = id_of_url(post.url);
    }
    return post;
}

bool is_strong(const core::Post& post) {
    return post.extractor == "json-ld" || post.extractor == "microdata" ||
           !post.price.amount.empty();
}

bool has_content(const core::Post& post) {
    constexpr std::size_t kSomeText = 40;
    return !post.title.empty() &&
           (post.text.size() >= kSomeText || !post.images.empty() || !post.price.amount.empty());
}

Extraction list_extraction(std::vector<core::Post> posts, const Context& context) {
    Extraction out;
    out.extractor = posts.front().extractor;
    for (const auto& post : posts) {
        if (leads_to_item(post.url, context)) {
            add_once(out.follow, post.url);
        }
    }
    out.posts = std::move(posts);
    out.next_pages = find_next_pages(context.document, context.page);
    return out;
}

}  // namespace

Extraction read_generic(const HtmlDocument& document, const core::Url& url, core::Timestamp now) {
    const auto context = context_of(document, url, now);
    auto structured = structured_posts(document, url, now);
    if (structured.size() > 1) {
        auto out = list_extraction(std::move(structured), context);
        if (out.posts.front().kind == core::PostKind::thread) {
            out.follow.clear();
        }
        return out;
    }
    auto single = structured.empty() ? core::Post{} : std::move(structured.front());
    const bool strong = is_strong(single);
    if (!strong || single.kind != core::PostKind::listing) {
        if (auto thread = read_thread(context); !thread.empty()) {
            auto out = list_extraction(std::move(thread), context);
            out.follow.clear();
            return out;
        }
    }
    if (!strong) {
        auto list = read_list(context);
        constexpr double kListScore = 6;
        constexpr double kListShare = 0.25;
        if (list.score >= kListScore && list.share >= kListShare) {
            return list_extraction(std::move(list.posts), context);
        }
    }
    Extraction out;
    auto post = read_page_item(context, std::move(single));
    if (has_content(post)) {
        out.extractor = post.extractor;
        out.posts.push_back(std::move(post));
    }
    out.next_pages = find_next_pages(document, url);
    return out;
}

core::Post read_page_data(const HtmlDocument& document, const core::Url& url, core::Timestamp now) {
    auto posts = structured_posts(document, url, now);
    return posts.empty() ? core::Post{} : std::move(posts.front());
}

std::vector<std::string> find_next_pages(const HtmlDocument& document, const core::Url& url) {
    static const auto kMarked = Selector::literal(
        "link[rel~=next], a[rel~=next], a.next, .next > a, a[class*='next' i], a.nxt, "
        "li[class*='next' i] a, a[aria-label*='next' i], a.morelink, .pagination-next a, "
        ".next-button a");
    static const auto kLinks = Selector::literal("a[href]");
    static const auto kWords = Regex::literal(
        "(?i)^\\W*(next( page)?|下一页|下一頁|下页|下頁|次へ|次のページ|다음|weiter|nächste( "
        "seite)?|suivant(e)?|"
        "page suivante|siguiente|próxima|avanti|successiva|след(ующая|\\.)?|далее|вперед|następna|"
        "trang sau|tiếp|sonraki|volgende|nästa|berikutnya|older posts)\\W*$");
    const auto base = document.base_url(url);
    std::vector<std::string> out;
    const auto take = [&](const Node& link) {
        auto next = absolute_url(link.attribute("href"), base);
        const auto parsed = core::Url::parse(next);
        if (parsed && parsed->host() == url.host() &&
            parsed->without_fragment() != url.without_fragment()) {
            add_once(out, parsed->without_fragment());
        }
    };
    for (const auto& link : document.select(kMarked)) {
        take(link);
    }
    if (!out.empty()) {
        out.resize(1);
        return out;
    }
    for (const auto& link : document.select(kLinks)) {
        const auto text = link.text();
        constexpr std::size_t kWord = 40;
        if (!text.empty() && text.size() < kWord && kWords.found_in(text)) {
            take(link);
            break;
        }
    }
    return out;
}

}  // namespace chiptrail::extract
