#include "storage/archive.hpp"
#include "storage/blob_store.hpp"
#include "storage/database.hpp"
#include "storage/json_text.hpp"
#include "storage/rows.hpp"

namespace chiptrail::storage {

FetchId Fetches::add(const core::Exchange& exchange, const FetchContext& context) {
    auto body = context.body;
    if (!body && !exchange.body.empty()) {
        body = blobs_.put(exchange.body);
    }
    WriteScope scope(database_);
    const auto source = source_row(database_, context.source);
    const auto& robots = exchange.robots;
    const auto& timings = exchange.timings;
    Query insert(database_,
                 "INSERT INTO fetches (run_id, source_id, purpose, task_url, hop, url, method, "
                 "requested_at, request_headers, robots_allowed, robots_basis, robots_line, "
                 "robots_rule, robots_fetch_id, status, reason, http_version, response_headers, "
                 "body_sha256, body_bytes, truncated, remote_ip, remote_port, tls_version, "
                 "certificate_sha256, name_lookup_us, connect_us, tls_us, first_byte_us, total_us, "
                 "failure_kind, failure_detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                 "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    insert
        .bind(context.run,
              source,
              core::to_text(exchange.purpose),
              context.task_url,
              context.hop,
              exchange.url,
              exchange.method,
              exchange.requested_at,
              headers_to_json(exchange.request_headers))
        .bind(robots.allowed, core::to_text(robots.basis), robots.line, robots.rule, robots.fetch)
        .bind(exchange.status,
              exchange.reason,
              exchange.http_version,
              headers_to_json(exchange.response_headers));
    if (body) {
        insert.bind(body->sha256, static_cast<std::int64_t>(body->bytes));
    } else {
        insert.bind(nullptr, nullptr);
    }
    insert
        .bind(exchange.truncated,
              exchange.remote_ip,
              exchange.remote_port,
              exchange.tls_version,
              exchange.certificate_sha256)
        .bind(std::int64_t{timings.name_lookup.count()},
              std::int64_t{timings.connect.count()},
              std::int64_t{timings.tls.count()},
              std::int64_t{timings.first_byte.count()},
              std::int64_t{timings.total.count()});
    if (exchange.failure) {
        insert.bind(failure_name(exchange.failure->kind), exchange.failure->detail);
    } else {
        insert.bind(nullptr, nullptr);
    }
    insert.run();
    const FetchId id{database_.last_id()};
    scope.commit();
    return id;
}

std::optional<Fetch> Fetches::find(FetchId fetch) const {
    return read_fetch(database_, fetch);
}

std::optional<Fetch> Fetches::newest_copy(const std::string& source,
                                          const std::string& task_url) const {
    const ReadScope scope(database_);
    Query row(database_,
              "SELECT f.id FROM fetches f JOIN sources s ON s.id = f.source_id WHERE s.name = ? "
              "AND f.task_url = ? AND f.status BETWEEN 200 AND 299 AND f.truncated = 0 AND "
              "f.failure_kind IS NULL AND f.body_sha256 IS NOT NULL ORDER BY f.id DESC LIMIT 1");
    row.bind(source, task_url);
    if (!row.step()) {
        return std::nullopt;
    }
    return read_fetch(database_, row.id<FetchId>());
}

void Fetches::note_reading(FetchId fetch, const PageReading& reading) {
    Query(database_,
          "INSERT INTO page_readings (fetch_id, status, reason, extractor, charset, posts, links) "
          "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (fetch_id) DO UPDATE SET "
          "status = excluded.status, reason = excluded.reason, extractor = excluded.extractor, "
          "charset = excluded.charset, posts = excluded.posts, links = excluded.links")
        .bind(fetch,
              core::to_text(reading.status),
              reading.reason,
              reading.extractor,
              reading.charset,
              reading.posts,
              reading.links)
        .run();
}

}  // namespace chiptrail::storage
