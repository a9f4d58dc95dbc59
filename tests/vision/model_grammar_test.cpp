#include "vision/model_grammar.hpp"

#include "vision/model_pattern.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace chiptrail;
using vision::ModelGrammar;
using vision::pattern_problem;
using vision::PatternUse;

namespace {

/// Made up, so that the tests say nothing about real makers.
vision::Lexicon acme_lexicon() {
    vision::Lexicon lexicon;
    vision::Brand acme;
    acme.key = "acme";
    acme.name = "Acme";
    acme.spellings = {"Acme", "ACME CORP"};
    acme.product_lines = {"RoadRunner"};
    lexicon.brands.push_back(acme);
    vision::ModelFamily servers;
    servers.name = "Acme server";
    servers.brand = "acme";
    servers.group = "server";
    servers.patterns = {
        "SYS-{height: 1|2|4|8}{sockets: 1 digit}{generation: 1 digit}{family: 1-3 "
        "letters}-{options: 2-8 letters}",
        "RoadRunner R{number: 3 digits}[{variant: xa|xd}]",
        "ProBox DL{number: 3 digits}[ Gen{generation: 1-2 digits}[ Plus]]"};
    servers.with_vendor = {"R{number: 3 digits}[{variant: xa|xd}]"};
    servers.meanings = {{"height", "4", "4U", false},
                        {"family", "GE", "for graphics cards", true},
                        {"variant", "xa", {}, true}};
    vision::ModelFamily parts;
    parts.name = "Acme part number";
    parts.brand = "acme";
    parts.group = "part number";
    parts.patterns = {"900-{board: 5 letters or digits}-{4 digits}-{3 letters or digits}"};
    lexicon.families = {servers, parts};
    lexicon.models = {{.name = "Acme GPU box",
                       .brand = "acme",
                       .group = "server",
                       .spellings = {"SYS-#21GE-T*"},
                       .needs = {},
                       .control = "ECCN 4A090",
                       .rule = "a rule",
                       .basis = "not verified"},
                      {.name = "Acme DL380",
                       .brand = "acme",
                       .group = "server",
                       .spellings = {"DL380 Gen##"},
                       .needs = {"acme"},
                       .control = {},
                       .rule = {},
                       .basis = {}}};
    return lexicon;
}

const ModelGrammar& grammar() {
    static const ModelGrammar made(acme_lexicon());
    return made;
}

std::string found_in(const std::string& text, const std::string& context = {}) {
    std::string names;
    for (const auto& candidate : grammar().find(text, context)) {
        names += (names.empty() ? "" : ", ") + candidate.text;
    }
    return names;
}

}  // namespace

