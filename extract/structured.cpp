#include "extract/structured.hpp"

#include "core/text.hpp"
#include "extract/date.hpp"
#include "extract/images.hpp"
#include "extract/price.hpp"
#include "extract/script_variable.hpp"
#include "extract/url_id.hpp"
#include "extract/utf8_scan.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>

namespace chiptrail::extract {

namespace {

constexpr int kMaxNesting = 24;
constexpr std::size_t kMaxNodes = 5'000;
constexpr std::size_t kMaxValues = 60'000;

// --- JSON-LD ---------------------------------------------------------------------------------

/// Comment and CDATA wrappers that old pages put around scripts.
std::string_view unwrap(std::string_view text) {
    text = core::trim(text);
    // A whole comment before the data; an opening mark alone wraps the data itself.
    while (text.starts_with("<!--")) {
        const auto end = text.find("-->");
        const auto data = text.find_first_of("{[");
        if (end == std::string_view::npos || data < end) {
            break;
        }
        text = core::trim(text.substr(end + 3));
    }
    for (const std::string_view opening : {"<!--", "//<![CDATA[", "<![CDATA[", "/*<![CDATA[*/"}) {
        if (text.starts_with(opening)) {
            text = core::trim(text.substr(opening.size()));
        }
    }
    for (const std::string_view closing : {"-->", "//]]>", "]]>", "/*]]>*/", ";"}) {
        if (text.ends_with(closing)) {
            text = core::trim(text.substr(0, text.size() - closing.size()));
        }
    }
    return text;
}

/// Line breaks inside strings are the commonest way in which JSON-LD is broken.
std::string without_control_characters(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (static_cast<unsigned char>(c) < 0x20) {
            c = ' ';
        }
    }
    return out;
}

std::optional<Json> read_loose(std::string_view text) {
    if (auto strict = parse_json(text)) {
        return std::move(*strict);
    }
    const auto clean = without_control_characters(text);
    if (auto strict = parse_json(clean)) {
        return std::move(*strict);
    }
    return read_js_value(text);
}

void flatten(const Json& value, Json& out, int depth) {
    if (depth > kMaxNesting || out.size() >= kMaxNodes) {
        return;
    }
    if (value.is_array()) {
        for (const auto& element : value) {
            flatten(element, out, depth + 1);
        }
    } else if (value.is_object()) {
        const auto graph = value.find("@graph");
        if (graph != value.end()) {
            flatten(*graph, out, depth + 1);
        }
        if (graph == value.end() || value.contains("@type")) {
            out.push_back(value);
        }
    }
}

// --- microdata -------------------------------------------------------------------------------

class MicrodataReader {
public:
    MicrodataReader(const HtmlDocument& document, core::Url base)
        : document_(document), base_(std::move(base)) {}

    Json read() {
        static const auto kTop = Selector::literal("[itemscope]:not([itemprop])");
        Json items = Json::array();
        for (const auto& node : document_.select(kTop)) {
            if (items.size() >= kMaxNodes) {
                break;
            }
            items.push_back(item(node, 0));
        }
        return items;
    }

private:
    Json item(const Node& node, int depth) {
        Json out = Json::object();
        if (const auto type = core::trim(node.attribute("itemtype")); !type.empty()) {
            out["type"] = std::string(type);
        }
        if (const auto id = node.attribute("itemid"); !id.empty()) {
            out["id"] = absolute_url(id, base_);
        }
        Json properties = Json::object();
        if (depth < kMaxNesting) {
            children(node, properties, depth, 0);
            for (const auto& referred : references(node)) {
                element(referred, properties, depth, 0);
            }
        }
        out["properties"] = std::move(properties);
        return out;
    }

