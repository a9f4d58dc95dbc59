#include "vision/line_scores.hpp"

#include <catch2/catch.hpp>

#include <cmath>

using chiptrail::vision::LineScores;

namespace {

/// Steps over the alphabet "5LS" with the blank first; the largest of each row is the best.
LineScores scores(const std::vector<std::vector<double>>& steps) {
    std::vector<float> values;
    for (const auto& step : steps) {
        double best = 0;
        for (const auto p : step) {
            best = std::max(best, p);
        }
        for (const auto p : step) {
            values.push_back(static_cast<float>(std::log(std::max(p, 1e-9) / best)));
        }
    }
    return {{U'5', U'L', U'S'}, values};
}

}  // namespace

TEST_CASE("line scores: the word that was read has score 1", "[vision][line-scores]") {
    const auto line = scores({{0.9, 0, 0, 0.1}, {0, 0.1, 0, 0.9}, {0, 0, 1, 0}, {1, 0, 0, 0}});

    const auto found = line.find("SL");
    CHECK(found.score == Approx(1));
    CHECK(found.first == 1);
    CHECK(found.last == 2);
}

TEST_CASE("line scores: a near miss scores by what it lacks", "[vision][line-scores]") {
    const auto line = scores({{0, 0.6, 0, 0.3}, {0, 0, 1, 0}});

    CHECK(line.find("5L").score == Approx(1));
    CHECK(line.find("SL").score == Approx(std::sqrt(0.5)));
    CHECK(line.find("LS").score < 0.001);
}

TEST_CASE("line scores: a doubled letter needs a blank between", "[vision][line-scores]") {
    const auto run = scores({{0, 0, 1, 0}, {0, 0, 1, 0}});
    const auto apart = scores({{0, 0, 1, 0}, {1, 0, 0, 0}, {0, 0, 1, 0}});

    CHECK(run.find("LL").score < 0.001);
    CHECK(apart.find("LL").score == Approx(1));
}

TEST_CASE("line scores: what was never likely, and nothing at all, score 0",
          "[vision][line-scores]") {
    const auto line = scores({{0, 0, 1, 0}});

    CHECK(line.find("Q").score == 0);
    CHECK(line.find("").score == 0);
    CHECK(line.find("LSL").score < 0.001);
}

TEST_CASE("line scores: the limit is no less than the score, 0 without the letter",
          "[vision][line-scores]") {
    const auto line = scores({{0, 0.6, 0, 0.3}, {0, 0, 1, 0}});
    for (const auto* word : {"5L", "SL", "LS", "L", "S"}) {
        CAPTURE(word);
        CHECK(line.limit(word) >= line.find(word).score);
    }
    CHECK(line.limit("SL") == Approx(std::sqrt(0.5)));
    CHECK(line.limit("Q") == 0);
    CHECK(line.limit("") == 0);
}

TEST_CASE("line scores: letters are what was read, with their steps", "[vision][line-scores]") {
    const auto line = scores({{0, 0, 0.1, 0.9}, {0, 0, 0, 1}, {1, 0, 0, 0}, {0, 0, 1, 0}});

    const auto letters = line.letters();
    REQUIRE(letters.size() == 2);
    CHECK(letters[0].character == U'S');
    CHECK(letters[0].first == 0);
    CHECK(letters[0].last == 1);
    CHECK(letters[1].character == U'L');
    CHECK(letters[1].first == 3);
}

TEST_CASE("line scores: any shape of a letter will do, each by its weight",
          "[vision][line-scores]") {
    const auto line = scores({{0, 0.9, 0, 0.1}, {0, 0, 1, 0}});

    const LineScores::Spelling strict{{{U'S', 1}}, {{U'L', 1}}};
    const LineScores::Spelling loose{{{U'S', 1}, {U'5', 0.4}}, {{U'L', 1}}};
    CHECK(line.find(strict).score == Approx(std::sqrt(0.1 / 0.9)));
    CHECK(line.find(loose).score == Approx(std::sqrt(0.4 + 0.1 / 0.9)));
    CHECK(line.limit(loose) >= line.find(loose).score);
    CHECK(line.find(LineScores::Spelling{{}}).score == 0);
}
