#include "app/brand_checks.hpp"
#include "app/brand_trial.hpp"
#include "app/command.hpp"
#include "app/opened.hpp"
#include "app/stop.hpp"
#include "app/terminal.hpp"
#include "config/lexicon_reader.hpp"
#include "config/own_brands.hpp"
#include "core/file.hpp"
#include "core/result.hpp"
#include "vision/example_views.hpp"
#include "vision/scanner.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <memory>
#include <optional>
#include <set>

namespace chiptrail::app {

namespace fs = std::filesystem;

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxImages = 20;  ///< of one brand

struct AddArguments {
    std::string name;
    std::string key;
    std::vector<fs::path> images;
    std::vector<std::string> spellings;
    std::vector<std::string> misreadings;
    std::vector<std::string> product_lines;
    std::vector<std::string> not_in;
    std::vector<std::string> boxes;
    bool match_case = false;
    bool learn = false;
};

struct TestArguments {
    std::string name;
    std::vector<fs::path> photos;
    std::size_t max_stored = 60;
    bool no_demo = false;
    bool json = false;
};

std::string dump(const Json& object) {
    return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// By key or by name, capitals aside.
const vision::Brand* find_brand(const vision::Lexicon& lexicon, const std::string& name) {
    if (const auto* brand = lexicon.find_brand(name)) {
        return brand;
    }
    const auto key = brand_key(name);
    const auto found = std::ranges::find_if(lexicon.brands, [&](const vision::Brand& brand) {
        return brand.key == key || brand_key(brand.name) == key;
    });
    return found == lexicon.brands.end() ? nullptr : &*found;
}

const vision::Brand& require_brand(const vision::Lexicon& lexicon, const std::string& name) {
    const auto* brand = find_brand(lexicon, name);
    if (brand == nullptr) {
        throw core::ConfigError("there is no brand '" + name + "'; `chiptrail brands` lists them");
    }
    return *brand;
}

bool is_own(const std::vector<std::string>& own, const std::string& key) {
    return std::ranges::find(own, key) != own.end();
}

// --- list

int run_list(bool json, const Globals& globals) {
    const auto config = load_config(globals);
    const auto lexicon = config::load_lexicon(config);
    const auto own = config::own_brand_keys(config.own_brands);
    if (json) {
        for (const auto& brand : lexicon.brands) {
            std::cout << dump({{"key", brand.key},
                               {"name", brand.name},
                               {"own", is_own(own, brand.key)},
                               {"spellings", brand.spellings},
                               {"misreadings", brand.misreadings},
                               {"product_lines", brand.product_lines},
                               {"images", brand.images}});
        }
        return kDone;
    }
    Table table({{"KEY"},
                 {"NAME"},
                 {"LIST"},
                 {"PICTURES", Table::Column::Align::right},
                 {"SPELLINGS", Table::Column::Align::left, true}});
    for (const auto& brand : lexicon.brands) {
        table.add({brand.key,
                   brand.name,
                   is_own(own, brand.key) ? "own" : "shipped",
                   std::to_string(brand.images.size()),
                   joined(brand.spellings, ", ")});
    }
    std::cout << table.text(terminal_width(Stream::output), Stream::output);
    note("own brands are kept in " + config.own_brands.string());
    return kDone;
}

// --- add

core::Box parse_box(const std::string& text) {
    std::array<int, 4> numbers{};
    const char* at = text.data();
    const char* const end = at + text.size();
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const auto [next, error] = std::from_chars(at, end, numbers[i]);
        const bool last = i + 1 == numbers.size();
        if (error != std::errc{} || (last ? next != end : next == end || *next != ',')) {
            throw core::ConfigError("--symbol-box: '" + text +
                                    "' must be x,y,width,height in pixels, such as 120,40,80,30");
        }
        at = last ? next : next + 1;
    }
    if (numbers[0] < 0 || numbers[1] < 0 || numbers[2] <= 0 || numbers[3] <= 0) {
        throw core::ConfigError("--symbol-box: '" + text + "' lies outside every picture");
    }
    return {numbers[0], numbers[1], numbers[2], numbers[3]};
}

/// One box for each picture, one for all, or none.
std::vector<std::optional<core::Box>> boxes_of(const AddArguments& arguments) {
    std::vector<std::optional<core::Box>> boxes(arguments.images.size());
    const auto& given = arguments.boxes;
    if (given.size() > 1 && given.size() != arguments.images.size()) {
        throw core::ConfigError(
            fmt::format("--symbol-box is given {} times and --image {} times: "
                        "give one box, or one for each picture",
                        given.size(),
                        arguments.images.size()));
    }
    for (std::size_t i = 0; i < boxes.size() && !given.empty(); ++i) {
        boxes[i] = parse_box(given[std::min(i, given.size() - 1)]);
    }
    return boxes;
}

bool is_inside(const core::Box& box, const vision::Reading& reading) {
    double x = 0;
    double y = 0;
    for (const auto& corner : reading.quad) {
        x += corner.x / 4;
        y += corner.y / 4;
    }
    return x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;
}

/// What one picture taught: the cut-out mark and what the reader made of it.
struct Lesson {
    fs::path file;
    std::string mark;  ///< PNG
    std::vector<vision::Reading> readings;
    bool found = false;  ///< by the spellings given
};

class Student {
public:
    Student(const config::Config& config, const vision::Lexicon& lexicon)
        : options_(config.crawl.scan.scanner),
          scanner_(options_, lexicon),
          decoder_(vision::make_picture_decoder(options_.decoder, options_.limits)) {}