    std::vector<Node> references(const Node& node) {
        std::vector<Node> out;
        auto list = node.attribute("itemref");
        while (!list.empty() && out.size() < 50) {
            const auto begin = std::min(list.find_first_not_of(" \t\r\n"), list.size());
            list.remove_prefix(begin);
            const auto end = std::min(list.find_first_of(" \t\r\n"), list.size());
            if (const auto found = by_id().find(std::string(list.substr(0, end)));
                end > 0 && found != by_id().end() && !(found->second == node)) {
                out.push_back(found->second);
            }
            list.remove_prefix(end);
        }
        return out;
    }

    const std::map<std::string, Node>& by_id() {
        if (ids_.empty()) {
            static const auto kIds = Selector::literal("[id]");
            for (const auto& node : document_.select(kIds)) {
                ids_.emplace(node.attribute("id"), node);
            }
            ids_.emplace("", Node());
        }
        return ids_;
    }

    void children(const Node& node, Json& properties, int depth, int level) {
        for (auto child = node.first_child(); child; child = child.next_sibling()) {
            element(child, properties, depth, level);
        }
    }

    void element(const Node& node, Json& properties, int depth, int level) {
        constexpr int kMaxLevel = 600;
        if (level > kMaxLevel || values_ >= kMaxValues) {
            return;
        }
        const bool scope = node.has_attribute("itemscope");
        if (const auto names = node.attribute("itemprop"); !names.empty()) {
            ++values_;
            add(properties, names, scope ? item(node, depth + 1) : Json(value_of(node)));
        }
        if (!scope) {
            children(node, properties, depth, level + 1);
        }
    }

    static void add(Json& properties, std::string_view names, const Json& value) {
        while (!names.empty()) {
            names.remove_prefix(std::min(names.find_first_not_of(" \t\r\n"), names.size()));
            const auto end = std::min(names.find_first_of(" \t\r\n"), names.size());
            if (end == 0) {
                return;
            }
            auto& slot = properties[std::string(names.substr(0, end))];
            if (slot.is_null()) {
                slot = value;
            } else if (slot.is_array()) {
                slot.push_back(value);
            } else {
                slot = Json::array({slot, value});
            }
            names.remove_prefix(end);
        }
    }

    std::string value_of(const Node& node) {
        const auto name = node.name();
        if (node.has_attribute("content")) {
            return std::string(core::trim(node.attribute("content")));
        }
        if (name == "a" || name == "area" || name == "link") {
            return url_or_text(node.attribute("href"));
        }
        if (name == "img") {
            return image_of(node, base_);
        }
        for (const std::string_view media :
             {"audio", "embed", "iframe", "source", "track", "video"}) {
            if (name == media) {
                return url_or_text(node.attribute("src"));
            }
        }
        if (name == "object") {
            return url_or_text(node.attribute("data"));
        }
        if ((name == "data" || name == "meter") && node.has_attribute("value")) {
            return std::string(core::trim(node.attribute("value")));
        }
        if (name == "time" && node.has_attribute("datetime")) {
            return std::string(core::trim(node.attribute("datetime")));
        }
        return node.text();
    }

    std::string url_or_text(std::string_view href) {
        auto url = absolute_url(href, base_);
        return url.empty() ? std::string(href) : url;
    }

