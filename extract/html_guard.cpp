#include "extract/html_guard.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace chiptrail::extract {

namespace {

/// Name in lower case as a number: tags are compared a lot and never shown.
using TagId = std::uint64_t;

constexpr char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr TagId hash_lower(std::string_view text) {
    TagId hash = 14695981039346656037ULL;  // FNV-1a
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(to_lower(c))) * 1099511628211ULL;
    }
    return hash;
}

template <std::size_t N>
constexpr auto tags(const std::array<std::string_view, N>& names) {
    std::array<TagId, N> ids{};
    for (std::size_t i = 0; i < N; ++i) {
        ids[i] = hash_lower(names[i]);
    }
    return ids;
}

template <std::size_t N>
bool is_one_of(TagId id, const std::array<TagId, N>& ids) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
}

constexpr auto kVoid = tags(std::array<std::string_view, 19>{"area",
                                                             "base",
                                                             "basefont",
                                                             "bgsound",
                                                             "br",
                                                             "col",
                                                             "command",
                                                             "embed",
                                                             "frame",
                                                             "hr",
                                                             "image",
                                                             "img",
                                                             "input",
                                                             "keygen",
                                                             "link",
                                                             "meta",
                                                             "param",
                                                             "source",
                                                             "wbr"});
constexpr auto kDocumentParts =
    tags(std::array<std::string_view, 4>{"html", "body", "head", "frameset"});
constexpr auto kRawText = tags(std::array<std::string_view, 8>{
    "script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"});
constexpr auto kFormatting = tags(std::array<std::string_view, 14>{"a",
                                                                   "b",
                                                                   "big",
                                                                   "code",
                                                                   "em",
                                                                   "font",
                                                                   "i",
                                                                   "nobr",
                                                                   "s",
                                                                   "small",
                                                                   "strike",
                                                                   "strong",
                                                                   "tt",
                                                                   "u"});
/// Elements that put a marker into the list of open formatting elements.
constexpr auto kMarkers = tags(std::array<std::string_view, 7>{
    "applet", "caption", "marquee", "object", "td", "template", "th"});
/// Where the search for an element to close stops (HTML Standard, 13.2.4.2).
constexpr auto kScope = tags(std::array<std::string_view, 11>{"applet",
                                                              "caption",
                                                              "marquee",
                                                              "object",
                                                              "td",
                                                              "template",
                                                              "th",
                                                              "table",
                                                              "button",
                                                              "svg",
                                                              "math"});
constexpr auto kForeign = tags(std::array<std::string_view, 2>{"svg", "math"});
constexpr auto kClosesParagraph = tags(std::array<std::string_view, 42>{
    "address", "article",   "aside", "blockquote", "center",     "details", "dialog",
    "dir",     "div",       "dl",    "fieldset",   "figcaption", "figure",  "footer",
    "header",  "hgroup",    "main",  "menu",       "nav",        "ol",      "p",
    "section", "summary",   "ul",    "h1",         "h2",         "h3",      "h4",
    "h5",      "h6",        "pre",   "listing",    "form",       "table",   "hr",
    "xmp",     "plaintext", "dd",    "dt",         "li",         "search",  "dir"});

constexpr TagId kParagraph = hash_lower("p");
constexpr TagId kListItem = hash_lower("li");
constexpr TagId kTable = hash_lower("table");
constexpr TagId kRow = hash_lower("tr");
constexpr TagId kForm = hash_lower("form");
constexpr TagId kAnchor = hash_lower("a");
constexpr TagId kNobr = hash_lower("nobr");
constexpr TagId kPlaintext = hash_lower("plaintext");
constexpr auto kLists = tags(std::array<std::string_view, 2>{"ul", "ol"});
constexpr auto kDefinitions = tags(std::array<std::string_view, 2>{"dd", "dt"});
constexpr auto kCells = tags(std::array<std::string_view, 2>{"td", "th"});
constexpr auto kRowGroups = tags(std::array<std::string_view, 3>{"tbody", "thead", "tfoot"});
constexpr auto kOptions = tags(std::array<std::string_view, 2>{"option", "optgroup"});
constexpr auto kHeadings =
    tags(std::array<std::string_view, 6>{"h1", "h2", "h3", "h4", "h5", "h6"});
constexpr auto kRuby = tags(std::array<std::string_view, 4>{"rb", "rp", "rt", "rtc"});

/// How far down the stack an element to close is looked for; keeps each tag's cost constant.
constexpr std::size_t kSearchDepth = 256;
constexpr int kMaxDocumentParts = 16;
/// The Noah's Ark clause: no more than three equal formatting elements are kept open.
constexpr int kMaxEqualFormatting = 3;

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

