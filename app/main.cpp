#include "app/command.hpp"

#include <csignal>

int main(int argc, char** argv) {
    // A browser or a pipe that goes away is an error of one write, not the end of the program.
    std::signal(SIGPIPE, SIG_IGN);
    // So is a file that outgrows the limit set for it: the write then fails like on a full disk.
    std::signal(SIGXFSZ, SIG_IGN);

    chiptrail::app::CommandLine line;
    chiptrail::app::add_all_commands(line);
    return line.run(argc, argv);
}
