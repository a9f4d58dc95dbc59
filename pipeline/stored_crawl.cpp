#include "pipeline/stored_crawl.hpp"

#include "pipeline/page_reading.hpp"
#include "vision/photo.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace chiptrail::pipeline {

namespace {

using core::Exchange;
using core::PageStatus;
using crawler::Delivery;
using Outcome = crawler::Delivery::Outcome;

bool is_success(const Exchange& exchange) {
    return !exchange.failure && exchange.status >= 200 && exchange.status < 300;
}

bool is_gone(const Exchange& exchange) {
    return exchange.status == 404 || exchange.status == 410;
}

/// Statuses after which asking on would be hammering.
bool closes_source(PageStatus status) {
    return status == PageStatus::needs_login || status == PageStatus::captcha ||
           status == PageStatus::blocked;
}

/// Pages in a row that want a login before the whole source counts as closed.
constexpr int kLoginsThatClose = 3;

/// The order of statuses by how much they cost the analyst.
int gravity(PageStatus status) {
    constexpr std::array kByGravity = {PageStatus::ok,
                                       PageStatus::empty_list,
                                       PageStatus::needs_js,
                                       PageStatus::layout_changed,
                                       PageStatus::needs_login,
                                       PageStatus::captcha,
                                       PageStatus::blocked};
    const auto* place = std::ranges::find(kByGravity, status);
    return static_cast<int>(place - kByGravity.begin());
}

std::string problem_of(const Exchange& exchange) {
    if (exchange.failure) {
        const auto& detail = exchange.failure->detail;
        return detail.starts_with(exchange.url) ? detail : exchange.url + ": " + detail;
    }
    if (exchange.status >= 400) {
        return exchange.url + " answered " + std::to_string(exchange.status);
    }
    return {};
}

void keep_first(std::string& kept, const std::string& text) {
    if (kept.empty()) {
        kept = text;
    }
}

storage::TaskState state_after(Outcome outcome, bool failed) {
    switch (outcome) {
        case Outcome::forbidden:
            return storage::TaskState::forbidden;
        case Outcome::gave_up:
            return storage::TaskState::failed;
        default:
            return failed ? storage::TaskState::failed : storage::TaskState::done;
    }
}

/// A recipe that names hosts is followed there, another on the page's own host alone, so that no
/// page can send the crawl where nobody meant it to go.
bool may_follow(const extract::Recipe& recipe, const core::Url& page, const core::Url& target) {
    if (target.host() == page.host()) {
        return true;
    }
    return std::ranges::any_of(recipe.hosts, [&](const std::string& pattern) {
        return extract::host_fits(pattern, target.host());
    });
}

/// One page that breaks a reader must not end the crawl of all others.
core::Result<extract::Extraction> read_or_explain(const extract::Extractor& extractor,
                                                  const Exchange& exchange,
                                                  std::size_t max_inflated_bytes) {
    try {
        return read_page(extractor, exchange, max_inflated_bytes);
    } catch (const std::exception& error) {
        return core::fail(core::Failure::Kind::bad_input,
                          std::string("it cannot be read: ") + error.what());
    }
}

bool is_same_page(const std::string& a, const core::Url& b) {
    const auto url = core::Url::parse(a);
    return url && url->without_fragment() == b.without_fragment();
}

}  // namespace

StoredCrawl::StoredCrawl(
    storage::Store& store,
    storage::RunId run,
    const std::vector<extract::Recipe>& sources,
    const CrawlOptions& options,
    const core::Clock& clock,
    std::function<void(const std::string&, const extract::Extraction&)> page_read)
    : store_(store), run_(run), options_(options), clock_(clock), page_read_(std::move(page_read)) {
    for (const auto& recipe : sources) {
        Source source{.recipe = &recipe,
                      .extractor = extract::Extractor({recipe}, options.extractor),
                      .report = {},
                      .pages_left = options.max_pages.value_or(recipe.crawl.max_pages),
                      .images_left = recipe.crawl.max_images,
                      .seen = {}};
        source.report.name = recipe.name;
        sources_.emplace(recipe.name, std::move(source));
        order_.push_back(recipe.name);
        open_.insert(recipe.name);
    }
}

