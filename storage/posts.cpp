#include "storage/archive.hpp"
#include "storage/database.hpp"
#include "storage/json_text.hpp"
#include "storage/post_diff.hpp"
#include "storage/rows.hpp"

#include <set>
#include <utility>

namespace chiptrail::storage {

namespace {

struct KnownPost {
    PostId id;
    int version = 1;
    bool whole = false;
    bool gone = false;
    core::Post post;
};

std::optional<KnownPost> find_known(Database& database,
                                    std::int64_t source,
                                    const std::string& external_id) {
    Query row(database,
              std::string("SELECT p.id, p.whole, p.gone_at IS NOT NULL, ") + kVersionColumns +
                  "FROM posts p JOIN post_versions v ON v.post_id = p.id AND v.number = p.version "
                  "WHERE p.source_id = ? AND p.external_id = ?");
    row.bind(source, external_id);
    if (!row.step()) {
        return std::nullopt;
    }
    KnownPost known;
    known.id = row.id<PostId>();
    known.whole = row.boolean();
    known.gone = row.boolean();
    auto version = read_version(row);
    known.version = version.number;
    known.post = std::move(version.post);
    return known;
}

void insert_version(Database& database, PostId post, const PostVersion& version) {
    const auto& state = version.post;
    Query(database,
          "INSERT INTO post_versions (post_id, number, fetch_id, seen_at, changed, url, kind, "
          "title, text, author_name, author_id, author_url, price_raw, price_amount, "
          "price_amount_max, price_currency, location, published_raw, published_utc, images, "
          "links, extractor) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(post,
              version.number,
              version.fetch,
              version.seen_at,
              list_to_json(version.changed),
              state.url,
              core::to_text(state.kind),
              state.title,
              state.text)
        .bind(state.author.name,
              state.author.id,
              state.author.url,
              state.price.raw,
              state.price.amount,
              state.price.amount_max,
              state.price.currency,
              state.location,
              state.published.raw,
              state.published.utc)
        .bind(list_to_json(state.images), list_to_json(state.links), state.extractor)
        .run();
}

/// Shows the photo again that was at this URL before; false when the URL is new to the post.
bool show_again(Database& database, PostId post, const std::string& key, int position) {
    return Query(database,
                 "UPDATE post_images SET shown = 1, position = ? WHERE id = "
                 "(SELECT max(id) FROM post_images WHERE post_id = ? AND url = ?) AND shown = 0")
               .bind(position, post, key)
               .run() > 0;
}

/// Photos that the post shows now; those it showed before stay, marked as not shown.
void link_images(Database& database, std::int64_t source, PostId post, const core::Post& state) {
    Query(database, "UPDATE post_images SET shown = 0 WHERE post_id = ?").bind(post).run();
    std::set<std::string> linked;
    for (const auto& url : state.images) {
        const auto key = url_key(url);
        const auto position = static_cast<int>(linked.size());
        if (!linked.insert(key).second || show_again(database, post, key, position)) {
            continue;
        }
        Query(database,
              "INSERT INTO post_images (post_id, url, url_as_written, position, shown, image_id, "
              "fetch_id) SELECT ?1, ?2, ?3, ?4, 1, u.image_id, u.fetch_id FROM (SELECT 1) "
              "LEFT JOIN image_urls u ON u.source_id = ?5 AND u.url = ?2")
            .bind(post, key, url, position, source)
            .run();
    }
}

std::string page_of(Database& database, FetchId fetch) {
    Query row(database, "SELECT task_url FROM fetches WHERE id = ?");
    row.bind(fetch);
    if (!row.step()) {
        throw core::Error("the store has no fetch " + std::to_string(fetch.value));
    }
    return row.text();
}

struct Seen {
    std::int64_t source = 0;
    Sighting sighting = Sighting::own_page;
    FetchId fetch;
    core::Timestamp at{};
    std::string page;
};

PostChange insert_post(Database& database, const core::Post& post, const Seen& seen) {
    Query(database,
          "INSERT INTO posts (source_id, external_id, version, whole, first_seen, last_seen, "
          "last_page_url, url) VALUES (?1, ?2, 1, ?3, ?4, ?4, ?5, ?6)")
        .bind(seen.source,
              post.id,
              seen.sighting == Sighting::own_page,
              seen.at,
              seen.page,
              url_key(post.url))
        .run();
    const PostId id{database.last_id()};
    insert_version(database, id, {1, seen.fetch, seen.at, {}, post});
    link_images(database, seen.source, id, post);
    return {id, PostChange::Kind::inserted, {}};
}

void touch(Database& database, const KnownPost& known, const Seen& seen, const core::Post& post) {
    const bool own_page = seen.sighting == Sighting::own_page;
    Query(database,
          "UPDATE posts SET last_seen = max(last_seen, ?), whole = ?, last_page_url = ?, url = ? "
          "WHERE id = ?")
        .bind(seen.at, own_page || known.whole, seen.page, url_key(post.url), known.id)
        .run();
}

void append_version(Database& database, const KnownPost& known, const PostVersion& version) {
    insert_version(database, known.id, version);
    Query(database, "UPDATE posts SET version = ? WHERE id = ?")
        .bind(version.number, known.id)
        .run();
}

PostChange update_post(Database& database,
                       const KnownPost& known,
                       const core::Post& post,
                       const Seen& seen) {
    // A list may go on showing what its own page has taken down.
    const bool list_is_stale = known.gone && known.whole && seen.sighting == Sighting::in_list;
    if (list_is_stale) {
        return {known.id, PostChange::Kind::unchanged, {}};
    }
    auto merge = merge_post(known.post, post, seen.sighting, known.whole);
    if (known.gone) {
        merge.fields.insert(merge.fields.begin(), "back");
        Query(database, "UPDATE posts SET gone_at = NULL WHERE id = ?").bind(known.id).run();
    }
    touch(database, known, seen, merge.post);
    if (merge.fields.empty()) {
        return {known.id, PostChange::Kind::unchanged, {}};
    }
    append_version(
        database, known, {known.version + 1, seen.fetch, seen.at, merge.fields, merge.post});
    if (merge.post.images != known.post.images) {
        link_images(database, seen.source, known.id, merge.post);
    }
    return {known.id, PostChange::Kind::changed, merge.fields};
}

constexpr const char* kStoredPost = "SELECT p.id, s.name, p.first_seen, p.last_seen, p.gone_at, ";
constexpr const char* kStoredPostFrom =
    "FROM posts p JOIN sources s ON s.id = p.source_id "
    "JOIN post_versions v ON v.post_id = p.id AND v.number = p.version ";

StoredPost read_stored(Query& row) {
    StoredPost stored;
    stored.id = row.id<PostId>();
    stored.source = row.text();
    stored.first_seen = row.time();
    stored.last_seen = row.time();
    stored.gone_at = row.optional_time();
    auto version = read_version(row);
    stored.versions = version.number;
    stored.post = std::move(version.post);
    return stored;
}

std::string stored_post_sql(const char* where) {
    return std::string(kStoredPost) + kVersionColumns + kStoredPostFrom + where;
}

}  // namespace

PostChange Posts::upsert(const std::string& source,
                         const core::Post& post,
                         Sighting sighting,
                         FetchId fetch,
                         core::Timestamp seen_at) {
    WriteScope scope(database_);
    const Seen seen{
        source_row(database_, source), sighting, fetch, seen_at, page_of(database_, fetch)};
    const auto known = find_known(database_, seen.source, post.id);
    auto change =
        known ? update_post(database_, *known, post, seen) : insert_post(database_, post, seen);
    scope.commit();
    return change;
}

bool Posts::mark_gone(PostId post, FetchId fetch, core::Timestamp at) {
    WriteScope scope(database_);
    const auto stored = find(post);
    if (!stored) {
        throw core::Error("the store has no post " + std::to_string(post.value));
    }
    if (stored->gone_at) {
        return false;
    }
    Query(database_, "UPDATE posts SET gone_at = ? WHERE id = ?").bind(at, post).run();
    KnownPost known;
    known.id = post;
    append_version(database_, known, {stored->versions + 1, fetch, at, {"gone"}, stored->post});
    scope.commit();
    return true;
}

std::int64_t Posts::still_there(const std::string& source,
                                const std::string& task_url,
                                core::Timestamp at) {
    return Query(database_,
                 "UPDATE posts SET last_seen = max(last_seen, ?) WHERE gone_at IS NULL AND "
                 "source_id = (SELECT id FROM sources WHERE name = ?) AND "
                 "(last_page_url = ? OR url = ?)")
        .bind(at, source, task_url, url_key(task_url))
        .run();
}

std::optional<StoredPost> Posts::find(PostId post) const {
    Query row(database_, stored_post_sql("WHERE p.id = ?"));
    row.bind(post);
    if (!row.step()) {
        return std::nullopt;
    }
    return read_stored(row);
}

std::optional<StoredPost> Posts::find(const std::string& source,
                                      const std::string& external_id) const {
    Query row(database_, stored_post_sql("WHERE s.name = ? AND p.external_id = ?"));
    row.bind(source, external_id);
    if (!row.step()) {
        return std::nullopt;
    }
    return read_stored(row);
}

std::vector<StoredPost> Posts::at_page(const std::string& source,
                                       const std::string& task_url) const {
    Query rows(database_,
               stored_post_sql("WHERE s.name = ? AND (p.last_page_url = ? OR p.url = ?) "
                               "ORDER BY p.id"));
    rows.bind(source, task_url, url_key(task_url));
    std::vector<StoredPost> posts;
    while (rows.step()) {
        posts.push_back(read_stored(rows));
    }
    return posts;
}

std::vector<PostVersion> Posts::versions(PostId post) const {
    return read_versions(database_, post);
}

std::vector<PostImage> Posts::images(PostId post) const {
    return read_post_images(database_, post);
}

}  // namespace chiptrail::storage
