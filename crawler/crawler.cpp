#include "crawler/crawler.hpp"

#include "core/text.hpp"
#include "crawler/content_coding.hpp"
#include "crawler/robots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace chiptrail::crawler {

namespace {

using core::Exchange;
using core::Failure;
using core::RobotsDecision;
using core::Timestamp;
using core::Url;
using std::chrono::milliseconds;
using Basis = RobotsDecision::Basis;

constexpr std::size_t kMaxRobotsRedirects = 5;  // RFC 9309, 2.3.1.2
constexpr std::size_t kJobsPerRequest = 4;      ///< jobs may wait for their host, slots may not
constexpr std::size_t kMaxIdleHosts = 1'000;
/// A coded robots.txt may be this large before only its first 500 KiB are read.
constexpr std::size_t kMaxRobotsInflated = std::size_t{8} * 1024 * 1024;
constexpr milliseconds kLongestWait = std::chrono::hours(1);

/// One task on its way, or one robots.txt.
struct Job {
    std::optional<Task> task;  ///< none: this fetches the robots.txt of `robots_of`
    std::string robots_of;
    Url url;  ///< of the next request: changes with every redirect
    RobotsDecision decision;
    std::vector<Exchange> exchanges;
};

struct Robots {
    Basis basis = Basis::unreachable;
    RobotsPolicy policy;
    Timestamp expires_at{};
    std::optional<std::int64_t> fetch;
    std::optional<Failure> failure;  ///< why it is unreachable, where this run saw it
};

struct Host {
    Timestamp not_before{};
    std::size_t in_flight = 0;
    int failures = 0;         ///< in a row, of any request
    int robots_failures = 0;  ///< in a row
    bool asking_robots = false;
    std::optional<Robots> robots;
    std::deque<std::unique_ptr<Job>> waiting;
};

bool is_redirect(const Exchange& exchange) {
    constexpr std::array<int, 5> kStatuses = {301, 302, 303, 307, 308};
    return !exchange.failure && std::ranges::find(kStatuses, exchange.status) != kStatuses.end() &&
           core::find_header(exchange.response_headers, "location").has_value();
}

/// The host as a whole is in trouble or asks for rest.
bool is_host_trouble(const Exchange& exchange) {
    if (exchange.failure) {
        return exchange.failure->kind == Failure::Kind::timed_out ||
               exchange.failure->kind == Failure::Kind::unreachable;
    }
    return exchange.status == 429 || exchange.status == 503;
}

/// Not 501 and 505: a server that cannot do it will not learn it. Beyond 599 are private codes
/// such as LinkedIn's 999, which mean no.
bool is_worth_a_retry(const Exchange& exchange) {
    const int status = exchange.status;
    const bool is_server_error = status >= 500 && status <= 599 && status != 501 && status != 505;
    return is_host_trouble(exchange) ||
           (!exchange.failure && (is_server_error || status == 408 || status == 425));
}

/// Seconds or a date (RFC 9110, 10.2.3), from `now`; nullopt when absent or unreadable.
std::optional<milliseconds> retry_after(const Exchange& exchange, Timestamp now) {
    const auto value = core::find_header(exchange.response_headers, "retry-after");
    if (!value) {
        return std::nullopt;
    }
    const auto text = core::trim(*value);
    std::int64_t seconds = 0;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, seconds);
    if (read.ec == std::errc{} && read.ptr == end && seconds >= 0) {
        constexpr std::int64_t kYear = 31'536'000;
        return milliseconds(std::min(seconds, kYear) * 1'000);
    }
    const auto date = core::parse_http_date(text);
    return date ? std::optional(std::max(*date - now, milliseconds(0))) : std::nullopt;
}

/// What a browser would tell (Referrer Policy, strict-origin-when-cross-origin): some photo
/// hosts answer nobody who says nothing.
std::optional<std::string> referer(const Task& task, const Url& url) {
    const auto from = Url::parse(task.referrer);
    if (!from || (from->scheme() == "https" && url.scheme() == "http")) {
        return std::nullopt;
    }
    const bool same = from->origin() == url.origin();
    return from->origin() + (same ? from->target() : std::string("/"));
}

class Run {
public:
    Run(Fetcher& fetcher,
        CrawlStore& store,
        const core::Clock& clock,
        const Crawler::Options& options,
        Observer& observer)
        : fetcher_(fetcher),
          store_(store),
          clock_(clock),
          options_(options),
          observer_(observer),
          random_(options.jitter_seed) {}

