#include "config/own_brands.hpp"

#include "config/lexicon_reader.hpp"
#include "core/result.hpp"
#include "tests/support/temp_dir.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>
#include <thread>

using namespace chiptrail;
using config::BrandEntry;
using config::with_brand;
using config::without_brand;

namespace {

BrandEntry acme() {
    BrandEntry entry;
    entry.key = "acme";
    entry.name = "Acme \"Tools\"";
    entry.spellings = {"Acme", "爱克美"};
    entry.images = {"brands/acme/1.png"};
    return entry;
}

std::string content(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("own brands: a new entry reads back as it was given", "[config][own]") {
    const auto text = with_brand("", acme(), "own.toml");
    const auto lexicon = config::parse_lexicon("", "", "", text);

    REQUIRE(lexicon.brands.size() == 1);
    CHECK(lexicon.brands[0].name == acme().name);
    CHECK(lexicon.brands[0].spellings == acme().spellings);
    CHECK(lexicon.brands[0].images == acme().images);
    CHECK(with_brand(text, acme(), "own.toml") == text);
}

TEST_CASE("own brands: what a person wrote stays", "[config][own]") {
    struct Row {
        const char* why;
        const char* before;
        const char* after;
    };
    const auto row = GENERATE(values<Row>({
        {"comments and order of keys",
         "# mine\n[[brand]]\nname = 'A'   # short\nkey = 'acme'\nspellings = ['Acme'] # one\n",
         "# mine\n[[brand]]\nname = 'A'   # short\nkey = 'acme'\nmisreadings = [\"ACNE\"]\n"
         "spellings = ['Acme', \"AKME\"] # one\n"},
        {"a list over several lines with comments",
         "[[brand]]\nkey = 'acme'\nmisreadings = ['ACNE']\nspellings = [\n  'Acme', # the first "
         "]\n]\n",
         "[[brand]]\nkey = 'acme'\nmisreadings = ['ACNE']\nspellings = [\n  'Acme', # the first ]\n"
         "\"AKME\"]\n"},
        {"letters of other scripts before the bracket",
         "[[brand]]\nkey = 'acme'\nmisreadings = ['ACNE']\nspellings = ['爱克美']\n",
         "[[brand]]\nkey = 'acme'\nmisreadings = ['ACNE']\nspellings = ['爱克美', \"AKME\"]\n"},
    }));
    CAPTURE(row.why);
    BrandEntry more;
    more.key = "acme";
    more.spellings = {"AKME"};
    more.misreadings = {"ACNE"};

    CHECK(with_brand(row.before, more, "own.toml") == row.after);
}

TEST_CASE("own brands: one is removed without the others", "[config][own]") {
    const std::string text =
        "# head\n\n[[brand]]\nkey = 'one'\nspellings = [\n  'One',\n]\n\n# about two\n[[brand]]\n"
        "key = 'two'\nspellings = ['Two']\n\n[[brand]]\nkey = 'three'\nspellings = ['Three']\n";

    const auto without_one = without_brand(text, "one", "own.toml");
    CHECK(without_one ==
          "# head\n\n# about two\n[[brand]]\nkey = 'two'\nspellings = ['Two']\n\n[[brand]]\nkey = "
          "'three'\nspellings = ['Three']\n");
    const auto rest = without_brand(without_brand(without_one, "three", "own.toml"), "two", "o");
    CHECK(config::parse_lexicon("", "", "", rest).brands.empty());
    CHECK_THAT(rest, Catch::Contains("# head"));
    CHECK(without_brand(text, "four", "own.toml") == text);
    CHECK_THROWS_AS(without_brand("[[", "one", "own.toml"), core::ConfigError);
}

TEST_CASE("own brands: a file that changed meanwhile is edited anew", "[config][own]") {
    const tests::TempDir folder;
    const auto file = folder / "deep" / "own-brands.toml";
    int calls = 0;
    config::change_own_brands(
        file,
        [&](const std::string& text) {
            if (++calls == 1) {
                std::ofstream(file) << "# saved by an editor\n";
            }
            return with_brand(text, acme(), "own.toml");
        },
        [](const std::string&) {});

    CHECK(calls == 2);
    CHECK_THAT(content(file),
               Catch::Contains("# saved by an editor") && Catch::Contains("key = \"acme\""));
    CHECK(config::own_brand_keys(file) == std::vector<std::string>{"acme"});
}

TEST_CASE("own brands: several programs add at once and nothing is lost", "[config][own]") {
    const tests::TempDir folder;
    const auto file = folder / "own-brands.toml";
    std::vector<std::jthread> writers;
    for (int i = 0; i < 4; ++i) {
        writers.emplace_back([&file, i] {
            for (int n = 0; n < 5; ++n) {
                BrandEntry entry;
                entry.key = "b" + std::to_string(i) + std::to_string(n);
                entry.spellings = {"Brand" + entry.key};
                config::change_own_brands(
                    file,
                    [&](const std::string& text) { return with_brand(text, entry, "o"); },
                    [](const std::string&) {});
            }
        });
    }
    writers.clear();

    CHECK(config::own_brand_keys(file).size() == 20);
}

TEST_CASE("own brands: what must not be kept or cannot be written changes nothing",
          "[config][own]") {
    const tests::TempDir folder;
    const auto file = folder / "own-brands.toml";
    std::ofstream(file) << "# as it was\n";
    const auto add = [](const std::string& text) { return with_brand(text, acme(), "o"); };

    CHECK_THROWS_AS(config::change_own_brands(
                        file, add, [](const std::string&) { throw core::ConfigError("no"); }),
                    core::ConfigError);
    CHECK(content(file) == "# as it was\n");
    CHECK_THROWS_AS(
        config::change_own_brands(file / "below-a-file", add, [](const std::string&) {}),
        core::Error);
    CHECK(config::own_brand_keys(folder / "none.toml").empty());
}
