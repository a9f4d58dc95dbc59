#pragma once

// Bytes of a page to UTF-8, in the way of the HTML Standard (13.2.3) and the Encoding Standard.

#include <optional>
#include <string>
#include <string_view>

namespace chiptrail::extract {

struct DecodedText {
    /// What the charset was taken from; the first that answers wins.
    enum class Source {
        byte_order_mark,
        valid_utf8,  ///< not ASCII alone and valid UTF-8: no other charset says that by accident
        header,      ///< charset= of Content-Type
        meta,        ///< <meta charset> or <meta http-equiv=content-type>, or an XML declaration
        guessed,     ///< by its letters' frequencies
        fallback,    ///< windows-1252, which every byte sequence is valid in
    };
    std::string text;     ///< valid UTF-8, byte order mark removed, bad bytes as U+FFFD
    std::string charset;  ///< name of the Encoding Standard in lower case: "gbk", "utf-8"
    Source source = Source::fallback;
};

/// Any bytes give an answer. A declared charset loses to the bytes when they are valid UTF-8
/// beyond ASCII: pages are re-saved and proxied, and their declarations stay behind.
[[nodiscard]] DecodedText decode_to_utf8(std::string_view bytes, std::string_view content_type);

/// The Encoding Standard's name for a label in any case: "gb2312" -> "gbk", "latin1" ->
/// "windows-1252"; nullopt for a label that it does not have.
[[nodiscard]] std::optional<std::string_view> charset_from_label(std::string_view label);

/// Decodes with one charset named as charset_from_label() names it. An unknown name decodes as
/// windows-1252.
[[nodiscard]] std::string decode_as(std::string_view bytes, std::string_view charset);

/// RFC 3629, strict: no overlong forms, no surrogates, nothing above U+10FFFF.
[[nodiscard]] bool is_valid_utf8(std::string_view bytes);

/// Bad sequences become U+FFFD, one for each maximal bad part.
[[nodiscard]] std::string repair_utf8(std::string_view bytes);

}  // namespace chiptrail::extract