    Lesson learn(const fs::path& file, std::optional<core::Box> box, const std::string& key) {
        const auto bytes = core::read_file(file, options_.limits.max_bytes);
        if (!bytes) {
            throw core::ConfigError("--image: " + bytes.error().detail);
        }
        Lesson lesson;
        lesson.file = file;
        const auto scanned = scanner_.scan(*bytes);
        if (!scanned.decoded) {
            throw core::ConfigError("--image: " + file.string() + ": " + scanned.problem);
        }
        for (const auto& finding : scanned.findings) {
            const bool here = finding.brand == key && finding.kind != core::FindingKind::model;
            lesson.found = lesson.found || here;
            // Where the name was read, the mark is: nobody needs to say where.
            box = !box && here && finding.kind == core::FindingKind::wordmark
                      ? std::optional(finding.box)
                      : box;
        }
        for (const auto& reading : scanned.readings) {
            if (!box || is_inside(*box, reading)) {
                lesson.readings.push_back(reading);
            }
        }
        auto mark = vision::cut_mark(*bytes, box, *decoder_);
        if (!mark) {
            throw core::ConfigError("--image: " + file.string() + ": " + mark.error().detail);
        }
        lesson.mark = std::move(*mark);
        return lesson;
    }

private:
    vision::ScanOptions options_;
    vision::Scanner scanner_;
    std::unique_ptr<vision::PictureDecoder> decoder_;
};

void print_lesson(const Lesson& lesson) {
    std::cout << harmless(lesson.file.string()) << ": "
              << (lesson.found ? styled("found by its name", Style::good, Stream::output)
                               : styled("not found by its name", Style::warning, Stream::output))
              << '\n';
    std::size_t shown = 0;
    for (const auto& reading : lesson.readings) {
        if (++shown <= 8) {
            std::cout << fmt::format("    read {:.2f}: ", reading.confidence)
                      << harmless(reading.text) << '\n';
        }
    }
    if (lesson.readings.empty()) {
        std::cout << "    nothing was read there\n";
    }
}

/// What was read where the mark is and is no spelling: usable as misreadings, each once.
std::vector<std::string> suggested_misreadings(const std::vector<Lesson>& lessons,
                                               const vision::Brand& brand,
                                               const vision::Lexicon& lexicon) {
    std::vector<std::string> texts;
    for (const auto& lesson : lessons) {
        // Many lines are a page of text, not a mark.
        if (lesson.found || lesson.readings.size() > 3) {
            continue;
        }
        for (const auto& reading : lesson.readings) {
            if (reading.text.size() <= 24 &&
                std::ranges::find(texts, reading.text) == texts.end()) {
                texts.push_back(reading.text);
            }
        }
    }
    std::erase_if(texts, [&](const std::string& text) {
        auto tried = brand;
        tried.spellings = brand.spellings;
        tried.product_lines.clear();
        tried.misreadings = {text};
        return std::ranges::any_of(
            spelling_problems(tried, lexicon),
            [&](const SpellingProblem& problem) { return problem.spelling == text; });
    });
    return texts;
}

vision::Brand asked_brand(const AddArguments& arguments, const vision::Lexicon& lexicon) {
    const auto* known = arguments.key.empty() ? find_brand(lexicon, arguments.name)
                                              : lexicon.find_brand(arguments.key);
    vision::Brand brand;
    brand.key = known != nullptr        ? known->key
                : arguments.key.empty() ? brand_key(arguments.name)
                                        : arguments.key;
    if (brand.key.empty()) {
        throw core::ConfigError("'" + arguments.name +
                                "' gives no key: say one of small letters and digits with --key");
    }
    brand.name = known != nullptr ? known->name : arguments.name;
    brand.spellings = arguments.spellings;
    if (brand.spellings.empty() && known == nullptr) {
        brand.spellings = {arguments.name};
    }
    brand.misreadings = arguments.misreadings;
    brand.product_lines = arguments.product_lines;
    brand.not_in = arguments.not_in;
    brand.match_case = arguments.match_case;
    return brand;
}

void require_usable(const vision::Brand& brand, const vision::Lexicon& lexicon) {
    const auto problems = spelling_problems(brand, lexicon);
    if (problems.empty()) {
        return;
    }
    std::string text = "nothing was added:";
    for (const auto& problem : problems) {
        text += "\n  '" + harmless(problem.spelling) + "' " + harmless(problem.what);
    }
    throw core::ConfigError(text);
}

/// As the files will say it when the entry is in: throws when they would not read.
void require_readable(const std::string& text, const config::Config& config) {
    const auto brands = core::read_file(config.brands, std::uintmax_t{4} << 20);
    if (!brands) {
        throw core::ConfigError(brands.error().detail);
    }
    static_cast<void>(config::parse_lexicon(*brands, "", "", text));
}

config::BrandEntry entry_of(const vision::Brand& brand, const vision::Lexicon& lexicon) {
    config::BrandEntry entry;
    entry.key = brand.key;
    entry.name = lexicon.find_brand(brand.key) == nullptr ? brand.name : std::string();
    entry.spellings = brand.spellings;
    entry.misreadings = brand.misreadings;
    entry.not_in = brand.not_in;
    entry.product_lines = brand.product_lines;
    entry.match_case = brand.match_case;
    return entry;
}

void make_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) {
        throw core::Error("cannot make folder " + folder.string() + ": " + error.message());
    }
}

