#include "extract/url_id.hpp"

#include "extract/utf8_scan.hpp"

#include <algorithm>
#include <array>

namespace chiptrail::extract {

namespace {

std::string id_in_query(std::string_view query) {
    constexpr std::array<std::string_view, 17> kNames{"id",
                                                      "item_id",
                                                      "itemid",
                                                      "item",
                                                      "product_id",
                                                      "productid",
                                                      "pid",
                                                      "sku",
                                                      "skuid",
                                                      "tid",
                                                      "topic",
                                                      "t",
                                                      "p",
                                                      "threadid",
                                                      "postid",
                                                      "aid",
                                                      "story_fbid"};
    std::string best;
    auto best_rank = kNames.size();
    while (!query.empty()) {
        const auto end = std::min(query.find_first_of("&;"), query.size());
        const auto pair = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        const auto equals = pair.find('=');
        if (equals == std::string_view::npos || equals + 1 == pair.size()) {
            continue;
        }
        const auto name = lower_case(pair.substr(0, equals));
        const auto found = std::find(kNames.begin(), kNames.end(), name);
        const auto rank = static_cast<std::size_t>(found - kNames.begin());
        if (rank < best_rank) {
            best_rank = rank;
            best = std::string(pair.substr(equals + 1));
        }
    }
    return best;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// The longest run of digits; the last of several as long.
std::string_view longest_number(std::string_view path) {
    std::string_view best;
    for (std::size_t at = 0; at < path.size();) {
        if (!is_digit(path[at])) {
            ++at;
            continue;
        }
        auto end = at;
        while (end < path.size() && is_digit(path[end])) {
            ++end;
        }
        if (end - at >= best.size()) {
            best = path.substr(at, end - at);
        }
        at = end;
    }
    return best;
}

}  // namespace

std::string id_of_url(std::string_view url) {
    url = url.substr(0, url.find('#'));
    const auto scheme = url.find("://");
    if (scheme != std::string_view::npos) {
        url.remove_prefix(scheme + 3);
        url.remove_prefix(std::min(url.find('/'), url.size()));
    }
    const auto question = std::min(url.find('?'), url.size());
    auto path = url.substr(0, question);
    if (question < url.size()) {
        if (auto id = id_in_query(url.substr(question + 1)); !id.empty()) {
            return id;
        }
    }
    constexpr std::size_t kTelling = 4;
    if (const auto number = longest_number(path); number.size() >= kTelling) {
        return std::string(number);
    }
    while (path.ends_with('/')) {
        path.remove_suffix(1);
    }
    const auto slash = path.rfind('/');
    return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

}  // namespace chiptrail::extract
