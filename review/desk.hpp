#pragma once

// What each route does, without HTTP around it. Internal to review/.

#include "core/time.hpp"
#include "review/pictures.hpp"
#include "review/server.hpp"
#include "storage/store.hpp"

#include <map>
#include <string>
#include <string_view>

namespace chiptrail::review {

using Query = std::multimap<std::string, std::string>;

struct Reply {
    int status = 200;
    std::string content_type = "application/json; charset=utf-8";
    std::string body;
    std::string file_name;  ///< set: the browser must save it, not show it
    bool lasting = false;   ///< named by content, so that it never changes
};

/// {"error": {"status": 404, "message": "…"}}
[[nodiscard]] Reply refusal(int status, std::string_view message);

/// Threads may share it.
class Desk {
public:
    Desk(storage::Store& store, const core::Clock& clock, const Options& options);

    /// `path` below /api/. Never throws for anything that a client sent.
    [[nodiscard]] Reply get(std::string_view path, const Query& query);
    [[nodiscard]] Reply post(std::string_view path, const std::string& body);

private:
    Reply list(const Query& query);
    Reply facets(const Query& query);
    Reply detail(std::string_view id);
    Reply photo(std::string_view rest, const Query& query);
    Reply finding(std::string_view rest);
    Reply place(const storage::Images::FoundFinding& found);
    Reply page(std::string_view fetch);
    Reply decide(std::string_view id, const std::string& body);
    Reply undo(std::string_view id);
    Reply undo_last();
    Reply standing(const storage::HitId& hit);
    [[nodiscard]] storage::HitId known_hit(std::string_view id) const;

    storage::Store& store_;
    const core::Clock& clock_;
    Options options_;
    Pictures pictures_;
};

}  // namespace chiptrail::review