/// Names are hashes: the same picture given twice is kept once.
std::vector<std::string> keep_pictures(const std::vector<Lesson>& lessons,
                                       const fs::path& own_file,
                                       const std::string& key) {
    std::vector<std::string> names;
    const auto relative = fs::path("brands") / key;
    const auto folder = own_file.parent_path() / relative;
    for (const auto& lesson : lessons) {
        make_folder(folder);
        const auto name = core::sha256(lesson.mark).hex().substr(0, 12) + ".png";
        core::write_file_durably(folder / name, lesson.mark);
        names.push_back((relative / name).string());
    }
    return names;
}

int run_add(const AddArguments& arguments, const Globals& globals) {
    const auto config = load_config(globals);
    const auto lexicon = config::load_lexicon(config);
    auto brand = asked_brand(arguments, lexicon);
    require_usable(brand, lexicon);
    const auto boxes = boxes_of(arguments);
    if (arguments.images.size() > kMaxImages) {
        throw core::ConfigError(fmt::format("--image: {} pictures at most", kMaxImages));
    }
    auto entry = entry_of(brand, lexicon);
    require_readable(config::with_brand("", entry, "own-brands.toml"), config);

    std::vector<Lesson> lessons;
    if (!arguments.images.empty()) {
        auto with_it = lexicon;
        if (const auto known = std::ranges::find(with_it.brands, brand.key, &vision::Brand::key);
            known != with_it.brands.end()) {
            known->spellings.insert(
                known->spellings.end(), brand.spellings.begin(), brand.spellings.end());
        } else {
            with_it.brands.push_back(brand);
        }
        Student student(config, with_it);
        for (std::size_t i = 0; i < arguments.images.size(); ++i) {
            lessons.push_back(student.learn(arguments.images[i], boxes[i], brand.key));
            print_lesson(lessons.back());
        }
    }
    const auto suggested = suggested_misreadings(lessons, brand, lexicon);
    if (arguments.learn) {
        entry.misreadings.insert(entry.misreadings.end(), suggested.begin(), suggested.end());
    }
    entry.images = keep_pictures(lessons, config.own_brands, brand.key);
    config::change_own_brands(
        config.own_brands,
        [&](const std::string& text) {
            return config::with_brand(text, entry, config.own_brands.string());
        },
        [&](const std::string& text) { require_readable(text, config); });
    std::cout << styled(harmless(brand.name), Style::bold, Stream::output) << " (" << brand.key
              << ") is in " << harmless(config.own_brands.string()) << '\n';
    for (const auto& text : suggested) {
        std::cout << (arguments.learn ? "    learnt the misreading '" : "    was read as '")
                  << harmless(text)
                  << (arguments.learn ? "'\n" : "': add it with --misreading or --learn\n");
    }
    note("how well it is found: chiptrail brands test " + brand.key);
    return kDone;
}

