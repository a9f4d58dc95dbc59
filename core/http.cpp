#include "core/http.hpp"

#include "core/text.hpp"

namespace chiptrail::core {

std::optional<std::string_view> find_header(const Headers& headers, std::string_view name) {
    for (const auto& header : headers) {
        if (equal_ignoring_case(header.name, name)) {
            return header.value;
        }
    }
    return std::nullopt;
}

std::string_view to_text(Exchange::Purpose purpose) {
    switch (purpose) {
        case Exchange::Purpose::page:
            return "page";
        case Exchange::Purpose::image:
            return "image";
        case Exchange::Purpose::robots:
            return "robots";
    }
    return "page";
}

std::string_view to_text(RobotsDecision::Basis basis) {
    switch (basis) {
        case RobotsDecision::Basis::not_applicable:
            return "not_applicable";
        case RobotsDecision::Basis::rule:
            return "rule";
        case RobotsDecision::Basis::no_rule:
            return "no_rule";
        case RobotsDecision::Basis::no_file:
            return "no_file";
        case RobotsDecision::Basis::unreachable:
            return "unreachable";
    }
    return "not_applicable";
}

}  // namespace chiptrail::core
