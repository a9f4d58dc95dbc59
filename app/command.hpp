#pragma once

// What every command has in common: its text for people, which the help page, the man page
// and shell completion are made from, and the way from the parsed line to an exit code.

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace chiptrail::app {

// docs/ARCHITECTURE.md, "Errors".
constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kBadUsage = 2;
constexpr int kSomeFailed = 3;
constexpr int kLocked = 75;
constexpr int kInterrupted = 130;

struct Example {
    std::string line;  ///< without the leading "chiptrail "
    std::string what;
};

struct CommandText {
    std::string name;
    std::string summary;               ///< one line, no full stop
    std::vector<std::string> details;  ///< paragraphs
    std::vector<Example> examples;
};

/// Options that stand before the command.
struct Globals {
    std::filesystem::path config;  ///< --config; empty: searched for
    std::filesystem::path data;    ///< --data; empty: as configured
    bool quiet = false;            ///< no progress, no notes; errors stay
};

/// The command line under construction, then parsed. One thread, one use.
class CommandLine {
public:
    CommandLine();
    ~CommandLine();
    CommandLine(const CommandLine&) = delete;
    CommandLine& operator=(const CommandLine&) = delete;

    /// A command, or one below `parent`. The reference lives as long as this object.
    CLI::App& add(CommandText text);
    CLI::App& add(CLI::App& parent, CommandText text);
    /// What a run of `command` does; it returns the exit code.
    void on_run(CLI::App& command, std::function<int(const Globals&)> action);

    /// Parses, answers --help, --version and mistakes itself, else runs the chosen action.
    int run(int argc, const char* const* argv);

    [[nodiscard]] const CLI::App& root() const;
    [[nodiscard]] const CommandText& text_of(const CLI::App& command) const;
    /// True when `command` has an action of its own.
    [[nodiscard]] bool runs_alone(const CLI::App& command) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// All of them, in the order of the help page.
void add_all_commands(CommandLine& line);

// One file each, named like the command.
void add_crawl(CommandLine& line);
void add_scan(CommandLine& line);
void add_hits(CommandLine& line);
void add_show(CommandLine& line);
void add_explain(CommandLine& line);
void add_same(CommandLine& line);
void add_redetect(CommandLine& line);
void add_review(CommandLine& line);
void add_export(CommandLine& line);
void add_sources(CommandLine& line);
void add_extract(CommandLine& line);
void add_models(CommandLine& line);
void add_brands(CommandLine& line);
void add_eval(CommandLine& line);
void add_doctor(CommandLine& line);
void add_demo(CommandLine& line);
void add_completion(CommandLine& line);
void add_man(CommandLine& line);

}  // namespace chiptrail::app
