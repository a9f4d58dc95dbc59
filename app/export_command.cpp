#include "app/command.hpp"
#include "app/hit_table.hpp"
#include "app/opened.hpp"
#include "app/terminal.hpp"
#include "app/version.hpp"
#include "core/result.hpp"
#include "evidence/export.hpp"
#include "vision/derive.hpp"
#include "vision/explain.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <iostream>
#include <memory>

namespace chiptrail::app {

namespace {

struct ExportArguments {
    std::vector<std::string> hits;
    std::filesystem::path folder;
    bool confirmed = false;
};

std::vector<storage::HitId> confirmed_hits(const storage::Hits& hits) {
    std::vector<storage::HitId> ids;
    storage::HitFilter filter;
    filter.states = {storage::DecisionState::confirmed};
    for_each_hit(hits, filter, 0, [&](const storage::HitRow& hit) { ids.push_back(hit.id); });
    return ids;
}

std::vector<storage::HitId> chosen_hits(const ExportArguments& arguments,
                                        const storage::Hits& hits) {
    if (!arguments.confirmed) {
        return resolve_hits(hits, arguments.hits);
    }
    auto ids = confirmed_hits(hits);
    if (ids.empty()) {
        throw core::Error("no hit is confirmed yet: confirm some in `chiptrail review`");
    }
    return ids;
}

int run_export(const ExportArguments& arguments, const Globals& globals) {
    if (arguments.confirmed == !arguments.hits.empty()) {
        throw core::ConfigError(
            "name the hits to export, or say --confirmed for all that the review confirmed; "
            "`chiptrail hits` lists their ids");
    }
    const auto config = load_config(globals);
    const auto store = open_store(config);
    const auto ids = chosen_hits(arguments, store->hits());
    const auto& scanner = config.crawl.scan.scanner;
    const auto decoder = vision::make_picture_decoder(scanner.decoder, scanner.limits);
    evidence::ExportOptions options;
    options.version = kVersion;
    options.exported_at = core::SystemClock().now();
    options.annotate =
        [&decoder](std::string_view photo,
                   const std::vector<core::Finding>& findings) -> std::optional<std::string> {
        auto picture = vision::annotate(photo, findings, *decoder);
        return picture ? std::optional(std::move(picture->bytes)) : std::nullopt;
    };
    const auto lexicon = config::load_lexicon(config);
    options.explain = [&](std::string_view photo, const core::Finding& finding) {
        constexpr double kMargin = 0.25;
        constexpr int kMinHeight = 240;
        auto place = vision::rectified(photo, finding, kMargin, kMinHeight, *decoder);
        auto reference = vision::reference_of(finding, lexicon, scanner.models);
        return evidence::FindingView{place ? std::move(place->bytes) : std::string(),
                                     std::move(reference.picture),
                                     std::move(reference.spelling)};
    };
    const auto result = evidence::export_hits(*store, ids, arguments.folder, options);
    for (const auto& warning : result.warnings) {
        warn(harmless(warning));
    }
    std::cout << result.folder.string() << '\n';
    note(fmt::format("{}, {}, {}; check them with: cd {} && sha256sum -c SHA256SUMS",
                     counted(result.hits, "hit"),
                     counted(result.files, "file"),
                     human_bytes(result.bytes),
                     result.folder.string()));
    return kDone;
}

}  // namespace

void add_export(CommandLine& line) {
    auto& command = line.add(
        {"export",
         "writes hits with all their evidence into a folder that anyone can check",
         {"The folder holds the bytes of page and photo exactly as they came, the request and "
          "response headers, posts and findings as JSON, the photo with what was found framed, "
          "and SHA256SUMS. It is written whole or not at all; a folder that exists and is not "
          "empty is refused."},
         {{"export 3f2a91 -o case-17", "One hit; the first digits of its id are enough."},
          {"export --confirmed -o confirmed", "All that the review confirmed."}}});
    const auto arguments = std::make_shared<ExportArguments>();
    command.add_option("HIT", arguments->hits, "Ids, or the first four digits of them or more.");
    command.add_option("-o,--output", arguments->folder, "The folder to write.")
        ->required()
        ->type_name("FOLDER");
    command.add_flag("--confirmed", arguments->confirmed, "All hits that the review confirmed.");
    line.on_run(command,
                [arguments](const Globals& globals) { return run_export(*arguments, globals); });
}

}  // namespace chiptrail::app
