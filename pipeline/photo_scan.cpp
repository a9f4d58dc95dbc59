#include "pipeline/photo_scan.hpp"

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

/// Everything that changes what is found, written so that no two settings look the same.
std::string describe(const vision::ScanOptions& scanner, const vision::Lexicon& lexicon) {
    std::string text;
    add_field(text, vision::reader_version());
    add_field(text,
              fmt::format("{} {} {}", scanner.max_tiles, scanner.max_lines, scanner.min_score));
    for (const auto& brand : lexicon.brands) {
        add_field(text, brand.key);
        for (const auto* list :
             {&brand.spellings, &brand.misreadings, &brand.not_in, &brand.product_lines}) {
            add_fields(text, *list);
        }
        add_field(
            text,
            fmt::format("{} {} {}", brand.match_case, brand.whole_word, brand.min_confidence));
    }
    for (const auto& model : lexicon.models) {
        add_field(text, model.name);
        add_field(text, model.brand);
        add_fields(text, model.spellings);
        add_fields(text, model.needs);
    }
    return text;
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

    void done(const core::Sha256& image, const vision::ScanResult& result) {
        const std::scoped_lock lock(mutex_);
        taken_.erase(image);
        ++report_.scanned;
        report_.with_findings += result.findings.empty() ? 0 : 1;
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

void scan_one(storage::Store& store,
              std::unique_ptr<vision::Scanner>& scanner,
              const std::function<std::unique_ptr<vision::Scanner>()>& make_scanner,
              const storage::Image& image,
              const std::string& detector,
              const core::Clock& clock,
              Work& work) {
    const auto bytes = store.blobs().get(image.blob);
    // Models load on first need: a crawl without new photos needs none.
    if (!scanner) {
        scanner = make_scanner();
    }
    const auto result = bytes ? scanner->scan(*bytes) : missing_bytes(bytes.error());
    {
        auto transaction = store.begin();
        if (bytes) {
            store.images().put(image.blob, to_image_info(result), clock.now());
        }
        store.images().save_detection(
            to_detection(result, image.blob.sha256, detector, clock.now()));
        transaction.commit();
    }
    work.done(image.blob.sha256, result);
}

}  // namespace

std::string detector_name(const vision::ScanOptions& scanner, const vision::Lexicon& lexicon) {
    return fmt::format("{}+{}",
                       vision::reader_version(),
                       core::sha256(describe(scanner, lexicon)).hex().substr(0, 16));
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
    detection.problem = result.problem;
    detection.findings = result.findings;
    return detection;
}

storage::ImageInfo to_image_info(const vision::ScanResult& result) {
    storage::ImageInfo info;
    info.width = result.width;
    info.height = result.height;
    info.format = std::string(vision::to_text(result.format));
    info.phash = result.decoded ? fmt::format("dct64:{:016x}", result.phash) : std::string();
    info.exif_json = exif_json(result.exif);
    info.problem = result.problem;
    return info;
}

PhotoScanReport scan_stored_photos(
    const std::filesystem::path& store_folder,
    const vision::Lexicon& lexicon,
    const PhotoScanOptions& options,
    const core::Clock& clock,
    const std::stop_token& stop,
    const std::function<bool()>& more,
    const std::function<void(const PhotoScanReport&, std::int64_t left)>& progress) {
    const auto detector = detector_name(options.scanner, lexicon);
    Work work(stop, more);
    const auto make_scanner = [&] {
        return std::make_unique<vision::Scanner>(options.scanner, lexicon);
    };
    const auto loop = [&] {
        try {
            storage::Store store(store_folder);
            std::unique_ptr<vision::Scanner> scanner;
            while (const auto image = work.next(store, detector)) {
                scan_one(store, scanner, make_scanner, *image, detector, clock, work);
                if (progress) {
                    progress(work.report(), store.images().count_unseen_by(detector));
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
