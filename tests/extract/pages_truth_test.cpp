// Real pages against the truth written down beside them. The manifest names its fields after each
// site; here is what each is compared with, P being the post that the page is about:
//
//   title, title_prefix           P.title
//   id                            P.id
//   canonical                     P.url
//   price, currency               amounts and code of P.price; a range by both ends
//   author, seller, channel,      P.author: name, id or address, because the manifest gives a
//   handle author_name, author_id,       for one site and a display name for the next seller_id
//   location                      P.location
//   time, time_unix(_ms),         P.published.utc as an instant; a time without zone and time_raw
//   by ctime_unix, time_raw          P.published.raw images, images_thumb,         each must be in
//   P.images; an empty list means that there is none image, image_css_background images_any, cover
//   one of them must be there text, text_prefix, ...        P.text without regard to white space;
//   content_html by its text link, url                     P.links or P.url items_total,
//   posts_on_page    number of posts; comments_on_page without the one above them items_first,
//   posts_first,     the post of the same id, else the one at the same place comments_first
//   embed_url                     among the pages to visit
//   not_a_post                    no post has it as title or author
//
// Photos are compared in the largest variant of both. What a post has no field for (views,
// subreddit, type, shop_id, ...) is not counted. CHIPTRAIL_TRUTH_MISSES=1 lists what was missed.

#include "config/recipe_reader.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "extract/date.hpp"
#include "extract/extractor.hpp"
#include "extract/html_document.hpp"
#include "extract/images.hpp"
#include "extract/price.hpp"
#include "tests/support/corpora.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

using namespace chiptrail;
using Json = nlohmann::json;

namespace {

struct Score {
    int right = 0;
    int total = 0;
    std::vector<std::string> misses;
};

std::string without_space(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) == 0xa0) {
            ++i;
        } else if (c > ' ') {
            out += text[i];
        }
    }
    return out;
}

bool same(const std::string& a, const std::string& b) {
    return without_space(a) == without_space(b);
}

bool begins(const std::string& text, const std::string& prefix) {
    return without_space(text).starts_with(without_space(prefix));
}

std::string photo_key(std::string url) {
    if (url.starts_with("//")) {
        url = "http:" + url;
    }
    for (const std::string entity : {"&#038;", "&amp;"}) {
        for (auto at = url.find(entity); at != std::string::npos; at = url.find(entity)) {
            url.replace(at, entity.size(), "&");
        }
    }
    if (const auto parsed = core::Url::parse(url)) {
        url = parsed->text();
    }
    url = extract::largest_variant(url);
    const auto scheme = url.find("://");
    return scheme == std::string::npos ? url : url.substr(scheme + 3);
}

bool has_photo(const core::Post& post, const std::string& url) {
    return std::any_of(post.images.begin(), post.images.end(), [&](const std::string& image) {
        return photo_key(image) == photo_key(url);
    });
}

std::string plain_address(const std::string& url) {
    const auto parsed = core::Url::parse(url);
    return parsed ? parsed->without_fragment() : url;
}

bool is_author(const core::Author& author, const Json& truth) {
    if (truth.is_array()) {
        return std::any_of(
            truth.begin(), truth.end(), [&](const Json& one) { return is_author(author, one); });
    }
    const auto text = truth.is_string() ? truth.get<std::string>() : truth.dump();
    return same(author.name, text) || same(author.id, text) ||
           (!author.url.empty() && plain_address(author.url) == plain_address(text));
}

bool is_price(const core::Price& price, const std::string& truth) {
    const auto wanted = extract::parse_price(truth);
    const auto number = [](const std::string& text) { return std::strtod(text.c_str(), nullptr); };
    return !price.amount.empty() && number(price.amount) == number(wanted.amount) &&
           number(price.amount_max) == number(wanted.amount_max);
}

bool is_instant(const std::string& utc, core::Timestamp wanted) {
    const auto parsed = core::parse_rfc3339(utc);
    return parsed && std::chrono::abs(*parsed - wanted) < std::chrono::seconds{1};
}

