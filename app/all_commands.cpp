#include "app/command.hpp"

namespace chiptrail::app {

void add_all_commands(CommandLine& line) {
    add_crawl(line);
    add_scan(line);
    add_redetect(line);
    add_hits(line);
    add_show(line);
    add_explain(line);
    add_same(line);
    add_review(line);
    add_export(line);
    add_sources(line);
    add_extract(line);
    add_models(line);
    add_brands(line);
    add_eval(line);
    add_demo(line);
    add_doctor(line);
    add_completion(line);
    add_man(line);
}

}  // namespace chiptrail::app
