#include "tests/support/http_server.hpp"

#include "core/file.hpp"
#include "core/text.hpp"
#include "tests/support/temp_dir.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <csignal>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

namespace chiptrail::tests {

namespace {

constexpr int kPollMs = 20;

template <class T, void (*Free)(T*)>
struct Freer {
    void operator()(T* thing) const {
        Free(thing);
    }
};
using Context = std::unique_ptr<SSL_CTX, Freer<SSL_CTX, SSL_CTX_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY, EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509, X509_free>>;
using Session = std::unique_ptr<SSL, Freer<SSL, SSL_free>>;

void add_extension(X509* certificate, int nid, const std::string& value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    if (extension == nullptr) {
        throw std::runtime_error("cannot make the certificate extension " + value);
    }
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

Certificate make_certificate(EVP_PKEY* key, const std::vector<std::string>& hosts) {
    constexpr long kDay = 86'400;
    Certificate certificate(X509_new());
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kDay);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kDay);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME* const name = X509_get_subject_name(certificate.get());
    const auto* const text = reinterpret_cast<const unsigned char*>("chiptrail tests");
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    std::string names = "IP:127.0.0.1,DNS:localhost";
    for (const auto& host : hosts) {
        names += ",DNS:" + host;
    }
    add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate.get(), NID_subject_alt_name, names);
    X509_sign(certificate.get(), key, EVP_sha256());
    return certificate;
}

void write_pem(const std::filesystem::path& path, X509* certificate) {
    BIO* const memory = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(memory, certificate);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(memory, &bytes);
    core::write_file_durably(path, {bytes, static_cast<std::size_t>(size)});
    BIO_free(memory);
}

Context make_context(const std::vector<std::string>& hosts, const std::filesystem::path& pem) {
    Context context(SSL_CTX_new(TLS_server_method()));
    const Key key(EVP_EC_gen("P-256"));
    const auto certificate = make_certificate(key.get(), hosts);
    write_pem(pem, certificate.get());
    SSL_CTX_use_certificate(context.get(), certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), key.get());
    return context;
}

/// A connected socket, with or without TLS. Ends when `stop` is set.
class Connection {
public:
    Connection(int socket, SSL_CTX* context, const std::atomic<bool>& stop)
        : socket_(socket), stop_(stop) {
        const int on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (context != nullptr) {
            session_.reset(SSL_new(context));
            SSL_set_fd(session_.get(), socket_);
            open_ = readable() && SSL_accept(session_.get()) == 1;
        }
    }
    ~Connection() {
        if (session_ != nullptr && open_) {
            SSL_shutdown(session_.get());
        }
        ::close(socket_);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    [[nodiscard]] bool read_some(std::string& into) {
        std::array<char, 4096> chunk{};
        if (!open_ || ((session_ == nullptr || SSL_pending(session_.get()) == 0) && !readable())) {
            return false;
        }
        const auto size = session_ != nullptr ? SSL_read(session_.get(), chunk.data(), chunk.size())
                                              : ::recv(socket_, chunk.data(), chunk.size(), 0);
        open_ = size > 0;
        if (open_) {
            into.append(chunk.data(), static_cast<std::size_t>(size));
        }
        return open_;
    }

    [[nodiscard]] bool write(std::string_view bytes) {
        while (open_ && !bytes.empty()) {
            if (!writable()) {
                return false;
            }
            const auto piece = bytes.substr(0, 16'384);
            const auto size =
                session_ != nullptr
                    ? SSL_write(session_.get(), piece.data(), static_cast<int>(piece.size()))
                    : ::send(socket_, piece.data(), piece.size(), MSG_NOSIGNAL);
            open_ = size > 0;
            bytes.remove_prefix(open_ ? static_cast<std::size_t>(size) : 0);
        }
        return open_;
    }

    /// False when the peer has gone or the server stops before `time` is over.
    [[nodiscard]] bool pause(std::chrono::milliseconds time) const {
        const auto until = std::chrono::steady_clock::now() + time;
        while (std::chrono::steady_clock::now() < until) {
            if (stop_) {
                return false;
            }
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
                until - std::chrono::steady_clock::now());
            std::this_thread::sleep_for(
                std::clamp(left, std::chrono::milliseconds(1), std::chrono::milliseconds(kPollMs)));
        }
        return true;
    }

private:
    [[nodiscard]] bool ready(short events) const {
        while (!stop_) {
            pollfd waiting{socket_, events, 0};
            if (::poll(&waiting, 1, kPollMs) > 0) {
                return true;
            }
        }
        return false;
    }
    [[nodiscard]] bool readable() const {
        return ready(POLLIN);
    }
    [[nodiscard]] bool writable() const {
        return ready(POLLOUT);
    }

    int socket_;
    const std::atomic<bool>& stop_;
    Session session_;
    bool open_ = true;
};

std::string lower_copy(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        return (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

std::string host_without_port(std::string host) {
    const auto colon = host.rfind(':');
    const bool is_port = colon != std::string::npos && host.find(']', colon) == std::string::npos;
    return lower_copy(is_port ? host.substr(0, colon) : std::move(host));
}

HttpServer::Request read_head(const std::string& head) {
    HttpServer::Request request;
    std::string_view rest = head;
    const auto take_line = [&rest] {
        const auto end = std::min(rest.find("\r\n"), rest.size());
        const auto line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 2, rest.size()));
        return line;
    };
    const auto line = take_line();
    const auto first = std::min(line.find(' '), line.size());
    const auto last = std::max(line.rfind(' '), first);
    request.method = line.substr(0, first);
    request.target = first < last ? line.substr(first + 1, last - first - 1) : "";
    request.path = request.target.substr(0, request.target.find('?'));
    while (!rest.empty()) {
        const auto field = take_line();
        const auto colon = field.find(':');
        if (colon != std::string_view::npos) {
            request.headers.push_back({std::string(field.substr(0, colon)),
                                       std::string(core::trim(field.substr(colon + 1)))});
        }
    }
    request.host = host_without_port(request.header("Host"));
    return request;
}

std::string write_head(const HttpServer::Reply& reply, bool close) {
    auto head = fmt::format("HTTP/1.1 {} {}\r\n", reply.status, reply.status < 400 ? "OK" : "No");
    if (!reply.content_type.empty()) {
        head += fmt::format("Content-Type: {}\r\n", reply.content_type);
    }
    for (const auto& header : reply.headers) {
        head += fmt::format("{}: {}\r\n", header.name, header.value);
    }
    if (reply.chunked) {
        head += "Transfer-Encoding: chunked\r\n";
    } else if (!reply.endless && reply.status != 304 && reply.status != 204) {
        head += fmt::format("Content-Length: {}\r\n", reply.body.size());
    }
    return head + (close ? "Connection: close\r\n\r\n" : "\r\n");
}

}  // namespace

