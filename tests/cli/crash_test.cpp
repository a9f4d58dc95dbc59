// chiptrail killed, out of disk, with a damaged store: what was stored stays whole, and the next
// run goes on.
#include "demo/photos.hpp"
#include "storage/store.hpp"
#include "tests/cli/shop.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

using namespace chiptrail;
using namespace chiptrail::tests;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr int kItems = 5;

std::map<int, Shop::Item> items_with_marks() {
    static const auto dell = demo::draw_photo("dell-xe9680.jpg", 640);
    auto items = plain_items(kItems);
    items[2].photo = dell;
    items[4].photo = dell;
    return items;
}

/// Everything that a user would miss or see twice, as text that compares.
std::string content_of(const fs::path& folder) {
    storage::Store store(folder);
    const auto stats = store.stats();
    std::ostringstream text;
    text << stats.posts << " posts in " << stats.post_versions << " versions, " << stats.images
         << " photos\n";
    for (int id = 1; id <= kItems; ++id) {
        const auto post = store.posts().find("shop", std::to_string(id));
        if (!post) {
            text << id << " is missing\n";
            continue;
        }
        text << id << ' ' << post->post.title << ' ' << post->post.price.raw << ' '
             << post->post.text;
        for (const auto& image : store.posts().images(post->id)) {
            text << ' ' << (image.image ? image.image->blob.sha256.hex() : "no photo");
        }
        text << '\n';
    }
    std::set<std::string> hits;
    for (const auto& hit : store.hits().list({}).rows) {
        hits.insert(hit.post.id + ' ' + hit.image.blob.sha256.hex());
    }
    text << stats.hits << " hits\n";
    for (const auto& hit : hits) {
        text << hit << '\n';
    }
    return text.str();
}

/// As the newest run's row tells, whatever became of the process.
bool is_running(const fs::path& folder) {
    storage::Store store(folder);
    return store.runs().list(1).front().status == storage::RunStatus::running;
}

struct ShopCliOf : ShopCli {
    explicit ShopCliOf(const Shop& shop) {
        add_source("shop", shop.server.url("/list"));
    }
};

/// A port differs from shop to shop, and with it every address; so all runs share one shop.
class KillableShop {
public:
    KillableShop() : shop(items_with_marks()) {}

    /// Kills the crawl as its `request`-th request arrives, or `later` after that. False when it
    /// came to its end without so many requests.
    [[nodiscard]] bool kill_crawl(const ShopCli& chiptrail,
                                  std::vector<std::string> arguments,
                                  int request,
                                  std::chrono::milliseconds later) {
        std::atomic<const Program*> program = nullptr;
        std::atomic<bool> reached = false;
        shop.before_answer([&](int number) {
            if (number != request) {
                return;
            }
            if (later == 0ms) {
                while (program == nullptr) {
                    std::this_thread::yield();
                }
                program.load()->signal(SIGKILL);
            }
            reached = true;
        });
        arguments.insert(arguments.begin(), "crawl");
        Program crawl(CHIPTRAIL_PROGRAM, arguments, chiptrail.options());
        program = &crawl;
        const auto limit = std::chrono::steady_clock::now() + 60s;
        while (!reached && !crawl.has_ended() && std::chrono::steady_clock::now() < limit) {
            std::this_thread::sleep_for(1ms);
        }
        std::this_thread::sleep_for(later);
        crawl.signal(SIGKILL);
        static_cast<void>(crawl.wait());
        shop.before_answer({});
        return reached;
    }

    Shop shop;
};

std::string read_all(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream bytes;
    bytes << stream.rdbuf();
    return bytes.str();
}

}  // namespace

