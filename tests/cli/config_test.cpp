#include "tests/cli/cli.hpp"

#include <catch2/catch.hpp>

using chiptrail::tests::Cli;
using chiptrail::tests::schema_problem;

TEST_CASE("cli: an unknown configuration key is exit code 2 with file and line", "[cli]") {
    const Cli chiptrail;
    const auto file = chiptrail.file("chiptrail.toml", "[crawl]\ndelay = 3\n");
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {"crawl"}, {"scan", "."}, {"hits"}, {"review"}, {"sources"}, {"doctor"}}) {
        CAPTURE(arguments.front());
        const auto result = chiptrail(arguments);
        const auto& said = arguments.front() == "doctor" ? result.out : result.err;
        CHECK(result.exit_code == (arguments.front() == "doctor" ? 1 : 2));
        CHECK_THAT(said, Catch::Contains(file + ":2: crawl.delay"));
    }
}

TEST_CASE("cli: --config stands above ./chiptrail.toml, before or after the command", "[cli]") {
    const Cli chiptrail;
    static_cast<void>(chiptrail.file("chiptrail.toml", "broken"));
    const auto good = chiptrail.file("other/good.toml", "[storage]\nfolder = \"here\"\n");

    CHECK(chiptrail({"sources"}).exit_code == 2);
    CHECK(chiptrail({"--config", good, "sources"}).exit_code == 0);
    CHECK(chiptrail({"sources", "--config", good}).exit_code == 0);
    CHECK_THAT(chiptrail({"hits", "--config", good}).err,
               Catch::Contains((chiptrail.folder() / "other" / "here").string()));
}

TEST_CASE("cli: a configuration that was named and is not there says how to make one", "[cli]") {
    const Cli chiptrail;
    auto options = chiptrail.options();
    options.environment["CHIPTRAIL_CONFIG"] = "/nowhere/c.toml";

    const auto result = chiptrail.run({"hits"}, options);
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err,
               Catch::Contains("/nowhere/c.toml") && Catch::Contains("CHIPTRAIL_CONFIG") &&
                   Catch::Contains("copy "));
}

TEST_CASE("cli: a source that does not exist is named, with the one that was meant", "[cli]") {
    const Cli chiptrail;
    static_cast<void>(chiptrail.file("mine/myforum.toml",
                                     "site = \"F\"\nstart = [\"https://f.example/\"]\n"
                                     "[[read]]\nitems = \".post\"\nfields.title = \"h1\"\n"));
    static_cast<void>(
        chiptrail.file("chiptrail.toml", "[sources]\nshipped = false\nfolder = \"mine\"\n"));

    const auto crawl = chiptrail({"crawl", "--source", "myfroum"});
    CHECK(crawl.exit_code == 2);
    CHECK_THAT(crawl.err, Catch::Contains("did you mean 'myforum'?"));
    const auto none = chiptrail({"crawl"});
    CHECK(none.exit_code == 2);
    CHECK_THAT(none.err, Catch::Contains("no source is enabled"));
    const auto list = chiptrail({"sources", "--json"});
    CHECK(list.exit_code == 0);
    CHECK(schema_problem("sources", list.out) == "");
    CHECK_THAT(list.out,
               Catch::Contains("\"name\":\"myforum\"") && Catch::Contains("\"start_urls\":1"));
    static_cast<void>(chiptrail.file("chiptrail.toml",
                                     "[sources]\nshipped = false\nfolder = \"mine\"\n"
                                     "enabled = [\"other\"]\n"));
    CHECK_THAT(chiptrail({"sources"}).err,
               Catch::Contains("sources.enabled: there is no recipe 'other'"));
}

TEST_CASE("cli: a recipe of one's own replaces the shipped one of the same name", "[cli]") {
    const Cli chiptrail;
    const auto shipped = chiptrail({"sources", "--json"});
    REQUIRE(shipped.exit_code == 0);
    CHECK(schema_problem("sources", shipped.out) == "");
    const auto begin = shipped.out.find("\"name\":\"") + 8;
    const auto name = shipped.out.substr(begin, shipped.out.find('"', begin) - begin);
    static_cast<void>(chiptrail.file("mine/" + name + ".toml",
                                     "site = \"MY OWN\"\nstart = []\n"
                                     "[[read]]\nitems = \".post\"\nfields.title = \"h1\"\n"));
    static_cast<void>(chiptrail.file("chiptrail.toml", "[sources]\nfolder = \"mine\"\n"));

    const auto result = chiptrail({"sources", "--json"});
    CHECK_THAT(result.out, Catch::Contains("{\"name\":\"" + name + "\",\"site\":\"MY OWN\""));
    CHECK(std::count(result.out.begin(), result.out.end(), '\n') ==
          std::count(shipped.out.begin(), shipped.out.end(), '\n'));
}

TEST_CASE("cli: doctor says ok, warn or fail of each thing, and the way out", "[cli]") {
    const Cli chiptrail;
    const auto result = chiptrail({"doctor", "--json"});

    CHECK(schema_problem("doctor", result.out) == "");
    CHECK(result.err.empty());
    for (const auto* name : {"program",
                             "libraries",
                             "sqlite",
                             "config",
                             "contact",
                             "sources",
                             "marks",
                             "models",
                             "decoder",
                             "disk",
                             "store",
                             "clock"}) {
        CAPTURE(name);
        CHECK_THAT(result.out, Catch::Contains("\"name\":\"" + std::string(name) + "\""));
    }
    CHECK_THAT(result.out, Catch::Contains("\"level\":\"warn\",\"name\":\"contact\""));
    CHECK_THAT(result.out, Catch::Contains("put an address into [crawl] contact"));
    CHECK_THAT(result.out, Catch::Contains("\"level\":\"ok\",\"name\":\"sqlite\""));
}

TEST_CASE("cli: doctor finds missing and damaged models and an unreadable store", "[cli]") {
    const Cli chiptrail;
    static_cast<void>(chiptrail.file("data/chiptrail/chiptrail.db", "this is no database"));
    const auto models = chiptrail.folder() / "models";
    std::filesystem::create_directories(models);
    static_cast<void>(chiptrail.file("chiptrail.toml", "[vision]\nmodels_folder = \"models\"\n"));

    const auto missing = chiptrail({"doctor"});
    CHECK(missing.exit_code == 1);
    CHECK_THAT(missing.out,
               Catch::Contains("models/SHA256SUMS") && Catch::Contains("setup/models.sh"));
    CHECK_THAT(missing.out, Catch::Contains("chiptrail.db"));

    static_cast<void>(
        chiptrail.file("models/SHA256SUMS", std::string(64, '0') + "  detect.net\n"));
    static_cast<void>(chiptrail.file("models/detect.net", "x"));
    CHECK_THAT(chiptrail({"doctor"}).out, Catch::Contains("is not what set-up wrote"));
}
