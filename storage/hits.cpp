#include "storage/hits.hpp"

#include "storage/database.hpp"
#include "storage/json_text.hpp"
#include "storage/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

namespace chiptrail::storage {

namespace {

constexpr std::size_t kIdDigits = 16;
constexpr std::size_t kMinPrefix = 4;

struct Mark {
    std::string thing;  ///< "brand" or "model"
    std::string name;
    double score = 0;
};

/// What one detection says for a hit: the same for every post that shows the photo.
struct Support {
    DetectionId detection;
    double score = 0;
    std::string reasons;  ///< JSON list
    std::vector<Mark> marks;
};

std::string describe(const core::Finding& finding) {
    const auto& name = finding.model.empty() ? finding.brand : finding.model;
    return fmt::format("{}: {} \"{}\" read with score {:.2f}{}{}",
                       name,
                       core::to_text(finding.kind),
                       finding.text,
                       finding.score,
                       finding.why.empty() ? "" : ": ",
                       finding.why);
}

/// Where it was read when not on this photo.
std::string origin_of(const Detection& detection) {
    if (!detection.copied_from) {
        return {};
    }
    const auto& from = *detection.copied_from;
    return fmt::format("; read on the same photo {} ({} of 256 bits differ)",
                       from.image.hex().substr(0, 12),
                       from.distance);
}

void add_mark(std::vector<Mark>& marks, const char* thing, const std::string& name, double score) {
    const auto known = std::find_if(marks.begin(), marks.end(), [&](const Mark& mark) {
        return mark.thing == thing && mark.name == name;
    });
    // Findings come best first, so the first score of a name is its best.
    if (!name.empty() && known == marks.end()) {
        marks.push_back({thing, name, score});
    }
}

bool supports(const core::Finding& finding, const HitRule& rule) {
    return finding.score >= rule.min_score && !(finding.brand.empty() && finding.model.empty());
}

/// nullopt when nothing that was found makes a hit.
std::optional<Support> weigh(const Detection& detection, const HitRule& rule) {
    auto findings = detection.findings;
    std::erase_if(findings, [&](const core::Finding& f) { return !supports(f, rule); });
    if (findings.empty()) {
        return std::nullopt;
    }
    std::stable_sort(findings.begin(), findings.end(), [](const auto& a, const auto& b) {
        return a.score > b.score;
    });
    Support support;
    support.detection = detection.id;
    support.score = findings.front().score;
    std::vector<std::string> reasons;
    for (const auto& finding : findings) {
        reasons.push_back(describe(finding) + origin_of(detection));
        add_mark(support.marks, "brand", finding.brand, finding.score);
        add_mark(support.marks, "model", finding.model, finding.score);
    }
    support.reasons = list_to_json(reasons);
    return support;
}

struct Place {
    std::int64_t post = 0;
    std::string source;
    std::string external_id;
};

std::vector<Place> posts_with(Database& database, std::int64_t image) {
    Query rows(database,
               "SELECT DISTINCT p.id, s.name, p.external_id FROM post_images pi "
               "JOIN posts p ON p.id = pi.post_id JOIN sources s ON s.id = p.source_id "
               "WHERE pi.image_id = ? ORDER BY p.id");
    rows.bind(image);
    std::vector<Place> places;
    while (rows.step()) {
        Place place;
        place.post = rows.integer();
        place.source = rows.text();
        place.external_id = rows.text();
        places.push_back(std::move(place));
    }
    return places;
}

class Recompute {
public:
    Recompute(Database& database, const HitRule& rule, core::Timestamp now)
        : database_(database), rule_(rule), now_(now) {}

    /// A part is a transaction of its own, so that no other writer waits for all of them.
    HitChanges run() {
        while (!done_) {
            WriteScope scope(database_);
            run_part();
            scope.commit();
        }
        return changes_;
    }

private:
    static constexpr int kImagesPerPart = 500;

    void run_part() {
        const auto first = next_image_;
        standing_.clear();
        Query images(database_,
                     "SELECT d.image_id, i.sha256, max(d.id) FROM detections d "
                     "JOIN images i ON i.id = d.image_id WHERE d.problem = '' AND "
                     "d.image_id >= ? GROUP BY d.image_id ORDER BY d.image_id LIMIT ?");
        images.bind(first, kImagesPerPart);
        int count = 0;
        while (images.step()) {
            ++count;
            const auto image = images.integer();
            next_image_ = image + 1;
            const auto sha256 = images.hash();
            save_all(image, sha256, images.id<DetectionId>());
        }
        done_ = count < kImagesPerPart;
        withdraw_others(first, done_ ? std::numeric_limits<std::int64_t>::max() : next_image_);
        changes_.total += static_cast<std::int64_t>(standing_.size());
    }

