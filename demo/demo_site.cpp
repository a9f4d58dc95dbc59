#include "demo/demo_site.hpp"

#include "core/result.hpp"
#include "core/sha256.hpp"
#include "demo/pages.hpp"
#include "demo/photos.hpp"

#include <fmt/format.h>
#include <httplib.h>

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <thread>

namespace chiptrail::demo {

namespace {

constexpr std::size_t kThreads = 4;
constexpr int kThumbnailSide = 320;
constexpr std::size_t kHugeBytes = std::size_t{40} * 1000 * 1000;
constexpr const char* kHugePhoto = "camera-original.jpg";
/// Answers 429 once, as a busy image host does.
constexpr const char* kBusyPhoto = "/photos/gigabyte-g593.jpg";

/// Our own port or none: httplib's default would share it with whoever else listens there.
void exclusive_port(socket_t socket) {
    const int on = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
}

/// A photo padded to 40 MB with JPEG comments: decodable, and never held in memory whole.
class HugePhoto {
public:
    explicit HugePhoto(std::string photo) : photo_(std::move(photo)) {}

    [[nodiscard]] static std::size_t size() {
        return kHugeBytes;
    }

    bool write(std::size_t offset, std::size_t length, httplib::DataSink& sink) const {
        const std::size_t wanted = std::min(length, kChunk);
        std::string piece;
        piece.reserve(wanted);
        for (std::size_t at = offset; at < offset + wanted; ++at) {
            piece += byte_at(at);
        }
        return sink.write(piece.data(), piece.size());
    }

private:
    static constexpr std::size_t kChunk = std::size_t{64} * 1024;
    static constexpr std::size_t kComment = 65'000;  // One COM segment, its marker included.
    static constexpr std::size_t kStart = 2;         // SOI.

    [[nodiscard]] char byte_at(std::size_t at) const {
        if (at < kStart) {
            return photo_[at];
        }
        const std::size_t padding = padding_bytes();
        if (at >= kStart + padding) {
            const std::size_t rest = at - padding;
            return rest < photo_.size() ? photo_[rest] : '\0';
        }
        const std::size_t in_comment = (at - kStart) % kComment;
        constexpr std::size_t kLength = kComment - 2;
        constexpr std::array<unsigned char, 4> kHead{0xFF, 0xFE, kLength >> 8U, kLength & 0xFFU};
        return in_comment < kHead.size() ? static_cast<char>(kHead.at(in_comment)) : ' ';
    }

    [[nodiscard]] std::size_t padding_bytes() const {
        return (kHugeBytes - photo_.size()) / kComment * kComment;
    }

    std::string photo_;
};

/// Drawn when first asked for, then kept. Threads may share it.
class PhotoShelf {
public:
    /// Empty when there is no such photo.
    std::shared_ptr<const std::string> get(const std::string& name, int max_side) {
        const std::scoped_lock lock(mutex_);
        auto& slot = shelf_[{name, max_side}];
        if (slot == nullptr) {
            slot = std::make_shared<const std::string>(draw_photo(name, max_side));
        }
        return slot;
    }

private:
    std::mutex mutex_;
    std::map<std::pair<std::string, int>, std::shared_ptr<const std::string>> shelf_;
};

int page_number(const httplib::Request& request) {
    const std::string text = request.get_param_value("page");
    if (text.empty()) {
        return 1;
    }
    const bool short_number =
        text.size() <= 3 && text.find_first_not_of("0123456789") == std::string::npos;
    return short_number ? std::stoi(text) : 0;
}

/// Sets an ETag; true when the client already has this very body.
bool is_known(const httplib::Request& request, httplib::Response& response, std::string_view body) {
    const std::string tag = '"' + core::sha256(body).hex().substr(0, 32) + '"';
    response.set_header("ETag", tag);
    if (request.get_header_value("If-None-Match") != tag) {
        return false;
    }
    response.status = 304;
    return true;
}

}  // namespace

struct DemoSite::State {
    httplib::Server server;
    int port = 0;
    std::string origin;
    std::atomic<int> round{1};
    PhotoShelf photos;
    mutable std::mutex mutex;
    std::map<std::string, int> requests;  ///< Under `mutex`.
    std::thread thread;

