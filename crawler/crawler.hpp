#pragma once

// The crawl: takes due tasks, asks robots.txt, waits for the host's turn, fetches, follows
// redirects one polite hop at a time, and delivers.

#include "core/time.hpp"
#include "crawler/crawl_store.hpp"
#include "crawler/fetcher.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

namespace chiptrail::crawler {

/// Told what happens, on the crawl thread, for progress bars and logs. Every method does
/// nothing unless overridden.
class Observer {
public:
    virtual ~Observer() = default;
    virtual void started(const Request& /*request*/) {}
    /// Each answer, redirects and robots.txt included, before it is delivered.
    virtual void answered(const core::Exchange& /*exchange*/) {}
    /// After the store has it.
    virtual void delivered(const Delivery& /*delivery*/) {}
    /// Nothing is in flight and nothing is due before `until`.
    virtual void waiting(core::Timestamp /*until*/) {}
};

class Crawler {
public:
    struct Options {
        std::string product_token = "chiptrail";  ///< looked for in robots.txt

        std::size_t max_requests = 16;  ///< at the same time, over all hosts
        std::size_t max_requests_per_host = 1;
        std::chrono::milliseconds delay_ms_per_host{1'000};  ///< from an answer to the next request
        std::chrono::milliseconds max_crawl_delay{60'000};   ///< robots.txt cannot ask for more
        int max_redirects = 10;

        int max_attempts = 4;
        std::chrono::milliseconds first_back_off{5'000};  ///< doubled by each failure, plus jitter
        std::chrono::milliseconds max_back_off{600'000};
        std::chrono::milliseconds max_retry_after{std::chrono::hours{24}};
        std::uint64_t jitter_seed = 0;

        std::chrono::milliseconds robots_lifetime{
            std::chrono::hours{24}};  ///< RFC 9309, 2.4: <= 24 h
        std::chrono::milliseconds first_robots_retry{
            30'000};  ///< when unreachable; doubled each time
        std::chrono::milliseconds max_robots_retry{std::chrono::hours{1}};

        std::string accept_page =
            "text/html,application/xhtml+xml,application/json;q=0.9,application/xml;q=0.9,*/"
            "*;q=0.8";
        std::string accept_image = "image/webp,image/png,image/jpeg,image/*;q=0.8,*/*;q=0.5";
        std::string accept_language;  ///< empty: not sent
        std::size_t max_page_bytes = std::size_t{10} * 1024 * 1024;
        std::size_t max_image_bytes = std::size_t{50} * 1024 * 1024;

        /// With nothing due sooner than this, run() ends and says when to come again.
        std::chrono::milliseconds max_idle{120'000};
        /// Requests in flight have this long to finish after a stop is asked for.
        std::chrono::milliseconds stop_grace{700};
    };

    struct Report {
        std::int64_t requests = 0;  ///< sent, redirects and robots.txt included
        std::int64_t pages = 0;     ///< delivered as fetched
        std::int64_t images = 0;
        std::int64_t not_modified = 0;
        std::int64_t robots_files = 0;
        std::int64_t redirects = 0;
        std::int64_t forbidden = 0;
        std::int64_t retries = 0;
        std::int64_t gave_up = 0;
        std::int64_t truncated = 0;
        std::int64_t body_bytes = 0;  ///< as received
        std::chrono::milliseconds elapsed{0};
        bool stopped = false;                     ///< because a stop was asked for
        std::optional<core::Timestamp> next_due;  ///< work is left, but not before this
    };

    /// All must outlive the crawler.
    Crawler(Fetcher& fetcher,
            CrawlStore& store,
            const core::Clock& clock,
            Options options,
            Observer* observer = nullptr);

    /// Until nothing is left, nothing is due within `max_idle`, or a stop is asked for; then
    /// tasks that were not finished stay with the store. Throws what the store throws.
    [[nodiscard]] Report run(const std::stop_token& stop);

private:
    Fetcher& fetcher_;
    CrawlStore& store_;
    const core::Clock& clock_;
    Options options_;
    Observer* observer_;
};

}  // namespace chiptrail::crawler
