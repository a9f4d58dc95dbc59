#include "extract/feed.hpp"

#include "core/text.hpp"
#include "extract/charset.hpp"
#include "extract/date.hpp"
#include "extract/html_document.hpp"
#include "extract/images.hpp"
#include "extract/json_query.hpp"
#include "extract/price.hpp"
#include "extract/utf8_scan.hpp"
#include "extract/xml_scan.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>

namespace chiptrail::extract {

namespace {

constexpr std::size_t kMaxItems = 5'000;
constexpr std::size_t kHead = 4'096;

std::string_view skip_prolog(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) {
        text.remove_prefix(3);
    }
    for (;;) {
        const auto start = text.find_first_not_of(" \t\r\n");
        if (start == std::string_view::npos) {
            return {};
        }
        text.remove_prefix(start);
        std::string_view mark;
        if (text.starts_with("<?")) {
            mark = "?>";
        } else if (text.starts_with("<!--")) {
            mark = "-->";
        } else if (text.starts_with("<!DOCTYPE") || text.starts_with("<!doctype")) {
            const auto bracket = text.substr(0, text.find('>')).find('[');
            mark = bracket == std::string_view::npos ? ">" : "]>";
        } else {
            return text;
        }
        const auto end = text.find(mark);
        if (end == std::string_view::npos) {
            return {};
        }
        text.remove_prefix(end + mark.size());
    }
}

bool is_json_feed(std::string_view text) {
    const auto head = text.substr(0, kHead);
    return text.starts_with('{') &&
           (head.find("jsonfeed.org/version/") != std::string_view::npos ||
            head.find("jsonfeed.org\\/version\\/") != std::string_view::npos);
}

bool is_xml_feed(std::string_view text) {
    const auto end = text.find_first_of(" \t\r\n>/");
    if (!text.starts_with('<') || end == std::string_view::npos) {
        return false;
    }
    auto name = lower_case(text.substr(1, std::min<std::size_t>(end, 64) - 1));
    if (const auto colon = name.find(':'); colon != std::string::npos) {
        name.erase(0, colon + 1);
    }
    if (name == "rss" || name == "feed") {
        return true;
    }
    const auto head = text.substr(0, kHead);
    return name == "rdf" && (head.find("purl.org/rss") != std::string_view::npos ||
                             head.find("netscape.com/rdf") != std::string_view::npos ||
                             head.find("<channel") != std::string_view::npos);
}

bool looks_like_markup(std::string_view text) {
    return text.find('<') != std::string_view::npos || text.find('&') != std::string_view::npos;
}

std::string text_of_markup(std::string_view markup) {
    if (!looks_like_markup(markup)) {
        return std::string(core::trim(markup));
    }
    return HtmlDocument::parse(markup).body().text();
}

bool is_picture(std::string_view type, std::string_view url) {
    if (!type.empty() && type != "application/octet-stream") {
        return type.starts_with("image/");
    }
    const auto path = lower_case(url.substr(0, url.find_first_of("?#")));
    return path.ends_with(".jpg") || path.ends_with(".jpeg") || path.ends_with(".png") ||
           path.ends_with(".webp") || path.ends_with(".gif") || path.ends_with(".avif");
}

/// Reads text, links and photos of an item's HTML.
void read_markup(core::Post& post, std::string_view markup, const core::Url& base) {
    static const auto kLinks = Selector::literal("a[href]");
    const auto document = HtmlDocument::parse(markup);
    post.text = document.body().text();
    for (auto& image : images_in(document.body(), base)) {
        add_once(post.images, std::move(image));
    }
    for (const auto& link : document.select(kLinks)) {
        add_once(post.links, absolute_url(link.attribute("href"), base));
    }
}

/// The names that one feed format gives to a thing, as "space name" tests.
class Entry {
public:
    Entry(const XmlScan& scan, std::size_t index, core::Url page)
        : scan_(scan), index_(index), base_(std::move(page)) {}

    [[nodiscard]] const XmlElement& element() const {
        return scan_.elements[index_];
    }
    [[nodiscard]] const core::Url& base() const {
        return base_;
    }