std::string HttpServer::Request::header(const std::string& name) const {
    return std::string(core::find_header(headers, name).value_or(""));
}

class HttpServer::Impl {
public:
    explicit Impl(const Options& options) : pem_(folder_ / "ca.pem") {
        std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets that clients have left.
        if (options.tls) {
            context_ = make_context(options.hosts, pem_);
        }
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 128) != 0 ||
            ::getsockname(listener_, generic, &size) != 0) {
            throw std::runtime_error("cannot listen on 127.0.0.1");
        }
        port_ = ntohs(address.sin_port);
        acceptor_ = std::thread([this] { accept_all(); });
    }

    ~Impl() {
        stop_ = true;
        acceptor_.join();
        ::close(listener_);
        for (auto& worker : workers_) {
            worker.join();
        }
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void on(const std::string& host, const std::string& path, Handler handler) {
        const std::lock_guard lock(mutex_);
        handlers_[{lower_copy(host), path}] = std::move(handler);
    }
    void otherwise(Handler handler) {
        const std::lock_guard lock(mutex_);
        otherwise_ = std::move(handler);
    }
    [[nodiscard]] int port() const {
        return port_;
    }
    [[nodiscard]] bool has_tls() const {
        return context_ != nullptr;
    }
    [[nodiscard]] const std::filesystem::path& pem() const {
        return pem_;
    }
    [[nodiscard]] std::vector<Request> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

private:
    void accept_all() {
        int number = 0;
        while (!stop_) {
            pollfd waiting{listener_, POLLIN, 0};
            if (::poll(&waiting, 1, kPollMs) <= 0) {
                continue;
            }
            const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (socket >= 0) {
                workers_.emplace_back([this, socket, id = ++number] { serve(socket, id); });
            }
        }
    }

    void serve(int socket, int number) {
        Connection connection(socket, context_.get(), stop_);
        std::string input;
        while (auto request = read_request(connection, input)) {
            request->connection = number;
            request->at = std::chrono::steady_clock::now();
            if (!answer(connection, *request)) {
                return;
            }
        }
    }

    static std::optional<Request> read_request(Connection& connection, std::string& input) {
        std::size_t end = 0;
        while ((end = input.find("\r\n\r\n")) == std::string::npos) {
            if (input.size() > 1'000'000 || !connection.read_some(input)) {
                return std::nullopt;
            }
        }
        auto request = read_head(input.substr(0, end + 2));
        input.erase(0, end + 4);
        const auto length = request.header("Content-Length");
        std::size_t size = 0;
        std::from_chars(length.data(), length.data() + length.size(), size);
        while (input.size() < size) {
            if (!connection.read_some(input)) {
                return std::nullopt;
            }
        }
        request.body = input.substr(0, size);
        input.erase(0, size);
        return request;
    }

    /// False when the connection is to close.
    bool answer(Connection& connection, const Request& request) {
        const Handler handler = record_and_find(request);
        const Reply reply = handler ? handler(request) : Reply{.status = 404, .body = "not here"};
        if (!connection.pause(reply.wait_first)) {
            return false;
        }
        if (reply.raw) {
            static_cast<void>(connection.write(*reply.raw));
            return false;
        }
        const bool close = reply.close || reply.endless;
        return connection.write(write_head(reply, close)) && send_body(connection, reply) && !close;
    }

    Handler record_and_find(const Request& request) {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
        for (const auto& host : {request.host, std::string()}) {
            const auto found = handlers_.find({host, request.path});
            if (found != handlers_.end()) {
                return found->second;
            }
        }
        return otherwise_;
    }

    static bool send_body(Connection& connection, const Reply& reply) {
        while (reply.endless) {
            if (!connection.write(reply.body) || !connection.pause(reply.wait_per_byte)) {
                return false;
            }
        }
        const auto body =
            std::string_view(reply.body).substr(0, reply.cut_after.value_or(reply.body.size()));
        if (reply.chunked && !body.empty() &&
            !connection.write(fmt::format("{:x}\r\n", body.size()))) {
            return false;
        }
        if (!send_slowly(connection, body, reply.wait_per_byte) || reply.cut_after) {
            return false;
        }
        return !reply.chunked || connection.write(body.empty() ? "0\r\n\r\n" : "\r\n0\r\n\r\n");
    }

    static bool send_slowly(Connection& connection,
                            std::string_view body,
                            std::chrono::milliseconds per_byte) {
        if (per_byte == std::chrono::milliseconds(0)) {
            return connection.write(body);
        }
        for (std::size_t i = 0; i < body.size(); ++i) {
            if (!connection.write(body.substr(i, 1)) || !connection.pause(per_byte)) {
                return false;
            }
        }
        return true;
    }

    TempDir folder_;
    std::filesystem::path pem_;
    Context context_;
    int listener_ = -1;
    int port_ = 0;
    std::atomic<bool> stop_ = false;
    mutable std::mutex mutex_;
    std::map<std::pair<std::string, std::string>, Handler> handlers_;
    Handler otherwise_;
    std::vector<Request> requests_;
    std::vector<std::thread> workers_;  ///< touched by the acceptor, then by the destructor
    std::thread acceptor_;
};

