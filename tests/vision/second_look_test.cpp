#include "vision/line_scores.hpp"
#include "vision/match.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using chiptrail::vision::Brand;
using chiptrail::vision::Lexicon;
using chiptrail::vision::LineScores;
using chiptrail::vision::match_readings;
using chiptrail::vision::Reading;
using chiptrail::vision::Retry;

namespace {

/// What the reader was torn between at one letter of its text.
struct Doubt {
    std::size_t at = 0;
    char other = ' ';
    double likelihood = 0;  ///< of `other`, where that of the letter read is 1
};

/// A recogniser's output that reads `text`, a blank step between the letters.
std::shared_ptr<const LineScores> scores(const std::string& text,
                                         const std::vector<Doubt>& doubts = {}) {
    std::vector<char32_t> alphabet;
    for (char32_t c = U' '; c <= U'~'; ++c) {
        alphabet.push_back(c);
    }
    const auto never = static_cast<float>(std::log(1e-8));
    std::vector<float> values;
    const auto column = [](char c) { return static_cast<std::size_t>(c - ' ') + 1; };
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::vector<float> letter(alphabet.size() + 1, never);
        letter[column(text[i])] = 0;
        for (const auto& doubt : doubts) {
            if (doubt.at == i) {
                letter[column(doubt.other)] = static_cast<float>(std::log(doubt.likelihood));
            }
        }
        std::vector<float> gap{0};
        gap.resize(alphabet.size() + 1, never);
        values.insert(values.end(), letter.begin(), letter.end());
        values.insert(values.end(), gap.begin(), gap.end());
    }
    return std::make_shared<const LineScores>(std::move(alphabet), std::move(values));
}

Reading reading(const std::string& text, const std::vector<Doubt>& doubts = {}) {
    Reading made;
    made.text = text;
    made.confidence = 0.85;
    made.characters.assign(text.size(), made.confidence);
    made.quad = {{{100, 100}, {200, 100}, {200, 120}, {100, 120}}};
    made.height = 20;
    made.scores = scores(text, doubts);
    return made;
}

Reading with_retry(Reading first, const std::string& text, const std::vector<Doubt>& doubts = {}) {
    first.retries.push_back({first.rotation, 0.8, scores(text, doubts)});
    return first;
}

Lexicon lexicon() {
    Brand dell;
    dell.key = "dell";
    dell.name = "Dell";
    dell.spellings = {"DELL"};
    dell.not_in = {"DOLE"};
    Brand msi;
    msi.key = "msi";
    msi.name = "MSI";
    msi.spellings = {"MSI"};
    msi.match_case = true;
    Lexicon all;
    all.brands = {dell, msi};
    return all;
}

std::vector<chiptrail::core::Finding> findings(const Reading& line) {
    return match_readings({line}, lexicon(), {800, 600});
}

}  // namespace

TEST_CASE("second look: a name nearly as likely as what was read is found", "[vision][match]") {
    struct Case {
        std::string about;
        Reading line;
        std::string brand;
    };
    const auto each = GENERATE(values<Case>({
        {"a tilted E, in both tries",
         with_retry(reading("DOLL", {{1, 'E', 0.3}}), "DOLL", {{1, 'E', 0.5}}),
         "dell"},
        {"read rightly with more around it",
         with_retry(reading("DOLL", {{1, 'E', 0.05}}), "DELL"),
         "dell"},
        {"the upright try was the less sure one",
         [] {
             auto line = reading("77EQ");
             line.retries.push_back({180, 0.8, scores("DELL")});
             return line;
         }(),
         "dell"},
        {"read as it is in one try, and with a lost letter in the others",
         with_retry(with_retry(reading("DLL"), "DELL"), "DELL"),
         "dell"},
        {"three letters, M nearly as likely",
         with_retry(reading("NSI", {{0, 'M', 0.9}}), "MSI"),
         "msi"},
    }));
    INFO(each.about);

    const auto found = findings(each.line);
    REQUIRE(found.size() == 1);
    CHECK(found.front().brand == each.brand);
    CHECK(found.front().score >= 0.5);
    CHECK(found.front().score < 0.85);
    CHECK_THAT(found.front().why, Catch::Contains("second look"));
}

TEST_CASE("second look: what only resembles a name is left alone", "[vision][match]") {
    struct Case {
        std::string about;
        Reading line;
    };
    const auto each = GENERATE(values<Case>({
        {"never likely in any try", with_retry(reading("DOLL"), "DOLL")},
        {"likely in one try, out of question in the other",
         with_retry(reading("DOLL", {{1, 'E', 0.5}}), "ROLL")},
        {"one try alone", reading("DOLL", {{1, 'E', 0.2}})},
        {"part of a longer word",
         with_retry(reading("DOLLY", {{1, 'E', 0.9}}), "DOLLY", {{1, 'E', 0.9}})},
        {"beside another word",
         with_retry(reading("A DOLL", {{3, 'E', 0.9}}), "A DOLL", {{3, 'E', 0.9}})},
        {"a name of three letters by one letter",
         with_retry(reading("NSI", {{0, 'M', 0.2}}), "NSI", {{0, 'M', 0.2}})},
        {"a word that the brand is not in",
         with_retry(reading("DOLE", {{1, 'E', 0.9}, {3, 'L', 0.9}}),
                    "DOLE",
                    {{1, 'E', 0.9}, {3, 'L', 0.9}})},
        {"a reader that is not sure at all",
         [] {
             auto line = with_retry(reading("DOLL", {{1, 'E', 0.5}}), "DOLL", {{1, 'E', 0.5}});
             line.confidence = 0.5;
             line.retries.front().confidence = 0.5;
             return line;
         }()},
    }));
    INFO(each.about);

    CHECK(findings(each.line).empty());
}

TEST_CASE("second look: a finding says how its score came about", "[vision][match]") {
    auto line = with_retry(reading("DOLL", {{1, 'E', 0.3}}), "DOLL", {{1, 'E', 0.5}});
    line.rotation = 90;
    line.retries.front().rotation = 90;
    line.scale = 2.5;

    const auto found = findings(line);
    REQUIRE(found.size() == 1);
    double product = 1;
    for (const auto& part : found.front().parts) {
        product *= part.value;
    }
    CHECK(found.front().score == Approx(product));
    CHECK(found.front().parts.size() >= 2);
    CHECK(found.front().rotation == 90);
    CHECK(found.front().scale == Approx(2.5));
}

TEST_CASE("second look: the frame of a try upside down is turned with it", "[vision][match]") {
    auto line = reading("77EQ");
    line.retries.push_back({180, 0.8, scores("DELL")});

    const auto found = findings(line);
    REQUIRE(found.size() == 1);
    CHECK(found.front().quad[0].x == Approx(200));
    CHECK(found.front().quad[0].y == Approx(120));
}