    template <class Visit>
    void each(std::string_view name, Visit visit) const {
        for (const auto child : element().children) {
            if (scan_.elements[child].name == name) {
                visit(scan_.elements[child], child);
            }
        }
    }

    /// First child of one of `names`, in the order of `names`; extension namespaces count only
    /// when the name says so ("media:title").
    [[nodiscard]] const XmlElement* find(std::initializer_list<std::string_view> names) const {
        for (const auto name : names) {
            for (const auto child : element().children) {
                if (fits(scan_.elements[child], name) && !scan_.elements[child].inner.empty()) {
                    return &scan_.elements[child];
                }
            }
        }
        return nullptr;
    }
    [[nodiscard]] std::string text(std::initializer_list<std::string_view> names) const {
        for (const auto name : names) {
            const auto* found = find({name});
            if (found != nullptr && !core::trim(found->text).empty()) {
                return std::string(core::trim(found->text));
            }
        }
        return {};
    }

    static bool fits(const XmlElement& element, std::string_view name) {
        const auto colon = name.find(':');
        const auto local = colon == std::string_view::npos ? name : name.substr(colon + 1);
        if (element.name != local) {
            return false;
        }
        const auto space =
            colon == std::string_view::npos ? std::string_view() : name.substr(0, colon);
        return short_space(element.space) == space;
    }

    /// "media" for "http://search.yahoo.com/mrss/"; empty for the feed formats' own.
    static std::string_view short_space(std::string_view uri) {
        struct Known {
            std::string_view part;
            std::string_view name;
        };
        constexpr Known kKnown[] = {
            {"/atom", ""},
            {"atom/ns", ""},
            {"rss/1.0/modules/content", "content"},
            {"rss/1.0/modules", "other"},
            {"purl.org/rss", ""},
            {"netscape.com/rdf", ""},
            {"userland.com", ""},
            {"rss2", ""},
            {"purl.org/dc", "dc"},
            {"search.yahoo.com/mrss", "media"},
            {"tools.search.yahoo", "media"},
            {"itunes", "itunes"},
            {"feedburner", "feedburner"},
            {"base.google.com", "g"},
            {"1999/xhtml", "html"},
            {"rssboard.org", ""},
        };
        if (uri.empty() || uri == "atom") {
            return {};
        }
        for (const auto& known : kKnown) {
            if (uri.find(known.part) != std::string_view::npos) {
                return known.name;
            }
        }
        return uri;
    }