    Crawler::Report run(const std::stop_token& stop) {
        const auto started = clock_.steady_now();
        const std::stop_callback wake(stop, [this] { fetcher_.wake(); });
        while (!stop.stop_requested()) {
            take_tasks();
            const auto until = next_event();
            if (flights_.empty() && !is_worth_waiting(until)) {
                break;
            }
            wait_until(until.value_or(clock_.now() + kLongestWait));
            drop_idle_hosts();
        }
        report_.stopped = stop.stop_requested();
        finish_in_flight();
        report_.elapsed = std::chrono::duration_cast<milliseconds>(clock_.steady_now() - started);
        return report_;
    }

private:
    // --- taking and starting ----------------------------------------------------------------

    void take_tasks() {
        start_waiting();
        while (has_room()) {
            auto task = store_.take(busy_origins(), clock_.now());
            if (!task) {
                return;
            }
            auto job = std::make_unique<Job>(Job{std::nullopt, {}, task->url, {}, {}});
            job->task = std::move(*task);
            start_ready(enqueue(std::move(job)));
        }
    }

    [[nodiscard]] bool has_room() const {
        return flights_.size() < options_.max_requests &&
               flights_.size() + waiting_ < options_.max_requests * kJobsPerRequest;
    }

    [[nodiscard]] std::set<std::string> busy_origins() const {
        std::set<std::string> busy;
        for (const auto& [origin, host] : hosts_) {
            if (host.asking_robots ||
                host.in_flight + host.waiting.size() >= options_.max_requests_per_host) {
                busy.insert(origin);
            }
        }
        return busy;
    }

    Host& host_of(const std::string& origin) {
        const auto [place, is_new] = hosts_.try_emplace(origin);
        Host& host = place->second;
        if (is_new) {
            host.not_before = store_.not_before(origin);
            if (auto record = store_.load_robots(origin)) {
                host.robots = Robots{record->basis,
                                     RobotsPolicy::parse(record->body, options_.product_token),
                                     record->expires_at,
                                     record->fetch,
                                     std::nullopt};
            }
        }
        return host;
    }

    std::string enqueue(std::unique_ptr<Job> job) {
        auto origin = job->url.origin();
        auto& waiting = host_of(origin).waiting;
        // Whole hosts wait for a robots.txt, so it does not queue behind pages.
        waiting.insert(job->task ? waiting.end() : waiting.begin(), std::move(job));
        ++waiting_;
        return origin;
    }

    void start_waiting() {
        std::vector<std::string> origins;
        for (const auto& [origin, host] : hosts_) {
            if (!host.waiting.empty()) {
                origins.push_back(origin);
            }
        }
        for (const auto& origin : origins) {
            start_ready(origin);
        }
    }

    /// Starts, refuses or leaves in the queue what waits for `origin`.
    void start_ready(const std::string& origin) {
        Host& host = host_of(origin);
        while (!host.waiting.empty()) {
            Job& job = *host.waiting.front();
            if (job.task && !knows_robots(origin, host)) {
                if (host.waiting.front().get() == &job) {
                    return;  // The file is being fetched, perhaps from another host.
                }
                continue;
            }
            job.decision = job.task ? decide(*host.robots, job.url) : RobotsDecision{};
            if (!job.decision.allowed) {
                refuse(pop(host), host);
            } else if (may_send(host)) {
                send(pop(host), host);
            } else {
                return;
            }
        }
    }

    std::unique_ptr<Job> pop(Host& host) {
        auto job = std::move(host.waiting.front());
        host.waiting.pop_front();
        --waiting_;
        return job;
    }

    [[nodiscard]] bool may_send(const Host& host) const {
        return flights_.size() < options_.max_requests &&
               host.in_flight < options_.max_requests_per_host && host.not_before <= clock_.now();
    }

    void send(std::unique_ptr<Job> job, Host& host) {
        const auto request = make_request(*job);
        observer_.started(request);
        ++report_.requests;
        ++host.in_flight;
        flights_.emplace(fetcher_.start(request), std::move(job));
    }

