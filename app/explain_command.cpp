#include "app/command.hpp"
#include "app/explanation.hpp"
#include "app/json_output.hpp"
#include "app/opened.hpp"
#include "app/terminal.hpp"
#include "core/file.hpp"
#include "core/result.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>

namespace chiptrail::app {

namespace {

struct ExplainArguments {
    std::string id;
    std::filesystem::path out;
    bool json = false;
};

/// The finding with that id, or the best one of the hit with that id.
storage::FindingId chosen_finding(storage::Store& store, const std::string& id) {
    const auto finding = store.images().resolve_finding(id);
    if (finding) {
        return *finding;
    }
    const auto hit = store.hits().resolve(id);
    if (!hit) {
        // The two complaints differ only when one of them found several.
        const bool several = finding.error().kind == core::Failure::Kind::bad_input;
        throw core::Error((several ? finding : tl::unexpected(hit.error())).error().detail +
                          "; `chiptrail show HIT` lists the findings of a hit");
    }
    const auto detail = store.hits().find(*hit);
    if (!detail || detail->detection.finding_ids.empty()) {
        throw core::Error("hit " + hit->text + " has no finding to explain");
    }
    const auto& findings = detail->detection.findings;
    std::size_t best = 0;
    for (std::size_t i = 1; i < findings.size(); ++i) {
        best = findings[i].score > findings[best].score ? i : best;
    }
    return detail->detection.finding_ids.at(best);
}

void print(const vision::Explanation& explanation) {
    std::cout << styled(harmless(explanation.title), Style::bold, Stream::output) << '\n';
    std::size_t widest = 0;
    for (const auto& [name, value] : explanation.facts) {
        widest = std::max(widest, name.size());
    }
    const auto indent = std::min<std::size_t>(widest, 40) + 4;
    for (const auto& [name, value] : explanation.facts) {
        const auto lines = wrapped(harmless(value), terminal_width(Stream::output), indent);
        std::cout << fmt::format("  {:<{}}  ", harmless(name), indent - 4)
                  << lines.substr(std::min(indent, lines.size()));
    }
}

int run_explain(const ExplainArguments& arguments, const Globals& globals) {
    const auto config = load_config(globals);
    const auto store = open_store(config);
    const auto lexicon = config::load_lexicon(config);
    const auto id = chosen_finding(*store, arguments.id);
    const auto found = store->images().find_finding(id);
    if (!found) {
        throw core::Error("finding " + id.text + " is not in the store any more");
    }
    const auto& scanner = config.crawl.scan.scanner;
    const auto explanation = explanation_of(*found, *store, lexicon, scanner.models);
    if (!arguments.out.empty()) {
        const auto image = store->images().find(found->detection.image);
        const auto bytes = store->blobs().get(image.value().blob, storage::Check::hash);
        if (!bytes) {
            throw core::Error(bytes.error().detail);
        }
        const auto decoder = vision::make_picture_decoder(scanner.decoder, scanner.limits);
        const auto picture = vision::explain(*bytes, explanation, *decoder);
        if (!picture) {
            throw core::Error("the photo cannot be drawn: " + picture.error().detail);
        }
        core::write_file_durably(arguments.out, picture->bytes);
    }
    if (arguments.json) {
        std::cout << explanation_json(*found,
                                      store->images().find_detector(found->detection.detector),
                                      store->hits().with_photo(found->detection.image));
    } else {
        print(explanation);
        if (!arguments.out.empty()) {
            note("drawn into " + arguments.out.string());
        }
    }
    return kDone;
}

}  // namespace

void add_explain(CommandLine& line) {
    auto& command = line.add(
        {"explain",
         "shows why a finding was made: the place, the reference, the score's parts",
         {"Takes a finding's id, as `show` lists them, or a hit's, for its best finding. A "
          "finding keeps its id from one detection to the next; one that is no longer found can "
          "still be explained.",
          "The picture has the photo with the place framed, the place made upright and large, the "
          "mark or spelling that it was compared with, and all numbers. It is made from the "
          "stored original, so it comes out the same each time.",
          "With --json: one object; docs/schemas/explain.schema.json describes it."},
         {{"explain 3f2a91", "Why was this flagged?"},
          {"explain 3f2a91 -o why.png", "As one picture, for a report."}}});
    const auto arguments = std::make_shared<ExplainArguments>();
    command
        .add_option(
            "FINDING", arguments->id, "Id of a finding or hit, or its first four digits or more.")
        ->required();
    command.add_option("-o,--out", arguments->out, "Draw the explanation into this PNG file.")
        ->type_name("FILE");
    command.add_flag("--json", arguments->json, "One JSON object.");
    line.on_run(command,
                [arguments](const Globals& globals) { return run_explain(*arguments, globals); });
}

}  // namespace chiptrail::app