// --- test

Json share_object(const vision::Share& share) {
    return {{"count", share.count}, {"of", share.of}, {"low", share.low()}, {"high", share.high()}};
}

std::string share_text(const vision::Share& share) {
    return fmt::format("{} of {} ({:.0f} to {:.0f} %)",
                       share.count,
                       share.of,
                       100 * share.low(),
                       100 * share.high());
}

void print_trial_json(const BrandTrial& trial) {
    Json views = Json::array();
    for (const auto& view : trial.views) {
        views.push_back({{"picture", view.picture},
                         {"view", view.view},
                         {"score", view.score},
                         {"read", view.read}});
    }
    Json hits = Json::array();
    for (const auto& hit : trial.hits) {
        hits.push_back({{"photo", hit.photo}, {"score", hit.score}, {"why", hit.why}});
    }
    std::cout << dump({{"brand", trial.brand},
                       {"found", share_object(trial.found)},
                       {"views", views},
                       {"alarmed", share_object(trial.alarmed)},
                       {"stored_photos", trial.stored},
                       {"unreadable", trial.unreadable},
                       {"hits", hits},
                       {"threshold", trial.threshold}});
}

void print_trial(const BrandTrial& trial) {
    std::cout << styled(trial.brand, Style::bold, Stream::output) << '\n';
    if (trial.views.empty()) {
        std::cout << "  no pictures of its mark: add some with brands add --image\n";
    } else {
        std::cout << "  found on " << share_text(trial.found)
                  << " of its pictures made harder (95 % interval)\n";
    }
    for (const auto& view : trial.views) {
        std::cout << fmt::format("    {:<24} {:<20} {}\n",
                                 harmless(view.picture),
                                 view.view,
                                 view.score > 0
                                     ? fmt::format("{:.2f} {}", view.score, harmless(view.read))
                                     : std::string("not found"));
    }
    std::cout << "  found on " << share_text(trial.alarmed) << " of other photos, " << trial.stored
              << " of them stored ones\n";
    constexpr std::size_t kShown = 20;
    for (std::size_t i = 0; i < std::min(kShown, trial.hits.size()); ++i) {
        const auto& hit = trial.hits[i];
        std::cout << fmt::format("    {:.2f} ", hit.score) << harmless(hit.photo) << ": "
                  << harmless(hit.why) << '\n';
    }
    if (trial.hits.empty()) {
        std::cout << fmt::format("  nothing speaks against the usual min_score of {:.2f}\n",
                                 trial.threshold);
    } else {
        std::cout << fmt::format(
            "  look at these: where none of them shows it, a min_score of "
            "{:.2f} would drop them\n",
            trial.threshold);
    }
}

