#include "app/crawl_output.hpp"

#include <fmt/format.h>

#include <iostream>

namespace chiptrail::app {

namespace {

std::string outcome(const pipeline::SourceReport& source) {
    std::string text = source.stopped ? "stopped" : "";
    const auto add = [&text](std::string_view between, std::string_view part) {
        text += text.empty() ? "" : between;
        text += part;
    };
    if (source.status != core::PageStatus::ok) {
        add(", ", to_text(source.status));
    }
    if (!source.problem.empty()) {
        add(": ", source.problem);
    }
    return text.empty() ? "ok" : text;
}

std::string number(std::int64_t value) {
    return std::to_string(value);
}

}  // namespace

void CrawlProgressLine::started(const crawler::Request& request) {
    show(request.url.text());
}

void CrawlProgressLine::answered(const core::Exchange& exchange) {
    {
        const std::lock_guard lock(mutex_);
        ++answers_;
    }
    show(exchange.url);
}

void CrawlProgressLine::waiting(core::Timestamp until) {
    show("waiting until " + core::format_rfc3339(until).substr(11, 8) + " UTC");
}

void CrawlProgressLine::page_read(const std::string& source, const extract::Extraction& what) {
    {
        const std::lock_guard lock(mutex_);
        posts_ += what.posts.size();
    }
    show(source);
}

void CrawlProgressLine::photo_scanned(const pipeline::PhotoScanReport& so_far, std::int64_t left) {
    {
        const std::lock_guard lock(mutex_);
        scanned_ = so_far.scanned;
        photos_left_ = left;
    }
    show("looking at photos");
}

void CrawlProgressLine::show(const std::string& what) {
    const std::lock_guard lock(mutex_);
    line_.show(answers_,
               0,
               fmt::format("answers, {} posts, {} photos looked at, {} left: {}",
                           posts_,
                           scanned_,
                           photos_left_,
                           what));
}

void CrawlProgressLine::clear() {
    line_.clear();
}

void print_crawl_report(const pipeline::CrawlReport& report) {
    using Align = Table::Column::Align;
    Table table({{"SOURCE"},
                 {"PAGES", Align::right},
                 {"PHOTOS", Align::right},
                 {"POSTS", Align::right},
                 {"NEW", Align::right},
                 {"CHANGED", Align::right},
                 {"GONE", Align::right},
                 {"FORBIDDEN", Align::right},
                 {"FAILED", Align::right},
                 {"OUTCOME", Align::left, true}});
    for (const auto& source : report.sources) {
        table.add({source.name,
                   number(source.pages),
                   number(source.images),
                   number(source.posts_seen),
                   number(source.posts_new),
                   number(source.posts_changed),
                   number(source.posts_gone),
                   number(source.forbidden),
                   number(source.failed),
                   outcome(source)});
    }
    const bool terminal = is_terminal(Stream::output);
    std::cout << table.text(terminal ? terminal_width(Stream::output) : 0, Stream::output);
    const auto& crawl = report.crawl;
    std::cout << fmt::format("\n{} requests, {} received, {}; {} photos looked at, {} with marks\n",
                             crawl.requests,
                             human_bytes(static_cast<std::uintmax_t>(crawl.body_bytes)),
                             human_duration(report.finished_at - report.started_at),
                             report.photos.scanned,
                             report.photos.with_findings);
    std::cout << fmt::format("{} hits: {} new, {} changed, {} withdrawn\n",
                             report.hits.total,
                             report.hits.added,
                             report.hits.changed,
                             report.hits.withdrawn);
    if (!report.photos.problem.empty()) {
        warn("no photo was looked at: " + report.photos.problem +
             " All are kept, and the next crawl looks at them.");
    }
    if (report.interrupted_runs > 0) {
        std::cout << "An earlier run had ended without saying so; this one went on from there.\n";
    }
    if (crawl.next_due) {
        std::cout << "More is due at " << core::format_rfc3339(*crawl.next_due)
                  << ": run the same command again then.\n";
    }
    if (report.hits.total > 0) {
        note("Next: `chiptrail hits` lists them, `chiptrail review` shows the photos.");
    }
}

}  // namespace chiptrail::app
