#include "demo/pages.hpp"

#include "core/result.hpp"

#include <fmt/format.h>
#include <iconv.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cctype>
#include <optional>
#include <vector>

namespace chiptrail::demo {

namespace {

// ---- what is for sale and what is talked about

struct Listing {
    int id;
    const char* slug;
    const char* title;
    const char* price;  // As printed.
    const char* amount;
    const char* currency;
    const char* lower_price;  // Printed and machine-readable, from the second round on; or nullptr.
    const char* lower_amount;
    const char* seller;
    const char* place;
    const char* date;
    const char* text;
    std::vector<const char*> photos;
    bool chinese = false;  // Served as GBK, said only in <meta>.
};

const std::vector<Listing>& listings() {
    static const std::vector<Listing> all{
        {1001,
         "sys-821ge-tnhr",
         "8U GPU server, SYS-821GE-TNHR, unused",
         "US $218,500.00",
         "218500.00",
         "USD",
         "US $209,900.00",
         "209900.00",
         "Northgate Surplus",
         "Rotterdam, NL",
         "2026-11-02",
         "Eight-way board fitted and tested. Sold from a cancelled project, original packing, "
         "power cords not included. Pick-up by appointment.",
         {"smci-821ge.jpg", "hgx-tray.jpg"}},
        {1002,
         "xe9680",
         "PowerEdge XE9680 with bezel",
         "US $241,000.00",
         "241000.00",
         "USD",
         nullptr,
         nullptr,
         "Harbour IT Recovery",
         "Antwerp, BE",
         "2026-11-04",
         "One owner. Rails and bezel with key. Serial numbers on request after a call.",
         {"dell-xe9680.jpg"}},
        {1003,
         "dl380-gen10",
         "DL380 Gen10, 24 bays, no drives",
         "€ 1.890,00",
         "1890.00",
         "EUR",
         "€ 1.650,00",
         "1650.00",
         "serverbroker24",
         "Leipzig, DE",
         "2026-11-05",
         "Zustand gut, Gebrauchsspuren am Deckel. Versand auf Palette möglich.",
         {"hpe-dl380.jpg"}},
        {1004,
         "sr650-v2",
         "SR650 V2 storage node",
         "€ 2.450,00",
         "2450.00",
         "EUR",
         nullptr,
         nullptr,
         "serverbroker24",
         "Leipzig, DE",
         "2026-11-05",
         "Twelve large bays, two power supplies, wiped with certificate.",
         {"lenovo-sr650.jpg"}},
        {1005,
         "esc8000a",
         "ESC8000A-E11, sold as seen",
         "£9,400",
         "9400",
         "GBP",
         nullptr,
         nullptr,
         "mill-lane-auctions",
         "Leeds, UK",
         "2026-11-07",
         "Photographed in the store room. Powers on; no cards inside.",
         {"asus-dark.jpg"}},
        {1006,
         "g593",
         "5U accelerator chassis G593-SD0",
         "US $16,800.00",
         "16800.00",
         "USD",
         nullptr,
         nullptr,
         "Pacific Liquid Assets",
         "Fremont, US",
         "2026-11-08",
         "Bare chassis with fans and power distribution. Phone picture, more on request.",
         {"gigabyte-g593.jpg"}},
        {1007,
         "nf5688m6",
         "浪潮 NF5688M6 八卡训练服务器 现货",
         "￥1,280,000",
         "1280000",
         "CNY",
         nullptr,
         nullptr,
         "深圳华强科技",
         "深圳",
         "2026-11-09",
         "全新未拆封,支持验机。深圳现货,量大从优,可开专票。有意私聊,非诚勿扰。",
         {"inspur-nf5688.jpg"},
         true},
        {1008,
         "catalyst-48",
         "48-port access switch, working pull",
         "US $340.00",
         "340.00",
         "USD",
         nullptr,
         nullptr,
         "Northgate Surplus",
         "Rotterdam, NL",
         "2026-11-10",
         "Console cable included. Reset to factory settings.",
         {"cisco-switch.jpg"}},
        {1009,
         "unbranded-switch",
         "48 port switch, no brand",
         "€ 95,00",
         "95.00",
         "EUR",
         nullptr,
         nullptr,
         "office-clearing",
         "Ghent, BE",
         "2026-11-10",
         "Works. No manual, no maker's plate.",
         {"plain-switch.jpg"}},
        {1010,
         "4u-jbod",
         "4U storage shelf, 36 bays",
         "US $1,150.00",
         "1150.00",
         "USD",
         nullptr,
         nullptr,
         "Harbour IT Recovery",
         "Antwerp, BE",
         "2026-11-11",
         "Close-up of the left ear shows its condition. Trays complete.",
         {"smci-ear.jpg"}},
        {1011,
         "h100-80gb",
         "PCIe accelerator 80 GB, two available",
         "US $24,900.00",
         "24900.00",
         "USD",
         "US $22,400.00",
         "22400.00",
         "Pacific Liquid Assets",
         "Fremont, US",
         "2026-11-12",
         "Passive card from a dismantled node. Export papers are the buyer's business.",
         {"h100-card.jpg"}},
        {1012,
         "office-chairs",
         "Two office chairs, red and blue",
         "€ 60,00",
         "60.00",
         "EUR",
         nullptr,
         nullptr,
         "office-clearing",
         "Ghent, BE",
         "2026-11-12",
         "From a smoke-free office. Pick-up only.",
         {"chairs.jpg"}},
        {1013,
         "patch-cables",
         "Box of patch cables, 3 kg",
         "€ 15,00",
         "15.00",
         "EUR",
         nullptr,
         nullptr,
         "office-clearing",
         "Ghent, BE",
         "2026-11-13",
         "Mixed lengths and colours, untested.",
         {"cables.jpg"}},
        {1014,
         "blank-panels",
         "Blanking panels 19 inch, set of four",
         "€ 22,00",
         "22.00",
         "EUR",
         nullptr,
         nullptr,
         "serverbroker24",
         "Leipzig, DE",
         "2026-11-14",
         "Steel, black. Screws and cage nuts included.",
         {"blank-panels.jpg"}},
        {1015,
         "2u-no-name",
         "2U server without name plate",
         "£310",
         "310",
         "GBP",
         nullptr,
         nullptr,
         "mill-lane-auctions",
         "Leeds, UK",
         "2026-11-14",
         "Lot 88. One picture did not upload well, the other is the original scan of the camera.",
         {"plain-server.jpg", "broken-upload.jpg", "camera-original.jpg"}},
        {1016,
         "xe9680-reseller",
         "XE9680 available again, ask for price",
         "US $255,000.00",
         "255000.00",
         "USD",
         nullptr,
         nullptr,
         "best-gpu-deals",
         "Dubai, AE",
         "2026-11-15",
         "Stock photo. Can ship anywhere within five days.",
         {"repost/dell-xe9680.jpg"}},
    };
    return all;
}

constexpr int kGoneListing = 1009;
constexpr int kEditedListing = 1006;
constexpr std::string_view kEditedText =
    "SOLD to a buyer abroad, second one arrives next week: ask now.";

struct Message {
    const char* author;
    const char* date;
    const char* text;
    std::vector<const char*> photos;
};

struct Thread {
    int id;
    const char* title;
    std::vector<Message> messages;
    bool chinese = false;  // Served as GBK, said only in <meta>.
};

const std::vector<Thread>& threads() {
    static const std::vector<Thread> all{
        {201,
         "Show your rack, November edition",
         {{"coldaisle",
           "2026-11-06 18:22",
           "Seventeen units, all second-hand. The grey one at the bottom is the loud one.",
           {"rack.jpg"}},
          {"patchpanel_pete",
           "2026-11-06 20:05",
           "Cable management is for people with time.",
           {}}}},
        {202,
         "Estate sale find: what did I buy?",
         {{"garage_cluster",
           "2026-11-08 09:41",
           "Paid 150 for both. The upper one does not post, the lower one does.",
           {"bench.jpg"}},
          {"coldaisle", "2026-11-08 11:13", "The lower one alone is worth that.", {}}}},
        {203,
         "Does anyone know this gold box?",
         {{"luggage_lost",
           "2026-11-09 23:58",
           "Arrived upside down on the pallet and I am not going to turn 120 kg for a photo.",
           {"dgx-turned.jpg"}}}},
        {204,
         "深圳出八卡整机,支持现场验机",
         {{"gpu_laozhang",
           "2026-11-10 14:30",
           "两台现货,H100 八卡整机,带原厂包装。懂的来,价格私聊。",
           {"inspur-nf5688.jpg"}},
          {"xiaolin88", "2026-11-10 15:02", "有图吗?什么价位?", {}}},
         true},
        {205,
         "WTB: NVIDIA A100 40GB, fair price",
         {{"lab_budget",
           "2026-11-11 08:12",
           "Looking for two cards for a university lab. No photos from me, I want to buy.",
           {}}}},
        {206,
         "Someone is reusing my photo",
         {{"harbour_it",
           "2026-11-15 16:44",
           "This picture is ours, from the listing in Antwerp. The seller in Dubai copied it.",
           {"repost/dell-xe9680.jpg"}},
          {"coldaisle", "2026-11-15 17:20", "Report it. Ours was taken last year as well.", {}}}},
    };
    return all;
}

// ---- markup

std::string escaped(std::string_view text) {
    std::string result;
    for (const char character : text) {
        switch (character) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            default:
                result += character;
        }
    }
    return result;
}

/// Into a JSON string that also may stand inside <script>.
std::string quoted(std::string_view text) {
    std::string result = "\"";
    for (const char character : text) {
        if (character == '"' || character == '\\') {
            result += '\\';
        }
        result += character;
    }
    return result + '"';
}

std::string to_gbk(const std::string& utf8) {
    iconv_t converter = ::iconv_open("GBK", "UTF-8");
    if (converter == reinterpret_cast<iconv_t>(-1)) {  // NOLINT: POSIX says so.
        throw core::Error("this system's iconv has no GBK");
    }
    std::string gbk(utf8.size() * 2, '\0');
    std::string source = utf8;
    char* in = source.data();
    std::size_t in_left = source.size();
    char* out = gbk.data();
    std::size_t out_left = gbk.size();
    const std::size_t lost = ::iconv(converter, &in, &in_left, &out, &out_left);
    ::iconv_close(converter);
    assert(lost == 0 && "the demo's Chinese texts have GBK forms");
    static_cast<void>(lost);
    gbk.resize(gbk.size() - out_left);
    return gbk;
}

std::string document(std::string_view title,
                     std::string_view head,
                     std::string_view body,
                     bool gbk) {
    return fmt::format(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"{}\">\n"
        "<title>{}</title>\n{}<style>body{{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;"
        "padding:0 1em}}ul{{list-style:none;padding:0}}.card,.row{{margin:1em 0}}img{{max-width:"
        "100%}}.price{{font-weight:bold}}</style>\n</head>\n<body>\n{}\n<footer>A demo that "
        "chiptrail "
        "serves to itself. Nothing here is for sale.</footer>\n</body>\n</html>\n",
        gbk ? "zh" : "en",
        gbk ? "gbk" : "utf-8",
        escaped(title),
        head,
        body);
}

PageAnswer html(const std::string& markup, bool gbk) {
    PageAnswer answer;
    if (gbk) {
        answer.content_type = "text/html";
        answer.body = to_gbk(markup);
    } else {
        answer.body = markup;
    }
    return answer;
}

PageAnswer with_status(int status, std::string_view title, std::string_view body) {
    PageAnswer answer = html(
        document(title, "", fmt::format("<h1>{}</h1>\n{}", escaped(title), body), false), false);
    answer.status = status;
    return answer;
}

PageAnswer not_found() {
    return with_status(404, "Not found", "<p>This page does not exist.</p>");
}

std::string item_path(const Listing& listing) {
    return fmt::format("/market/item/{}-{}", listing.id, listing.slug);
}

std::string price_of(const Listing& listing, int round) {
    return round > 1 && listing.lower_price != nullptr ? listing.lower_price : listing.price;
}

std::string amount_of(const Listing& listing, int round) {
    return round > 1 && listing.lower_amount != nullptr ? listing.lower_amount : listing.amount;
}

std::string text_of(const Listing& listing, int round) {
    return std::string(round > 1 && listing.id == kEditedListing ? kEditedText
                                                                 : std::string_view(listing.text));
}

constexpr std::size_t kListingsPerPage = 6;
constexpr std::size_t kThreadsPerPage = 4;

/// Links to the neighbours of list page `page` of `pages`.
std::string pager(const char* path, int page, int pages) {
    std::string links = "<nav class=\"pager\">";
    if (page > 1) {
        links += fmt::format("<a rel=\"prev\" href=\"{}?page={}\">Previous</a> ", path, page - 1);
    }
    if (page < pages) {
        links += fmt::format("<a rel=\"next\" href=\"{}?page={}\">Next</a>", path, page + 1);
    }
    return links + "</nav>";
}

int pages_for(std::size_t count, std::size_t per_page) {
    return static_cast<int>((count + per_page - 1) / per_page);
}

std::string card(const Listing& listing, int round) {
    return fmt::format(
        "<li class=\"card\" data-id=\"{}\"><a class=\"card-link\" href=\"{}\">"
        "<img src=\"/photos/w320/{}\" srcset=\"/photos/w320/{} 320w, /photos/{} 1600w\" alt=\"\">"
        "<h3>{}</h3></a> <span class=\"price\">{}</span> <span class=\"place\">{}</span></li>\n",
        listing.id,
        item_path(listing),
        listing.photos[0],
        listing.photos[0],
        listing.photos[0],
        escaped(listing.title),
        escaped(price_of(listing, round)),
        escaped(listing.place));
}

PageAnswer market_list(int page, int round) {
    std::vector<const Listing*> offered;
    for (const auto& listing : listings()) {
        if (round == 1 || listing.id != kGoneListing) {
            offered.push_back(&listing);
        }
    }
    const int pages = pages_for(offered.size(), kListingsPerPage);
    if (page < 1 || page > pages) {
        return not_found();
    }
    std::string body = "<h1>Second Rack: used data-centre equipment</h1>\n<ul class=\"cards\">\n";
    const auto first = static_cast<std::size_t>(page - 1) * kListingsPerPage;
    const auto last = std::min(first + kListingsPerPage, offered.size());
    for (std::size_t index = first; index < last; ++index) {
        body += card(*offered[index], round);
    }
    body += "</ul>\n";
    if (page == 1) {
        body +=
            "<p>Also: <a class=\"card-link\" href=\"/market/item/1500-members-lot\">members' lot"
            "</a>, <a class=\"card-link\" href=\"/market/item/999-last-year\">last year's lot</a>, "
            "<a class=\"card-link\" href=\"/market/private/1600-reserved\">reserved lot</a>, "
            "<a href=\"/forum/\">the forum</a></p>\n";
    }
    return html(document(fmt::format("Second Rack, page {}", page),
                         "",
                         body + pager("/market/", page, pages),
                         false),
                false);
}

std::string json_ld(const Listing& listing, const std::string& origin, int round) {
    std::string images;
    for (const char* photo : listing.photos) {
        images += (images.empty() ? "" : ", ") + quoted(fmt::format("{}/photos/{}", origin, photo));
    }
    return fmt::format(
        "<script type=\"application/ld+json\">{{\"@context\": \"https://schema.org\", \"@type\": "
        "\"Product\", \"sku\": \"{}\", \"name\": {}, \"description\": {}, \"image\": [{}], "
        "\"releaseDate\": \"{}\", \"offers\": {{\"@type\": \"Offer\", \"price\": \"{}\", "
        "\"priceCurrency\": \"{}\", \"availability\": \"https://schema.org/InStock\", \"seller\": "
        "{{\"@type\": \"Organization\", \"name\": {}}}}}}}</script>\n",
        listing.id,
        quoted(listing.title),
        quoted(text_of(listing, round)),
        images,
        listing.date,
        amount_of(listing, round),
        listing.currency,
        quoted(listing.seller));
}

PageAnswer market_item(const Listing& listing, const std::string& origin, int round) {
    if (round > 1 && listing.id == kGoneListing) {
        return with_status(410, "Listing ended", "<p class=\"gone\">This listing has ended.</p>");
    }
    std::string gallery;
    for (const char* photo : listing.photos) {
        gallery += fmt::format(
            "<a class=\"photo\" href=\"/photos/{}\"><img src=\"/photos/w320/{}\" alt=\"\"></a>\n",
            photo,
            photo);
    }
    const std::string body = fmt::format(
        "<article class=\"item\" data-id=\"{}\">\n<h1>{}</h1>\n<div class=\"gallery\">{}</div>\n"
        "<p class=\"price\">{}</p>\n<p class=\"seller\">Seller: <a "
        "href=\"/market/seller/{}\">{}</a>"
        "</p>\n<p class=\"place\">{}</p>\n<time datetime=\"{}\">{}</time>\n"
        "<div class=\"description\"><p>{}</p></div>\n</article>",
        listing.id,
        escaped(listing.title),
        gallery,
        escaped(price_of(listing, round)),
        listing.id,
        escaped(listing.seller),
        escaped(listing.place),
        listing.date,
        listing.date,
        escaped(text_of(listing, round)));
    const std::string head =
        json_ld(listing, origin, round) +
        fmt::format("<link rel=\"canonical\" href=\"{}{}\">\n", origin, item_path(listing));
    return html(document(listing.title, head, body, listing.chinese), listing.chinese);
}

PageAnswer login_page() {
    return html(
        document("Sign in - Second Rack",
                 "",
                 "<h1>Please sign in to see this lot</h1>\n<form method=\"post\" "
                 "action=\"/market/login\"><label>Name <input name=\"user\"></label> <label>"
                 "Password <input type=\"password\" name=\"password\"></label> <button>Sign in"
                 "</button></form>",
                 false),
        false);
}

std::string thread_row(const Thread& thread) {
    return fmt::format(
        "<li class=\"row\"><a class=\"thread-link\" href=\"/forum/thread/{}\">{}</a> <span "
        "class=\"by\">{}</span> <span class=\"replies\">{} replies</span></li>\n",
        thread.id,
        escaped(thread.title),
        thread.messages[0].author,
        thread.messages.size() - 1);
}

PageAnswer forum_list(int page) {
    const int pages = pages_for(threads().size(), kThreadsPerPage);
    if (page < 1 || page > pages) {
        return not_found();
    }
    std::string body = "<h1>Cold Aisle forum</h1>\n<ul class=\"threads\">\n";
    const auto first = static_cast<std::size_t>(page - 1) * kThreadsPerPage;
    for (std::size_t index = first; index < std::min(first + kThreadsPerPage, threads().size());
         ++index) {
        body += thread_row(threads()[index]);
    }
    body += "</ul>\n" + pager("/forum/", page, pages);
    return html(document(fmt::format("Cold Aisle, page {}", page),
                         "<link rel=\"alternate\" type=\"application/rss+xml\" "
                         "href=\"/forum/feed.xml\">\n",
                         body,
                         false),
                false);
}

PageAnswer forum_thread(const Thread& thread) {
    std::string body = fmt::format("<h1 class=\"thread-title\">{}</h1>\n", escaped(thread.title));
    int number = 0;
    for (const auto& message : thread.messages) {
        std::string pictures;
        for (const char* photo : message.photos) {
            // As forums do it: the picture comes when it is scrolled to.
            pictures += fmt::format(
                "<p><img class=\"lazy\" src=\"data:image/gif;base64,R0lGODlhAQABAAAAACw=\" "
                "data-src=\"/photos/{}\" alt=\"\"></p>",
                photo);
        }
        ++number;
        body += fmt::format(
            "<article class=\"post\" id=\"p{}-{}\">\n<div class=\"meta\"><a class=\"author\" "
            "href=\"/forum/members/{}\">{}</a> <time class=\"date\">{}</time></div>\n"
            "<div class=\"message\"><p>{}</p>{}</div>\n</article>\n",
            thread.id,
            number,
            message.author,
            message.author,
            message.date,
            escaped(message.text),
            pictures);
    }
    return html(document(thread.title, "", body, thread.chinese), thread.chinese);
}

PageAnswer forum_feed(const std::string& origin) {
    std::string items;
    const std::array<const char*, 3> days{"Sun, 15 Nov 2026 16:44:00 GMT",
                                          "Mon, 09 Nov 2026 23:58:00 GMT",
                                          "Sun, 08 Nov 2026 09:41:00 GMT"};
    const std::array<int, 3> shown{206, 203, 202};
    for (std::size_t index = 0; index < shown.size(); ++index) {
        const auto found = std::find_if(threads().begin(), threads().end(), [&](const Thread& t) {
            return t.id == shown.at(index);
        });
        const Message& first = found->messages.front();
        items += fmt::format(
            "<item><title>{}</title><link>{}/forum/thread/{}</link><guid isPermaLink=\"false\">"
            "cold-aisle-{}</guid><author>{}</author><pubDate>{}</pubDate><description>{}"
            "</description><enclosure url=\"{}/photos/{}\" type=\"image/jpeg\" "
            "length=\"0\"/></item>\n",
            escaped(found->title),
            origin,
            found->id,
            found->id,
            first.author,
            days.at(index),
            escaped(first.text),
            origin,
            first.photos.front());
    }
    PageAnswer answer;
    answer.content_type = "application/rss+xml; charset=utf-8";
    answer.body = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel><title>Cold "
        "Aisle"
        "</title><link>{}/forum/</link><description>Newest "
        "threads</description>\n{}</channel></rss>\n",
        origin,
        items);
    return answer;
}

