#include "vision/line_text.hpp"

#include "core/unicode.hpp"
#include "vision/line_scores.hpp"
#include "vision/spelling_distance.hpp"

#include <algorithm>

namespace chiptrail::vision {

namespace {

constexpr std::size_t kMaxLetters = 256;
constexpr std::size_t kMaxBytes = 4096;

enum class LetterKind { lower, upper, digit, ideograph, sign };

LetterKind kind_of(char32_t printed, char32_t folded) {
    if (folded >= U'0' && folded <= U'9') {
        return LetterKind::digit;
    }
    if (core::is_ideographic(folded)) {
        return LetterKind::ideograph;
    }
    if (!core::is_word(folded)) {
        return LetterKind::sign;
    }
    return printed == folded ? LetterKind::lower : LetterKind::upper;
}

/// "XEONintel" has no edge that can be told from "Xeon": only a capital after a small letter is.
Boundary between(LetterKind left, LetterKind right) {
    if (left == LetterKind::sign || right == LetterKind::sign) {
        return Boundary::hard;
    }
    if ((left == LetterKind::ideograph) != (right == LetterKind::ideograph)) {
        return Boundary::hard;
    }
    if ((left == LetterKind::digit) != (right == LetterKind::digit)) {
        return Boundary::soft;
    }
    return left == LetterKind::lower && right == LetterKind::upper ? Boundary::soft
                                                                   : Boundary::none;
}

core::Point along(const core::Point& from, const core::Point& to, double share) {
    return {from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share};
}

/// Of the line, 0 at its begin and 1 at its end.
struct Share {
    double from = 0;
    double to = 1;
};

/// A letter is seen near its middle; it ends half way to the next one.
Share share_of(const std::vector<LineScores::Letter>& letters,
               std::size_t first,
               std::size_t last,
               int steps) {
    const auto middle = [&](std::size_t i) {
        return (letters[i].first + letters[i].last + 1) / 2.0;
    };
    const double width = letters.size() < 2 ? static_cast<double>(steps)
                                            : (middle(letters.size() - 1) - middle(0)) /
                                                  static_cast<double>(letters.size() - 1);
    const double from =
        first == 0 ? middle(0) - width / 2 : (middle(first - 1) + middle(first)) / 2;
    const double to = last + 1 == letters.size() ? middle(last) + width / 2
                                                 : (middle(last) + middle(last + 1)) / 2;
    return {std::clamp(from / steps, 0.0, 1.0), std::clamp(to / steps, 0.0, 1.0)};
}

}  // namespace

double LineText::confidence(const Reading& reading, Span span) const {
    double sum = 0;
    for (std::size_t i = span.begin; i < span.end; ++i) {
        const auto at = source[i];
        sum += at < reading.characters.size() ? reading.characters[at] : reading.confidence;
    }
    const double mean = span.size() == 0 ? 0 : sum / static_cast<double>(span.size());
    return std::clamp(mean, 0.0, 1.0);
}

std::array<core::Point, 4> LineText::quad(const Reading& reading, Span span) const {
    const auto& q = reading.quad;
    if (span.size() == 0 || code_points == 0) {
        return q;
    }
    const auto first = source[span.begin];
    const auto last = source[span.end - 1];
    const auto count = static_cast<double>(code_points);
    Share share{static_cast<double>(first) / count, static_cast<double>(last + 1) / count};
    if (reading.scores != nullptr) {
        if (const auto seen = reading.scores->letters(); seen.size() == code_points) {
            share = share_of(seen, first, last, reading.scores->steps());
        }
    }
    return {along(q[0], q[1], share.from),
            along(q[0], q[1], share.to),
            along(q[3], q[2], share.to),
            along(q[3], q[2], share.from)};
}

LineText prepare_line(const std::string& text, const std::set<char32_t>& kept) {
    const auto bytes = std::string_view(text).substr(0, kMaxBytes);
    const auto printed = core::decode_utf8(bytes);
    const auto folded = core::fold(bytes);
    LineText line;
    line.code_points = printed.size();
    bool gap = true;
    auto last = LetterKind::sign;
    for (std::size_t i = 0; i < folded.text.size() && line.letters.size() < kMaxLetters; ++i) {
        const char32_t letter = folded.text[i];
        if (!core::is_word(letter) && !kept.contains(letter)) {
            gap = true;
            continue;
        }
        const auto kind = kind_of(printed[folded.source[i]], letter);
        line.before.push_back(gap ? Boundary::hard : between(last, kind));
        const bool begins_word = line.before.back() == Boundary::hard && kind != LetterKind::sign;
        line.words += begins_word ? 1 : 0;
        line.letters.push_back(letter);
        line.printed.push_back(printed[folded.source[i]]);
        line.source.push_back(folded.source[i]);
        line.byte_begin.push_back(folded.begin[i]);
        line.byte_end.push_back(folded.end[i]);
        gap = false;
        last = kind;
    }
    line.before.push_back(Boundary::hard);
    line.groups = letter_groups(line.letters);
    return line;
}

}  // namespace chiptrail::vision
