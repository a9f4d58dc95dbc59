#include "app/explanation.hpp"

#include "app/opened.hpp"

#include <fmt/format.h>

namespace chiptrail::app {

namespace {

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

vision::Explanation explanation_of(const storage::Images::FoundFinding& found,
                                   storage::Store& store,
                                   const vision::Lexicon& lexicon,
                                   const std::filesystem::path& models) {
    const auto& detection = found.detection;
    const auto& finding = detection.findings.at(found.index);
    vision::Explanation explanation;
    explanation.finding = finding;
    explanation.reference = vision::reference_of(finding, lexicon, models);
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
