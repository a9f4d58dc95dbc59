#include "app/command.hpp"
#include "app/json_output.hpp"
#include "app/opened.hpp"
#include "app/photo_files.hpp"
#include "app/stop.hpp"
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

struct ScanArguments {
    std::vector<std::filesystem::path> paths;
    std::filesystem::path draw;
    int jobs = 0;
    double min_score = -1;
    bool readings = false;
    bool json = false;
};

struct Tally {
    std::size_t photos = 0;
    std::size_t with_findings = 0;
    std::size_t failed = 0;
};

void print_scanned(const ScannedFile& scanned) {
    const auto& result = scanned.result;
    std::cout << harmless(scanned.file) << ": ";
    if (!result.decoded) {
        std::cout << styled("failed: ", Style::bad, Stream::output) << harmless(result.problem)
                  << '\n';
        return;
    }
    if (result.findings.empty()) {
        std::cout << styled("nothing found", Style::dim, Stream::output);
    } else {
        std::cout << styled(harmless(short_text(result.findings)), Style::bold, Stream::output);
    }
    std::cout << (result.problem.empty() ? "" : " (" + harmless(result.problem) + ")") << '\n';
    for (const auto& finding : result.findings) {
        std::cout << "    " << harmless(finding.why) << '\n';
    }
}

void print_readings(const ScannedFile& scanned) {
    for (const auto& reading : scanned.result.readings) {
        std::cout << fmt::format("    read {:.2f}: ", reading.confidence) << harmless(reading.text)
                  << '\n';
    }
}

/// The photo with its findings framed, named by its own name and place in the list.
void draw(const ScannedFile& scanned,
          std::size_t number,
          const std::filesystem::path& folder,
          std::uint64_t max_bytes,
          vision::PictureDecoder& decoder) {
    const auto bytes = core::read_file(scanned.file, max_bytes);
    if (!bytes || !scanned.result.decoded) {
        return;
    }
    if (const auto picture = vision::annotate(*bytes, scanned.result.findings, decoder)) {
        const auto name = fmt::format(
            "{:05}-{}.jpg", number, std::filesystem::path(scanned.file).stem().string());
        core::write_file_durably(folder / name, picture->bytes);
    }
}

void make_folder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
        throw core::Error("cannot make folder " + folder.string() + ": " + error.message());
    }
}

int run_scan(const ScanArguments& arguments, const Globals& globals) {
    const auto config = load_config(globals);
    auto options = config.crawl.scan.scanner;
    if (arguments.min_score >= 0) {
        options.min_score = arguments.min_score;
    }
    const auto lexicon = config::load_lexicon(config);
    const auto found = find_photos(arguments.paths);
    for (const auto& problem : found.unreadable) {
        warn(problem);
    }
    if (!arguments.draw.empty()) {
        make_folder(arguments.draw);
    }
    const auto decoder = vision::make_picture_decoder(options.decoder, options.limits);
    const StopOnSignal stop(
        "What is printed so far is complete; run the same command again to "
        "scan the rest.");
    ProgressLine progress;
    Tally tally;
    const auto on_done = [&](const ScannedFile& scanned) {
        ++tally.photos;
        tally.with_findings += scanned.result.findings.empty() ? 0U : 1U;
        tally.failed += scanned.result.decoded ? 0U : 1U;
        progress.clear();
        if (arguments.json) {
            std::cout << scan_json(scanned, arguments.readings ? Readings::show : Readings::hide)
                      << std::flush;
        } else {
            print_scanned(scanned);
            if (arguments.readings) {
                print_readings(scanned);
            }
        }
        if (!arguments.draw.empty()) {
            draw(scanned, tally.photos, arguments.draw, options.limits.max_bytes, *decoder);
        }
        progress.show(tally.photos, found.files.size(), scanned.file);
    };
    const auto workers = arguments.jobs > 0 ? arguments.jobs : config.crawl.scan.workers;
    const auto done = scan_files(
        found.files, options, lexicon, static_cast<std::size_t>(workers), stop.token(), on_done);
    progress.clear();
    note(fmt::format("{}, {} with findings, {} failed{}",
                     counted(tally.photos, "photo"),
                     tally.with_findings,
                     tally.failed,
                     found.not_pictures == 0
                         ? ""
                         : "; " + counted(found.not_pictures, "file") + " left out: no pictures"));
    if (done < found.files.size()) {
        return kInterrupted;
    }
    return tally.failed > 0 || !found.unreadable.empty() ? kSomeFailed : kDone;
}

}  // namespace

void add_scan(CommandLine& line) {
    auto& command = line.add(
        {"scan",
         "looks for vendors' marks and model names on photos, without crawl and store",
         {"A folder is searched with all folders below it; files in it that do not begin like a "
          "picture are left out. One damaged photo never stops the others: it is reported as "
          "failed, and the exit code is 3.",
          "Each finding says how its score came about. Boxes are in pixels of the photo as it is "
          "shown, after its EXIF orientation.",
          "With --json: one object a photo, in the order given. docs/schemas/scan.schema.json "
          "describes it."},
         {{"scan photo.jpg", "What is on this photo?"},
          {"scan ~/photos --jobs 2 --json > found.jsonl", "A whole folder, for a program."},
          {"scan ~/photos --draw ~/marked", "Also draw what was found."},
          {"scan photo.jpg --readings",
           "Why was nothing found? Shows every line that was read."}}});
    const auto arguments = std::make_shared<ScanArguments>();
    command.add_option("PATH", arguments->paths, "Photos and folders.")->required();
    command.add_flag("--json", arguments->json, "One JSON object a line.");
    command
        .add_option(
            "--min-score", arguments->min_score, "Report findings from this score on, 0 to 1.")
        ->type_name("SCORE")
        ->check(CLI::Range(0.0, 1.0));
    command.add_option("-j,--jobs", arguments->jobs, "Photos looked at side by side.")
        ->type_name("N")
        ->check(CLI::Range(1, 64));
    command.add_flag("--readings", arguments->readings, "Also every line of text that was read.");
    command
        .add_option("--draw",
                    arguments->draw,
                    "Write each photo with its findings framed into this folder.")
        ->type_name("FOLDER");
    line.on_run(command,
                [arguments](const Globals& globals) { return run_scan(*arguments, globals); });
}

}  // namespace chiptrail::app