    [[nodiscard]] Request make_request(const Job& job) const {
        Request request{.url = job.url};
        if (!job.task) {
            request.purpose = Exchange::Purpose::robots;
            request.headers = {{"Accept", "text/plain,*/*;q=0.5"}};
            request.max_body_bytes = RobotsPolicy::kMaxBytes;
            return request;
        }
        const auto& task = *job.task;
        const bool is_image = task.purpose == Exchange::Purpose::image;
        request.purpose = task.purpose;
        request.max_body_bytes = is_image ? options_.max_image_bytes : options_.max_page_bytes;
        request.headers = {{"Accept", is_image ? options_.accept_image : options_.accept_page}};
        if (!options_.accept_language.empty()) {
            request.headers.push_back({"Accept-Language", options_.accept_language});
        }
        if (auto from = referer(task, job.url)) {
            request.headers.push_back({"Referer", std::move(*from)});
        }
        if (!task.etag.empty()) {
            request.headers.push_back({"If-None-Match", task.etag});
        }
        // An ETag names a content, so it serves after a redirect too; a date does not.
        if (!task.last_modified.empty() && job.exchanges.empty()) {
            request.headers.push_back({"If-Modified-Since", task.last_modified});
        }
        return request;
    }

    // --- waiting ----------------------------------------------------------------------------

    /// When something can be started that cannot be now; nullopt: when an answer comes, or never.
    std::optional<Timestamp> next_event() {
        std::optional<Timestamp> next;
        if (flights_.size() >= options_.max_requests) {
            return next;
        }
        for (const auto& [origin, host] : hosts_) {
            const bool needs_time_only = !host.waiting.empty() &&
                                         host.in_flight < options_.max_requests_per_host &&
                                         (!host.asking_robots || !host.waiting.front()->task);
            if (needs_time_only && (!next || host.not_before < *next)) {
                next = host.not_before;
            }
        }
        const auto due = has_room() ? store_.next_due(busy_origins(), clock_.now()) : std::nullopt;
        return due && (!next || *due < *next) ? due : next;
    }

    /// Asked when nothing is in flight.
    bool is_worth_waiting(const std::optional<Timestamp>& until) {
        if (!until) {
            return false;
        }
        if (*until > clock_.now() + options_.max_idle) {
            report_.next_due = until;
            return false;
        }
        observer_.waiting(*until);
        return true;
    }

    void wait_until(Timestamp until) {
        // A millisecond at least: a store whose next_due() is in the past must not make us spin.
        const auto timeout = std::clamp(until - clock_.now(), milliseconds(1), kLongestWait);
        for (auto& completion : fetcher_.wait(timeout)) {
            finish(completion);
        }
    }

    /// After a stop, answers that come within the grace are delivered; the rest is dropped
    /// unseen, and its tasks are still the store's.
    void finish_in_flight() {
        const auto deadline = clock_.steady_now() + options_.stop_grace;
        while (!flights_.empty() && clock_.steady_now() < deadline) {
            const auto left =
                std::chrono::duration_cast<milliseconds>(deadline - clock_.steady_now());
            for (auto& completion : fetcher_.wait(std::max(left, milliseconds(1)))) {
                finish(completion);
            }
        }
        fetcher_.abort_all();
        flights_.clear();
    }

    void drop_idle_hosts() {
        if (hosts_.size() <= kMaxIdleHosts) {
            return;
        }
        std::erase_if(hosts_, [now = clock_.now()](const auto& entry) {
            const Host& host = entry.second;
            return host.in_flight == 0 && host.waiting.empty() && !host.asking_robots &&
                   host.not_before <= now;
        });
    }

    // --- robots.txt -------------------------------------------------------------------------

    /// False when it must be fetched first; then a job for that is queued or under way.
    bool knows_robots(const std::string& origin, Host& host) {
        if (host.robots && host.robots->expires_at > clock_.now()) {
            return true;
        }
        if (!host.asking_robots) {
            host.asking_robots = true;
            const auto url = Url::parse(origin + "/robots.txt");
            enqueue(std::make_unique<Job>(Job{std::nullopt, origin, url.value(), {}, {}}));
        }
        return false;
    }

