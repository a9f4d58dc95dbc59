#include "config/lexicon_reader.hpp"

#include "core/result.hpp"
#include "core/term_matcher.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

using chiptrail::config::parse_lexicon;
using chiptrail::config::read_lexicon;
using chiptrail::core::ConfigError;

namespace {

const char* const kAcme = "[[brand]]\nkey = 'acme'\nspellings = ['Acme']\n";

std::filesystem::path shipped(const std::string& name) {
    return std::filesystem::path(CHIPTRAIL_SOURCE_DIR) / "config" / name;
}

}  // namespace

TEST_CASE("lexicon: every field of a brand and of a model is read", "[config][lexicon]") {
    const auto lexicon = parse_lexicon(R"(
[[brand]]
key = "acme"
name = "Acme"
spellings = ["Acme", "爱克美"]
misreadings = ["/CME"]
not_in = ["acmeology*"]
product_lines = ["RoadRunner"]
companions = ["inside"]
match_case = true
whole_word = true
min_confidence = 0.75
)",
                                       R"(
[search]
terms = ["A1 GPU"]
[[model]]
name = "Acme A1"
brand = "acme"
group = "accelerator"
spellings = ["A1", "A1-##"]
needs = ["gpu"]
control = "none"
rule = "15 CFR 744"
)");

    REQUIRE(lexicon.brands.size() == 1);
    const auto& brand = lexicon.brands.front();
    CHECK(brand.key == "acme");
    CHECK(brand.name == "Acme");
    CHECK(brand.spellings == std::vector<std::string>{"Acme", "爱克美"});
    CHECK(brand.misreadings == std::vector<std::string>{"/CME"});
    CHECK(brand.not_in == std::vector<std::string>{"acmeology*"});
    CHECK(brand.product_lines == std::vector<std::string>{"RoadRunner"});
    CHECK(brand.companions == std::vector<std::string>{"inside"});
    CHECK(brand.match_case);
    CHECK(brand.whole_word);
    CHECK(brand.min_confidence == 0.75);
    CHECK(lexicon.search_terms == std::vector<std::string>{"A1 GPU"});
    REQUIRE(lexicon.models.size() == 1);
    const auto& model = lexicon.models.front();
    CHECK(model.name == "Acme A1");
    CHECK(model.brand == "acme");
    CHECK(model.group == "accelerator");
    CHECK(model.spellings == std::vector<std::string>{"A1", "A1-##"});
    CHECK(model.needs == std::vector<std::string>{"gpu"});
    CHECK(model.control == "none");
    CHECK(model.rule == "15 CFR 744");
}

TEST_CASE("lexicon: a mistake names file, line and key", "[config][lexicon]") {
    struct Row {
        const char* why;
        std::string brands;
        std::string watchlist;
        const char* message;
    };
    const auto row = GENERATE(values<Row>({
        {"unknown key", "[[brand]]\nkey='a'\nspelling=['Acme']\n", "", "brands.toml:"},
        {"no spelling", "[[brand]]\nkey='a'\n", "", "spellings: is missing or empty"},
        {"no key", "[[brand]]\nspellings=['Acme']\n", "", "key"},
        {"bad key", "[[brand]]\nkey='A B'\nspellings=['Acme']\n", "", "must be lower-case"},
        {"one letter", "[[brand]]\nkey='a'\nspellings=['A']\n", "", "two letters at least"},
        {"no letter", "[[brand]]\nkey='a'\nspellings=['--']\n", "", "holds no letter"},
        {"twice", std::string(kAcme) + kAcme, "", "\"acme\" is given twice"},
        {"confidence", std::string(kAcme) + "min_confidence = 1.5\n", "", "between 0 and 1"},
        {"not a number",
         std::string(kAcme) + "min_confidence = nan\n",
         "",
         "min_confidence: must be between 0 and 1"},
        {"wildcard first", std::string(kAcme) + "not_in = ['*acme']\n", "", "must not start with"},
        {"unknown brand",
         kAcme,
         "[[model]]\nname='X'\nbrand='acmee'\nspellings=['X1']\n",
         "watchlist.toml:"},
        {"model without spelling", kAcme, "[[model]]\nname='X'\n", "spellings: is missing"},
        {"model twice",
         kAcme,
         "[[model]]\nname='X'\nspellings=['X1']\n[[model]]\nname='X'\nspellings=['X2']\n",
         "\"X\" is given twice"},
        {"unknown table", kAcme, "[modle]\nname='X'\n", "modle"},
    }));
    CAPTURE(row.why);

    CHECK_THROWS_WITH(parse_lexicon(row.brands, row.watchlist), Catch::Contains(row.message));
    CHECK_THROWS_AS(parse_lexicon(row.brands, row.watchlist), ConfigError);
}

