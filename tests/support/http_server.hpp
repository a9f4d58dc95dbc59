#pragma once

// A loopback HTTP(S) server that does what a test tells it, the forbidden included: slow, endless,
// cut off, raw bytes. Own sockets and no library, because no library breaks the rules on request.
// Link chiptrail_http_server.

#include "core/http.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace chiptrail::tests {

class HttpServer {
public:
    struct Request {
        std::string method;
        std::string target;  ///< path and query
        std::string path;
        std::string host;  ///< Host header without the port, lower case
        core::Headers headers;
        std::string body;
        std::chrono::steady_clock::time_point at;
        int connection = 0;  ///< 1 for the first connection accepted, and so on

        [[nodiscard]] std::string header(const std::string& name) const;  ///< empty when absent
    };

    /// Content-Length, Connection and, where `content_type` is set, Content-Type are added.
    struct Reply {
        int status = 200;
        std::string body{};
        std::string content_type = "text/html; charset=utf-8";
        core::Headers headers{};
        std::chrono::milliseconds wait_first{0};     ///< before the first byte
        std::chrono::milliseconds wait_per_byte{0};  ///< of the body
        bool endless = false;                        ///< `body` again and again, without a length
        bool chunked = false;
        std::optional<std::size_t> cut_after{};  ///< bytes of the body, then the connection closes
        bool close = false;                      ///< after the reply
        std::optional<std::string> raw{};        ///< sent instead of everything above, then closed
    };
    using Handler = std::function<Reply(const Request&)>;

    struct Options {
        /// Names in the certificate, besides 127.0.0.1 and localhost; setting `tls` makes it HTTPS.
        std::vector<std::string> hosts{};
        bool tls = false;
    };

    HttpServer();  ///< plain HTTP
    explicit HttpServer(const Options& options);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// What `path` (without query) answers; for any host, or for that host alone. The last one
    /// registered wins; a path nobody registered is 404, /robots.txt too. Handlers run on the
    /// connections' threads.
    void on(const std::string& path, Handler handler);
    void on(const std::string& path, Reply reply);
    void on_host(const std::string& host, const std::string& path, Handler handler);
    void on_host(const std::string& host, const std::string& path, Reply reply);
    /// For everything without a handler of its own.
    void otherwise(Handler handler);

    [[nodiscard]] int port() const;
    [[nodiscard]] std::string url(
        const std::string& target = "/") const;  ///< "http://127.0.0.1:PORT/"
    [[nodiscard]] std::string origin() const;
    /// Value of CurlFetcher::Options::connect_to that sends `host` here, whatever its port.
    [[nodiscard]] std::string connect_to(const std::string& host) const;
    /// The self-signed certificate as PEM, for CurlFetcher::Options::ca_file. TLS only.
    [[nodiscard]] std::filesystem::path ca_file() const;

    /// In order of arrival.
    [[nodiscard]] std::vector<Request> requests() const;
    [[nodiscard]] std::size_t count(const std::string& path) const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace chiptrail::tests
