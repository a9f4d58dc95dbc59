#include "storage/database.hpp"
#include "storage/hits.hpp"
#include "storage/json_text.hpp"
#include "storage/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <variant>

namespace chiptrail::storage {

namespace {

constexpr std::size_t kMaxRows = 1000;

constexpr const char* kFrom =
    " FROM hits h JOIN posts p ON p.id = h.post_id JOIN sources s ON s.id = p.source_id "
    "JOIN post_versions v ON v.post_id = p.id AND v.number = p.version "
    "JOIN images i ON i.id = h.image_id ";

constexpr const char* kRowColumns =
    "SELECT h.id, h.public_id, h.score, h.detection_id, h.post_id, h.state, h.found_at, "
    "h.withdrawn_at, s.name, p.first_seen, p.last_seen, p.gone_at, (SELECT pi.url_as_written FROM "
    "post_images pi WHERE "
    "pi.post_id = h.post_id AND pi.image_id = h.image_id ORDER BY pi.shown DESC, pi.id LIMIT 1), ";

/// A WHERE clause and the values of its question marks, so that no value is ever part of SQL.
class Conditions {
public:
    using Value = std::variant<std::int64_t, double, std::string>;

    void add(const std::string& condition, std::vector<Value> values = {}) {
        sql_ += (sql_.empty() ? "WHERE " : " AND ") + condition;
        values_.insert(values_.end(), values.begin(), values.end());
    }

    /// `before` and `after` stand around the list of question marks.
    void add_any(const std::string& before,
                 const std::vector<std::string>& list,
                 const std::string& after) {
        if (list.empty()) {
            return;
        }
        std::string marks;
        for (std::size_t n = 0; n < list.size(); ++n) {
            marks += n == 0 ? "?" : ", ?";
        }
        add(before + "(" + marks + ")" + after, {list.begin(), list.end()});
    }

