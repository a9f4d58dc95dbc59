#include "app/command.hpp"
#include "app/command_tree.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

namespace chiptrail::app {

void add_completion(CommandLine& line) {
    auto& command =
        line.add({"completion",
                  "prints what makes the Tab key complete chiptrail's commands and options",
                  {"Write the output to where your shell looks for it, then start a new shell."},
                  {{"completion bash > ~/.local/share/bash-completion/completions/chiptrail",
                    "For bash, with the package bash-completion."},
                   {"completion zsh > ~/.zfunc/_chiptrail",
                    "For zsh, where ~/.zfunc is in $fpath before compinit runs."},
                   {"completion fish > ~/.config/fish/completions/chiptrail.fish", "For fish."}}});
    const auto shell = std::make_shared<std::string>();
    command.add_option("SHELL", *shell, "Which shell.")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    line.on_run(command, [&line, shell](const Globals&) {
        std::cout << completion_script(describe(line), *shell);
        return kDone;
    });
}

}  // namespace chiptrail::app