    const HtmlDocument& document_;
    core::Url base_;
    std::map<std::string, Node> ids_;
    std::size_t values_ = 0;
};

/// Microdata in the shape of JSON-LD, so that one reader serves both.
Json as_json_ld(const Json& item, int depth = 0) {
    if (!item.is_object() || depth > kMaxNesting) {
        return item;
    }
    Json out = Json::object();
    if (const auto type = item.find("type"); type != item.end()) {
        out["@type"] = *type;
    }
    if (const auto id = item.find("id"); id != item.end()) {
        out["@id"] = *id;
    }
    if (!item.contains("properties")) {
        return out;
    }
    for (const auto& [name, value] : item["properties"].items()) {
        if (value.is_array()) {
            out[name] = Json::array();
            for (const auto& element : value) {
                out[name].push_back(as_json_ld(element, depth + 1));
            }
        } else {
            out[name] = as_json_ld(value, depth + 1);
        }
    }
    return out;
}

// --- from schema.org to posts ----------------------------------------------------------------

enum class Role { none, product, article, thread, comment, video, list, question, page, person };

/// "https://schema.org/Product" and "Product" alike.
Role role_of_name(std::string_view type) {
    const auto cut = type.find_last_of("/#:");
    const auto name = cut == std::string_view::npos ? type : type.substr(cut + 1);
    struct Entry {
        std::string_view name;
        Role role;
    };
    constexpr auto kRoles = std::to_array<Entry>({
        {"Product", Role::product},
        {"IndividualProduct", Role::product},
        {"ProductModel", Role::product},
        {"ProductGroup", Role::product},
        {"Vehicle", Role::product},
        {"Car", Role::product},
        {"Offer", Role::product},
        {"AggregateOffer", Role::product},
        {"SoftwareApplication", Role::product},
        {"Book", Role::product},
        {"Accommodation", Role::product},
        {"Apartment", Role::product},
        {"House", Role::product},
        {"Article", Role::article},
        {"NewsArticle", Role::article},
        {"BlogPosting", Role::article},
        {"TechArticle", Role::article},
        {"ReportageNewsArticle", Role::article},
        {"LiveBlogPosting", Role::article},
        {"SocialMediaPosting", Role::article},
        {"ImageObject", Role::none},
        {"Recipe", Role::article},
        {"Event", Role::article},
        {"JobPosting", Role::article},
        {"DiscussionForumPosting", Role::thread},
        {"Comment", Role::comment},
        {"Answer", Role::comment},
        {"VideoObject", Role::video},
        {"ItemList", Role::list},
        {"OfferCatalog", Role::list},
        {"Question", Role::question},
        {"QAPage", Role::page},
        {"WebPage", Role::page},
        {"ItemPage", Role::page},
        {"CollectionPage", Role::page},
        {"SearchResultsPage", Role::page},
        {"ProfilePage", Role::page},
        {"Person", Role::person},
    });
    for (const auto& entry : kRoles) {
        if (entry.name == name) {
            return entry.role;
        }
    }
    return Role::none;
}

Role role_of(const Json& node) {
    const auto type = node.find("@type");
    if (type == node.end()) {
        return Role::none;
    }
    if (type->is_string()) {
        return role_of_name(type->get_ref<const std::string&>());
    }
    if (type->is_array()) {
        for (const auto& one : *type) {
            if (const auto role =
                    one.is_string() ? role_of_name(one.get_ref<const std::string&>()) : Role::none;
                role != Role::none) {
                return role;
            }
        }
    }
    return Role::none;
}

std::string first_text(const Json& value, int depth = 0) {
    if (value.is_array()) {
        for (const auto& element : value) {
            if (auto text = first_text(element, depth + 1); !text.empty() || depth > 4) {
                return text;
            }
        }
        return {};
    }
    if (value.is_object()) {
        for (const char* name : {"name", "@value", "value", "url", "@id"}) {
            if (const auto found = value.find(name); found != value.end() && !found->is_object()) {
                return json_text(*found);
            }
        }
        return {};
    }
    return json_text(value);
}

std::string member_text(const Json& node, std::initializer_list<const char*> names) {
    if (!node.is_object()) {
        return {};
    }
    for (const char* name : names) {
        if (const auto found = node.find(name); found != node.end()) {
            const auto text = first_text(*found);
            if (const auto trimmed = core::trim(text); !trimmed.empty()) {
                return std::string(trimmed);
            }
        }
    }
    return {};
}

const Json* member(const Json& node, const char* name) {
    if (!node.is_object()) {
        return nullptr;
    }
    const auto found = node.find(name);
    return found == node.end() ? nullptr : &*found;
}

/// JSON-LD text is often HTML-escaped twice or holds markup.
std::string plain(const std::string& text) {
    if (text.find('<') == std::string::npos && text.find('&') == std::string::npos) {
        return std::string(core::trim(text));
    }
    return HtmlDocument::parse(text).body().text();
}

class PostReader {
public:
    PostReader(core::Url page, core::Timestamp now, std::string language, std::string extractor)
        : page_(std::move(page)), now_(now), extractor_(std::move(extractor)) {
        hints_.host = std::string(page_.host());
        hints_.language = std::move(language);
    }

