#include "config/lexicon_reader.hpp"
#include "core/result.hpp"
#include "vision/model_grammar.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace chiptrail;
using config::LexiconFiles;
using config::parse_lexicon;

namespace {

const vision::Lexicon& shipped() {
    static const auto lexicon = [] {
        const auto folder = std::filesystem::path(CHIPTRAIL_SOURCE_DIR) / "config";
        LexiconFiles files;
        files.brands = folder / "brands.toml";
        files.watchlist = folder / "watchlist.toml";
        files.families = folder / "families.toml";
        return config::read_lexicon(files);
    }();
    return lexicon;
}

constexpr auto kAcme = "[[brand]]\nkey='acme'\nspellings=['Acme']\n";

}  // namespace

TEST_CASE("families: the shipped patterns read what makers print", "[config][models]") {
    struct Row {
        std::string text;
        std::string name;
        std::string watched;
    };
    const auto row = GENERATE(values<Row>({
        {"DGX B200", "NVIDIA DGX B200", "NVIDIA HGX B200"},
        {"HGX H200", "NVIDIA HGX H200", "NVIDIA HGX H200"},
        {"DGX\nB200", "NVIDIA DGX B200", "NVIDIA HGX B200"},
        {"SYS-421GE-TNRT", "Supermicro SYS-421GE-TNRT", "Supermicro GPU server, 4U and 8U HGX"},
        {"SYS-821GE-TNHR", "Supermicro SYS-821GE-TNHR", "Supermicro SYS-821GE-TNHR"},
        {"AS -8125GS-TNHR", "Supermicro AS-8125GS-TNHR", "Supermicro GPU server, 4U and 8U HGX"},
        {"SSG-6049P-E1CR36H", "Supermicro SSG-6049P-E1CR36H", ""},
        {"PowerEdge XE9680", "Dell PowerEdge XE9680", "Dell PowerEdge XE9680"},
        {"Dell R760xa", "Dell R760xa", "Dell PowerEdge for graphics cards"},
        {"PowerEdge R630", "Dell PowerEdge R630", "Dell PowerEdge R-series"},
        {"ThinkSystem SR680a V3", "Lenovo ThinkSystem SR680a V3", "Lenovo ThinkSystem SR680a"},
        {"ThinkSystem SR850 V2", "Lenovo ThinkSystem SR850 V2", ""},
        {"G593-SD0", "GIGABYTE G593-SD0", "GIGABYTE G593-SD0"},
        {"ESC8000A-E12", "ASUS ESC8000A-E12", "ASUS ESC8000"},
        {"ProLiant DL380a Gen11", "HPE ProLiant DL380a Gen11", "HPE ProLiant DL380a"},
        {"ProLiant DL360 Gen10 Plus", "HPE ProLiant DL360 Gen10 Plus", "HPE ProLiant DL"},
        {"Inspur NF5688M7", "Inspur NF5688M7", "Inspur NF5688"},
        {"xFusion G5500 V7", "xFusion G5500 V7", "xFusion G5500"},
        {"900-21010-0000-000", "NVIDIA 900-21010-0000-000", "NVIDIA H100"},
        {"699-21010-0200-700", "NVIDIA 699-21010-0200-700", ""},
        {"P52534-B21", "HPE P52534-B21", ""},
        {"Lenovo 7DHCCTO1WW", "Lenovo 7DHCCTO1WW", ""},
        {"DP/N 0K2D3C", "Dell DP/N 0K2D3C", ""},
        {"PowerConnect 5548P", "Dell PowerConnect 5548P", ""},
        {"S5248F-ON", "Dell S5248F-ON", ""},
        {"CloudEngine S5735-L24P4X-A1", "Huawei CloudEngine S5735-L24P4X-A1", ""},
        {"ProCurve Switch 2810-24G", "HP ProCurve Switch 2810-24G", ""},
        {"HP ProCurve 2520G-8-PoE", "HP ProCurve 2520G-8-PoE", ""},
        {"RackSwitch G8052", "Lenovo RackSwitch G8052", ""},
        {"EPYC 7763", "AMD EPYC 7763", ""},
    }));
    CAPTURE(row.text);
    static const vision::ModelGrammar grammar(shipped());
    const auto found = grammar.find(row.text);

    REQUIRE(found.size() == 1);
    CHECK(found.front().name == row.name);
    const auto watched = found.front().watched;
    CHECK((watched ? shipped().models[*watched].name : std::string()) == row.watched);
}

