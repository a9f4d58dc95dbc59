#include "extract/xml_scan.hpp"

#include "core/text.hpp"
#include "core/unicode.hpp"
#include "extract/utf8_scan.hpp"

#include <algorithm>
#include <cstdint>
#include <map>

namespace chiptrail::extract {

namespace {

constexpr std::size_t kMaxElements = 300'000;
constexpr std::size_t kMaxDepth = 100;
constexpr std::size_t kMaxAttributes = 64;

/// "#233" or "#xE9"; false when it is no number.
bool append_numeric(std::string& out, std::string_view name) {
    const bool hex = name.size() > 2 && (name[1] == 'x' || name[1] == 'X');
    std::uint32_t value = 0;
    const auto digits = name.substr(hex ? 2 : 1);
    if (digits.empty() || digits.size() > 8) {
        return false;
    }
    for (const char c : digits) {
        std::uint32_t digit = 0;
        if (c >= '0' && c <= '9') {
            digit = static_cast<std::uint32_t>(c - '0');
        } else if (hex && ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')) {
            digit = static_cast<std::uint32_t>((c | 0x20) - 'a' + 10);
        } else {
            return false;
        }
        value = value * (hex ? 16 : 10) + digit;
    }
    core::append_utf8(out, value == 0 ? 0xFFFD : value);
    return true;
}

bool append_entity(std::string& out, std::string_view name) {
    if (name.starts_with('#')) {
        return append_numeric(out, name);
    }
    constexpr std::pair<std::string_view, char> kNamed[] = {
        {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    for (const auto& [known, character] : kNamed) {
        if (name == known) {
            out += character;
            return true;
        }
    }
    return false;
}

bool is_name_end(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '/' || c == '>' || c == '=' ||
           c == '<';
}

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    XmlScan run() {
        while (at_ < text_.size() && scan_.elements.size() < kMaxElements) {
            const auto tag = text_.find('<', at_);
            add_text(text_.substr(at_, tag - at_), true);
            if (tag == std::string_view::npos) {
                at_ = text_.size();
                break;
            }
            at_ = tag;
            step();
        }
        close_down_to(0, at_);
        return std::move(scan_);
    }

private:
    struct Open {
        std::size_t element = 0;
        std::size_t inner_begin = 0;
        std::string qualified;
        std::map<std::string, std::string> spaces;  ///< declared here
    };

    void step() {
        const auto rest = text_.substr(at_);
        if (rest.starts_with("<!--")) {
            skip_past("-->");
        } else if (rest.starts_with("<![CDATA[")) {
            const auto begin = at_ + 9;
            skip_past("]]>");
            const auto end = text_.substr(0, at_).ends_with("]]>") ? at_ - 3 : at_;
            add_text(text_.substr(begin, std::max(begin, end) - begin), false);
        } else if (rest.starts_with("<?")) {
            skip_past("?>");
        } else if (rest.starts_with("<!")) {
            skip_doctype();
        } else if (rest.starts_with("</")) {
            end_tag();
        } else if (rest.size() > 1 && !is_blank(rest[1]) && rest[1] != '<') {
            start_tag();
        } else {
            add_text("<", false);
            ++at_;
        }
    }

    void skip_past(std::string_view mark) {
        const auto end = text_.find(mark, at_);
        at_ = end == std::string_view::npos ? text_.size() : end + mark.size();
    }

    /// Its internal subset is skipped too: nobody here expands entities.
    void skip_doctype() {
        const auto end = text_.find('>', at_);
        const auto subset = text_.find('[', at_);
        if (subset < end) {
            const auto close = text_.find("]", subset);
            at_ = close == std::string_view::npos ? text_.size() : close;
        }
        skip_past(">");
    }

    void add_text(std::string_view text, bool entities) {
        if (open_.empty() || text.empty()) {
            return;
        }
        auto& own = scan_.elements[open_.back().element].text;
        own += entities ? decode_xml_entities(text) : std::string(text);
    }

    std::string_view name_here() {
        const auto begin = at_;
        while (at_ < text_.size() && !is_name_end(text_[at_])) {
            ++at_;
        }
        return text_.substr(begin, at_ - begin);
    }

    void skip_blanks() {
        while (at_ < text_.size() && is_blank(text_[at_])) {
            ++at_;
        }
    }

    std::string attribute_value() {
        skip_blanks();
        if (at_ >= text_.size()) {
            return {};
        }
        const char quote = text_[at_];
        if (quote != '"' && quote != '\'') {
            return decode_xml_entities(name_here());
        }
        const auto end = text_.find(quote, at_ + 1);
        const auto value = text_.substr(
            at_ + 1, end == std::string_view::npos ? std::string_view::npos : end - at_ - 1);
        at_ = end == std::string_view::npos ? text_.size() : end + 1;
        return decode_xml_entities(value);
    }

    /// Reads up to and past '>'; true when the tag closes itself.
    bool attributes(XmlElement& element, Open& open) {
        while (at_ < text_.size()) {
            skip_blanks();
            if (at_ >= text_.size() || text_[at_] == '<') {
                return false;
            }
            if (text_[at_] == '>') {
                ++at_;
                return false;
            }
            if (text_[at_] == '/') {
                ++at_;
                if (at_ < text_.size() && text_[at_] == '>') {
                    ++at_;
                    return true;
                }
                continue;
            }
            const auto before = at_;
            const auto name = lower_case(name_here());
            skip_blanks();
            std::string value;
            if (at_ < text_.size() && text_[at_] == '=') {
                ++at_;
                value = attribute_value();
            }
            if (at_ == before) {
                ++at_;
            }
            keep_attribute(element, open, name, std::move(value));
        }
        return false;
    }

    static void keep_attribute(XmlElement& element,
                               Open& open,
                               const std::string& name,
                               std::string value) {
        if (name == "xmlns") {
            open.spaces[""] = std::move(value);
        } else if (name.starts_with("xmlns:")) {
            open.spaces[name.substr(6)] = std::move(value);
        } else if (!name.empty() && element.attributes.size() < kMaxAttributes) {
            element.attributes.emplace_back(name, std::move(value));
        }
    }

    std::string space_of(const std::string& prefix, const Open& newest) const {
        if (const auto own = newest.spaces.find(prefix); own != newest.spaces.end()) {
            return own->second;
        }
        for (auto open = open_.rbegin(); open != open_.rend(); ++open) {
            if (const auto found = open->spaces.find(prefix); found != open->spaces.end()) {
                return found->second;
            }
        }
        return prefix;
    }

    void start_tag() {
        ++at_;
        XmlElement element;
        Open open;
        open.qualified = lower_case(name_here());
        const bool closed = attributes(element, open);
        const auto colon = open.qualified.find(':');
        const auto prefix =
            colon == std::string::npos ? std::string() : open.qualified.substr(0, colon);
        element.name =
            colon == std::string::npos ? open.qualified : open.qualified.substr(colon + 1);
        element.space = lower_case(space_of(prefix, open));
        open.element = scan_.elements.size();
        open.inner_begin = at_;
        element.parent = open_.empty() ? 0 : open_.back().element;
        if (!open_.empty()) {
            scan_.elements[element.parent].children.push_back(open.element);
        }
        scan_.elements.push_back(std::move(element));
        if (!closed && open_.size() < kMaxDepth) {
            open_.push_back(std::move(open));
        }
    }

    void end_tag() {
        const auto begin = at_;
        at_ += 2;
        const auto name = lower_case(name_here());
        skip_past(">");
        for (std::size_t i = open_.size(); i > 0; --i) {
            if (open_[i - 1].qualified == name) {
                close_down_to(i - 1, begin);
                return;
            }
        }
    }

    void close_down_to(std::size_t depth, std::size_t end) {
        while (open_.size() > depth) {
            const auto& open = open_.back();
            scan_.elements[open.element].inner =
                text_.substr(open.inner_begin, std::max(end, open.inner_begin) - open.inner_begin);
            open_.pop_back();
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<Open> open_;
    XmlScan scan_;
};

}  // namespace

std::string_view XmlElement::attribute(std::string_view name_) const {
    for (const auto& [key, value] : attributes) {
        if (key == name_) {
            return value;
        }
    }
    return {};
}

std::string decode_xml_entities(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] != '&') {
            out += text[at++];
            continue;
        }
        const auto end = text.substr(at, 12).find(';');
        if (end != std::string_view::npos && append_entity(out, text.substr(at + 1, end - 1))) {
            at += end + 1;
        } else {
            out += text[at++];
        }
    }
    return out;
}

XmlScan scan_xml(std::string_view text) {
    return Scanner(text).run();
}

}  // namespace chiptrail::extract
