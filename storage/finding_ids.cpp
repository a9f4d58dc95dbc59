#include "storage/finding_ids.hpp"

#include "core/sha256.hpp"
#include "storage/rows.hpp"

#include <fmt/format.h>

#include <set>
#include <utility>

namespace chiptrail::storage {

namespace {

constexpr std::size_t kIdDigits = 16;
/// Two readings of one mark by different detectors rarely frame it alike.
constexpr double kSamePlace = 0.3;

struct Named {
    FindingId id;
    core::FindingKind kind = core::FindingKind::wordmark;
    std::string brand;
    std::string model;
    core::Box box;
};

bool same_mark(const Named& named, const core::Finding& finding) {
    return named.kind == finding.kind && named.brand == finding.brand &&
           named.model == finding.model;
}

/// Newest first, so that a mark which was away for a while finds its name again.
std::vector<Named> earlier_findings(Database& database, std::int64_t image) {
    Query rows(database,
               "SELECT f.public_id, f.kind, f.brand, f.model, f.x, f.y, f.width, f.height "
               "FROM findings f JOIN detections d ON d.id = f.detection_id "
               "WHERE d.image_id = ? AND f.public_id <> '' ORDER BY f.id DESC");
    rows.bind(image);
    std::vector<Named> findings;
    while (rows.step()) {
        Named named;
        named.id = {rows.text()};
        named.kind = core::finding_kind_from(rows.text()).value_or(core::FindingKind::wordmark);
        named.brand = rows.text();
        named.model = rows.text();
        named.box.x = rows.small();
        named.box.y = rows.small();
        named.box.width = rows.small();
        named.box.height = rows.small();
        findings.push_back(std::move(named));
    }
    return findings;
}

const Named* nearest(const std::vector<Named>& earlier,
                     const core::Finding& finding,
                     const std::set<FindingId>& taken) {
    const Named* best = nullptr;
    double best_overlap = kSamePlace;
    for (const auto& named : earlier) {
        if (!same_mark(named, finding) || taken.contains(named.id)) {
            continue;
        }
        const auto overlap = core::overlap(named.box, finding.box);
        if (overlap > best_overlap || (best == nullptr && overlap == best_overlap)) {
            best = &named;
            best_overlap = overlap;
        }
    }
    return best;
}

FindingId new_id(const core::Sha256& sha256,
                 const core::Finding& finding,
                 const std::set<FindingId>& taken) {
    for (int turn = 0;; ++turn) {
        const auto text = fmt::format("{}:{}:{}:{}{}:{}{}:{},{},{},{}",
                                      turn,
                                      sha256.hex(),
                                      core::to_text(finding.kind),
                                      finding.brand.size(),
                                      finding.brand,
                                      finding.model.size(),
                                      finding.model,
                                      finding.box.x,
                                      finding.box.y,
                                      finding.box.width,
                                      finding.box.height);
        FindingId id{core::sha256(text).hex().substr(0, kIdDigits)};
        if (!taken.contains(id)) {
            return id;
        }
    }
}

struct Unnamed {
    std::int64_t image = 0;
    core::Sha256 sha256;
    DetectionId detection;
};

}  // namespace

std::vector<FindingId> name_findings(Database& database,
                                     std::int64_t image,
                                     const core::Sha256& sha256,
                                     const std::vector<core::Finding>& findings) {
    if (findings.empty()) {
        return {};
    }
    const auto earlier = earlier_findings(database, image);
    std::set<FindingId> taken;
    std::vector<FindingId> ids(findings.size());
    // Old names first: a new mark must not take the name that a later one has a right to.
    for (std::size_t i = 0; i < findings.size(); ++i) {
        if (const auto* known = nearest(earlier, findings[i], taken)) {
            ids[i] = known->id;
            taken.insert(known->id);
        }
    }
    auto used = taken;
    for (const auto& named : earlier) {
        used.insert(named.id);
    }
    for (std::size_t i = 0; i < findings.size(); ++i) {
        if (ids[i].text.empty()) {
            ids[i] = new_id(sha256, findings[i], used);
            used.insert(ids[i]);
        }
    }
    return ids;
}

void name_old_findings(Database& database) {
    std::vector<Unnamed> detections;
    {
        Query rows(database,
                   "SELECT DISTINCT d.image_id, i.sha256, d.id FROM findings f "
                   "JOIN detections d ON d.id = f.detection_id "
                   "JOIN images i ON i.id = d.image_id WHERE f.public_id = '' ORDER BY d.id");
        while (rows.step()) {
            Unnamed unnamed;
            unnamed.image = rows.integer();
            unnamed.sha256 = rows.hash();
            unnamed.detection = rows.id<DetectionId>();
            detections.push_back(unnamed);
        }
    }
    for (const auto& old : detections) {
        const auto detection = read_detection(database, old.detection);
        const auto ids = name_findings(database, old.image, old.sha256, detection->findings);
        Query rows(database, "SELECT id FROM findings WHERE detection_id = ? ORDER BY id");
        rows.bind(old.detection);
        std::vector<std::int64_t> findings;
        while (rows.step()) {
            findings.push_back(rows.integer());
        }
        for (std::size_t i = 0; i < findings.size(); ++i) {
            Query(database, "UPDATE findings SET public_id = ? WHERE id = ?")
                .bind(ids.at(i).text, findings[i])
                .run();
        }
    }
}

}  // namespace chiptrail::storage