    void save_all(std::int64_t image, const core::Sha256& sha256, DetectionId newest) {
        const auto detection = read_detection(database_, newest);
        const auto support = detection ? weigh(*detection, rule_) : std::nullopt;
        if (!support) {
            return;
        }
        for (const auto& place : posts_with(database_, image)) {
            save(place, image, sha256, *support);
        }
    }

    void save(const Place& place,
              std::int64_t image,
              const core::Sha256& sha256,
              const Support& support) {
        Query known(database_,
                    "SELECT id, detection_id, score, reasons, withdrawn_at IS NOT NULL FROM hits "
                    "WHERE post_id = ? AND image_id = ?");
        known.bind(place.post, image);
        if (!known.step()) {
            const auto id = hit_id(place.source, place.external_id, sha256);
            standing_.insert(insert(place, image, id, support));
            ++changes_.added;
            return;
        }
        const auto hit = known.integer();
        standing_.insert(hit);
        const bool same_detection = known.integer() == support.detection.value;
        const bool same_score = known.real() == support.score;
        const bool same_reasons = known.text() == support.reasons;
        const bool withdrawn = known.boolean();
        if (same_detection && same_score && same_reasons && !withdrawn) {
            return;
        }
        Query(database_,
              "UPDATE hits SET detection_id = ?, score = ?, reasons = ?, withdrawn_at = NULL "
              "WHERE id = ?")
            .bind(support.detection, support.score, support.reasons, hit)
            .run();
        write_marks(hit, support);
        changes_.added += withdrawn ? 1 : 0;
        changes_.changed += !withdrawn && !(same_score && same_reasons) ? 1 : 0;
    }

    std::int64_t insert(const Place& place,
                        std::int64_t image,
                        const HitId& id,
                        const Support& support) {
        Query(database_,
              "INSERT INTO hits (public_id, post_id, image_id, detection_id, score, reasons, "
              "found_at) VALUES (?, ?, ?, ?, ?, ?, ?)")
            .bind(
                id.text, place.post, image, support.detection, support.score, support.reasons, now_)
            .run();
        const auto hit = database_.last_id();
        write_marks(hit, support);
        return hit;
    }

    void write_marks(std::int64_t hit, const Support& support) {
        Query(database_, "DELETE FROM hit_marks WHERE hit_id = ?").bind(hit).run();
        for (const auto& mark : support.marks) {
            Query(database_,
                  "INSERT INTO hit_marks (hit_id, thing, name, score) VALUES (?, ?, ?, ?)")
                .bind(hit, mark.thing, mark.name, mark.score)
                .run();
        }
    }

    /// Hits of the photos from `first` up to `end` that nothing supports any more.
    void withdraw_others(std::int64_t first, std::int64_t end) {
        std::vector<std::int64_t> fallen;
        Query rows(database_,
                   "SELECT id FROM hits WHERE withdrawn_at IS NULL AND image_id >= ? AND "
                   "image_id < ?");
        rows.bind(first, end);
        while (rows.step()) {
            if (const auto hit = rows.integer(); !standing_.contains(hit)) {
                fallen.push_back(hit);
            }
        }
        for (const auto hit : fallen) {
            Query(database_, "UPDATE hits SET withdrawn_at = ? WHERE id = ?").bind(now_, hit).run();
        }
        changes_.withdrawn += static_cast<std::int64_t>(fallen.size());
    }