    core::Post read(const Json& node, Role role) {
        core::Post post;
        post.extractor = extractor_;
        post.kind = kind_of(role);
        post.title = plain(member_text(node, {"name", "headline", "title", "alternativeHeadline"}));
        post.text = plain(
            member_text(node, {"articleBody", "text", "reviewBody", "description", "caption"}));
        post.url = absolute_url(member_text(node, {"url"}), page_);
        if (post.url.empty()) {
            post.url = absolute_url(member_text(node, {"mainEntityOfPage"}), page_);
        }
        if (post.url.empty() && member_text(node, {"@id"}).starts_with("http")) {
            post.url = absolute_url(member_text(node, {"@id"}), page_);
        }
        post.id = member_text(node, {"sku", "productID", "identifier", "productGroupID"});
        add_images(post, node, 0);
        add_author(post, node);
        add_price(post, node);
        post.location = location_of(node, 0);
        const auto date = member_text(node,
                                      {"datePublished",
                                       "dateCreated",
                                       "uploadDate",
                                       "datePosted",
                                       "startDate",
                                       "dateModified"});
        if (!date.empty()) {
            post.published = parse_date(date, now_, hints_);
        }
        return post;
    }

private:
    static core::PostKind kind_of(Role role) {
        if (role == Role::product) {
            return core::PostKind::listing;
        }
        return role == Role::thread || role == Role::question ? core::PostKind::thread
                                                              : core::PostKind::post;
    }

    void add_image(core::Post& post, const Json& value, int depth) {
        if (depth > 4 || post.images.size() > 200) {
            return;
        }
        if (value.is_array()) {
            for (const auto& element : value) {
                add_image(post, element, depth + 1);
            }
        } else if (value.is_object()) {
            for (const char* name : {"contentUrl", "url", "@id", "image"}) {
                if (const auto* found = member(value, name)) {
                    add_image(post, *found, depth + 1);
                    return;
                }
            }
        } else if (value.is_string()) {
            const auto url = absolute_url(value.get_ref<const std::string&>(), page_);
            if (!is_decoration(url)) {
                add_once(post.images, largest_variant(url));
            }
        }
    }

    void add_images(core::Post& post, const Json& node, int depth) {
        for (const char* name : {"image", "images", "photo", "associatedMedia", "sharedContent"}) {
            if (const auto* found = member(node, name)) {
                add_image(post, *found, depth);
            }
        }
        if (post.images.empty()) {
            for (const char* name : {"thumbnailUrl", "thumbnail", "primaryImageOfPage"}) {
                if (const auto* found = member(node, name)) {
                    add_image(post, *found, depth);
                }
            }
        }
        const auto* variants = member(node, "hasVariant");
        if (post.images.empty() && variants != nullptr && variants->is_array() && depth == 0) {
            for (const auto& variant : *variants) {
                add_images(post, variant, depth + 1);
            }
        }
    }

    void add_author(core::Post& post, const Json& node) {
        const Json* person = nullptr;
        for (const char* name :
             {"author", "creator", "seller", "offeredBy", "hiringOrganization"}) {
            if (person == nullptr) {
                person = member(node, name);
            }
        }
        const auto* offers = member(node, "offers");
        if (person == nullptr && offers != nullptr) {
            const auto& offer = offers->is_array() && !offers->empty() ? offers->front() : *offers;
            person = member(offer, "seller");
            person = person == nullptr ? member(offer, "offeredBy") : person;
        }
        if (person == nullptr) {
            return;
        }
        const auto& one = person->is_array() && !person->empty() ? person->front() : *person;
        post.author.name = plain(first_text(one));
        if (one.is_object()) {
            post.author.url = absolute_url(member_text(one, {"url", "@id", "sameAs"}), page_);
            post.author.id = member_text(one, {"identifier", "alternateName"});
        }
    }