bool is_letter(char c) {
    const char lower = to_lower(c);
    return lower >= 'a' && lower <= 'z';
}

class Guard {
public:
    Guard(std::string_view in, const GuardLimits& limits) : in_(in), limits_(limits) {}

    GuardedMarkup run() {
        while (at_ < in_.size()) {
            const auto next = in_.find('<', at_);
            if (next == std::string_view::npos || next + 1 >= in_.size()) {
                break;
            }
            at_ = next + 1;
            read_markup(next);
        }
        if (copied_ > 0 || cut_at_ != std::string_view::npos) {
            result_.is_rewritten = true;
            const auto end = std::min(cut_at_, in_.size());
            if (end > copied_) {
                result_.rewritten += in_.substr(copied_, end - copied_);
            }
        }
        return std::move(result_);
    }

private:
    struct Open {
        TagId id = 0;
        TagId whole = 0;  ///< of the whole tag, for formatting elements
        bool dropped = false;
        bool formatting = false;
        bool off_stack = false;  ///< its block is closed; it waits to be re-opened
    };

    void read_markup(std::size_t begin) {
        const char c = in_[at_];
        if (is_letter(c)) {
            read_start_tag(begin);
        } else if (c == '/' && at_ + 1 < in_.size() && is_letter(in_[at_ + 1])) {
            ++at_;
            read_end_tag(begin);
        } else if (c == '!' || c == '?' || c == '/') {
            skip_comment();
        }
    }

    void skip_comment() {
        const auto rest = in_.substr(at_);
        if (rest.substr(0, 3) == "!--") {
            skip_past_comment_end(at_ + 3);
        } else if (foreign_ > 0 && rest.substr(0, 8) == "![CDATA[") {
            skip_past("]]>", at_ + 8);
        } else {
            skip_past(">", at_);
        }
    }

    void skip_past_comment_end(std::size_t from) {
        if (in_.substr(from, 1) == ">" || in_.substr(from, 2) == "->") {
            at_ = in_.find('>', from) + 1;
            return;
        }
        for (auto dashes = in_.find("--", from); dashes != std::string_view::npos;
             dashes = in_.find("--", dashes + 1)) {
            const auto after = in_.substr(dashes + 2, 2);
            if (after.substr(0, 1) == ">" || after == "!>") {
                at_ = in_.find('>', dashes) + 1;
                return;
            }
        }
        at_ = in_.size();
    }

    void skip_past(std::string_view end, std::size_t from) {
        const auto found = in_.find(end, from);
        at_ = found == std::string_view::npos ? in_.size() : found + end.size();
    }

    std::string_view read_name() {
        const auto begin = at_;
        while (at_ < in_.size() && !is_space(in_[at_]) && in_[at_] != '/' && in_[at_] != '>') {
            ++at_;
        }
        return in_.substr(begin, at_ - begin);
    }

    /// Leaves at_ behind '>'. Returns false when the input ends inside the tag.
    bool read_attributes(bool& self_closing) {
        std::size_t count = 0;
        std::size_t drop_from = std::string_view::npos;
        while (at_ < in_.size()) {
            if (in_[at_] == '>') {
                surplus_begin_ = drop_from;
                self_closing = in_[at_ - 1] == '/';
                ++at_;
                return true;
            }
            if (is_space(in_[at_]) || in_[at_] == '/') {
                ++at_;
                continue;
            }
            if (++count == limits_.max_attributes + 1) {
                drop_from = at_;
            }
            read_attribute();
        }
        return false;
    }

    void read_attribute() {
        ++at_;  // A leading '=' belongs to the name.
        while (at_ < in_.size() && !is_space(in_[at_]) && in_[at_] != '/' && in_[at_] != '>' &&
               in_[at_] != '=') {
            ++at_;
        }
        auto value = at_;
        while (value < in_.size() && is_space(in_[value])) {
            ++value;
        }
        if (value >= in_.size() || in_[value] != '=') {
            return;
        }
        ++value;
        while (value < in_.size() && is_space(in_[value])) {
            ++value;
        }
        at_ = value;
        if (at_ >= in_.size() || in_[at_] == '>') {
            return;
        }
        if (in_[at_] == '"' || in_[at_] == '\'') {
            const auto end = in_.find(in_[at_], at_ + 1);
            at_ = end == std::string_view::npos ? in_.size() : end + 1;
            return;
        }
        while (at_ < in_.size() && !is_space(in_[at_]) && in_[at_] != '>') {
            ++at_;
        }
    }

