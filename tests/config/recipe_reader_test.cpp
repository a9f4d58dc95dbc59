#include "config/recipe_reader.hpp"

#include "core/file.hpp"
#include "tests/support/temp_dir.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

using namespace chiptrail;
using config::TomlTable;

namespace {

extract::Recipe read(const std::string& text) {
    return config::read_recipe(TomlTable::parse(text, "r.toml"), "r");
}

const std::filesystem::path kSources =
    std::filesystem::path(CHIPTRAIL_SOURCE_DIR) / "config" / "sources";

}  // namespace

TEST_CASE("recipes: every shipped recipe reads and says which site it is for",
          "[config][recipes]") {
    const auto recipes = config::read_recipes(kSources);

    CHECK(recipes.size() >= 10);
    for (const auto& recipe : recipes) {
        CAPTURE(recipe.name);
        CHECK_FALSE(recipe.site.empty());
        CHECK_FALSE(recipe.readings.empty());
    }
}

TEST_CASE("recipes: the example in the reference is a recipe", "[config][recipes]") {
    const auto readme = core::read_file(kSources / "README.md", 1'000'000).value();
    const auto begin = readme.find("```toml\n") + 8;
    const auto recipe = read(readme.substr(begin, readme.find("```", begin) - begin));

    CHECK(recipe.site == "Example Market");
    CHECK(recipe.hosts == std::vector<std::string>{"*.example.com"});
    CHECK(recipe.crawl.enabled);
    CHECK(recipe.crawl.max_pages == 20);
    REQUIRE(recipe.readings.size() == 2);
    CHECK(recipe.readings[0].many);
    CHECK(recipe.readings[0].fields.at(extract::Field::id).front().filters.regex->pattern() ==
          R"(/item/(\d+))");
    CHECK_FALSE(recipe.readings[1].many);
    CHECK(recipe.readings[1].fields.at(extract::Field::title).size() == 2);
}

TEST_CASE("recipes: the defaults in the reference are the defaults in the code",
          "[config][recipes]") {
    const auto readme = core::read_file(kSources / "README.md", 1'000'000).value();
    const extract::Recipe::Crawl crawl;
    const auto row = [&](const std::string& key, const std::string& value) {
        CAPTURE(key, value);
        CHECK(readme.find("| `" + key + "` | " + value + " |") != std::string::npos);
    };

    row("enabled", crawl.enabled ? "true" : "false");
    row("delay_ms", std::to_string(crawl.delay.count()));
    row("max_pages", std::to_string(crawl.max_pages));
    row("max_depth", std::to_string(crawl.max_depth));
    row("max_images", std::to_string(crawl.max_images));
    row("revisit_hours", std::to_string(crawl.revisit.count()));
}