bool is_time(const core::Published& published, const Json& truth, std::int64_t divisor) {
    if (truth.is_number()) {
        const auto milliseconds = static_cast<std::int64_t>(truth.get<double>() * 1000.0) / divisor;
        return is_instant(published.utc, core::Timestamp{std::chrono::milliseconds{milliseconds}});
    }
    const auto text = truth.get<std::string>();
    if (const auto wanted = core::parse_rfc3339(text)) {
        return is_instant(published.utc, *wanted);
    }
    return published.raw.find(text) != std::string::npos;
}

bool all_photos(const core::Post& post, const Json& truth) {
    if (truth.is_string()) {
        return has_photo(post, truth.get<std::string>());
    }
    if (truth.empty()) {
        return post.images.empty();
    }
    return std::all_of(truth.begin(), truth.end(), [&](const Json& one) {
        return has_photo(post, one.get<std::string>());
    });
}

bool any_photo(const core::Post& post, const Json& truth) {
    return std::any_of(truth.begin(), truth.end(), [&](const Json& one) {
        return has_photo(post, one.get<std::string>());
    });
}

bool has_address(const core::Post& post, const std::string& url) {
    return plain_address(post.url) == plain_address(url) ||
           std::any_of(post.links.begin(), post.links.end(), [&](const std::string& link) {
               return plain_address(link) == plain_address(url);
           });
}

std::string text_of_html(const std::string& html) {
    return extract::HtmlDocument::parse(html).body().text();
}

using Check = std::function<bool(const core::Post&, const Json&)>;

const std::map<std::string, Check>& checks() {
    const auto text = [](const Json& truth) {
        return truth.is_string() ? truth.get<std::string>() : truth.dump();
    };
    static const std::map<std::string, Check> kChecks{
        {"title", [=](auto& post, auto& truth) { return same(post.title, text(truth)); }},
        {"title_prefix", [=](auto& post, auto& truth) { return begins(post.title, text(truth)); }},
        {"id", [=](auto& post, auto& truth) { return post.id == text(truth); }},
        {"canonical",
         [=](auto& post, auto& truth) {
             return plain_address(post.url) == plain_address(text(truth));
         }},
        {"price", [=](auto& post, auto& truth) { return is_price(post.price, text(truth)); }},
        {"currency", [=](auto& post, auto& truth) { return post.price.currency == text(truth); }},
        {"author", [](auto& post, auto& truth) { return is_author(post.author, truth); }},
        {"author_name", [](auto& post, auto& truth) { return is_author(post.author, truth); }},
        {"author_id", [](auto& post, auto& truth) { return is_author(post.author, truth); }},
        {"seller", [](auto& post, auto& truth) { return is_author(post.author, truth); }},
        {"seller_id", [](auto& post, auto& truth) { return is_author(post.author, truth); }},
        {"channel", [](auto& post, auto& truth) { return is_author(post.author, truth); }},
        {"location", [=](auto& post, auto& truth) { return same(post.location, text(truth)); }},
        {"time", [](auto& post, auto& truth) { return is_time(post.published, truth, 1); }},
        {"time_unix", [](auto& post, auto& truth) { return is_time(post.published, truth, 1); }},
        {"ctime_unix", [](auto& post, auto& truth) { return is_time(post.published, truth, 1); }},
        {"time_unix_ms",
         [](auto& post, auto& truth) { return is_time(post.published, truth, 1000); }},
        {"time_raw",
         [=](auto& post, auto& truth) { return begins(post.published.raw, text(truth)); }},
        {"images", all_photos},
        {"images_thumb", all_photos},
        {"image", all_photos},
        {"image_css_background", all_photos},
        {"images_any", any_photo},
        {"cover", any_photo},
        {"text", [=](auto& post, auto& truth) { return same(post.text, text(truth)); }},
        {"text_prefix", [=](auto& post, auto& truth) { return begins(post.text, text(truth)); }},
        {"description_prefix",
         [=](auto& post, auto& truth) { return begins(post.text, text(truth)); }},
        {"text_contains",
         [=](auto& post, auto& truth) {
             return without_space(post.text).find(without_space(text(truth))) != std::string::npos;
         }},
        {"content_html",
         [=](auto& post, auto& truth) { return same(post.text, text_of_html(text(truth))); }},
        {"link", [=](auto& post, auto& truth) { return has_address(post, text(truth)); }},
        {"url", [=](auto& post, auto& truth) { return has_address(post, text(truth)); }},
    };
    return kChecks;
}

