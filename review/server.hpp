#pragma once

// The analysts' desk: a web page on loopback that shows hits and takes decisions.
// Routes and their JSON are described in docs/review-api.md.

#include "core/time.hpp"
#include "storage/store.hpp"
#include "vision/lexicon.hpp"
#include "vision/picture_decoder.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace chiptrail::review {

struct Options {
    std::string host = "127.0.0.1";    ///< a loopback address: there are no accounts
    int port = 8017;                   ///< 0: any free one
    std::string reviewer = "analyst";  ///< stands beside every decision
    std::string version;               ///< of chiptrail, shown on the page
    /// Names besides the own address under which the page may be asked for, such as
    /// "localhost:9000" at the near end of an SSH tunnel.
    std::vector<std::string> more_hosts;
    vision::DecodeLimits photo_limits;
    vision::DecoderOptions decoder;
    vision::Lexicon lexicon;       ///< for the name that stands beside what was read
    std::filesystem::path models;  ///< as in vision::ScanOptions: reference marks
    storage::SamePhotoRule same_photo;
    std::size_t picture_cache_bytes = std::size_t{64} * 1024 * 1024;
    std::chrono::seconds client_timeout{10};  ///< for each read from and write to a client
};

/// Answers from construction to destruction, on threads of its own. Threads may share it.
class ReviewServer {
public:
    /// Throws core::ConfigError for a host that is not loopback, core::Error naming the port when
    /// it cannot listen. The store and the clock must outlive the server.
    ReviewServer(storage::Store& store, const core::Clock& clock, const Options& options);
    ~ReviewServer();
    ReviewServer(const ReviewServer&) = delete;
    ReviewServer& operator=(const ReviewServer&) = delete;

    [[nodiscard]] int port() const;
    [[nodiscard]] std::string url() const;  ///< "http://127.0.0.1:8017/"

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chiptrail::review
