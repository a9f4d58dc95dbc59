#include "app/command.hpp"
#include "app/opened.hpp"
#include "app/photo_files.hpp"
#include "app/stop.hpp"
#include "app/terminal.hpp"
#include "core/file.hpp"
#include "core/result.hpp"
#include "vision/evaluation.hpp"
#include "vision/evaluation_compare.hpp"
#include "vision/evaluation_findings.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>

namespace chiptrail::app {

namespace {

constexpr std::uintmax_t kMaxFileBytes = std::uintmax_t{256} * 1024 * 1024;

struct EvalArguments {
    std::filesystem::path labels;
    std::filesystem::path html;
    std::filesystem::path curve;
    std::filesystem::path compare;
    std::filesystem::path findings;
    std::filesystem::path save_findings;
    int jobs = 0;
    double min_score = -1;
    bool json = false;
};

std::string read_text(const std::filesystem::path& file) {
    auto text = core::read_file(file, kMaxFileBytes);
    if (!text) {
        throw core::Error(text.error().detail);
    }
    return std::move(*text);
}

std::vector<vision::LabelledPhoto> read_labels(const std::filesystem::path& file) {
    auto photos = vision::read_labels(read_text(file));
    if (!photos) {
        throw core::Error(file.string() + ": " + photos.error().detail);
    }
    if (photos->empty()) {
        throw core::Error(file.string() + " labels no photo: nothing to evaluate");
    }
    return std::move(*photos);
}

double cpu_seconds(const rusage& usage) {
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

vision::RunCost cost_so_far(int workers) {
    rusage own{};
    rusage children{};
    getrusage(RUSAGE_SELF, &own);
    getrusage(RUSAGE_CHILDREN, &children);
    constexpr std::int64_t kKilobyte = 1024;
    return {cpu_seconds(own) + cpu_seconds(children),
            own.ru_maxrss * kKilobyte,
            children.ru_maxrss * kKilobyte,
            workers};
}

/// What the findings are and what they took; nothing when the run was stopped.
struct Looked {
    std::vector<vision::ScanResult> scans;
    std::optional<vision::RunCost> cost;
};

/// A report needs the texts and their places, not what the networks thought at each step, which
/// would be megabytes a photo.
void keep_what_counts(vision::ScanResult& result) {
    for (auto& reading : result.readings) {
        reading.scores.reset();
        reading.retries.clear();
        reading.characters.clear();
    }
}

std::optional<Looked> scan_photos(const EvalArguments& arguments,
                                  const config::Config& config,
                                  const std::vector<vision::LabelledPhoto>& photos,
                                  double min_score) {
    // The curve needs what lies under the limit too; it does not count elsewhere.
    constexpr double kLowestScore = 0.1;
    const auto lexicon = config::load_lexicon(config);
    std::vector<std::filesystem::path> files;
    for (const auto& photo : photos) {
        files.push_back(arguments.labels.parent_path() / photo.file);
    }
    auto options = config.crawl.scan.scanner;
    options.min_score = std::min(min_score, kLowestScore);
    const auto workers = arguments.jobs > 0 ? arguments.jobs : config.crawl.scan.workers;
    const StopOnSignal stop("An evaluation needs all photos: nothing was printed.");
    ProgressLine progress;
    Looked looked;
    const auto before = cost_so_far(workers);
    const auto done = scan_files(files,
                                 options,
                                 lexicon,
                                 static_cast<std::size_t>(workers),
                                 stop.token(),
                                 [&](ScannedFile scanned) {
                                     keep_what_counts(scanned.result);
                                     looked.scans.push_back(std::move(scanned.result));
                                     progress.show(looked.scans.size(), files.size(), scanned.file);
                                 });
    progress.clear();
    if (done < files.size()) {
        return std::nullopt;
    }
    looked.cost = cost_so_far(workers);
    looked.cost->cpu_seconds -= before.cpu_seconds;
    return looked;
}

Looked read_findings(const EvalArguments& arguments,
                     const std::vector<vision::LabelledPhoto>& photos) {
    auto read = vision::read_findings(read_text(arguments.findings), photos);
    if (!read) {
        throw core::Error(arguments.findings.string() + ": " + read.error().detail);
    }
    if (read->photos_not_named > 0) {
        note(fmt::format("{} of {} labelled photos are not named in {}: nothing was found there",
                         read->photos_not_named,
                         photos.size(),
                         arguments.findings.string()));
    }
    if (read->lines_not_asked > 0) {
        note(fmt::format("{} lines of {} are about photos without a label",
                         read->lines_not_asked,
                         arguments.findings.string()));
    }
    Looked looked;
    looked.scans = std::move(read->scans);
    if (read->cpu_seconds > 0) {
        looked.cost = vision::RunCost{read->cpu_seconds, 0, 0, 1};
    }
    return looked;
}

void save_findings(const std::filesystem::path& file,
                   const std::vector<vision::LabelledPhoto>& photos,
                   const std::vector<vision::ScanResult>& scans) {
    std::string lines;
    for (std::size_t i = 0; i < photos.size(); ++i) {
        lines += vision::findings_line(photos[i].file, scans[i]);
    }
    core::write_file_durably(file, lines);
    note("what was found and read on each photo: " + file.string());
}

vision::Comparison compare(const std::filesystem::path& file,
                           const vision::EvaluationReport& report) {
    auto comparison = vision::compare(read_text(file), report);
    if (!comparison) {
        throw core::Error(file.string() + " " + comparison.error().detail);
    }
    return std::move(*comparison);
}

int run_eval(const EvalArguments& arguments, const Globals& globals) {
    const auto config = load_config(globals);
    const auto photos = read_labels(arguments.labels);
    const auto min_score =
        arguments.min_score >= 0 ? arguments.min_score : config.crawl.scan.scanner.min_score;
    const auto looked = arguments.findings.empty()
                            ? scan_photos(arguments, config, photos, min_score)
                            : read_findings(arguments, photos);
    if (!looked) {
        return kInterrupted;
    }
    if (!arguments.save_findings.empty()) {
        save_findings(arguments.save_findings, photos, looked->scans);
    }
    auto report = vision::evaluate(photos, looked->scans, min_score);
    report.cost = looked->cost;
    if (!arguments.curve.empty()) {
        core::write_file_durably(arguments.curve, vision::curve_svg(report));
    }
    if (!arguments.html.empty()) {
        const auto& scanner = config.crawl.scan.scanner;
        const auto decoder = vision::make_picture_decoder(scanner.decoder, scanner.limits);
        vision::write_report_html(report, arguments.labels.parent_path(), arguments.html, *decoder);
        note("every mistake with its photo: " + (arguments.html / "index.html").string());
    }
    std::optional<vision::Comparison> comparison;
    if (!arguments.compare.empty()) {
        comparison = compare(arguments.compare, report);
    }
    if (arguments.json) {
        std::cout << vision::report_json(report, comparison ? &*comparison : nullptr) << '\n';
    } else {
        std::cout << vision::report_table(report);
        std::cout << (comparison ? vision::comparison_table(*comparison) : "");
    }
    return report.unreadable > 0 ? kSomeFailed : kDone;
}

void add_options(CLI::App& command, EvalArguments& arguments) {
    command.add_option("LABELS", arguments.labels, "The labels, JSON Lines.")->required();
    command.add_flag("--json", arguments.json, "One JSON object.");
    command.add_option("--html", arguments.html, "Write a page of all mistakes into this folder.")
        ->type_name("FOLDER");
    command.add_option("--curve", arguments.curve, "Write precision over recall as a picture.")
        ->type_name("FILE.svg");
    command
        .add_option("--compare",
                    arguments.compare,
                    "Say what was gained and lost since the run that printed this with --json.")
        ->type_name("FILE");
    auto* save = command
                     .add_option("--save-findings",
                                 arguments.save_findings,
                                 "Keep what was found, to count it again without looking again.")
                     ->type_name("FILE");
    command
        .add_option("--findings",
                    arguments.findings,
                    "Count what stands in this file, of any program, instead of scanning.")
        ->type_name("FILE")
        ->excludes(save);
    command
        .add_option(
            "--min-score", arguments.min_score, "Count findings from this score on, 0 to 1.")
        ->type_name("SCORE")
        ->check(CLI::Range(0.0, 1.0));
    command.add_option("-j,--jobs", arguments.jobs, "Photos looked at side by side.")
        ->type_name("N")
        ->check(CLI::Range(1, 64));
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
          "be read count as missed, and make the exit code 3.",
          "--findings takes JSON Lines: file, brand, box, score, one finding a line, or what scan "
          "--json prints, with file as in LABELS."},
         {{"eval labels.jsonl", "Recall and precision as a table."},
          {"eval labels.jsonl --html report", "Also every mistake, to look at."},
          {"eval labels.jsonl --json --compare before.json", "What changed since then."}}});
    const auto arguments = std::make_shared<EvalArguments>();
    add_options(command, *arguments);
    line.on_run(command,
                [arguments](const Globals& globals) { return run_eval(*arguments, globals); });
}

}  // namespace chiptrail::app
