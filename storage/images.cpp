#include "storage/archive.hpp"
#include "storage/database.hpp"
#include "storage/json_text.hpp"
#include "storage/rows.hpp"

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

void insert_finding(Database& database, DetectionId detection, const core::Finding& finding) {
    Query(database,
          "INSERT INTO findings (detection_id, kind, brand, model, text, score, x, y, width, "
          "height, quad, reader, why) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(detection,
              core::to_text(finding.kind),
              finding.brand,
              finding.model,
              finding.text,
              finding.score)
        .bind(finding.box.x, finding.box.y, finding.box.width, finding.box.height)
        .bind(quad_to_json(finding.quad), finding.reader, finding.why)
        .run();
}

}  // namespace

void Images::put(const Blob& blob, const ImageInfo& info, core::Timestamp now) {
    Query(database_,
          "INSERT INTO images (sha256, bytes, width, height, format, phash, exif, problem, "
          "first_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sha256) DO UPDATE SET "
          "width = excluded.width, height = excluded.height, format = excluded.format, "
          "phash = excluded.phash, exif = excluded.exif, problem = excluded.problem")
        .bind(blob.sha256, static_cast<std::int64_t>(blob.bytes), info.width, info.height)
        .bind(info.format, info.phash, info.exif_json, info.problem, now)
        .run();
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
    Query(database_,
          "INSERT INTO detections (image_id, detector, at, seconds, stages, problem) "
          "VALUES (?, ?, ?, ?, ?, ?)")
        .bind(require_image(database_, detection.image),
              detection.detector,
              detection.at,
              detection.seconds,
              detection.stages_json,
              detection.problem)
        .run();
    const DetectionId id{database_.last_id()};
    for (const auto& finding : detection.findings) {
        insert_finding(database_, id, finding);
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

}  // namespace chiptrail::storage
