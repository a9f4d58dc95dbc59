#pragma once

// XML as feeds are really written: unclosed and crossed tags, undeclared prefixes and stray
// ampersands give a tree all the same. No entity is ever defined or fetched.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chiptrail::extract {

struct XmlElement {
    std::string space;  ///< namespace URI; the bare prefix when nothing declares it
    std::string name;   ///< local name, lower case
    std::vector<std::pair<std::string, std::string>> attributes;  ///< names as written, lower case
    std::string text;        ///< own text and CDATA, in order, entities decoded
    std::string_view inner;  ///< everything between its tags, as written
    std::size_t parent = 0;  ///< index; the root is its own parent
    std::vector<std::size_t> children;

    /// Empty when absent.
    [[nodiscard]] std::string_view attribute(std::string_view name_) const;
};

struct XmlScan {
    std::vector<XmlElement> elements;  ///< in document order; views point into the scanned text
};

/// At most 300,000 elements and 100 levels (deeper ones become siblings). Linear in `text`.
[[nodiscard]] XmlScan scan_xml(std::string_view text);

/// The five of XML and numeric references; others stay as they are.
[[nodiscard]] std::string decode_xml_entities(std::string_view text);

}  // namespace chiptrail::extract
