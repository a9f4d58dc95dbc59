#include "evidence/hit_json.hpp"

#include "core/text.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace chiptrail::evidence {

namespace {

using nlohmann::json;

json or_null(const std::string& text) {
    return text.empty() ? json(nullptr) : json(text);
}

json time_or_null(const std::optional<core::Timestamp>& time) {
    return time ? json(core::format_rfc3339(*time)) : json(nullptr);
}

/// Text that is JSON already (EXIF, stages) becomes part of the document.
json embedded(const std::string& text) {
    if (text.empty()) {
        return nullptr;
    }
    auto value = json::parse(text, nullptr, false);
    return value.is_discarded() ? json(text) : value;
}

json post_json(const core::Post& post) {
    return {
        {"id", post.id},
        {"url", post.url},
        {"kind", core::to_text(post.kind)},
        {"title", post.title},
        {"text", post.text},
        {"author", {{"name", post.author.name}, {"id", post.author.id}, {"url", post.author.url}}},
        {"price",
         {{"raw", post.price.raw},
          {"amount", post.price.amount},
          {"amount_max", post.price.amount_max},
          {"currency", post.price.currency}}},
        {"location", post.location},
        {"published", {{"raw", post.published.raw}, {"utc", post.published.utc}}},
        {"images", post.images},
        {"links", post.links},
        {"extractor", post.extractor},
    };
}

json parts_json(const std::vector<core::ScorePart>& parts) {
    auto list = json::array();
    for (const auto& part : parts) {
        list.push_back({{"name", part.name}, {"value", part.value}});
    }
    return list;
}

json finding_json(const core::Finding& finding,
                  const storage::FindingId& id,
                  const FindingFiles& files) {
    auto quad = json::array();
    for (const auto& point : finding.quad) {
        quad.push_back({point.x, point.y});
    }
    return {
        {"id", id.text},
        {"kind", core::to_text(finding.kind)},
        {"brand", or_null(finding.brand)},
        {"model", or_null(finding.model)},
        {"text", finding.text},
        {"score", finding.score},
        {"box", {finding.box.x, finding.box.y, finding.box.width, finding.box.height}},
        {"quad", quad},
        {"reader", finding.reader},
        {"why", finding.why},
        {"parts", parts_json(finding.parts)},
        {"reference", or_null(finding.reference)},
        {"scale", finding.scale > 0 ? json(finding.scale) : json(nullptr)},
        {"rotation", finding.rotation},
        {"place_file", or_null(files.place)},
        {"reference_file", or_null(files.reference)},
        {"spelling", or_null(files.spelling)},
    };
}

json detector_json(const std::optional<storage::Detector>& detector) {
    if (!detector) {
        return nullptr;
    }
    return {
        {"name", detector->name},
        {"reader", detector->reader},
        {"models_sha256", or_null(detector->models_digest)},
        {"lexicon_sha256", or_null(detector->lexicon_digest)},
        {"settings", embedded(detector->settings_json)},
        {"build", or_null(detector->build)},
        {"first_used", time_or_null(detector->first_used)},
    };
}

json copied_from_json(const std::optional<storage::CopiedFrom>& from) {
    return from ? json{{"sha256", from->image.hex()}, {"distance", from->distance}} : json(nullptr);
}

json detection_json(const storage::Detection& detection,
                    const std::optional<storage::Detector>& detector,
                    const std::vector<FindingFiles>& files) {
    auto findings = json::array();
    for (std::size_t i = 0; i < detection.findings.size(); ++i) {
        findings.push_back(
            finding_json(detection.findings[i], detection.finding_ids.at(i), files.at(i)));
    }
    return {
        {"detector", detection.detector},
        {"at", core::format_rfc3339(detection.at)},
        {"seconds", detection.seconds},
        {"stages", embedded(detection.stages_json)},
        {"problem", or_null(detection.problem)},
        {"copied_from", copied_from_json(detection.copied_from)},
        {"made_by", detector_json(detector)},
        {"findings", findings},
    };
}

json blob_json(const std::optional<storage::Blob>& blob, const FileNames& files) {
    if (!blob) {
        return nullptr;
    }
    const auto file = files.find(blob->sha256);
    return {
        {"sha256", blob->sha256.hex()},
        {"bytes", blob->bytes},
        {"file", file == files.end() ? json(nullptr) : json(file->second)},
    };
}

json robots_json(const core::RobotsDecision& robots) {
    return {
        {"allowed", robots.allowed},
        {"basis", core::to_text(robots.basis)},
        {"line", robots.line},
        {"rule", robots.rule},
        {"fetch", robots.fetch ? json(*robots.fetch) : json(nullptr)},
    };
}

json timings_json(const core::Timings& timings) {
    return {
        {"name_lookup_us", timings.name_lookup.count()},
        {"connect_us", timings.connect.count()},
        {"tls_us", timings.tls.count()},
        {"first_byte_us", timings.first_byte.count()},
        {"total_us", timings.total.count()},
    };
}

json headers_json(const core::Headers& headers) {
    auto list = json::array();
    for (const auto& header : headers) {
        list.push_back({header.name, header.value});
    }
    return list;
}

json fetch_json(const storage::Fetch& fetch, const FileNames& files) {
    const auto& exchange = fetch.exchange;
    return {
        {"fetch", fetch.id.value},
        {"run", fetch.run.value},
        {"url", exchange.url},
        {"task_url", fetch.task_url},
        {"hop", fetch.hop},
        {"purpose", core::to_text(exchange.purpose)},
        {"method", exchange.method},
        {"requested_at", core::format_rfc3339(exchange.requested_at)},
        {"request_headers", headers_json(exchange.request_headers)},
        {"robots", robots_json(exchange.robots)},
        {"status", exchange.status},
        {"reason", exchange.reason},
        {"http_version", exchange.http_version},
        {"response_headers", headers_json(exchange.response_headers)},
        {"body", blob_json(fetch.body, files)},
        {"truncated", exchange.truncated},
        {"remote_ip", exchange.remote_ip},
        {"remote_port", exchange.remote_port},
        {"tls_version", or_null(exchange.tls_version)},
        {"certificate_sha256", or_null(exchange.certificate_sha256)},
        {"timings", timings_json(exchange.timings)},
        {"failure", exchange.failure ? json(exchange.failure->detail) : json(nullptr)},
    };
}

json image_json(const storage::Image& image, const std::string& url, const FileNames& files) {
    auto value = blob_json(image.blob, files);
    value["url"] = url;
    value["width"] = image.info.width;
    value["height"] = image.info.height;
    value["format"] = image.info.format;
    value["phash"] = or_null(image.info.phash);
    value["exif"] = embedded(image.info.exif_json);
    value["problem"] = or_null(image.info.problem);
    value["first_seen"] = core::format_rfc3339(image.first_seen);
    return value;
}

json version_json(const storage::PostVersion& version) {
    return {
        {"number", version.number},
        {"fetch", version.fetch.value},
        {"seen_at", core::format_rfc3339(version.seen_at)},
        {"changed", version.changed},
        {"post", post_json(version.post)},
    };
}

json decision_json(const storage::Decision& decision) {
    return {
        {"id", decision.id.value},
        {"verdict", decision.verdict ? json(storage::to_text(*decision.verdict)) : json(nullptr)},
        {"undoes", decision.undoes ? json(decision.undoes->value) : json(nullptr)},
        {"reviewer", decision.reviewer},
        {"at", core::format_rfc3339(decision.at)},
        {"note", decision.note},
    };
}

json run_json(const storage::Run& run) {
    return {
        {"id", run.id.value},
        {"command", run.what.command},
        {"version", run.what.version},
        {"config_digest", run.what.config_digest},
        {"started_at", core::format_rfc3339(run.started_at)},
        {"finished_at", time_or_null(run.finished_at)},
        {"status", storage::to_text(run.status)},
    };
}

json other_images_json(const storage::HitDetail& hit) {
    auto list = json::array();
    for (const auto& image : hit.images) {
        list.push_back({
            {"position", image.position},
            {"url", image.url},
            {"sha256", image.image ? json(image.image->blob.sha256.hex()) : json(nullptr)},
            {"fetch", image.fetch ? json(image.fetch->value) : json(nullptr)},
        });
    }
    return list;
}

template <class Items, class Write>
json list_json(const Items& items, Write write) {
    auto list = json::array();
    for (const auto& item : items) {
        list.push_back(write(item));
    }
    return list;
}

/// A line break in a stranger's value must not look like a line of ours.
std::string one_line(const std::string& text) {
    std::string line;
    for (const char c : text) {
        if (c == '\r' || c == '\n') {
            line += c == '\r' ? "\\r" : "\\n";
        } else {
            line += c;
        }
    }
    return line;
}

std::string header_lines(const core::Headers& headers) {
    std::string text;
    for (const auto& header : headers) {
        text += one_line(header.name) + ": " + one_line(header.value) + "\n";
    }
    return text;
}

constexpr std::array<std::pair<std::string_view, const char*>, 10> kSignatures = {{
    {"\xFF\xD8\xFF", "jpg"},
    {"\x89PNG\r\n\x1A\n", "png"},
    {"GIF8", "gif"},
    {"BM", "bmp"},
    {"II*", "tif"},
    {std::string_view("MM\0*", 4), "tif"},
    {"%PDF-", "pdf"},
    {"\x1F\x8B", "gz"},
    {"\x28\xB5\x2F\xFD", "zst"},
    {"<?xml", "xml"},
}};

/// WebP, AVIF and HEIC say what they are a few bytes in.
std::string container_extension(std::string_view bytes) {
    if (bytes.starts_with("RIFF") && bytes.substr(0, 12).ends_with("WEBP")) {
        return "webp";
    }
    const auto brand = bytes.size() >= 12 && bytes.substr(4, 4) == "ftyp" ? bytes.substr(8, 4)
                                                                          : std::string_view();
    if (brand == "avif" || brand == "avis") {
        return "avif";
    }
    return brand == "heic" || brand == "heix" || brand == "mif1" ? "heic" : std::string();
}

std::string text_extension(std::string_view bytes) {
    constexpr std::size_t kSniffed = 512;
    auto head = bytes.substr(0, kSniffed);
    if (head.starts_with("\xEF\xBB\xBF")) {
        head.remove_prefix(3);
    }
    head = core::trim(head);
    if (head.starts_with('{') || head.starts_with('[')) {
        return "json";
    }
    for (const std::string_view mark : {"<!doctype html", "<html", "<head", "<body", "<!--"}) {
        if (core::equal_ignoring_case(head.substr(0, mark.size()), mark)) {
            return "html";
        }
    }
    return head.starts_with('<') ? "html" : "bin";
}

}  // namespace