    static RobotsDecision decide(const Robots& robots, const Url& url) {
        RobotsDecision decision;
        decision.basis = robots.basis;
        decision.fetch = robots.fetch;
        if (robots.basis == Basis::unreachable) {
            decision.allowed = false;
        } else if (robots.basis == Basis::rule) {
            const auto verdict = robots.policy.check(url.target());
            decision.allowed = verdict.allowed;
            decision.line = static_cast<int>(verdict.line);
            decision.rule = verdict.rule;
            decision.basis = verdict.line == 0 ? Basis::no_rule : Basis::rule;
        }
        return decision;
    }

    /// Delivers what robots.txt closes; nothing is sent.
    void refuse(std::unique_ptr<Job> job, const Host& host) {
        Exchange exchange;
        exchange.url = job->url.without_fragment();
        exchange.purpose = job->task->purpose;
        exchange.requested_at = clock_.now();
        exchange.robots = job->decision;
        const auto& robots = *host.robots;
        if (job->decision.basis != Basis::unreachable) {
            exchange.failure = Failure{Failure::Kind::refused,
                                       fmt::format("{}: closed by line {} of {}/robots.txt: {}",
                                                   exchange.url,
                                                   job->decision.line,
                                                   job->url.origin(),
                                                   job->decision.rule)};
            job->exchanges.push_back(std::move(exchange));
            deliver(std::move(job), Delivery::Outcome::forbidden);
            return;
        }
        exchange.failure = Failure{
            Failure::Kind::refused,
            fmt::format("{}: {}/robots.txt could not be had, so nothing may be fetched there yet "
                        "(RFC 9309, 2.3.1.4){}{}",
                        exchange.url,
                        job->url.origin(),
                        robots.failure ? ": " : "",
                        robots.failure ? robots.failure->detail : "")};
        job->exchanges.push_back(std::move(exchange));
        const bool for_good = robots.failure && robots.failure->kind == Failure::Kind::refused;
        const auto wait = std::max(back_off(job->task->attempts), robots.expires_at - clock_.now());
        retry_or_give_up(std::move(job), wait, for_good);
    }

    void finish_robots(std::unique_ptr<Job> job) {
        const Exchange& last = job->exchanges.back();
        if (is_redirect(last) && job->exchanges.size() <= kMaxRobotsRedirects) {
            const auto location = *core::find_header(last.response_headers, "location");
            if (auto next = Url::parse(location, job->url)) {
                job->url = std::move(*next);
                ++report_.redirects;
                enqueue(std::move(job));
                return;
            }
        }
        ++report_.robots_files;
        Host& host = host_of(job->robots_of);
        host.asking_robots = false;
        host.robots = store_robots(*job, host);
        hold(job->robots_of, host, clock_.now() + usual_pause(host));
    }

    Robots store_robots(const Job& job, Host& host) {
        const Exchange& last = job.exchanges.back();
        RobotsRecord record;
        record.origin = job.robots_of;
        record.basis = basis_of(last);
        if (record.basis == Basis::rule) {
            auto decoded = decode(last.body, last.response_headers, kMaxRobotsInflated);
            if (decoded) {
                record.body = decoded->body.substr(0, RobotsPolicy::kMaxBytes);
            } else {
                record.basis = Basis::unreachable;
            }
        }
        const bool failed = record.basis == Basis::unreachable;
        host.robots_failures = failed ? host.robots_failures + 1 : 0;
        record.expires_at =
            clock_.now() +
            (failed ? robots_retry(last, host.robots_failures)
                    : std::min<milliseconds>(options_.robots_lifetime, std::chrono::hours(24)));
        record.fetch = store_.save_robots(record, job.exchanges);
        return Robots{record.basis,
                      RobotsPolicy::parse(record.body, options_.product_token),
                      record.expires_at,
                      record.fetch,
                      failed ? failure_of(last) : std::nullopt};
    }

    /// RFC 9309, 2.3.1. 429 is a 4xx, but "too many requests" is no invitation to send more.
    static Basis basis_of(const Exchange& exchange) {
        if (exchange.failure || exchange.status == 429 || exchange.status < 200 ||
            exchange.status >= 500) {
            return Basis::unreachable;
        }
        return exchange.status < 300 ? Basis::rule : Basis::no_file;
    }

