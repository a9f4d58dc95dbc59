#include "app/explanation.hpp"

#include "app/opened.hpp"
#include "core/file.hpp"
#include "vision/scanner.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chiptrail::app {

namespace {

std::string folded(std::string text) {
    std::erase_if(text, [](char c) { return c == ' ' || c == '-' || c == '.'; });
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

/// The spelling that what was read comes nearest to: the one inside it, else the first.
std::string spelling_in(const std::vector<std::string>& spellings, const std::string& text) {
    const auto read = folded(text);
    const auto inside = std::ranges::find_if(spellings, [&](const std::string& spelling) {
        return read.find(folded(spelling)) != std::string::npos;
    });
    return inside != spellings.end()  ? *inside
           : spellings.empty()        ? std::string()
                                      : spellings.front();
}

/// Where set-up puts the reference marks: "dell/roundel" is marks/references/dell-roundel.png.
std::filesystem::path reference_file(const std::filesystem::path& models,
                                     const std::string& reference) {
    auto name = reference;
    const auto slash = name.find('/');
    if (slash == std::string::npos || name.find("..") != std::string::npos) {
        return {};
    }
    name[slash] = '-';
    return name.find('/') == std::string::npos ? models / "marks" / "references" / (name + ".png")
                                               : std::filesystem::path();
}

std::string name_of(const core::Finding& finding, const vision::Lexicon& lexicon) {
    if (!finding.model.empty()) {
        return finding.model;
    }
    const auto* brand = lexicon.find_brand(finding.brand);
    return brand != nullptr && !brand->name.empty() ? brand->name : finding.brand;
}

void add_origin(const storage::Detection& detection,
                storage::Store& store,
                vision::Explanation& explanation) {
    if (!detection.copied_from) {
        return;
    }
    const auto& from = *detection.copied_from;
    auto text = fmt::format("the same photo {}, {} of 256 bits differ; places brought to this size",
                            from.image.hex().substr(0, 16),
                            from.distance);
    const auto posts = store.same_photos().posts(from.image, {0, 0}, 1);
    if (!posts.empty()) {
        text += fmt::format("; posted as \"{}\", {}", posts.front().title, posts.front().url);
    }
    explanation.facts.emplace_back("read on", text);
}

void add_detector(const storage::Detection& detection,
                  storage::Store& store,
                  vision::Explanation& explanation) {
    auto& facts = explanation.facts;
    facts.emplace_back("detector",
                       detection.detector + " at " + core::format_rfc3339(detection.at));
    const auto detector = store.images().find_detector(detection.detector);
    if (!detector || detector->lexicon_digest.empty()) {
        return;
    }
    facts.emplace_back("weights", "sha256 " + detector->models_digest);
    facts.emplace_back("word lists", "sha256 " + detector->lexicon_digest);
    facts.emplace_back("settings", detector->settings_json);
    facts.emplace_back("first used by", "chiptrail " + detector->build);
}

}  // namespace

vision::Reference reference_of(const core::Finding& finding,
                               const vision::Lexicon& lexicon,
                               const std::filesystem::path& models) {
    constexpr std::uintmax_t kMaxBytes = 4'000'000;
    vision::Reference reference;
    if (!finding.reference.empty()) {
        const auto folder = models.empty() ? vision::model_folder() : models;
        if (auto bytes = core::read_file(reference_file(folder, finding.reference), kMaxBytes)) {
            reference.picture = std::move(*bytes);
            return reference;
        }
    }
    const auto* brand = lexicon.find_brand(finding.brand);
    switch (finding.kind) {
        case core::FindingKind::wordmark:
            reference.spelling =
                brand != nullptr ? spelling_in(brand->spellings, finding.text) : std::string();
            break;
        case core::FindingKind::implied:
            reference.spelling =
                brand != nullptr ? spelling_in(brand->product_lines, finding.text) : std::string();
            break;
        case core::FindingKind::model:
            reference.spelling = finding.model;
            break;
        case core::FindingKind::symbol:
        case core::FindingKind::code:
            break;
    }
    return reference;
}

vision::Explanation explanation_of(const storage::Images::FoundFinding& found,
                                   storage::Store& store,
                                   const vision::Lexicon& lexicon,
                                   const std::filesystem::path& models) {
    const auto& detection = found.detection;
    const auto& finding = detection.findings.at(found.index);
    vision::Explanation explanation;
    explanation.finding = finding;
    explanation.reference = reference_of(finding, lexicon, models);
    explanation.title = fmt::format("{}: {}, score {:.2f}",
                                    name_of(finding, lexicon),
                                    core::to_text(finding.kind),
                                    finding.score);
    auto& facts = explanation.facts;
    facts.emplace_back("finding", detection.finding_ids.at(found.index).text);
    if (!found.current) {
        facts.emplace_back("state", "no longer found: a newer detection does not have it");
    }
    if (!finding.text.empty()) {
        facts.emplace_back("read", "\"" + finding.text + "\"");
    }
    if (!finding.reference.empty()) {
        facts.emplace_back("compared with", finding.reference);
    }
    for (const auto& part : finding.parts) {
        facts.emplace_back("- " + part.name, fmt::format("{:.4g}", part.value));
    }
    facts.emplace_back("score", fmt::format("{:.4f}", finding.score));
    if (!finding.why.empty()) {
        facts.emplace_back("in words", finding.why);
    }
    const auto& box = finding.box;
    facts.emplace_back("place",
                       fmt::format("{} x {} pixels at {}, {}; turned by {} degrees",
                                   box.width,
                                   box.height,
                                   box.x,
                                   box.y,
                                   finding.rotation));
    facts.emplace_back("scale",
                       finding.scale > 0
                           ? fmt::format("{:.3g} detector pixels a photo pixel", finding.scale)
                           : "not recorded");
    facts.emplace_back("photo", "sha256 " + detection.image.hex());
    add_origin(detection, store, explanation);
    facts.emplace_back("reader", finding.reader);
    add_detector(detection, store, explanation);
    return explanation;
}

}  // namespace chiptrail::app