void count(Score& score, bool right, const std::string& what, const std::string& got) {
    ++score.total;
    if (right) {
        ++score.right;
    } else {
        score.misses.push_back(what + "  got: " + got.substr(0, 160));
    }
}

std::string shown(const core::Post& post) {
    std::string out = "id=" + post.id + " title=" + post.title.substr(0, 60) +
                      " price=" + post.price.amount + ".." + post.price.amount_max + " " +
                      post.price.currency + " author=" + post.author.name + "/" + post.author.id +
                      " place=" + post.location + " time=" + post.published.raw + "|" +
                      post.published.utc + " images=" + std::to_string(post.images.size());
    return out;
}

void check_post(Score& score, const core::Post& post, const Json& truth, const std::string& where) {
    for (const auto& [name, value] : truth.items()) {
        const auto check = checks().find(name);
        if (check == checks().end() || value.is_null()) {
            continue;
        }
        count(score,
              check->second(post, value),
              where + "." + name + " = " + value.dump(),
              name == "text" || name.starts_with("text_") ? post.text
              : name.starts_with("image")
                  ? (post.images.empty() ? std::string("none") : post.images.front())
                  : shown(post));
    }
}

const core::Post* post_like(const std::vector<core::Post>& posts,
                            const Json& truth,
                            std::size_t place) {
    if (truth.contains("id")) {
        const auto id =
            truth["id"].is_string() ? truth["id"].get<std::string>() : truth["id"].dump();
        const auto found = std::find_if(
            posts.begin(), posts.end(), [&](const core::Post& post) { return post.id == id; });
        if (found != posts.end()) {
            return &*found;
        }
    }
    return place < posts.size() ? &posts[place] : nullptr;
}

void check_posts(Score& score,
                 const std::vector<core::Post>& posts,
                 const Json& truth,
                 const std::string& where) {
    for (std::size_t i = 0; i < truth.size(); ++i) {
        static const core::Post kNothing;
        const auto* post = post_like(posts, truth[i], i);
        check_post(score,
                   post == nullptr ? kNothing : *post,
                   truth[i],
                   where + "[" + std::to_string(i) + "]");
    }
}

std::vector<core::Post> replies(const std::vector<core::Post>& posts) {
    std::vector<core::Post> out;
    std::copy_if(posts.begin(), posts.end(), std::back_inserter(out), [](const core::Post& post) {
        return post.kind != core::PostKind::thread;
    });
    return out;
}

bool names_post(const std::vector<core::Post>& posts, const std::string& name) {
    return std::any_of(posts.begin(), posts.end(), [&](const core::Post& post) {
        return post.title == name || post.author.name == name;
    });
}

void check_page(Score& score,
                const extract::Extraction& result,
                const Json& truth,
                const std::string& file) {
    static const core::Post kNothing;
    const auto& posts = result.posts;
    const auto number = [&](const char* name, std::size_t got) {
        if (truth.contains(name) && truth[name].is_number()) {
            count(score,
                  truth[name].get<std::size_t>() == got,
                  file + "." + name + " = " + truth[name].dump(),
                  std::to_string(got));
        }
    };
    number("items_total", posts.size());
    number("posts_on_page", posts.size());
    number("comments_on_page", replies(posts).size());
    for (const char* name : {"items_first", "posts_first"}) {
        if (truth.contains(name)) {
            check_posts(score, posts, truth[name], file + "." + name);
        }
    }
    if (truth.contains("comments_first")) {
        check_posts(score, replies(posts), truth["comments_first"], file + ".comments_first");
    }
    if (truth.contains("embed_url")) {
        const auto& follow = result.follow;
        count(score,
              std::find(follow.begin(), follow.end(), truth["embed_url"]) != follow.end(),
              file + ".embed_url",
              follow.empty() ? "none" : follow.front());
    }
    if (truth.contains("not_a_post")) {
        count(score, !names_post(posts, truth["not_a_post"]), file + ".not_a_post", "a post");
    }
    check_post(score, posts.empty() ? kNothing : posts.front(), truth, file);
}

