#include "app/command.hpp"

namespace chiptrail::app {

void add_all_commands(CommandLine& line) {
    add_completion(line);
    add_man(line);
}

}  // namespace chiptrail::app
