#include "app/command.hpp"
#include "app/opened.hpp"
#include "app/stop.hpp"
#include "app/terminal.hpp"
#include "app/version.hpp"
#include "core/result.hpp"
#include "review/server.hpp"

#include <CLI/CLI.hpp>

#include <condition_variable>
#include <iostream>
#include <memory>
#include <mutex>

namespace chiptrail::app {

namespace {

struct ReviewArguments {
    std::string listen;
    std::string reviewer;
};

void wait_for(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    stopped.wait(lock, stop, [] { return false; });
}

int run_review(const ReviewArguments& arguments, const Globals& globals) {
    const auto config = load_config(globals);
    auto options = config.review;
    options.version = kVersion;
    options.photo_limits = config.crawl.scan.scanner.limits;
    options.decoder = config.crawl.scan.scanner.decoder;
    options.lexicon = config::load_lexicon(config);
    options.models = config.crawl.scan.scanner.models;
    options.same_photo = config.crawl.scan.same_photo;
    if (!arguments.reviewer.empty()) {
        options.reviewer = arguments.reviewer;
    }
    if (!arguments.listen.empty()) {
        const auto address = config::parse_listen(arguments.listen);
        if (!address) {
            throw core::ConfigError("--listen: '" + arguments.listen +
                                    "' must be like 127.0.0.1:8017");
        }
        options.host = address->first;
        options.port = address->second;
    }
    const auto store = open_store(config);
    const core::SystemClock clock;
    const StopOnSignal stop("Every decision is kept; start `chiptrail review` again at any time.");
    const review::ReviewServer server(*store, clock, options);
    std::cout << server.url() << std::endl;
    note("Open this address in a browser on this machine. Ctrl-C ends the review.");
    wait_for(stop.token());
    return kDone;
}

}  // namespace

void add_review(CommandLine& line) {
    auto& command = line.add(
        {"review",
         "shows the hits in a browser: confirm, reject, unsure",
         {"Serves a page on this machine alone; it has no accounts and asks nothing of the "
          "network. The address is printed when it is ready. Every decision is stored at once with "
          "reviewer and time, and can be undone. A crawl may run at the same time."},
         {{"review", "At http://127.0.0.1:8017/, or where the configuration says."},
          {"review --listen 127.0.0.1:0 --reviewer Mei", "At any free port, under a name."}}});
    const auto arguments = std::make_shared<ReviewArguments>();
    command
        .add_option("--listen",
                    arguments->listen,
                    "Address and port, of this machine; port 0: any free one.")
        ->type_name("HOST:PORT");
    command.add_option("--reviewer", arguments->reviewer, "The name beside your decisions.")
        ->type_name("NAME");
    line.on_run(command,
                [arguments](const Globals& globals) { return run_review(*arguments, globals); });
}

}  // namespace chiptrail::app