    void read_start_tag(std::size_t begin) {
        const auto name = read_name();
        const TagId id = hash_lower(name);
        bool self_closing = false;
        if (!read_attributes(self_closing)) {
            return;
        }
        if (++elements_ > limits_.max_elements) {
            note("cut at " + std::to_string(limits_.max_elements) + " elements");
            cut_at_ = std::max(begin, copied_);
            at_ = in_.size();
            return;
        }
        if (is_one_of(id, kDocumentParts)) {
            // Gumbo merges the attributes of each further <html> one by one into the first.
            if (++document_parts_ > kMaxDocumentParts) {
                drop(begin, at_);
            } else {
                drop_surplus_attributes();
            }
            return;
        }
        if (foreign_ == 0) {
            close_implied(id);
        }
        if (is_one_of(id, kVoid) || (self_closing && foreign_ > 0)) {
            drop_surplus_attributes();
            return;
        }
        open(id, begin);
        if (foreign_ == 0) {
            skip_raw_text(id, name);
        }
    }

    /// The tag ends at at_; what it carries beyond the allowed attributes goes.
    void drop_surplus_attributes() {
        if (surplus_begin_ != std::string_view::npos) {
            drop(surplus_begin_, at_ - 1);
            note("cut at " + std::to_string(limits_.max_attributes) + " attributes of one element");
        }
    }

    void open(TagId id, std::size_t begin) {
        if (id == kForm && forms_ > 0) {
            drop_surplus_attributes();
            return;  // A form inside a form is not opened.
        }
        Open entry;
        entry.id = id;
        entry.formatting = foreign_ == 0 && is_one_of(id, kFormatting);
        if (entry.formatting) {
            entry.whole = hash_lower(in_.substr(begin, at_ - begin));
            forget_equal_formatting(entry.whole);
        }
        const bool too_deep = stack_.size() >= limits_.max_depth;
        const bool too_formatted = entry.formatting && formatting_ >= limits_.max_open_formatting;
        if (too_deep || too_formatted) {
            entry.dropped = true;
            drop(begin, at_);
            note(too_deep ? "flattened at depth " + std::to_string(limits_.max_depth)
                          : "unclosed formatting elements dropped");
        } else {
            drop_surplus_attributes();
        }
        push(entry);
    }

    void push(const Open& entry) {
        stack_.push_back(entry);
        forms_ += entry.id == kForm ? 1 : 0;
        foreign_ += is_one_of(entry.id, kForeign) ? 1 : 0;
        formatting_ += entry.formatting && !entry.dropped ? 1U : 0U;
    }

    void forget(const Open& entry) {
        forms_ -= entry.id == kForm ? 1 : 0;
        foreign_ -= is_one_of(entry.id, kForeign) ? 1 : 0;
        formatting_ -= entry.formatting && !entry.dropped ? 1U : 0U;
    }

    void erase(std::size_t index) {
        forget(stack_[index]);
        stack_.erase(stack_.begin() + static_cast<std::ptrdiff_t>(index));
    }

    [[nodiscard]] std::size_t search_floor() const {
        return stack_.size() > kSearchDepth ? stack_.size() - kSearchDepth : 0;
    }

    void forget_equal_formatting(TagId whole) {
        int equal = 0;
        std::size_t earliest = 0;
        for (auto i = stack_.size(); i-- > search_floor();) {
            if (is_one_of(stack_[i].id, kMarkers)) {
                break;
            }
            if (stack_[i].formatting && stack_[i].whole == whole) {
                ++equal;
                earliest = i;
            }
        }
        if (equal >= kMaxEqualFormatting && stack_[earliest].off_stack) {
            erase(earliest);
        }
    }

    /// Closes the entry at `index` and what is open above it. Formatting elements above stay,
    /// because Gumbo re-opens them, unless the closed element was their marker.
    void close_to(std::size_t index) {
        const bool marker = is_one_of(stack_[index].id, kMarkers);
        std::vector<Open> kept;
        while (stack_.size() > index) {
            Open entry = stack_.back();
            forget(entry);
            stack_.pop_back();
            if (!marker && entry.formatting && stack_.size() != index) {
                entry.off_stack = true;
                kept.push_back(entry);
            }
        }
        for (auto entry = kept.rbegin(); entry != kept.rend(); ++entry) {
            push(*entry);
        }
    }

    template <class Wanted, class Barrier>
    void close_if_open(const Wanted& wanted, const Barrier& barrier) {
        for (auto i = stack_.size(); i-- > search_floor();) {
            if (wanted(stack_[i].id)) {
                close_to(i);
                return;
            }
            if (barrier(stack_[i].id)) {
                return;
            }
        }
    }

    template <std::size_t N>
    void close_top(const std::array<TagId, N>& ids) {
        if (!stack_.empty() && is_one_of(stack_.back().id, ids)) {
            close_to(stack_.size() - 1);
        }
    }

