#include "app/command.hpp"
#include "app/command_tree.hpp"
#include "app/version.hpp"

#include <iostream>

namespace chiptrail::app {

void add_man(CommandLine& line) {
    auto& command = line.add({"man",
                              "prints the manual page, written from the same text as --help",
                              {},
                              {{"man | man -l -", "Read it."},
                               {"man > ~/.local/share/man/man1/chiptrail.1", "Install it."}}});
    line.on_run(command, [&line](const Globals&) {
        std::cout << man_page(describe(line), kVersion);
        return kDone;
    });
}

}  // namespace chiptrail::app
