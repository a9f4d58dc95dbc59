#include "vision/evaluation_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace chiptrail::vision {

using nlohmann::json;

std::string text_of(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<double> number_of(const json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_number()) {
        return std::nullopt;
    }
    const double number = found->get<double>();
    return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

std::optional<core::Box> box_of(const json& value) {
    if (!value.is_array() || value.size() != 4) {
        return std::nullopt;
    }
    std::array<int, 4> numbers{};
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        if (!value[i].is_number()) {
            return std::nullopt;
        }
        const double number = value[i].get<double>();
        if (!std::isfinite(number)) {
            return std::nullopt;
        }
        numbers[i] = static_cast<int>(std::lround(std::clamp(number, -1e6, 1e6)));
    }
    if (numbers[2] <= 0 || numbers[3] <= 0) {
        return std::nullopt;
    }
    return core::Box{numbers[0], numbers[1], numbers[2], numbers[3]};
}

core::Result<bool> read_lines(std::string_view json_lines,
                              const std::function<std::string(const json&)>& read) {
    std::size_t number = 0;
    while (!json_lines.empty()) {
        ++number;
        const auto end = std::min(json_lines.find('\n'), json_lines.size());
        const auto line = json_lines.substr(0, end);
        json_lines.remove_prefix(std::min(end + 1, json_lines.size()));
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) {
            continue;
        }
        const auto value = json::parse(line, nullptr, false);
        const auto problem = value.is_object() ? read(value) : std::string("is no JSON object");
        if (!problem.empty()) {
            return core::fail(core::Failure::Kind::bad_input,
                              fmt::format("line {}: {}", number, problem));
        }
    }
    return true;
}

}  // namespace chiptrail::vision
