#include "app/brand_trial.hpp"

#include "app/opened.hpp"
#include "app/photo_files.hpp"
#include "core/file.hpp"
#include "core/result.hpp"
#include "demo/photos.hpp"
#include "vision/example_views.hpp"
#include "vision/scanner.hpp"

#include <algorithm>
#include <utility>

namespace chiptrail::app {

namespace fs = std::filesystem;

namespace {

/// A photo that is looked at for false alarms; read only when its turn comes.
struct OtherPhoto {
    std::string name;
    std::function<std::string()> read;  ///< empty when it cannot be had
    bool stored = false;
};

void add_stored(const config::Config& config, std::size_t most, std::vector<OtherPhoto>& photos) {
    std::error_code ignored;
    if (most == 0 || !fs::exists(config.data / "chiptrail.db", ignored)) {
        return;
    }
    const std::shared_ptr<storage::Store> store = open_store(config);
    // Seen by a detector of no name: all that are stored, oldest first.
    for (const auto& image : store->images().unseen_by("", most)) {
        photos.push_back({image.blob.sha256.hex(),
                          [store, blob = image.blob] {
                              return store->blobs().get(blob).value_or(std::string());
                          },
                          true});
    }
}

void add_files(const std::vector<fs::path>& paths,
               std::uint64_t max_bytes,
               std::vector<OtherPhoto>& photos) {
    for (const auto& file : find_photos(paths).files) {
        photos.push_back(
            {file.string(),
             [file, max_bytes] { return core::read_file(file, max_bytes).value_or(std::string()); },
             false});
    }
}

void add_demo(std::vector<OtherPhoto>& photos) {
    for (const auto& name : demo::photo_names()) {
        photos.push_back({"demo/" + name, [name] { return demo::draw_photo(name); }, false});
    }
}

/// The best finding of the brand; null when there is none. A model number is no mark.
const core::Finding* best_of(const vision::ScanResult& result, const std::string& brand) {
    const auto found = std::ranges::find_if(result.findings, [&](const core::Finding& finding) {
        return finding.brand == brand && finding.kind != core::FindingKind::model;
    });
    return found == result.findings.end() ? nullptr : &*found;
}

/// `lexicon` in which the brand is `brand`, without the picture `left_out` among its references.
vision::Lexicon lexicon_with(const vision::Lexicon& lexicon,
                             vision::Brand brand,
                             const std::string& left_out) {
    auto result = lexicon;
    if (brand.images.size() > 1) {
        std::erase(brand.images, left_out);
    }
    const auto known = std::ranges::find(result.brands, brand.key, &vision::Brand::key);
    if (known != result.brands.end()) {
        *known = std::move(brand);
    } else {
        result.brands.push_back(std::move(brand));
    }
    return result;
}

/// The score that keeps the most views while it drops what was found elsewhere.
double suggested_threshold(const BrandTrial& trial, double least) {
    double highest_alarm = 0;
    for (const auto& hit : trial.hits) {
        highest_alarm = std::max(highest_alarm, hit.score);
    }
    double lowest_view = 1;
    for (const auto& view : trial.views) {
        if (view.score > highest_alarm) {
            lowest_view = std::min(lowest_view, view.score);
        }
    }
    return trial.hits.empty() ? least : std::max(least, (highest_alarm + lowest_view) / 2);
}

class Trial {
public:
    Trial(const vision::Brand& brand,
          const vision::Lexicon& lexicon,
          const config::Config& config,
          const std::stop_token& stop,
          const std::function<void(std::size_t, std::size_t)>& progress)
        : brand_(brand), lexicon_(lexicon), config_(config), stop_(stop), progress_(progress) {
        result_.brand = brand.key;
    }

    void look_at_views() {
        const auto& options = config_.crawl.scan.scanner;
        const auto decoder = vision::make_picture_decoder(options.decoder, options.limits);
        for (const auto& image : brand_.images) {
            const auto bytes = core::read_file(image, options.limits.max_bytes);
            if (!bytes) {
                throw core::Error(bytes.error().detail);
            }
            auto views = vision::example_views(*bytes, *decoder);
            if (!views) {
                throw core::Error(image + ": " + views.error().detail);
            }
            total_ += views->size();
            vision::Scanner scanner(options, lexicon_with(lexicon_, brand_, image));
            for (const auto& view : *views) {
                if (stop_.stop_requested()) {
                    return;
                }
                add_view(image, view.name, scanner.scan(view.bytes));
            }
        }
    }

    void look_at(const std::vector<OtherPhoto>& photos) {
        total_ += photos.size();
        vision::Scanner scanner(config_.crawl.scan.scanner, lexicon_with(lexicon_, brand_, {}));
        for (const auto& photo : photos) {
            if (stop_.stop_requested()) {
                return;
            }
            const auto bytes = photo.read();
            const auto scanned = bytes.empty() ? vision::ScanResult{} : scanner.scan(bytes);
            add_photo(photo, scanned);
        }
    }

    BrandTrial take() {
        result_.stopped = stop_.stop_requested();
        std::ranges::stable_sort(result_.hits, std::ranges::greater(), &TrialAlarm::score);
        result_.threshold = suggested_threshold(result_, config_.crawl.scan.scanner.min_score);
        return std::move(result_);
    }

private:
    void add_view(const std::string& image,
                  const std::string& view,
                  const vision::ScanResult& scanned) {
        const auto* best = best_of(scanned, brand_.key);
        result_.views.push_back({fs::path(image).filename().string(),
                                 view,
                                 best == nullptr ? 0 : best->score,
                                 best == nullptr ? "" : best->text});
        ++result_.found.of;
        result_.found.count += best == nullptr ? 0U : 1U;
        progress_(++done_, total_);
    }

    void add_photo(const OtherPhoto& photo, const vision::ScanResult& scanned) {
        progress_(++done_, total_);
        if (!scanned.decoded) {
            ++result_.unreadable;
            return;
        }
        result_.stored += photo.stored ? 1U : 0U;
        ++result_.alarmed.of;
        if (const auto* best = best_of(scanned, brand_.key)) {
            ++result_.alarmed.count;
            result_.hits.push_back({photo.name, best->score, best->why});
        }
    }

    const vision::Brand& brand_;
    const vision::Lexicon& lexicon_;
    const config::Config& config_;
    const std::stop_token& stop_;
    const std::function<void(std::size_t, std::size_t)>& progress_;
    BrandTrial result_;
    std::size_t done_ = 0;
    std::size_t total_ = 0;
};

}  // namespace

BrandTrial try_brand(const vision::Brand& brand,
                     const vision::Lexicon& lexicon,
                     const config::Config& config,
                     const TrialOptions& options,
                     const std::stop_token& stop,
                     const std::function<void(std::size_t, std::size_t)>& progress) {
    std::vector<OtherPhoto> photos;
    add_stored(config, options.max_stored, photos);
    add_files(options.photos, config.crawl.scan.scanner.limits.max_bytes, photos);
    if (options.demo_photos) {
        add_demo(photos);
    }
    Trial trial(brand, lexicon, config, stop, progress);
    trial.look_at_views();
    trial.look_at(photos);
    return trial.take();
}

}  // namespace chiptrail::app