void StoredCrawl::arm(const vision::Lexicon& lexicon) {
    const auto now = clock_.now();
    auto transaction = store_.begin();
    for (const auto& name : order_) {
        auto& source = source_of(name);
        for (const auto& text : extract::expand_start_urls(*source.recipe, lexicon.search_terms)) {
            const auto url = core::Url::parse(text);
            if (!url) {
                source.failure = "start URL " + text + ": " + url.error().detail;
                ++source.report.failed;
                continue;
            }
            if (source.pages_left <= 0) {
                ++source.report.over_budget;
                continue;
            }
            --source.pages_left;
            store_.frontier().add({.source = name,
                                   .url = *url,
                                   .purpose = Exchange::Purpose::page,
                                   .depth = 0,
                                   .referrer = {},
                                   .priority = storage::Priority::high},
                                  now,
                                  now);
        }
        // Pages that no list names any more would never be seen to be gone; half of the budget
        // stays for what is new.
        source.pages_left -=
            static_cast<int>(store_.frontier().rearm(name,
                                                     Exchange::Purpose::page,
                                                     now - source.recipe->crawl.revisit,
                                                     now,
                                                     source.pages_left / 2));
    }
    transaction.commit();
}

StoredCrawl::Source& StoredCrawl::source_of(const std::string& name) {
    return sources_.at(name);
}

std::optional<crawler::Task> StoredCrawl::take(const std::set<std::string>& busy_origins,
                                               core::Timestamp now) {
    if (open_.empty()) {
        return std::nullopt;
    }
    const auto queued = store_.frontier().take(open_, busy_origins, now);
    if (!queued) {
        return std::nullopt;
    }
    source_by_origin_[queued->what.url.origin()] = queued->what.source;
    return crawler::Task{.id = queued->id.value,
                         .source = queued->what.source,
                         .url = queued->what.url,
                         .purpose = queued->what.purpose,
                         .depth = queued->what.depth,
                         .referrer = queued->what.referrer,
                         .attempts = queued->attempts,
                         .etag = queued->etag,
                         .last_modified = queued->last_modified};
}

std::optional<core::Timestamp> StoredCrawl::next_due(const std::set<std::string>& busy_origins,
                                                     core::Timestamp) {
    if (open_.empty()) {
        return std::nullopt;
    }
    return store_.frontier().next_due(open_, busy_origins);
}

void StoredCrawl::deliver(const Delivery& delivery) {
    auto& source = source_of(delivery.task.source);
    const auto reading = read(source, delivery);
    const auto& final = delivery.exchanges.back();

    const auto bodies = keep_bodies(delivery.exchanges);
    auto transaction = store_.begin();
    const auto fetches =
        keep_exchanges(delivery.task.source, delivery.task.url.text(), delivery.exchanges, bodies);
    keep_reading(source, delivery.task, reading, final, fetches.back());
    end_task(delivery, reading, fetches.back());
    transaction.commit();

    count(source, delivery, reading);
    if (reading.page) {
        // Of an error page only a wall is believed: a 404 has no items because it is a 404.
        if (is_success(final) || closes_source(reading.page->status)) {
            heed_status(source, delivery.task, *reading.page);
        }
        if (page_read_) {
            page_read_(delivery.task.source, *reading.page);
        }
    }
}

StoredCrawl::Reading StoredCrawl::read(Source& source, const Delivery& delivery) {
    const auto& final = delivery.exchanges.back();
    Reading reading;
    if (delivery.outcome == Outcome::retry || delivery.outcome == Outcome::forbidden) {
        return reading;
    }
    reading.problem = problem_of(final);
    if (final.failure || final.status == 304) {
        return reading;
    }
    if (delivery.task.purpose == Exchange::Purpose::image) {
        return is_success(final) ? read_photo(final) : reading;
    }
    auto page = read_or_explain(source.extractor, final, options_.max_inflated_bytes);
    if (!page) {
        reading.problem = final.url + ": " + page.error().detail;
        return reading;
    }
    reading.page = std::move(*page);
    if (final.truncated) {
        reading.problem = fmt::format(
            "{}: cut off after {} bytes (max_page_bytes); what came was "
            "read",
            final.url,
            final.body.size());
    }
    if (!is_success(final)) {
        // An error page says why a source is closed; posts that it shows are not believed.
        reading.page->posts.clear();
        reading.page->follow.clear();
        reading.page->next_pages.clear();
    }
    return reading;
}

