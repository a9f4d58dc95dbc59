#include "vision/line_scores.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace chiptrail::vision {

namespace {

constexpr double kNever = -1e9;

/// Code points of valid UTF-8; stops at the first byte that is not.
std::vector<char32_t> code_points(std::string_view text) {
    std::vector<char32_t> out;
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        if (i + size > text.size() || (lead >= 0x80 && lead < 0xC0)) {
            break;
        }
        char32_t code = size == 1 ? lead : lead & (0x7FU >> size);
        for (std::size_t k = 1; k < size; ++k) {
            code = (code << 6U) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
        }
        out.push_back(code);
        i += size;
    }
    return out;
}

struct Path {
    double score = kNever;
    int first = 0;
};

void improve(Path& path, const Path& other) {
    if (other.score > path.score) {
        path = other;
    }
}

LineScores::Spelling spelling_of(std::string_view word) {
    LineScores::Spelling spelling;
    for (const auto code : code_points(word)) {
        spelling.push_back({{code, 1.0}});
    }
    return spelling;
}

/// The letter that was meant comes first among its shapes.
bool is_same(const std::vector<LineScores::Shape>& a, const std::vector<LineScores::Shape>& b) {
    return !a.empty() && !b.empty() && a.front().character == b.front().character;
}

}  // namespace

LineScores::LineScores(std::vector<char32_t> alphabet, std::vector<float> values)
    : alphabet_(std::move(alphabet)), values_(std::move(values)) {
    const auto width = alphabet_.size() + 1;
    highest_.assign(width, static_cast<float>(kNever));
    for (std::size_t i = 0; i < values_.size(); ++i) {
        highest_[i % width] = std::max(highest_[i % width], values_[i]);
    }
}

int LineScores::steps() const {
    return static_cast<int>(values_.size() / (alphabet_.size() + 1));
}

int LineScores::symbol(char32_t character) const {
    const auto found = std::lower_bound(alphabet_.begin(), alphabet_.end(), character);
    return found == alphabet_.end() || *found != character
               ? -1
               : static_cast<int>(found - alphabet_.begin()) + 1;
}

double LineScores::value(int step, int column) const {
    const auto width = alphabet_.size() + 1;
    return static_cast<double>(
        values_[static_cast<std::size_t>(step) * width + static_cast<std::size_t>(column)]);
}

std::vector<double> LineScores::letter_values(const std::vector<Shape>& letter) const {
    std::vector<double> values(static_cast<std::size_t>(steps()), 0.0);
    for (const auto& shape : letter) {
        const int column = symbol(shape.character);
        for (std::size_t step = 0; column >= 0 && step < values.size(); ++step) {
            values[step] += shape.weight * std::exp(value(static_cast<int>(step), column));
        }
    }
    for (auto& each : values) {
        each = each > 0 ? std::log(each) : kNever;
    }
    return values;
}

LineScores::Word LineScores::find(std::string_view word) const {
    return find(spelling_of(word));
}

LineScores::Word LineScores::find(const Spelling& word) const {
    if (word.empty() || limit(word) == 0) {
        return {};
    }
    std::vector<std::vector<double>> letters;
    for (const auto& letter : word) {
        letters.push_back(letter_values(letter));
    }
    // on[k]: the path stands on character k; after[k]: on a blank behind it.
    std::vector<Path> on(word.size());
    std::vector<Path> after(word.size());
    Path best;
    int last = 0;
    for (int step = 0; step < steps(); ++step) {
        const auto blank = value(step, 0);
        for (std::size_t k = word.size(); k-- > 0;) {
            Path stay = on[k];
            improve(after[k], stay);
            after[k].score += blank;
            if (k == 0) {
                improve(stay, {0, step});
            } else {
                // A doubled letter needs a blank between.
                improve(stay, is_same(word[k], word[k - 1]) ? Path{} : on[k - 1]);
                improve(stay, after[k - 1]);
            }
            on[k] = {stay.score + letters[k][static_cast<std::size_t>(step)], stay.first};
        }
        if (on.back().score > best.score) {
            best = on.back();
            last = step;
        }
    }
    return {std::exp(best.score / static_cast<double>(word.size())), best.first, last};
}

double LineScores::limit(std::string_view word) const {
    return limit(spelling_of(word));
}

double LineScores::limit(const Spelling& word) const {
    double sum = 0;
    for (const auto& letter : word) {
        double likely = 0;
        for (const auto& shape : letter) {
            const int column = symbol(shape.character);
            if (column >= 0) {
                likely += shape.weight *
                          std::exp(static_cast<double>(highest_[static_cast<std::size_t>(column)]));
            }
        }
        if (likely <= 0) {
            return 0;
        }
        sum += std::log(likely);
    }
    return word.empty() ? 0 : std::exp(sum / static_cast<double>(word.size()));
}

std::vector<LineScores::Letter> LineScores::letters() const {
    std::vector<Letter> letters;
    const auto width = alphabet_.size() + 1;
    std::size_t previous = 0;
    for (int step = 0; step < steps(); ++step) {
        const auto row = values_.begin() + static_cast<std::ptrdiff_t>(width) * step;
        const auto best = static_cast<std::size_t>(
            std::max_element(row, row + static_cast<std::ptrdiff_t>(width)) - row);
        if (best != 0 && best == previous) {
            letters.back().last = step;
        } else if (best != 0) {
            letters.push_back({alphabet_[best - 1], step, step});
        }
        previous = best;
    }
    return letters;
}

}  // namespace chiptrail::vision
