#include "app/command.hpp"
#include "app/json_output.hpp"
#include "app/opened.hpp"
#include "app/stop.hpp"
#include "app/terminal.hpp"
#include "app/version.hpp"
#include "core/result.hpp"
#include "pipeline/redetect.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <iostream>
#include <memory>

namespace chiptrail::app {

namespace {

struct RedetectArguments {
    std::vector<std::string> sources;
    std::vector<std::string> brands;
    std::string since;
    bool all = false;
    bool dry_run = false;
    bool json = false;
};

pipeline::RedetectOptions options_from(const RedetectArguments& arguments,
                                       const config::Config& config) {
    pipeline::RedetectOptions options;
    options.scan = config.crawl.scan;
    options.scan.build = kVersion;
    options.selection.sources = arguments.sources;
    options.selection.brands = arguments.brands;
    options.selection.seen_too = arguments.all;
    if (!arguments.since.empty()) {
        options.selection.since = parse_since(arguments.since, core::SystemClock().now());
    }
    options.dry_run = arguments.dry_run;
    options.min_hit_score = config.crawl.min_hit_score;
    options.build = kVersion;
    options.config_digest = config.crawl.config_digest;
    return options;
}

std::string text_of(const pipeline::FindingChange& change) {
    using Kind = pipeline::FindingChange::Kind;
    switch (change.kind) {
        case Kind::added:
            return "added " + short_text(change.after);
        case Kind::gone:
            return "gone " + short_text(change.before);
        case Kind::score:
            return short_text(change.before) + fmt::format(" -> {:.2f}", change.after.score);
        case Kind::moved:
            return "moved " + short_text(change.after);
    }
    return {};
}

void print_photo(const pipeline::RedetectedPhoto& photo) {
    if (photo.changes.empty() && photo.problem.empty()) {
        return;
    }
    std::cout << photo.image.blob.sha256.hex().substr(0, 16) << ": ";
    if (!photo.problem.empty()) {
        std::cout << styled("failed: ", Style::bad, Stream::output) << harmless(photo.problem)
                  << '\n';
        return;
    }
    std::vector<std::string> parts;
    for (const auto& change : photo.changes) {
        parts.push_back(text_of(change));
    }
    std::cout << harmless(joined(parts, ", ")) << (photo.copied ? " (copy)" : "") << '\n';
}

void print_sum(const pipeline::RedetectReport& report, bool dry_run) {
    std::cout << fmt::format(
        "{} of {} looked at: {} changed, {} failed, {} copies\n"
        "findings: {} added, {} gone, {} with another score, {} moved\n",
        report.done,
        counted(static_cast<std::size_t>(report.selected), "photo"),
        report.changed,
        report.failed,
        report.copied,
        report.added,
        report.gone,
        report.score_changed,
        report.moved);
    if (dry_run) {
        std::cout << "nothing was kept: this was a dry run\n";
        return;
    }
    std::cout << fmt::format("hits: {} new, {} changed, {} no longer found, {} stand\n",
                             report.hits.added,
                             report.hits.changed,
                             report.hits.withdrawn,
                             report.hits.total);
}

int run_redetect(const RedetectArguments& arguments, const Globals& globals) {
    const auto config = load_config(globals);
    const auto store = open_store(config);
    const auto lexicon = config::load_lexicon(config);
    const StopOnSignal stop("What was looked at is kept; run the same command again for the rest.");
    ProgressLine progress;
    const auto seen = [&](const pipeline::RedetectedPhoto& photo,
                          const pipeline::RedetectReport& report) {
        progress.clear();
        if (arguments.json) {
            std::cout << redetected_photo_json(photo) << std::flush;
        } else {
            print_photo(photo);
        }
        progress.show(static_cast<std::size_t>(report.done),
                      static_cast<std::size_t>(report.selected),
                      photo.image.blob.sha256.hex().substr(0, 16));
    };
    const auto report = pipeline::redetect(
        *store, lexicon, options_from(arguments, config), core::SystemClock(), stop.token(), seen);
    progress.clear();
    if (arguments.json) {
        std::cout << redetect_report_json(report, arguments.dry_run);
    } else {
        print_sum(report, arguments.dry_run);
    }
    if (report.stopped) {
        return kInterrupted;
    }
    return report.failed > 0 ? kSomeFailed : kDone;
}

}  // namespace

void add_redetect(CommandLine& line) {
    auto& command = line.add(
        {"redetect",
         "looks at stored photos again with today's detector and tells what changed",
         {"Photos that today's reader, weights, settings and word lists have not seen; with "
          "--all also the others. What was found before is kept as an earlier version, and the "
          "newest one counts. Decisions stay with their hits; a decided hit that is no longer "
          "found stays in the list and says so.",
          "Stopped or killed, the next call goes on where it was; once all is done, nothing is "
          "left to do. --all begins anew each time; a photo on which the same detector finds the "
          "same again gets no further version.",
          "With --json: one object a photo, the last one is the sum; "
          "docs/schemas/redetect.schema.json describes both. The exit code is 3 when a photo "
          "could not be looked at, 75 while a crawl of the same store is running."},
         {{"redetect", "After an update, or a change of brands.toml."},
          {"redetect --brand dell --all --dry-run", "What would change on Dell's photos?"}}});
    const auto arguments = std::make_shared<RedetectArguments>();
    command.add_option("--source", arguments->sources, "Only photos that this source shows.")
        ->type_name("SOURCE")
        ->allow_extra_args(false);
    command
        .add_option("--brand", arguments->brands, "Only photos on which this brand was found last.")
        ->type_name("BRAND")
        ->allow_extra_args(false);
    command
        .add_option("--since",
                    arguments->since,
                    "Only photos first seen since then: 2026-11-23, a time, or 36h, 7d, 2w.")
        ->type_name("TIME");
    command.add_flag("--all", arguments->all, "Also photos that today's detector has seen.");
    command.add_flag("--dry-run", arguments->dry_run, "Tell what would change, keep nothing.");
    command.add_flag("--json", arguments->json, "One JSON object a line.");
    line.on_run(command,
                [arguments](const Globals& globals) { return run_redetect(*arguments, globals); });
}

}  // namespace chiptrail::app