TEST_CASE("model grammar: a number is found however it is garbled, and not in other text",
          "[vision][models]") {
    struct Row {
        const char* why;
        const char* text;
        const char* models;
    };
    const auto row = GENERATE(values<Row>({
        {"as its maker writes it", "SYS-421GE-TNRT", "SYS-421GE-TNRT"},
        {"in a sentence", "Verkaufe SYS-421GE-TNRT, neu", "SYS-421GE-TNRT"},
        {"beside ideographs", "出售SYS-421GE-TNRT服务器", "SYS-421GE-TNRT"},
        {"full-width letters", "ＳＹＳ－４２１ＧＥ－ＴＮＲＴ", "SYS-421GE-TNRT"},
        {"blanks for hyphens", "SYS 421GE TNRT", "SYS-421GE-TNRT"},
        {"blanks around hyphens", "SYS - 421GE - TNRT", "SYS-421GE-TNRT"},
        {"a long dash", "SYS—421GE—TNRT", "SYS-421GE-TNRT"},
        {"no first hyphen: letters end where digits begin", "SYS421GE-TNRT", "SYS-421GE-TNRT"},
        {"no second hyphen: nobody knows where the family ends", "SYS-421GETNRT", ""},
        {"I for 1 among digits", "SYS-42IGE-TNRT", "SYS-421GE-TNRT"},
        {"5 for S in a word", "5YS-421GE-TNRT", "SYS-421GE-TNRT"},
        {"S for 5 where digits are", "RoadRunner R7S0", "RoadRunner R750"},
        {"0 for O in a product line", "R0adRunner R750xa", "RoadRunner R750xa"},
        {"too much misread", "5Y5-4ZIGE-TNRT", ""},
        {"letters where digits must be", "SYS-ABCGE-TNRT", ""},
        {"part of a longer word", "XSYS-421GE-TNRT", ""},
        {"goes on", "RoadRunner R7500", ""},
        {"the vendor run into it", "AcmeRoadRunner R750", "RoadRunner R750"},
        {"what may be missing is", "ProBox DL380", "ProBox DL380"},
        {"what may be missing is there", "ProBox DL380 Gen10 Plus", "ProBox DL380 Gen10 Plus"},
        {"a blank before digits", "ProBox DL 380 Gen 11", "ProBox DL380 Gen11"},
        {"l for 1 at the end", "ProBox DL380 Gen1l", "ProBox DL380 Gen11"},
        {"letters or digits stay as read", "900-2IO10-0000-000", "900-2IO10-0000-000"},
        {"but digits beside them do not", "900-2G133-OOO0-000", "900-2G133-0000-000"},
        {"two in one text",
         "SYS-421GE-TNRT / 900-21010-0000-000",
         "SYS-421GE-TNRT, 900-21010-0000-000"},
        {"no letters at all", "1234567890", ""},
        {"nothing", "", ""},
    }));
    CAPTURE(row.why, row.text);

    CHECK(found_in(row.text) == row.models);
}

TEST_CASE("model grammar: a short number counts only beside its vendor's name",
          "[vision][models]") {
    struct Row {
        const char* text;
        const char* context;
        const char* models;
    };
    const auto row = GENERATE(values<Row>({
        {"R750", "", ""},
        {"R750", "a resistor of some maker", ""},
        {"R750", "read elsewhere: ACME", "R750"},
        {"R750", "RoadRunner", "R750"},
        {"Acme R750xa", "", "R750xa"},
        {"AcmeR750", "", "R750"},
        {"acmeology R750", "", ""},
    }));
    CAPTURE(row.text, row.context);

    CHECK(found_in(row.text, row.context) == row.models);
}

TEST_CASE("model grammar: parts are named, explained and placed", "[vision][models]") {
    const std::string text = "x: SYS 42IGE-TNRT.";
    const auto found = grammar().find(text);

    REQUIRE(found.size() == 1);
    const auto& model = found.front();
    CHECK(model.name == "Acme SYS-421GE-TNRT");
    CHECK(model.brand == "acme");
    CHECK(model.group == "server");
    CHECK(text.substr(model.begin, model.end - model.begin) == "SYS 42IGE-TNRT");
    CHECK(model.lookalikes == 1);
    CHECK(model.characters == 12);
    CHECK(model.accelerators);
    REQUIRE(model.parts.size() == 5);
    CHECK(model.parts[0] == vision::ModelPart{"height", "4", "4U"});
    CHECK(model.parts[2] == vision::ModelPart{"generation", "1", ""});
    CHECK(model.parts[3] == vision::ModelPart{"family", "GE", "for graphics cards"});
    CHECK_FALSE(grammar().find("SYS-421UP-TNRT").front().accelerators);
    CHECK(grammar().find("RoadRunner R750xa").front().accelerators);
    CHECK_FALSE(grammar().find("RoadRunner R750xd").front().accelerators);
}