    struct Amounts {
        std::vector<core::Price> prices;
        std::string currency;
    };

    void collect_prices(const Json& offer, Amounts& out, int depth) {
        if (depth > 4 || out.prices.size() > 500) {
            return;
        }
        if (offer.is_array()) {
            for (const auto& one : offer) {
                collect_prices(one, out, depth + 1);
            }
            return;
        }
        const auto code = member_text(offer, {"priceCurrency"});
        if (out.currency.empty()) {
            out.currency = code;
        }
        bool found = false;
        for (const char* name : {"lowPrice", "price", "highPrice"}) {
            const auto text = member_text(offer, {name});
            auto price = parse_price(text, {code, page_.host()});
            if (!price.amount.empty()) {
                out.prices.push_back(std::move(price));
                found = true;
            }
        }
        for (const char* name : {"priceSpecification", "offers"}) {
            if (const auto* inner = member(offer, name); inner != nullptr && !found) {
                collect_prices(*inner, out, depth + 1);
            }
        }
    }

    void add_price(core::Post& post, const Json& node) {
        Amounts amounts;
        if (const auto* offers = member(node, "offers")) {
            collect_prices(*offers, amounts, 0);
        }
        if (amounts.prices.empty()) {
            collect_prices(node, amounts, 0);
        }
        const auto* variants = member(node, "hasVariant");
        if (amounts.prices.empty() && variants != nullptr && variants->is_array()) {
            for (const auto& variant : *variants) {
                if (const auto* offers = member(variant, "offers")) {
                    collect_prices(*offers, amounts, 1);
                }
            }
        }
        if (amounts.prices.empty()) {
            return;
        }
        const auto less = [](const core::Price& a, const core::Price& b) {
            return std::strtod(a.amount.c_str(), nullptr) < std::strtod(b.amount.c_str(), nullptr);
        };
        const auto [low, high] =
            std::minmax_element(amounts.prices.begin(), amounts.prices.end(), less);
        post.price = *low;
        if (less(*low, *high)) {
            post.price.amount_max = high->amount;
            post.price.raw += " - " + high->raw;
        }
        if (post.price.currency.empty()) {
            post.price.currency = currency_from(amounts.currency, {"", page_.host()});
        }
    }

    static std::string location_of(const Json& node, int depth) {
        if (depth > 4) {
            return {};
        }
        if (node.is_string()) {
            return node.get<std::string>();
        }
        if (node.is_array()) {
            return node.empty() ? std::string() : location_of(node.front(), depth + 1);
        }
        std::string joined;
        for (const char* name :
             {"streetAddress", "addressLocality", "addressRegion", "addressCountry"}) {
            const auto part = member_text(node, {name});
            if (!part.empty()) {
                joined += (joined.empty() ? "" : ", ") + part;
            }
        }
        if (!joined.empty()) {
            return joined;
        }
        for (const char* name : {"address",
                                 "availableAtOrFrom",
                                 "contentLocation",
                                 "locationCreated",
                                 "jobLocation",
                                 "location",
                                 "itemLocation",
                                 "areaServed"}) {
            if (const auto* found = member(node, name)) {
                auto text = location_of(*found, depth + 1);
                return text.empty() ? first_text(*found) : text;
            }
        }
        if (const auto* offers = member(node, "offers"); offers != nullptr) {
            return location_of(*offers, depth + 1);
        }
        return {};
    }

    core::Url page_;
    core::Timestamp now_;
    std::string extractor_;
    DateHints hints_;
};

struct Found {
    std::vector<std::pair<Role, core::Post>> things;  ///< top-level products, articles, threads
    std::vector<core::Post> listed;                   ///< items of an ItemList
    std::vector<core::Post> comments;
};

class Collector {
public:
    Collector(PostReader reader, Found& found) : reader_(std::move(reader)), found_(found) {}