    void bind(Query& query) const {
        for (const auto& value : values_) {
            std::visit([&query](const auto& v) { query.bind(v); }, value);
        }
    }
    [[nodiscard]] const std::string& sql() const {
        return sql_;
    }

private:
    std::string sql_;
    std::vector<Value> values_;
};

void add_marks(Conditions& where, const std::string& thing, const std::vector<std::string>& names) {
    where.add_any("EXISTS (SELECT 1 FROM hit_marks m WHERE m.hit_id = h.id AND m.thing = '" +
                      thing + "' AND m.name IN ",
                  names,
                  ")");
}

void add_text(Conditions& where, const std::string& text) {
    if (text.empty()) {
        return;
    }
    // instr() finds one Chinese character as well as a word; LIKE would need its wildcards quoted.
    where.add(
        "(instr(lower(v.title || char(10) || v.text || char(10) || v.author_name || char(10) || "
        "v.location || char(10) || v.url), lower(?)) > 0 OR EXISTS (SELECT 1 FROM findings f WHERE "
        "f.detection_id = h.detection_id AND instr(lower(f.text), lower(?)) > 0))",
        {text, text});
}

Conditions conditions_of(const HitFilter& filter) {
    Conditions where;
    // In the words of the index, or it is not used.
    where.add(!filter.withdrawn   ? "(h.withdrawn_at IS NULL OR h.state <> 'undecided')"
              : *filter.withdrawn ? "h.withdrawn_at IS NOT NULL"
                                  : "h.withdrawn_at IS NULL");
    add_marks(where, "brand", filter.brands);
    add_marks(where, "model", filter.models);
    where.add_any("s.name IN ", filter.sources, "");
    std::vector<std::string> states;
    for (const auto state : filter.states) {
        states.emplace_back(to_text(state));
    }
    where.add_any("h.state IN ", states, "");
    if (filter.min_score) {
        where.add("h.score >= ?", {*filter.min_score});
    }
    if (filter.max_score) {
        where.add("h.score <= ?", {*filter.max_score});
    }
    if (filter.since) {
        where.add("p.first_seen >= ?", {core::format_rfc3339(*filter.since)});
    }
    if (filter.until) {
        where.add("p.first_seen < ?", {core::format_rfc3339(*filter.until)});
    }
    if (filter.gone) {
        where.add(*filter.gone ? "p.gone_at IS NOT NULL" : "p.gone_at IS NULL");
    }
    add_text(where, filter.text);
    return where;
}

const char* order_key(HitOrder order) {
    switch (order) {
        case HitOrder::score:
            return "h.score";
        case HitOrder::newest_post:
            return "p.first_seen";
        case HitOrder::newest_found:
            return "h.found_at";
    }
    return "h.score";
}

/// "score|0.93|17": where a page ended.
struct Cursor {
    std::string key;
    std::int64_t hit = 0;
};

std::string write_cursor(HitOrder order, const HitRow& row, std::int64_t hit) {
    const auto key = order == HitOrder::score         ? fmt::format("{:.17g}", row.score)
                     : order == HitOrder::newest_post ? core::format_rfc3339(row.first_seen)
                                                      : core::format_rfc3339(row.found_at);
    return fmt::format("{}|{}|{}", order_key(order), key, hit);
}

std::optional<Cursor> read_cursor(HitOrder order, std::string_view text) {
    const auto first = text.find('|');
    const auto last = text.rfind('|');
    if (first == std::string_view::npos || first == last ||
        text.substr(0, first) != order_key(order)) {
        return std::nullopt;
    }
    Cursor cursor;
    cursor.key = text.substr(first + 1, last - first - 1);
    const auto number = text.substr(last + 1);
    const auto* const end = number.data() + number.size();
    const auto result = std::from_chars(number.data(), end, cursor.hit);
    if (result.ec != std::errc() || result.ptr != end) {
        return std::nullopt;
    }
    return cursor;
}

/// False when `after` is none of our cursors: then no row comes after it.
bool add_cursor(Conditions& where, const HitFilter& filter) {
    if (filter.after.empty()) {
        return true;
    }
    const auto cursor = read_cursor(filter.order, filter.after);
    if (!cursor) {
        return false;
    }
    Conditions::Value key = cursor->key;
    if (filter.order == HitOrder::score) {
        double score = 0;
        const auto* const end = cursor->key.data() + cursor->key.size();
        if (std::from_chars(cursor->key.data(), end, score).ec != std::errc()) {
            return false;
        }
        key = score;
    }
    const std::string column = order_key(filter.order);
    where.add("(" + column + " < ? OR (" + column + " = ? AND h.id > ?))", {key, key, cursor->hit});
    return true;
}

Decision read_decision(Query& row) {
    Decision decision;
    decision.id = row.id<DecisionId>();
    decision.verdict = verdict_from(row.text());
    decision.undoes = row.optional_id<DecisionId>();
    decision.reviewer = row.text();
    decision.at = row.time();
    decision.note = row.text();
    return decision;
}

constexpr const char* kDecisionColumns =
    "SELECT d.id, d.verdict, d.undoes_id, d.reviewer, d.at, d.note FROM decisions d ";

std::optional<Decision> standing_decision(Database& database, std::int64_t hit) {
    Query row(
        database,
        std::string(kDecisionColumns) +
            "WHERE d.hit_id = ? AND d.verdict IS NOT NULL AND NOT EXISTS "
            "(SELECT 1 FROM decisions u WHERE u.undoes_id = d.id) ORDER BY d.id DESC LIMIT 1");
    row.bind(hit);
    if (!row.step()) {
        return std::nullopt;
    }
    return read_decision(row);
}

std::vector<Decision> all_decisions(Database& database, std::int64_t hit) {
    Query rows(database, std::string(kDecisionColumns) + "WHERE d.hit_id = ? ORDER BY d.id");
    rows.bind(hit);
    std::vector<Decision> decisions;
    while (rows.step()) {
        decisions.push_back(read_decision(rows));
    }
    return decisions;
}

void read_marks(Database& database, std::int64_t hit, HitRow& row) {
    Query marks(database,
                "SELECT thing, name FROM hit_marks WHERE hit_id = ? ORDER BY score DESC, name");
    marks.bind(hit);
    while (marks.step()) {
        auto& list = marks.text() == "brand" ? row.brands : row.models;
        list.push_back(marks.text());
    }
}

/// A row and the numbers that lead on from it.
struct ReadRow {
    HitRow row;
    std::int64_t hit = 0;
    DetectionId detection;
    PostId post;
    FetchId page;
};

ReadRow read_row(Database& database, Query& query) {
    ReadRow read;
    auto& row = read.row;
    read.hit = query.integer();
    row.id = {query.text()};
    row.score = query.real();
    read.detection = query.id<DetectionId>();
    read.post = query.id<PostId>();
    row.state = decision_state_from(query.text()).value_or(DecisionState::undecided);
    row.found_at = query.time();
    row.withdrawn_at = query.optional_time();
    row.source = query.text();
    row.first_seen = query.time();
    row.last_seen = query.time();
    row.gone_at = query.optional_time();
    row.image_url = query.text();
    row.image = read_image(query);
    auto version = read_version(query);
    row.post = std::move(version.post);
    read.page = version.fetch;
    read_marks(database, read.hit, row);
    if (row.state != DecisionState::undecided) {
        row.decision = standing_decision(database, read.hit);
    }
    return read;
}

std::string row_sql(const std::string& rest) {
    return std::string(kRowColumns) + kImageColumns + ", " + kVersionColumns + kFrom + rest;
}

std::vector<Facet> split(Database& database, const std::string& sql, const HitFilter& filter) {
    const auto where = conditions_of(filter);
    Query rows(database, sql + where.sql() + " GROUP BY 1 ORDER BY 2 DESC, 1");
    where.bind(rows);
    std::vector<Facet> facets;
    while (rows.step()) {
        Facet facet;
        facet.value = rows.text();
        facet.count = rows.integer();
        facets.push_back(std::move(facet));
    }
    return facets;
}

std::string marks_sql(const std::string& thing) {
    return std::string("SELECT k.name, count(*)") + kFrom +
           "JOIN hit_marks k ON k.hit_id = h.id AND k.thing = '" + thing + "' ";
}

/// The exchange that brought this photo for this post.
std::optional<FetchId> photo_fetch(Database& database, PostId post, const core::Sha256& image) {
    Query row(database,
              "SELECT pi.fetch_id FROM post_images pi JOIN images i ON i.id = pi.image_id WHERE "
              "pi.post_id = ? AND i.sha256 = ? AND pi.fetch_id IS NOT NULL "
              "ORDER BY pi.shown DESC, pi.id LIMIT 1");
    row.bind(post, image);
    if (!row.step()) {
        return std::nullopt;
    }
    return row.id<FetchId>();
}

void add_redirects(Database& database, FetchId last, std::vector<Fetch>& redirects) {
    for (const auto hop : hops_before(database, last)) {
        if (auto fetch = read_fetch(database, hop)) {
            redirects.push_back(std::move(*fetch));
        }
    }
}

/// The page that showed the post in its newest state: of a vanished post the last before that.
FetchId telling_page(const std::vector<PostVersion>& versions, FetchId newest) {
    for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
        if (version->changed != std::vector<std::string>{"gone"}) {
            return version->fetch;
        }
    }
    return newest;
}

std::vector<HitId> hits_with(Database& database,
                             const core::Sha256& image,
                             const HitId& other_than) {
    Query rows(database,
               "SELECT h.public_id FROM hits h JOIN images i ON i.id = h.image_id WHERE "
               "i.sha256 = ? AND h.withdrawn_at IS NULL AND h.public_id <> ? ORDER BY h.id");
    rows.bind(image, other_than.text);
    std::vector<HitId> hits;
    while (rows.step()) {
        hits.push_back({rows.text()});
    }
    return hits;
}

std::vector<std::string> reasons_of(Database& database, std::int64_t hit) {
    Query row(database, "SELECT reasons FROM hits WHERE id = ?");
    row.bind(hit);
    return row.step() ? list_from_json(row.text()) : std::vector<std::string>();
}

}  // namespace