int run_test(const TestArguments& arguments, const Globals& globals) {
    const auto config = load_config(globals);
    const auto lexicon = config::load_lexicon(config);
    std::vector<std::string> keys;
    if (arguments.name.empty()) {
        keys = config::own_brand_keys(config.own_brands);
        if (keys.empty()) {
            throw core::ConfigError("there are no brands of your own in " +
                                    config.own_brands.string() +
                                    ": say which one to test, or add one with brands add");
        }
    } else {
        keys = {require_brand(lexicon, arguments.name).key};
    }
    const StopOnSignal stop("What was looked at so far is lost.");
    TrialOptions options;
    options.max_stored = arguments.max_stored;
    options.demo_photos = !arguments.no_demo;
    options.photos = arguments.photos;
    for (const auto& key : keys) {
        ProgressLine progress;
        const auto trial = try_brand(
            require_brand(lexicon, key),
            lexicon,
            config,
            options,
            stop.token(),
            [&](std::size_t done, std::size_t total) { progress.show(done, total, key); });
        progress.clear();
        if (trial.stopped) {
            return kInterrupted;
        }
        if (arguments.json) {
            print_trial_json(trial);
        } else {
            print_trial(trial);
        }
    }
    return kDone;
}

// --- remove

/// Pictures that nothing names any more.
void remove_pictures(const vision::Brand& brand, const fs::path& own_file) {
    const auto folder = (own_file.parent_path() / "brands" / brand.key).lexically_normal();
    std::error_code ignored;
    for (const auto& image : brand.images) {
        if (fs::path(image).parent_path() == folder) {
            fs::remove(image, ignored);
        }
    }
    fs::remove(folder, ignored);  // Only when nothing else lies there.
}

int run_remove(const std::string& name, const Globals& globals) {
    const auto config = load_config(globals);
    const auto lexicon = config::load_lexicon(config);
    const auto brand = require_brand(lexicon, name);
    if (!is_own(config::own_brand_keys(config.own_brands), brand.key)) {
        throw core::ConfigError("'" + brand.key + "' is not in " + config.own_brands.string() +
                                " but in " + config.brands.string() +
                                ": to do without it, copy that file, delete it there and name "
                                "the copy in [marks] brands_file");
    }
    config::change_own_brands(
        config.own_brands,
        [&](const std::string& text) {
            return config::without_brand(text, brand.key, config.own_brands.string());
        },
        [&](const std::string& text) { require_readable(text, config); });
    remove_pictures(brand, config.own_brands);
    note(brand.key + " is gone from " + config.own_brands.string());
    return kDone;
}

// --- the command line

void add_list_command(CommandLine& line, CLI::App& parent) {
    auto& command = line.add(parent, {"list", "lists all brands that are looked for", {}, {}});
    const auto json = std::make_shared<bool>(false);
    command.add_flag("--json", *json, "One JSON object a line.");
    line.on_run(command, [json](const Globals& globals) { return run_list(*json, globals); });
}

