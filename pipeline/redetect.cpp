#include "pipeline/redetect.hpp"

#include <chrono>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace chiptrail::pipeline {

namespace {

constexpr const char* kCommand = "redetect";
constexpr std::size_t kPart = 200;

/// Hands out the selected photos, largest first, and gathers what was said of them.
class Round {
public:
    using Seen = std::function<void(const RedetectedPhoto&, const RedetectReport&)>;

    Round(storage::Store& store,
          const storage::Images::Selection& selection,
          const std::stop_token& stop,
          const Seen& seen,
          RedetectReport& report)
        : store_(store), selection_(selection), stop_(stop), seen_(seen), report_(report) {}

    std::optional<storage::Image> next() {
        const std::scoped_lock lock(mutex_);
        if (failure_ || stop_.stop_requested()) {
            report_.stopped = report_.stopped || stop_.stop_requested();
            return std::nullopt;
        }
        if (at_ == part_.size()) {
            part_ = store_.images().select(selection_, report_.detector, last_, kPart);
            at_ = 0;
        }
        if (part_.empty()) {
            return std::nullopt;
        }
        last_ = part_[at_].blob.sha256;
        return part_[at_++];
    }

    void done(const RedetectedPhoto& photo, double seconds) {
        const std::scoped_lock lock(mutex_);
        ++report_.done;
        report_.changed += photo.changes.empty() ? 0 : 1;
        report_.failed += photo.problem.empty() ? 0 : 1;
        report_.copied += photo.copied ? 1 : 0;
        report_.seconds += seconds;
        for (const auto& change : photo.changes) {
            count(change.kind);
        }
        if (seen_) {
            seen_(photo, report_);
        }
    }

    void fail(std::exception_ptr failure) {
        const std::scoped_lock lock(mutex_);
        failure_ = failure_ ? failure_ : std::move(failure);
    }
    void rethrow() const {
        if (failure_) {
            std::rethrow_exception(failure_);
        }
    }

private:
    void count(FindingChange::Kind kind) {
        switch (kind) {
            case FindingChange::Kind::added:
                ++report_.added;
                break;
            case FindingChange::Kind::gone:
                ++report_.gone;
                break;
            case FindingChange::Kind::score:
                ++report_.score_changed;
                break;
            case FindingChange::Kind::moved:
                ++report_.moved;
                break;
        }
    }

    storage::Store& store_;
    const storage::Images::Selection& selection_;
    const std::stop_token& stop_;
    const Seen& seen_;
    RedetectReport& report_;
    std::mutex mutex_;
    std::vector<storage::Image> part_;
    std::size_t at_ = 0;
    std::optional<core::Sha256> last_;
    std::exception_ptr failure_;
};

/// What stands for the photo now: the newest look that worked.
std::optional<storage::Detection> standing(storage::Store& store, const core::Sha256& image) {
    auto detections = store.images().detections(image);
    while (!detections.empty() && !detections.back().problem.empty()) {
        detections.pop_back();
    }
    return detections.empty() ? std::nullopt : std::optional(std::move(detections.back()));
}

RedetectedPhoto redetect_one(PhotoLook& look,
                             const storage::Image& image,
                             bool dry_run,
                             double& seconds) {
    RedetectedPhoto photo;
    photo.image = image;
    const auto before = standing(look.store(), image.blob.sha256);
    photo.detector_before = before ? before->detector : std::string();
    const auto looked = look.look(image, dry_run ? PhotoLook::Keep::no : PhotoLook::Keep::yes);
    seconds = looked.result.seconds;
    photo.problem = looked.detection.problem;
    photo.copied = looked.detection.copied_from.has_value();
    // A look that failed takes nothing away: the one before still counts.
    if (photo.problem.empty()) {
        photo.changes = compare(before ? before->findings : std::vector<core::Finding>(),
                                looked.detection.findings);
    }
    return photo;
}

storage::Counts to_counts(const RedetectReport& report) {
    return {{"photos", report.done},
            {"photos_changed", report.changed},
            {"photos_failed", report.failed},
            {"photos_copied", report.copied},
            {"findings_added", report.added},
            {"findings_gone", report.gone},
            {"findings_score", report.score_changed},
            {"findings_moved", report.moved},
            {"hits", report.hits.total}};
}

void look_at_all(const std::filesystem::path& folder,
                 const vision::Lexicon& lexicon,
                 const RedetectOptions& options,
                 const core::Clock& clock,
                 Round& round) {
    const auto loop = [&] {
        try {
            PhotoLook look(folder, lexicon, options.scan, clock);
            while (const auto image = round.next()) {
                double seconds = 0;
                const auto photo = redetect_one(look, *image, options.dry_run, seconds);
                round.done(photo, seconds);
            }
        } catch (...) {
            round.fail(std::current_exception());
        }
    };
    std::vector<std::jthread> workers;
    for (int i = 1; i < options.scan.workers; ++i) {
        workers.emplace_back(loop);
    }
    loop();
    workers.clear();  // Joins.
    round.rethrow();
}

}  // namespace

RedetectReport redetect(
    storage::Store& store,
    const vision::Lexicon& lexicon,
    const RedetectOptions& options,
    const core::Clock& clock,
    const std::stop_token& stop,
    const std::function<void(const RedetectedPhoto&, const RedetectReport&)>& seen) {
    const storage::RunLock lock(store.folder(), kCommand);
    RedetectReport report;
    report.detector = detector_name(options.scan.scanner, lexicon);
    report.selected = store.images().count(options.selection, report.detector);
    Round round(store, options.selection, stop, seen, report);
    if (options.dry_run) {
        look_at_all(store.folder(), lexicon, options, clock, round);
        return report;
    }
    store.runs().mark_interrupted(kCommand, clock.now());
    const auto run =
        store.runs().begin({kCommand, options.build, options.config_digest}, clock.now());
    try {
        look_at_all(store.folder(), lexicon, options, clock, round);
        report.hits = store.hits().recompute({options.min_hit_score}, clock.now());
    } catch (...) {
        store.runs().finish(run, storage::RunStatus::failed, to_counts(report), clock.now());
        throw;
    }
    const auto status = report.stopped      ? storage::RunStatus::stopped
                        : report.failed > 0 ? storage::RunStatus::done_with_failures
                                            : storage::RunStatus::done;
    store.runs().finish(run, status, to_counts(report), clock.now());
    return report;
}

}  // namespace chiptrail::pipeline