    const XmlScan& scan_;
    std::size_t index_;
    core::Url base_;
};

/// xml:base of the element and of everything around it (RFC 4287, 2).
core::Url base_at(const XmlScan& scan, std::size_t index, const core::Url& page) {
    std::vector<std::string_view> bases;
    for (std::size_t at = index, steps = 0; steps < 128; ++steps) {
        if (const auto base = scan.elements[at].attribute("xml:base"); !base.empty()) {
            bases.push_back(base);
        }
        if (scan.elements[at].parent == at) {
            break;
        }
        at = scan.elements[at].parent;
    }
    auto url = page;
    for (auto base = bases.rbegin(); base != bases.rend(); ++base) {
        if (auto next = core::Url::parse(*base, url)) {
            url = std::move(*next);
        }
    }
    return url;
}

std::string link_of(const Entry& entry) {
    if (const auto original = entry.text({"feedburner:origlink"}); !original.empty()) {
        return absolute_url(original, entry.base());
    }
    std::string best;
    std::string other;
    entry.each("link", [&](const XmlElement& link, std::size_t index) {
        const auto base = base_at(entry.scan_, index, entry.base());
        const auto href = link.attribute("href");
        const auto rel = link.attribute("rel");
        if (href.empty()) {
            if (best.empty()) {
                best = absolute_url(core::trim(link.text), base);
            }
        } else if ((rel.empty() || rel == "alternate") && best.empty()) {
            best = absolute_url(href, base);
        } else if (rel != "self" && rel != "enclosure" && rel != "replies" && rel != "edit" &&
                   rel != "related" && rel != "via" && other.empty()) {
            other = absolute_url(href, base);
        }
    });
    if (!best.empty()) {
        return best;
    }
    const auto* guid = entry.find({"guid"});
    const bool permanent = guid != nullptr && guid->attribute("ispermalink") != "false" &&
                           guid->text.find("://") != std::string::npos;
    if (permanent) {
        return absolute_url(core::trim(guid->text), entry.base());
    }
    if (!other.empty()) {
        return other;
    }
    if (const auto* atom_id = entry.find({"id"});
        atom_id != nullptr && core::trim(atom_id->text).starts_with("http")) {
        return absolute_url(core::trim(atom_id->text), entry.base());
    }
    return absolute_url(entry.element().attribute("rdf:about"), entry.base());
}

/// "someone@example.com (Some One)" -> "Some One"
std::string plain_name(std::string_view text) {
    const auto open = text.find('(');
    const auto close = text.rfind(')');
    const bool mail_first = text.substr(0, open).find('@') != std::string_view::npos;
    if (open != std::string_view::npos && close != std::string_view::npos && close > open &&
        mail_first) {
        return std::string(core::trim(text.substr(open + 1, close - open - 1)));
    }
    const auto angle = text.find('<');
    if (angle != std::string_view::npos && angle > 0 && text.find('@') != std::string_view::npos) {
        return std::string(core::trim(text.substr(0, angle)));
    }
    return text_of_markup(text);
}

core::Author author_of(const Entry& entry) {
    core::Author author;
    if (const auto* person = entry.find({"author", "contributor"})) {
        for (const auto child : person->children) {
            const auto& part = entry.scan_.elements[child];
            const auto value = std::string(core::trim(part.text));
            if (part.name == "name") {
                author.name = value;
            } else if (part.name == "uri" || part.name == "url") {
                author.url = absolute_url(value, entry.base());
            } else if (part.name == "email" && author.name.empty()) {
                author.name = value;
            }
        }
        if (author.name.empty()) {
            author.name = plain_name(core::trim(person->text));
        }
    }
    for (const auto name :
         {"dc:creator", "itunes:author", "media:credit", "dc:author", "managingeditor"}) {
        if (author.name.empty()) {
            author.name = plain_name(entry.text({name}));
        }
    }
    return author;
}

/// RFC 4648; whatever is not of its alphabet is skipped.
std::string decode_base64(std::string_view text) {
    std::string out;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        constexpr std::string_view kAlphabet =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        const auto value = kAlphabet.find(c);
        if (value == std::string_view::npos) {
            continue;
        }
        bits = (bits << 6U) | static_cast<std::uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out += static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xffU);
        }
    }
    return out;
}

bool is_text_type(std::string_view type) {
    return type.empty() || type.starts_with("text/") || type == "text" || type == "html" ||
           type.ends_with("xml") || type == "xhtml";
}

std::string markup_of(const XmlElement& element) {
    const auto type = element.attribute("type");
    const auto mode = element.attribute("mode");
    if (mode == "base64") {
        return is_text_type(type) ? repair_utf8(decode_base64(element.text)) : std::string();
    }
    const bool inline_markup = type == "xhtml" || type == "application/xhtml+xml" ||
                               mode == "xml" || !element.children.empty();
    return inline_markup ? std::string(element.inner) : element.text;
}

/// Largest of the pictures that one media:group or item offers.
void add_media(core::Post& post, const Entry& entry) {
    struct Best {
        std::string url;
        long area = -1;
    };
    Best best;
    const auto offer = [&](const XmlElement& media) {
        const auto url = media.attribute("url");
        if (media.attribute("medium") != "image" && !is_picture(media.attribute("type"), url)) {
            return;
        }
        const long width = std::strtol(std::string(media.attribute("width")).c_str(), nullptr, 10);
        if (entry.element().name != "group") {
            add_once(post.images, largest_variant(absolute_url(url, entry.base())));
        } else if (width > best.area) {
            best = {absolute_url(url, entry.base()), width};
        }
    };
    for (const auto child : entry.element().children) {
        const auto& element = entry.scan_.elements[child];
        if (Entry::fits(element, "media:content")) {
            offer(element);
            add_media(post, Entry(entry.scan_, child, entry.base()));
        } else if (Entry::fits(element, "media:group")) {
            add_media(post, Entry(entry.scan_, child, entry.base()));
        }
    }
    add_once(post.images, largest_variant(best.url));
}