    Database& database_;
    const HitRule& rule_;
    core::Timestamp now_;
    std::int64_t next_image_ = 0;
    bool done_ = false;
    std::set<std::int64_t> standing_;  ///< of this part
    HitChanges changes_;
};

struct HitKey {
    std::int64_t hit = 0;
    std::int64_t detection = 0;
    double score = 0;
};

std::optional<HitKey> find_key(Database& database, const HitId& id) {
    Query row(database, "SELECT id, detection_id, score FROM hits WHERE public_id = ?");
    row.bind(id.text);
    if (!row.step()) {
        return std::nullopt;
    }
    HitKey key;
    key.hit = row.integer();
    key.detection = row.integer();
    key.score = row.real();
    return key;
}

HitKey require_key(Database& database, const HitId& id) {
    const auto key = find_key(database, id);
    if (!key) {
        throw core::Error("the store has no hit " + id.text);
    }
    return *key;
}

struct Standing {
    DecisionId decision;
    Verdict verdict = Verdict::unsure;
};

/// The newest verdict on the hit that was not taken back.
std::optional<Standing> standing_verdict(Database& database, std::int64_t hit) {
    Query row(
        database,
        "SELECT d.id, d.verdict FROM decisions d WHERE d.hit_id = ? AND d.verdict IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes_id = d.id) "
        "ORDER BY d.id DESC LIMIT 1");
    row.bind(hit);
    if (!row.step()) {
        return std::nullopt;
    }
    const auto id = row.id<DecisionId>();
    const auto text = row.text();
    const auto verdict = verdict_from(text);
    if (!verdict) {
        throw core::Error("the store holds the unknown verdict '" + text + "'");
    }
    return Standing{id, *verdict};
}

DecisionState state_after(const std::optional<Standing>& standing) {
    if (!standing) {
        return DecisionState::undecided;
    }
    switch (standing->verdict) {
        case Verdict::confirm:
            return DecisionState::confirmed;
        case Verdict::reject:
            return DecisionState::rejected;
        case Verdict::unsure:
            return DecisionState::unsure;
    }
    return DecisionState::undecided;
}

void refresh_state(Database& database, std::int64_t hit) {
    Query(database, "UPDATE hits SET state = ? WHERE id = ?")
        .bind(to_text(state_after(standing_verdict(database, hit))), hit)
        .run();
}

DecisionId append_undo(Database& database,
                       const HitKey& key,
                       DecisionId undone,
                       const std::string& reviewer,
                       core::Timestamp now) {
    Query(database,
          "INSERT INTO decisions (hit_id, undoes_id, reviewer, at, note, detection_id, score) "
          "VALUES (?, ?, ?, ?, '', ?, ?)")
        .bind(key.hit, undone, reviewer, now, key.detection, key.score)
        .run();
    const DecisionId id{database.last_id()};
    refresh_state(database, key.hit);
    return id;
}

bool is_hexadecimal(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
}

std::string lower(std::string text) {
    for (auto& c : text) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return text;
}

}  // namespace

HitId hit_id(const std::string& source, const std::string& external_id, const core::Sha256& image) {
    // Lengths keep ("a", "bc") and ("ab", "c") apart.
    const auto text = fmt::format(
        "{}:{}{}:{}{}", source.size(), source, external_id.size(), external_id, image.hex());
    return {core::sha256(text).hex().substr(0, kIdDigits)};
}

HitChanges Hits::recompute(const HitRule& rule, core::Timestamp now) {
    return Recompute(database_, rule, now).run();
}

core::Result<HitId> Hits::resolve(const std::string& prefix) const {
    const auto wanted = lower(prefix);
    if (wanted.size() < kMinPrefix || wanted.size() > kIdDigits || !is_hexadecimal(wanted)) {
        return core::fail(core::Failure::Kind::bad_input,
                          "'" + prefix +
                              "' is no hit: give 4 to 16 hexadecimal digits, as `hits` " +
                              "prints them");
    }
    Query rows(database_,
               "SELECT public_id FROM hits WHERE public_id >= ?1 AND public_id < ?1 || 'g' "
               "ORDER BY public_id LIMIT 2");
    rows.bind(wanted);
    if (!rows.step()) {
        return core::fail(core::Failure::Kind::not_found, "there is no hit " + prefix);
    }
    HitId hit{rows.text()};
    if (rows.step()) {
        return core::fail(core::Failure::Kind::bad_input,
                          "more than one hit begins with " + prefix + ": " + hit.text + ", " +
                              rows.text() + "; give more digits");
    }
    return hit;
}

DecisionId Hits::decide(const HitId& hit,
                        Verdict verdict,
                        const std::string& reviewer,
                        const std::string& note,
                        core::Timestamp now) {
    WriteScope scope(database_);
    const auto key = require_key(database_, hit);
    Query(database_,
          "INSERT INTO decisions (hit_id, verdict, reviewer, at, note, detection_id, score) "
          "VALUES (?, ?, ?, ?, ?, ?, ?)")
        .bind(key.hit, to_text(verdict), reviewer, now, note, key.detection, key.score)
        .run();
    const DecisionId id{database_.last_id()};
    refresh_state(database_, key.hit);
    scope.commit();
    return id;
}

std::optional<DecisionId> Hits::undo(const HitId& hit,
                                     const std::string& reviewer,
                                     core::Timestamp now) {
    WriteScope scope(database_);
    const auto key = require_key(database_, hit);
    const auto standing = standing_verdict(database_, key.hit);
    if (!standing) {
        return std::nullopt;
    }
    const auto id = append_undo(database_, key, standing->decision, reviewer, now);
    scope.commit();
    return id;
}

std::optional<HitId> Hits::undo_last(const std::string& reviewer, core::Timestamp now) {
    WriteScope scope(database_);
    Query row(database_,
              "SELECT d.id, h.public_id FROM decisions d JOIN hits h ON h.id = d.hit_id "
              "WHERE d.reviewer = ? AND d.verdict IS NOT NULL AND NOT EXISTS "
              "(SELECT 1 FROM decisions u WHERE u.undoes_id = d.id) ORDER BY d.id DESC LIMIT 1");
    row.bind(reviewer);
    if (!row.step()) {
        return std::nullopt;
    }
    const auto undone = row.id<DecisionId>();
    HitId hit{row.text()};
    append_undo(database_, require_key(database_, hit), undone, reviewer, now);
    scope.commit();
    return hit;
}

}  // namespace chiptrail::storage