TEST_CASE("recipes: a mistake is named with its file, line and key", "[config][recipes]") {
    struct Row {
        const char* why;
        const char* text;
        const char* message;
    };
    const auto row = GENERATE(values<Row>({
        {"no site", "[[read]]", "r.toml:1: site: is missing, must be text in quotes"},
        {"no reading",
         "site = 'x'",
         "r.toml:1: read: is missing: a recipe needs at least one [[read]]"},
        {"a bad selector in a list",
         "site = 'x'\n[[read]]\n[read.fields]\ntitle = ['h1',\n'h2[']",
         "r.toml:5: read[0].fields.title[1].select: selector 'h2[', character 4: expected an "
         "attribute name"},
        {"a bad selector in a table",
         "site = 'x'\n[[read]]\n[read.fields]\ntitle = { select = '..' }",
         "r.toml:4: read[0].fields.title.select: selector '..', character 2: expected a class "
         "name"},
        {"a bad pattern",
         "site = 'x'\n[[read]]\nwhen = { path = '(' }",
         "r.toml:3: read[0].when.path: pattern '(': missing ): ("},
        {"a bad path",
         "site = 'x'\n[[read]]\ninput = 'json'\nitems = 'a['",
         "r.toml:4: read[0].items.json: path 'a[', character 3: expected a number, '*', a quoted "
         "key or ?(@...)"},
        {"an unknown field",
         "site = 'x'\n[[read]]\n[read.fields]\nprize = 'a'",
         "r.toml:4: read[0].fields.prize: unknown field 'prize', known are id, url, kind, title, "
         "text, author, author_id, author_url, price, currency, location, published, images, "
         "links"},
        {"an unknown key",
         "site = 'x'\n[[read]]\n[read.fields]\nid = { select = 'a', regexp = 'b' }",
         "r.toml:4: read[0].fields.id.regexp: unknown key, known here: divide, formats, json, "
         "meta, page, path, regex, replace, script, select, strip_html, url, value, wrap"},
        {"two places at once",
         "site = 'x'\n[[read]]\n[read.fields]\nid = { select = 'a', meta = 'b' }",
         "r.toml:4: read[0].fields.id.meta: cannot stand beside select"},
        {"no place",
         "site = 'x'\n[[read]]\n[read.fields]\nid = { regex = 'a' }",
         "r.toml:4: read[0].fields.id.select: is missing: one of select, json, script, meta, url, "
         "value"},
        {"a script without a path",
         "site = 'x'\n[[read]]\n[read.fields]\nid = { script = 'a' }",
         "r.toml:4: read[0].fields.id.path: is missing: where in the script's value to look"},
        {"a wrap without a place",
         "site = 'x'\n[[read]]\n[read.fields]\nid = { select = 'a', wrap = 'b' }",
         "r.toml:4: read[0].fields.id.wrap: must hold {}, which stands for the text found"},
        {"half a replacement",
         "site = 'x'\n[[read]]\n[read.fields]\nid = { select = 'a', replace = ['b'] }",
         "r.toml:4: read[0].fields.id.replace: must be a list of pairs: [pattern, text, pattern, "
         "text]"},
        {"a group that is not there",
         "site = 'x'\n[[read]]\n[read.fields]\nid = { select = 'a', replace = ['b', '\\1'] }",
         "r.toml:4: read[0].fields.id.replace: Rewrite schema requests 1 matches, but the regexp "
         "only has 0 parenthesized subexpressions."},
        {"a status that is none",
         "site = 'x'\n[[status]]\nis = 'broken'\ntitle = 'a'",
         "r.toml:3: status[0].is: is 'broken', must be needs_js, needs_login, captcha, blocked, "
         "empty_list or layout_changed"},
        {"a status without a sign",
         "site = 'x'\n[[status]]\nis = 'captcha'",
         "r.toml:3: status[0].is: stands alone: add selector, json, text, title or url"},
        {"an input that is none",
         "site = 'x'\n[[read]]\ninput = 'xml'",
         "r.toml:3: read[0].input: is 'xml', must be html, json, script, feed or generic"},
        {"a start that is no URL",
         "site = 'x'\nstart = ['ftp://a/']\n[[read]]",
         "r.toml:2: start: "},
        {"a delay out of range",
         "site = 'x'\n[crawl]\ndelay_ms = -1\n[[read]]",
         "r.toml:3: crawl.delay_ms: is -1, must be 0 to 3600000"},
    }));
    CAPTURE(row.why);

    CHECK_THROWS_WITH(read(row.text), Catch::Matchers::StartsWith(row.message));
}

TEST_CASE("recipes: a folder is read by name, and a missing one is named", "[config][recipes]") {
    const tests::TempDir folder;
    core::write_file_durably(folder / "b.toml", "site = 'B'\n[[read]]\n");
    core::write_file_durably(folder / "a.toml", "site = 'A'\n[[read]]\n");
    core::write_file_durably(folder / "notes.txt", "not a recipe");
    const auto recipes = config::read_recipes(folder.path());

    REQUIRE(recipes.size() == 2);
    CHECK(recipes[0].name == "a");
    CHECK(recipes[1].site == "B");
    CHECK_THROWS_WITH(config::read_recipes(folder / "none"),
                      Catch::Matchers::Contains("cannot list the recipes"));
}