    void visit(const Json& node, int depth) {
        if (depth > 6 || !node.is_object() || found_.things.size() > kMaxNodes) {
            return;
        }
        const auto role = role_of(node);
        if (role == Role::list) {
            visit_list(node, depth);
        } else if (role == Role::page) {
            descend(node, {"mainEntity", "mainEntityOfPage"}, depth);
        } else if (role == Role::comment) {
            found_.comments.push_back(reader_.read(node, role));
        } else if (role == Role::product && member(node, "itemOffered") != nullptr) {
            visit_offer(node, depth);
        } else if (role != Role::none && role != Role::person) {
            keep(node, role, depth);
        }
    }

private:
    void keep(const Json& node, Role role, int depth) {
        auto post = reader_.read(node, role);
        if (!post.title.empty() || !post.text.empty()) {
            found_.things.emplace_back(role, std::move(post));
        }
        descend(node, {"comment", "acceptedAnswer", "suggestedAnswer"}, depth);
    }

    void descend(const Json& node, std::initializer_list<const char*> names, int depth) {
        for (const char* name : names) {
            const auto* inner = member(node, name);
            if (inner == nullptr) {
                continue;
            }
            if (inner->is_array()) {
                for (const auto& one : *inner) {
                    visit(one, depth + 1);
                }
            } else {
                visit(*inner, depth + 1);
            }
        }
    }

    void visit_offer(const Json& offer, int depth) {
        auto item = *member(offer, "itemOffered");
        if (!item.is_object()) {
            return;
        }
        item["offers"] = offer;
        item["offers"].erase("itemOffered");
        item["@type"] = "Product";
        keep(item, Role::product, depth);
    }

    void visit_list(const Json& node, int depth) {
        const auto* elements = member(node, "itemListElement");
        if (elements == nullptr || !elements->is_array()) {
            return;
        }
        for (const auto& element : *elements) {
            if (!element.is_object() || found_.listed.size() > kMaxNodes) {
                continue;
            }
            const auto* inner = member(element, "item");
            const auto& item = inner != nullptr && inner->is_object() ? *inner : element;
            auto post = reader_.read(item, Role::product);
            if (post.url.empty()) {
                post.url = member_text(element, {"url", "item"});
            }
            if (!post.title.empty() && !post.url.empty()) {
                found_.listed.push_back(std::move(post));
            }
        }
        (void)depth;
    }

    PostReader reader_;
    Found& found_;
};

// --- OpenGraph -------------------------------------------------------------------------------

class MetaTable {
public:
    explicit MetaTable(std::vector<std::pair<std::string, std::string>> all)
        : all_(std::move(all)) {}