TEST_CASE("lexicon: the shipped files read and know the vendors", "[config][lexicon]") {
    const auto lexicon = read_lexicon(shipped("brands.toml"), shipped("watchlist.toml"));

    for (const auto* key :
         {"nvidia",   "supermicro", "asus",     "dell",    "hpe",     "hp",     "lenovo",
          "gigabyte", "asrock",     "msi",      "intel",   "amd",     "huawei", "xfusion",
          "inspur",   "h3c",        "sugon",    "zte",     "cisco",   "arista", "juniper",
          "mellanox", "foxconn",    "qct",      "wiwynn",  "fujitsu", "ibm",    "tyan",
          "netapp",   "apc",        "synology", "ubiquiti"}) {
        CAPTURE(key);
        CHECK(lexicon.find_brand(key) != nullptr);
    }
    CHECK_FALSE(lexicon.search_terms.empty());
    for (const auto& model : lexicon.models) {
        CAPTURE(model.name);
        CHECK_FALSE(model.group.empty());
        CHECK_FALSE(model.control.empty());
        CHECK_FALSE(model.rule.empty());
    }
}

TEST_CASE("lexicon: the makers of parts can be appended to the vendors", "[config][lexicon]") {
    const auto read = [](const std::string& file) {
        std::ifstream stream(shipped(file));
        std::ostringstream text;
        text << stream.rdbuf();
        return text.str();
    };
    const auto both = parse_lexicon(read("brands.toml") + read("brands-parts.toml"), "");

    for (const auto* key : {"nvidia", "corsair", "seagate", "samsung", "tp-link", "eaton"}) {
        CAPTURE(key);
        CHECK(both.find_brand(key) != nullptr);
    }
}

TEST_CASE("lexicon: the shipped watch-list finds what posts say", "[config][lexicon]") {
    struct Row {
        std::string text;
        std::string model;
    };
    const auto row = GENERATE(values<Row>({
        {"Selling 8xH100 SXM5 80GB", "NVIDIA H100"},
        {"出售英伟达H20 96G 现货", "NVIDIA H20"},
        {"hydrant H20 valve", ""},
        {"vitamin B200 tablets", ""},
        {"HGX B200 8-GPU board", "NVIDIA HGX B200"},
        {"Supermicro SYS-821GE-TNHR barebone", "Supermicro SYS-821GE-TNHR"},
        {"AS-8125GS-TNHR", "Supermicro GPU server, 4U and 8U HGX"},
        {"dell xe9680 w/ 8 gpus", "Dell PowerEdge XE9680"},
        {"Lenovo SR650 V2 2U", "Lenovo ThinkSystem SR650"},
        {"G593-SD0-LAX1", "GIGABYTE G593-SD0"},
        {"ASUS ESC8000A-E12", "ASUS ESC8000"},
        {"华为昇腾910B 训练卡", "Huawei Ascend 910"},
        {"rtx4090 48G 涡轮", "GeForce RTX 4090"},
        {"RTX 4080", ""},
        {"AMD MI300X OAM", "AMD Instinct MI300X"},
    }));
    CAPTURE(row.text);
    static const auto lexicon = read_lexicon(shipped("brands.toml"), shipped("watchlist.toml"));
    static const chiptrail::core::TermMatcher matcher(lexicon.model_terms());

    const auto found = matcher.find(row.text);

    REQUIRE(found.empty() == row.model.empty());
    if (!found.empty()) {
        CHECK(lexicon.models[found.front().term].name == row.model);
    }
}
