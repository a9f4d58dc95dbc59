#include "vision/spelling_distance.hpp"

#include "core/unicode.hpp"

#include <algorithm>
#include <array>

namespace chiptrail::vision {

namespace {

constexpr std::size_t kMaxLetters = 64;

struct Confusion {
    char32_t seen;
    char32_t meant;
    double cost;
};

// What PP-OCR and readers like it mix up. Up to 0.25 the shapes are nearly the same and a name
// stays certain; from 0.3 on it takes the rest of the word to believe it. Both directions count.
constexpr std::array kConfusions = std::to_array<Confusion>({
    {U'0', U'o', 0.1},
    {U'1', U'i', 0.1},
    {U'1', U'l', 0.1},
    {U'i', U'l', 0.15},
    {U'|', U'i', 0.1},
    {U'|', U'l', 0.1},
    {U'!', U'i', 0.15},
    {U'!', U'l', 0.2},
    {U'5', U's', 0.2},
    {U'$', U's', 0.1},
    {U'8', U'b', 0.2},
    {U'2', U'z', 0.2},
    {U'6', U'g', 0.3},
    {U'9', U'g', 0.3},
    {U'q', U'g', 0.35},
    {U'q', U'o', 0.35},
    {U'0', U'd', 0.4},
    {U'o', U'd', 0.4},
    {U'o', U'c', 0.4},
    {U'0', U'c', 0.4},
    {U'c', U'e', 0.4},
    {U'c', U'g', 0.5},
    {U'u', U'v', 0.3},
    {U'v', U'y', 0.4},
    {U'n', U'm', 0.5},
    {U'h', U'n', 0.4},
    {U'4', U'a', 0.3},
    {U'@', U'a', 0.2},
    {U'/', U'a', 0.35},
    {U'7', U't', 0.5},
    {U'3', U'e', 0.3},
    {U'e', U'o', 0.5},
    {U't', U'i', 0.6},
    {U't', U'l', 0.6},
    {U'f', U't', 0.5},
    {U'k', U'x', 0.5},
    {U'p', U'r', 0.5},
    {U'i', U'j', 0.4},
    {U'l', U'j', 0.5},
    {U'u', U'o', 0.5},
    {U'¢', U'c', 0.15},
    {U'¢', U'e', 0.15},
    {U'€', U'e', 0.1},
    {U'£', U'e', 0.2},
    {U'Ø', U'o', 0.1},
    {U'ø', U'o', 0.1},
    {U'●', U'o', 0.2},
    {U'○', U'o', 0.15},
    {U'。', U'o', 0.2},
    {U'口', U'o', 0.25},
    {U'丨', U'i', 0.15},
    {U'日', U'b', 0.4},
    {U'λ', U'a', 0.1},
    {U'δ', U'a', 0.15},
    {U'△', U'a', 0.15},
    {U'∧', U'a', 0.1},
    {U'^', U'a', 0.2},
    {U'三', U'e', 0.2},
    {U'≡', U'e', 0.2},
    {U'ß', U'b', 0.2},
    // Letters of other alphabets that print as Latin ones do.
    {U'α', U'a', 0.05},
    {U'ο', U'o', 0.05},
    {U'ε', U'e', 0.1},
    {U'ν', U'v', 0.1},
    {U'ρ', U'p', 0.1},
    {U'τ', U't', 0.1},
    {U'κ', U'k', 0.1},
    {U'ι', U'i', 0.1},
    {U'а', U'a', 0.05},
    {U'е', U'e', 0.05},
    {U'о', U'o', 0.05},
    {U'р', U'p', 0.05},
    {U'с', U'c', 0.05},
    {U'і', U'i', 0.05},
    {U'ѕ', U's', 0.05},
    {U'м', U'm', 0.05},
    {U'т', U't', 0.05},
    {U'к', U'k', 0.05},
    {U'н', U'h', 0.1},
    {U'н', U'n', 0.1},
    {U'в', U'b', 0.1},
    {U'и', U'n', 0.2},
    {U'я', U'r', 0.2},
    {U'л', U'a', 0.3},
    {U'г', U'r', 0.2},
    {U'у', U'y', 0.05},
    {U'х', U'x', 0.05},
    {U'з', U'3', 0.05},
});

struct Pair {
    std::u32string_view seen;
    char32_t meant;
    double cost;
};

constexpr std::array kPairs = std::to_array<Pair>({
    {U"rn", U'm', 0.25},
    {U"vv", U'w', 0.25},
    {U"cl", U'd', 0.4},
    {U"li", U'h', 0.5},
    {U"ii", U'u', 0.4},
    {U"li", U'u', 0.4},
    {U"/i", U'a', 0.3},
    {U"/\\", U'a', 0.15},
});

double pair_cost(char32_t first, char32_t second, char32_t meant) {
    for (const auto& pair : kPairs) {
        if (pair.meant == meant && pair.seen[0] == first && pair.seen[1] == second) {
            return pair.cost;
        }
    }
    return 2;
}

/// A stroke is lost or invented more easily than a letter.
double indel_cost(char32_t c) {
    return c == U'i' || c == U'l' || c == U'1' || c == U'|' || c == U'!' ? 0.8 : 1.0;
}

struct Cell {
    double cost = 0;
    std::size_t differences = 0;