HttpServer::HttpServer() : HttpServer(Options{}) {}

HttpServer::HttpServer(const Options& options) : impl_(std::make_unique<Impl>(options)) {}

HttpServer::~HttpServer() = default;

void HttpServer::on(const std::string& path, Handler handler) {
    impl_->on("", path, std::move(handler));
}

void HttpServer::on(const std::string& path, Reply reply) {
    on_host("", path, std::move(reply));
}

void HttpServer::on_host(const std::string& host, const std::string& path, Handler handler) {
    impl_->on(host, path, std::move(handler));
}

void HttpServer::on_host(const std::string& host, const std::string& path, Reply reply) {
    impl_->on(host, path, [reply = std::move(reply)](const Request&) { return reply; });
}

void HttpServer::otherwise(Handler handler) {
    impl_->otherwise(std::move(handler));
}

int HttpServer::port() const {
    return impl_->port();
}

std::string HttpServer::url(const std::string& target) const {
    return origin() + target;
}

std::string HttpServer::origin() const {
    return fmt::format("{}://127.0.0.1:{}", impl_->has_tls() ? "https" : "http", port());
}

std::string HttpServer::connect_to(const std::string& host) const {
    return fmt::format("{}::127.0.0.1:{}", host, port());
}

std::filesystem::path HttpServer::ca_file() const {
    return impl_->pem();
}

std::vector<HttpServer::Request> HttpServer::requests() const {
    return impl_->requests();
}

std::size_t HttpServer::count(const std::string& path) const {
    const auto all = requests();
    return static_cast<std::size_t>(
        std::ranges::count(all, path, [](const Request& request) { return request.path; }));
}

}  // namespace chiptrail::tests