HitPage Hits::list(const HitFilter& filter) const {
    const ReadScope scope(database_);
    auto where = conditions_of(filter);
    if (!add_cursor(where, filter)) {
        return {};
    }
    const auto limit = std::min(filter.limit, kMaxRows);
    Query rows(database_,
               row_sql(where.sql() + " ORDER BY " + order_key(filter.order) +
                       " DESC, h.id LIMIT ? OFFSET ?"));
    where.bind(rows);
    // One more than asked tells whether there is a next page.
    rows.bind(static_cast<std::int64_t>(limit) + 1, static_cast<std::int64_t>(filter.offset));
    HitPage page;
    std::int64_t last = 0;
    while (rows.step()) {
        if (page.rows.size() == limit) {
            page.next = page.rows.empty() ? std::string()
                                          : write_cursor(filter.order, page.rows.back(), last);
            break;
        }
        auto read = read_row(database_, rows);
        last = read.hit;
        page.rows.push_back(std::move(read.row));
    }
    return page;
}

std::int64_t Hits::count(const HitFilter& filter) const {
    const auto where = conditions_of(filter);
    Query query(database_, std::string("SELECT count(*)") + kFrom + where.sql());
    where.bind(query);
    return query.single();
}

Facets Hits::facets(const HitFilter& filter) const {
    const ReadScope scope(database_);
    Facets facets;
    facets.total = count(filter);
    auto without = filter;
    without.brands.clear();
    facets.brands = split(database_, marks_sql("brand"), without);
    without = filter;
    without.models.clear();
    facets.models = split(database_, marks_sql("model"), without);
    without = filter;
    without.sources.clear();
    facets.sources = split(database_, std::string("SELECT s.name, count(*)") + kFrom, without);
    without = filter;
    without.states.clear();
    facets.states = split(database_, std::string("SELECT h.state, count(*)") + kFrom, without);
    return facets;
}