    static std::optional<Failure> failure_of(const Exchange& exchange) {
        if (exchange.failure) {
            return exchange.failure;
        }
        return Failure{Failure::Kind::unreachable,
                       fmt::format("it answered with status {}", exchange.status)};
    }

    milliseconds robots_retry(const Exchange& exchange, int failures) const {
        const auto doubled =
            double_up(options_.first_robots_retry, options_.max_robots_retry, failures - 1);
        const auto asked = retry_after(exchange, clock_.now()).value_or(milliseconds(0));
        return std::max(doubled, std::min(asked, options_.max_retry_after));
    }

    // --- answers ----------------------------------------------------------------------------

    void finish(Fetcher::Completion& completion) {
        const auto found = flights_.find(completion.id);
        if (found == flights_.end()) {
            return;
        }
        auto job = std::move(found->second);
        flights_.erase(found);
        completion.exchange.robots = job->decision;
        count(completion.exchange);
        observer_.answered(completion.exchange);
        const auto origin = job->url.origin();
        rest(origin, completion.exchange);
        job->exchanges.push_back(std::move(completion.exchange));
        if (job->task) {
            finish_task(std::move(job));
        } else {
            finish_robots(std::move(job));
        }
    }

    void count(const Exchange& exchange) {
        report_.body_bytes += static_cast<std::int64_t>(exchange.body.size());
        report_.truncated += exchange.truncated ? 1 : 0;
    }

    [[nodiscard]] milliseconds usual_pause(const Host& host) const {
        const auto asked = host.robots ? host.robots->policy.crawl_delay().value_or(milliseconds(0))
                                       : milliseconds(0);
        return std::max(options_.delay_ms_per_host, std::min(asked, options_.max_crawl_delay));
    }

    /// Gives the host its pause after an answer: longer each time when it is in trouble.
    void rest(const std::string& origin, const Exchange& exchange) {
        Host& host = host_of(origin);
        --host.in_flight;
        auto pause = usual_pause(host);
        const bool trouble = is_host_trouble(exchange);
        host.failures = trouble ? host.failures + 1 : 0;
        if (trouble) {
            const auto now = clock_.now();
            const auto doubled =
                double_up(options_.first_back_off, options_.max_back_off, host.failures - 1);
            const auto asked = retry_after(exchange, now);
            pause = std::max(pause, asked ? std::min(*asked, options_.max_retry_after) : doubled);
        }
        hold(origin, host, clock_.now() + pause);
    }

    void hold(const std::string& origin, Host& host, Timestamp until) {
        if (until > host.not_before) {
            host.not_before = until;
            store_.set_not_before(origin, until);
        }
    }

    void finish_task(std::unique_ptr<Job> job) {
        Exchange& last = job->exchanges.back();
        if (is_redirect(last)) {
            follow(std::move(job));
        } else if (is_worth_a_retry(last)) {
            const auto asked = retry_after(last, clock_.now());
            const auto wait =
                asked ? std::min(*asked, options_.max_retry_after) : back_off(job->task->attempts);
            retry_or_give_up(std::move(job), wait, false);
        } else {
            const auto outcome =
                last.failure ? Delivery::Outcome::gave_up : Delivery::Outcome::fetched;
            deliver(std::move(job), outcome);
        }
    }

    void follow(std::unique_ptr<Job> job) {
        Exchange& last = job->exchanges.back();
        auto next = next_hop(*job);
        if (!next) {
            last.failure = std::move(next.error());
            deliver(std::move(job), Delivery::Outcome::gave_up);
            return;
        }
        ++report_.redirects;
        job->url = std::move(*next);
        enqueue(std::move(job));
    }

    [[nodiscard]] core::Result<Url> next_hop(const Job& job) const {
        const Exchange& last = job.exchanges.back();
        const auto location = *core::find_header(last.response_headers, "location");
        auto next = Url::parse(location, job.url);
        if (!next) {
            return core::fail(
                Failure::Kind::bad_input,
                fmt::format("{} redirects to nowhere: {}", last.url, next.error().detail));
        }
        if (job.exchanges.size() > static_cast<std::size_t>(options_.max_redirects)) {
            return core::fail(Failure::Kind::refused,
                              fmt::format("{}: more than {} redirects (max_redirects), the last "
                                          "one to {}",
                                          job.task->url.text(),
                                          options_.max_redirects,
                                          next->text()));
        }
        // Without cookies the same question gets the same answer.
        const auto seen = [&next](const Exchange& exchange) {
            return exchange.url == next->without_fragment();
        };
        if (std::ranges::any_of(job.exchanges, seen)) {
            return core::fail(Failure::Kind::refused,
                              fmt::format("{}: the redirects go round in a circle at {}",
                                          job.task->url.text(),
                                          next->text()));
        }
        return next;
    }

