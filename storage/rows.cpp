#include "storage/rows.hpp"

#include "core/url.hpp"
#include "storage/json_text.hpp"

#include <algorithm>
#include <utility>

namespace chiptrail::storage {

namespace {

std::string unknown(const char* what, const std::string& text) {
    return std::string("the store holds the unknown ") + what + " '" + text +
           "'; it was changed by hand or is damaged";
}

constexpr std::array<std::pair<core::Failure::Kind, std::string_view>, 6> kFailures = {{
    {core::Failure::Kind::bad_input, "bad_input"},
    {core::Failure::Kind::timed_out, "timed_out"},
    {core::Failure::Kind::unreachable, "unreachable"},
    {core::Failure::Kind::refused, "refused"},
    {core::Failure::Kind::too_large, "too_large"},
    {core::Failure::Kind::not_found, "not_found"},
}};

core::Failure::Kind failure_from(const std::string& text) {
    for (const auto& [kind, name] : kFailures) {
        if (name == text) {
            return kind;
        }
    }
    throw core::Error(unknown("failure", text));
}

core::RobotsDecision read_robots(Query& row) {
    core::RobotsDecision robots;
    robots.allowed = row.boolean();
    robots.basis = robots_basis_from(row.text());
    robots.line = row.small();
    robots.rule = row.text();
    if (const auto fetch = row.optional_id<FetchId>()) {
        robots.fetch = fetch->value;
    }
    return robots;
}

std::optional<Blob> read_body(Query& row) {
    if (row.next_is_null()) {
        row.skip();
        row.skip();
        return std::nullopt;
    }
    Blob blob;
    blob.sha256 = row.hash();
    blob.bytes = static_cast<std::uint64_t>(row.integer());
    return blob;
}

core::Timings read_timings(Query& row) {
    const auto next = [&row] { return std::chrono::microseconds(row.integer()); };
    core::Timings timings;
    timings.name_lookup = next();
    timings.connect = next();
    timings.tls = next();
    timings.first_byte = next();
    timings.total = next();
    return timings;
}

core::Finding read_finding(Query& row) {
    core::Finding finding;
    const auto kind = row.text();
    const auto parsed = core::finding_kind_from(kind);
    if (!parsed) {
        throw core::Error(unknown("kind of finding", kind));
    }
    finding.kind = *parsed;
    finding.brand = row.text();
    finding.model = row.text();
    finding.text = row.text();
    finding.score = row.real();
    finding.box.x = row.small();
    finding.box.y = row.small();
    finding.box.width = row.small();
    finding.box.height = row.small();
    finding.quad = quad_from_json(row.text());
    finding.reader = row.text();
    finding.why = row.text();
    finding.parts = parts_from_json(row.text());
    finding.reference = row.text();
    finding.scale = row.real();
    finding.rotation = row.small();
    return finding;
}

RunStatus run_status_from(const std::string& text) {
    using enum RunStatus;
    for (const auto status : {running, done, done_with_failures, failed, stopped, interrupted}) {
        if (to_text(status) == text) {
            return status;
        }
    }
    throw core::Error(unknown("status of a run", text));
}

}  // namespace

const char* const kVersionColumns =
    "v.number, v.fetch_id, v.seen_at, v.changed, p.external_id, v.url, v.kind, v.title, v.text, "
    "v.author_name, v.author_id, v.author_url, v.price_raw, v.price_amount, v.price_amount_max, "
    "v.price_currency, v.location, v.published_raw, v.published_utc, v.images, v.links, "
    "v.extractor ";

const char* const kImageColumns =
    "i.sha256, i.bytes, i.width, i.height, i.format, i.phash, i.exif, i.problem, i.first_seen ";

core::Exchange::Purpose purpose_from(const std::string& text) {
    using enum core::Exchange::Purpose;
    for (const auto purpose : {page, image, robots}) {
        if (core::to_text(purpose) == text) {
            return purpose;
        }
    }
    throw core::Error(unknown("purpose", text));
}

core::RobotsDecision::Basis robots_basis_from(const std::string& text) {
    using enum core::RobotsDecision::Basis;
    for (const auto basis : {not_applicable, rule, no_rule, no_file, unreachable}) {
        if (core::to_text(basis) == text) {
            return basis;
        }
    }
    throw core::Error(unknown("robots basis", text));
}

std::string_view failure_name(core::Failure::Kind kind) {
    for (const auto& [value, name] : kFailures) {
        if (value == kind) {
            return name;
        }
    }
    return {};
}

std::optional<Fetch> read_fetch(Database& database, FetchId id) {
    Query row(database,
              "SELECT f.run_id, s.name, f.task_url, f.hop, f.purpose, f.url, f.method, "
              "f.requested_at, f.request_headers, f.robots_allowed, f.robots_basis, f.robots_line, "
              "f.robots_rule, f.robots_fetch_id, f.status, f.reason, f.http_version, "
              "f.response_headers, f.body_sha256, f.body_bytes, f.truncated, f.remote_ip, "
              "f.remote_port, f.tls_version, f.certificate_sha256, f.name_lookup_us, f.connect_us, "
              "f.tls_us, f.first_byte_us, f.total_us, f.failure_kind, f.failure_detail "
              "FROM fetches f JOIN sources s ON s.id = f.source_id WHERE f.id = ?");
    row.bind(id);
    if (!row.step()) {
        return std::nullopt;
    }
    Fetch fetch;
    fetch.id = id;
    fetch.run = row.id<RunId>();
    fetch.source = row.text();
    fetch.task_url = row.text();
    fetch.hop = row.small();
    auto& exchange = fetch.exchange;
    exchange.purpose = purpose_from(row.text());
    exchange.url = row.text();
    exchange.method = row.text();
    exchange.requested_at = row.time();
    exchange.request_headers = headers_from_json(row.text());
    exchange.robots = read_robots(row);
    exchange.status = row.small();
    exchange.reason = row.text();
    exchange.http_version = row.text();
    exchange.response_headers = headers_from_json(row.text());
    fetch.body = read_body(row);
    exchange.truncated = row.boolean();
    exchange.remote_ip = row.text();
    exchange.remote_port = row.small();
    exchange.tls_version = row.text();
    exchange.certificate_sha256 = row.text();
    exchange.timings = read_timings(row);
    if (!row.next_is_null()) {
        const auto kind = failure_from(row.text());
        exchange.failure = core::Failure{kind, row.text()};
    }
    return fetch;
}

std::vector<FetchId> hops_before(Database& database, FetchId last) {
    // The exchanges of one delivery are stored in order and together, so the nearest ones count.
    Query rows(database,
               "SELECT h.id FROM fetches l JOIN fetches h ON h.source_id = l.source_id AND "
               "h.task_url = l.task_url AND h.run_id = l.run_id AND h.purpose = l.purpose AND "
               "h.id < l.id AND h.hop < l.hop WHERE l.id = ?1 ORDER BY h.id DESC "
               "LIMIT (SELECT hop FROM fetches WHERE id = ?1)");
    rows.bind(last);
    std::vector<FetchId> hops;
    while (rows.step()) {
        hops.insert(hops.begin(), rows.id<FetchId>());
    }
    return hops;
}

PostVersion read_version(Query& row) {
    PostVersion version;
    version.number = row.small();
    version.fetch = row.id<FetchId>();
    version.seen_at = row.time();
    version.changed = list_from_json(row.text());
    auto& post = version.post;
    post.id = row.text();
    post.url = row.text();
    const auto kind = row.text();
    const auto parsed = core::post_kind_from(kind);
    if (!parsed) {
        throw core::Error(unknown("kind of post", kind));
    }
    post.kind = *parsed;
    post.title = row.text();
    post.text = row.text();
    post.author.name = row.text();
    post.author.id = row.text();
    post.author.url = row.text();
    post.price.raw = row.text();
    post.price.amount = row.text();
    post.price.amount_max = row.text();
    post.price.currency = row.text();
    post.location = row.text();
    post.published.raw = row.text();
    post.published.utc = row.text();
    post.images = list_from_json(row.text());
    post.links = list_from_json(row.text());
    post.extractor = row.text();
    return version;
}

Image read_image(Query& row) {
    Image image;
    image.blob.sha256 = row.hash();
    image.blob.bytes = static_cast<std::uint64_t>(row.integer());
    image.info.width = row.small();
    image.info.height = row.small();
    image.info.format = row.text();
    image.info.phash = row.text();
    image.info.exif_json = row.text();
    image.info.problem = row.text();
    image.first_seen = row.time();
    return image;
}

std::optional<std::int64_t> image_row(Database& database, const core::Sha256& image) {
    Query row(database, "SELECT id FROM images WHERE sha256 = ?");
    row.bind(image);
    if (!row.step()) {
        return std::nullopt;
    }
    return row.integer();
}

std::optional<Detection> read_detection(Database& database, DetectionId id) {
    Query row(database,
              "SELECT i.sha256, d.detector, d.at, d.seconds, d.stages, d.problem, d.copied_from, "
              "d.copied_distance, (SELECT ci.sha256 FROM detections c JOIN images ci ON "
              "ci.id = c.image_id WHERE c.id = d.copied_from) "
              "FROM detections d JOIN images i ON i.id = d.image_id WHERE d.id = ?");
    row.bind(id);
    if (!row.step()) {
        return std::nullopt;
    }
    Detection detection;
    detection.id = id;
    detection.image = row.hash();
    detection.detector = row.text();
    detection.at = row.time();
    detection.seconds = row.real();
    detection.stages_json = row.text();
    detection.problem = row.text();
    if (!row.next_is_null()) {
        CopiedFrom from;
        from.detection = row.id<DetectionId>();
        from.distance = row.small();
        from.image = row.hash();
        detection.copied_from = from;
    }
    Query findings(database,
                   "SELECT public_id, kind, brand, model, text, score, x, y, width, height, quad, "
                   "reader, why, parts, reference, scale, rotation "
                   "FROM findings WHERE detection_id = ? ORDER BY id");
    findings.bind(id);
    while (findings.step()) {
        detection.finding_ids.push_back({findings.text()});
        detection.findings.push_back(read_finding(findings));
    }
    return detection;
}

std::vector<PostImage> read_post_images(Database& database, PostId post) {
    Query rows(database,
               std::string("SELECT pi.position, pi.url_as_written, pi.fetch_id, ") + kImageColumns +
                   "FROM post_images pi LEFT JOIN images i ON i.id = pi.image_id "
                   "WHERE pi.post_id = ? ORDER BY pi.shown DESC, pi.position, pi.url");
    rows.bind(post);
    std::vector<PostImage> images;
    while (rows.step()) {
        PostImage image;
        image.position = rows.small();
        image.url = rows.text();
        image.fetch = rows.optional_id<FetchId>();
        if (!rows.next_is_null()) {
            image.image = read_image(rows);
        }
        images.push_back(std::move(image));
    }
    return images;
}

std::vector<PostVersion> read_versions(Database& database, PostId post) {
    Query rows(database,
               std::string("SELECT ") + kVersionColumns +
                   "FROM post_versions v JOIN posts p ON p.id = v.post_id "
                   "WHERE v.post_id = ? ORDER BY v.number");
    rows.bind(post);
    std::vector<PostVersion> versions;
    while (rows.step()) {
        versions.push_back(read_version(rows));
    }
    return versions;
}

std::optional<Run> read_run(Database& database, RunId id) {
    Query row(database,
              "SELECT command, version, config_digest, started_at, finished_at, status, counts "
              "FROM runs WHERE id = ?");
    row.bind(id);
    if (!row.step()) {
        return std::nullopt;
    }
    Run run;
    run.id = id;
    run.what.command = row.text();
    run.what.version = row.text();
    run.what.config_digest = row.text();
    run.started_at = row.time();
    run.finished_at = row.optional_time();
    run.status = run_status_from(row.text());
    run.counts = counts_from_json(row.text());
    return run;
}

std::string url_key(const std::string& url) {
    const auto parsed = core::Url::parse(url);
    return parsed ? parsed->without_fragment() : url;
}

}  // namespace chiptrail::storage
