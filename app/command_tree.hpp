#pragma once

// The command line as plain data: what the help page, the man page and the completion scripts
// are written from, so that none of them can say something else than the parser does.

#include "app/command.hpp"

#include <string>
#include <vector>

namespace chiptrail::app {

struct OptionInfo {
    std::vector<std::string> names;  ///< "-o", "--output"; of a positional its placeholder
    std::string placeholder;         ///< "FILE"; empty for a flag
    std::string description;
    std::vector<std::string> choices;
    bool positional = false;
    bool repeats = false;
    bool required = false;
};

struct CommandInfo {
    CommandText text;
    std::string path;        ///< "chiptrail sources test"
    bool runs_alone = true;  ///< without one of `commands`
    std::vector<OptionInfo> options;
    std::vector<CommandInfo> commands;
};

[[nodiscard]] CommandInfo describe(const CommandLine& line);
[[nodiscard]] CommandInfo describe(const CommandLine& line, const CLI::App& command);

/// "chiptrail scan [OPTIONS] PATH..."
[[nodiscard]] std::string synopsis(const CommandInfo& command);
/// The page of `--help`, at most `width` columns wide.
[[nodiscard]] std::string help_page(const CommandInfo& command, std::size_t width);
/// roff, man(7), section 1.
[[nodiscard]] std::string man_page(const CommandInfo& root, const std::string& version);
/// `shell` is bash, zsh or fish.
[[nodiscard]] std::string completion_script(const CommandInfo& root, const std::string& shell);

/// The entry of `known` that `typed` was most likely meant to be; empty when none is near.
[[nodiscard]] std::string closest(const std::string& typed, const std::vector<std::string>& known);

}  // namespace chiptrail::app