StoredCrawl::Reading StoredCrawl::read_photo(const Exchange& exchange) {
    Reading reading;
    auto body = decoded_body(exchange, options_.max_inflated_bytes);
    if (!body) {
        reading.problem = exchange.url + ": " + body.error().detail;
        return reading;
    }
    if (body->empty()) {
        reading.problem = exchange.url + ": the answer has no bytes";
        return reading;
    }
    const auto header = vision::read_photo_header(*body, options_.scan.scanner.limits);
    reading.photo_info.format = std::string(vision::to_text(vision::sniff_format(*body)));
    if (header) {
        const bool turned = header->orientation >= 5;
        reading.photo_info.width = turned ? header->height : header->width;
        reading.photo_info.height = turned ? header->width : header->height;
    } else {
        reading.photo_info.problem = header.error().detail;
        reading.problem = exchange.url + ": " + header.error().detail;
    }
    if (exchange.truncated) {
        reading.photo_info.problem = fmt::format(
            "cut off after {} bytes when it was fetched (max_image_bytes)", exchange.body.size());
        reading.problem = exchange.url + ": " + reading.photo_info.problem;
    }
    reading.photo = store_.blobs().put(*body);
    return reading;
}

// Before the transaction, so that nobody waits for the disk to flush a photo.
StoredCrawl::Bodies StoredCrawl::keep_bodies(const std::vector<Exchange>& exchanges) {
    Bodies bodies;
    for (const auto& exchange : exchanges) {
        bodies.push_back(exchange.body.empty()
                             ? std::nullopt
                             : std::optional<storage::Blob>(store_.blobs().put(exchange.body)));
    }
    return bodies;
}

std::vector<storage::FetchId> StoredCrawl::keep_exchanges(const std::string& source,
                                                          const std::string& task_url,
                                                          const std::vector<Exchange>& exchanges,
                                                          const Bodies& bodies) {
    std::vector<storage::FetchId> ids;
    for (std::size_t i = 0; i < exchanges.size(); ++i) {
        ids.push_back(store_.fetches().add(exchanges[i],
                                           {.run = run_,
                                            .source = source,
                                            .task_url = task_url,
                                            .hop = static_cast<int>(i),
                                            .body = bodies[i]}));
    }
    return ids;
}

void StoredCrawl::keep_reading(Source& source,
                               const crawler::Task& task,
                               const Reading& reading,
                               const Exchange& exchange,
                               storage::FetchId fetch) {
    if (exchange.status == 304 && task.purpose == Exchange::Purpose::page) {
        store_.posts().still_there(task.source, task.url.text(), exchange.requested_at);
    }
    if (reading.photo) {
        store_.images().put(*reading.photo, reading.photo_info, exchange.requested_at);
        store_.images().join(task.source, task.url.text(), reading.photo->sha256, fetch);
    }
    if (reading.page) {
        keep_page(source, task, *reading.page, exchange, fetch);
    }
}

void StoredCrawl::keep_page(Source& source,
                            const crawler::Task& task,
                            const extract::Extraction& page,
                            const Exchange& exchange,
                            storage::FetchId fetch) {
    store_.fetches().note_reading(
        fetch,
        {.status = page.status,
         .reason = page.reason,
         .extractor = page.extractor,
         .charset = page.charset,
         .posts = static_cast<std::int64_t>(page.posts.size()),
         .links = static_cast<std::int64_t>(page.follow.size() + page.next_pages.size())});
    keep_posts(source, task, page, fetch, exchange.requested_at);
    queue_pages(source, task, page);
    if (is_gone(exchange) && task.depth > 0) {
        keep_absence(source, task, exchange, fetch);
    }
}

void StoredCrawl::keep_posts(Source& source,
                             const crawler::Task& task,
                             const extract::Extraction& page,
                             storage::FetchId fetch,
                             core::Timestamp seen_at) {
    const std::set<std::string> followed(page.follow.begin(), page.follow.end());
    std::set<std::string> shown;
    for (const auto& post : page.posts) {
        if (!shown.insert(post.id).second) {
            continue;  // A paid place shows the same offer again.
        }
        const bool elsewhere = followed.contains(post.url) && !is_same_page(post.url, task.url);
        const auto sighting = elsewhere ? storage::Sighting::in_list : storage::Sighting::own_page;
        const auto change = store_.posts().upsert(task.source, post, sighting, fetch, seen_at);
        count_post(source, change);
        if (!elsewhere) {  // A list shows small photos; the post's own page will bring the large.
            queue_images(source, post, task);
        }
    }
}

