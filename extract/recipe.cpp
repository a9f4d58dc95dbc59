#include "extract/recipe.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <array>

namespace chiptrail::extract {

namespace {

constexpr std::array<std::pair<Field, std::string_view>, 14> kFields = {
    {{Field::id, "id"},
     {Field::url, "url"},
     {Field::kind, "kind"},
     {Field::title, "title"},
     {Field::text, "text"},
     {Field::author, "author"},
     {Field::author_id, "author_id"},
     {Field::author_url, "author_url"},
     {Field::price, "price"},
     {Field::currency, "currency"},
     {Field::location, "location"},
     {Field::published, "published"},
     {Field::images, "images"},
     {Field::links, "links"}}};

constexpr std::string_view kTerm = "{term}";

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    constexpr std::string_view kPlain = "-._~";  // RFC 3986, 2.3, besides letters and digits
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || kPlain.find(c) != std::string_view::npos;
        if (plain) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += kDigits[byte >> 4U];
            out += kDigits[byte & 15U];
        }
    }
    return out;
}

std::string with_term(std::string_view url, const std::string& term) {
    std::string out;
    for (auto at = url.find(kTerm); at != std::string_view::npos; at = url.find(kTerm)) {
        out += url.substr(0, at);
        out += term;
        url.remove_prefix(at + kTerm.size());
    }
    return out += url;
}

std::vector<std::string_view> labels_of(std::string_view host) {
    std::vector<std::string_view> labels;
    while (true) {
        const auto dot = host.find('.');
        labels.push_back(host.substr(0, dot));
        if (dot == std::string_view::npos) {
            return labels;
        }
        host.remove_prefix(dot + 1);
    }
}

using Labels = std::vector<std::string_view>;

bool labels_fit(const Labels& pattern, const Labels& host, std::size_t first) {
    const auto rest = host.size() - first;
    if (rest < pattern.size()) {
        return false;
    }
    const bool open_end = pattern.back() == "*";
    // "co.uk" and "com.hk" are public suffixes of two labels.
    const auto most = pattern.size() + (open_end ? 1U : 0U);
    if (rest > most) {
        return false;
    }
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] != "*" && !core::equal_ignoring_case(pattern[i], host[first + i])) {
            return false;
        }
    }
    return true;
}

}  // namespace

std::string_view to_text(Field field) {
    for (const auto& [known, name] : kFields) {
        if (known == field) {
            return name;
        }
    }
    return "";
}

std::optional<Field> field_from(std::string_view text) {
    for (const auto& [field, name] : kFields) {
        if (name == text) {
            return field;
        }
    }
    return std::nullopt;
}

bool host_fits(std::string_view pattern, std::string_view host) {
    if (pattern == "*") {
        return true;
    }
    auto wanted = labels_of(pattern);
    const auto labels = labels_of(host);
    if (wanted.front() != "*" || wanted.size() < 2) {
        return labels_fit(wanted, labels, 0);
    }
    wanted.erase(wanted.begin());
    for (std::size_t first = 0; first < labels.size(); ++first) {
        if (labels_fit(wanted, labels, first)) {
            return true;
        }
    }
    return false;
}

std::vector<std::string> expand_start_urls(const Recipe& recipe,
                                           const std::vector<std::string>& terms) {
    std::vector<std::string> urls;
    const auto add = [&](std::string url) {
        if (std::find(urls.begin(), urls.end(), url) == urls.end()) {
            urls.push_back(std::move(url));
        }
    };
    for (const auto& start : recipe.start) {
        if (start.find(kTerm) == std::string::npos) {
            add(start);
            continue;
        }
        for (const auto& term : terms) {
            add(with_term(start, percent_encoded(term)));
        }
    }
    return urls;
}

}  // namespace chiptrail::extract
