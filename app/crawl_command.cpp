#include "app/command.hpp"
#include "app/crawl_output.hpp"
#include "app/json_output.hpp"
#include "app/opened.hpp"
#include "app/sources.hpp"
#include "app/stop.hpp"
#include "app/terminal.hpp"
#include "app/version.hpp"
#include "core/result.hpp"
#include "crawler/fetcher.hpp"
#include "pipeline/crawl_run.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

namespace chiptrail::app {

namespace {

struct CrawlArguments {
    std::vector<std::string> sources;
    int max_pages = 0;
    bool no_scan = false;
    bool json = false;
};

std::vector<extract::Recipe> chosen_recipes(const CrawlArguments& arguments,
                                            const config::Config& config) {
    auto recipes = config::load_recipes(config);
    if (!arguments.sources.empty()) {
        return recipes_named(recipes, arguments.sources);
    }
    std::erase_if(recipes, [](const extract::Recipe& recipe) { return !recipe.crawl.enabled; });
    if (recipes.empty()) {
        throw core::ConfigError("no source is enabled in " + config.file.string() +
                                ": name some under [sources] enabled, or say --source NAME; "
                                "`chiptrail sources` lists them");
    }
    return recipes;
}

int exit_code(const pipeline::CrawlReport& report) {
    if (report.status == storage::RunStatus::stopped) {
        return kInterrupted;
    }
    return report.has_failures() ? kSomeFailed : kDone;
}

int run_crawl_command(const CrawlArguments& arguments, const Globals& globals) {
    auto config = load_config(globals);
    const auto recipes = chosen_recipes(arguments, config);
    const auto lexicon = config::load_lexicon(config);
    auto options = config.crawl;
    options.version = kVersion;
    options.scan.build = kVersion;
    options.scan_photos = !arguments.no_scan;
    if (arguments.max_pages > 0) {
        options.max_pages = arguments.max_pages;
    }
    config.fetch.version = kVersion;
    if (config.fetch.contact.empty()) {
        warn("[crawl] contact is empty in " + config.file.string() +
             ": webmasters cannot reach you, and some sites refuse such requests");
    }
    const core::SystemClock clock;
    crawler::CurlFetcher fetcher(config.fetch);
    storage::Store store(config.data);
    tell_upgrade(store);
    const StopOnSignal stop(
        "What was fetched is kept; the next `chiptrail crawl` goes on from "
        "there.");
    CrawlProgressLine progress;
    const auto report = pipeline::run_crawl(
        store, fetcher, clock, recipes, lexicon, options, stop.token(), &progress);
    progress.clear();
    if (arguments.json) {
        std::cout << crawl_report_json(report);
    } else {
        print_crawl_report(report);
    }
    return exit_code(report);
}

}  // namespace

void add_crawl(CommandLine& line) {
    auto& command = line.add(
        {"crawl",
         "fetches the sources' pages and photos and looks for marks on them",
         {"One run: each enabled source's start pages, the posts they lead to and the photos of "
          "these, within the limits of the recipe. robots.txt is asked first and obeyed; one "
          "request at a time to a host, with a pause between. Only what anyone may read without "
          "an account is fetched.",
          "A run that was stopped, or that ended in any other way, loses nothing: the next one "
          "goes on. What is known is asked for again only after the recipe's revisit time, and a "
          "post that changed or went away is recorded as such. Put the command into cron or a "
          "systemd timer to watch sources.",
          "With --json: the report of the run as one object; docs/schemas/crawl.schema.json "
          "describes it. The exit code is 3 when a source or page failed, 75 when another crawl "
          "of the same store is running."},
         {{"crawl", "All sources that are enabled."},
          {"crawl --source mastodon_api --max-pages 5", "A first, small try of one source."},
          {"crawl --quiet --json >> runs.jsonl", "From cron."}}});
    const auto arguments = std::make_shared<CrawlArguments>();
    command
        .add_option("--source",
                    arguments->sources,
                    "Only this source, enabled or not; may be given more than once.")
        ->type_name("SOURCE")
        ->allow_extra_args(false);
    command
        .add_option("--max-pages", arguments->max_pages, "At most so many pages of each source.")
        ->type_name("N")
        ->check(CLI::Range(1, 1'000'000));
    command.add_flag(
        "--no-scan", arguments->no_scan, "Fetch only; the next run looks at the photos.");
    command.add_flag("--json", arguments->json, "The report as one JSON object.");
    line.on_run(command, [arguments](const Globals& globals) {
        return run_crawl_command(*arguments, globals);
    });
}

}  // namespace chiptrail::app
