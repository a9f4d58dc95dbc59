#include "extract/images.hpp"

#include "core/text.hpp"
#include "extract/regex.hpp"
#include "extract/utf8_scan.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <utility>

namespace chiptrail::extract {

namespace {

constexpr std::size_t kMaxImages = 400;
constexpr std::size_t kMaxUrl = 8'192;

bool is_picture_path(std::string_view url) {
    const auto path = lower_case(url.substr(0, url.find_first_of("?#")));
    constexpr std::array<std::string_view, 8> kEndings{
        ".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".heic", ".bmp"};
    return std::any_of(kEndings.begin(), kEndings.end(), [&](std::string_view ending) {
        return path.ends_with(ending);
    });
}

struct Rewrite {
    std::string_view host_part;  ///< the rule applies where the URL has this in it
    Regex pattern;
    std::string_view replacement;
};

// Each says where a host keeps the original of a thumbnail; seen on the hosts themselves.
const std::vector<Rewrite>& rewrites() {
    static const std::vector<Rewrite> kRewrites = [] {
        const auto re = [](std::string_view pattern) { return Regex::literal(pattern); };
        return std::vector<Rewrite>{
            // eBay: s-l225 and thumbs/images/g/ID are cuts of images/g/ID/s-l1600.
            {"ebayimg.com", re("/thumbs/images/"), "/images/"},
            {"ebayimg.com", re("/s-l[0-9]+\\."), "/s-l1600."},
            {"ebayimg.com", re("/\\$_[0-9]+\\."), "/$_57."},
            // Alibaba's CDN: the size is a suffix behind the original name.
            {"alicdn.com", re("(\\.(?:jpg|jpeg|png|gif|webp|SS2))_[^/?]*$"), "\\1"},
            {"taobaocdn.com", re("(\\.(?:jpg|jpeg|png|gif|webp))_[^/?]*$"), "\\1"},
            {"tbcdn.cn", re("(\\.(?:jpg|jpeg|png|gif|webp))_[^/?]*$"), "\\1"},
            {"alicdn.com", re("\\.[0-9]{2,4}x[0-9]{2,4}\\.(jpg|jpeg|png|webp)$"), ".\\1"},
            // Weibo
            {"sinaimg.cn",
             re("/(?:wap[0-9]+|thumb[0-9]+|thumbnail|bmiddle|orj[0-9]+|square|mw[0-9]+|"
                "small|wap|webp[0-9]+)/"),
             "/large/"},
            // JD: n7 and s220x220 are cuts of n0 / n12.
            {"360buyimg.com", re("/n[1-9][0-9]?/"), "/n0/"},
            {"360buyimg.com", re("/s[0-9]+x[0-9]+_"), "/"},
            // Amazon: ._AC_SX300_.
            {"media-amazon.com", re("\\._[A-Z0-9_,]+_\\."), "."},
            {"images-amazon.com", re("\\._[A-Z0-9_,]+_\\."), "."},
            // Shopify: _grande, _480x480
            {"cdn.shopify.com",
             re("_(?:pico|icon|thumb|small|compact|medium|large|grande|"
                "[0-9]+x[0-9]*|x[0-9]+)(?:_crop_[a-z]+)?(?:@[23]x)?"
                "\\.(jpg|jpeg|png|gif|webp)"),
             ".\\1"},
            // Carousell
            {"karousell.com", re("_thumbnail(?:\\.jpg)?$"), ""},
            {"karousell.com", re("_progressive_thumbnail"), "_progressive"},
            // Craigslist: 300x300 beside 1200x900
            {"images.craigslist.org", re("_(?:50x50c|300x300|600x450)\\.jpg"), "_1200x900.jpg"},
            // Shopee
            {"cf.shopee", re("_tn$"), ""},
            {"img.susercontent.com", re("_tn$"), ""},
            // Bluesky
            {"cdn.bsky.app", re("/img/feed_thumbnail/"), "/img/feed_fullsize/"},
            // Twitter
            {"pbs.twimg.com/media", re("([?&]name=)[a-z0-9]+"), "\\1orig"},
            // Kleinanzeigen, Mercari, Gumtree and others by one image service
            {"img.kleinanzeigen.de", re("rule=\\$_[0-9]+"), "rule=$_59"},
            {"i.ebayimg.com", re("/\\$_[0-9]+\\.JPG"), "/$_59.JPG"},
            // WordPress keeps the upload beside its "-300x200" cuts.
            {"/wp-content/uploads/",
             re("-[0-9]{2,4}x[0-9]{2,4}(\\.(?:jpg|jpeg|png|gif|webp))"),
             "\\1"},
            {".wp.com/", re("[?&](?:resize|w|h|fit|quality|strip|zoom)=[^&]*.*$"), ""},
            // Bilibili: @320w_200h.webp
            {"hdslb.com", re("@[^/]*$"), ""},
            {"xianyu", re("(\\.(?:jpg|png|webp))_[^/?]*$"), "\\1"},
            // Avito, OLX
            {"apollo.olxcdn.com", re(";s=[0-9]+x[0-9]+.*$"), ""},
        };
    }();
    return kRewrites;
}

long number_of(std::string_view text) {
    long value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

/// A declared side below this is an icon, whatever it shows.
constexpr long kSmallestSide = 48;

bool declared_tiny(const Node& element) {
    for (const auto* name : {"width", "height"}) {
        const auto value = element.attribute(name);
        if (!value.empty() && value.find('%') == std::string_view::npos) {
            const long side = number_of(value);
            if (side > 0 && side < kSmallestSide) {
                return true;
            }
        }
    }
    return false;
}

bool has_word(std::string_view text, std::initializer_list<std::string_view> words) {
    const auto lower = lower_case(text);
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
        return lower.find(word) != std::string::npos;
    });
}

bool is_decorative_element(const Node& element) {
    if (has_word(element.attribute("class"),
                 {"avatar",
                  "emoji",
                  "smilie",
                  "smiley",
                  "icon",
                  "userpic",
                  "user-photo",
                  "spinner",
                  "flag",
                  "rank",
                  "badge",
                  "gravatar",
                  "logo"})) {
        return true;
    }
    const auto role = element.attribute("role");
    return role == "presentation" && element.attribute("src").empty();
}

bool in_decoration(const Node& element, const Node& scope) {
    auto at = element;
    for (int steps = 0; steps < 4 && at && !(at == scope); ++steps) {
        if (has_word(at.attribute("class"),
                     {"avatar",
                      "userpic",
                      "user_photo",
                      "user-photo",
                      "author-img",
                      "postprofile",
                      "signature"})) {
            return true;
        }
        at = at.parent();
    }
    return false;
}

// Lazy loaders leave words like "done" or "1" in these; absolute_or_path() sees to that.
constexpr std::array<const char*, 22> kLazy{"data-zoom-image",
                                            "data-large_image",
                                            "data-large-image",
                                            "data-full",
                                            "data-original",
                                            "data-original-src",
                                            "data-src-large",
                                            "data-hires",
                                            "data-image",
                                            "zoomfile",
                                            "file",
                                            "data-file",
                                            "data-src",
                                            "data-lazy-src",
                                            "data-lazy-img",
                                            "data-lazyload",
                                            "data-lazy",
                                            "data-ks-lazyload",
                                            "data-img-src",
                                            "data-url",
                                            "data-actualsrc",
                                            "data-imgurl"};

/// A lazy attribute counts only when it can be an address.
bool can_be_address(std::string_view value) {
    return value.size() > 4 && value.size() <= kMaxUrl &&
           value.find_first_of("/.") != std::string_view::npos &&
           value.find_first_of(" \n\t{<") == std::string_view::npos;
}

std::string usable(std::string_view value, const core::Url& base) {
    const auto trimmed = core::trim(value);
    if (!can_be_address(trimmed) || is_decoration(trimmed)) {
        return {};
    }
    return largest_variant(absolute_url(trimmed, base));
}

std::string image_of_img(const Node& element, const core::Url& base) {
    for (const char* name : {"data-srcset", "srcset", "data-lazy-srcset"}) {
        const auto best = best_of_srcset(element.attribute(name));
        if (auto url = usable(best, base); !url.empty()) {
            return url;
        }
    }
    for (const char* name : kLazy) {
        if (auto url = usable(element.attribute(name), base); !url.empty()) {
            return url;
        }
    }
    return usable(element.attribute("src"), base);
}

/// A link around a picture to the picture itself shows it larger.
std::string linked_picture(const Node& image, const core::Url& base) {
    const auto link = image.parent();
    if (link && link.name() == "a" && is_picture_path(link.attribute("href"))) {
        // Wikis link to a page about the picture whose address looks like one.
        const auto href = link.attribute("href");
        if (href.find("/wiki/") == std::string_view::npos &&
            href.find("/blob/") == std::string_view::npos) {
            return usable(href, base);
        }
    }
    return {};
}

void walk(const Node& node,
          const Node& scope,
          const core::Url& base,
          int depth,
          std::vector<std::string>& out) {
    if (!node || depth > 600 || out.size() >= kMaxImages) {
        return;
    }
    const auto name = node.name();
    if (name == "script" || name == "style" || name == "noscript" || name == "template") {
        return;
    }
    const bool image = name == "img" || name == "amp-img";
    if (image && !declared_tiny(node) && !is_decorative_element(node) &&
        !in_decoration(node, scope)) {
        auto url = linked_picture(node, base);
        add_once(out, url.empty() ? image_of(node, base) : std::move(url));
    } else if (!image && node.attribute("style").find("url(") != std::string_view::npos &&
               !is_decorative_element(node) && !in_decoration(node, scope)) {
        add_once(out, image_of(node, base));
    } else if (name == "video" && !node.attribute("poster").empty()) {
        add_once(out, usable(node.attribute("poster"), base));
    }
    for (auto child = node.first_child(); child; child = child.next_sibling()) {
        walk(child, scope, base, depth + 1, out);
    }
}

}  // namespace

std::string absolute_url(std::string_view text, const core::Url& base) {
    text = core::trim(text);
    if (text.empty() || text.size() > kMaxUrl) {
        return {};
    }
    const auto url = core::Url::parse(text, base);
    return url ? url->text() : std::string();
}

void add_once(std::vector<std::string>& list, std::string value) {
    if (!value.empty() && std::find(list.begin(), list.end(), value) == list.end()) {
        list.push_back(std::move(value));
    }
}

std::string largest_variant(std::string_view url) {
    std::string out(url);
    for (const auto& rewrite : rewrites()) {
        if (out.find(rewrite.host_part) != std::string::npos && rewrite.pattern.found_in(out)) {
            out = rewrite.pattern.replace(std::move(out), rewrite.replacement);
        }
    }
    return out;
}

std::string best_of_srcset(std::string_view srcset) {
    std::string best;
    double best_size = -1;
    while (!srcset.empty() && srcset.size() < 64 * 1024) {
        srcset.remove_prefix(std::min(srcset.find_first_not_of(" \t\r\n,"), srcset.size()));
        const auto url_end = std::min(srcset.find_first_of(" \t\r\n"), srcset.size());
        auto url = srcset.substr(0, url_end);
        srcset.remove_prefix(url_end);
        double size = 1;
        if (url.ends_with(',')) {
            url.remove_suffix(1);
        } else {
            const auto comma = std::min(srcset.find(','), srcset.size());
            const auto descriptor = core::trim(srcset.substr(0, comma));
            srcset.remove_prefix(comma);
            // Widths and densities never stand in one list, so they need no common scale.
            size = descriptor.empty() ? 1 : std::strtod(std::string(descriptor).c_str(), nullptr);
        }
        if (!url.empty() && size > best_size) {
            best = std::string(url);
            best_size = size;
        }
    }
    return best;
}

std::string css_background_image(std::string_view style) {
    const auto open = style.find("url(");
    if (open == std::string_view::npos) {
        return {};
    }
    auto rest = core::trim(style.substr(open + 4));
    char end = ')';
    if (rest.starts_with('"') || rest.starts_with('\'')) {
        end = rest.front();
        rest.remove_prefix(1);
    }
    return std::string(core::trim(rest.substr(0, rest.find(end))));
}

bool is_decoration(std::string_view url) {
    static const auto kDecoration = Regex::literal(
        "(?i)(^data:|/spacer|blank\\.(gif|png)|/pixel|1x1\\.|transparent\\.|/clear\\.gif|"
        "/smil(ey|ie)s?/|/emoji/|/emoticons?/|emoticon|/flags?/|/icons?/|[/_.-]icon[s0-9]*[/_.-]|"
        "sprite|/buttons?/|loading[^/]*\\.(gif|svg|png)|spinner|ajax-loader|lazyload[^/"
        "]*\\.(gif|png)|"
        "placeholder|/ranks?/|favicon|/avatars?/|[/_.-]avatar[s0-9]*[/"
        "_.?-]|useravatar|gravatar\\.com|"
        "/img/avatar|profile_images/|/s\\.gif|grey\\.gif|gray\\.gif|noavatar|no_avatar|"
        "[/_.-]logo[s0-9]*[/_.-]|/statusicon/|/misc/progress|/styles?/[^/]*/imageset|"
        "fls-na\\.amazon|/b\\.gif|/dot\\.gif|\\.svg($|\\?)|avatar_thumbnail|captcha|/"
        "tracking|doubleclick\\.net|"
        "google-analytics|facebook\\.com/tr|scorecardresearch|/templates/[^/]+/images/)");
    return kDecoration.found_in(url);
}

std::string image_of(const Node& element, const core::Url& base) {
    const auto name = element.name();
    if (name == "img" || name == "amp-img" || name == "source") {
        return image_of_img(element, base);
    }
    if (name == "meta") {
        return usable(element.attribute("content"), base);
    }
    if (name == "video") {
        return usable(element.attribute("poster"), base);
    }
    if (const auto background = css_background_image(element.attribute("style"));
        !background.empty()) {
        return usable(background, base);
    }
    if ((name == "a" || name == "link") &&
        (name == "link" || is_picture_path(element.attribute("href")))) {
        return usable(element.attribute("href"), base);
    }
    for (const char* lazy : kLazy) {
        if (auto url = usable(element.attribute(lazy), base); !url.empty()) {
            return url;
        }
    }
    static const auto kInside = Selector::literal("img");
    const auto inside = element.select_first(kInside);
    return inside ? image_of_img(inside, base) : std::string();
}

std::vector<std::string> images_in(const Node& scope, const core::Url& base) {
    std::vector<std::string> out;
    walk(scope, scope, base, 0, out);
    return out;
}

}  // namespace chiptrail::extract