/// What the post's own page adds to what its list said is no change of the offer.
void StoredCrawl::count_post(Source& source, const storage::PostChange& change) {
    using Kind = storage::PostChange::Kind;
    auto& report = source.report;
    source.seen.insert(change.id);
    report.posts_seen = static_cast<std::int64_t>(source.seen.size());
    const bool completed = change.fields == std::vector<std::string>{"completed"};
    report.posts_new += change.kind == Kind::inserted ? 1 : 0;
    report.posts_changed += change.kind == Kind::changed && !completed ? 1 : 0;
}

void StoredCrawl::queue_images(Source& source, const core::Post& post, const crawler::Task& from) {
    const auto count = std::min(post.images.size(), options_.max_images_per_post);
    for (std::size_t i = 0; i < count; ++i) {
        queue_image(source, post.images[i], from);
    }
}

void StoredCrawl::queue_pages(Source& source,
                              const crawler::Task& task,
                              const extract::Extraction& page) {
    for (const auto& url : page.next_pages) {
        queue_page(source, url, task, task.depth);
    }
    if (task.depth < source.recipe->crawl.max_depth) {
        for (const auto& url : page.follow) {
            queue_page(source, url, task, task.depth + 1);
        }
    }
}

void StoredCrawl::queue_page(Source& source,
                             const std::string& text,
                             const crawler::Task& from,
                             int depth) {
    const auto url = core::Url::parse(text, from.url);
    if (!url || !may_follow(*source.recipe, from.url, *url)) {
        return;
    }
    if (source.pages_left <= 0) {
        ++source.report.over_budget;
        return;
    }
    const auto now = clock_.now();
    const auto added = store_.frontier().add({.source = from.source,
                                              .url = *url,
                                              .purpose = Exchange::Purpose::page,
                                              .depth = depth,
                                              .referrer = from.url.text(),
                                              .priority = storage::Priority::normal},
                                             now,
                                             now - source.recipe->crawl.revisit);
    source.pages_left -= added == storage::Added::known ? 0 : 1;
}

void StoredCrawl::queue_image(Source& source, const std::string& text, const crawler::Task& from) {
    const auto url = core::Url::parse(text, from.url);
    if (!url) {
        return;
    }
    if (source.images_left <= 0) {
        ++source.report.over_budget;
        return;
    }
    const auto added = store_.frontier().add({.source = from.source,
                                              .url = *url,
                                              .purpose = Exchange::Purpose::image,
                                              .depth = from.depth + 1,
                                              .referrer = from.url.text(),
                                              .priority = storage::Priority::low},
                                             clock_.now());
    source.images_left -= added == storage::Added::known ? 0 : 1;
}

void StoredCrawl::keep_absence(Source& source,
                               const crawler::Task& task,
                               const Exchange& exchange,
                               storage::FetchId fetch) {
    for (const auto& post : store_.posts().at_page(task.source, task.url.text())) {
        source.report.posts_gone +=
            store_.posts().mark_gone(post.id, fetch, exchange.requested_at) ? 1 : 0;
    }
}

void StoredCrawl::end_task(const Delivery& delivery,
                           const Reading& reading,
                           storage::FetchId fetch) {
    const storage::TaskId id{delivery.task.id};
    const auto& final = delivery.exchanges.back();
    if (delivery.outcome == Outcome::retry) {
        store_.frontier().retry(id, delivery.retry_at, problem_of(final));
        return;
    }
    storage::TaskEnd end;
    end.state = state_after(delivery.outcome, !reading.problem.empty());
    end.fetch = fetch;
    end.problem = delivery.outcome == Outcome::forbidden
                      ? "robots.txt closes it: " + final.robots.rule
                      : reading.problem;
    if (is_success(final) && !final.truncated) {
        end.validators = storage::TaskEnd::Validators{
            std::string(core::find_header(final.response_headers, "etag").value_or("")),
            std::string(core::find_header(final.response_headers, "last-modified").value_or(""))};
    }
    store_.frontier().close(id, end, clock_.now());
}

void StoredCrawl::count(Source& source, const Delivery& delivery, const Reading& reading) {
    auto& report = source.report;
    const auto& final = delivery.exchanges.back();
    if (delivery.outcome == Outcome::retry) {
        source.postponed[delivery.task.id] = problem_of(final);
        return;
    }
    source.postponed.erase(delivery.task.id);
    if (delivery.outcome == Outcome::forbidden) {
        ++report.forbidden;
        keep_first(source.forbidden, problem_of(final));
        return;
    }
    const bool page = delivery.task.purpose == Exchange::Purpose::page;
    report.pages += page ? 1 : 0;
    report.images += page ? 0 : 1;
    report.not_modified += page && final.status == 304 ? 1 : 0;
    if (!reading.problem.empty()) {
        ++report.failed;
        keep_first(source.failure, reading.problem);
    }
}

