#include "core/term_matcher.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using chiptrail::core::Lookalikes;
using chiptrail::core::Term;
using chiptrail::core::TermMatch;
using chiptrail::core::TermMatcher;

namespace {

std::vector<Term> terms() {
    return {
        {"H100", {"H100", "H100 SXM"}, {}},
        {"A100", {"A100"}, {}},
        {"RTX 4090", {"RTX 4090"}, {}},
        {"HGX H100", {"HGX H100"}, {}},
        {"H20", {"H20"}, {"nvidia", "英伟达", "gpu"}},
        {"L40", {"L40"}, {}},
        {"8U HGX server", {"SYS-8##GE-*"}, {}},
        {"Ascend", {"昇腾 910", "Ascend 910?", "Ascend 910"}, {}},
        {"Inspur", {"浪潮"}, {}},
    };
}

/// "H100:H100 | A100:a100": names with the text they were found in.
std::string found(const TermMatcher& matcher,
                  const std::string& text,
                  const std::string& context = {}) {
    std::string all;
    for (const auto& match : matcher.find(text, context)) {
        all += all.empty() ? "" : " | ";
        all += matcher.terms()[match.term].name + ":" +
               text.substr(match.begin, match.end - match.begin);
    }
    return all;
}

}  // namespace

TEST_CASE("terms: names are found as words, however they are written", "[core][terms]") {
    struct Row {
        const char* why;
        std::string text;
        std::string found;
    };
    const auto row = GENERATE(values<Row>({
        {"plain", "selling two H100 today", "H100:H100"},
        {"case", "nvidia h100", "H100:h100"},
        {"full width", "Ｈ１００现货", "H100:Ｈ１００"},
        {"a hidden blank of no width",
         "H\xE2\x80\x8B"
         "100",
         "H100:H\xE2\x80\x8B"
         "100"},
        {"between ideographs", "出售A100显卡", "A100:A100"},
        {"longer number", "H1000 and A1001", ""},
        {"letter before", "RH100 BA100", ""},
        {"quantity before", "8xH100, 4*A100", "H100:H100 | A100:A100"},
        {"quantity after", "H100x8", "H100:H100"},
        {"plural", "three H100s", "H100:H100"},
        {"another product, not a plural", "L40S", ""},
        {"blank optional",
         "RTX4090 / rtx-4090 / RTX 4090",
         "RTX 4090:RTX4090 | RTX 4090:rtx-4090 | RTX 4090:RTX 4090"},
        {"variants are other products", "RTX 4090Ti RTX4090D", ""},
        {"too many blanks between", "RTX        4090", ""},
        {"the longer name wins", "NVIDIA HGX H100 H100-SXM", "HGX H100:HGX H100 | H100:H100-SXM"},
        {"wildcards", "SYS-821GE-TNHR, sys-8xyGE-1", "8U HGX server:SYS-821GE-TNHR"},
        {"wildcard matches nothing too", "SYS-821GE", "8U HGX server:SYS-821GE"},
        {"one letter or digit", "Ascend 910B3, Ascend910C", "Ascend:Ascend910C"},
        {"ideographs and digits", "华为昇腾910 NPU", "Ascend:昇腾910"},
        {"ideographs inside others", "二手浪潮服务器", "Inspur:浪潮"},
        {"needs a companion", "pump H20 1/2 inch", ""},
        {"has its companion", "NVIDIA H20 96GB", "H20:H20"},
        {"has its companion in another script", "英伟达H20", "H20:H20"},
        {"the companion is a word, too", "gpus? agpu H20", ""},
        {"broken bytes around", "\xFF\xC3H100\x80", "H100:H100"},
        {"empty", "", ""},
    }));
    CAPTURE(row.why, row.text);

    CHECK(found(TermMatcher(terms()), row.text) == row.found);
}

TEST_CASE("terms: the needed word may stand in the context", "[core][terms]") {
    const TermMatcher matcher(terms());

    CHECK(found(matcher, "H20 96GB, new", "Nvidia cards for sale") == "H20:H20");
    CHECK(found(matcher, "H20 96GB, new", "water meters for sale").empty());
}

TEST_CASE("terms: look-alikes count only when asked for, and are counted", "[core][terms]") {
    const TermMatcher strict(terms());
    const TermMatcher lenient(terms(), Lookalikes::match);

    CHECK(strict.find("HlOO").empty());
    CHECK(lenient.find("HlOO") == std::vector<TermMatch>{{0, 0, 4, 3}});
    CHECK(lenient.find("H100") == std::vector<TermMatch>{{0, 0, 4, 0}});
    CHECK(found(lenient, "5Y5-B2lGE-TNHR") == "8U HGX server:5Y5-B2lGE-TNHR");
    CHECK(lenient.find("H200").empty());
}

TEST_CASE("terms: spellings that nothing can match are ignored", "[core][terms]") {
    const TermMatcher matcher({{"none", {"", " - ", "*a", "?b", "##"}, {}}});

    CHECK(matcher.find("a b 11 - *a").empty());
}

TEST_CASE("terms: long hostile text costs linear time", "[core][terms]") {
    const TermMatcher matcher({{"runs", {"a*a*a*a*a*b"}, {}}, {"blanks", {"a - a - a b"}, {}}});
    std::string text(200'000, 'a');

    CHECK(matcher.find(text).empty());
    CHECK(matcher.find(std::string(2'000'000, ' ') + "ab").empty());
}
