#include "review/desk.hpp"

#include "review/encode.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <exception>
#include <set>

namespace chiptrail::review {

namespace {

using nlohmann::json;

constexpr std::size_t kMaxChoices = 64;
constexpr std::size_t kMaxSearchBytes = 200;
constexpr std::size_t kMaxCursorBytes = 400;
constexpr std::size_t kMaxNoteBytes = 4'000;
constexpr std::size_t kMaxPageSize = 200;
constexpr std::size_t kUsualPageSize = 60;
constexpr std::size_t kMaxSamePosts = 50;
constexpr std::size_t kMaxGone = 20;
constexpr int kMaxJsonDepth = 8;
constexpr std::uint64_t kMaxBodyBytes = std::uint64_t{256} * 1024 * 1024;
constexpr std::array<int, 4> kSides{320, 640, 1600, 4096};

/// What a client did wrong; becomes a refusal.
struct Refused {
    int status;
    std::string message;
};

std::vector<std::string> all_of(const Query& query, const char* name) {
    std::vector<std::string> values;
    const auto [first, last] = query.equal_range(name);
    for (auto at = first; at != last; ++at) {
        if (at->second.size() > kMaxSearchBytes || values.size() == kMaxChoices) {
            throw Refused{400, fmt::format("too many or too long values for '{}'", name)};
        }
        values.push_back(at->second);
    }
    return values;
}

std::string one_of(const Query& query, const char* name, std::size_t max_bytes) {
    const auto found = query.find(name);
    if (found == query.end()) {
        return {};
    }
    if (query.count(name) > 1 || found->second.size() > max_bytes) {
        throw Refused{400,
                      fmt::format("'{}' may be given once, with up to {} bytes", name, max_bytes)};
    }
    return found->second;
}

std::optional<double> score_of(const Query& query, const char* name) {
    const std::string text = one_of(query, name, 24);
    if (text.empty()) {
        return std::nullopt;
    }
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    if (!whole || !std::isfinite(value) || value < 0 || value > 1) {
        throw Refused{400, fmt::format("'{}' is a number from 0 to 1", name)};
    }
    return value;
}

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

std::vector<storage::DecisionState> states_of(const Query& query) {
    std::vector<storage::DecisionState> states;
    for (const auto& text : all_of(query, "state")) {
        const auto state = storage::decision_state_from(text);
        if (!state) {
            throw Refused{400, "'state' is undecided, confirmed, rejected or unsure"};
        }
        states.push_back(*state);
    }
    return states;
}

storage::HitOrder order_of(const Query& query) {
    const std::string text = one_of(query, "order", 24);
    if (text.empty() || text == "score") {
        return storage::HitOrder::score;
    }
    if (text == "newest_post") {
        return storage::HitOrder::newest_post;
    }
    if (text == "newest_found") {
        return storage::HitOrder::newest_found;
    }
    throw Refused{400, "'order' is score, newest_post or newest_found"};
}

/// Every parameter must be known: a misspelt filter that does nothing would show too much.
void reject_unknown(const Query& query) {
    constexpr std::array<std::string_view, 10> known{"brand",
                                                     "model",
                                                     "source",
                                                     "state",
                                                     "min_score",
                                                     "max_score",
                                                     "q",
                                                     "order",
                                                     "limit",
                                                     "after"};
    for (const auto& [name, value] : query) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            throw Refused{400, "there is no filter of that name; see docs/review-api.md"};
        }
    }
}

storage::HitFilter filter_of(const Query& query) {
    reject_unknown(query);
    storage::HitFilter filter;
    filter.brands = all_of(query, "brand");
    filter.models = all_of(query, "model");
    filter.sources = all_of(query, "source");
    filter.states = states_of(query);
    filter.min_score = score_of(query, "min_score");
    filter.max_score = score_of(query, "max_score");
    filter.text = one_of(query, "q", kMaxSearchBytes);
    filter.order = order_of(query);
    filter.after = one_of(query, "after", kMaxCursorBytes);
    filter.limit = kUsualPageSize;
    if (const std::string limit = one_of(query, "limit", 8); !limit.empty()) {
        const auto number = whole_number<std::size_t>(limit);
        if (!number || *number == 0 || *number > kMaxPageSize) {
            throw Refused{400, fmt::format("'limit' is a number from 1 to {}", kMaxPageSize)};
        }
        filter.limit = *number;
    }
    return filter;
}