    int count(const std::string& path) {
        const std::scoped_lock lock(mutex);
        return ++requests[path];
    }

    void page(const httplib::Request& request, httplib::Response& response) {
        const PageAnswer answer = demo_page(request.path, page_number(request), origin, round);
        response.status = answer.status;
        if (!answer.location.empty()) {
            response.set_header("Location", answer.location);
            return;
        }
        if (answer.status != 200 || !is_known(request, response, answer.body)) {
            response.set_content(answer.body, answer.content_type);
        }
    }

    void photo(const httplib::Request& request, httplib::Response& response, int visit) {
        const bool small = request.matches[1].matched;
        std::string name = request.matches[2].str();
        if (request.path == kBusyPhoto && visit == 1) {
            response.status = 429;
            response.set_header("Retry-After", "1");
            response.set_content("Too many requests, come back in a second.\n", "text/plain");
            return;
        }
        if (name == kHugePhoto && !small) {
            const auto huge = std::make_shared<HugePhoto>(*photos.get("plain-server.jpg", 0));
            response.set_content_provider(
                HugePhoto::size(),
                "image/jpeg",
                [huge](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
                    return huge->write(offset, length, sink);
                });
            return;
        }
        if (name == kHugePhoto) {
            name = "plain-server.jpg";
        }
        const auto bytes = photos.get(name, small ? kThumbnailSide : 0);
        if (bytes->empty()) {
            response.status = 404;
            response.set_content("No such photo.\n", "text/plain");
        } else if (!is_known(request, response, *bytes)) {
            response.set_content(*bytes, "image/jpeg");
        }
    }

    void route() {
        // "repost/" is how the copied photo gets another address.
        server.Get(R"(/photos/(w320/)?(?:repost/)?([a-z0-9-]{1,60}\.jpg))",
                   [this](const httplib::Request& request, httplib::Response& response) {
                       photo(request, response, count(request.path));
                   });
        server.Get(R"(/.*)", [this](const httplib::Request& request, httplib::Response& response) {
            count(request.path);
            page(request, response);
        });
    }
};

DemoSite::DemoSite(const Options& options) : state_(std::make_unique<State>()) {
    State& state = *state_;
    state.round = options.round;
    state.server.set_socket_options(exclusive_port);
    state.server.set_tcp_nodelay(true);
    state.server.set_payload_max_length(64 * 1024);
    state.server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    state.route();
    if (options.port == 0) {
        state.port = state.server.bind_to_any_port("127.0.0.1");
    } else {
        state.port = state.server.bind_to_port("127.0.0.1", options.port) ? options.port : -1;
    }
    if (state.port <= 0) {
        throw core::Error(fmt::format(
            "the demo cannot listen on 127.0.0.1:{}: is the port in use? 0 takes any free one",
            options.port));
    }
    state.origin = fmt::format("http://127.0.0.1:{}", state.port);
    state.thread = std::thread([&state] { state.server.listen_after_bind(); });
    // stop() does nothing before the loop runs, so a short-lived site would never end.
    while (!state.server.is_running()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

DemoSite::~DemoSite() {
    state_->server.stop();
    state_->thread.join();
}

int DemoSite::port() const {
    return state_->port;
}

std::string DemoSite::origin() const {
    return state_->origin;
}

std::vector<std::string> DemoSite::start_urls() const {
    return {state_->origin + "/market/",
            state_->origin + "/forum/",
            state_->origin + "/forum/feed.xml"};
}

void DemoSite::set_round(int round) {
    state_->round = round;
}

int DemoSite::requests(const std::string& path) const {
    const std::scoped_lock lock(state_->mutex);
    const auto found = state_->requests.find(path);
    return found == state_->requests.end() ? 0 : found->second;
}

}  // namespace chiptrail::demo
