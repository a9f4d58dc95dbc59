#include "extract/charset.hpp"

#include "core/text.hpp"
#include "extract/charset_labels.hpp"

#include <uchardet/uchardet.h>
#include <unicode/ucnv.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <unordered_map>
#include <utility>

namespace chiptrail::extract {

namespace {

/// The Standard looks at 1024 bytes; real pages put scripts in front of their <meta>.
constexpr std::size_t kPrescanBytes = std::size_t{32} * 1024;
constexpr std::size_t kGuessBytes = std::size_t{256} * 1024;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), [](char c) { return lower(c); });
    return result;
}

/// Length of the valid sequence at `at`, or 0 with the length of the maximal bad part in `bad`.
std::size_t sequence_length(std::string_view bytes, std::size_t at, std::size_t& bad) {
    const auto byte = [&](std::size_t i) {
        return at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U;
    };
    const unsigned lead = byte(0);
    bad = 1;
    if (lead < 0x80) {
        return 1;
    }
    const std::size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                               : lead >= 0xE0 && lead <= 0xEF ? 3
                               : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                              : 0;
    if (length == 0) {
        return 0;
    }
    // RFC 3629, 4: the second byte rules out overlong forms, surrogates and > U+10FFFF.
    const unsigned low = lead == 0xE0 ? 0xA0U : lead == 0xF0 ? 0x90U : 0x80U;
    const unsigned high = lead == 0xED ? 0x9FU : lead == 0xF4 ? 0x8FU : 0xBFU;
    for (std::size_t i = 1; i < length; ++i) {
        const unsigned next = byte(i);
        if (next < (i == 1 ? low : 0x80U) || next > (i == 1 ? high : 0xBFU)) {
            bad = i;
            return 0;
        }
    }
    return length;
}