json object_of(const std::string& body) {
    int depth = 0;
    const auto shallow = [&](int now, json::parse_event_t /*event*/, json& /*value*/) {
        depth = std::max(depth, now);
        return now <= kMaxJsonDepth;
    };
    const json value = json::parse(body, shallow, false);
    if (depth > kMaxJsonDepth || !value.is_object()) {
        throw Refused{400, "the body must be a JSON object"};
    }
    return value;
}

std::string text_of(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end()) {
        return {};
    }
    if (!found->is_string()) {
        throw Refused{400, fmt::format("'{}' must be a text", name)};
    }
    return found->get<std::string>();
}

int status_of(core::Failure::Kind kind) {
    using Kind = core::Failure::Kind;
    return kind == Kind::not_found ? 404 : kind == Kind::too_large ? 413 : 422;
}

/// Splits "a/b/c" at the first '/'.
std::pair<std::string_view, std::string_view> split(std::string_view path) {
    const auto slash = path.find('/');
    if (slash == std::string_view::npos) {
        return {path, {}};
    }
    return {path.substr(0, slash), path.substr(slash + 1)};
}

/// Of hits and findings.
bool is_short_id(std::string_view id) {
    return id.size() == 16 && id.find_first_not_of("0123456789abcdef") == id.npos;
}

/// Posts that show the hit's photo or a copy of it, but for the hit's own.
std::vector<storage::SamePost> other_posts(storage::Store& store,
                                           const storage::HitDetail& hit,
                                           const storage::SamePhotoRule& rule) {
    auto posts = store.same_photos().posts(hit.row.image.blob.sha256, rule, kMaxSamePosts);
    std::erase_if(posts, [&](const storage::SamePost& post) {
        return post.source == hit.row.source && post.external_id == hit.row.post.id;
    });
    return posts;
}

/// What earlier detections found and the newest one that worked does not have: newest first, each
/// finding once.
std::vector<storage::Detection> gone_from(std::vector<storage::Detection> detections) {
    std::reverse(detections.begin(), detections.end());
    std::set<storage::FindingId> known;
    std::vector<storage::Detection> gone;
    std::size_t count = 0;
    bool is_newest = true;
    for (const auto& detection : detections) {
        storage::Detection rest = detection;
        rest.findings.clear();
        rest.finding_ids.clear();
        for (std::size_t i = 0; i < detection.findings.size(); ++i) {
            const auto& id = detection.finding_ids.at(i);
            if (known.insert(id).second && !is_newest && count < kMaxGone) {
                rest.findings.push_back(detection.findings[i]);
                rest.finding_ids.push_back(id);
                ++count;
            }
        }
        is_newest = is_newest && !detection.problem.empty();
        if (!rest.findings.empty()) {
            gone.push_back(std::move(rest));
        }
    }
    return gone;
}

Reply as_reply(const json& value) {
    Reply reply;
    reply.body = to_text(value);
    return reply;
}

Reply as_download(std::string bytes, std::string file_name) {
    Reply reply;
    reply.content_type = "application/octet-stream";
    reply.body = std::move(bytes);
    reply.file_name = std::move(file_name);
    reply.lasting = true;
    return reply;
}

/// The catch-all around one request.
template <class Work>
Reply guarded(Work work) {
    try {
        return work();
    } catch (const Refused& refused) {
        return refusal(refused.status, refused.message);
    } catch (const std::exception& error) {
        return refusal(500, error.what());
    }
}

}  // namespace

Reply refusal(int status, std::string_view message) {
    Reply reply = as_reply({{"error", {{"status", status}, {"message", message}}}});
    reply.status = status;
    return reply;
}

