#include "app/command.hpp"
#include "app/opened.hpp"
#include "app/photo_files.hpp"
#include "app/stop.hpp"
#include "app/terminal.hpp"
#include "core/file.hpp"
#include "core/result.hpp"
#include "vision/evaluation.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

namespace chiptrail::app {

namespace {

constexpr std::uintmax_t kMaxLabelBytes = std::uintmax_t{256} * 1024 * 1024;

struct EvalArguments {
    std::filesystem::path labels;
    std::filesystem::path html;
    int jobs = 0;
    double min_score = -1;
    bool json = false;
};

std::vector<vision::LabelledPhoto> read_labels(const std::filesystem::path& file) {
    const auto text = core::read_file(file, kMaxLabelBytes);
    if (!text) {
        throw core::Error(text.error().detail);
    }
    auto photos = vision::read_labels(*text);
    if (!photos) {
        throw core::Error(file.string() + ": " + photos.error().detail);
    }
    if (photos->empty()) {
        throw core::Error(file.string() + " labels no photo: nothing to evaluate");
    }
    return std::move(*photos);
}

int run_eval(const EvalArguments& arguments, const Globals& globals) {
    const auto config = load_config(globals);
    const auto lexicon = config::load_lexicon(config);
    const auto photos = read_labels(arguments.labels);
    const auto folder = arguments.labels.parent_path();
    std::vector<std::filesystem::path> files;
    for (const auto& photo : photos) {
        files.push_back(folder / photo.file);
    }
    auto options = config.crawl.scan.scanner;
    if (arguments.min_score >= 0) {
        options.min_score = arguments.min_score;
    }
    const StopOnSignal stop("An evaluation needs all photos: nothing was printed.");
    ProgressLine progress;
    std::vector<vision::ScanResult> scans;
    const auto workers = arguments.jobs > 0 ? arguments.jobs : config.crawl.scan.workers;
    const auto done = scan_files(files,
                                 options,
                                 lexicon,
                                 static_cast<std::size_t>(workers),
                                 stop.token(),
                                 [&](ScannedFile scanned) {
                                     scanned.result.readings.clear();
                                     scans.push_back(std::move(scanned.result));
                                     progress.show(scans.size(), files.size(), scanned.file);
                                 });
    progress.clear();
    if (done < files.size()) {
        return kInterrupted;
    }
    const auto report = vision::evaluate(photos, scans, options.min_score);
    if (!arguments.html.empty()) {
        vision::write_report_html(report, folder, arguments.html);
        note("every mistake with its photo: " + (arguments.html / "index.html").string());
    }
    if (arguments.json) {
        const auto json = vision::report_json(report);
        std::cout << json << (json.ends_with('\n') ? "" : "\n");
    } else {
        std::cout << vision::report_table(report);
    }
    return report.unreadable > 0 ? kSomeFailed : kDone;
}

}  // namespace

void add_eval(CommandLine& line) {
    auto& command = line.add(
        {"eval",
         "measures how well marks are found, against photos that a person labelled",
         {"LABELS has one JSON object a line: file (relative to LABELS), role (positive, negative, "
          "product_mark_only) and brands with box, kind and legible (clear, hard). The unit is a "
          "brand on a photo. A brand found that is not labelled there is a false alarm.",
          "With --json: one object; docs/schemas/eval.schema.json describes it. Photos that cannot "
          "be read count as missed, and make the exit code 3."},
         {{"eval labels.jsonl", "Recall and precision as a table."},
          {"eval labels.jsonl --html report", "Also every mistake, to look at."}}});
    const auto arguments = std::make_shared<EvalArguments>();
    command.add_option("LABELS", arguments->labels, "The labels, JSON Lines.")->required();
    command.add_flag("--json", arguments->json, "One JSON object.");
    command.add_option("--html", arguments->html, "Write a page of all mistakes into this folder.")
        ->type_name("FOLDER");
    command
        .add_option(
            "--min-score", arguments->min_score, "Count findings from this score on, 0 to 1.")
        ->type_name("SCORE")
        ->check(CLI::Range(0.0, 1.0));
    command.add_option("-j,--jobs", arguments->jobs, "Photos looked at side by side.")
        ->type_name("N")
        ->check(CLI::Range(1, 64));
    line.on_run(command,
                [arguments](const Globals& globals) { return run_eval(*arguments, globals); });
}

}  // namespace chiptrail::app