TEST_CASE("families: the shipped patterns leave ordinary text alone", "[config][models]") {
    const auto* const text = GENERATE("Made in China 2021-10-04",
                                      "Model: ABC-123 Rev 2.0",
                                      "100-240V~ 50-60Hz 12A",
                                      "R630 C12 U45",
                                      "ISO 9001:2015",
                                      "tel. 0800 123 4567",
                                      "IPv6 fe80::1ff:fe23:4567:890a",
                                      "2x 10GbE SFP+",
                                      "PCIe x16 Gen5",
                                      "SN 5CG1234ABC",
                                      "DDR4-3200 32GB",
                                      "V 1.2.3",
                                      "1234-5678-9012");
    CAPTURE(text);
    static const vision::ModelGrammar grammar(shipped());

    CHECK(grammar.find(text).empty());
}

TEST_CASE("families: what is wrong with a file is said with its place", "[config][models]") {
    struct Row {
        const char* why;
        const char* families;
        const char* message;
    };
    const auto row = GENERATE(values<Row>({
        {"no name", "[[family]]\nbrand='acme'\npatterns=['SYS-{3 digits}']\n", "name: is missing"},
        {"no pattern", "[[family]]\nname='x'\nbrand='acme'\n", "patterns: is missing"},
        {"a pattern that does not read",
         "[[family]]\nname='x'\nbrand='acme'\npatterns=['SYS-{3 digts}']\n",
         "families.toml:4: family[0].patterns: \"SYS-{3 digts}\""},
        {"a pattern found everywhere",
         "[[family]]\nname='x'\nbrand='acme'\npatterns=['R{3 digits}']\n",
         "too common"},
        {"a brand nobody knows",
         "[[family]]\nname='x'\nbrand='acne'\npatterns=['SYS-{3 digits}']\n",
         "brand: no brand"},
        {"a name given twice",
         "[[family]]\nname='x'\nbrand='acme'\npatterns=['SYS-{3 digits}']\n"
         "[[family]]\nname='x'\nbrand='acme'\npatterns=['SYT-{3 digits}']\n",
         "given twice"},
        {"a value without its part",
         "[[family]]\nname='x'\nbrand='acme'\npatterns=['SYS-{3 digits}']\naccelerators=['GE']\n",
         "accelerators"},
        {"an unknown key",
         "[[family]]\nname='x'\nbrand='acme'\npatterns=['SYS-{3 digits}']\npatern='x'\n",
         "patern: unknown key"},
    }));
    CAPTURE(row.why);

    CHECK_THROWS_WITH(parse_lexicon(kAcme, "", row.families), Catch::Contains(row.message));
}

TEST_CASE("own brands: add to the list, or to a brand of it", "[config][lexicon]") {
    const auto lexicon = parse_lexicon(kAcme,
                                       "",
                                       "",
                                       "[[brand]]\nkey='acme'\nspellings=['AKME', 'Acme']\n"
                                       "images=['brands/acme/1.png']\n"
                                       "[[brand]]\nkey='new'\nspellings=['Newcorp']\n");

    REQUIRE(lexicon.brands.size() == 2);
    CHECK(lexicon.brands[0].spellings == std::vector<std::string>{"Acme", "AKME"});
    CHECK(lexicon.brands[0].images == std::vector<std::string>{"brands/acme/1.png"});
    CHECK(lexicon.brands[1].name == "new");
    CHECK_THROWS_WITH(parse_lexicon(kAcme, "", "", "[[brand]]\nkey='new'\n"),
                      Catch::Contains("own-brands.toml") && Catch::Contains("spellings"));
    CHECK_THROWS_WITH(
        parse_lexicon(kAcme, "", "", "[[brand]]\nkey='acme'\n[[brand]]\nkey='acme'\n"),
        Catch::Contains("given twice"));
}
