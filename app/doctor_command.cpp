#include "app/command.hpp"
#include "app/json_output.hpp"
#include "app/opened.hpp"
#include "app/terminal.hpp"
#include "app/version.hpp"
#include "app/versions.hpp"
#include "core/file.hpp"
#include "core/result.hpp"
#include "core/sha256.hpp"
#include "vision/model_check.hpp"
#include "vision/scanner.hpp"
#include "vision/text_reader.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>

namespace chiptrail::app {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t kFewFreeBytes = 2'000'000'000;
constexpr std::uintmax_t kTooFewFreeBytes = 200'000'000;
// No clock of a machine that runs this is right before the code was written.
constexpr core::Timestamp kEarliestNow =
    std::chrono::sys_days{std::chrono::year{2026} / std::chrono::November / 1};

using Level = Check::Level;
using Checks = std::vector<Check>;

struct DoctorArguments {
    bool deep = false;
    bool json = false;
};

/// Runs `what`; an exception is a failed check of that name.
void guarded(Checks& checks,
             const std::string& name,
             const std::string& way_out,
             const std::function<void()>& what) {
    try {
        what();
    } catch (const std::exception& error) {
        checks.push_back({Level::fail, name, error.what(), way_out});
    }
}

void check_program(Checks& checks) {
    checks.push_back({Level::ok,
                      "program",
                      fmt::format("chiptrail {}, built with compiler {}", kVersion, __VERSION__),
                      ""});
    std::string libraries;
    for (const auto& [name, version] : library_versions()) {
        libraries += (libraries.empty() ? "" : ", ") + name + " " + version;
    }
    checks.push_back({Level::ok, "libraries", libraries, ""});
}

/// SQLite before 3.51.3 can lose data when two processes use one store in WAL mode.
void check_sqlite(Checks& checks) {
    const auto version = storage::database_version();
    std::istringstream parts(version);
    int major = 0;
    int minor = 0;
    int patch = 0;
    char dot = '.';
    parts >> major >> dot >> minor >> dot >> patch;
    const bool good = std::tuple(major, minor, patch) >= std::tuple(3, 51, 3);
    checks.push_back({good ? Level::ok : Level::fail,
                      "sqlite",
                      version + (good ? "" : " has the WAL-reset bug, which can damage the store"),
                      good ? "" : "build chiptrail with ./run, which brings a newer one"});
}

std::optional<config::Config> check_config(Checks& checks, const Globals& globals) {
    std::optional<config::Config> config;
    guarded(checks, "config", "correct the file; the shipped chiptrail.toml shows every key", [&] {
        config = load_config(globals);
    });
    if (!config) {
        return config;
    }
    const auto defaults = config::parse("", config->file, config::surroundings_of_process());
    std::string changed;
    for (const auto& [name, value] : config->settings) {
        if (defaults.settings.at(name) != value) {
            changed += (changed.empty() ? "; changed: " : ", ") + name + " = " + value;
        }
    }
    checks.push_back({Level::ok, "config", config->file.string() + changed, ""});
    const bool contact = !config->fetch.contact.empty();
    checks.push_back({contact ? Level::ok : Level::warn,
                      "contact",
                      contact ? config->fetch.contact : "sites cannot tell who crawls them",
                      contact ? "" : "put an address into [crawl] contact before you crawl"});
    return config;
}

void check_sources(Checks& checks, const config::Config& config) {
    guarded(checks, "sources", "correct the recipe or the name", [&] {
        const auto recipes = config::load_recipes(config);
        const auto enabled = std::ranges::count_if(
            recipes, [](const extract::Recipe& recipe) { return recipe.crawl.enabled; });
        checks.push_back({enabled > 0 ? Level::ok : Level::warn,
                          "sources",
                          fmt::format("{} recipes, {} crawled", recipes.size(), enabled),
                          enabled > 0 ? "" : "name some under [sources] enabled"});
    });
    guarded(checks, "marks", "correct the file", [&] {
        const auto lexicon = config::load_lexicon(config);
        checks.push_back({Level::ok,
                          "marks",
                          fmt::format("{} brands from {}, {} models and {} search terms from {}",
                                      lexicon.brands.size(),
                                      config.brands.string(),
                                      lexicon.models.size(),
                                      lexicon.search_terms.size(),
                                      config.watchlist.string()),
                          ""});
    });
}

void check_models(Checks& checks, const config::Config& config) {
    constexpr const char* kWayOut =
        "remove that folder and run ./run once, or setup/fetch.sh models and setup/models.sh";
    const auto& chosen = config.crawl.scan.scanner.models;
    const auto folder = chosen.empty() ? vision::default_model_folder() : chosen;
    const auto sums = core::read_file(folder / "SHA256SUMS", 100'000);
    if (!sums) {
        checks.push_back({Level::fail, "models", sums.error().detail, kWayOut});
        return;
    }
    const auto damage = vision::damaged_model(folder);
    if (!damage.empty()) {
        checks.push_back({Level::fail, "models", damage, kWayOut});
        return;
    }
    guarded(checks, "models", kWayOut, [&] {
        const vision::Scanner scanner(config.crawl.scan.scanner, vision::Lexicon{});
        checks.push_back(
            {Level::ok,
             "models",
             fmt::format("{} in {}, digest {}, reader {}",
                         counted(static_cast<std::size_t>(std::ranges::count(*sums, '\n')), "file"),
                         folder.string(),
                         core::sha256(*sums).hex().substr(0, 16),
                         vision::reader_version()),
             ""});
    });
}

/// Starts the decoder and has it try what it must not be able to.
void check_picture_decoder(Checks& checks, const config::Config& config) {
    constexpr const char* kName = "decoder";
    guarded(checks, kName, "install chiptrail-decoder beside chiptrail", [&] {
        const auto report = vision::check_decoder(config.crawl.scan.scanner.decoder);
        if (!report.problem.empty()) {
            checks.push_back({Level::fail,
                              kName,
                              report.problem,
                              "see docs/safety.md; scan no strangers' pictures until it is right"});
            return;
        }
        const auto active = joined(report.active, ", ");
        const auto proof = report.program.string() +
                           " decodes, and was stopped when it tried to open a file and a socket; "
                           "in force: " +
                           active;
        if (report.missing.empty()) {
            checks.push_back({Level::ok, kName, proof, ""});
            return;
        }
        checks.push_back({Level::warn,
                          kName,
                          proof + "; not here: " + joined(report.missing, ", "),
                          "the filter holds alone; a newer kernel or a less strict container "
                          "adds the rest"});
    });
}

/// The folder itself, or the nearest one above it that is there.
fs::path existing_part(fs::path folder) {
    std::error_code ignored;
    folder = fs::absolute(folder, ignored);
    while (!fs::exists(folder, ignored) && folder.has_relative_path()) {
        folder = folder.parent_path();
    }
    return folder;
}

void check_disk(Checks& checks, const config::Config& config) {
    const auto folder = existing_part(config.data);
    std::error_code error;
    const auto space = fs::space(folder, error);
    if (error) {
        checks.push_back({Level::fail, "disk", folder.string() + ": " + error.message(), ""});
        return;
    }
    const auto level = space.available < kTooFewFreeBytes ? Level::fail
                       : space.available < kFewFreeBytes  ? Level::warn
                                                          : Level::ok;
    checks.push_back(
        {level,
         "disk",
         human_bytes(space.available) + " free for " + config.data.string(),
         level == Level::ok ? "" : "make room, or move the store with [storage] folder"});
    if (::access(folder.c_str(), W_OK) != 0) {
        checks.push_back({Level::fail,
                          "disk",
                          folder.string() + " cannot be written",
                          "choose another place with [storage] folder or --data"});
    }
}

void check_store(Checks& checks, const config::Config& config, bool deep) {
    std::error_code ignored;
    if (!fs::exists(config.data / "chiptrail.db", ignored)) {
        checks.push_back(
            {Level::ok, "store", "none in " + config.data.string() + " yet; a crawl makes it", ""});
        return;
    }
    constexpr const char* kWayOut = "restore it from a copy, or start a new one with --data";
    guarded(checks, "store", kWayOut, [&] {
        const auto store = open_store(config);
        const auto stats = store->stats();
        checks.push_back({Level::ok,
                          "store",
                          fmt::format("{}: schema {}, {} posts, {} photos, {} hits, {} decisions, "
                                      "{} tasks waiting, {} of bytes",
                                      config.data.string(),
                                      stats.schema_version,
                                      stats.posts,
                                      stats.images,
                                      stats.hits,
                                      stats.decisions,
                                      stats.waiting_tasks,
                                      human_bytes(stats.blob_bytes + stats.database_bytes)),
                          ""});
        const auto problems = store->check(deep ? storage::Check::hash : storage::Check::size);
        for (const auto& problem : problems) {
            checks.push_back({Level::fail, "store", problem, kWayOut});
        }
        if (problems.empty()) {
            checks.push_back({Level::ok,
                              "store",
                              deep ? "database, references and all bytes are sound"
                                   : "database and references are sound; --deep reads all bytes",
                              ""});
        }
    });
}

std::optional<core::Timestamp> newest_run(const config::Config& config) {
    std::error_code ignored;
    if (!fs::exists(config.data / "chiptrail.db", ignored)) {
        return std::nullopt;
    }
    try {
        const auto runs = open_store(config)->runs().list(1);
        return runs.empty() ? std::nullopt : std::optional(runs.front().started_at);
    } catch (const core::Error&) {
        // check_store has said it already.
        return std::nullopt;
    }
}

void check_clock(Checks& checks, const std::optional<config::Config>& config) {
    constexpr const char* kWayOut = "set the clock, best with NTP: every record carries its time";
    const auto now = core::SystemClock().now();
    const auto text = core::format_rfc3339(now);
    if (now < kEarliestNow) {
        checks.push_back({Level::fail, "clock", text + " has long passed", kWayOut});
        return;
    }
    const auto newest = config ? newest_run(*config) : std::nullopt;
    if (newest && *newest > now + std::chrono::minutes{1}) {
        checks.push_back(
            {Level::fail,
             "clock",
             text + " is before the newest run in the store, " + core::format_rfc3339(*newest),
             kWayOut});
        return;
    }
    struct timex status {};
    const bool synchronised = ::adjtimex(&status) != TIME_ERROR;
    checks.push_back({synchronised ? Level::ok : Level::warn,
                      "clock",
                      text + (synchronised ? ", synchronised" : ", not synchronised by NTP"),
                      synchronised ? "" : "start systemd-timesyncd, chrony or ntpd"});
}

void print_check(const Check& check) {
    const auto style = check.level == Level::ok     ? Style::good
                       : check.level == Level::warn ? Style::warning
                                                    : Style::bad;
    constexpr std::size_t kIndent = 17;
    const auto text = wrapped(harmless(check.text), terminal_width(Stream::output), kIndent);
    std::cout << styled(fmt::format("{:<5}", to_text(check.level)), style, Stream::output)
              << fmt::format("{:<12}", check.name) << text.substr(std::min(kIndent, text.size()));
    if (!check.way_out.empty()) {
        std::cout << wrapped("-> " + check.way_out, terminal_width(Stream::output), kIndent);
    }
}

int run_doctor(const DoctorArguments& arguments, const Globals& globals) {
    Checks checks;
    check_program(checks);
    check_sqlite(checks);
    const auto config = check_config(checks, globals);
    if (config) {
        check_sources(checks, *config);
        check_models(checks, *config);
        check_picture_decoder(checks, *config);
        check_disk(checks, *config);
        check_store(checks, *config, arguments.deep);
    }
    check_clock(checks, config);
    for (const auto& check : checks) {
        if (arguments.json) {
            std::cout << check_json(check);
        } else {
            print_check(check);
        }
    }
    const bool failed =
        std::ranges::any_of(checks, [](const Check& check) { return check.level == Level::fail; });
    return failed ? kFailed : kDone;
}

}  // namespace

void add_doctor(CommandLine& line) {
    auto& command = line.add(
        {"doctor",
         "checks program, configuration, models, decoder, store, disk and clock",
         {"Each line says ok, warn or fail, and with the last two the way out. The exit code is 1 "
          "when a line says fail. Nothing is changed, and no network is used."},
         {{"doctor", "Is everything in place?"},
          {"doctor --deep", "Also read every stored byte and compare it with its digest."}}});
    const auto arguments = std::make_shared<DoctorArguments>();
    command.add_flag(
        "--deep", arguments->deep, "Read all stored bytes; takes as long as the disk does.");
    command.add_flag("--json", arguments->json, "One JSON object a line.");
    line.on_run(command,
                [arguments](const Globals& globals) { return run_doctor(*arguments, globals); });
}

}  // namespace chiptrail::app