    [[nodiscard]] std::string first(std::initializer_list<std::string_view> names) const {
        for (const auto name : names) {
            for (const auto& [key, value] : all_) {
                if (key == name && !value.empty()) {
                    return value;
                }
            }
        }
        return {};
    }
    [[nodiscard]] std::vector<std::string> every(std::string_view name) const {
        std::vector<std::string> out;
        for (const auto& [key, value] : all_) {
            if (key == name) {
                out.push_back(value);
            }
        }
        return out;
    }

private:
    std::vector<std::pair<std::string, std::string>> all_;
};

core::PostKind kind_of_og(const MetaTable& meta) {
    const auto type = meta.first({"og:type"});
    const bool priced = !meta.first({"product:price:amount", "og:price:amount"}).empty();
    return priced || type.find("product") != std::string::npos ? core::PostKind::listing
                                                               : core::PostKind::post;
}

core::Post opengraph_post(const HtmlDocument& document,
                          const core::Url& page,
                          core::Timestamp now,
                          const DateHints& hints) {
    const MetaTable meta(read_opengraph(document));
    const auto base = document.base_url(page);
    core::Post post;
    post.extractor = "opengraph";
    post.kind = kind_of_og(meta);
    post.title = meta.first({"og:title", "twitter:title"});
    post.text = meta.first({"og:description", "twitter:description"});
    post.url = absolute_url(meta.first({"og:url"}), base);
    const bool profile = meta.first({"og:type"}) == "profile";
    for (const auto name : {"og:image",
                            "og:image:secure_url",
                            "og:image:url",
                            "twitter:image",
                            "twitter:image:src"}) {
        for (const auto& image : meta.every(name)) {
            const auto url = absolute_url(image, base);
            if (post.images.size() < 50 && !profile && !is_decoration(url) &&
                (!std::string_view(name).starts_with("twitter") || post.images.empty()) &&
                (std::string_view(name) == "og:image" || post.images.empty())) {
                add_once(post.images, largest_variant(url));
            }
        }
    }
    const auto amount = meta.first(
        {"product:price:amount", "og:price:amount", "product:sale_price:amount", "product:price"});
    if (!amount.empty()) {
        const auto code = meta.first(
            {"product:price:currency", "og:price:currency", "product:sale_price:currency"});
        post.price = parse_price(amount, {code, page.host()});
    } else if (lower_case(meta.first({"twitter:label1"})) == "price") {
        post.price = parse_price(meta.first({"twitter:data1"}), {"", page.host()});
    }
    const auto date = meta.first({"article:published_time",
                                  "og:published_time",
                                  "product:published",
                                  "video:release_date",
                                  "og:updated_time"});
    if (!date.empty()) {
        post.published = parse_date(date, now, hints);
    }
    post.author.name = meta.first({"article:author", "og:article:author", "twitter:creator"});
    if (post.author.name.starts_with("http")) {
        post.author.url = std::move(post.author.name);
        post.author.name.clear();
    }
    post.location = meta.first({"og:locality", "business:contact_data:locality"});
    return post;
}

// --- one answer ------------------------------------------------------------------------------

void fill(std::string& empty, const std::string& from) {
    if (empty.empty()) {
        empty = from;
    }
}

bool same_words(std::string_view a, std::string_view b) {
    return !a.empty() && !b.empty() &&
           (lower_case(a).find(lower_case(b)) != std::string::npos ||
            lower_case(b).find(lower_case(a)) != std::string::npos);
}

int rank_of(Role role) {
    switch (role) {
        case Role::product:
            return 0;
        case Role::thread:
        case Role::question:
            return 1;
        case Role::article:
            return 2;
        case Role::video:
            return 3;
        default:
            return 4;
    }
}

/// The thing that the page is about; npos when the things are a list.
std::size_t main_thing(const Found& found, const std::vector<std::string>& names) {
    if (found.things.empty()) {
        return found.things.size();
    }
    std::size_t best = 0;
    for (std::size_t i = 1; i < found.things.size(); ++i) {
        if (rank_of(found.things[i].first) < rank_of(found.things[best].first)) {
            best = i;
        }
    }
    std::size_t alike = 0;
    for (std::size_t i = 0; i < found.things.size(); ++i) {
        if (found.things[i].first != found.things[best].first) {
            continue;
        }
        ++alike;
        for (const auto& name : names) {
            if (same_words(found.things[i].second.title, name)) {
                return i;
            }
        }
    }
    constexpr std::size_t kList = 3;
    return alike >= kList ? found.things.size() : best;
}

std::vector<core::Post> list_of(const Found& found) {
    std::vector<core::Post> out = found.listed;
    if (out.size() < 3) {
        out.clear();
        const auto role = found.things.empty() ? Role::none : found.things.front().first;
        for (const auto& [other, post] : found.things) {
            if (other == role && !post.url.empty()) {
                out.push_back(post);
            }
        }
    }
    return out.size() >= 3 ? out : std::vector<core::Post>();
}

void complete(core::Post& post, const core::Url& page) {
    fill(post.url, page.without_fragment());
    fill(post.id, id_of_url(post.url));
}

}  // namespace

