#include "storage/archive.hpp"
#include "storage/database.hpp"
#include "storage/finding_ids.hpp"
#include "storage/json_text.hpp"
#include "storage/rows.hpp"

#include <algorithm>
#include <utility>

namespace chiptrail::storage {

namespace {

constexpr const char* kUnseen =
    "FROM images i WHERE NOT EXISTS "
    "(SELECT 1 FROM detections d WHERE d.image_id = i.id AND d.detector = ?) ";

std::int64_t require_image(Database& database, const core::Sha256& image) {
    const auto row = image_row(database, image);
    if (!row) {
        throw core::Error("the store has no photo " + image.hex());
    }
    return *row;
}

struct PhotoUrl {
    std::int64_t source = 0;
    std::string key;
};

/// Posts that wait for the photo at this URL.
std::int64_t fill_photos(Database& database,
                         const PhotoUrl& url,
                         std::int64_t image,
                         FetchId fetch) {
    return Query(database,
                 "UPDATE post_images SET image_id = ?, fetch_id = ? WHERE url = ? AND "
                 "image_id IS NULL AND (SELECT source_id FROM posts WHERE id = post_id) = ?")
        .bind(image, fetch, url.key, url.source)
        .run();
}

/// Posts that showed another photo at this URL: the old one stays, as not shown any more.
std::int64_t replace_photos(Database& database,
                            const PhotoUrl& url,
                            std::int64_t image,
                            FetchId fetch) {
    constexpr const char* kOthers =
        "FROM post_images WHERE url = ?3 AND image_id <> ?1 AND shown = 1 AND "
        "(SELECT source_id FROM posts WHERE id = post_id) = ?4 ";
    const auto replaced =
        Query(database,
              std::string("INSERT INTO post_images (post_id, url, url_as_written, position, shown, "
                          "image_id, fetch_id) SELECT post_id, url, url_as_written, position, 1, "
                          "?1, ?2 ") +
                  kOthers + "ON CONFLICT DO UPDATE SET shown = 1")
            .bind(image, fetch, url.key, url.source)
            .run();
    Query(database,
          std::string("UPDATE post_images SET shown = 0 WHERE ?2 = ?2 AND id IN (SELECT id ") +
              kOthers + ")")
        .bind(image, fetch, url.key, url.source)
        .run();
    return replaced;
}

void insert_finding(Database& database,
                    DetectionId detection,
                    const FindingId& id,
                    const core::Finding& finding) {
    Query(database,
          "INSERT INTO findings (detection_id, public_id, kind, brand, model, text, score, x, y, "
          "width, height, quad, reader, why, parts, reference, scale, rotation) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(detection,
              id.text,
              core::to_text(finding.kind),
              finding.brand,
              finding.model,
              finding.text,
              finding.score)
        .bind(finding.box.x, finding.box.y, finding.box.width, finding.box.height)
        .bind(quad_to_json(finding.quad), finding.reader, finding.why)
        .bind(parts_to_json(finding.parts), finding.reference, finding.scale, finding.rotation)
        .run();
}

/// Keeps the hash where copies of the photo are looked up.
void keep_hash(Database& database, const core::Sha256& image, const std::string& phash) {
    const auto pdq = core::Pdq::from_text(phash);
    if (!pdq) {
        return;
    }
    const auto row = require_image(database, image);
    const auto hash = pdq->hash.hex();
    // The row keeps its number while the hash is the same: who read it need not read it again.
    Query(database, "DELETE FROM image_hashes WHERE image_id = ? AND kind = 'pdq' AND hash <> ?")
        .bind(row, hash)
        .run();
    Query(database,
          "INSERT INTO image_hashes (image_id, kind, hash, quality) VALUES (?, 'pdq', ?, ?) "
          "ON CONFLICT DO NOTHING")
        .bind(row, hash, pdq->quality)
        .run();
}

/// "WHERE …" for a selection and the values of its question marks.
struct Selected {
    std::string sql;
    std::vector<std::string> values;

