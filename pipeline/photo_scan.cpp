#include "pipeline/photo_scan.hpp"

#include "pipeline/detection_diff.hpp"
#include "vision/brand_references.hpp"
#include "vision/picture_decoder.hpp"
#include "vision/same_photo.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace chiptrail::pipeline {

namespace {

constexpr auto kPoll = std::chrono::milliseconds{200};

void add_field(std::string& text, std::string_view field) {
    text += fmt::format("{}:{}\n", field.size(), field);
}

void add_fields(std::string& text, const std::vector<std::string>& fields) {
    text += fmt::format("[{}\n", fields.size());
    for (const auto& field : fields) {
        add_field(text, field);
    }
}

/// Written so that no two lexicons look the same.
std::string describe(const vision::Lexicon& lexicon) {
    std::string text;
    for (const auto& brand : lexicon.brands) {
        add_field(text, brand.key);
        add_field(text, brand.name);
        for (const auto* list : {&brand.spellings,
                                 &brand.misreadings,
                                 &brand.not_in,
                                 &brand.product_lines,
                                 &brand.companions}) {
            add_fields(text, *list);
        }
        add_field(
            text,
            fmt::format("{} {} {}", brand.match_case, brand.whole_word, brand.min_confidence));
    }
    for (const auto& model : lexicon.models) {
        add_field(text, model.name);
        add_field(text, model.brand);
        add_field(text, model.control);
        add_fields(text, model.spellings);
        add_fields(text, model.needs);
    }
    for (const auto& family : lexicon.families) {
        add_field(text, family.name);
        add_field(text, family.brand);
        add_field(text, family.accelerators ? "all" : "some");
        add_fields(text, family.patterns);
        add_fields(text, family.with_vendor);
        for (const auto& meaning : family.meanings) {
            add_fields(text,
                       {meaning.part,
                        meaning.value,
                        meaning.meaning,
                        meaning.accelerators ? "accelerators" : ""});
        }
    }
    add_field(text, vision::brand_pictures_digest(lexicon));
    return text;
}

std::string settings_json(const vision::ScanOptions& scanner) {
    return nlohmann::json{{"max_tiles", scanner.max_tiles},
                          {"max_lines", scanner.max_lines},
                          {"min_score", scanner.min_score},
                          {"find_marks", scanner.find_marks},
                          {"max_bytes", scanner.limits.max_bytes},
                          {"max_pixels", scanner.limits.max_pixels},
                          {"max_side", scanner.limits.max_side},
                          {"max_frames", scanner.limits.max_frames}}
        .dump();
}

std::string exif_json(const vision::Exif& exif) {
    if (exif.empty()) {
        return {};
    }
    nlohmann::json json = nlohmann::json::object();
    const auto put = [&json](const char* name, const std::string& value) {
        if (!value.empty()) {
            json[name] = value;
        }
    };
    put("taken_at", exif.taken_at);
    put("make", exif.make);
    put("model", exif.model);
    put("software", exif.software);
    if (exif.latitude && exif.longitude) {
        json["latitude"] = *exif.latitude;
        json["longitude"] = *exif.longitude;
    }
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string stages_json(const vision::ScanResult& result) {
    return nlohmann::json{{"decode_us", result.times.decode.count()},
                          {"detect_us", result.times.detect.count()},
                          {"recognise_us", result.times.recognise.count()},
                          {"match_us", result.times.match.count()},
                          {"readings", result.readings.size()}}
        .dump();
}

/// What the workers share: which photos are taken, what was done, who failed.
class Work {
public:
    Work(const std::stop_token& stop, const std::function<bool()>& more)
        : stop_(stop), more_(more) {}

    /// The next photo that no worker has; waits while there may be more. nullopt: all done.
    std::optional<storage::Image> next(storage::Store& store, const std::string& detector) {
        while (!stop_.stop_requested()) {
            // Asked before looking, so that a photo stored just before the end is still seen.
            const bool more = more_();
            {
                const std::scoped_lock lock(mutex_);
                if (failure_) {
                    return std::nullopt;
                }
                for (const auto& image : store.images().unseen_by(detector, taken_.size() + 1)) {
                    if (taken_.insert(image.blob.sha256).second) {
                        return image;
                    }
                }
            }
            if (!more) {
                return std::nullopt;
            }
            std::this_thread::sleep_for(kPoll);
        }
        return std::nullopt;
    }

    void done(const core::Sha256& image, const PhotoLook::Looked& looked) {
        const std::scoped_lock lock(mutex_);
        const auto& result = looked.result;
        taken_.erase(image);
        ++report_.scanned;
        report_.copied += looked.detection.copied_from ? 1 : 0;
        report_.with_findings += looked.detection.findings.empty() ? 0 : 1;
        report_.failed += result.decoded ? 0 : 1;
        report_.seconds += result.seconds;
    }

    void fail(std::exception_ptr failure) {
        const std::scoped_lock lock(mutex_);
        if (!failure_) {
            failure_ = std::move(failure);
        }
    }

    [[nodiscard]] PhotoScanReport report() const {
        const std::scoped_lock lock(mutex_);
        return report_;
    }

    void rethrow() const {
        if (failure_) {
            std::rethrow_exception(failure_);
        }
    }

private:
    const std::stop_token& stop_;
    const std::function<bool()>& more_;
    mutable std::mutex mutex_;
    std::set<core::Sha256> taken_;
    PhotoScanReport report_;
    std::exception_ptr failure_;
};

/// A photo whose bytes are gone from the blob store cannot be looked at, and says so.
vision::ScanResult missing_bytes(const core::Failure& failure) {
    vision::ScanResult result;
    result.problem = failure.detail;
    return result;
}

}  // namespace

storage::Detector describe_detector(const vision::ScanOptions& scanner,
                                    const vision::Lexicon& lexicon,
                                    const std::string& build) {
    constexpr std::size_t kDigits = 16;
    storage::Detector detector;
    detector.reader = vision::reader_version();
    detector.models_digest = vision::weights_digest(scanner.models);
    detector.lexicon_digest = core::sha256(describe(lexicon)).hex();
    detector.settings_json = settings_json(scanner);
    detector.build = build;
    std::string all;
    for (const auto* field : {&detector.reader,
                              &detector.models_digest,
                              &detector.lexicon_digest,
                              &detector.settings_json}) {
        add_field(all, *field);
    }
    detector.name =
        fmt::format("{}+{}", detector.reader, core::sha256(all).hex().substr(0, kDigits));
    return detector;
}

std::string detector_name(const vision::ScanOptions& scanner, const vision::Lexicon& lexicon) {
    return describe_detector(scanner, lexicon, {}).name;
}

storage::Detection to_detection(const vision::ScanResult& result,
                                const core::Sha256& image,
                                const std::string& detector,
                                core::Timestamp at) {
    storage::Detection detection;
    detection.image = image;
    detection.detector = detector;
    detection.at = at;
    detection.seconds = result.seconds;
    detection.stages_json = stages_json(result);
    // A photo that is cut short but was looked at counts; its own row says what is missing.
    detection.problem = result.looked_at ? std::string() : result.problem;
    detection.findings = result.findings;
    return detection;
}

storage::ImageInfo to_image_info(const vision::ScanResult& result) {
    storage::ImageInfo info;
    info.width = result.width;
    info.height = result.height;
    info.format = std::string(vision::to_text(result.format));
    info.phash = result.pdq ? result.pdq->text() : std::string();
    info.exif_json = exif_json(result.exif);
    info.problem = result.problem;
    return info;
}

struct PhotoLook::State {
    State(const std::filesystem::path& folder,
          const vision::Lexicon& words,
          const PhotoScanOptions& given,
          const core::Clock& now)
        : store(folder),
          lexicon(words),
          options(given),
          clock(now),
          detector(describe_detector(given.scanner, words, given.build)) {}