void StoredCrawl::heed_status(Source& source,
                              const crawler::Task& task,
                              const extract::Extraction& page) {
    auto& report = source.report;
    // A start page that gives nothing and leads nowhere: the recipe fits the site no more.
    const bool dead_end = task.depth == 0 && page.status == PageStatus::ok && page.posts.empty() &&
                          page.follow.empty() && page.next_pages.empty();
    const auto status = dead_end ? PageStatus::layout_changed : page.status;
    if (gravity(status) > gravity(report.status)) {
        report.status = status;
        report.problem = page.reason;
    }
    source.walls = closes_source(page.status) ? source.walls + 1 : 0;
    // One lot for members only does not close a market that anyone may read.
    const bool one_of_many =
        page.status == PageStatus::needs_login && task.depth > 0 && source.walls < kLoginsThatClose;
    if (closes_source(page.status) && !one_of_many) {
        report.stopped = true;
        open_.erase(report.name);
    }
}

void StoredCrawl::set_not_before(const std::string& origin, core::Timestamp not_before) {
    auto until = not_before;
    const auto name = source_by_origin_.find(origin);
    if (name != source_by_origin_.end()) {
        // A recipe may ask for more patience than the crawl's own delay, never for less.
        const auto delay = source_of(name->second).recipe->crawl.delay;
        until = std::max(until, clock_.now() + delay);
    }
    auto& known = not_before_[origin];
    if (until > known) {
        known = until;
        store_.frontier().set_not_before(origin, until);
    }
}

core::Timestamp StoredCrawl::not_before(const std::string& origin) {
    const auto known = not_before_.find(origin);
    return known != not_before_.end() ? known->second : store_.frontier().not_before(origin);
}

std::optional<crawler::RobotsRecord> StoredCrawl::load_robots(const std::string& origin) {
    const auto stored = store_.frontier().load_robots(origin);
    if (!stored) {
        return std::nullopt;
    }
    crawler::RobotsRecord record;
    record.origin = stored->origin;
    record.basis = stored->basis;
    record.body = stored->body;
    record.expires_at = stored->expires_at;
    if (stored->fetch) {
        record.fetch = stored->fetch->value;
    }
    return record;
}

std::int64_t StoredCrawl::save_robots(const crawler::RobotsRecord& record,
                                      const std::vector<Exchange>& exchanges) {
    const auto name = source_by_origin_.find(record.origin);
    const auto bodies = keep_bodies(exchanges);
    auto transaction = store_.begin();
    const auto fetches =
        keep_exchanges(name == source_by_origin_.end() ? std::string() : name->second,
                       record.origin + "/robots.txt",
                       exchanges,
                       bodies);
    store_.frontier().save_robots({.origin = record.origin,
                                   .basis = record.basis,
                                   .body = record.body,
                                   .expires_at = record.expires_at,
                                   .fetch = fetches.back()},
                                  clock_.now());
    transaction.commit();
    return fetches.back().value;
}

std::vector<SourceReport> StoredCrawl::reports() const {
    std::vector<SourceReport> reports;
    reports.reserve(order_.size());
    for (const auto& name : order_) {
        reports.push_back(report_of(sources_.at(name)));
    }
    return reports;
}

/// Completed with the gravest problem: what a whole page or source suffers from, then what one
/// page does.
SourceReport StoredCrawl::report_of(const Source& source) {
    auto report = source.report;
    report.postponed = static_cast<std::int64_t>(source.postponed.size());
    const auto status_reason = std::exchange(report.problem, {});
    const auto postponed = source.postponed.empty()
                               ? std::string()
                               : source.postponed.begin()->second + " (it is tried again later)";
    const bool grave = gravity(report.status) > gravity(PageStatus::empty_list);
    for (const auto& problem : {grave ? status_reason : std::string(),
                                source.failure,
                                postponed,
                                source.forbidden,
                                status_reason}) {
        keep_first(report.problem, problem);
    }
    return report;
}

}  // namespace chiptrail::pipeline
