#include "review/encode.hpp"

#include <nlohmann/json.hpp>

namespace chiptrail::review {

namespace {

using nlohmann::json;

template <class T, class Encode>
json encode_all(const std::vector<T>& values, Encode encode_one) {
    json list = json::array();
    for (const auto& value : values) {
        list.push_back(encode_one(value));
    }
    return list;
}

json encode_time(const std::optional<core::Timestamp>& time) {
    return time ? json(core::format_rfc3339(*time)) : json(nullptr);
}

json encode_price(const core::Price& price) {
    return {{"raw", price.raw},
            {"amount", price.amount},
            {"amount_max", price.amount_max},
            {"currency", price.currency}};
}

json encode_image(const storage::Image& image) {
    return {{"sha256", image.blob.sha256.hex()},
            {"bytes", image.blob.bytes},
            {"width", image.info.width},
            {"height", image.info.height},
            {"format", image.info.format},
            {"problem", image.info.problem}};
}

json encode_finding(const core::Finding& finding,
                    const storage::FindingId& id,
                    const vision::Reference& reference) {
    json quad = json::array();
    for (const auto& point : finding.quad) {
        quad.push_back({point.x, point.y});
    }
    return {{"id", id.text},
            {"kind", core::to_text(finding.kind)},
            {"brand", finding.brand},
            {"model", finding.model},
            {"text", finding.text},
            {"score", finding.score},
            {"box", {finding.box.x, finding.box.y, finding.box.width, finding.box.height}},
            {"quad", quad},
            {"reader", finding.reader},
            {"why", finding.why},
            {"parts",
             encode_all(finding.parts,
                        [](const core::ScorePart& part) {
                            return json{{"name", part.name}, {"value", part.value}};
                        })},
            {"reference", finding.reference},
            {"reference_picture", !reference.picture.empty()},
            {"reference_spelling", reference.spelling},
            {"scale", finding.scale},
            {"rotation", finding.rotation}};
}

json encode_findings(const storage::Detection& detection,
                     const std::vector<vision::Reference>& references) {
    json list = json::array();
    for (std::size_t i = 0; i < detection.findings.size(); ++i) {
        list.push_back(
            encode_finding(detection.findings[i], detection.finding_ids.at(i), references.at(i)));
    }
    return list;
}

/// Findings that are no longer there, newest first.
json encode_gone(const std::vector<storage::Detection>& detections) {
    json list = json::array();
    for (const auto& detection : detections) {
        for (std::size_t i = 0; i < detection.findings.size(); ++i) {
            const auto& finding = detection.findings[i];
            list.push_back({{"id", detection.finding_ids.at(i).text},
                            {"kind", core::to_text(finding.kind)},
                            {"brand", finding.brand},
                            {"model", finding.model},
                            {"text", finding.text},
                            {"score", finding.score},
                            {"detector", detection.detector},
                            {"at", core::format_rfc3339(detection.at)}});
        }
    }
    return list;
}

json encode_copied_from(const std::optional<storage::CopiedFrom>& from) {
    return from ? json{{"sha256", from->image.hex()}, {"distance", from->distance}} : json(nullptr);
}

json encode_same_post(const storage::SamePost& post) {
    return {{"source", post.source},
            {"title", post.title},
            {"url", post.url},
            {"author", post.author},
            {"first_seen", encode_time(post.first_seen)},
            {"gone_at", encode_time(post.gone_at)},
            {"image", encode_image(post.image)},
            {"exact", post.exact},
            {"distance", post.distance},
            {"hit", post.hit ? json(post.hit->text) : json(nullptr)}};
}

json encode_decision(const storage::Decision& decision) {
    return {
        {"id", decision.id.value},
        {"verdict", decision.verdict ? json(storage::to_text(*decision.verdict)) : json(nullptr)},
        {"undoes", decision.undoes ? json(decision.undoes->value) : json(nullptr)},
        {"reviewer", decision.reviewer},
        {"at", core::format_rfc3339(decision.at)},
        {"note", decision.note}};
}

json encode_version(const storage::PostVersion& version) {
    return {{"number", version.number},
            {"seen_at", core::format_rfc3339(version.seen_at)},
            {"changed", version.changed},
            {"title", version.post.title},
            {"text", version.post.text},
            {"price", encode_price(version.post.price)}};
}

json encode_post_image(const storage::PostImage& image) {
    return {{"position", image.position},
            {"url", image.url},
            {"image", image.image ? encode_image(*image.image) : json(nullptr)}};
}

json encode_fetch(const storage::Fetch& fetch) {
    const auto& exchange = fetch.exchange;
    return {{"id", fetch.id.value},
            {"url", exchange.url},
            {"requested_at", core::format_rfc3339(exchange.requested_at)},
            {"status", exchange.status},
            {"remote_ip", exchange.remote_ip},
            {"truncated", exchange.truncated},
            {"sha256", fetch.body ? json(fetch.body->sha256.hex()) : json(nullptr)},
            {"bytes", fetch.body ? json(fetch.body->bytes) : json(nullptr)},
            {"robots",
             {{"allowed", exchange.robots.allowed},
              {"basis", core::to_text(exchange.robots.basis)},
              {"rule", exchange.robots.rule}}}};
}

json encode_facet(const std::vector<storage::Facet>& facet) {
    return encode_all(facet, [](const storage::Facet& each) {
        return json{{"value", each.value}, {"count", each.count}};
    });
}

}  // namespace

json encode(const storage::HitRow& row) {
    const core::Post& post = row.post;
    return {
        {"id", row.id.text},
        {"score", row.score},
        {"brands", row.brands},
        {"models", row.models},
        {"source", row.source},
        {"state", storage::to_text(row.state)},
        {"decision", row.decision ? encode_decision(*row.decision) : json(nullptr)},
        {"kind", core::to_text(post.kind)},
        {"title", post.title},
        {"url", post.url},
        {"author", {{"name", post.author.name}, {"id", post.author.id}, {"url", post.author.url}}},
        {"price", encode_price(post.price)},
        {"location", post.location},
        {"published", {{"raw", post.published.raw}, {"utc", post.published.utc}}},
        {"first_seen", encode_time(row.first_seen)},
        {"last_seen", encode_time(row.last_seen)},
        {"gone_at", encode_time(row.gone_at)},
        {"found_at", encode_time(row.found_at)},
        {"withdrawn_at", encode_time(row.withdrawn_at)},
        {"image", encode_image(row.image)},
        {"image_url", row.image_url}};
}

json encode(const storage::HitPage& page) {
    return {{"hits", encode_all(page.rows, [](const auto& row) { return encode(row); })},
            {"next", page.next.empty() ? json(nullptr) : json(page.next)}};
}

json encode(const storage::Facets& facets) {
    return {{"total", facets.total},
            {"brands", encode_facet(facets.brands)},
            {"models", encode_facet(facets.models)},
            {"sources", encode_facet(facets.sources)},
            {"states", encode_facet(facets.states)}};
}

json encode(const storage::HitDetail& detail, const Around& around) {
    json value = encode(detail.row);
    value["text"] = detail.row.post.text;
    value["extractor"] = detail.row.post.extractor;
    value["links"] = detail.row.post.links;
    value["reasons"] = detail.reasons;
    value["findings"] = encode_findings(detail.detection, around.references);
    value["gone_findings"] = encode_gone(around.gone);
    value["detection"] = {{"detector", detail.detection.detector},
                          {"at", core::format_rfc3339(detail.detection.at)},
                          {"seconds", detail.detection.seconds},
                          {"problem", detail.detection.problem},
                          {"copied_from", encode_copied_from(detail.detection.copied_from)}};
    value["versions"] = encode_all(detail.versions, encode_version);
    value["images"] = encode_all(detail.images, encode_post_image);
    value["page"] = encode_fetch(detail.page);
    value["photo"] = detail.photo ? encode_fetch(*detail.photo) : json(nullptr);
    value["redirects"] = encode_all(detail.redirects, encode_fetch);
    value["decisions"] = encode_all(detail.decisions, encode_decision);
    value["same_image"] =
        encode_all(detail.same_image, [](const storage::HitId& id) { return json(id.text); });
    value["same_posts"] = encode_all(around.same_posts, encode_same_post);
    value["run"] = {{"id", detail.run.id.value},
                    {"command", detail.run.what.command},
                    {"version", detail.run.what.version},
                    {"started_at", core::format_rfc3339(detail.run.started_at)}};
    return value;
}

std::string to_text(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace chiptrail::review
