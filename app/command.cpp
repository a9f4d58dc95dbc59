#include "app/command.hpp"

#include "app/command_tree.hpp"
#include "app/terminal.hpp"
#include "app/version.hpp"
#include "core/result.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <iostream>
#include <map>
#include <utility>

namespace chiptrail::app {

namespace {

CommandText root_text() {
    return {
        "chiptrail",
        "finds hardware vendors' marks on photos of public posts, and keeps the evidence",
        {"chiptrail crawls marketplaces, forums and social sites that anyone may read, reads their "
         "posts, looks at the photos for the word marks of hardware vendors (NVIDIA, Supermicro, "
         "Dell, ...), and keeps every step: each hit leads back to the bytes that the site sent.",
         "A first look, without touching any real site: chiptrail demo. Then copy the shipped "
         "chiptrail.toml, name your sources and your contact address in it, and run chiptrail "
         "crawl. Look at what was found with chiptrail review."},
        {{"demo", "Crawl a small marketplace on this machine and show what is found."},
         {"crawl", "Crawl the configured sources and look at their photos."},
         {"hits --brand supermicro --min-score 0.8", "List what was found."},
         {"review", "Look through the hits in a browser: confirm, reject, unsure."},
         {"scan ~/photos", "Look for vendors on photos of your own."}}};
}

/// The command that the line named last; the root when it named none.
const CLI::App& chosen_command(const CLI::App& command) {
    const auto children = command.get_subcommands();
    return children.empty() ? command : chosen_command(*children.front());
}

void hint_at_help(const CommandInfo& command) {
    std::cerr << "See '" << command.path << " --help'.\n";
}

std::vector<std::string> known_words(const CommandInfo& command, bool options) {
    std::vector<std::string> words;
    if (!options) {
        for (const auto& child : command.commands) {
            words.push_back(child.text.name);
        }
        return words;
    }
    for (const auto& option : command.options) {
        if (!option.positional) {
            words.insert(words.end(), option.names.begin(), option.names.end());
        }
    }
    return words;
}

int unexpected_word(const std::string& word, const CommandInfo& command, const CommandInfo& root) {
    const bool is_option = word.starts_with("-");
    auto known = known_words(command, is_option);
    if (is_option) {
        const auto global = known_words(root, true);
        known.insert(known.end(), global.begin(), global.end());
    }
    const auto meant = closest(word.substr(0, word.find('=')), known);
    std::cerr << "chiptrail: ";
    if (is_option) {
        std::cerr << "'" << command.path << "' has no option '" << harmless(word) << "'";
    } else if (command.commands.empty()) {
        std::cerr << "'" << command.path << "' does not know what to do with '" << harmless(word)
                  << "'";
    } else {
        std::cerr << "'" << command.path << "' has no command '" << harmless(word) << "'";
    }
    std::cerr << (meant.empty() ? "." : "; did you mean '" + meant + "'?") << '\n';
    hint_at_help(command);
    return kBadUsage;
}

/// Full disks and closed pipes show only when the buffer is written.
int flushed(int exit_code) {
    std::cout.flush();
    if (std::cout.good()) {
        return exit_code;
    }
    // The stream failed at some earlier write and does not say why; one more write does.
    errno = 0;
    static_cast<void>(::write(STDOUT_FILENO, "\n", 1) < 0);
    // A reader that has seen enough (| head) is no failure to report.
    if (errno != EPIPE) {
        std::cerr << "chiptrail: cannot write the results to standard output: "
                  << std::strerror(errno) << '\n';  // NOLINT(concurrency-mt-unsafe)
    }
    return kFailed;
}

}  // namespace

struct CommandLine::State {
    CLI::App app{root_text().summary, "chiptrail"};
    Globals globals;
    std::map<const CLI::App*, CommandText> texts;
    std::map<const CLI::App*, std::function<int(const Globals&)>> actions;
};

CommandLine::CommandLine() : state_(std::make_unique<State>()) {
    auto& app = state_->app;
    state_->texts[&app] = root_text();
    app.set_help_flag("-h,--help", "Print this page, or that of the command before it.");
    app.set_version_flag("--version", std::string("chiptrail ") + kVersion, "Print the version.");
    app.add_option("--config", state_->globals.config, "Read this configuration file.")
        ->type_name("FILE");
    app.add_option("--data", state_->globals.data, "Keep the store in this folder.")
        ->type_name("FOLDER");
    app.add_flag("-q,--quiet", state_->globals.quiet, "No progress and no notes; errors stay.");
}

CommandLine::~CommandLine() = default;

CLI::App& CommandLine::add(CommandText text) {
    return add(state_->app, std::move(text));
}

CLI::App& CommandLine::add(CLI::App& parent, CommandText text) {
    auto* command = parent.add_subcommand(text.name, text.summary);
    command->fallthrough();
    command->set_help_flag("-h,--help", "Print this page.");
    state_->texts[command] = std::move(text);
    return *command;
}

void CommandLine::on_run(CLI::App& command, std::function<int(const Globals&)> action) {
    state_->actions[&command] = std::move(action);
}

const CLI::App& CommandLine::root() const {
    return state_->app;
}

const CommandText& CommandLine::text_of(const CLI::App& command) const {
    return state_->texts.at(&command);
}

bool CommandLine::runs_alone(const CLI::App& command) const {
    return state_->actions.contains(&command);
}

int CommandLine::run(int argc, const char* const* argv) {
    auto& app = state_->app;
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        std::cout << help_page(describe(*this, chosen_command(app)),
                               terminal_width(Stream::output));
        return flushed(kDone);
    } catch (const CLI::CallForVersion& version) {
        std::cout << version.what() << '\n';
        return flushed(kDone);
    } catch (const CLI::ExtrasError&) {
        return unexpected_word(
            app.remaining(true).front(), describe(*this, chosen_command(app)), describe(*this));
    } catch (const CLI::ParseError& error) {
        std::cerr << "chiptrail: " << harmless(error.what()) << '\n';
        hint_at_help(describe(*this, chosen_command(app)));
        return kBadUsage;
    }
    const auto& chosen = chosen_command(app);
    const auto action = state_->actions.find(&chosen);
    if (action == state_->actions.end()) {
        std::cerr << help_page(describe(*this, chosen), terminal_width(Stream::errors));
        return kBadUsage;
    }
    set_quiet(state_->globals.quiet);
    try {
        return flushed(action->second(state_->globals));
    } catch (const core::ConfigError& error) {
        std::cout.flush();
        std::cerr << "chiptrail: " << error.what() << '\n';
        return kBadUsage;
    } catch (const core::LockedError& error) {
        std::cout.flush();
        std::cerr << "chiptrail: " << error.what() << '\n';
        return kLocked;
    } catch (const std::exception& error) {
        std::cout.flush();
        std::cerr << "chiptrail: " << error.what() << '\n';
        return kFailed;
    }
}

}  // namespace chiptrail::app