    struct Copy {
        storage::NearPhoto photo;
        storage::Detection detection;
    };

    vision::PictureDecoder& decoder();
    [[nodiscard]] bool is_same(const std::string& bytes, const storage::Image& other);
    [[nodiscard]] std::optional<Copy> seen_before(const storage::Image& image,
                                                  const std::string& bytes,
                                                  const vision::ScanResult& result);
    [[nodiscard]] storage::Detection copied(const Copy& copy,
                                            const core::Sha256& image,
                                            vision::Size to) const;
    void pass_on(const storage::Image& image,
                 const std::string& bytes,
                 const vision::ScanResult& result,
                 const storage::Detection& detection);

    storage::Store store;
    const vision::Lexicon& lexicon;
    const PhotoScanOptions& options;
    const core::Clock& clock;
    storage::Detector detector;
    bool described = false;
    std::unique_ptr<vision::Scanner> scanner;
    std::unique_ptr<vision::PictureDecoder> comparing;
};

namespace {

/// More copies of one photo than this are read on their own.
constexpr std::size_t kMaxCopies = 200;
/// A copy a few pixels larger by rounding shows nothing more.
constexpr double kAsLarge = 0.98;

vision::Size size_of(const storage::Image& image) {
    return {image.info.width, image.info.height};
}

/// Another version of the same answer by the same detector would tell nobody anything.
bool says_the_same(const storage::Detection& before, const storage::Detection& now) {
    const auto source = [](const storage::Detection& detection) {
        return detection.copied_from ? std::optional(detection.copied_from->detection)
                                     : std::nullopt;
    };
    return before.detector == now.detector && before.problem == now.problem &&
           source(before) == source(now) && compare(before.findings, now.findings).empty();
}

bool is_as_large(vision::Size one, vision::Size as) {
    return one.width >= as.width * kAsLarge && one.height >= as.height * kAsLarge;
}

}  // namespace

vision::PictureDecoder& PhotoLook::State::decoder() {
    if (!comparing) {
        comparing = vision::make_picture_decoder(options.scanner.decoder, options.scanner.limits);
    }
    return *comparing;
}

bool PhotoLook::State::is_same(const std::string& bytes, const storage::Image& other) {
    const auto others = store.blobs().get(other.blob);
    if (!others) {
        return false;
    }
    const auto likeness = vision::compare_photos(bytes, *others, decoder());
    return likeness && likeness->same;
}

/// What today's detector found on the same photo, this large or larger.
std::optional<PhotoLook::State::Copy> PhotoLook::State::seen_before(
    const storage::Image& image, const std::string& bytes, const vision::ScanResult& result) {
    // A damaged file may lack the very part that shows a mark; its looks are its own.
    if (!result.pdq || !result.problem.empty()) {
        return std::nullopt;
    }
    for (const auto& near : store.same_photos().near(*result.pdq, options.same_photo, kMaxCopies)) {
        if (near.image.blob.sha256 == image.blob.sha256 || !near.image.info.problem.empty() ||
            !is_as_large(size_of(near.image), {result.width, result.height})) {
            continue;
        }
        auto detection = store.images().newest_detection(near.image.blob.sha256);
        if (detection && detection->detector == detector.name && detection->problem.empty() &&
            !detection->copied_from && is_same(bytes, near.image)) {
            return Copy{near, std::move(*detection)};
        }
    }
    return std::nullopt;
}

storage::Detection PhotoLook::State::copied(const Copy& copy,
                                            const core::Sha256& image,
                                            vision::Size to) const {
    storage::Detection detection;
    detection.image = image;
    detection.detector = detector.name;
    detection.at = clock.now();
    detection.findings = vision::scaled(copy.detection.findings, size_of(copy.photo.image), to);
    detection.copied_from =
        storage::CopiedFrom{copy.detection.id, copy.photo.image.blob.sha256, copy.photo.distance};
    return detection;
}

/// The order in which copies come must not decide what is found on them.
void PhotoLook::State::pass_on(const storage::Image& image,
                               const std::string& bytes,
                               const vision::ScanResult& result,
                               const storage::Detection& detection) {
    if (!result.pdq || !result.looked_at || !result.problem.empty()) {
        return;
    }
    auto original = image;
    original.info = to_image_info(result);
    for (const auto& near :
         store.same_photos().near(image.blob.sha256, options.same_photo, kMaxCopies)) {
        const auto seen = store.images().newest_detection(near.image.blob.sha256);
        const bool smaller = !is_as_large(size_of(near.image), size_of(original));
        if (!smaller || !seen || seen->detector != detector.name ||
            !near.image.info.problem.empty() ||
            (seen->copied_from && seen->copied_from->detection == detection.id) ||
            !is_same(bytes, near.image)) {
            continue;
        }
        store.images().save_detection(copied(
            {{original, near.distance}, detection}, near.image.blob.sha256, size_of(near.image)));
    }
}

PhotoLook::PhotoLook(const std::filesystem::path& store_folder,
                     const vision::Lexicon& lexicon,
                     const PhotoScanOptions& options,
                     const core::Clock& clock)
    : state_(std::make_unique<State>(store_folder, lexicon, options, clock)) {}

PhotoLook::~PhotoLook() = default;

storage::Store& PhotoLook::store() {
    return state_->store;
}

const std::string& PhotoLook::detector() const {
    return state_->detector.name;
}

PhotoLook::Looked PhotoLook::look(const storage::Image& image, Keep keep) {
    auto& store = state_->store;
    const auto bytes = store.blobs().get(image.blob);
    // Models load on first need: a crawl without new photos needs none.
    if (!state_->scanner) {
        state_->scanner =
            std::make_unique<vision::Scanner>(state_->options.scanner, state_->lexicon);
    }
    std::optional<State::Copy> copy;
    const auto wanted = [&](const vision::ScanResult& so_far) {
        copy = state_->seen_before(image, *bytes, so_far);
        return !copy;
    };
    Looked looked;
    looked.result = bytes ? state_->scanner->scan(*bytes, wanted) : missing_bytes(bytes.error());
    auto& result = looked.result;
    looked.detection =
        copy ? state_->copied(*copy, image.blob.sha256, {result.width, result.height})
             : to_detection(result, image.blob.sha256, state_->detector.name, state_->clock.now());
    looked.detection.seconds = result.seconds;
    if (keep == Keep::no) {
        return looked;
    }
    {
        auto transaction = store.begin();
        if (!state_->described) {
            store.images().describe_detector(state_->detector, state_->clock.now());
        }
        if (bytes) {
            store.images().put(image.blob, to_image_info(result), state_->clock.now());
        }
        auto before = store.images().newest_detection(image.blob.sha256);
        if (before && says_the_same(*before, looked.detection)) {
            looked.detection = std::move(*before);
        } else {
            looked.detection.id = store.images().save_detection(looked.detection);
        }
        transaction.commit();
    }
    state_->described = true;
    if (bytes) {
        state_->pass_on(image, *bytes, result, looked.detection);
    }
    return looked;
}

PhotoScanReport scan_stored_photos(
    const std::filesystem::path& store_folder,
    const vision::Lexicon& lexicon,
    const PhotoScanOptions& options,
    const core::Clock& clock,
    const std::stop_token& stop,
    const std::function<bool()>& more,
    const std::function<void(const PhotoScanReport&, std::int64_t left)>& progress) {
    Work work(stop, more);
    const auto loop = [&] {
        try {
            PhotoLook look(store_folder, lexicon, options, clock);
            auto& images = look.store().images();
            while (const auto image = work.next(look.store(), look.detector())) {
                work.done(image->blob.sha256, look.look(*image, PhotoLook::Keep::yes));
                if (progress) {
                    progress(work.report(), images.count_unseen_by(look.detector()));
                }
            }
        } catch (...) {
            work.fail(std::current_exception());
        }
    };
    std::vector<std::jthread> workers;
    for (int i = 1; i < std::max(1, options.workers); ++i) {
        workers.emplace_back(loop);
    }
    loop();
    workers.clear();  // Joins.
    work.rethrow();
    return work.report();
}

}  // namespace chiptrail::pipeline
