#include "storage/json_text.hpp"

#include <nlohmann/json.hpp>

namespace chiptrail::storage {

namespace {

using nlohmann::json;

std::string dump(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json parse(std::string_view text) {
    return json::parse(text.begin(), text.end(), nullptr, false);
}

bool is_utf8(const std::string& text) {
    try {
        static_cast<void>(json(text).dump());
        return true;
    } catch (const json::type_error&) {
        return false;
    }
}

/// Every byte as the code point of the same number, so that no byte is lost.
std::string widen(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            text += c;
        } else {
            text += static_cast<char>(0xC0U | (byte >> 6U));
            text += static_cast<char>(0x80U | (byte & 0x3FU));
        }
    }
    return text;
}

std::string narrow(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x80 || i + 1 == text.size()) {
            bytes += text[i];
            continue;
        }
        const auto low = static_cast<unsigned char>(text[++i]);
        bytes += static_cast<char>(((byte & 0x03U) << 6U) | (low & 0x3FU));
    }
    return bytes;
}

}  // namespace

std::string list_to_json(const std::vector<std::string>& list) {
    return dump(json(list));
}

std::vector<std::string> list_from_json(std::string_view text) {
    std::vector<std::string> list;
    const auto value = parse(text);
    if (!value.is_array()) {
        return list;
    }
    for (const auto& item : value) {
        if (item.is_string()) {
            list.push_back(item.get<std::string>());
        }
    }
    return list;
}

std::string headers_to_json(const core::Headers& headers) {
    auto list = json::array();
    for (const auto& header : headers) {
        if (is_utf8(header.name) && is_utf8(header.value)) {
            list.push_back({header.name, header.value});
        } else {
            list.push_back({widen(header.name), widen(header.value), "latin1"});
        }
    }
    return dump(list);
}

core::Headers headers_from_json(std::string_view text) {
    core::Headers headers;
    const auto list = parse(text);
    if (!list.is_array()) {
        return headers;
    }
    for (const auto& item : list) {
        if (!item.is_array() || item.size() < 2 || !item[0].is_string() || !item[1].is_string()) {
            continue;
        }
        core::Header header{item[0].get<std::string>(), item[1].get<std::string>()};
        if (item.size() > 2) {
            header = {narrow(header.name), narrow(header.value)};
        }
        headers.push_back(std::move(header));
    }
    return headers;
}

std::string counts_to_json(const Counts& counts) {
    return dump(json(counts));
}

Counts counts_from_json(std::string_view text) {
    Counts counts;
    const auto value = parse(text);
    if (!value.is_object()) {
        return counts;
    }
    for (const auto& [name, count] : value.items()) {
        if (count.is_number_integer()) {
            counts[name] = count.get<std::int64_t>();
        }
    }
    return counts;
}

std::string quad_to_json(const std::array<core::Point, 4>& quad) {
    auto list = json::array();
    for (const auto& point : quad) {
        list.push_back({point.x, point.y});
    }
    return dump(list);
}

std::array<core::Point, 4> quad_from_json(std::string_view text) {
    std::array<core::Point, 4> quad{};
    const auto list = parse(text);
    if (!list.is_array() || list.size() != quad.size()) {
        return quad;
    }
    for (std::size_t i = 0; i < quad.size(); ++i) {
        const auto& point = list[i];
        if (point.is_array() && point.size() == 2 && point[0].is_number() && point[1].is_number()) {
            quad.at(i) = {point[0].get<double>(), point[1].get<double>()};
        }
    }
    return quad;
}

std::string parts_to_json(const std::vector<core::ScorePart>& parts) {
    auto list = json::array();
    for (const auto& part : parts) {
        list.push_back({part.name, part.value});
    }
    return dump(list);
}

std::vector<core::ScorePart> parts_from_json(std::string_view text) {
    std::vector<core::ScorePart> parts;
    const auto list = parse(text);
    if (!list.is_array()) {
        return parts;
    }
    for (const auto& part : list) {
        if (part.is_array() && part.size() == 2 && part[0].is_string() && part[1].is_number()) {
            parts.push_back({part[0].get<std::string>(), part[1].get<double>()});
        }
    }
    return parts;
}

}  // namespace chiptrail::storage
