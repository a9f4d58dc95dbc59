#include "app/command.hpp"
#include "app/json_output.hpp"
#include "app/opened.hpp"
#include "app/terminal.hpp"
#include "core/file.hpp"
#include "core/result.hpp"
#include "vision/derive.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <iostream>
#include <memory>

namespace chiptrail::app {

namespace {

struct SameArguments {
    std::string what;
    std::size_t limit = 100;
    bool json = false;
};

void print_table(const std::vector<storage::SamePost>& posts) {
    Table table({{"COPY"},
                 {"SIZE", Table::Column::Align::right},
                 {"TITLE", Table::Column::Align::left, true},
                 {"SOURCE"},
                 {"FIRST SEEN"},
                 {"HIT"},
                 {"URL", Table::Column::Align::left, true}});
    for (const auto& post : posts) {
        table.add({post.exact ? "same bytes" : fmt::format("{} bits off", post.distance),
                   fmt::format("{}x{}", post.image.info.width, post.image.info.height),
                   harmless(post.title),
                   harmless(post.source),
                   core::format_rfc3339(post.first_seen).substr(0, 10),
                   post.hit ? post.hit->text.substr(0, 10) : "-",
                   harmless(post.url)});
    }
    std::cout << table.text(is_terminal(Stream::output) ? terminal_width(Stream::output) : 160,
                            Stream::output);
}

std::vector<storage::SamePost> posts_like_file(const SameArguments& arguments,
                                               const config::Config& config,
                                               storage::Store& store) {
    const auto& scanner = config.crawl.scan.scanner;
    const auto bytes = core::read_file(arguments.what, scanner.limits.max_bytes);
    if (!bytes) {
        throw core::Error(bytes.error().detail);
    }
    const auto decoder = vision::make_picture_decoder(scanner.decoder, scanner.limits);
    const auto pdq = vision::photo_hash(*bytes, *decoder);
    const auto& rule = config.crawl.scan.same_photo;
    if (!pdq) {
        warn(arguments.what +
             " cannot be decoded, so only its exact bytes are looked for: " + pdq.error().detail);
    } else if (pdq->quality < rule.min_quality) {
        warn(
            fmt::format("{} is too plain to tell copies of it (quality {}, needed {}): only its "
                        "exact bytes are looked for",
                        arguments.what,
                        pdq->quality,
                        rule.min_quality));
    }
    return store.same_photos().posts(
        core::sha256(*bytes), pdq ? std::optional(*pdq) : std::nullopt, rule, arguments.limit);
}

int run_same(const SameArguments& arguments, const Globals& globals) {
    const auto config = load_config(globals);
    const auto store = open_store(config);
    std::vector<storage::SamePost> posts;
    std::error_code ignored;
    if (std::filesystem::is_regular_file(arguments.what, ignored)) {
        posts = posts_like_file(arguments, config, *store);
    } else {
        const auto hit = store->hits().resolve(arguments.what);
        if (!hit) {
            throw core::Error("there is no file " + arguments.what + ", and " + hit.error().detail);
        }
        const auto detail = store->hits().find(*hit);
        posts = store->same_photos().posts(
            detail.value().row.image.blob.sha256, config.crawl.scan.same_photo, arguments.limit);
    }
    if (arguments.json) {
        for (const auto& post : posts) {
            std::cout << same_post_json(post);
        }
    } else if (!posts.empty()) {
        print_table(posts);
    }
    if (const auto blind = store->same_photos().without_hash(); blind > 0) {
        note(counted(static_cast<std::size_t>(blind), "stored photo") +
             " cannot be compared yet: `chiptrail redetect` looks at them again");
    }
    if (posts.empty()) {
        note("No stored post shows this photo.");
    }
    return kDone;
}

}  // namespace

void add_same(CommandLine& line) {
    auto& command = line.add(
        {"same",
         "finds the posts that show the same photo, also as a smaller or recompressed copy",
         {"Looks for the very same bytes, and for photos whose PDQ hashes differ in no more bits "
          "than [vision] same_photo_max_distance says. Cropped, mirrored or turned copies are not "
          "found this way.",
          "With --json: one object a post; docs/schemas/same.schema.json describes it."},
         {{"same photo.jpg", "Was this photo posted anywhere?"},
          {"same 3f2a91", "Who else posted the photo of this hit?"}}});
    const auto arguments = std::make_shared<SameArguments>();
    command.add_option("PHOTO", arguments->what, "A file, or the id of a hit.")->required();
    command.add_option("--limit", arguments->limit, "At most so many posts, 100 by default.")
        ->type_name("N")
        ->check(CLI::Range(1, 100'000));
    command.add_flag("--json", arguments->json, "One JSON object a line.");
    line.on_run(command,
                [arguments](const Globals& globals) { return run_same(*arguments, globals); });
}

}  // namespace chiptrail::app
