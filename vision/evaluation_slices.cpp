#include "vision/evaluation_slices.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <string>

namespace chiptrail::vision {

namespace {

constexpr std::array<std::string_view, 8> kHeights = {"under 8 px",
                                                      "8-15 px",
                                                      "16-31 px",
                                                      "32-63 px",
                                                      "64-127 px",
                                                      "128-255 px",
                                                      "256 px and more",
                                                      "no box"};
constexpr std::array<std::string_view, 6> kAngles = {
    "0-5 degrees", "5-15 degrees", "15-45 degrees", "45-135 degrees", "135-180 degrees", "unknown"};
constexpr std::array<std::string_view, 11> kScenes = {"screen",
                                                      "box",
                                                      "rack",
                                                      "server",
                                                      "chip",
                                                      "card",
                                                      "board",
                                                      "network",
                                                      "computer",
                                                      "other",
                                                      "not said"};

struct SceneWord {
    std::string_view word;
    std::string_view scene;
};

// What is printed on cartons and screens looks unlike what is printed on the thing itself, so
// these come first: a "GPU box" is a box. A rack holds servers, a board holds chips.
constexpr auto kSceneWords = std::to_array<SceneWord>({
    {"screen", "screen"},      {"wallpaper", "screen"},  {"slide", "screen"},
    {"banner", "screen"},      {"monitor", "screen"},    {"screenshot", "screen"},
    {"meme", "screen"},        {"box", "box"},           {"boxes", "box"},
    {"carton", "box"},         {"packaging", "box"},     {"rack", "rack"},
    {"cabinet", "rack"},       {"bezel", "rack"},        {"server", "server"},
    {"nas", "server"},         {"chassis", "server"},    {"blade", "server"},
    {"cpu", "chip"},           {"chip", "chip"},         {"die", "chip"},
    {"processor", "chip"},     {"socket", "chip"},       {"gpu", "card"},
    {"card", "card"},          {"accelerator", "card"},  {"ssd", "card"},
    {"adapter", "card"},       {"board", "board"},       {"motherboard", "board"},
    {"mainboard", "board"},    {"pcb", "board"},         {"riser", "board"},
    {"dimm", "board"},         {"ram", "board"},         {"switch", "network"},
    {"router", "network"},     {"firewall", "network"},  {"network", "network"},
    {"networking", "network"}, {"patch", "network"},     {"cable", "network"},
    {"pc", "computer"},        {"laptop", "computer"},   {"tower", "computer"},
    {"desktop", "computer"},   {"computer", "computer"}, {"ups", "computer"},
});

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

/// `word` or its plural stands in `text` with no letter or digit beside it.
bool has_word(std::string_view text, std::string_view word) {
    for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
        auto end = at + word.size();
        end += end < text.size() && text[end] == 's' ? 1U : 0U;
        const bool begins = at == 0 || !is_letter(text[at - 1]);
        if (begins && (end == text.size() || !is_letter(text[end]))) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::span<const std::string_view> height_classes() {
    return kHeights;
}

std::span<const std::string_view> angle_classes() {
    return kAngles;
}

std::span<const std::string_view> scene_classes() {
    return kScenes;
}

std::string_view height_class(const std::optional<core::Box>& box) {
    if (!box) {
        return kHeights.back();
    }
    std::size_t index = 0;
    for (const int limit : {8, 16, 32, 64, 128, 256}) {
        index += std::min(box->width, box->height) >= limit ? 1U : 0U;
    }
    return kHeights.at(index);
}

std::string_view angle_class(std::optional<double> degrees) {
    if (!degrees) {
        return kAngles.back();
    }
    std::size_t index = 0;
    for (const double limit : {5.0, 15.0, 45.0, 135.0}) {
        index += std::abs(*degrees) > limit ? 1U : 0U;
    }
    return kAngles.at(index);
}

double angle_of(const core::Finding& finding) {
    const double x = finding.quad[1].x - finding.quad[0].x;
    const double y = finding.quad[1].y - finding.quad[0].y;
    if (std::hypot(x, y) < 1) {
        return std::remainder(finding.rotation, 360.0);
    }
    return std::atan2(y, x) * 180 / std::numbers::pi;
}

std::string_view scene_class(std::string_view scene) {
    const auto text = lower(scene);
    if (text.find_first_not_of(" \t") == std::string::npos) {
        return "not said";
    }
    for (const auto name : kScenes) {
        for (const auto& entry : kSceneWords) {
            if (entry.scene == name && has_word(text, entry.word)) {
                return name;
            }
        }
    }
    return "other";
}

}  // namespace chiptrail::vision
