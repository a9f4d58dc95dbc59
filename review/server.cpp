#include "review/server.hpp"

#include "core/result.hpp"
#include "core/text.hpp"
#include "review/assets.hpp"
#include "review/desk.hpp"

#include <fmt/format.h>
#include <httplib.h>
#include <nlohmann/json.hpp>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <thread>

namespace chiptrail::review {

namespace {

constexpr std::size_t kThreads = 12;
constexpr std::size_t kMaxBody = std::size_t{16} * 1024;
constexpr std::size_t kMaxPath = 256;
constexpr const char* kTokenHeader = "X-Chiptrail-Token";

// Everything comes from here, nothing runs that is not a file of ours, nobody frames the page.
constexpr const char* kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";
// For bytes of strangers: even when a browser shows them, they do nothing.
constexpr const char* kDataPolicy = "default-src 'none'; sandbox; frame-ancestors 'none'";

void exclusive_port(socket_t socket) {
    // Not SO_REUSEPORT, httplib's default: another program could then take our requests.
    const int on = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
}

bool is_loopback(std::string_view host) {
    return host == "127.0.0.1" || host == "localhost" || host == "::1";
}

std::string random_token() {
    std::array<unsigned char, 16> bytes{};
    if (::RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        throw core::Error(
            "the system gives no random numbers: the review page cannot be protected");
    }
    std::string text;
    for (const auto byte : bytes) {
        text += fmt::format("{:02x}", byte);
    }
    return text;
}

bool same_text(const std::string& a, const std::string& b) {
    return a.size() == b.size() && ::CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool starts_with(std::string_view text, std::string_view start) {
    return text.substr(0, start.size()) == start;
}

/// The page itself: the grid, and one hit.
bool is_page(std::string_view path) {
    return path == "/" || path == "/index.html" || starts_with(path, "/hit/");
}

void send(httplib::Response& response, const Reply& reply) {
    response.status = reply.status;
    if (!reply.file_name.empty()) {
        response.set_header("Content-Disposition",
                            fmt::format("attachment; filename=\"{}\"", reply.file_name));
    }
    response.set_header("Content-Security-Policy", kDataPolicy);
    response.set_header("Cache-Control",
                        reply.lasting ? "private, max-age=31536000, immutable" : "no-store");
    response.set_content(reply.body, reply.content_type.c_str());
}

}  // namespace

struct ReviewServer::State {
    State(storage::Store& store, const core::Clock& clock, const Options& given)
        : options(given), desk(store, clock, given), token(random_token()) {}

    Options options;
    Desk desk;
    std::string token;
    httplib::Server server;
    int port = 0;
    std::vector<std::string> hosts;  ///< values of the Host header that are ours
    std::thread thread;

