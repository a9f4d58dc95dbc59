#pragma once

// Hits: a post, a photo of it and what was found there. Listing, detail, decisions.

#include "core/result.hpp"
#include "storage/records.hpp"

#include <optional>
#include <string>
#include <vector>

namespace chiptrail::storage {

class Database;

enum class HitOrder { score, newest_post, newest_found };

/// Empty lists and absent values do not restrict. Within a list any one fits, between lists all.
struct HitFilter {
    std::vector<std::string> brands;
    std::vector<std::string> models;
    std::vector<std::string> sources;
    std::vector<DecisionState> states;
    std::optional<double> min_score;
    std::optional<double> max_score;
    std::optional<core::Timestamp> since;  ///< post first seen at or after
    std::optional<core::Timestamp> until;  ///< post first seen before
    std::string text;  ///< part of title, text, author, location, URL or of what
                       ///< was read on the photo; ASCII letters without case
    std::optional<bool> gone;
    /// Hits that are no longer found: absent lists them where someone decided on them, true lists
    /// these and the undecided alone, false none.
    std::optional<bool> withdrawn;
    HitOrder order = HitOrder::score;
    std::size_t limit = 100;  ///< at most 1000
    std::size_t offset = 0;   ///< for page numbers; `after` is cheaper
    std::string after;        ///< `next` of the page before
};

struct HitPage {
    std::vector<HitRow> rows;
    std::string next;  ///< for HitFilter::after; empty when this was the last page
};

/// How many hits fit a filter, split by one thing at a time; most first.
struct Facet {
    std::string value;
    std::int64_t count = 0;
};
struct Facets {
    std::int64_t total = 0;
    std::vector<Facet> brands;
    std::vector<Facet> models;
    std::vector<Facet> sources;
    std::vector<Facet> states;
};

struct HitRule {
    double min_score = 0.5;  ///< a finding below makes no hit
};

struct HitChanges {
    std::int64_t added = 0;
    std::int64_t changed = 0;    ///< another score or other reasons
    std::int64_t withdrawn = 0;  ///< the newest detection does not support them; decisions are kept
    std::int64_t total = 0;      ///< that stand now
};

/// Part of a Store: get it from there. Threads may share it.
class Hits {
public:
    explicit Hits(Database& database) : database_(database) {}

    /// Makes the hits agree with the newest detection of every photo. Works in parts, each a
    /// transaction: stopped in the middle, the rest is done by the next call.
    HitChanges recompute(const HitRule& rule, core::Timestamp now);

    [[nodiscard]] HitPage list(const HitFilter& filter) const;
    [[nodiscard]] std::int64_t count(const HitFilter& filter) const;
    /// Each split ignores the filter's own list of that thing, so that a choice can be widened.
    [[nodiscard]] Facets facets(const HitFilter& filter) const;

    /// At least 4 digits of an id. Failure::not_found, or bad_input when several fit.
    [[nodiscard]] core::Result<HitId> resolve(const std::string& prefix) const;
    /// Withdrawn hits are found too.
    [[nodiscard]] std::optional<HitDetail> find(const HitId& hit) const;
    /// Of the photo, best score first; withdrawn ones are left out.
    [[nodiscard]] std::vector<HitId> with_photo(const core::Sha256& image) const;

    /// Throws core::Error for a hit that is not there.
    DecisionId decide(const HitId& hit,
                      Verdict verdict,
                      const std::string& reviewer,
                      const std::string& note,
                      core::Timestamp now);
    /// Takes back the verdict that counts; nullopt when there is none.
    std::optional<DecisionId> undo(const HitId& hit,
                                   const std::string& reviewer,
                                   core::Timestamp now);
    /// Takes back the newest verdict of `reviewer` that still counts, on whatever hit.
    std::optional<HitId> undo_last(const std::string& reviewer, core::Timestamp now);

private:
    Database& database_;
};

/// The name that a hit of this post and photo has.
[[nodiscard]] HitId hit_id(const std::string& source,
                           const std::string& external_id,
                           const core::Sha256& image);

}  // namespace chiptrail::storage