TEST_CASE("cli: kill -9 at any moment loses nothing and stores nothing twice", "[cli][slow]") {
    struct Moment {
        int request;  ///< 1 robots.txt, 2 list, then pages and photos
        std::chrono::milliseconds later;
    };
    struct Row {
        const char* why;
        std::vector<std::string> options;
        std::vector<Moment> moments;
        int cut_off_at_least;
    };
    const auto row = GENERATE(values<Row>({
        {"while it fetches",
         {"--no-scan"},
         {{1, 0ms},
          {2, 0ms},
          {2, 5ms},
          {3, 0ms},
          {4, 2ms},
          {5, 0ms},
          {6, 1ms},
          {7, 0ms},
          {8, 10ms},
          {10, 0ms},
          {12, 0ms},
          {12, 30ms}},
         10},
        {"while it looks at photos", {}, {{9, 3ms}, {12, 250ms}, {12, 700ms}}, 1},
    }));
    CAPTURE(row.why);
    if (row.options.empty() && !has_models()) {
        return;
    }
    KillableShop killable;
    const ShopCliOf undisturbed(killable.shop);
    REQUIRE(undisturbed.crawl(row.options).result.exit_code == 0);
    const auto expected = content_of(undisturbed.data());
    CAPTURE(expected);
    REQUIRE(expected.find("missing") == std::string::npos);

    int cut_off_count = 0;
    for (const auto& moment : row.moments) {
        CAPTURE(moment.request, moment.later.count());
        const ShopCliOf chiptrail(killable.shop);
        REQUIRE(killable.kill_crawl(chiptrail, row.options, moment.request, moment.later));
        CHECK(chiptrail.store_problems().empty());

        // Late enough, the run may have said its last word before it died.
        const bool cut_off = is_running(chiptrail.data());
        cut_off_count += cut_off ? 1 : 0;
        const auto next = chiptrail.crawl(row.options);
        CAPTURE(next.result.out, next.result.err);
        CHECK(next.result.exit_code == 0);
        CHECK(next.json.at("interrupted_runs") == (cut_off ? 1 : 0));
        CHECK(content_of(chiptrail.data()) == expected);
        CHECK(chiptrail.store_problems().empty());
    }
    CHECK(cut_off_count >= row.cut_off_at_least);
}

TEST_CASE("cli: killed again and again, a crawl still arrives", "[cli]") {
    KillableShop killable;
    const ShopCliOf undisturbed(killable.shop);
    REQUIRE(undisturbed.crawl().result.exit_code == 0);
    const auto expected = content_of(undisturbed.data());
    const ShopCliOf chiptrail(killable.shop);
    // Each run asks for the list again and gets a little further, a quick one to the end.
    int kills = 0;
    for (const int request : {1, 2, 3, 3, 3, 3}) {
        CAPTURE(request);
        kills += killable.kill_crawl(chiptrail, {"--no-scan"}, request, 5ms) ? 1 : 0;
    }
    CHECK(kills >= 3);

    CHECK(chiptrail.crawl().result.exit_code == 0);
    CHECK(content_of(chiptrail.data()) == expected);
    CHECK(chiptrail.store_problems().empty());
}

