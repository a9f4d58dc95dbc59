// Lines of a photo as a hostile photo could make a reader see them: any bytes, any places.
#include "vision/match.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace chiptrail;

const vision::Matcher& matcher() {
    static const vision::Matcher made = [] {
        vision::Lexicon lexicon;
        vision::Brand dell;
        dell.key = "dell";
        dell.name = "Dell";
        dell.spellings = {"DELL", "DELL EMC", "戴尔"};
        dell.misreadings = {"D¢LL"};
        dell.not_in = {"modell*", "# dell"};
        dell.product_lines = {"PowerEdge"};
        dell.companions = {"EMC"};
        vision::Brand supermicro;
        supermicro.key = "supermicro";
        supermicro.name = "Supermicro";
        supermicro.spellings = {"Supermicro", "Super Micro Computer"};
        lexicon.brands = {dell, supermicro};
        vision::Model model;
        model.name = "H20";
        model.brand = "dell";
        model.group = "x";
        model.spellings = {"H20*", "SYS-#21GE-*"};
        model.needs = {"gpu"};
        lexicon.models = {model};
        return vision::Matcher(lexicon);
    }();
    return made;
}

}  // namespace

/// One reading a line: seven bytes of place, size and confidence, then its text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    std::vector<vision::Reading> readings;
    for (std::size_t at = 0; at < bytes.size() && readings.size() < 64;) {
        const auto end = std::min(bytes.find('\n', at), bytes.size());
        const auto line = bytes.substr(at, end - at);
        at = end + 1;
        if (line.size() < 7) {
            continue;
        }
        const auto number = [&](std::size_t i) {
            return static_cast<double>(static_cast<unsigned char>(line[i])) * 4 - 32;
        };
        vision::Reading reading;
        reading.text = std::string(line.substr(7));
        reading.confidence = number(0) / 500;
        reading.characters.assign(static_cast<std::size_t>(line[1] & 31), reading.confidence);
        reading.height = number(2);
        reading.quad = {core::Point{number(3), number(4)},
                        {number(5), number(4)},
                        {number(5), number(6)},
                        {number(3), number(6)}};
        readings.push_back(reading);
    }
    vision::MatchOptions options;
    options.min_score = 0.1;
    for (const auto& finding : matcher().match(readings, {640, 480}, options)) {
        const auto& box = finding.box;
        const bool inside = box.x >= 0 && box.y >= 0 && box.width >= 0 && box.height >= 0 &&
                            box.x + box.width <= 640 && box.y + box.height <= 480;
        if (!inside || !(finding.score >= 0.1 && finding.score <= 1)) {
            std::abort();
        }
    }
    return 0;
}
