#pragma once

// A small marketplace and a forum on loopback, so that the first run of chiptrail has
// something to crawl that harms nobody. It also misbehaves as real sites do: a closed path in
// robots.txt, a 429, a 404, a login wall, a photo of 40 MB, a damaged one, a GBK page.

#include <memory>
#include <string>
#include <vector>

namespace chiptrail::demo {

/// Serves from construction to destruction, on 127.0.0.1 alone, with threads of its own.
/// Threads may share it.
class DemoSite {
public:
    struct Options {
        int port = 0;  ///< 0: any free one
        int round =
            1;  ///< from 2 on: some prices are lower, one text is edited, one listing is gone
    };

    /// Throws core::Error naming the port when it cannot listen.
    explicit DemoSite(const Options& options);
    ~DemoSite();
    DemoSite(const DemoSite&) = delete;
    DemoSite& operator=(const DemoSite&) = delete;

    [[nodiscard]] int port() const;
    /// "http://127.0.0.1:43121", what `{demo}` in the demo's recipes stands for.
    [[nodiscard]] std::string origin() const;
    /// Pages that lead to all others: market list, forum list, feed.
    [[nodiscard]] std::vector<std::string> start_urls() const;
    /// As if weeks had passed: see Options::round.
    void set_round(int round);
    /// Requests answered so far for `path` ("/robots.txt"); for tests.
    [[nodiscard]] int requests(const std::string& path) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chiptrail::demo
