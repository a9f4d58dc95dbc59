#include "app/command.hpp"
#include "app/crawl_output.hpp"
#include "app/hit_table.hpp"
#include "app/opened.hpp"
#include "app/stop.hpp"
#include "app/terminal.hpp"
#include "app/version.hpp"
#include "core/file.hpp"
#include "core/result.hpp"
#include "crawler/fetcher.hpp"
#include "demo/demo_site.hpp"
#include "pipeline/crawl_run.hpp"
#include "vision/derive.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <iostream>
#include <memory>

namespace chiptrail::app {

namespace fs = std::filesystem;

namespace {

constexpr int kThumbnailSide = 480;

struct DemoArguments {
    bool twice = false;
};

fs::path new_temporary_folder() {
    auto pattern = (fs::temp_directory_path() / "chiptrail-demo-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw core::Error("cannot make a folder like " + pattern + ": say where with --data");
    }
    return pattern;
}

fs::path demo_folder(const Globals& globals) {
    if (globals.data.empty()) {
        return new_temporary_folder();
    }
    std::error_code ignored;
    if (fs::exists(globals.data / "chiptrail.db", ignored)) {
        throw core::ConfigError(globals.data.string() +
                                " holds a store already: the demo does not mix with real data, "
                                "name a new folder");
    }
    return globals.data;
}

/// The shipped rules, and nothing of the user's own: the demo shows what everyone gets.
config::Config demo_config(const Globals& globals) {
    const auto surroundings = config::surroundings_of_process();
    auto config = config::load(surroundings.shipped / "chiptrail.toml", surroundings);
    config.data = demo_folder(globals);
    // The only host is this machine, which needs neither protection from us nor pauses.
    config.fetch.allow_addresses = {"127.0.0.0/8"};
    config.fetch.contact = "demo on this machine";
    config.fetch.version = kVersion;
    config.crawl.crawler.delay_ms_per_host = std::chrono::milliseconds{20};
    config.crawl.crawler.first_back_off = std::chrono::milliseconds{200};
    config.crawl.crawler.max_idle = std::chrono::seconds{10};
    config.crawl.version = kVersion;
    return config;
}

std::vector<extract::Recipe> demo_recipes(const config::Config& config,
                                          const demo::DemoSite& site) {
    auto recipes = config::load_demo_recipes(config, site.origin());
    for (auto& recipe : recipes) {
        recipe.crawl.delay = config.crawl.crawler.delay_ms_per_host;
        recipe.crawl.revisit = std::chrono::hours{0};
    }
    return recipes;
}

/// The photo of a hit, small and with its findings framed; the stored photo where it cannot be
/// drawn on.
fs::path write_thumbnail(storage::Store& store,
                         const storage::HitRow& hit,
                         vision::PictureDecoder& decoder) {
    const auto original = store.blobs().path_of(hit.image.blob.sha256);
    const auto bytes = store.blobs().get(hit.image.blob);
    const auto detection = store.images().newest_detection(hit.image.blob.sha256);
    if (!bytes || !detection) {
        return original;
    }
    const auto picture = vision::annotate(*bytes, detection->findings, decoder, kThumbnailSide);
    if (!picture) {
        return original;
    }
    const auto folder = store.folder() / "thumbnails";
    fs::create_directories(folder);
    const auto file = folder / (hit.id.text.substr(0, 10) + ".jpg");
    core::write_file_durably(file, picture->bytes);
    return file;
}

std::size_t print_hits(storage::Store& store, vision::PictureDecoder& decoder) {
    using Align = Table::Column::Align;
    Table table({{"HIT"},
                 {"SCORE", Align::right},
                 {"FOUND"},
                 {"TITLE", Align::left, true},
                 {"PRICE", Align::right},
                 {"PHOTO"}});
    const auto count = for_each_hit(store.hits(), {}, 0, [&](const storage::HitRow& hit) {
        table.add({hit.id.text.substr(0, 10),
                   fmt::format("{:.2f}", hit.score),
                   marks_text(hit),
                   title_text(hit),
                   price_text(hit.post.price),
                   write_thumbnail(store, hit, decoder).string()});
    });
    const bool terminal = is_terminal(Stream::output);
    std::cout << '\n'
              << table.text(terminal ? terminal_width(Stream::output) : 180, Stream::output);
    return count;
}

void print_next_steps(const fs::path& data, const std::string& hit) {
    const auto command = "chiptrail --data " + data.string();
    std::cout << "\nEverything of this demo lies in " << data.string()
              << "; delete the folder when you are done.\n"
                 "Some of the above failed on purpose: the demo has a damaged photo, one of 40 MB, "
                 "a page that is gone,\na login wall, a busy server and paths that robots.txt "
                 "closes, as real sites do.\n\nWhat to do next (with ./run instead of chiptrail "
                 "where it is not installed):\n"
              << "  " << command << " review\n      look through the hits in a browser\n"
              << "  " << command << " show " << hit << "\n      everything behind one hit\n"
              << "  " << command << " export " << hit << " -o " << (data / "export").string()
              << "\n      its evidence as a folder that anyone can check\n"
              << "  chiptrail sources\n      the real sources that can be crawled\n"
              << "  chiptrail scan PHOTO\n      look for vendors on a photo of yours\n";
}

std::string strongest_hit(const storage::Hits& hits) {
    storage::HitFilter filter;
    filter.limit = 1;
    const auto page = hits.list(filter);
    return page.rows.empty() ? "" : page.rows.front().id.text.substr(0, 10);
}

class Demo {
public:
    explicit Demo(const Globals& globals)
        : config_(demo_config(globals)),
          site_(demo::DemoSite::Options{}),
          recipes_(demo_recipes(config_, site_)),
          lexicon_(config::load_lexicon(config_)),
          store_(config_.data) {}

