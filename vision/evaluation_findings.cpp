#include "vision/evaluation_findings.hpp"

#include "vision/evaluation_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <map>
#include <utility>

namespace chiptrail::vision {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t kMaxFindings = 10'000;  ///< a photo; more is no finding but noise

struct Stage {
    const char* name;
    std::chrono::microseconds ScanTimes::*time;
};
constexpr std::array<Stage, 7> kStages = {{{"decode", &ScanTimes::decode},
                                           {"detect", &ScanTimes::detect},
                                           {"recognise", &ScanTimes::recognise},
                                           {"rows", &ScanTimes::rows},
                                           {"second_look", &ScanTimes::second_look},
                                           {"match", &ScanTimes::match},
                                           {"marks", &ScanTimes::marks}}};

std::array<core::Point, 4> corners(const core::Box& box) {
    const double left = box.x;
    const double top = box.y;
    const double right = left + box.width;
    const double bottom = top + box.height;
    return {core::Point{left, top}, {right, top}, {right, bottom}, {left, bottom}};
}

std::optional<std::array<core::Point, 4>> quad_of(const json& object) {
    const auto found = object.find("quad");
    if (found == object.end() || !found->is_array() || found->size() != 4) {
        return std::nullopt;
    }
    std::array<core::Point, 4> quad;
    for (std::size_t i = 0; i < quad.size(); ++i) {
        const auto& corner = (*found)[i];
        if (!corner.is_array() || corner.size() != 2 || !corner[0].is_number() ||
            !corner[1].is_number()) {
            return std::nullopt;
        }
        const auto bounded = [](const json& value) {
            const double number = value.get<double>();
            return std::isfinite(number) ? std::clamp(number, -1e6, 1e6) : 0.0;
        };
        quad[i] = {bounded(corner[0]), bounded(corner[1])};
    }
    return quad;
}

/// Empty on success, else what is wrong with the finding.
std::string read_finding(const json& object, core::Finding& finding) {
    if (!object.is_object()) {
        return "a finding is no JSON object";
    }
    finding.brand = text_of(object, "brand");
    finding.model = text_of(object, "model");
    finding.text = text_of(object, "text");
    finding.why = text_of(object, "why");
    finding.reader = text_of(object, "reader");
    if (object.contains("kind")) {
        const auto kind = core::finding_kind_from(text_of(object, "kind"));
        if (!kind) {
            return "\"kind\" must be wordmark, symbol, implied, model or code";
        }
        finding.kind = *kind;
    }
    finding.score = 1;
    if (object.contains("score")) {
        const auto score = number_of(object, "score");
        if (!score || *score < 0 || *score > 1) {
            return "\"score\" must be a number from 0 to 1";
        }
        finding.score = *score;
    }
    if (const auto box = object.find("box"); box != object.end() && !box->is_null()) {
        const auto read = box_of(*box);
        if (!read) {
            return "\"box\" must be null or [x, y, width, height]";
        }
        finding.box = *read;
        finding.quad = corners(*read);
    }
    finding.quad = quad_of(object).value_or(finding.quad);
    finding.rotation = static_cast<int>(
        std::lround(std::clamp(number_of(object, "rotation").value_or(0), -360.0, 360.0)));
    return {};
}

void read_times(const json& object, ScanResult& scan) {
    scan.seconds = std::max(scan.seconds, number_of(object, "seconds").value_or(0));
    const auto times = object.find("times");
    if (times == object.end() || !times->is_object()) {
        return;
    }
    constexpr double kDay = 86'400;
    for (const auto& stage : kStages) {
        const double seconds = std::clamp(number_of(*times, stage.name).value_or(0), 0.0, kDay);
        scan.times.*stage.time =
            std::chrono::microseconds(static_cast<std::int64_t>(std::llround(seconds * 1e6)));
    }
}

void read_readings(const json& object, ScanResult& scan) {
    const auto readings = object.find("readings");
    if (readings == object.end() || !readings->is_array()) {
        return;
    }
    for (const auto& entry : *readings) {
        if (entry.is_object() && scan.readings.size() < kMaxFindings) {
            Reading reading;
            reading.text = text_of(entry, "text");
            reading.confidence = number_of(entry, "confidence").value_or(0);
            reading.quad = quad_of(entry).value_or(reading.quad);
            scan.readings.push_back(std::move(reading));
        }
    }
}

/// One line in either form, into the result of its photo.
std::string read_line(const json& object, ScanResult& scan) {
    read_times(object, scan);
    read_readings(object, scan);
    if (const auto problem = text_of(object, "error"); !problem.empty()) {
        scan.decoded = false;
        scan.problem = problem;
    }
    std::vector<const json*> entries;
    if (const auto list = object.find("findings"); list != object.end()) {
        if (!list->is_array()) {
            return "\"findings\" must be a list";
        }
        for (const auto& entry : *list) {
            entries.push_back(&entry);
        }
    } else if (!text_of(object, "brand").empty()) {
        entries.push_back(&object);
    }
    for (const auto* entry : entries) {
        core::Finding finding;
        if (auto problem = read_finding(*entry, finding); !problem.empty()) {
            return problem;
        }
        if (scan.findings.size() >= kMaxFindings) {
            return fmt::format("more than {} findings on one photo", kMaxFindings);
        }
        scan.findings.push_back(std::move(finding));
    }
    return {};
}

double rounded(double value, double steps) {
    return std::round(value * steps) / steps;
}

ordered_json quad_json(const std::array<core::Point, 4>& quad) {
    auto array = ordered_json::array();
    for (const auto& corner : quad) {
        array.push_back({rounded(corner.x, 10), rounded(corner.y, 10)});
    }
    return array;
}

ordered_json finding_json(const core::Finding& finding) {
    const auto& box = finding.box;
    ordered_json object = {{"brand", finding.brand},
                           {"kind", core::to_text(finding.kind)},
                           {"text", finding.text},
                           {"score", rounded(finding.score, 10'000)},
                           {"box", nullptr},
                           {"quad", quad_json(finding.quad)},
                           {"reader", finding.reader},
                           {"rotation", finding.rotation},
                           {"why", finding.why}};
    if (box.width > 0 && box.height > 0) {
        object["box"] = {box.x, box.y, box.width, box.height};
    }
    if (!finding.model.empty()) {
        object["model"] = finding.model;
    }
    return object;
}

}  // namespace

core::Result<ReadFindings> read_findings(std::string_view json_lines,
                                         const std::vector<LabelledPhoto>& photos) {
    struct Asked {
        std::size_t index = 0;
        bool named = false;
        double cpu_seconds = 0;
    };
    std::map<std::string, Asked> asked;
    for (std::size_t i = 0; i < photos.size(); ++i) {
        asked[photos[i].file].index = i;
    }
    ReadFindings result;
    result.scans.resize(photos.size());
    for (auto& scan : result.scans) {
        scan.decoded = true;
    }
    const auto read = read_lines(json_lines, [&](const json& object) {
        const auto file = text_of(object, "file");
        if (file.empty()) {
            return std::string("\"file\" is missing");
        }
        const auto found = asked.find(file);
        if (found == asked.end()) {
            ++result.lines_not_asked;
            return std::string();
        }
        found->second.named = true;
        found->second.cpu_seconds =
            std::max(found->second.cpu_seconds, number_of(object, "cpu_seconds").value_or(0));
        return read_line(object, result.scans[found->second.index]);
    });
    if (!read) {
        return tl::unexpected<core::Failure>(read.error());
    }
    for (const auto& [file, one] : asked) {
        result.photos_not_named += one.named ? 0 : 1;
        result.cpu_seconds += one.cpu_seconds;
    }
    return result;
}

std::string findings_line(const std::string& file, const ScanResult& scan) {
    auto findings = ordered_json::array();
    for (const auto& finding : scan.findings) {
        findings.push_back(finding_json(finding));
    }
    auto readings = ordered_json::array();
    for (const auto& reading : scan.readings) {
        readings.push_back({{"text", reading.text},
                            {"confidence", rounded(reading.confidence, 10'000)},
                            {"quad", quad_json(reading.quad)}});
    }
    auto times = ordered_json::object();
    for (const auto& stage : kStages) {
        times[stage.name] =
            rounded(std::chrono::duration<double>(scan.times.*stage.time).count(), 1e6);
    }
    ordered_json object = {{"file", file},
                           {"width", scan.width},
                           {"height", scan.height},
                           {"seconds", rounded(scan.seconds, 10'000)},
                           {"times", std::move(times)},
                           {"findings", std::move(findings)},
                           {"readings", std::move(readings)}};
    if (!scan.decoded) {
        object["error"] = scan.problem.empty() ? "cannot be decoded" : scan.problem;
    }
    // What a photo says may be no UTF-8; the file must be.
    return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace chiptrail::vision
