#include "vision/name_finder.hpp"

#include "core/unicode.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string_view>
#include <utility>

namespace chiptrail::vision {

namespace {

double max_cost(std::size_t letters, NameSort sort) {
    double cost = 0;
    if (letters >= 9) {
        cost = 2.2;
    } else if (letters >= 7) {
        cost = 1.5;
    } else if (letters == 6) {
        cost = 1.0;
    } else if (letters == 5) {
        cost = 0.6;
    } else if (letters == kShortName) {
        cost = 0.25;
    }
    return sort == NameSort::product_line ? std::min(cost / 2, 0.8) : cost;
}

double default_confidence(std::size_t letters) {
    return letters < kShortName ? 0.75 : letters == kShortName ? 0.65 : 0.5;
}

/// Blanks in a line may fall anywhere in a long name, in a short one only where a sign was read
/// in place of a letter ("D€LL").
bool has_foreign_gap(const LineText& line, Span span, const Name& name) {
    if (name.letters.size() > kShortName + 1 || name.words > 1) {
        return false;
    }
    for (auto i = span.begin + 1; i < span.end; ++i) {
        const bool sign = !core::is_word(line.letters[i]) || !core::is_word(line.letters[i - 1]);
        if (line.before[i] == Boundary::hard && !sign) {
            return true;
        }
    }
    return false;
}

std::u32string_view part(const std::u32string& text, Span span) {
    return std::u32string_view(text).substr(span.begin, span.size());
}

/// True when so many letters of the name are nowhere in the line that no spelling can be close.
bool is_hopeless(const Name& name, unsigned long long groups) {
    // A letter that is absent costs 0.05 at least when it has a twin, so only names that allow
    // nothing can be ruled out by one letter; for the others three missing ones are too many.
    const auto missing = std::popcount(name.groups & ~groups);
    return name.max_cost == 0 ? missing > 0 : missing > 3 + static_cast<int>(name.max_cost);
}

void find_words(const Name& name, const LineText& line, std::vector<NameHit>& hits) {
    const auto size = name.letters.size();
    const auto slack = static_cast<std::size_t>(std::ceil(name.max_cost));
    const auto least = name.whole_word || size <= kShortName ? Boundary::hard : Boundary::soft;
    for (std::size_t begin = 0; begin + size <= line.letters.size() + slack; ++begin) {
        if (begin >= line.letters.size() || line.before[begin] < least) {
            continue;
        }
        const auto last = std::min(line.letters.size(), begin + size + slack);
        for (auto end = begin + (size > slack ? size - slack : 1); end <= last; ++end) {
            const Span span{begin, end};
            if (line.before[end] < least || has_foreign_gap(line, span, name)) {
                continue;
            }
            if (name.exact_case && part(line.printed, span) != name.printed) {
                continue;
            }
            if (const auto distance =
                    spelling_distance(part(line.letters, span), name.letters, name.max_cost)) {
                hits.push_back({span, *distance, false});
            }
        }
    }
}

/// Blanks are often not read: "GIGABYTEB365M", "NVIDIACORPORATION".
void find_glued(const Name& name, const LineText& line, std::vector<NameHit>& hits) {
    const auto size = name.letters.size();
    const double cost = size >= 7 ? 1.0 : 0.25;
    for (std::size_t begin = 0; begin + size <= line.letters.size(); ++begin) {
        const Span span{begin, begin + size};
        if (const auto distance = spelling_distance(
                part(line.letters, span), name.letters, std::min(cost, name.max_cost))) {
            hits.push_back({span, *distance, true});
        }
    }
}

void find_exact(const Name& name, const LineText& line, std::vector<NameHit>& hits) {
    for (auto at = line.letters.find(name.letters); at != std::u32string::npos;
         at = line.letters.find(name.letters, at + 1)) {
        hits.push_back({{at, at + name.letters.size()}, {}, false});
    }
}

/// A name with a word printed so close that they were read as one: "intelinside".
void find_with_companion(const Name& name,
                         const std::vector<std::u32string>& companions,
                         const LineText& line,
                         std::vector<NameHit>& hits) {
    for (auto at = line.letters.find(name.letters); at != std::u32string::npos;
         at = line.letters.find(name.letters, at + 1)) {
        const Span span{at, at + name.letters.size()};
        const bool begins = line.before[at] == Boundary::hard;
        const bool ends = line.before[span.end] == Boundary::hard;
        const bool right_case = !name.exact_case || part(line.printed, span) == name.printed;
        const auto rest = std::u32string_view(line.letters).substr(span.end);
        if (begins && !ends && right_case && std::ranges::any_of(companions, [&](const auto& word) {
                return rest.starts_with(word);
            })) {
            hits.push_back({span, {}, true});
        }
    }
}

/// Alone on its line, or at its beginning with a word that goes with the name: "DLL PowerConnect".
void find_misread(const Name& name,
                  const std::vector<std::u32string>& companions,
                  const LineText& line,
                  std::vector<NameHit>& hits) {
    const auto& seen = name.exact_case ? line.printed : line.letters;
    const auto& meant = name.exact_case ? name.printed : name.letters;
    if (!seen.starts_with(meant)) {
        return;
    }
    const auto rest = std::u32string_view(line.letters).substr(meant.size());
    if (rest.empty() ||
        std::ranges::any_of(companions, [&](const auto& word) { return rest.starts_with(word); })) {
        const bool glued = line.before[meant.size()] != Boundary::hard;
        hits.push_back({{0, meant.size()}, {}, glued});
    }
}

/// The runs of letters between hard boundaries.
std::vector<std::u32string> words_of(const LineText& line) {
    std::vector<std::u32string> words;
    for (std::size_t i = 0; i < line.letters.size(); ++i) {
        if (line.before[i] == Boundary::hard) {
            words.emplace_back();
        }
        words.back().push_back(line.letters[i]);
    }
    return words;
}

/// Signs that misreadings of the lexicon are written with.
std::set<char32_t> signs_of(const Lexicon& lexicon) {
    std::set<char32_t> signs = confusable_signs();
    for (const auto& brand : lexicon.brands) {
        for (const auto& misreading : brand.misreadings) {
            for (const char32_t c : core::fold(misreading).text) {
                if (!core::is_word(c) && c != U' ' && c != U'-') {
                    signs.insert(c);
                }
            }
        }
    }
    return signs;
}

}  // namespace

NameFinder::NameFinder(const Lexicon& lexicon) : kept_(signs_of(lexicon)) {
    for (const auto& brand : lexicon.brands) {
        auto& words = companions_.emplace_back();
        for (const auto& companion : brand.companions) {
            words.push_back(prepare_line(companion, {}).letters);
        }
        std::erase(words, std::u32string());
        add(brand, NameSort::spelling, brand.spellings);
        add(brand, NameSort::misreading, brand.misreadings);
        add(brand, NameSort::product_line, brand.product_lines);
    }
}

void NameFinder::add(const Brand& brand, NameSort sort, const std::vector<std::string>& texts) {
    for (const auto& text : texts) {
        const auto line = prepare(text);
        const auto size = line.letters.size();
        if (size == 0) {
            continue;
        }
        Name name;
        name.brand = companions_.size() - 1;
        name.sort = sort;
        name.text = text;
        name.letters = line.letters;
        name.printed = line.printed;
        name.groups = letter_groups(line.letters);
        name.words = sort == NameSort::misreading ? 1 : line.words;
        name.ideographic = std::ranges::any_of(line.letters, core::is_ideographic);
        name.exact_case = size <= kShortName && (brand.match_case || sort == NameSort::misreading);
        name.whole_word = brand.whole_word || size <= kShortName;
        const bool exact = name.ideographic || name.exact_case || sort == NameSort::misreading;
        name.max_cost = exact ? 0 : max_cost(size, sort);
        name.min_confidence =
            brand.min_confidence > 0 ? brand.min_confidence : default_confidence(size);
        if (name.words > 1) {
            const auto words = words_of(line);
            broken_words_.insert(words.begin(), words.end());
        }
        names_.push_back(std::move(name));
    }
}

LineText NameFinder::prepare(const std::string& text) const {
    return prepare_line(text, kept_);
}

std::vector<NameHit> NameFinder::find(const Name& name, const LineText& line) const {
    std::vector<NameHit> hits;
    if (is_hopeless(name, line.groups)) {
        return hits;
    }
    if (name.sort == NameSort::misreading) {
        find_misread(name, companions_[name.brand], line, hits);
        return hits;
    }
    if (name.ideographic) {
        find_exact(name, line, hits);
        return hits;
    }
    find_words(name, line, hits);
    if (name.letters.size() >= 6 && !name.whole_word) {
        find_glued(name, line, hits);
    }
    if (name.sort == NameSort::spelling) {
        find_with_companion(name, companions_[name.brand], line, hits);
    }
    return hits;
}

bool NameFinder::may_be_broken(const LineText& line) const {
    const auto words = words_of(line);
    if (std::ranges::any_of(words,
                            [&](const auto& word) { return broken_words_.contains(word); })) {
        return true;
    }
    // Blanks are often not read: "HewlettPackard".
    return std::ranges::any_of(broken_words_, [&](const std::u32string& word) {
        return word.size() >= 6 && line.letters.find(word) != std::u32string::npos;
    });
}

}  // namespace chiptrail::vision