    /// False when it was stopped.
    bool crawl(const std::stop_token& stop) {
        crawler::CurlFetcher fetcher(config_.fetch);
        CrawlProgressLine progress;
        const auto report = pipeline::run_crawl(
            store_, fetcher, clock_, recipes_, lexicon_, config_.crawl, stop, &progress);
        progress.clear();
        print_crawl_report(report);
        return report.status != storage::RunStatus::stopped;
    }

    void let_weeks_pass() {
        site_.set_round(2);
    }

    int show_results() {
        const auto& scanner = config_.crawl.scan.scanner;
        const auto decoder = vision::make_picture_decoder(scanner.decoder, scanner.limits);
        if (print_hits(store_, *decoder) == 0) {
            throw core::Error(
                "the demo found nothing, so something is wrong here: "
                "`chiptrail doctor` may know what");
        }
        print_next_steps(store_.folder(), strongest_hit(store_.hits()));
        return kDone;
    }

    [[nodiscard]] std::string origin() const {
        return site_.origin();
    }

private:
    config::Config config_;
    demo::DemoSite site_;
    std::vector<extract::Recipe> recipes_;
    vision::Lexicon lexicon_;
    storage::Store store_;
    core::SystemClock clock_;
};

int run_demo(const DemoArguments& arguments, const Globals& globals) {
    const StopOnSignal stop("The demo starts anew each time.");
    Demo demo(globals);
    note("Crawling the demo's marketplace and forum at " + demo.origin() + " on this machine.");
    if (!demo.crawl(stop.token())) {
        return kInterrupted;
    }
    if (arguments.twice) {
        demo.let_weeks_pass();
        std::cout << "\nThe same sites some weeks later: prices fell, a text was edited, a listing "
                     "is gone.\n\n";
        if (!demo.crawl(stop.token())) {
            return kInterrupted;
        }
    }
    return demo.show_results();
}

}  // namespace

void add_demo(CommandLine& line) {
    auto& command = line.add(
        {"demo",
         "crawls a small marketplace on this machine and shows what is found",
         {"Serves a marketplace and a forum with drawn photos on 127.0.0.1, crawls them as any "
          "other site, looks at the photos and lists the hits. No other host is contacted. The "
          "store goes to a new temporary folder, or to the folder of --data."},
         {{"demo", "See the whole way from a page to a hit, in about a minute."},
          {"demo --twice --data ~/chiptrail-demo",
           "Crawl again after prices changed, and keep the store there."}}});
    const auto arguments = std::make_shared<DemoArguments>();
    command.add_flag("--twice",
                     arguments->twice,
                     "Crawl a second time, after prices fell and a listing went away.");
    line.on_run(command,
                [arguments](const Globals& globals) { return run_demo(*arguments, globals); });
}

}  // namespace chiptrail::app
