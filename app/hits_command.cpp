#include "app/command.hpp"
#include "app/hit_table.hpp"
#include "app/json_output.hpp"
#include "app/opened.hpp"
#include "app/terminal.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>

namespace chiptrail::app {

namespace {

struct HitsArguments {
    std::vector<std::string> brands;
    std::vector<std::string> models;
    std::vector<std::string> sources;
    std::vector<std::string> decisions;
    double min_score = 0;
    std::string since;
    std::string until;
    std::string text;
    std::string order = "score";
    std::size_t limit = 50;
    bool json = false;
};

storage::HitOrder order_from(const std::string& text) {
    if (text == "newest-post") {
        return storage::HitOrder::newest_post;
    }
    return text == "newest-found" ? storage::HitOrder::newest_found : storage::HitOrder::score;
}

storage::HitFilter filter_from(const HitsArguments& arguments) {
    const auto now = core::SystemClock().now();
    storage::HitFilter filter;
    filter.brands = arguments.brands;
    filter.models = arguments.models;
    filter.sources = arguments.sources;
    for (const auto& decision : arguments.decisions) {
        filter.states.push_back(*storage::decision_state_from(decision));
    }
    if (arguments.min_score > 0) {
        filter.min_score = arguments.min_score;
    }
    if (!arguments.since.empty()) {
        filter.since = parse_since(arguments.since, now);
    }
    if (!arguments.until.empty()) {
        filter.until = parse_since(arguments.until, now);
    }
    filter.text = arguments.text;
    filter.order = order_from(arguments.order);
    return filter;
}

std::string when_text(const storage::HitRow& hit) {
    const auto& published = hit.post.published.utc;
    return published.empty() ? core::format_rfc3339(hit.first_seen).substr(0, 10)
                             : published.substr(0, 10);
}

void print_table(const storage::Hits& hits, const storage::HitFilter& filter, std::size_t limit) {
    Table table({{"HIT"},
                 {"SCORE", Table::Column::Align::right},
                 {"FOUND", Table::Column::Align::left, true},
                 {"TITLE", Table::Column::Align::left, true},
                 {"PRICE", Table::Column::Align::right},
                 {"SOURCE"},
                 {"POSTED"},
                 {"DECISION"}});
    const auto count = for_each_hit(hits, filter, limit, [&](const storage::HitRow& hit) {
        table.add({hit.id.text.substr(0, 10),
                   fmt::format("{:.2f}", hit.score),
                   marks_text(hit),
                   title_text(hit),
                   shortened(harmless(price_text(hit.post.price)), 16),
                   hit.source,
                   when_text(hit),
                   std::string(to_text(hit.state)) + (hit.gone_at ? ", gone" : "") +
                       (hit.withdrawn_at ? ", no longer found" : "")});
    });
    if (count == 0) {
        return;
    }
    std::cout << table.text(is_terminal(Stream::output) ? terminal_width(Stream::output) : 140,
                            Stream::output);
    const auto total = hits.count(filter);
    note(std::cmp_less(count, total)
             ? fmt::format("{} of {} hits; --limit 0 shows all", count, total)
             : counted(count, "hit"));
}

std::string facet_text(const std::vector<storage::Facet>& facets) {
    std::vector<std::string> parts;
    for (const auto& facet : facets) {
        if (parts.size() == 12) {
            parts.emplace_back("...");
            break;
        }
        parts.push_back(fmt::format("{} ({})", harmless(facet.value), facet.count));
    }
    return joined(parts, ", ");
}

/// Nothing fits: what there is, so that the next try does.
void explain_nothing(const storage::Hits& hits) {
    const auto all = hits.facets({});
    if (all.total == 0) {
        note("The store has no hits yet: `chiptrail crawl` looks for some.");
        return;
    }
    note(fmt::format("No hit fits; the store has {}.", all.total));
    note("brands:    " + facet_text(all.brands));
    if (!all.models.empty()) {
        note("models:    " + facet_text(all.models));
    }
    note("sources:   " + facet_text(all.sources));
    note("decisions: " + facet_text(all.states));
}

int run_hits(const HitsArguments& arguments, const Globals& globals) {
    const auto config = load_config(globals);
    const auto filter = filter_from(arguments);
    const auto store = open_store(config);
    const auto& hits = store->hits();
    if (arguments.json) {
        for_each_hit(hits, filter, arguments.limit, [](const storage::HitRow& hit) {
            std::cout << hit_json(hit);
        });
    } else {
        print_table(hits, filter, arguments.limit);
    }
    if (hits.count(filter) == 0) {
        explain_nothing(hits);
    }
    return kDone;
}

}  // namespace

void add_hits(CommandLine& line) {
    auto& command = line.add(
        {"hits",
         "lists what was found: a post, a photo of it, and the marks on it",
         {"Options of one kind given more than once widen the list, options of different kinds "
          "narrow it. Brands are named as in brands.toml, models as in watchlist.toml.",
          "With --json: one object a line; docs/schemas/hits.schema.json describes it."},
         {{"hits", "The strongest first."},
          {"hits --brand dell --brand supermicro --min-score 0.8", "Two vendors, clear marks."},
          {"hits --decision undecided --since 7d", "What is new this week and not looked at."},
          {"hits --decision confirmed --limit 0 --json > confirmed.jsonl", "For a program."}}});
    const auto arguments = std::make_shared<HitsArguments>();
    command.add_option("--brand", arguments->brands, "Only hits of this brand.")
        ->type_name("BRAND");
    command.add_option("--model", arguments->models, "Only hits of this model.")
        ->type_name("MODEL");
    command.add_option("--source", arguments->sources, "Only hits of this source.")
        ->type_name("SOURCE");
    command
        .add_option("--min-score", arguments->min_score, "Only hits from this score on, 0 to 1.")
        ->type_name("SCORE")
        ->check(CLI::Range(0.0, 1.0));
    command.add_option("--decision", arguments->decisions, "Only hits where the review stands so.")
        ->type_name("STATE")
        ->check(CLI::IsMember({"undecided", "confirmed", "rejected", "unsure"}));
    command
        .add_option("--since",
                    arguments->since,
                    "Only posts first seen since then: 2026-11-23, a time, or 36h, 7d, 2w.")
        ->type_name("TIME");
    command.add_option("--until", arguments->until, "Only posts first seen before then.")
        ->type_name("TIME");
    command
        .add_option("--text",
                    arguments->text,
                    "Only posts with this in title, text, author, place, URL or on the photo.")
        ->type_name("TEXT");
    command.add_option("--order", arguments->order, "What comes first.")
        ->type_name("ORDER")
        ->check(CLI::IsMember({"score", "newest-post", "newest-found"}));
    command.add_option("--limit", arguments->limit, "At most so many, 50 by default; 0: all.")
        ->type_name("N");
    command.add_flag("--json", arguments->json, "One JSON object a line.");
    // Each takes one value and may be repeated; else "--brand a b" would eat what follows.
    for (const auto* name : {"--brand", "--model", "--source", "--decision"}) {
        command.get_option(name)->allow_extra_args(false);
    }
    line.on_run(command,
                [arguments](const Globals& globals) { return run_hits(*arguments, globals); });
}

}  // namespace chiptrail::app