struct Result {
    std::map<std::string, Score> sites;
    int right = 0;
    int total = 0;
};

std::vector<Json> read_manifest(const std::filesystem::path& path) {
    std::vector<Json> lines;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        lines.push_back(Json::parse(line));
    }
    return lines;
}

/// The family before ':' ("phpbb2:yalbert.free.fr"), without phpBB's version.
std::string site_of(const Json& entry) {
    auto site = entry["site"].get<std::string>();
    site = site.substr(0, site.find(':'));
    return site == "phpbb2" ? "phpbb" : site;
}

Result run(const std::filesystem::path& manifest, const extract::Extractor& extractor) {
    Result result;
    for (const auto& entry : read_manifest(manifest)) {
        const auto file = entry["file"].get<std::string>();
        const auto body = core::read_file(manifest.parent_path() / file, 64U * 1024 * 1024);
        REQUIRE(body);
        const auto url = core::Url::parse(entry["url_hint"].get<std::string>());
        REQUIRE(url);
        const extract::Page page{
            *body, "", *url, 200, *core::parse_rfc3339("2026-11-23T00:00:00Z")};
        auto& score = result.sites[site_of(entry)];
        check_page(score, extractor.extract(page), entry["what_truth"], file);
    }
    for (const auto& [site, score] : result.sites) {
        result.right += score.right;
        result.total += score.total;
    }
    return result;
}

double percent(int right, int total) {
    return total == 0 ? 100.0 : 100.0 * right / total;
}

void print(const char* heading, const Result& result) {
    std::printf("%s\n", heading);
    for (const auto& [site, score] : result.sites) {
        std::printf("  %-16s %4d of %4d  %5.1f %%\n",
                    site.c_str(),
                    score.right,
                    score.total,
                    percent(score.right, score.total));
        if (std::getenv("CHIPTRAIL_TRUTH_MISSES") != nullptr) {  // NOLINT(concurrency-mt-unsafe)
            for (const auto& miss : score.misses) {
                std::printf("      missed %s\n", miss.c_str());
            }
        }
    }
    std::printf("  %-16s %4d of %4d  %5.1f %%\n",
                "all",
                result.right,
                result.total,
                percent(result.right, result.total));
}

bool has_recipe(const std::string& site) {
    const auto folder = std::filesystem::path(CHIPTRAIL_SOURCE_DIR) / "config" / "sources";
    return std::filesystem::exists(folder / (site + ".toml")) ||
           (site == "shop" && std::filesystem::exists(folder / "gsm_komplekt.toml"));
}

}  // namespace

TEST_CASE("pages: the shipped recipes yield the truth of real pages", "[extract][corpus]") {
    const auto manifest = tests::corpus("data/pages/manifest.jsonl");
    if (!manifest) {
        return;
    }
    const auto folder = std::filesystem::path(CHIPTRAIL_SOURCE_DIR) / "config" / "sources";
    const extract::Extractor extractor(config::read_recipes(folder), {});
    const auto result = run(*manifest, extractor);
    print("real pages with recipes:", result);

    int good = 0;
    for (const auto& [site, score] : result.sites) {
        constexpr double kGood = 80.0;
        good += has_recipe(site) && percent(score.right, score.total) >= kGood ? 1 : 0;
    }
    constexpr int kSites = 12;
    constexpr double kOverall = 90.0;
    CHECK(good >= kSites);
    CHECK(percent(result.right, result.total) >= kOverall);
}

TEST_CASE("pages: without recipes the generic readers get this much", "[extract][corpus]") {
    const auto manifest = tests::corpus("data/pages/manifest.jsonl");
    if (!manifest) {
        return;
    }
    const extract::Extractor extractor({}, {});
    const auto result = run(*manifest, extractor);
    print("real pages without recipes:", result);
    // A floor under what was reached, so that a change that loses ground is seen.
    constexpr double kFloor = 10.0;
    CHECK(percent(result.right, result.total) >= kFloor);
}