void add_enclosures(core::Post& post, const Entry& entry) {
    entry.each("enclosure", [&](const XmlElement& part, std::size_t) {
        if (is_picture(part.attribute("type"), part.attribute("url"))) {
            add_once(post.images,
                     largest_variant(absolute_url(part.attribute("url"), entry.base())));
        }
    });
    entry.each("link", [&](const XmlElement& part, std::size_t) {
        if (part.attribute("rel") == "enclosure" &&
            is_picture(part.attribute("type"), part.attribute("href"))) {
            add_once(post.images,
                     largest_variant(absolute_url(part.attribute("href"), entry.base())));
        }
    });
}

/// Thumbnails only where nothing larger is told.
void add_thumbnails(core::Post& post, const Entry& entry) {
    if (!post.images.empty()) {
        return;
    }
    for (const auto child : entry.element().children) {
        const auto& element = entry.scan_.elements[child];
        if (Entry::fits(element, "media:thumbnail")) {
            add_once(post.images,
                     largest_variant(absolute_url(element.attribute("url"), entry.base())));
        } else if (Entry::fits(element, "g:image_link") || Entry::fits(element, "image")) {
            add_once(post.images,
                     largest_variant(absolute_url(core::trim(element.text), entry.base())));
        } else if (Entry::fits(element, "itunes:image")) {
            add_once(post.images, absolute_url(element.attribute("href"), entry.base()));
        } else if (Entry::fits(element, "media:group")) {
            add_thumbnails(post, Entry(entry.scan_, child, entry.base()));
        }
    }
}

std::string language_of(const XmlScan& scan) {
    for (std::size_t i = 0; i < std::min<std::size_t>(scan.elements.size(), 40); ++i) {
        if (scan.elements[i].name == "language") {
            return std::string(core::trim(scan.elements[i].text));
        }
        if (const auto language = scan.elements[i].attribute("xml:lang"); !language.empty()) {
            return std::string(language);
        }
    }
    return {};
}

core::Post read_entry(const Entry& entry, core::Timestamp now, const DateHints& hints) {
    core::Post post;
    post.kind = core::PostKind::feed_item;
    post.extractor = "feed";
    post.url = link_of(entry);
    post.id = entry.text({"guid", "id", "dc:identifier"});
    if (post.id.empty()) {
        post.id = post.url.empty() ? std::string(entry.element().attribute("rdf:about")) : post.url;
    }
    if (const auto* title = entry.find({"title", "media:title", "dc:title"})) {
        post.title = core::collapse_blanks(text_of_markup(markup_of(*title)));
    }
    post.author = author_of(entry);
    add_enclosures(post, entry);
    add_media(post, entry);
    const auto* body = entry.find({"content:encoded",
                                   "content",
                                   "body",
                                   "html:body",
                                   "description",
                                   "summary",
                                   "dc:description",
                                   "media:description",
                                   "itunes:summary",
                                   "tagline"});
    if (body != nullptr) {
        const auto index = static_cast<std::size_t>(body - entry.scan_.elements.data());
        read_markup(post, markup_of(*body), base_at(entry.scan_, index, entry.base()));
    }
    add_thumbnails(post, entry);
    const auto date = entry.text({"pubdate",
                                  "published",
                                  "dc:date",
                                  "dc:created",
                                  "issued",
                                  "date",
                                  "dc:issued",
                                  "updated",
                                  "modified",
                                  "dc:modified"});
    if (!date.empty()) {
        post.published = parse_date(date, now, hints);
    }
    const auto price = entry.text({"g:price", "price"});
    if (!price.empty()) {
        post.price = parse_price(price, {"", entry.base().host()});
    }
    post.location = entry.text({"g:location", "location"});
    return post;
}