PageAnswer robots() {
    PageAnswer answer;
    answer.content_type = "text/plain; charset=utf-8";
    answer.body =
        "User-agent: *\nDisallow: /market/private/  # reserved lots are nobody's business\n"
        "Disallow: /forum/members/\nDisallow: /market/seller/\nAllow: /\n";
    return answer;
}

/// The number at the start of what follows `prefix` in `path`.
std::optional<int> number_after(std::string_view path, std::string_view prefix) {
    if (path.substr(0, prefix.size()) != prefix) {
        return std::nullopt;
    }
    int number = 0;
    std::size_t digits = 0;
    for (const char character : path.substr(prefix.size())) {
        if (std::isdigit(static_cast<unsigned char>(character)) == 0 || digits == 6) {
            break;
        }
        number = number * 10 + (character - '0');
        ++digits;
    }
    return digits == 0 ? std::nullopt : std::optional<int>(number);
}

template <class T>
const T* with_id(const std::vector<T>& all, std::optional<int> id) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const T& each) { return id == each.id; });
    return found == all.end() ? nullptr : &*found;
}

constexpr int kMembersLot = 1500;
constexpr int kReservedLot = 1600;

}  // namespace

PageAnswer demo_page(std::string_view path, int page, const std::string& origin, int round) {
    if (path == "/robots.txt") {
        return robots();
    }
    if (path == "/" || path == "/market") {
        PageAnswer answer;
        answer.status = 302;
        answer.location = "/market/";
        return answer;
    }
    if (path == "/market/") {
        return market_list(page, round);
    }
    if (path == "/market/login") {
        return login_page();
    }
    if (path == "/forum/") {
        return forum_list(page);
    }
    if (path == "/forum/feed.xml") {
        return forum_feed(origin);
    }
    const auto item = number_after(path, "/market/item/");
    if (item == kMembersLot) {
        PageAnswer answer;
        answer.status = 302;
        answer.location = "/market/login?next=" + std::string(path);
        return answer;
    }
    if (const Listing* listing = with_id(listings(), item); listing != nullptr) {
        return market_item(*listing, origin, round);
    }
    if (number_after(path, "/market/private/") == kReservedLot) {
        return with_status(200, "Reserved lot", "<p>A polite crawler never sees this.</p>");
    }
    const auto thread = number_after(path, "/forum/thread/");
    if (const Thread* found = with_id(threads(), thread); found != nullptr) {
        return forum_thread(*found);
    }
    return not_found();
}

}  // namespace chiptrail::demo
