#include "vision/second_look.hpp"

#include "core/unicode.hpp"
#include "vision/spelling_distance.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace chiptrail::vision {

namespace {

constexpr std::size_t kFewestLetters = 3;
constexpr std::size_t kMostLetters = 16;
constexpr double kFloor = -12;  ///< of a try's likelihood: one bad crop must not outvote the others
constexpr double kHopeless = -7;

char32_t to_upper(char32_t c) {
    return c >= U'a' && c <= U'z' ? c - U'a' + U'A' : c;
}

/// A sign that only resembles the letter stands for it the less readily the less it does.
double weight_of(const Lookalike& lookalike) {
    constexpr double kSteepness = 6;
    return std::exp(-kSteepness * lookalike.cost);
}

/// Every shape of each letter: both cases, and what is hard to tell from it.
LineScores::Spelling spelling_of(const Name& name) {
    constexpr double kNearlyTheSame = 0.25;
    LineScores::Spelling spelling;
    for (std::size_t i = 0; i < name.letters.size(); ++i) {
        const auto letter = name.letters[i];
        auto& shapes = spelling.emplace_back();
        if (name.exact_case) {
            shapes.push_back({name.printed[i], 1});
        } else {
            shapes.push_back({letter, 1});
            if (to_upper(letter) != letter) {
                shapes.push_back({to_upper(letter), 1});
            }
        }
        for (const auto& lookalike : lookalikes(letter, kNearlyTheSame)) {
            const bool is_letter = to_upper(lookalike.seen) != lookalike.seen;
            if (!is_letter || !name.exact_case) {
                shapes.push_back({lookalike.seen, weight_of(lookalike)});
            }
        }
    }
    return spelling;
}

bool is_asked(const Name& name) {
    const bool latin = std::ranges::all_of(
        name.text, [](char c) { return static_cast<unsigned char>(c) < 0x80 && c != ' '; });
    return name.sort == NameSort::spelling && name.words == 1 && latin &&
           name.letters.size() >= kFewestLetters && name.letters.size() <= kMostLetters &&
           name.text.size() == name.letters.size();
}

/// A name on one try of a line.
struct Place {
    double likelihood = kFloor;
    int first = 0;
    int last = 0;
};

/// What the best path has there; nullopt when a letter of a longer word goes on at either end.
std::optional<std::string> text_between(const std::vector<LineScores::Letter>& letters,
                                        int first,
                                        int last) {
    std::u32string text;
    const LineScores::Letter* before = nullptr;
    const LineScores::Letter* after = nullptr;
    for (const auto& letter : letters) {
        if (letter.last < first) {
            before = &letter;
        } else if (letter.first <= last) {
            text.push_back(letter.character);
        } else if (after == nullptr) {
            after = &letter;
        }
    }
    const auto goes_on = [](const LineScores::Letter* letter) {
        return letter != nullptr && core::is_word(letter->character);
    };
    if (goes_on(before) || goes_on(after)) {
        return std::nullopt;
    }
    return core::encode_utf8(text);
}

/// One try with its best path.
struct Try {
    const LineScores* scores = nullptr;
    double confidence = 0;
    std::vector<LineScores::Letter> letters;
};

/// Those of the reading's own direction, or those of the opposite one.
std::vector<Try> tries_of(const Reading& reading, bool opposite) {
    std::vector<Try> tries;
    const auto add = [&](const LineScores* scores, double confidence, int rotation) {
        if (scores != nullptr && (rotation != reading.rotation) == opposite) {
            tries.push_back({scores, confidence, scores->letters()});
        }
    };
    add(reading.scores.get(), reading.confidence, reading.rotation);
    for (const auto& retry : reading.retries) {
        add(retry.scores.get(), retry.confidence, retry.rotation);
    }
    return tries;
}

struct Found {
    Place place;
    std::string read;
    bool alone = false;  ///< no other letter on the line
};

Found place_of(const Try& look, const LineScores::Spelling& name) {
    Found found;
    const auto size = static_cast<double>(name.size());
    if (look.scores->limit(name) < std::exp(kFloor / size)) {
        return found;
    }
    const auto word = look.scores->find(name);
    const double likelihood = word.score > 0 ? std::min(size * std::log(word.score), 0.0) : kFloor;
    if (likelihood <= kFloor) {
        return found;
    }
    if (auto text = text_between(look.letters, word.first, word.last)) {
        const bool alone = std::ranges::none_of(look.letters, [&](const auto& letter) {
            return core::is_word(letter.character) &&
                   (letter.last < word.first || letter.first > word.last);
        });
        found = {{likelihood, word.first, word.last}, std::move(*text), alone};
    }
    return found;
}

}  // namespace

SecondLook::SecondLook(const std::vector<Name>& names) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (is_asked(names[i])) {
            asked_.push_back({i, spelling_of(names[i])});
        }
    }
}

namespace {

SecondLookHit ask(const std::vector<Try>& tries, const LineScores::Spelling& name) {
    SecondLookHit hit;
    hit.tries = tries.size();
    hit.best = kFloor;
    double sum = 0;
    double weights = 0;
    for (const auto& look : tries) {
        const auto found = place_of(look, name);
        sum += look.confidence * found.place.likelihood;
        weights += look.confidence;
        if (found.place.likelihood > hit.best) {
            const auto steps = static_cast<double>(std::max(look.scores->steps(), 1));
            hit.best = found.place.likelihood;
            hit.read = found.read;
            hit.confidence = look.confidence;
            hit.from = found.place.first / steps;
            hit.to = (found.place.last + 1) / steps;
            hit.alone = hit.read.size() > 0 && found.alone;
        }
    }
    hit.likelihood = weights > 0 ? sum / weights : kFloor;
    return hit;
}

}  // namespace

std::vector<SecondLookHit> SecondLook::find(const Reading& reading) const {
    std::vector<SecondLookHit> hits;
    for (const bool opposite : {false, true}) {
        const auto tries = tries_of(reading, opposite);
        for (const auto& asked : asked_) {
            auto hit = ask(tries, asked.spelling);
            if (hit.best > kHopeless) {
                hit.name = asked.name;
                hit.opposite = opposite;
                hits.push_back(std::move(hit));
            }
        }
    }
    return hits;
}

}  // namespace chiptrail::vision