Extraction read_xml_feed(std::string_view text, const core::Url& url, core::Timestamp now) {
    Extraction out;
    const auto scan = scan_xml(text);
    DateHints hints;
    hints.host = std::string(url.host());
    hints.language = language_of(scan);
    core::Author feed_author;
    for (std::size_t i = 0; i < scan.elements.size() && out.posts.size() < kMaxItems; ++i) {
        const auto& element = scan.elements[i];
        const bool own = Entry::short_space(element.space).empty();
        if (own && (element.name == "channel" || element.name == "feed")) {
            feed_author = author_of(Entry(scan, i, base_at(scan, i, url)));
        } else if (own && (element.name == "item" || element.name == "entry")) {
            auto post = read_entry(Entry(scan, i, base_at(scan, i, url)), now, hints);
            if (post.author.name.empty()) {
                post.author = feed_author;
            }
            out.posts.push_back(std::move(post));
        } else if (element.name == "link" && element.attribute("rel") == "next") {
            add_once(out.next_pages,
                     absolute_url(element.attribute("href"), base_at(scan, i, url)));
        }
    }
    return out;
}

std::string member(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found == object.end() ? std::string() : json_text(*found);
}

core::Author json_author(const Json& object) {
    const auto* list = object.contains("authors") ? &object["authors"] : nullptr;
    const Json* person = nullptr;
    if (list != nullptr && list->is_array() && !list->empty()) {
        person = &list->front();
    } else if (object.contains("author")) {
        person = &object["author"];
    }
    if (person == nullptr || !person->is_object()) {
        return {};
    }
    return {member(*person, "name"), {}, member(*person, "url")};
}

core::Post read_json_item(const Json& item, const core::Url& url, core::Timestamp now) {
    core::Post post;
    post.kind = core::PostKind::feed_item;
    post.extractor = "feed";
    post.url = absolute_url(member(item, "url"), url);
    if (post.url.empty()) {
        post.url = absolute_url(member(item, "external_url"), url);
    }
    post.id = member(item, "id").empty() ? post.url : member(item, "id");
    post.title = core::collapse_blanks(text_of_markup(member(item, "title")));
    post.author = json_author(item);
    for (const char* name : {"image", "banner_image"}) {
        add_once(post.images, largest_variant(absolute_url(member(item, name), url)));
    }
    if (const auto markup = member(item, "content_html"); !markup.empty()) {
        read_markup(post, markup, url);
    }
    if (post.text.empty()) {
        post.text = member(item, "content_text").empty() ? member(item, "summary")
                                                         : member(item, "content_text");
    }
    if (const auto parts = item.find("attachments"); parts != item.end() && parts->is_array()) {
        for (const auto& part : *parts) {
            if (part.is_object() && is_picture(member(part, "mime_type"), member(part, "url"))) {
                add_once(post.images, largest_variant(absolute_url(member(part, "url"), url)));
            }
        }
    }
    const auto date = member(item, "date_published").empty() ? member(item, "date_modified")
                                                             : member(item, "date_published");
    if (!date.empty()) {
        post.published = parse_date(date, now);
    }
    return post;
}

Extraction read_json_feed(std::string_view text, const core::Url& url, core::Timestamp now) {
    Extraction out;
    const auto json = parse_json(text);
    if (!json || !json->is_object() || !json->contains("items") || !(*json)["items"].is_array()) {
        out.reason = json ? "the feed has no list of items" : json.error().detail;
        return out;
    }
    const auto feed_author = json_author(*json);
    for (const auto& item : (*json)["items"]) {
        if (!item.is_object() || out.posts.size() >= kMaxItems) {
            continue;
        }
        out.posts.push_back(read_json_item(item, url, now));
        if (out.posts.back().author.name.empty()) {
            out.posts.back().author = feed_author;
        }
    }
    add_once(out.next_pages, absolute_url(member(*json, "next_url"), url));
    return out;
}

}  // namespace

bool is_feed(std::string_view utf8) {
    const auto text = skip_prolog(utf8);
    return is_json_feed(text) || is_xml_feed(text);
}

Extraction read_feed(std::string_view utf8, const core::Url& url, core::Timestamp now) {
    const auto text = skip_prolog(utf8);
    auto out = is_json_feed(text) ? read_json_feed(text, url, now) : read_xml_feed(text, url, now);
    out.extractor = "feed";
    if (out.posts.empty()) {
        out.status = core::PageStatus::empty_list;
        if (out.reason.empty()) {
            out.reason = "the feed has no items";
        }
    }
    return out;
}

}  // namespace chiptrail::extract