    [[nodiscard]] Cell plus(double more) const {
        return {cost + more, differences + (more > 0 ? 1U : 0U)};
    }
    void keep_cheaper(const Cell& other) {
        if (other.cost < cost) {
            *this = other;
        }
    }
};

using Row = std::array<Cell, kMaxLetters + 1>;

}  // namespace

double confusion(char32_t seen, char32_t meant) {
    if (seen == meant) {
        return 0;
    }
    for (const auto& pair : kConfusions) {
        if ((pair.seen == seen && pair.meant == meant) ||
            (pair.seen == meant && pair.meant == seen)) {
            return pair.cost;
        }
    }
    return 1;
}

std::vector<Lookalike> lookalikes(char32_t meant, double max_cost) {
    std::vector<Lookalike> found;
    for (const auto& pair : kConfusions) {
        if (pair.cost <= max_cost && (pair.meant == meant || pair.seen == meant)) {
            found.push_back({pair.meant == meant ? pair.seen : pair.meant, pair.cost});
        }
    }
    return found;
}

std::optional<SpellingDistance> spelling_distance(std::u32string_view seen,
                                                  std::u32string_view meant,
                                                  double max_cost) {
    if (seen.size() > kMaxLetters || meant.size() > kMaxLetters) {
        return std::nullopt;
    }
    Row before_last{};
    Row last{};
    Row row{};
    for (std::size_t m = 0; m < meant.size(); ++m) {
        last[m + 1] = last[m].plus(indel_cost(meant[m]));
    }
    for (std::size_t s = 0; s < seen.size(); ++s) {
        row[0] = last[0].plus(indel_cost(seen[s]));
        double cheapest = row[0].cost;
        for (std::size_t m = 0; m < meant.size(); ++m) {
            Cell best = last[m].plus(confusion(seen[s], meant[m]));
            best.keep_cheaper(last[m + 1].plus(indel_cost(seen[s])));
            best.keep_cheaper(row[m].plus(indel_cost(meant[m])));
            if (s > 0) {
                best.keep_cheaper(before_last[m].plus(pair_cost(seen[s - 1], seen[s], meant[m])));
            }
            row[m + 1] = best;
            cheapest = std::min(cheapest, best.cost);
        }
        // A pair may still start from the row before, for its own price.
        if (cheapest > max_cost + 1) {
            return std::nullopt;
        }
        before_last = last;
        last = row;
    }
    const auto& total = last[meant.size()];
    if (total.cost > max_cost) {
        return std::nullopt;
    }
    return SpellingDistance{total.cost, total.differences};
}

const std::set<char32_t>& confusable_signs() {
    static const std::set<char32_t> signs = [] {
        std::set<char32_t> found;
        for (const auto& pair : kConfusions) {
            if (!core::is_word(pair.seen)) {
                found.insert(pair.seen);
            }
        }
        return found;
    }();
    return signs;
}

unsigned long long letter_groups(std::u32string_view word) {
    unsigned long long groups = 0;
    for (const char32_t c : word) {
        unsigned bit = 63;
        if (c >= U'a' && c <= U'z') {
            bit = c - U'a';
        } else if (c >= U'0' && c <= U'9') {
            bit = 26 + (c - U'0');
        } else if (c >= 0x80) {
            bit = 36 + c % 27;
        }
        groups |= 1ULL << bit;
    }
    return groups;
}

}  // namespace chiptrail::vision