std::optional<HitDetail> Hits::find(const HitId& hit) const {
    const ReadScope scope(database_);
    Query query(database_, row_sql("WHERE h.public_id = ?"));
    query.bind(hit.text);
    if (!query.step()) {
        return std::nullopt;
    }
    auto read = read_row(database_, query);
    HitDetail detail;
    detail.row = std::move(read.row);
    detail.reasons = reasons_of(database_, read.hit);
    detail.versions = read_versions(database_, read.post);
    detail.images = read_post_images(database_, read.post);
    detail.decisions = all_decisions(database_, read.hit);
    const auto& image = detail.row.image.blob.sha256;
    detail.same_image = hits_with(database_, image, hit);
    if (auto detection = read_detection(database_, read.detection)) {
        detail.detection = std::move(*detection);
    }
    const auto page = telling_page(detail.versions, read.page);
    add_redirects(database_, page, detail.redirects);
    if (auto fetch = read_fetch(database_, page)) {
        detail.page = std::move(*fetch);
    }
    if (const auto photo = photo_fetch(database_, read.post, image)) {
        add_redirects(database_, *photo, detail.redirects);
        detail.photo = read_fetch(database_, *photo);
    }
    if (auto run = read_run(database_, detail.page.run)) {
        detail.run = std::move(*run);
    }
    return detail;
}

std::vector<HitId> Hits::with_photo(const core::Sha256& image) const {
    Query rows(database_,
               "SELECT h.public_id FROM hits h JOIN images i ON i.id = h.image_id WHERE "
               "i.sha256 = ? AND h.withdrawn_at IS NULL ORDER BY h.score DESC, h.id");
    rows.bind(image);
    std::vector<HitId> hits;
    while (rows.step()) {
        hits.push_back({rows.text()});
    }
    return hits;
}

}  // namespace chiptrail::storage