Desk::Desk(storage::Store& store, const core::Clock& clock, const Options& options)
    : store_(store),
      clock_(clock),
      options_(options),
      pictures_(options.decoder, options.photo_limits, options.picture_cache_bytes) {}

Reply Desk::get(std::string_view path, const Query& query) {
    return guarded([&] {
        const auto [what, rest] = split(path);
        if (path == "hits") {
            return list(query);
        }
        if (path == "facets") {
            return facets(query);
        }
        if (what == "hits") {
            return detail(rest);
        }
        if (what == "photos") {
            return photo(rest, query);
        }
        if (what == "findings") {
            return finding(rest);
        }
        if (what == "pages") {
            return page(rest);
        }
        throw Refused{404, "there is no such address; see docs/review-api.md"};
    });
}

Reply Desk::post(std::string_view path, const std::string& body) {
    return guarded([&] {
        const auto [what, rest] = split(path);
        const auto [id, act] = split(rest);
        if (path == "undo") {
            return undo_last();
        }
        if (what == "hits" && act == "decision") {
            return decide(id, body);
        }
        if (what == "hits" && act == "undo") {
            return undo(id);
        }
        throw Refused{404, "there is no such address; see docs/review-api.md"};
    });
}

Reply Desk::list(const Query& query) {
    return as_reply(encode(store_.hits().list(filter_of(query))));
}

Reply Desk::facets(const Query& query) {
    return as_reply(encode(store_.hits().facets(filter_of(query))));
}

storage::HitId Desk::known_hit(std::string_view id) const {
    if (!is_short_id(id)) {
        throw Refused{400, "a hit's id has 16 hexadecimal digits"};
    }
    return {std::string(id)};
}

Reply Desk::detail(std::string_view id) {
    const auto found = store_.hits().find(known_hit(id));
    if (!found) {
        throw Refused{404, "there is no such hit; the list may have changed"};
    }
    Around around;
    for (const auto& finding : found->detection.findings) {
        around.references.push_back(
            vision::reference_of(finding, options_.lexicon, options_.models));
    }
    around.same_posts = other_posts(store_, *found, options_.same_photo);
    around.gone = gone_from(store_.images().detections(found->row.image.blob.sha256));
    return as_reply(encode(*found, around));
}

Reply Desk::finding(std::string_view rest) {
    const auto [id, form] = split(rest);
    if (!is_short_id(id)) {
        throw Refused{400, "a finding's id has 16 hexadecimal digits"};
    }
    const auto found = store_.images().find_finding({std::string(id)});
    if (!found) {
        throw Refused{404, "there is no such finding; the photo may have been looked at again"};
    }
    if (form == "place") {
        return place(*found);
    }
    if (form != "reference") {
        throw Refused{400, "ask for /place or /reference of a finding"};
    }
    auto reference = vision::reference_of(
        found->detection.findings.at(found->index), options_.lexicon, options_.models);
    reference.spelling.clear();  // The page sets it in type itself.
    auto picture = vision::draw_reference(reference);
    if (!picture) {
        throw Refused{404, "there is no picture of what this finding was compared with"};
    }
    Reply reply;
    reply.content_type = picture->media_type;
    reply.body = std::move(picture->bytes);
    return reply;
}

Reply Desk::place(const storage::Images::FoundFinding& found) {
    const auto image = store_.images().find(found.detection.image);
    if (!image || image->blob.bytes > kMaxBodyBytes) {
        throw Refused{413, "the photo is too large to be shown"};
    }
    const auto picture = pictures_.place(image->blob.sha256,
                                         found.detection.findings.at(found.index),
                                         [&] { return store_.blobs().get(image->blob); });
    if (!picture) {
        throw Refused{status_of(picture.error().kind), picture.error().detail};
    }
    Reply reply;
    reply.content_type = "image/jpeg";
    reply.body = **picture;
    return reply;
}

