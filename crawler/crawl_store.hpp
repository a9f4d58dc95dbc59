#pragma once

// The memory of a crawl, as the crawler needs it. pipeline/ implements it over storage/;
// tests have one in memory. What is delivered here is what survives a crash.

#include "core/http.hpp"
#include "core/time.hpp"
#include "core/url.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace chiptrail::crawler {

/// One URL to fetch for one source.
struct Task {
    std::int64_t id = 0;
    std::string source;
    core::Url url;
    core::Exchange::Purpose purpose = core::Exchange::Purpose::page;
    int depth = 0;           ///< links away from a start URL
    std::string referrer{};  ///< URL of the page that named it; empty for a start URL
    int attempts = 0;        ///< that failed before this one
    std::string etag{};      ///< validators of the stored copy; empty when there is none
    std::string last_modified{};
};

/// What became of one task.
struct Delivery {
    enum class Outcome {
        fetched,    ///< a final answer came, of any status that will not be retried, 304 included
        retry,      ///< to be taken again at `retry_at`
        gave_up,    ///< failed too often, or in a way that time does not mend
        forbidden,  ///< robots.txt closes it: no request was sent; the one exchange says why
    };
    Task task;
    Outcome outcome = Outcome::fetched;
    std::vector<core::Exchange> exchanges;  ///< redirects in order, the final one last; never empty
    core::Timestamp retry_at{};
};

/// One origin's robots.txt as last seen.
struct RobotsRecord {
    std::string origin;
    core::RobotsDecision::Basis basis = core::RobotsDecision::Basis::no_file;
    std::string body;  ///< decoded, cut at 500 KiB; only when basis is `rule`
    core::Timestamp expires_at{};
    std::optional<std::int64_t> fetch{};  ///< the stored exchange it came from
};

/// Called from the crawl thread alone. Each call is durable when it returns and happens
/// whole or not at all. Throws core::Error when that promise cannot be kept.
class CrawlStore {
public:
    virtual ~CrawlStore() = default;

    /// The most urgent task that is due at `now`, whose origin is not in `busy_origins` and not
    /// held back by set_not_before(), and whose source has budget left.
    /// The task stays stored until its delivery, so a crash loses nothing; one store object
    /// hands it out once. What a stopped run did not deliver, the next store object hands out.
    [[nodiscard]] virtual std::optional<Task> take(const std::set<std::string>& busy_origins,
                                                   core::Timestamp now) = 0;
    /// When take() can next have something if nothing is delivered before; nullopt: never.
    [[nodiscard]] virtual std::optional<core::Timestamp> next_due(
        const std::set<std::string>& busy_origins, core::Timestamp now) = 0;

    /// Stores the exchanges, whatever was extracted from the last one and the new tasks that
    /// follow from it, and closes or re-queues the task: one transaction.
    virtual void deliver(const Delivery& delivery) = 0;

    /// No request to `origin` before `not_before`: the host's delay, Retry-After, back-off.
    /// Called after every request, so it may become durable as late as the next deliver() or
    /// save_robots(). The later of two values stands.
    virtual void set_not_before(const std::string& origin, core::Timestamp not_before) = 0;
    /// What set_not_before() left, from an earlier run too; the epoch when there is nothing.
    [[nodiscard]] virtual core::Timestamp not_before(const std::string& origin) = 0;

    [[nodiscard]] virtual std::optional<RobotsRecord> load_robots(const std::string& origin) = 0;
    /// Stores the exchanges too and returns the id of the last one.
    virtual std::int64_t save_robots(const RobotsRecord& record,
                                     const std::vector<core::Exchange>& exchanges) = 0;
};

}  // namespace chiptrail::crawler
