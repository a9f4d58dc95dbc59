// Real saved pages, served on loopback under their own host names, crawled with the shipped
// recipes over HTTP and HTTPS: what the store holds is what the page says.
#include "config/recipe_reader.hpp"
#include "core/file.hpp"
#include "crawler/fetcher.hpp"
#include "pipeline/crawl_run.hpp"
#include "storage/store.hpp"
#include "tests/support/corpora.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/temp_dir.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace chiptrail;  // NOLINT(google-build-using-namespace)
using tests::HttpServer;

struct SavedPage {
    core::Url url;
    std::string body;
    std::string content_type;
};

std::vector<SavedPage> saved_pages(const std::filesystem::path& manifest) {
    std::vector<SavedPage> pages;
    std::ifstream lines(manifest);
    for (std::string line; std::getline(lines, line);) {
        const auto entry = nlohmann::json::parse(line);
        const auto file = entry.at("file").get<std::string>();
        auto url = core::Url::parse(entry.at("url_hint").get<std::string>());
        auto body = core::read_file(manifest.parent_path() / file, 1 << 24);
        REQUIRE(url);
        REQUIRE(body);
        pages.push_back(
            {.url = *url,
             .body = std::move(*body),
             .content_type = file.ends_with(".json") ? "application/json" : "text/html"});
    }
    return pages;
}

/// The page's recipe if it is written for that host; family recipes are for another test.
const extract::Recipe* recipe_for(const std::vector<extract::Recipe>& recipes,
                                  const core::Url& url) {
    const auto fits = [&](const extract::Recipe& recipe) {
        return std::ranges::any_of(
                   recipe.hosts,
                   [&](const std::string& host) { return extract::host_fits(host, url.host()); }) &&
               (!recipe.path || recipe.path->found_in(url.target()));
    };
    const auto found = std::ranges::find_if(recipes, fits);
    return found == recipes.end() ? nullptr : &*found;
}

HttpServer::Handler serve(const std::vector<SavedPage>& pages) {
    return [&pages](const HttpServer::Request& request) {
        for (const auto& page : pages) {
            if (page.url.host() == request.host && page.url.target() == request.target) {
                return HttpServer::Reply{.body = page.body, .content_type = page.content_type};
            }
        }
        return HttpServer::Reply{.status = 404, .body = "not saved"};
    };
}

}  // namespace

TEST_CASE("crawl: real pages under their own host names fill the store", "[pipeline][corpora]") {
    const auto manifest = tests::corpus("data/pages/manifest.jsonl");
    if (!manifest) {
        return;
    }
    const auto pages = saved_pages(*manifest);
    const auto shipped =
        config::read_recipes(std::filesystem::path(CHIPTRAIL_SOURCE_DIR) / "config/sources");
    std::map<std::string, extract::Recipe> sources;
    std::vector<std::pair<std::string, const SavedPage*>> crawled;
    HttpServer::Options tls;
    tls.tls = true;
    for (const auto& page : pages) {
        const auto* recipe = recipe_for(shipped, page.url);
        if (recipe == nullptr) {
            continue;
        }
        auto& source = sources.try_emplace(recipe->name, *recipe).first->second;
        if (source.crawl.max_images != 0) {
            source.start.clear();
            source.crawl.max_images = 0;
            source.crawl.max_depth = 0;
            source.crawl.delay = std::chrono::milliseconds{1};
        }
        source.start.push_back(page.url.text());
        crawled.emplace_back(recipe->name, &page);
        tls.hosts.emplace_back(page.url.host());
    }
    HttpServer plain;
    HttpServer secure(tls);
    plain.otherwise(serve(pages));
    secure.otherwise(serve(pages));
    crawler::CurlFetcher::Options fetching;
    fetching.allow_addresses = {"127.0.0.0/8"};
    fetching.ca_file = secure.ca_file().string();
    for (const auto& [name, page] : crawled) {
        const auto& server = page->url.scheme() == "https" ? secure : plain;
        fetching.connect_to.push_back(std::string(page->url.host()) + ":" +
                                      std::to_string(page->url.port()) +
                                      ":127.0.0.1:" + std::to_string(server.port()));
    }
    crawler::CurlFetcher fetcher(fetching);
    const tests::TempDir folder;
    storage::Store store(folder.path());
    const core::SystemClock clock;
    pipeline::CrawlOptions options;
    options.crawler.delay_ms_per_host = std::chrono::milliseconds{1};
    options.scan_photos = false;
    std::vector<extract::Recipe> list;
    for (auto& [name, recipe] : sources) {
        recipe.crawl.max_pages = static_cast<int>(recipe.start.size());
        list.push_back(recipe);
    }

    const auto report =
        pipeline::run_crawl(store, fetcher, clock, list, {}, options, std::stop_token{});

    std::size_t posts = 0;
    std::size_t same = 0;
    for (const auto& [name, page] : crawled) {
        CAPTURE(name, page->url.text());
        const extract::Extractor direct({sources.at(name)}, {});
        const auto expected = direct.extract({.body = page->body,
                                              .content_type = page->content_type,
                                              .url = page->url,
                                              .status = 200,
                                              .fetched_at = report.started_at});
        for (const auto& post : expected.posts) {
            const auto found = store.posts().find(name, post.id);
            REQUIRE(found);
            ++posts;
            // Pages that show one post each in their own way leave the last one's words.
            if (found->post.title == post.title && found->post.author == post.author &&
                found->post.price.amount == post.price.amount) {
                ++same;
            }
        }
    }
    std::cout << "crawl of real pages: " << crawled.size() << " pages of " << sources.size()
              << " sources, " << posts << " posts, " << same << " stored as read\n";
    CHECK(sources.size() >= 12);
    CHECK(posts > 200);
    CHECK(same * 100 >= posts * 98);
}
