#pragma once

// Small posts, exchanges and photos for tests of the store; every value a test cares about it
// sets itself.

#include "core/http.hpp"
#include "core/time.hpp"
#include "core/url.hpp"
#include "storage/store.hpp"

#include <stdexcept>
#include <string>

namespace chiptrail::tests {

inline core::Timestamp at(const std::string& clock) {
    const auto time = core::parse_rfc3339("2026-11-23T" + clock + "Z");
    if (!time) {
        throw std::runtime_error("no time of day: " + clock);
    }
    return *time;
}

inline core::Url url(const std::string& text) {
    auto parsed = core::Url::parse(text);
    if (!parsed) {
        throw std::runtime_error(parsed.error().detail);
    }
    return *parsed;
}

inline storage::NewTask task(const std::string& source, const std::string& address) {
    return {.source = source, .url = url(address)};
}

inline core::Exchange page_exchange(const std::string& address, const std::string& body) {
    core::Exchange exchange;
    exchange.url = address;
    exchange.requested_at = at("10:00:00");
    exchange.request_headers = {{"Host", "shop.example"}, {"User-Agent", "chiptrail/0.1"}};
    exchange.robots = {true, core::RobotsDecision::Basis::rule, 7, "Allow: /", std::nullopt};
    exchange.status = 200;
    exchange.reason = "OK";
    exchange.http_version = "1.1";
    exchange.response_headers = {
        {"Content-Type", "text/html"}, {"Set-Cookie", "a=1"}, {"Set-Cookie", "b=2"}};
    exchange.body = body;
    exchange.remote_ip = "192.0.2.7";
    exchange.remote_port = 443;
    exchange.tls_version = "TLSv1.3";
    exchange.certificate_sha256 = std::string(64, 'c');
    exchange.timings.total = std::chrono::milliseconds(120);
    return exchange;
}

inline core::Post listing(const std::string& id) {
    core::Post post;
    post.id = id;
    post.url = "https://shop.example/item/" + id;
    post.kind = core::PostKind::listing;
    post.title = "Dell PowerEdge R740";
    post.text = "Two processors, rails included.";
    post.author = {"mara", "u17", "https://shop.example/user/u17"};
    post.price = {"€ 450,00", "450.00", "", "EUR"};
    post.location = "Leipzig";
    post.published = {"4 hours ago", "2026-11-23T06:00:00.000Z"};
    post.images = {"https://cdn.example/" + id + "-a.jpg", "https://cdn.example/" + id + "-b.jpg"};
    post.links = {"https://forum.example/t/9"};
    post.extractor = "json-ld";
    return post;
}

inline core::Finding finding(const std::string& brand, double score) {
    core::Finding found;
    found.brand = brand;
    found.text = "DELL EMC";
    found.score = score;
    found.box = {10, 20, 30, 12};
    found.quad = {{{10, 20}, {40, 20}, {40, 32}, {10, 32}}};
    found.reader = "ppocr-v4";
    found.why = "exact word";
    return found;
}

/// A store with one run in it.
struct OpenStore {
    explicit OpenStore(const std::filesystem::path& folder) : store(folder) {
        run = store.runs().begin({"crawl", "0.1.0", std::string(64, 'd')}, at("09:59:00"));
    }

    storage::FetchId fetch_page(const std::string& address, const std::string& body = "<html>") {
        return store.fetches().add(page_exchange(address, body),
                                   {run, "shop", address, 0, std::nullopt});
    }

    /// Stores a photo's bytes and description and joins it with the posts that show `address`.
    storage::Blob fetch_photo(const std::string& address, const std::string& bytes) {
        auto exchange = page_exchange(address, bytes);
        exchange.purpose = core::Exchange::Purpose::image;
        const auto blob = store.blobs().put(bytes);
        const auto fetch = store.fetches().add(exchange, {run, "shop", address, 0, blob});
        store.images().put(blob, {640, 480, "jpeg", "00ff00ff00ff00ff", "{}", ""}, at("10:01:00"));
        store.images().join("shop", address, blob.sha256, fetch);
        return blob;
    }

    storage::PostId add_post(const core::Post& post) {
        return store.posts()
            .upsert("shop", post, storage::Sighting::own_page, fetch_page(post.url), at("10:00:00"))
            .id;
    }

    storage::DetectionId detect(const core::Sha256& image,
                                const std::vector<core::Finding>& findings,
                                const std::string& detector = "detector-1") {
        storage::Detection detection;
        detection.image = image;
        detection.detector = detector;
        detection.at = at("10:02:00");
        detection.seconds = 0.25;
        detection.stages_json = R"({"detect":0.2})";
        detection.findings = findings;
        return store.images().save_detection(detection);
    }

    storage::Store store;
    storage::RunId run;
};

}  // namespace chiptrail::tests