std::string hit_json(const storage::HitDetail& hit,
                     const std::optional<storage::Detector>& detector,
                     const std::vector<FindingFiles>& findings,
                     const FileNames& files) {
    const auto& row = hit.row;
    const auto fetch = [&files](const storage::Fetch& item) { return fetch_json(item, files); };
    const json document = {
        {"schema", "chiptrail.hit/1"},
        {"id", row.id.text},
        {"source", row.source},
        {"score", row.score},
        {"brands", row.brands},
        {"models", row.models},
        {"reasons", hit.reasons},
        {"state", storage::to_text(row.state)},
        {"found_at", core::format_rfc3339(row.found_at)},
        {"first_seen", core::format_rfc3339(row.first_seen)},
        {"last_seen", core::format_rfc3339(row.last_seen)},
        {"gone_at", time_or_null(row.gone_at)},
        {"withdrawn_at", time_or_null(row.withdrawn_at)},
        {"post", post_json(row.post)},
        {"image", image_json(row.image, row.image_url, files)},
        {"images", other_images_json(hit)},
        {"detection", detection_json(hit.detection, detector, findings)},
        {"history", list_json(hit.versions, version_json)},
        {"page", fetch(hit.page)},
        {"photo", hit.photo ? fetch(*hit.photo) : json(nullptr)},
        {"redirects", list_json(hit.redirects, fetch)},
        {"decisions", list_json(hit.decisions, decision_json)},
        {"same_image", list_json(hit.same_image, [](const auto& id) { return json(id.text); })},
        {"run", run_json(hit.run)},
    };
    return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string request_text(const core::Exchange& exchange) {
    const auto version = exchange.http_version.empty() ? "" : " HTTP/" + exchange.http_version;
    return one_line(exchange.method) + " " + one_line(exchange.url) + one_line(version) + "\n" +
           header_lines(exchange.request_headers);
}

std::string response_text(const core::Exchange& exchange) {
    if (exchange.status == 0) {
        return "(no answer: " + one_line(exchange.failure ? exchange.failure->detail : "") + ")\n";
    }
    return "HTTP/" + one_line(exchange.http_version) + " " + std::to_string(exchange.status) +
           (exchange.reason.empty() ? "" : " " + one_line(exchange.reason)) + "\n" +
           header_lines(exchange.response_headers);
}

std::string extension_of(std::string_view bytes) {
    for (const auto& [signature, extension] : kSignatures) {
        if (bytes.starts_with(signature)) {
            return extension;
        }
    }
    const auto container = container_extension(bytes);
    return container.empty() ? text_extension(bytes) : container;
}

}  // namespace chiptrail::evidence
