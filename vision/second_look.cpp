#include "vision/second_look.hpp"

#include "core/unicode.hpp"
#include "vision/line_scores.hpp"

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

char to_upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::vector<std::string> forms_of(const Name& name) {
    if (name.exact_case) {
        return {name.text};
    }
    std::string upper = name.text;
    std::string lower = name.text;
    std::ranges::transform(upper, upper.begin(), to_upper);
    std::ranges::transform(lower, lower.begin(), to_lower);
    std::string title = lower;
    title[0] = upper[0];
    std::vector<std::string> forms{name.text, upper, title, lower};
    std::ranges::sort(forms);
    forms.erase(std::unique(forms.begin(), forms.end()), forms.end());
    return forms;
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

Found best_form(const Try& look, const std::vector<std::string>& forms) {
    Found found;
    for (const auto& form : forms) {
        const auto size = static_cast<double>(form.size());
        if (look.scores->limit(form) < std::exp(kFloor / size)) {
            continue;
        }
        const auto word = look.scores->find(form);
        const double likelihood = word.score > 0 ? size * std::log(word.score) : kFloor;
        if (likelihood <= found.place.likelihood) {
            continue;
        }
        if (auto text = text_between(look.letters, word.first, word.last)) {
            const bool alone = std::ranges::none_of(look.letters, [&](const auto& letter) {
                return core::is_word(letter.character) &&
                       (letter.last < word.first || letter.first > word.last);
            });
            found = {{likelihood, word.first, word.last}, std::move(*text), alone};
        }
    }
    return found;
}

}  // namespace

SecondLook::SecondLook(const std::vector<Name>& names) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (is_asked(names[i])) {
            asked_.push_back({i, forms_of(names[i])});
        }
    }
}

namespace {

SecondLookHit ask(const std::vector<Try>& tries, const std::vector<std::string>& forms) {
    SecondLookHit hit;
    hit.tries = tries.size();
    hit.best = kFloor;
    double sum = 0;
    double weights = 0;
    for (const auto& look : tries) {
        const auto found = best_form(look, forms);
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
            auto hit = ask(tries, asked.forms);
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
