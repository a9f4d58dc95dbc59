#pragma once

// CrawlStore over storage/: what each answer means for posts, photos and the queue.
// Internal to pipeline/.

#include "crawler/crawl_store.hpp"
#include "extract/extractor.hpp"
#include "pipeline/crawl_run.hpp"
#include "storage/store.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace chiptrail::pipeline {

class StoredCrawl final : public crawler::CrawlStore {
public:
    /// All must outlive it. `page_read` may be empty.
    StoredCrawl(storage::Store& store,
                storage::RunId run,
                const std::vector<extract::Recipe>& sources,
                const CrawlOptions& options,
                const core::Clock& clock,
                std::function<void(const std::string&, const extract::Extraction&)> page_read);

    /// Makes the start URLs of every source due. Known ones are fetched again, with validators.
    void arm(const vision::Lexicon& lexicon);

    [[nodiscard]] std::optional<crawler::Task> take(const std::set<std::string>& busy_origins,
                                                    core::Timestamp now) override;
    [[nodiscard]] std::optional<core::Timestamp> next_due(const std::set<std::string>& busy_origins,
                                                          core::Timestamp now) override;
    void deliver(const crawler::Delivery& delivery) override;
    void set_not_before(const std::string& origin, core::Timestamp not_before) override;
    [[nodiscard]] core::Timestamp not_before(const std::string& origin) override;
    [[nodiscard]] std::optional<crawler::RobotsRecord> load_robots(
        const std::string& origin) override;
    std::int64_t save_robots(const crawler::RobotsRecord& record,
                             const std::vector<core::Exchange>& exchanges) override;

    [[nodiscard]] std::vector<SourceReport> reports() const;

private:
    struct Source {
        const extract::Recipe* recipe = nullptr;
        extract::Extractor extractor;
        SourceReport report;
        int pages_left = 0;  ///< that this run may still queue
        int images_left = 0;
        std::set<storage::PostId> seen;
        int walls = 0;  ///< login, captcha or block: pages in a row
        /// The first of each kind, for the report.
        std::string failure{};
        std::string forbidden{};
        std::map<std::int64_t, std::string> postponed{};  ///< by task
    };
    /// What a delivery changes besides its exchanges; found before the transaction begins.
    struct Reading {
        std::optional<extract::Extraction> page;
        std::optional<storage::Blob> photo;  ///< without its content coding
        storage::ImageInfo photo_info;
        std::string problem;  ///< why the last answer cannot be used; empty when it can
    };

    [[nodiscard]] Source& source_of(const std::string& name);
    [[nodiscard]] Reading read(Source& source, const crawler::Delivery& delivery);
    [[nodiscard]] Reading read_photo(const core::Exchange& exchange);
    using Bodies = std::vector<std::optional<storage::Blob>>;
    [[nodiscard]] Bodies keep_bodies(const std::vector<core::Exchange>& exchanges);
    std::vector<storage::FetchId> keep_exchanges(const std::string& source,
                                                 const std::string& task_url,
                                                 const std::vector<core::Exchange>& exchanges,
                                                 const Bodies& bodies);
    void keep_reading(Source& source,
                      const crawler::Task& task,
                      const Reading& reading,
                      const core::Exchange& exchange,
                      storage::FetchId fetch);
    void keep_page(Source& source,
                   const crawler::Task& task,
                   const extract::Extraction& page,
                   const core::Exchange& exchange,
                   storage::FetchId fetch);
    void keep_posts(Source& source,
                    const crawler::Task& task,
                    const extract::Extraction& page,
                    storage::FetchId fetch,
                    core::Timestamp seen_at);
    void queue_pages(Source& source, const crawler::Task& task, const extract::Extraction& page);
    void queue_page(Source& source, const std::string& url, const crawler::Task& from, int depth);
    static void count_post(Source& source, const storage::PostChange& change);
    void queue_images(Source& source, const core::Post& post, const crawler::Task& from);
    void queue_image(Source& source, const std::string& url, const crawler::Task& from);
    void keep_absence(Source& source,
                      const crawler::Task& task,
                      const core::Exchange& exchange,
                      storage::FetchId fetch);
    void end_task(const crawler::Delivery& delivery,
                  const Reading& reading,
                  storage::FetchId fetch);
    void count(Source& source, const crawler::Delivery& delivery, const Reading& reading);
    [[nodiscard]] static SourceReport report_of(const Source& source);
    void heed_status(Source& source, const crawler::Task& task, const extract::Extraction& page);

    storage::Store& store_;
    storage::RunId run_;
    const CrawlOptions& options_;
    const core::Clock& clock_;
    std::function<void(const std::string&, const extract::Extraction&)> page_read_;
    std::map<std::string, Source> sources_;
    std::vector<std::string> order_;
    std::set<std::string> open_;                           ///< sources that are not stopped
    std::map<std::string, std::string> source_by_origin_;  ///< who asked that origin last
    std::map<std::string, core::Timestamp> not_before_;
};

}  // namespace chiptrail::pipeline
