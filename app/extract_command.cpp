#include "app/command.hpp"
#include "app/json_output.hpp"
#include "app/opened.hpp"
#include "app/terminal.hpp"
#include "config/config.hpp"
#include "core/file.hpp"
#include "core/result.hpp"
#include "core/url.hpp"
#include "extract/extractor.hpp"

#include <CLI/CLI.hpp>
#include <sys/stat.h>

#include <iostream>
#include <memory>

namespace chiptrail::app {

namespace {

struct ExtractArguments {
    std::filesystem::path file;
    std::string url;
    std::string content_type;
    std::string fetched_at;
    int status = 200;
    bool json = false;
};

core::Timestamp time_of_file(const std::filesystem::path& file) {
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0) {
        return core::SystemClock().now();
    }
    return core::Timestamp{std::chrono::seconds{info.st_mtim.tv_sec}};
}

core::Timestamp fetch_time(const ExtractArguments& arguments) {
    if (arguments.fetched_at.empty()) {
        return time_of_file(arguments.file);
    }
    return parse_since(arguments.fetched_at, core::SystemClock().now());
}

void print_field(const char* name, const std::string& value) {
    if (!value.empty()) {
        std::cout << "  " << name << std::string(11 - std::string_view(name).size(), ' ')
                  << harmless(value) << '\n';
    }
}

void print_post(const core::Post& post) {
    std::cout << styled(harmless(post.title.empty() ? post.id : post.title),
                        Style::bold,
                        Stream::output)
              << '\n';
    print_field("kind", std::string(to_text(post.kind)));
    print_field("id", post.id);
    print_field("url", post.url);
    print_field("author", post.author.name);
    print_field("price", price_text(post.price));
    print_field("location", post.location);
    print_field("published", post.published.utc.empty() ? post.published.raw : post.published.utc);
    print_field("text", shortened(harmless(post.text), 400));
    for (const auto& image : post.images) {
        print_field("image", image);
    }
    print_field("read by", post.extractor);
    std::cout << '\n';
}

void print_extraction(const extract::Extraction& extraction) {
    for (const auto& post : extraction.posts) {
        print_post(post);
    }
    std::cout << counted(extraction.posts.size(), "post") << ", page status "
              << to_text(extraction.status);
    if (!extraction.reason.empty()) {
        std::cout << ": " << harmless(extraction.reason);
    }
    std::cout << '\n';
}

int run_extract(const ExtractArguments& arguments, const Globals& globals) {
    const auto config = load_config(globals);
    const auto url = core::Url::parse(arguments.url);
    if (!url) {
        throw core::ConfigError("--url: " + url.error().detail);
    }
    const auto body = core::read_file(arguments.file, config.crawl.extractor.max_body_bytes);
    if (!body) {
        throw core::Error(body.error().detail);
    }
    const extract::Extractor extractor(config::load_recipes(config), config.crawl.extractor);
    const auto extraction = extractor.extract({.body = *body,
                                               .content_type = arguments.content_type,
                                               .url = *url,
                                               .status = arguments.status,
                                               .fetched_at = fetch_time(arguments)});
    if (arguments.json) {
        std::cout << extraction_json(extraction, url->text());
    } else {
        print_extraction(extraction);
    }
    return kDone;
}

}  // namespace

void add_extract(CommandLine& line) {
    auto& command = line.add(
        {"extract",
         "reads the posts of a saved page, without network and without a store",
         {"The recipes of the configured sources are tried first, by the page's address; then the "
          "generic readers for JSON-LD, microdata, OpenGraph, RSS and Atom.",
          "With --json: one object a line for each post; a page without posts gives one line that "
          "says why. docs/schemas/extract.schema.json describes it."},
         {{"extract page.html --url https://www.example.com/item/7",
           "What would be read from this page."},
          {"extract answer.json --url https://api.example.com/items --content-type "
           "application/json --json",
           "The same from an API's answer, for a program."}}});
    const auto arguments = std::make_shared<ExtractArguments>();
    command.add_option("FILE", arguments->file, "The page as saved.")->required();
    command.add_option("--url", arguments->url, "Where the page was; recipes are chosen by it.")
        ->required()
        ->type_name("URL");
    command
        .add_option("--content-type",
                    arguments->content_type,
                    "The Content-Type header as sent; its charset counts.")
        ->type_name("TYPE");
    command
        .add_option("--fetched-at",
                    arguments->fetched_at,
                    "When it was fetched: \"4 hours ago\" counts from there. The file's own time "
                    "without it.")
        ->type_name("TIME");
    command.add_option("--status", arguments->status, "The HTTP status that came with it.")
        ->type_name("CODE")
        ->check(CLI::Range(100, 599));
    command.add_flag("--json", arguments->json, "One JSON object a line.");
    line.on_run(command,
                [arguments](const Globals& globals) { return run_extract(*arguments, globals); });
}

}  // namespace chiptrail::app