Reply Desk::photo(std::string_view rest, const Query& query) {
    const auto [name, form] = split(rest);
    const auto sha256 = core::Sha256::from_hex(name);
    const auto image = sha256 ? store_.images().find(*sha256) : std::nullopt;
    if (!image) {
        throw Refused{404, "there is no such photo"};
    }
    if (image->blob.bytes > kMaxBodyBytes) {
        throw Refused{413, "the photo is too large to be shown"};
    }
    if (form == "original") {
        auto bytes = store_.blobs().get(image->blob, storage::Check::hash);
        if (!bytes) {
            throw Refused{status_of(bytes.error().kind), bytes.error().detail};
        }
        const std::string suffix = image->info.format.empty() ? "bin" : image->info.format;
        return as_download(std::move(*bytes), fmt::format("{}.{}", sha256->hex(), suffix));
    }
    const auto side = whole_number<int>(one_of(query, "side", 8));
    if (form != "view" || !side || std::find(kSides.begin(), kSides.end(), *side) == kSides.end()) {
        throw Refused{400, "ask for /view?side=320, 640, 1600 or 4096, or for /original"};
    }
    const auto picture =
        pictures_.whole(*sha256, *side, [&] { return store_.blobs().get(image->blob); });
    if (!picture) {
        throw Refused{status_of(picture.error().kind), picture.error().detail};
    }
    Reply reply;
    reply.content_type = "image/jpeg";
    reply.body = **picture;
    reply.lasting = true;
    return reply;
}

Reply Desk::page(std::string_view fetch) {
    const auto id = whole_number<std::int64_t>(fetch);
    const auto found = id ? store_.fetches().find({*id}) : std::nullopt;
    if (!found || !found->body) {
        throw Refused{404, "there is no such page, or it came without a body"};
    }
    if (found->body->bytes > kMaxBodyBytes) {
        throw Refused{413, "the page is too large to be sent"};
    }
    auto bytes = store_.blobs().get(*found->body, storage::Check::hash);
    if (!bytes) {
        throw Refused{status_of(bytes.error().kind), bytes.error().detail};
    }
    return as_download(std::move(*bytes), fmt::format("{}.bin", found->body->sha256.hex()));
}

Reply Desk::decide(std::string_view id, const std::string& body) {
    const auto hit = known_hit(id);
    const json object = object_of(body);
    for (const auto& item : object.items()) {
        if (item.key() != "verdict" && item.key() != "note") {
            throw Refused{400, "a decision has 'verdict' and 'note', nothing else"};
        }
    }
    const auto verdict = storage::verdict_from(text_of(object, "verdict"));
    if (!verdict) {
        throw Refused{400, "'verdict' is confirm, reject or unsure"};
    }
    const std::string note = text_of(object, "note");
    if (note.size() > kMaxNoteBytes) {
        throw Refused{413, fmt::format("a note may have {} bytes", kMaxNoteBytes)};
    }
    if (!store_.hits().find(hit)) {
        throw Refused{404, "there is no such hit; the list may have changed"};
    }
    store_.hits().decide(hit, *verdict, options_.reviewer, note, clock_.now());
    return standing(hit);
}

Reply Desk::undo(std::string_view id) {
    const auto hit = known_hit(id);
    if (!store_.hits().find(hit)) {
        throw Refused{404, "there is no such hit; the list may have changed"};
    }
    if (!store_.hits().undo(hit, options_.reviewer, clock_.now())) {
        throw Refused{409, "this hit has no decision to take back"};
    }
    return standing(hit);
}

Reply Desk::undo_last() {
    const auto hit = store_.hits().undo_last(options_.reviewer, clock_.now());
    if (!hit) {
        throw Refused{409, "there is no decision of yours left to take back"};
    }
    return standing(*hit);
}

Reply Desk::standing(const storage::HitId& hit) {
    const auto found = store_.hits().find(hit);
    if (!found) {
        throw Refused{404, "there is no such hit; the list may have changed"};
    }
    return as_reply(encode(found->row));
}

}  // namespace chiptrail::review