bool is_ascii(std::string_view bytes) {
    return std::none_of(
        bytes.begin(), bytes.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

/// Fewer than one bad sequence to ten good ones beyond ASCII.
bool is_mostly_utf8(std::string_view bytes) {
    std::size_t good = 0;
    std::size_t wrong = 0;
    std::size_t bad = 0;
    for (std::size_t at = 0; at < bytes.size();) {
        const auto length = sequence_length(bytes, at, bad);
        good += length > 1 ? 1U : 0U;
        wrong += length == 0 ? 1U : 0U;
        at += length == 0 ? bad : length;
    }
    return wrong <= 3 || wrong * 10 < good;
}

const CharsetEntry* entry_named(std::string_view name) {
    for (const auto& entry : kCharsets) {
        if (entry.name == name) {
            return &entry;
        }
    }
    return nullptr;
}

using Labels = std::unordered_map<std::string_view, std::string_view>;

Labels make_labels() {
    Labels labels;
    for (const auto& entry : kCharsets) {
        labels.emplace(entry.name, entry.name);
        std::string_view rest = entry.labels;
        while (!rest.empty()) {
            const auto end = std::min(rest.find(' '), rest.size());
            labels.emplace(rest.substr(0, end), entry.name);
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    return labels;
}

/// The value behind "charset=" in a Content-Type (HTML Standard, 2.7 "extracting").
std::optional<std::string_view> charset_parameter(std::string_view text) {
    const auto folded = lower(text);
    for (auto at = folded.find("charset"); at != std::string::npos;
         at = folded.find("charset", at + 1)) {
        auto value = at + 7;
        while (value < text.size() && is_space(text[value])) {
            ++value;
        }
        if (value >= text.size() || text[value] != '=') {
            continue;
        }
        ++value;
        while (value < text.size() && is_space(text[value])) {
            ++value;
        }
        if (value < text.size() && (text[value] == '"' || text[value] == '\'')) {
            const auto end = text.find(text[value], value + 1);
            return end == std::string_view::npos
                       ? std::nullopt
                       : std::optional(text.substr(value + 1, end - value - 1));
        }
        auto end = value;
        while (end < text.size() && !is_space(text[end]) && text[end] != ';') {
            ++end;
        }
        return text.substr(value, end - value);
    }
    return std::nullopt;
}

/// HTML Standard, 13.2.3.2: reads tags and comments, believes <meta> alone.
class MetaPrescan {
public:
    explicit MetaPrescan(std::string_view bytes) : bytes_(bytes.substr(0, kPrescanBytes)) {}

    std::optional<std::string_view> run() {
        if (auto declared = xml_declaration()) {
            return declared;
        }
        while (at_ < bytes_.size()) {
            if (bytes_[at_] != '<') {
                ++at_;
                continue;
            }
            if (auto charset = read_tag()) {
                return charset;
            }
        }
        return std::nullopt;
    }

private:
    std::optional<std::string_view> xml_declaration() const {
        if (bytes_.substr(0, 5) != "<?xml") {
            return std::nullopt;
        }
        const auto declaration = bytes_.substr(0, bytes_.find('>'));
        auto at = declaration.find("encoding");
        if (at == std::string_view::npos) {
            return std::nullopt;
        }
        at = declaration.find_first_of("\"'", at);
        if (at == std::string_view::npos) {
            return std::nullopt;
        }
        const auto end = declaration.find(declaration[at], at + 1);
        return end == std::string_view::npos ? std::nullopt
                                             : readable(declaration.substr(at + 1, end - at - 1));
    }

    /// The charset of the Standard for a label; UTF-16 cannot be, since the label was read as
    /// bytes, and stands for UTF-8.
    static std::optional<std::string_view> readable(std::string_view label) {
        auto charset = charset_from_label(label);
        if (charset && charset->substr(0, 6) == "utf-16") {
            return std::string_view("utf-8");
        }
        if (charset && *charset == "x-user-defined") {
            return std::string_view("windows-1252");
        }
        return charset;
    }

    std::optional<std::string_view> read_tag() {
        const auto rest = bytes_.substr(at_);
        if (rest.substr(0, 4) == "<!--") {
            const auto end = bytes_.find("-->", at_ + 2);
            at_ = end == std::string_view::npos ? bytes_.size() : end + 3;
            return std::nullopt;
        }
        const char next = rest.size() > 1 ? lower(rest[1]) : '\0';
        const bool closing = next == '/' && rest.size() > 2 && std::isalpha(lower(rest[2])) != 0;
        if ((next >= 'a' && next <= 'z') || closing) {
            return read_element(closing);
        }
        if (next == '!' || next == '/' || next == '?') {
            const auto end = bytes_.find('>', at_);
            at_ = end == std::string_view::npos ? bytes_.size() : end + 1;
            return std::nullopt;
        }
        ++at_;
        return std::nullopt;
    }

    std::optional<std::string_view> read_element(bool closing) {
        at_ += closing ? 2 : 1;
        const auto begin = at_;
        while (at_ < bytes_.size() && !is_space(bytes_[at_]) && bytes_[at_] != '>' &&
               bytes_[at_] != '/') {
            ++at_;
        }
        const auto name = lower(bytes_.substr(begin, at_ - begin));
        const bool is_meta = !closing && name == "meta";
        std::string http_equiv;
        std::optional<std::string_view> charset;
        std::optional<std::string_view> content;
        while (auto attribute = read_attribute()) {
            if (attribute->first == "charset" && !charset) {
                charset = attribute->second;
            } else if (attribute->first == "content" && !content) {
                content = attribute->second;
            } else if (attribute->first == "http-equiv" && http_equiv.empty()) {
                http_equiv = lower(attribute->second);
            }
        }
        if (!closing && (name == "script" || name == "style" || name == "title")) {
            skip_raw_text(name);
        }
        if (!is_meta || at_ >= bytes_.size()) {
            return std::nullopt;
        }
        if (charset) {
            return readable(*charset);
        }
        if (http_equiv == "content-type" && content) {
            const auto label = charset_parameter(*content);
            return label ? readable(*label) : std::nullopt;
        }
        return std::nullopt;
    }

    /// Beyond the Standard's 1024 bytes there are scripts that write <meta> tags.
    void skip_raw_text(const std::string& name) {
        const auto end = lower(bytes_.substr(at_)).find("</" + name);
        if (end != std::string::npos) {
            at_ += end;
        }
    }

    /// nullopt at the end of the tag.
    std::optional<std::pair<std::string, std::string_view>> read_attribute() {
        while (at_ < bytes_.size() && (is_space(bytes_[at_]) || bytes_[at_] == '/')) {
            ++at_;
        }
        if (at_ >= bytes_.size() || bytes_[at_] == '>') {
            return std::nullopt;
        }
        const auto begin = at_++;
        while (at_ < bytes_.size() && !is_space(bytes_[at_]) && bytes_[at_] != '/' &&
               bytes_[at_] != '>' && bytes_[at_] != '=') {
            ++at_;
        }
        auto name = lower(bytes_.substr(begin, at_ - begin));
        auto value = at_;
        while (value < bytes_.size() && is_space(bytes_[value])) {
            ++value;
        }
        if (value >= bytes_.size() || bytes_[value] != '=') {
            return std::pair(std::move(name), std::string_view());
        }
        at_ = value + 1;
        while (at_ < bytes_.size() && is_space(bytes_[at_])) {
            ++at_;
        }
        return std::pair(std::move(name), read_attribute_value());
    }

    std::string_view read_attribute_value() {
        if (at_ >= bytes_.size()) {
            return {};
        }
        if (bytes_[at_] == '"' || bytes_[at_] == '\'') {
            const auto begin = at_ + 1;
            const auto end = std::min(bytes_.find(bytes_[at_], begin), bytes_.size());
            at_ = std::min(end + 1, bytes_.size());
            return bytes_.substr(begin, end - begin);
        }
        const auto begin = at_;
        while (at_ < bytes_.size() && !is_space(bytes_[at_]) && bytes_[at_] != '>') {
            ++at_;
        }
        return bytes_.substr(begin, at_ - begin);
    }

    std::string_view bytes_;
    std::size_t at_ = 0;
};

std::optional<std::string_view> guess(std::string_view bytes) {
    const std::unique_ptr<std::remove_pointer_t<uchardet_t>, decltype(&uchardet_delete)> detector(
        uchardet_new(), &uchardet_delete);
    bytes = bytes.substr(0, kGuessBytes);
    if (uchardet_handle_data(detector.get(), bytes.data(), bytes.size()) != 0) {
        return std::nullopt;
    }
    uchardet_data_end(detector.get());
    const auto charset = charset_from_label(uchardet_get_charset(detector.get()));
    // UTF-8 was ruled out by strict reading, UTF-16 has its marks; a guess of them is a wrong one.
    if (charset && (*charset == "utf-8" || charset->substr(0, 6) == "utf-16")) {
        return std::nullopt;
    }
    return charset;
}

struct ByteOrderMark {
    std::string_view charset;
    std::size_t size = 0;
};

std::optional<ByteOrderMark> find_mark(std::string_view bytes) {
    using namespace std::string_view_literals;
    // UTF-32 is not in the Standard, but its marks would read as UTF-16 full of zeros.
    constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kMarks = {
        {{"\xEF\xBB\xBF"sv, "utf-8"sv},
         {"\xFF\xFE\0\0"sv, "utf-32le"sv},
         {"\0\0\xFE\xFF"sv, "utf-32be"sv},
         {"\xFE\xFF"sv, "utf-16be"sv},
         {"\xFF\xFE"sv, "utf-16le"sv}}};
    for (const auto& [mark, charset] : kMarks) {
        if (bytes.substr(0, mark.size()) == mark) {
            return ByteOrderMark{charset, mark.size()};
        }
    }
    return std::nullopt;
}

/// "<\0h\0": UTF-16 that somebody stripped of its mark.
std::optional<std::string_view> unmarked_utf16(std::string_view bytes) {
    if (bytes.size() < 4) {
        return std::nullopt;
    }
    if (bytes[0] != '\0' && bytes[1] == '\0' && bytes[2] != '\0' && bytes[3] == '\0') {
        return "utf-16le";
    }
    if (bytes[0] == '\0' && bytes[1] != '\0' && bytes[2] == '\0' && bytes[3] != '\0') {
        return "utf-16be";
    }
    return std::nullopt;
}

using Converter = std::unique_ptr<UConverter, decltype(&ucnv_close)>;

std::string convert(std::string_view bytes, const char* name) {
    UErrorCode status = U_ZERO_ERROR;
    const Converter from(ucnv_open(name, &status), &ucnv_close);
    const Converter to(ucnv_open("UTF-8", &status), &ucnv_close);
    if (U_FAILURE(status) != 0) {
        return repair_utf8(bytes);
    }
    std::string out;
    std::array<char, 16 * 1024> buffer{};
    std::array<UChar, 4096> pivot{};
    UChar* pivot_source = pivot.data();
    UChar* pivot_target = pivot.data();
    const char* source = bytes.data();
    const char* const end = source + bytes.size();
    bool first = true;
    do {
        status = U_ZERO_ERROR;
        char* target = buffer.data();
        ucnv_convertEx(to.get(),
                       from.get(),
                       &target,
                       buffer.data() + buffer.size(),
                       &source,
                       end,
                       pivot.data(),
                       &pivot_source,
                       &pivot_target,
                       pivot.data() + pivot.size(),
                       static_cast<UBool>(first),
                       1,
                       &status);
        first = false;
        out.append(buffer.data(), target);
    } while (status == U_BUFFER_OVERFLOW_ERROR);
    return out;
}

DecodedText make(std::string text, std::string_view charset, DecodedText::Source source) {
    return DecodedText{std::move(text), std::string(charset), source};
}

}  // namespace

bool is_valid_utf8(std::string_view bytes) {
    std::size_t bad = 0;
    for (std::size_t at = 0; at < bytes.size();) {
        const auto length = sequence_length(bytes, at, bad);
        if (length == 0) {
            return false;
        }
        at += length;
    }
    return true;
}

std::string repair_utf8(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    std::size_t bad = 0;
    for (std::size_t at = 0; at < bytes.size();) {
        const auto length = sequence_length(bytes, at, bad);
        if (length == 0) {
            out += kReplacement;
            at += bad;
        } else {
            out += bytes.substr(at, length);
            at += length;
        }
    }
    return out;
}

std::optional<std::string_view> charset_from_label(std::string_view label) {
    static const Labels kLabels = make_labels();
    const auto found = kLabels.find(lower(core::trim(label)));
    return found == kLabels.end() ? std::nullopt : std::optional(found->second);
}

std::string decode_as(std::string_view bytes, std::string_view charset) {
    if (charset == "utf-8") {
        return repair_utf8(bytes);
    }
    if (charset == "utf-32le" || charset == "utf-32be") {
        return convert(bytes, charset == "utf-32le" ? "UTF-32LE" : "UTF-32BE");
    }
    const auto* entry = entry_named(charset);
    return convert(bytes, entry == nullptr ? "windows-1252" : entry->converter.data());
}

DecodedText decode_to_utf8(std::string_view bytes, std::string_view content_type) {
    using Source = DecodedText::Source;
    if (const auto mark = find_mark(bytes)) {
        return make(decode_as(bytes.substr(mark->size), mark->charset),
                    mark->charset,
                    Source::byte_order_mark);
    }
    if (const auto charset = unmarked_utf16(bytes)) {
        return make(decode_as(bytes, *charset), *charset, Source::guessed);
    }
    const auto label = charset_parameter(content_type);
    const auto from_header = label ? charset_from_label(*label) : std::nullopt;
    // ISO-2022-JP is all ASCII, so the declaration is all there is to go by.
    if (!is_ascii(bytes) && is_valid_utf8(bytes)) {
        return make(std::string(bytes), "utf-8", Source::valid_utf8);
    }
    if (from_header && *from_header != "utf-8") {
        return make(decode_as(bytes, *from_header), *from_header, Source::header);
    }
    const auto from_meta = MetaPrescan(bytes).run();
    if (from_meta && *from_meta != "utf-8") {
        return make(decode_as(bytes, *from_meta), *from_meta, Source::meta);
    }
    if (is_ascii(bytes) || ((from_header || from_meta) && is_mostly_utf8(bytes))) {
        // Declared as UTF-8 and not quite: a page cut in the middle of a letter, a stray byte.
        const auto source = from_header ? Source::header
                            : from_meta ? Source::meta
                                        : Source::fallback;
        return make(repair_utf8(bytes), "utf-8", source);
    }
    if (const auto guessed = guess(bytes)) {
        return make(decode_as(bytes, *guessed), *guessed, Source::guessed);
    }
    return make(decode_as(bytes, "windows-1252"), "windows-1252", Source::fallback);
}

}  // namespace chiptrail::extract