Json read_json_ld(const HtmlDocument& document) {
    static const auto kScripts = Selector::literal("script[type*='ld+json' i]");
    Json out = Json::array();
    for (const auto& script : document.select(kScripts)) {
        if (const auto value = read_loose(unwrap(script.raw_text()))) {
            flatten(*value, out, 0);
        }
    }
    return out;
}

Json read_microdata(const HtmlDocument& document, const core::Url& base) {
    return MicrodataReader(document, base).read();
}

std::vector<std::pair<std::string, std::string>> read_opengraph(const HtmlDocument& document) {
    static const auto kMeta = Selector::literal("meta[property][content], meta[name][content]");
    constexpr std::array<std::string_view, 12> kPrefixes{"og:",
                                                         "product:",
                                                         "article:",
                                                         "twitter:",
                                                         "profile:",
                                                         "video:",
                                                         "music:",
                                                         "book:",
                                                         "fb:",
                                                         "business:",
                                                         "place:",
                                                         "al:"};
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& meta : document.select(kMeta)) {
        const auto property = meta.attribute("property");
        const auto name =
            lower_case(core::trim(property.empty() ? meta.attribute("name") : property));
        const bool known = std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](auto prefix) {
            return name.starts_with(prefix);
        });
        if (known && out.size() < 500) {
            out.emplace_back(name, core::trim(meta.attribute("content")));
        }
    }
    return out;
}

std::vector<core::Post> structured_posts(const HtmlDocument& document,
                                         const core::Url& page,
                                         core::Timestamp now) {
    static const auto kHeading = Selector::literal("h1");
    const auto base = document.base_url(page);
    DateHints hints;
    hints.host = std::string(page.host());
    hints.language = std::string(document.root().attribute("lang"));
    auto og = opengraph_post(document, page, now, hints);
    const std::vector<std::string> names{document.value(kHeading), og.title};

    core::Post post;
    for (const bool microdata : {false, true}) {
        Found found;
        Collector collector(
            PostReader(base, now, hints.language, microdata ? "microdata" : "json-ld"), found);
        const auto nodes = microdata ? read_microdata(document, base) : read_json_ld(document);
        for (const auto& node : nodes) {
            collector.visit(microdata ? as_json_ld(node) : node, 0);
        }
        const auto main = main_thing(found, names);
        if (main == found.things.size()) {
            if (auto list = list_of(found); !list.empty() && post.extractor.empty()) {
                for (auto& one : list) {
                    complete(one, page);
                }
                return list;
            }
            continue;
        }
        auto& thing = found.things[main].second;
        if (post.extractor.empty()) {
            post = std::move(thing);
            if (post.kind == core::PostKind::thread && !found.comments.empty()) {
                std::vector<core::Post> thread{post};
                thread.insert(thread.end(), found.comments.begin(), found.comments.end());
                for (auto& one : thread) {
                    fill(one.title, post.title);
                    complete(one, page);
                }
                return thread;
            }
        } else {
            fill_post(post, thing);
        }
    }
    if (post.extractor.empty()) {
        if (og.title.empty() && og.text.empty() && og.price.amount.empty()) {
            return {};
        }
        post = std::move(og);
    } else {
        fill_post(post, og);
    }
    complete(post, page);
    return {post};
}

void fill_post(core::Post& post, const core::Post& from) {
    fill(post.id, from.id);
    fill(post.url, from.url);
    fill(post.title, from.title);
    fill(post.text, from.text);
    fill(post.location, from.location);
    if (post.author.name.empty()) {
        const auto id = post.author.id;
        post.author = from.author;
        fill(post.author.id, id);
    }
    if (post.price.amount.empty() && !from.price.amount.empty()) {
        post.price = from.price;
    }
    fill(post.price.currency, from.price.currency);
    if (post.published.utc.empty() && !from.published.raw.empty()) {
        post.published = from.published;
    }
    if (post.images.empty()) {
        post.images = from.images;
    }
    if (post.links.empty()) {
        post.links = from.links;
    }
}

}  // namespace chiptrail::extract