TEST_CASE("model grammar: the watch-list is asked for the number as it should read",
          "[vision][models]") {
    struct Row {
        const char* why;
        const char* text;
        std::optional<std::size_t> watched;
    };
    const auto row = GENERATE(values<Row>({
        {"on the list", "SYS-421GE-TNRT", 0},
        {"misread, on the list as it should read", "5YS-42IGE TNRT", 0},
        {"another family letter", "SYS-421UP-TNRT", std::nullopt},
        {"a product line before, more said after", "ProBox DL380 Gen10 Plus", 1},
        {"another number", "ProBox DL360 Gen10", std::nullopt},
    }));
    CAPTURE(row.why, row.text);
    const auto found = grammar().find(row.text);

    REQUIRE(found.size() == 1);
    CHECK(found.front().watched == row.watched);
}

TEST_CASE("model grammar: a line that may hold half a number is known", "[vision][models]") {
    CHECK(grammar().may_be_part("RoadRunner"));
    CHECK(grammar().may_be_part("Acme PROBOX"));
    CHECK(grammar().may_be_part("R750"));
    CHECK_FALSE(grammar().may_be_part("Warranty void if removed"));
    CHECK_FALSE(grammar().may_be_part("a long line that holds the number 12 far away"));
    CHECK_FALSE(grammar().may_be_part(""));
}

TEST_CASE("model grammar: a pattern that cannot be used says why", "[vision][models]") {
    struct Row {
        const char* pattern;
        PatternUse use;
        const char* problem;
    };
    using enum PatternUse;
    const auto row = GENERATE(values<Row>({
        {"SYS-{3 digits}{2-4 letters}-{letters}", alone, ""},
        {"R{3 digits}", with_vendor, ""},
        {"R{3 digits}", alone, "is too common to stand alone"},
        {"{8 digits}", alone, "is too common to stand alone"},
        {"{8 digits}", with_vendor, "is too common"},
        {"R{2 digits}", with_vendor, "is too common"},
        {"SYS-{3 digts}", alone, "is no part"},
        {"SYS-{0 digits}A", alone, "1 to 16"},
        {"SYS-{4-2 digits}A", alone, "1 to 16"},
        {"SYS-{2-99 digits}A", alone, "1 to 16"},
        {"SYS-{99999999999999999999999 digits}A", alone, "is neither"},
        {"SYS-{3 digits", alone, "'{' is not closed"},
        {"SYS-[{3 digits}", alone, "'[' is not closed"},
        {"SYS-{3 digits}]", alone, "']' closes nothing"},
        {"SYS[]AB", alone, "holds nothing"},
        {"SYS[A[B[C[D[E]]]]]", alone, "too deep"},
        {"SYS.*", alone, "stands for nothing"},
        {"SYS-{Na me: 3 digits}", alone, "no name of a part"},
        {"", alone, "is too common"},
    }));
    CAPTURE(row.pattern);
    const auto problem = pattern_problem(row.pattern, row.use);

    if (*row.problem == '\0') {
        CHECK(problem == "");
    } else {
        CHECK_THAT(problem, Catch::Contains(row.problem));
    }
    CHECK_FALSE(pattern_problem(std::string(500, 'A'), alone).empty());
    std::string many;
    for (int i = 0; i < 40; ++i) {
        many += "A{1 digit}";
    }
    CHECK_THAT(pattern_problem(many, alone), Catch::Contains("more than"));
}

TEST_CASE("model grammar: long and strange text is bounded", "[vision][models]") {
    std::string many;
    for (int i = 0; i < 5000; ++i) {
        many += "SYS-421GE-TNRT ";
    }
    CHECK(grammar().find(many).size() == 200);
    std::string far(70'000, ' ');
    CHECK(grammar().find(far + "SYS-421GE-TNRT").empty());
    CHECK(grammar().find(std::string("\xff\xfe\0SYS-421GE-TNRT\xc3", 18)).size() == 1);
    CHECK(grammar().find(std::string(60'000, '-')).empty());
    CHECK(grammar().find("SYS-" + std::string(60'000, '1')).empty());
    CHECK(ModelGrammar(vision::Lexicon{}).find("SYS-421GE-TNRT").empty());
}
