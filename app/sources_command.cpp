#include "app/command.hpp"
#include "app/json_output.hpp"
#include "app/opened.hpp"
#include "app/sources.hpp"
#include "app/stop.hpp"
#include "app/terminal.hpp"
#include "app/version.hpp"
#include "core/file.hpp"
#include "core/result.hpp"
#include "crawler/fetcher.hpp"
#include "pipeline/probe.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <iostream>
#include <map>
#include <memory>

namespace chiptrail::app {

namespace {

struct TestArguments {
    std::string source;
    std::filesystem::path file;
    std::string url;
    std::string content_type;
};

/// What the store knows of each source; empty when there is no store, or none that opens.
std::map<std::string, storage::SourceSummary> stored_sources(const config::Config& config) {
    std::map<std::string, storage::SourceSummary> result;
    std::error_code ignored;
    if (std::filesystem::exists(config.data / "chiptrail.db", ignored)) {
        for (auto& summary : open_store(config)->runs().sources()) {
            result.emplace(summary.name, std::move(summary));
        }
    }
    return result;
}

std::vector<SourceListing> list_sources(const config::Config& config) {
    const auto terms = config::load_lexicon(config).search_terms;
    auto stored = stored_sources(config);
    std::vector<SourceListing> listings;
    for (const auto& recipe : config::load_recipes(config)) {
        SourceListing listing{.name = recipe.name,
                              .site = recipe.site,
                              .file = recipe.file,
                              .enabled = recipe.crawl.enabled,
                              .start_urls = extract::expand_start_urls(recipe, terms).size(),
                              .stored = std::nullopt};
        if (const auto found = stored.find(recipe.name); found != stored.end()) {
            listing.stored = found->second;
        }
        listings.push_back(std::move(listing));
    }
    return listings;
}

void print_sources(const std::vector<SourceListing>& sources, const config::Config& config) {
    using Align = Table::Column::Align;
    Table table({{"SOURCE"},
                 {"CRAWLED"},
                 {"SITE", Align::left, true},
                 {"START PAGES", Align::right},
                 {"POSTS", Align::right},
                 {"HITS", Align::right},
                 {"LAST SUCCESS"},
                 {"LAST PROBLEM", Align::left, true}});
    for (const auto& source : sources) {
        const auto stored = source.stored.value_or(storage::SourceSummary{});
        table.add({source.name,
                   source.enabled ? "yes" : "no",
                   source.site,
                   std::to_string(source.start_urls),
                   source.stored ? std::to_string(stored.posts) : "",
                   source.stored ? std::to_string(stored.hits) : "",
                   stored.last_success_at
                       ? core::format_rfc3339(*stored.last_success_at).substr(0, 16)
                       : "",
                   stored.last_problem});
    }
    const bool terminal = is_terminal(Stream::output);
    std::cout << table.text(terminal ? terminal_width(Stream::output) : 160, Stream::output);
    note("configured in " + config.file.string());
}

int run_list(bool json, const Globals& globals) {
    const auto config = load_config(globals);
    const auto sources = list_sources(config);
    if (!json) {
        print_sources(sources, config);
        return kDone;
    }
    for (const auto& source : sources) {
        std::cout << source_json(source);
    }
    return kDone;
}

core::Url url_to_test(const TestArguments& arguments,
                      const extract::Recipe& recipe,
                      const config::Config& config) {
    std::string text = arguments.url;
    if (text.empty()) {
        const auto starts =
            extract::expand_start_urls(recipe, config::load_lexicon(config).search_terms);
        if (starts.empty()) {
            throw core::ConfigError("source '" + recipe.name +
                                    "' has no start page: say which page with --url");
        }
        text = starts.front();
    }
    auto url = core::Url::parse(text);
    if (!url) {
        throw core::ConfigError("--url: " + url.error().detail);
    }
    return *url;
}

void print_exchanges(const std::vector<core::Exchange>& exchanges) {
    for (const auto& exchange : exchanges) {
        std::cout << fmt::format(
            "{} {} {} ({}, {})\n",
            styled("fetched", Style::bold, Stream::output),
            exchange.status,
            harmless(exchange.url),
            human_bytes(exchange.body.size()),
            human_duration(
                std::chrono::duration_cast<std::chrono::milliseconds>(exchange.timings.total)));
        std::cout << "        robots.txt: " << to_text(exchange.robots.basis)
                  << (exchange.robots.rule.empty() ? "" : ", " + harmless(exchange.robots.rule))
                  << '\n';
    }
}

void print_trace(const extract::Extraction& extraction) {
    Table table({{"FIELD"},
                 {"VALUE", Table::Column::Align::left, true},
                 {"GIVEN BY", Table::Column::Align::left, true}});
    std::size_t post = 0;
    const auto flush = [&] {
        std::cout << styled(fmt::format("post {} of {}\n", post + 1, extraction.posts.size()),
                            Style::bold,
                            Stream::output)
                  << table.text(terminal_width(Stream::output), Stream::output) << '\n';
    };
    const auto columns = table;
    for (const auto& trace : extraction.trace) {
        if (trace.post != post) {
            flush();
            table = columns;
            post = trace.post;
        }
        table.add({trace.field,
                   trace.value,
                   trace.selector.empty() ? "nothing found it" : trace.selector});
    }
    if (!extraction.trace.empty()) {
        flush();
    }
}

int print_extraction(const extract::Extraction& extraction) {
    print_trace(extraction);
    const bool good = extraction.status == core::PageStatus::ok && !extraction.posts.empty();
    std::cout << fmt::format("{}, {} to follow, {}; read by {}, from {}\n",
                             counted(extraction.posts.size(), "post"),
                             counted(extraction.follow.size(), "page"),
                             counted(extraction.next_pages.size(), "next page"),
                             extraction.extractor.empty() ? "nothing" : extraction.extractor,
                             extraction.charset.empty() ? "no text" : extraction.charset)
              << styled(fmt::format("page status: {}", to_text(extraction.status)),
                        good ? Style::good : Style::bad,
                        Stream::output)
              << (extraction.reason.empty() ? "" : ": " + harmless(extraction.reason)) << '\n';
    return good ? kDone : kFailed;
}

int test_file(const TestArguments& arguments,
              const core::Url& url,
              const extract::Extractor& extractor,
              std::size_t max_bytes) {
    const auto body = core::read_file(arguments.file, max_bytes);
    if (!body) {
        throw core::Error(body.error().detail);
    }
    return print_extraction(extractor.extract({.body = *body,
                                               .content_type = arguments.content_type,
                                               .url = url,
                                               .fetched_at = core::SystemClock().now()}));
}

int test_online(const core::Url& url,
                const extract::Extractor& extractor,
                const extract::Recipe& recipe,
                config::Config config) {
    config.fetch.version = kVersion;
    auto options = config.crawl.crawler;
    options.delay_ms_per_host = std::max(options.delay_ms_per_host, recipe.crawl.delay);
    // Somebody waits for the answer, and "not now" is one.
    options.max_attempts = 1;
    crawler::CurlFetcher fetcher(config.fetch);
    const core::SystemClock clock;
    const StopOnSignal stop("Nothing was stored.");
    const auto result = pipeline::probe_page(
        url, fetcher, clock, options, extractor, config.crawl.max_inflated_bytes, stop.token());
    if (!result) {
        const auto& detail = result.error().detail;
        throw core::Error(
            detail.find(url.origin()) == std::string::npos ? url.text() + ": " + detail : detail);
    }
    print_exchanges(result->exchanges);
    return print_extraction(result->extraction);
}

int run_test(const TestArguments& arguments, const Globals& globals) {
    const auto config = load_config(globals);
    const auto recipe = recipes_named(config::load_recipes(config), {arguments.source}).front();
    const auto url = url_to_test(arguments, recipe, config);
    auto options = config.crawl.extractor;
    options.trace = true;
    const extract::Extractor extractor({recipe}, options);
    if (!arguments.file.empty()) {
        return test_file(arguments, url, extractor, options.max_body_bytes);
    }
    return test_online(url, extractor, recipe, config);
}

void add_test(CommandLine& line, CLI::App& parent) {
    auto& command = line.add(
        parent,
        {"test",
         "fetches one page of a source and shows each field with the selector that gave it",
         {"Nothing is stored. robots.txt is asked and obeyed, as in a crawl. With --file, a saved "
          "page is read instead and nothing is fetched. The exit code is 1 when the page gave no "
          "post."},
         {{"sources test ebay", "The source's first start page."},
          {"sources test ebay --url https://www.ebay.com/itm/1234", "Another page of it."},
          {"sources test ebay --file saved.html --url https://www.ebay.com/itm/1234",
           "A saved page, without network."}}});
    const auto arguments = std::make_shared<TestArguments>();
    command.add_option("NAME", arguments->source, "The source, as `chiptrail sources` lists it.")
        ->required();
    command.add_option("--file", arguments->file, "Read this saved page instead of fetching.")
        ->type_name("FILE");
    command.add_option("--url", arguments->url, "The page; the first start page without it.")
        ->type_name("URL");
    command
        .add_option("--content-type", arguments->content_type, "Of the saved page, as it was sent.")
        ->type_name("TYPE");
    line.on_run(command,
                [arguments](const Globals& globals) { return run_test(*arguments, globals); });
}

}  // namespace

void add_sources(CommandLine& line) {
    auto& command = line.add(
        {"sources",
         "lists the sources and how they do; tests one of them",
         {"A source is a recipe: a TOML file that says where a site's posts and their fields "
          "stand. "
          "Those that come with chiptrail lie in its sources folder; put yours into a folder that "
          "[sources] folder names. `enabled` in the recipe or in chiptrail.toml decides whether "
          "`chiptrail crawl` fetches it."},
         {{"sources", "All of them."},
          {"sources test ebay", "Does the recipe still fit the site?"}}});
    const auto json = std::make_shared<bool>(false);
    command.add_flag("--json", *json, "One JSON object a line.");
    line.on_run(command, [json](const Globals& globals) { return run_list(*json, globals); });
    add_test(line, command);
}

}  // namespace chiptrail::app