    void add(const std::string& condition, const std::vector<std::string>& more = {}) {
        sql += (sql.empty() ? "WHERE " : "AND ") + condition + " ";
        values.insert(values.end(), more.begin(), more.end());
    }
    void bind(Query& query) const {
        for (const auto& value : values) {
            query.bind(value);
        }
    }
};

std::string marks(std::size_t count) {
    std::string text = "(";
    for (std::size_t n = 0; n < count; ++n) {
        text += n == 0 ? "?" : ", ?";
    }
    return text + ")";
}

Selected selected(const Images::Selection& selection, const std::string& detector) {
    Selected where;
    if (!selection.seen_too) {
        where.add(
            "NOT EXISTS (SELECT 1 FROM detections d WHERE d.image_id = i.id AND d.detector = ?)",
            {detector});
    }
    if (!selection.sources.empty()) {
        where.add(
            "EXISTS (SELECT 1 FROM post_images pi JOIN posts p ON p.id = pi.post_id "
            "JOIN sources s ON s.id = p.source_id WHERE pi.image_id = i.id AND s.name IN " +
                marks(selection.sources.size()) + ")",
            selection.sources);
    }
    if (!selection.brands.empty()) {
        where.add(
            "EXISTS (SELECT 1 FROM findings f WHERE f.detection_id = (SELECT max(n.id) "
            "FROM detections n WHERE n.image_id = i.id) AND f.brand IN " +
                marks(selection.brands.size()) + ")",
            selection.brands);
    }
    if (selection.since) {
        where.add("i.first_seen >= ?", {core::format_rfc3339(*selection.since)});
    }
    return where;
}

constexpr std::size_t kFindingDigits = 16;
constexpr std::size_t kMinFindingDigits = 4;

bool is_finding_prefix(const std::string& text) {
    return text.size() >= kMinFindingDigits && text.size() <= kFindingDigits &&
           text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

void Images::put(const Blob& blob, const ImageInfo& info, core::Timestamp now) {
    WriteScope scope(database_);
    Query(database_,
          "INSERT INTO images (sha256, bytes, width, height, format, phash, exif, problem, "
          "first_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sha256) DO UPDATE SET "
          "width = excluded.width, height = excluded.height, format = excluded.format, "
          "phash = excluded.phash, exif = excluded.exif, problem = excluded.problem")
        .bind(blob.sha256, static_cast<std::int64_t>(blob.bytes), info.width, info.height)
        .bind(info.format, info.phash, info.exif_json, info.problem, now)
        .run();
    keep_hash(database_, blob.sha256, info.phash);
    scope.commit();
}

std::int64_t Images::join(const std::string& source,
                          const std::string& url,
                          const core::Sha256& image,
                          FetchId fetch) {
    WriteScope scope(database_);
    const auto source_id = source_row(database_, source);
    const auto image_id = require_image(database_, image);
    const auto key = url_key(url);
    Query(database_,
          "INSERT INTO image_urls (source_id, url, image_id, fetch_id) VALUES (?, ?, ?, ?) "
          "ON CONFLICT (source_id, url) DO UPDATE SET image_id = excluded.image_id, "
          "fetch_id = excluded.fetch_id")
        .bind(source_id, key, image_id, fetch)
        .run();
    const auto joined = fill_photos(database_, {source_id, key}, image_id, fetch) +
                        replace_photos(database_, {source_id, key}, image_id, fetch);
    scope.commit();
    return joined;
}

std::optional<Image> Images::find(const core::Sha256& image) const {
    Query row(database_,
              std::string("SELECT ") + kImageColumns + "FROM images i WHERE i.sha256 = ?");
    row.bind(image);
    if (!row.step()) {
        return std::nullopt;
    }
    return read_image(row);
}

std::vector<Image> Images::unseen_by(const std::string& detector, std::size_t limit) const {
    Query rows(database_,
               std::string("SELECT ") + kImageColumns + kUnseen + "ORDER BY i.id LIMIT ?");
    rows.bind(detector, static_cast<std::int64_t>(limit));
    std::vector<Image> images;
    while (rows.step()) {
        images.push_back(read_image(rows));
    }
    return images;
}

std::int64_t Images::count_unseen_by(const std::string& detector) const {
    Query query(database_, std::string("SELECT count(*) ") + kUnseen);
    query.bind(detector);
    return query.single();
}

DetectionId Images::save_detection(const Detection& detection) {
    WriteScope scope(database_);
    const auto image = require_image(database_, detection.image);
    const auto ids = name_findings(database_, image, detection.image, detection.findings);
    const auto& from = detection.copied_from;
    Query(database_,
          "INSERT INTO detections (image_id, detector, at, seconds, stages, problem, copied_from, "
          "copied_distance) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(image,
              detection.detector,
              detection.at,
              detection.seconds,
              detection.stages_json,
              detection.problem)
        .bind(from ? std::optional(from->detection) : std::nullopt, from ? from->distance : 0)
        .run();
    const DetectionId id{database_.last_id()};
    for (std::size_t i = 0; i < ids.size(); ++i) {
        insert_finding(database_, id, ids[i], detection.findings[i]);
    }
    scope.commit();
    return id;
}

std::optional<Detection> Images::newest_detection(const core::Sha256& image) const {
    const ReadScope scope(database_);
    Query row(database_,
              "SELECT d.id FROM detections d JOIN images i ON i.id = d.image_id "
              "WHERE i.sha256 = ? ORDER BY d.id DESC LIMIT 1");
    row.bind(image);
    if (!row.step()) {
        return std::nullopt;
    }
    return read_detection(database_, row.id<DetectionId>());
}

std::vector<Detection> Images::detections(const core::Sha256& image) const {
    const ReadScope scope(database_);
    Query rows(database_,
               "SELECT d.id FROM detections d JOIN images i ON i.id = d.image_id "
               "WHERE i.sha256 = ? ORDER BY d.id");
    rows.bind(image);
    std::vector<Detection> detections;
    while (rows.step()) {
        if (auto detection = read_detection(database_, rows.id<DetectionId>())) {
            detections.push_back(std::move(*detection));
        }
    }
    return detections;
}

std::vector<Image> Images::select(const Selection& selection,
                                  const std::string& detector,
                                  const std::optional<core::Sha256>& after,
                                  std::size_t limit) const {
    auto where = selected(selection, detector);
    if (after) {
        where.add(
            "(-i.width * i.height, i.sha256) > "
            "(SELECT -a.width * a.height, a.sha256 FROM images a WHERE a.sha256 = ?)",
            {after->hex()});
    }
    Query rows(database_,
               std::string("SELECT ") + kImageColumns + "FROM images i " + where.sql +
                   "ORDER BY -i.width * i.height, i.sha256 LIMIT ?");
    where.bind(rows);
    rows.bind(static_cast<std::int64_t>(limit));
    std::vector<Image> images;
    while (rows.step()) {
        images.push_back(read_image(rows));
    }
    return images;
}

std::int64_t Images::count(const Selection& selection, const std::string& detector) const {
    const auto where = selected(selection, detector);
    Query query(database_, "SELECT count(*) FROM images i " + where.sql);
    where.bind(query);
    return query.single();
}

void Images::describe_detector(const Detector& detector, core::Timestamp now) {
    Query(database_,
          "INSERT INTO detectors (name, reader, models_digest, lexicon_digest, settings, build, "
          "first_used) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
        .bind(detector.name, detector.reader, detector.models_digest, detector.lexicon_digest)
        .bind(detector.settings_json, detector.build, now)
        .run();
}

std::optional<Detector> Images::find_detector(const std::string& name) const {
    Query row(database_,
              "SELECT reader, models_digest, lexicon_digest, settings, build, first_used "
              "FROM detectors WHERE name = ?");
    row.bind(name);
    if (!row.step()) {
        return std::nullopt;
    }
    Detector detector;
    detector.name = name;
    detector.reader = row.text();
    detector.models_digest = row.text();
    detector.lexicon_digest = row.text();
    detector.settings_json = row.text();
    detector.build = row.text();
    detector.first_used = row.time();
    return detector;
}

core::Result<FindingId> Images::resolve_finding(const std::string& prefix) const {
    if (!is_finding_prefix(prefix)) {
        return core::fail(core::Failure::Kind::bad_input,
                          "'" + prefix + "' is no finding: give 4 to 16 hexadecimal digits");
    }
    Query rows(database_,
               "SELECT DISTINCT public_id FROM findings WHERE public_id >= ?1 AND "
               "public_id < ?1 || 'g' ORDER BY public_id LIMIT 2");
    rows.bind(prefix);
    if (!rows.step()) {
        return core::fail(core::Failure::Kind::not_found, "there is no finding " + prefix);
    }
    FindingId finding{rows.text()};
    if (rows.step()) {
        return core::fail(core::Failure::Kind::bad_input,
                          "more than one finding begins with " + prefix + ": " + finding.text +
                              ", " + rows.text() + "; give more digits");
    }
    return finding;
}

std::optional<Images::FoundFinding> Images::find_finding(const FindingId& finding) const {
    const ReadScope scope(database_);
    Query row(database_,
              "SELECT f.detection_id, (SELECT max(n.id) FROM detections n WHERE n.image_id = "
              "d.image_id AND n.problem = '') FROM findings f JOIN detections d ON "
              "d.id = f.detection_id WHERE f.public_id = ? ORDER BY f.detection_id DESC LIMIT 1");
    row.bind(finding.text);
    if (!row.step()) {
        return std::nullopt;
    }
    const auto id = row.id<DetectionId>();
    auto detection = read_detection(database_, id);
    if (!detection) {
        return std::nullopt;
    }
    FoundFinding found;
    found.current = row.integer() <= id.value;
    const auto& ids = detection->finding_ids;
    found.index =
        static_cast<std::size_t>(std::find(ids.begin(), ids.end(), finding) - ids.begin());
    found.detection = std::move(*detection);
    return found;
}

}  // namespace chiptrail::storage