    void configure();
    void bind();
    void name_hosts();
    /// A refusal, or nullopt when the request may go on.
    [[nodiscard]] std::optional<Reply> objection(const httplib::Request& request) const;
    [[nodiscard]] std::optional<Reply> objection_to_change(const httplib::Request& request) const;
    void answer_get(const httplib::Request& request, httplib::Response& response);
    void answer_asset(std::string_view name, httplib::Response& response) const;
    [[nodiscard]] Reply session() const;
    [[nodiscard]] bool is_our_host(const std::string& host) const;
};

void ReviewServer::State::configure() {
    server.set_socket_options(exclusive_port);
    server.set_tcp_nodelay(true);
    server.set_payload_max_length(kMaxBody);
    server.set_read_timeout(options.client_timeout);
    server.set_write_timeout(options.client_timeout);
    // One request a connection. A refused request may leave its body unread, and on a kept
    // connection that body would be taken for the next request: a way around every check here.
    // It also keeps an idle browser from holding all threads.
    server.set_keep_alive_max_count(1);
    server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    server.set_default_headers(
        {{"X-Content-Type-Options", "nosniff"},
         {"X-Frame-Options", "DENY"},
         {"Referrer-Policy", "no-referrer"},
         {"Cross-Origin-Opener-Policy", "same-origin"},
         {"Cross-Origin-Resource-Policy", "same-origin"},
         {"Permissions-Policy", "camera=(), microphone=(), geolocation=()"}});

    // GET is answered here, before httplib looks for a body or tries a pattern on the path.
    server.set_pre_routing_handler(
        [this](const httplib::Request& request, httplib::Response& response) {
            if (const auto refused = objection(request)) {
                send(response, *refused);
                return httplib::Server::HandlerResponse::Handled;
            }
            if (request.method == "POST") {
                return httplib::Server::HandlerResponse::Unhandled;
            }
            answer_get(request, response);
            return httplib::Server::HandlerResponse::Handled;
        });
    server.Post("/api/.*", [this](const httplib::Request& request, httplib::Response& response) {
        send(response, desk.post(std::string_view(request.path).substr(5), request.body));
    });
    server.set_error_handler([](const httplib::Request& /*request*/, httplib::Response& response) {
        if (response.body.empty()) {
            send(response,
                 refusal(response.status,
                         response.status == 413 ? "the body is too large"
                                                : "this request cannot be answered"));
        }
    });
    server.set_exception_handler([](const httplib::Request& /*request*/,
                                    httplib::Response& response,
                                    const std::exception_ptr& thrown) {
        try {
            std::rethrow_exception(thrown);
        } catch (const std::exception& error) {
            send(response, refusal(500, error.what()));
        } catch (...) {
            send(response, refusal(500, "an unknown error"));
        }
    });
}

std::optional<Reply> ReviewServer::State::objection(const httplib::Request& request) const {
    if (!is_our_host(request.get_header_value("Host"))) {
        return refusal(421, "this address is not one of this page's own; see docs/review-api.md");
    }
    if (request.path.size() > kMaxPath) {
        return refusal(414, "the address is too long");
    }
    if (request.has_header("Transfer-Encoding") || request.has_header("Content-Encoding")) {
        return refusal(415, "send the body plain, with its Content-Length");
    }
    const std::string site = request.get_header_value("Sec-Fetch-Site");
    const bool foreign = !site.empty() && site != "same-origin" && site != "none";
    // Following a link to the page from elsewhere is fine; reaching into it is not.
    if (foreign &&
        !(is_page(request.path) && request.get_header_value("Sec-Fetch-Mode") == "navigate")) {
        return refusal(403, "requests from other sites are refused");
    }
    if (request.method == "GET" || request.method == "HEAD") {
        return std::nullopt;
    }
    if (request.method != "POST") {
        return refusal(405, "only GET, HEAD and POST are answered");
    }
    return objection_to_change(request);
}

std::optional<Reply> ReviewServer::State::objection_to_change(
    const httplib::Request& request) const {
    const std::string origin = request.get_header_value("Origin");
    if (!origin.empty() && origin != "http://" + request.get_header_value("Host")) {
        return refusal(403, "requests from other sites are refused");
    }
    if (!same_text(request.get_header_value(kTokenHeader), token)) {
        return refusal(403, fmt::format("{} is missing or old: reload the page", kTokenHeader));
    }
    const std::string type = request.get_header_value("Content-Type");
    const auto semicolon = type.find(';');
    if (!core::equal_ignoring_case(core::trim(std::string_view(type).substr(0, semicolon)),
                                   "application/json")) {
        return refusal(415, "Content-Type must be application/json");
    }
    return std::nullopt;
}

void ReviewServer::State::answer_get(const httplib::Request& request, httplib::Response& response) {
    const std::string_view path = request.path;
    if (path == "/api/session") {
        send(response, session());
    } else if (starts_with(path, "/api/")) {
        send(response, desk.get(path.substr(5), request.params));
    } else if (is_page(path)) {
        answer_asset("index.html", response);
    } else if (starts_with(path, "/assets/")) {
        answer_asset(path.substr(8), response);
    } else {
        send(response, refusal(404, "there is no such address; see docs/review-api.md"));
    }
}

void ReviewServer::State::answer_asset(std::string_view name, httplib::Response& response) const {
    const auto asset = find_asset(name);
    if (!asset) {
        send(response, refusal(404, "there is no such file"));
        return;
    }
    response.set_header("Content-Security-Policy", kPagePolicy);
    // A newer chiptrail brings newer files under the same names.
    response.set_header("Cache-Control", "no-cache");
    response.set_content(
        asset->bytes.data(), asset->bytes.size(), std::string(asset->content_type).c_str());
}

Reply ReviewServer::State::session() const {
    Reply reply;
    reply.body =
        nlohmann::json{
            {"token", token}, {"reviewer", options.reviewer}, {"version", options.version}}
            .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return reply;
}

bool ReviewServer::State::is_our_host(const std::string& host) const {
    return std::any_of(hosts.begin(), hosts.end(), [&](const std::string& ours) {
        return core::equal_ignoring_case(ours, host);
    });
}

void ReviewServer::State::bind() {
    if (!is_loopback(options.host)) {
        throw core::ConfigError(fmt::format(
            "review listens on loopback only, not on '{}': the page has no accounts. To look from "
            "another machine use an SSH tunnel",
            options.host));
    }
    if (options.port == 0) {
        port = server.bind_to_any_port(options.host);
    } else {
        port = server.bind_to_port(options.host, options.port) ? options.port : -1;
    }
    if (port <= 0) {
        throw core::Error(fmt::format(
            "cannot listen on {}:{}: another program, perhaps another chiptrail review, has the "
            "port. Choose one with --port, or stop the other",
            options.host,
            options.port));
    }
}

void ReviewServer::State::name_hosts() {
    for (const char* name : {"127.0.0.1", "localhost", "[::1]"}) {
        hosts.push_back(fmt::format("{}:{}", name, port));
    }
    hosts.insert(hosts.end(), options.more_hosts.begin(), options.more_hosts.end());
}

ReviewServer::ReviewServer(storage::Store& store, const core::Clock& clock, const Options& options)
    : state_(std::make_unique<State>(store, clock, options)) {
    State& state = *state_;
    state.configure();
    state.bind();
    state.name_hosts();
    state.thread = std::thread([&state] { state.server.listen_after_bind(); });
    // stop() does nothing before the loop runs, so a short-lived server would never end.
    while (!state.server.is_running()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

ReviewServer::~ReviewServer() {
    state_->server.stop();
    state_->thread.join();
}

int ReviewServer::port() const {
    return state_->port;
}

std::string ReviewServer::url() const {
    const bool six = state_->options.host == "::1";
    return fmt::format("http://{}:{}/", six ? "[::1]" : state_->options.host, state_->port);
}

}  // namespace chiptrail::review
