#include "extract/utf8_scan.hpp"

#include "core/unicode.hpp"

#include <array>

namespace chiptrail::extract {

namespace {

struct Range {
    char32_t first;
    char32_t last;
};

template <std::size_t n>
bool in_any(const std::array<Range, n>& ranges, char32_t c) {
    for (const auto& range : ranges) {
        if (c >= range.first && c <= range.last) {
            return true;
        }
    }
    return false;
}

bool is_space(char32_t c) {
    return c == ' ' || (c >= 0x09 && c <= 0x0d) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
           c == 0x205f || c == 0x3000;
}

bool is_invisible(char32_t c) {
    constexpr std::array<Range, 6> kRanges{{{0x200b, 0x200f},
                                            {0x202a, 0x202e},
                                            {0x2060, 0x2064},
                                            {0x2066, 0x206f},
                                            {0xfeff, 0xfeff},
                                            {0xad, 0xad}}};
    return in_any(kRanges, c);
}

/// Full-width forms and foreign digits as ASCII; 0 when `c` has no such form.
char ascii_form(char32_t c) {
    if (c >= 0xff01 && c <= 0xff5e) {
        return static_cast<char>(c - 0xff01 + 0x21);
    }
    for (const char32_t zero : {char32_t{0x660}, char32_t{0x6f0}, char32_t{0x966}}) {
        if (c >= zero && c <= zero + 9) {
            return static_cast<char>('0' + (c - zero));
        }
    }
    return 0;
}

char32_t lower(char32_t c) {
    const bool pairs = (c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177) ||
                       (c >= 0x1e00 && c <= 0x1eff) || (c >= 0x460 && c <= 0x52f);
    if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) ||
        (c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f)) {
        return c + 0x20;
    }
    if (c >= 0x400 && c <= 0x40f) {
        return c + 0x50;
    }
    if (((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e)) && c % 2 == 1) {
        return c + 1;
    }
    if (c == 0x130) {
        return 'i';
    }
    return pairs && c % 2 == 0 ? c + 1 : c;
}

}  // namespace

CodePoint code_point_at(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) {
        return static_cast<unsigned>(static_cast<unsigned char>(text[i]));
    };
    const unsigned lead = byte(at);
    if (lead < 0x80) {
        return {lead, 1};
    }
    std::size_t length = 0;
    if (lead >= 0xc2 && lead <= 0xdf) {
        length = 2;
    } else if (lead >= 0xe0 && lead <= 0xef) {
        length = 3;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        length = 4;
    }
    if (length == 0 || at + length > text.size()) {
        return {0xfffd, 1};
    }
    char32_t value = lead & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(at + i) & 0xc0) != 0x80) {
            return {0xfffd, 1};
        }
        value = (value << 6) | (byte(at + i) & 0x3f);
    }
    return {value, length};
}

bool is_word_letter(char32_t c) {
    constexpr std::array<Range, 9> kRanges{{{'A', 'Z'},
                                            {'a', 'z'},
                                            {0xaa, 0xaa},
                                            {0xc0, 0x24f},
                                            {0x370, 0x52f},
                                            {0x5d0, 0x5ea},
                                            {0x620, 0x64a},
                                            {0x900, 0x963},
                                            {0x1e00, 0x1fff}}};
    return c != 0xd7 && c != 0xf7 && in_any(kRanges, c);
}

std::string plain_spaces_and_digits(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto point = code_point_at(text, at);
        if (is_space(point.value)) {
            if (!out.empty() && out.back() != ' ') {
                out += ' ';
            }
        } else if (const char ascii = ascii_form(point.value); ascii != 0) {
            out += ascii;
        } else if (!is_invisible(point.value)) {
            out += text.substr(at, point.length);
        }
        at += point.length;
    }
    while (!out.empty() && out.back() == ' ') {
        out.pop_back();
    }
    return out;
}

std::string lower_case(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto point = code_point_at(text, at);
        const char32_t changed = lower(point.value);
        if (changed == point.value) {
            out += text.substr(at, point.length);
        } else {
            core::append_utf8(out, changed);
        }
        at += point.length;
    }
    return out;
}

bool stands_alone(std::string_view text, std::size_t begin, std::size_t end) {
    if (end < text.size() && is_word_letter(code_point_at(text, end).value)) {
        return false;
    }
    if (begin == 0) {
        return true;
    }
    std::size_t before = begin - 1;
    while (before > 0 && (static_cast<unsigned char>(text[before]) & 0xc0) == 0x80) {
        --before;
    }
    return !is_word_letter(code_point_at(text, before).value);
}

std::string_view clip_utf8(std::string_view text, std::size_t max_bytes) {
    if (text.size() <= max_bytes) {
        return text;
    }
    while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xc0) == 0x80) {
        --max_bytes;
    }
    return text.substr(0, max_bytes);
}

}  // namespace chiptrail::extract