    /// The elements whose end tags may be left out, so that a long list does not look deep.
    void close_implied(TagId id) {
        const auto in_scope = [](TagId open) { return is_one_of(open, kScope); };
        const auto in_table = [](TagId open) { return open == kTable; };
        if (is_one_of(id, kClosesParagraph)) {
            close_if_open([](TagId open) { return open == kParagraph; }, in_scope);
        }
        if (id == kListItem) {
            close_if_open([](TagId open) { return open == kListItem; },
                          [&](TagId open) { return in_scope(open) || is_one_of(open, kLists); });
        } else if (is_one_of(id, kDefinitions)) {
            close_if_open([](TagId open) { return is_one_of(open, kDefinitions); }, in_scope);
        } else if (is_one_of(id, kCells)) {
            close_if_open([](TagId open) { return is_one_of(open, kCells); },
                          [&](TagId open) { return in_table(open) || open == kRow; });
        } else if (id == kRow) {
            close_if_open([](TagId open) { return open == kRow; }, in_table);
        } else if (is_one_of(id, kRowGroups)) {
            close_if_open([](TagId open) { return is_one_of(open, kRowGroups); }, in_table);
        } else if (is_one_of(id, kOptions)) {
            close_top(kOptions);
        } else if (is_one_of(id, kHeadings)) {
            close_top(kHeadings);
        } else if (is_one_of(id, kRuby)) {
            close_top(kRuby);
        } else if (id == kAnchor || id == kNobr) {
            close_formatting(id);
        }
    }

    /// Removes the entry alone: Gumbo keeps the blocks that were opened inside.
    /// Returns true when its start tag was dropped.
    bool close_formatting(TagId id) {
        for (auto i = stack_.size(); i-- > search_floor();) {
            if (stack_[i].id == id) {
                const bool dropped = stack_[i].dropped;
                erase(i);
                return dropped;
            }
            if (is_one_of(stack_[i].id, kMarkers)) {
                break;
            }
        }
        return false;
    }

    void read_end_tag(std::size_t begin) {
        const TagId id = hash_lower(read_name());
        bool self_closing = false;
        if (!read_attributes(self_closing)) {
            return;
        }
        if (close(id)) {
            drop(std::max(begin, copied_), at_);
        }
    }

    /// Returns true when the start tag was dropped, so that the end tag must go too.
    bool close(TagId id) {
        if (is_one_of(id, kFormatting) || id == kForm) {
            return close_formatting(id);
        }
        const bool stops = !is_one_of(id, kScope) && id != kRow && !is_one_of(id, kRowGroups);
        for (auto i = stack_.size(); i-- > search_floor();) {
            if (stack_[i].id == id) {
                const bool dropped = stack_[i].dropped;
                close_to(i);
                return dropped;
            }
            if (stops && is_one_of(stack_[i].id, kScope)) {
                return false;
            }
        }
        return false;
    }

    void skip_raw_text(TagId id, std::string_view name) {
        if (id == kPlaintext) {
            at_ = in_.size();
            return;
        }
        if (!is_one_of(id, kRawText)) {
            return;
        }
        for (auto end = in_.find("</", at_); end != std::string_view::npos;
             end = in_.find("</", end + 2)) {
            const auto closing = in_.substr(end + 2, name.size() + 1);
            if (closing.size() == name.size() + 1 &&
                hash_lower(closing.substr(0, name.size())) == id &&
                (is_space(closing.back()) || closing.back() == '/' || closing.back() == '>')) {
                at_ = end;
                return;
            }
        }
        at_ = in_.size();
    }

    void drop(std::size_t begin, std::size_t end) {
        if (begin < copied_) {
            begin = copied_;
        }
        result_.rewritten += in_.substr(copied_, begin - copied_);
        copied_ = end;
    }

    void note(std::string damage) {
        if (result_.damage.empty()) {
            result_.damage = std::move(damage);
        }
    }

    std::string_view in_;
    GuardLimits limits_;
    GuardedMarkup result_;
    std::size_t at_ = 0;
    std::size_t copied_ = 0;  ///< input before it is in the output or dropped
    std::size_t surplus_begin_ = std::string_view::npos;  ///< of the tag that was just read
    std::size_t cut_at_ = std::string_view::npos;
    std::vector<Open> stack_;
    std::size_t elements_ = 0;
    std::size_t formatting_ = 0;
    int forms_ = 0;
    int foreign_ = 0;
    int document_parts_ = 0;
};

}  // namespace

GuardedMarkup guard_markup(std::string_view markup, const GuardLimits& limits) {
    return Guard(markup, limits).run();
}

}  // namespace chiptrail::extract
