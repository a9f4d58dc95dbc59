#pragma once

// A reading prepared for comparison: folded letters without blanks, and where words may begin
// and end. For use inside vision/.

#include "core/finding.hpp"
#include "vision/reading.hpp"

#include <array>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace chiptrail::vision {

/// Between two letters: `hard` where a blank or a sign stands, `soft` where only the kind of
/// letter changes ("intelXEON", "GIGABYTE365"), `none` inside a word.
enum class Boundary { none, soft, hard };

/// Letters [begin, end) of a LineText.
struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;

    [[nodiscard]] std::size_t size() const {
        return end - begin;
    }
};

struct LineText {
    std::u32string letters;               ///< folded, only letters, digits and kept signs
    std::u32string printed;               ///< the code point each letter came from, as read
    std::vector<std::size_t> source;      ///< index of that code point in the reading
    std::vector<std::size_t> byte_begin;  ///< of that code point in the reading's text
    std::vector<std::size_t> byte_end;
    std::vector<Boundary> before;   ///< before[i] stands before letter i; one more at the end
    unsigned long long groups = 0;  ///< letter_groups of `letters`
    std::size_t words = 0;          ///< runs between hard boundaries
    std::size_t code_points = 0;    ///< of the reading's text

    /// Mean confidence of the reader over the letters of `span`.
    [[nodiscard]] double confidence(const Reading& reading, Span span) const;
    /// The part of the reading's quad that `span` covers: where the recogniser saw its letters,
    /// or, without its scores, as if all letters were equally wide.
    [[nodiscard]] std::array<core::Point, 4> quad(const Reading& reading, Span span) const;
};

/// At most 256 letters; the rest of a longer line is left out. Signs in `kept` count as letters.
[[nodiscard]] LineText prepare_line(const std::string& text, const std::set<char32_t>& kept);

}  // namespace chiptrail::vision
