#include "app/json_output.hpp"

#include "core/time.hpp"

#include <nlohmann/json.hpp>

#include <charconv>
#include <cmath>
#include <utility>

namespace chiptrail::app {

namespace {

// Keeps the order in which fields are written here: people read this too.
using Json = nlohmann::ordered_json;

std::string line(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

double rounded(double value, double steps) {
    return std::round(value * steps) / steps;
}

Json number_or_null(const std::string& decimal) {
    double value = 0;
    const auto* end = decimal.data() + decimal.size();
    const auto [stopped, error] = std::from_chars(decimal.data(), end, value);
    if (decimal.empty() || error != std::errc{} || stopped != end || !std::isfinite(value)) {
        return nullptr;
    }
    return value;
}

Json time_or_null(const std::optional<core::Timestamp>& time) {
    return time ? Json(core::format_rfc3339(*time)) : Json(nullptr);
}

Json post_object(const core::Post& post) {
    return {
        {"id", post.id},
        {"url", post.url},
        {"kind", to_text(post.kind)},
        {"title", post.title},
        {"text", post.text},
        {"author", {{"name", post.author.name}, {"id", post.author.id}, {"url", post.author.url}}},
        {"price",
         {{"raw", post.price.raw},
          {"amount", number_or_null(post.price.amount)},
          {"amount_max", number_or_null(post.price.amount_max)},
          {"currency", post.price.currency}}},
        {"location", post.location},
        {"published", {{"raw", post.published.raw}, {"utc", post.published.utc}}},
        {"images", post.images},
        {"links", post.links},
        {"extractor", post.extractor}};
}

Json point_array(const core::Point& point) {
    return Json::array({rounded(point.x, 10), rounded(point.y, 10)});
}

Json quad_array(const std::array<core::Point, 4>& quad) {
    Json corners = Json::array();
    for (const auto& corner : quad) {
        corners.push_back(point_array(corner));
    }
    return corners;
}

Json finding_object(const core::Finding& finding) {
    Json object = Json::object();
    if (!finding.brand.empty()) {
        object["brand"] = finding.brand;
    }
    if (!finding.model.empty()) {
        object["model"] = finding.model;
    }
    object["kind"] = to_text(finding.kind);
    object["text"] = finding.text;
    object["score"] = rounded(finding.score, 10'000);
    const auto& box = finding.box;
    object["box"] = {box.x, box.y, box.width, box.height};
    object["quad"] = quad_array(finding.quad);
    object["why"] = finding.why;
    return object;
}

Json findings_array(const std::vector<core::Finding>& findings) {
    Json array = Json::array();
    for (const auto& finding : findings) {
        array.push_back(finding_object(finding));
    }
    return array;
}

Json readings_array(const std::vector<vision::Reading>& readings) {
    Json array = Json::array();
    for (const auto& reading : readings) {
        array.push_back({{"text", reading.text},
                         {"confidence", rounded(reading.confidence, 10'000)},
                         {"quad", quad_array(reading.quad)}});
    }
    return array;
}

Json image_object(const storage::Image& image) {
    return {{"sha256", image.blob.sha256.hex()},
            {"bytes", image.blob.bytes},
            {"format", image.info.format},
            {"width", image.info.width},
            {"height", image.info.height}};
}

Json hit_object(const storage::HitRow& hit) {
    Json image = image_object(hit.image);
    image["url"] = hit.image_url;
    return {{"id", hit.id.text},
            {"score", rounded(hit.score, 10'000)},
            {"brands", hit.brands},
            {"models", hit.models},
            {"decision", to_text(hit.state)},
            {"source", hit.source},
            {"post", post_object(hit.post)},
            {"image", std::move(image)},
            {"first_seen", core::format_rfc3339(hit.first_seen)},
            {"last_seen", core::format_rfc3339(hit.last_seen)},
            {"gone_at", time_or_null(hit.gone_at)},
            {"found_at", core::format_rfc3339(hit.found_at)},
            {"no_longer_found_since", time_or_null(hit.withdrawn_at)}};
}

Json headers_array(const core::Headers& headers) {
    Json array = Json::array();
    for (const auto& header : headers) {
        array.push_back(Json::array({header.name, header.value}));
    }
    return array;
}

Json fetch_object(const storage::Fetch& fetch) {
    const auto& exchange = fetch.exchange;
    return {{"fetch", fetch.id.value},
            {"url", exchange.url},
            {"requested_at", core::format_rfc3339(exchange.requested_at)},
            {"status", exchange.status},
            {"remote_ip", exchange.remote_ip},
            {"tls_version", exchange.tls_version},
            {"certificate_sha256", exchange.certificate_sha256},
            {"robots",
             {{"allowed", exchange.robots.allowed},
              {"basis", to_text(exchange.robots.basis)},
              {"line", exchange.robots.line},
              {"rule", exchange.robots.rule}}},
            {"request_headers", headers_array(exchange.request_headers)},
            {"response_headers", headers_array(exchange.response_headers)},
            {"body_sha256", fetch.body ? Json(fetch.body->sha256.hex()) : Json(nullptr)},
            {"body_bytes", fetch.body ? Json(fetch.body->bytes) : Json(nullptr)},
            {"truncated", exchange.truncated}};
}

Json decision_object(const storage::Decision& decision) {
    return {{"verdict", decision.verdict ? Json(to_text(*decision.verdict)) : Json(nullptr)},
            {"undoes", decision.undoes ? Json(decision.undoes->value) : Json(nullptr)},
            {"decision", decision.id.value},
            {"reviewer", decision.reviewer},
            {"at", core::format_rfc3339(decision.at)},
            {"note", decision.note}};
}

Json version_object(const storage::PostVersion& version) {
    return {{"number", version.number},
            {"seen_at", core::format_rfc3339(version.seen_at)},
            {"changed", version.changed},
            {"fetch", version.fetch.value},
            {"post", post_object(version.post)}};
}

Json post_image_object(const storage::PostImage& image) {
    Json object = image.image ? image_object(*image.image) : Json::object();
    object["url"] = image.url;
    return object;
}

template <class Range, class Make>
Json array_of(const Range& range, const Make& make) {
    Json array = Json::array();
    for (const auto& item : range) {
        array.push_back(make(item));
    }
    return array;
}

Json source_report_object(const pipeline::SourceReport& source) {
    return {{"name", source.name},
            {"status", to_text(source.status)},
            {"problem", source.problem},
            {"stopped", source.stopped},
            {"pages", source.pages},
            {"not_modified", source.not_modified},
            {"images", source.images},
            {"failed", source.failed},
            {"postponed", source.postponed},
            {"forbidden", source.forbidden},
            {"over_budget", source.over_budget},
            {"posts_seen", source.posts_seen},
            {"posts_new", source.posts_new},
            {"posts_changed", source.posts_changed},
            {"posts_gone", source.posts_gone}};
}

Json stored_finding_object(const storage::Detection& detection, std::size_t index) {
    const auto& finding = detection.findings.at(index);
    auto object = finding_object(finding);
    object["id"] = detection.finding_ids.at(index).text;
    Json parts = Json::array();
    for (const auto& part : finding.parts) {
        parts.push_back({{"name", part.name}, {"value", part.value}});
    }
    object["parts"] = std::move(parts);
    object["reference"] = finding.reference;
    object["scale"] = finding.scale > 0 ? Json(finding.scale) : Json(nullptr);
    object["rotation"] = finding.rotation;
    object["reader"] = finding.reader;
    return object;
}

Json copied_from_object(const storage::Detection& detection) {
    if (!detection.copied_from) {
        return nullptr;
    }
    return {{"sha256", detection.copied_from->image.hex()},
            {"distance", detection.copied_from->distance}};
}

Json same_post_object(const storage::SamePost& post) {
    return {{"source", post.source},
            {"id", post.external_id},
            {"title", post.title},
            {"url", post.url},
            {"author", post.author},
            {"first_seen", core::format_rfc3339(post.first_seen)},
            {"gone_at", time_or_null(post.gone_at)},
            {"image", image_object(post.image)},
            {"exact", post.exact},
            {"distance", post.distance},
            {"hit", post.hit ? Json(post.hit->text) : Json(nullptr)}};
}

Json detector_object(const storage::Detector& detector) {
    return {{"name", detector.name},
            {"reader", detector.reader},
            {"models_sha256", detector.models_digest},
            {"lexicon_sha256", detector.lexicon_digest},
            {"settings",
             Json::parse(detector.settings_json, nullptr, false).is_discarded()
                 ? Json(nullptr)
                 : Json::parse(detector.settings_json)},
            {"build", detector.build},
            {"first_used", time_or_null(detector.first_used)}};
}

Json change_object(const pipeline::FindingChange& change) {
    using Kind = pipeline::FindingChange::Kind;
    return {{"change", pipeline::to_text(change.kind)},
            {"before", change.kind == Kind::added ? Json(nullptr) : finding_object(change.before)},
            {"after", change.kind == Kind::gone ? Json(nullptr) : finding_object(change.after)}};
}

}  // namespace

std::string extraction_json(const extract::Extraction& extraction, const std::string& url) {
    Json page = {{"status", to_text(extraction.status)}, {"reason", extraction.reason}};
    if (extraction.posts.empty()) {
        return line({{"url", url}, {"extractor", extraction.extractor}, {"page", page}});
    }
    std::string lines;
    for (const auto& post : extraction.posts) {
        auto object = post_object(post);
        object["page"] = page;
        lines += line(object);
    }
    return lines;
}

std::string scan_json(const ScannedFile& scanned, Readings readings) {
    const auto& result = scanned.result;
    Json object = {{"file", scanned.file},
                   {"sha256", scanned.sha256 ? Json(scanned.sha256->hex()) : Json(nullptr)},
                   {"width", result.width},
                   {"height", result.height},
                   {"findings", findings_array(result.findings)},
                   {"seconds", rounded(result.seconds, 1'000)}};
    if (readings == Readings::show) {
        object["readings"] = readings_array(result.readings);
    }
    if (!result.problem.empty()) {
        object[result.decoded ? "warning" : "error"] = result.problem;
    }
    return line(object);
}

std::string hit_json(const storage::HitRow& hit) {
    return line(hit_object(hit));
}

std::string hit_detail_json(const storage::HitDetail& detail,
                            const std::vector<storage::SamePost>& also_posted) {
    auto object = hit_object(detail.row);
    object["reasons"] = detail.reasons;
    Json findings = Json::array();
    for (std::size_t i = 0; i < detail.detection.findings.size(); ++i) {
        findings.push_back(stored_finding_object(detail.detection, i));
    }
    object["findings"] = std::move(findings);
    object["detector"] = detail.detection.detector;
    object["copied_from"] = copied_from_object(detail.detection);
    object["also_posted"] = array_of(also_posted, same_post_object);
    object["page_fetch"] = fetch_object(detail.page);
    object["photo_fetch"] = detail.photo ? fetch_object(*detail.photo) : Json(nullptr);
    object["redirects"] = array_of(detail.redirects, fetch_object);
    object["post_images"] = array_of(detail.images, post_image_object);
    object["versions"] = array_of(detail.versions, version_object);
    object["decisions"] = array_of(detail.decisions, decision_object);
    object["same_image"] =
        array_of(detail.same_image, [](const storage::HitId& hit) { return Json(hit.text); });
    return line(object);
}

std::string crawl_report_json(const pipeline::CrawlReport& report) {
    const auto& crawl = report.crawl;
    const auto seconds =
        std::chrono::duration<double>(report.finished_at - report.started_at).count();
    return line({{"run", report.run.value},
                 {"status", to_text(report.status)},
                 {"started_at", core::format_rfc3339(report.started_at)},
                 {"finished_at", core::format_rfc3339(report.finished_at)},
                 {"seconds", rounded(seconds, 1'000)},
                 {"requests", crawl.requests},
                 {"pages", crawl.pages},
                 {"images", crawl.images},
                 {"not_modified", crawl.not_modified},
                 {"redirects", crawl.redirects},
                 {"robots_files", crawl.robots_files},
                 {"forbidden", crawl.forbidden},
                 {"retries", crawl.retries},
                 {"gave_up", crawl.gave_up},
                 {"truncated", crawl.truncated},
                 {"body_bytes", crawl.body_bytes},
                 {"next_due", time_or_null(crawl.next_due)},
                 {"interrupted_runs", report.interrupted_runs},
                 {"sources", array_of(report.sources, source_report_object)},
                 {"photos",
                  {{"scanned", report.photos.scanned},
                   {"with_findings", report.photos.with_findings},
                   {"failed", report.photos.failed},
                   {"seconds", rounded(report.photos.seconds, 1'000)},
                   {"problem", report.photos.problem}}},
                 {"hits",
                  {{"added", report.hits.added},
                   {"changed", report.hits.changed},
                   {"withdrawn", report.hits.withdrawn},
                   {"total", report.hits.total}}}});
}

std::string source_json(const SourceListing& source) {
    Json object = {{"name", source.name},
                   {"site", source.site},
                   {"enabled", source.enabled},
                   {"file", source.file},
                   {"start_urls", source.start_urls}};
    if (source.stored) {
        const auto& stored = *source.stored;
        object["stored"] = {{"last_fetch_at", time_or_null(stored.last_fetch_at)},
                            {"last_success_at", time_or_null(stored.last_success_at)},
                            {"fetches", stored.fetches},
                            {"failed_fetches", stored.failed_fetches},
                            {"forbidden", stored.forbidden},
                            {"posts", stored.posts},
                            {"gone_posts", stored.gone_posts},
                            {"images", stored.images},
                            {"hits", stored.hits},
                            {"waiting_tasks", stored.waiting_tasks},
                            {"last_page_status", to_text(stored.last_page_status)},
                            {"last_problem", stored.last_problem}};
    }
    return line(object);
}

std::string_view to_text(Check::Level level) {
    switch (level) {
        case Check::Level::ok:
            return "ok";
        case Check::Level::warn:
            return "warn";
        case Check::Level::fail:
            break;
    }
    return "fail";
}

std::string check_json(const Check& check) {
    return line({{"level", to_text(check.level)},
                 {"name", check.name},
                 {"text", check.text},
                 {"way_out", check.way_out}});
}

std::string same_post_json(const storage::SamePost& post) {
    return line(same_post_object(post));
}

std::string explanation_json(const storage::Images::FoundFinding& found,
                             const std::optional<storage::Detector>& detector,
                             const std::vector<storage::HitId>& hits) {
    auto object = stored_finding_object(found.detection, found.index);
    object["current"] = found.current;
    object["photo_sha256"] = found.detection.image.hex();
    object["detected_at"] = core::format_rfc3339(found.detection.at);
    object["copied_from"] = copied_from_object(found.detection);
    object["detector"] = detector ? detector_object(*detector) : Json(nullptr);
    object["hits"] = array_of(hits, [](const storage::HitId& hit) { return Json(hit.text); });
    return line(object);
}

std::string redetected_photo_json(const pipeline::RedetectedPhoto& photo) {
    return line({{"photo_sha256", photo.image.blob.sha256.hex()},
                 {"detector_before", photo.detector_before},
                 {"problem", photo.problem},
                 {"copied", photo.copied},
                 {"changes", array_of(photo.changes, change_object)}});
}

std::string redetect_report_json(const pipeline::RedetectReport& report, bool dry_run) {
    return line({{"detector", report.detector},
                 {"dry_run", dry_run},
                 {"selected", report.selected},
                 {"done", report.done},
                 {"changed", report.changed},
                 {"failed", report.failed},
                 {"copied", report.copied},
                 {"findings",
                  {{"added", report.added},
                   {"gone", report.gone},
                   {"score", report.score_changed},
                   {"moved", report.moved}}},
                 {"hits",
                  {{"added", report.hits.added},
                   {"changed", report.hits.changed},
                   {"withdrawn", report.hits.withdrawn},
                   {"total", report.hits.total}}},
                 {"seconds", rounded(report.seconds, 1'000)},
                 {"stopped", report.stopped}});
}

}  // namespace chiptrail::app