void add_add_command(CommandLine& line, CLI::App& parent) {
    auto& command = line.add(
        parent,
        {"add",
         "adds a vendor of your own, or more about a known one",
         {"NAME is what people call it, and its spelling when none is given. From each picture "
          "the mark is cut out and kept as a reference, and what the reader makes of it is shown. "
          "A picture of the mark alone needs no box; on a photo, the mark is where its name was "
          "read, or where --symbol-box says.",
          "Names that are too short, ordinary words or like another vendor's are refused with "
          "the reason. The brand goes into a file of your own ([marks] own_brands_file); the "
          "shipped list is not touched. A brand that exists gets the new names and pictures."},
         {{"brands add Thomas-Krenn --image front.jpg --image logo.png",
           "Two pictures; its name is its spelling."},
          {"brands add Acme --image a.jpg --symbol-box 120,40,80,80 --product-line RoadRunner",
           "A symbol at a place of a photo."}}});
    const auto arguments = std::make_shared<AddArguments>();
    command.add_option("NAME", arguments->name, "The vendor.")->required();
    command.add_option("--image", arguments->images, "A photo or picture of its mark; repeat.")
        ->type_name("FILE")
        ->expected(1)
        ->take_all();
    command.add_option("--spelling", arguments->spellings, "As printed, any script; repeat.")
        ->type_name("TEXT")
        ->expected(1)
        ->take_all();
    command
        .add_option("--misreading", arguments->misreadings, "What the reader makes of it; repeat.")
        ->type_name("TEXT")
        ->expected(1)
        ->take_all();
    command
        .add_option("--product-line",
                    arguments->product_lines,
                    "A name that only this vendor prints; repeat.")
        ->type_name("TEXT")
        ->expected(1)
        ->take_all();
    command
        .add_option(
            "--not-in", arguments->not_in, "A word that resembles it and is not it; repeat.")
        ->type_name("TEXT")
        ->expected(1)
        ->take_all();
    command
        .add_option("--symbol-box",
                    arguments->boxes,
                    "Where the mark is on the picture, in pixels; once, or for each picture.")
        ->type_name("X,Y,W,H")
        ->expected(1)
        ->take_all();
    command.add_option("--key", arguments->key, "Stored with hits; made of NAME without it.")
        ->type_name("KEY");
    command.add_flag("--match-case", arguments->match_case, "Only the given capitals count.");
    command.add_flag("--learn", arguments->learn, "Add the misreadings that are suggested.");
    line.on_run(command,
                [arguments](const Globals& globals) { return run_add(*arguments, globals); });
}

void add_test_command(CommandLine& line, CLI::App& parent) {
    auto& command = line.add(
        parent,
        {"test",
         "shows how well a brand is found, and where it is found by mistake",
         {"Its pictures are made harder (small, turned, blurred, compressed, dark) and looked at; "
          "where there are several, without the very one among the references. Then photos that "
          "need not show it: stored ones, the demo's, and those given with --photos. Without "
          "NAME, all brands of your own."},
         {{"brands test acme", "Expected recall and false alarms."},
          {"brands test acme --photos ~/photos --no-demo", "Against photos of your own."}}});
    const auto arguments = std::make_shared<TestArguments>();
    command.add_option("NAME", arguments->name, "Key or name; all own brands without it.");
    command.add_option("--photos", arguments->photos, "More photos, or a folder of them; repeat.")
        ->type_name("PATH")
        ->expected(1)
        ->take_all();
    command
        .add_option(
            "--max-stored", arguments->max_stored, "Stored photos to look at, oldest first.")
        ->type_name("N")
        ->check(CLI::Range(0, 100'000));
    command.add_flag("--no-demo", arguments->no_demo, "Leave out the demo's photos.");
    command.add_flag("--json", arguments->json, "One JSON object a brand.");
    line.on_run(command,
                [arguments](const Globals& globals) { return run_test(*arguments, globals); });
}

void add_remove_command(CommandLine& line, CLI::App& parent) {
    auto& command =
        line.add(parent, {"remove", "removes a vendor of your own, and its pictures", {}, {}});
    const auto name = std::make_shared<std::string>();
    command.add_option("NAME", *name, "Key or name.")->required();
    line.on_run(command, [name](const Globals& globals) { return run_remove(*name, globals); });
}

}  // namespace

void add_brands(CommandLine& line) {
    auto& command = line.add(
        {"brands",
         "lists the vendors that are looked for; adds, tests and removes your own",
         {"Nothing has to be compiled or trained: a new logo needs its name and two or three "
          "pictures."},
         {{"brands list", "All of them."},
          {"brands add Acme --image a.jpg --image b.jpg", "A new one."},
          {"brands test acme", "How well it is found, and where by mistake."}}});
    add_list_command(line, command);
    add_add_command(line, command);
    add_test_command(line, command);
    add_remove_command(line, command);
}

}  // namespace chiptrail::app