TEST_CASE("cli: a disk that fills up is an error that says so, and the store stays whole",
          "[cli][disk]") {
    // A limit on the size of files stands for the full disk; it needs no disk of its own.
    const auto limit = GENERATE(2'000, 10'000, 40'000, 100'000, 200'000, 260'000, 400'000, 800'000);
    CAPTURE(limit);
    auto items = plain_items(kItems);
    for (auto& [id, item] : items) {
        item.photo += std::string(300'000, static_cast<char>('a' + id));
    }
    Shop shop(items);
    const ShopCli chiptrail;
    chiptrail.add_source("shop", shop.server.url("/list"));
    auto options = chiptrail.options();

    const auto full = run_program(
        "/usr/bin/prlimit",
        {"--fsize=" + std::to_string(limit), CHIPTRAIL_PROGRAM, "crawl", "--no-scan", "--quiet"},
        options);

    CAPTURE(full.err, full.out);
    if (limit < 300'000) {
        CHECK(full.exit_code == 1);
        CHECK_THAT(full.err,
                   Catch::Contains(chiptrail.data().string()) &&
                       (Catch::Contains("free space") || Catch::Contains("Free some space")));
    } else {
        CHECK((full.exit_code == 0 || full.exit_code == 1));
    }
    CHECK(chiptrail.store_problems().empty());
    const auto next = chiptrail.crawl();
    CHECK(next.result.exit_code == 0);
    const storage::Store store(chiptrail.data());
    CHECK(store.stats().posts == kItems);
    CHECK(store.stats().images == kItems);
    CHECK(chiptrail.store_problems().empty());
}

TEST_CASE("cli: a place that cannot be written is named before anything is fetched",
          "[cli][disk]") {
    Shop shop(plain_items(1));
    const ShopCli chiptrail;
    chiptrail.add_source("shop", shop.server.url("/list"));
    static_cast<void>(chiptrail.file("a-file", "no folder"));
    const auto place = GENERATE(values<std::string>({"a-file/store", "/proc/chiptrail"}));

    const auto result = chiptrail({"--data", place, "crawl", "--no-scan"});

    CHECK(result.exit_code == 1);
    CHECK_THAT(result.err, Catch::Contains(place) && Catch::Contains("Name another folder"));
    CHECK(shop.server.requests().empty());
}

TEST_CASE("cli: a store that may not be written or read says what to look at", "[cli][disk]") {
    struct Row {
        const char* why;
        const char* what;  ///< below the store's folder
        mode_t mode;
    };
    const auto row = GENERATE(values<Row>({
        {"read-only folder and files", "", 0555},
        {"unreadable database", "chiptrail.db", 0000},
    }));
    Shop shop(plain_items(1));
    const ShopCli chiptrail;
    chiptrail.add_source("shop", shop.server.url("/list"));
    REQUIRE(chiptrail.crawl().result.exit_code == 0);
    const auto before = shop.server.requests().size();
    fs::permissions(chiptrail.folder(), fs::perms{0755});
    for (const auto& entry : fs::recursive_directory_iterator(chiptrail.folder())) {
        fs::permissions(entry.path(), entry.is_directory() ? fs::perms{0555} : fs::perms{0444});
    }
    fs::permissions(chiptrail.data() / row.what, fs::perms{row.mode});
    // Nothing is forbidden to root, so the crawl runs as nobody; that needs a program in reach.
    std::vector<std::string> command = {CHIPTRAIL_PROGRAM, "crawl", "--no-scan"};
    if (::geteuid() == 0) {
        command.insert(command.begin(),
                       {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"});
        const std::vector<std::string> probe = {
            "--reuid=65534", "--regid=65534", "--clear-groups", CHIPTRAIL_PROGRAM, "--version"};
        if (run_program(command.front(), probe).exit_code != 0) {
            WARN("skipped: as root, and nobody else may run " CHIPTRAIL_PROGRAM);
            return;
        }
    }

    const auto result =
        run_program(command.front(), {command.begin() + 1, command.end()}, chiptrail.options());

    CAPTURE(row.why);
    CHECK(result.exit_code == 1);
    CHECK_THAT(result.err,
               Catch::Contains(chiptrail.data().string()) &&
                   (Catch::Contains("owner and permissions") || Catch::Contains("may be written")));
    CHECK(shop.server.requests().size() == before);
    for (const auto& entry : fs::recursive_directory_iterator(chiptrail.folder())) {
        fs::permissions(entry.path(), fs::perms{0755});
    }
}

TEST_CASE("cli: a damaged store is found out, named and left as it is", "[cli][disk]") {
    struct Row {
        const char* why;
        std::string (*damage)(std::string);
    };
    const auto row = GENERATE(values<Row>({
        {"no database at all",
         [](std::string) { return std::string("this is a text, and surely no database\n"); }},
        {"pages overwritten",
         [](std::string bytes) {
             for (std::size_t i = 4'096; i < bytes.size(); ++i) {
                 bytes[i] = static_cast<char>(i * 31);
             }
             return bytes;
         }},
        {"cut in the middle", [](std::string bytes) { return bytes.substr(0, bytes.size() / 2); }},
    }));
    Shop shop(plain_items(1));
    const ShopCli chiptrail;
    chiptrail.add_source("shop", shop.server.url("/list"));
    REQUIRE(chiptrail.crawl().result.exit_code == 0);
    const auto file = chiptrail.data() / "chiptrail.db";
    const auto damaged = row.damage(read_all(file));
    std::ofstream(file, std::ios::binary | std::ios::trunc) << damaged;

    CAPTURE(row.why);
    for (const auto* command : {"crawl", "hits"}) {
        const auto result = chiptrail({command});
        CAPTURE(command, result.err);
        CHECK(result.exit_code == 1);
        CHECK_THAT(result.err,
                   Catch::Contains(file.string()) && (Catch::Contains("Restore it from a backup") ||
                                                      Catch::Contains("move the file away")));
    }
    CHECK(chiptrail({"doctor"}).exit_code == 1);
    CHECK_FALSE(chiptrail.store_problems().empty());
}

TEST_CASE("cli: stored bytes that were changed or lost are named by doctor", "[cli][disk]") {
    Shop shop(plain_items(2));
    const ShopCli chiptrail;
    chiptrail.add_source("shop", shop.server.url("/list"));
    REQUIRE(chiptrail.crawl().result.exit_code == 0);
    std::vector<fs::path> blobs;
    for (const auto& entry : fs::recursive_directory_iterator(chiptrail.data() / "blobs")) {
        if (entry.is_regular_file()) {
            blobs.push_back(entry.path());
        }
    }
    REQUIRE(blobs.size() >= 2);
    auto changed = read_all(blobs[0]);
    changed[0] = static_cast<char>(changed[0] ^ 1);
    std::ofstream(blobs[0], std::ios::binary | std::ios::trunc) << changed;
    fs::remove(blobs[1]);

    const auto problems = chiptrail.store_problems();
    CHECK_THAT(problems, Catch::Contains(blobs[0].string()) && Catch::Contains(blobs[1].string()));
}

TEST_CASE("cli: without the models a crawl keeps the photos, and the next one looks at them",
          "[cli][crawl][slow]") {
    Shop shop(items_with_marks());
    const ShopCli chiptrail;
    chiptrail.add_source("shop", shop.server.url("/list"));
    auto options = chiptrail.options();
    options.environment["CHIPTRAIL_CACHE"] = (chiptrail.folder() / "no-cache").string();

    const auto crawl = chiptrail.run({"crawl", "--json"}, options);
    CHECK(crawl.exit_code == 3);
    CHECK(schema_problem("crawl", crawl.out) == "");
    const auto report = nlohmann::json::parse(crawl.out);
    CHECK(report.at("sources").at(0).at("posts_new") == kItems);
    CHECK_THAT(report.at("photos").at("problem").get<std::string>(),
               Catch::Contains("no-cache") && Catch::Contains("setup/models.sh"));
    const auto told = chiptrail.run({"crawl"}, options);
    CHECK(told.exit_code == 3);
    CHECK_THAT(told.err,
               Catch::Contains("no photo was looked at") && Catch::Contains("setup/models.sh"));
    const auto photo = chiptrail.file("photo.jpg", items_with_marks().at(2).photo);
    const auto scan = chiptrail.run({"scan", photo}, options);
    CHECK(scan.exit_code == 2);
    CHECK_THAT(scan.err, Catch::Contains("no-cache") && Catch::Contains("setup/models.sh"));

    if (has_models()) {
        const auto next = chiptrail.crawl({});
        CHECK(next.result.exit_code == 0);
        CHECK(next.json.at("photos").at("scanned") == kItems - 1);  // Two show the same picture.
        CHECK(next.json.at("hits").at("total") == 2);
    }
}

TEST_CASE("cli: models that are damaged are named, with the way to new ones", "[cli]") {
    if (!has_models()) {
        return;
    }
    struct Row {
        const char* what;
        const char* file;
        bool shortened;  ///< else one byte in its middle is another
    };
    const auto row = GENERATE(values<Row>({
        {"the detector cut off", "detect.net", true},
        {"one weight of the detector", "detect.net", false},
        {"one weight of the recogniser", "recognise.net", false},
        {"one letter of the alphabet", "keys.txt", false},
        {"the finder of symbols cut off", "marks/propose.net", true},
        {"the network that tells symbols apart cut off", "marks/look.net", true},
        {"the list of the files cut off", "SHA256SUMS", true},
    }));
    CAPTURE(row.what);
    const Cli chiptrail;
    const auto models = chiptrail.folder() / "cache" / models_folder().filename();
    fs::create_directories(models);
    fs::copy(models_folder(), models, fs::copy_options::recursive);
    const auto harmed = models / row.file;
    const auto middle = fs::file_size(harmed) / 2;
    if (row.shortened) {
        fs::resize_file(harmed, middle);
    } else {
        std::fstream file(harmed, std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(static_cast<std::streamoff>(middle));
        const auto other = static_cast<char>(file.get() ^ 1);
        file.seekp(static_cast<std::streamoff>(middle));
        file.put(other);
    }
    const auto photo = chiptrail.file("photo.jpg", items_with_marks().at(2).photo);
    auto options = chiptrail.options();
    options.environment["CHIPTRAIL_CACHE"] = (chiptrail.folder() / "cache").string();

    const auto scan = chiptrail.run({"scan", photo}, options);

    CHECK(scan.exit_code == 2);
    CHECK_THAT(scan.err, Catch::Contains(models.string()) && Catch::Contains("setup/models.sh"));
}