    static milliseconds double_up(milliseconds first, milliseconds limit, int times) {
        constexpr int kMaxDoublings = 20;
        const auto factor = std::int64_t{1} << std::clamp(times, 0, kMaxDoublings);
        return std::min(first * factor, limit);
    }

    /// Jitter keeps tasks that failed together from coming back together.
    milliseconds back_off(int attempts) {
        const auto plain = double_up(options_.first_back_off, options_.max_back_off, attempts);
        std::uniform_int_distribution<std::int64_t> jitter(0, plain.count() / 2);
        return plain + milliseconds(jitter(random_));
    }

    void retry_or_give_up(std::unique_ptr<Job> job, milliseconds wait, bool for_good) {
        const bool again = !for_good && job->task->attempts + 1 < options_.max_attempts;
        deliver(std::move(job),
                again ? Delivery::Outcome::retry : Delivery::Outcome::gave_up,
                clock_.now() + wait);
    }

    void deliver(std::unique_ptr<Job> job, Delivery::Outcome outcome, Timestamp retry_at = {}) {
        const Delivery delivery{std::move(*job->task),
                                outcome,
                                std::move(job->exchanges),
                                outcome == Delivery::Outcome::retry ? retry_at : Timestamp{}};
        count(delivery);
        store_.deliver(delivery);
        observer_.delivered(delivery);
    }

    void count(const Delivery& delivery) {
        switch (delivery.outcome) {
            case Delivery::Outcome::fetched:
                if (delivery.exchanges.back().status == 304) {
                    ++report_.not_modified;
                } else if (delivery.task.purpose == Exchange::Purpose::image) {
                    ++report_.images;
                } else {
                    ++report_.pages;
                }
                break;
            case Delivery::Outcome::retry:
                ++report_.retries;
                break;
            case Delivery::Outcome::gave_up:
                ++report_.gave_up;
                break;
            case Delivery::Outcome::forbidden:
                ++report_.forbidden;
                break;
        }
    }

    Fetcher& fetcher_;
    CrawlStore& store_;
    const core::Clock& clock_;
    const Crawler::Options& options_;
    Observer& observer_;
    std::mt19937_64 random_;

    std::map<std::string, Host> hosts_;
    std::map<Fetcher::Id, std::unique_ptr<Job>> flights_;
    std::size_t waiting_ = 0;  ///< jobs in the queues of hosts
    Crawler::Report report_;
};

/// Nothing of a run that ended by an exception stays in flight.
class AbortAtExit {
public:
    explicit AbortAtExit(Fetcher& fetcher) : fetcher_(fetcher) {}
    ~AbortAtExit() {
        fetcher_.abort_all();
    }
    AbortAtExit(const AbortAtExit&) = delete;
    AbortAtExit& operator=(const AbortAtExit&) = delete;

private:
    Fetcher& fetcher_;
};

}  // namespace

Crawler::Crawler(Fetcher& fetcher,
                 CrawlStore& store,
                 const core::Clock& clock,
                 Options options,
                 Observer* observer)
    : fetcher_(fetcher),
      store_(store),
      clock_(clock),
      options_(std::move(options)),
      observer_(observer) {
    if (!is_product_token(options_.product_token)) {
        throw core::ConfigError(fmt::format(
            "product_token '{}' must consist of letters, '-' and '_', as robots.txt can name it",
            options_.product_token));
    }
    if (options_.max_requests == 0 || options_.max_requests_per_host == 0) {
        throw core::ConfigError("max_requests and max_requests_per_host must be 1 or more");
    }
}

Crawler::Report Crawler::run(const std::stop_token& stop) {
    const AbortAtExit abort(fetcher_);
    Observer silent;
    Run run(fetcher_, store_, clock_, options_, observer_ != nullptr ? *observer_ : silent);
    return run.run(stop);
}

}  // namespace chiptrail::crawler
