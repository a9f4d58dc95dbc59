#include "app/opened.hpp"

#include "app/terminal.hpp"
#include "core/result.hpp"

#include <fmt/format.h>

#include <charconv>
#include <set>

namespace chiptrail::app {

config::Config load_config(const Globals& globals) {
    const auto surroundings = config::surroundings_of_process();
    auto config =
        config::load(config::find_config_file(globals.config, surroundings), surroundings);
    if (!globals.data.empty()) {
        config.data = globals.data;
    }
    if (config.crawl.scan.scanner.decoder.in_process) {
        warn("[vision] decode_in_process is true in " + config.file.string() +
             ": a hostile picture can take over this process; see docs/safety.md");
    }
    return config;
}

std::unique_ptr<storage::Store> open_store(const config::Config& config) {
    std::error_code ignored;
    if (!std::filesystem::exists(config.data / "chiptrail.db", ignored)) {
        throw core::Error("there is no store in " + config.data.string() +
                          " yet: `chiptrail crawl` makes one, `chiptrail demo --data " +
                          config.data.string() + "` makes one to look at");
    }
    storage::Store::Options options;
    options.create = false;
    auto store = std::make_unique<storage::Store>(config.data, options);
    tell_upgrade(*store);
    return store;
}

void tell_upgrade(const storage::Store& store) {
    if (const auto& upgrade = store.upgrade()) {
        note(
            fmt::format("The store was brought from schema {} to {}; as it was, it is kept in {}. "
                        "`chiptrail redetect` looks at its photos again.",
                        upgrade->from,
                        upgrade->to,
                        upgrade->copy.string()));
    }
}

std::vector<storage::HitId> resolve_hits(const storage::Hits& hits,
                                         const std::vector<std::string>& given) {
    std::vector<storage::HitId> ids;
    std::set<storage::HitId> seen;
    for (const auto& text : given) {
        auto id = hits.resolve(text);
        if (!id) {
            throw core::Error(id.error().detail + "; `chiptrail hits` lists their ids");
        }
        if (seen.insert(*id).second) {
            ids.push_back(std::move(*id));
        }
    }
    return ids;
}

std::string short_text(const core::Finding& finding) {
    return fmt::format(
        "{} {:.2f}", finding.model.empty() ? finding.brand : finding.model, finding.score);
}

std::string short_text(const std::vector<core::Finding>& findings) {
    std::set<std::string> seen;
    std::vector<std::string> parts;
    for (const auto& finding : findings) {
        if (seen.insert(finding.model.empty() ? finding.brand : finding.model).second) {
            parts.push_back(short_text(finding));
        }
    }
    return joined(parts, ", ");
}

std::string price_text(const core::Price& price) {
    if (price.amount.empty()) {
        return price.raw;
    }
    auto text = price.currency.empty() ? price.amount : price.currency + " " + price.amount;
    return price.amount_max.empty() ? text : text + "-" + price.amount_max;
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
    std::string out;
    for (const auto& part : parts) {
        out += (out.empty() ? std::string_view() : between);
        out += part;
    }
    return out;
}

core::Timestamp parse_since(const std::string& text, core::Timestamp now) {
    if (const auto time = core::parse_rfc3339(text)) {
        return *time;
    }
    if (const auto day = core::parse_rfc3339(text + "T00:00:00Z")) {
        return *day;
    }
    int count = 0;
    const auto* end = text.data() + text.size();
    const auto [unit, error] = std::from_chars(text.data(), end, count);
    if (error == std::errc{} && count >= 0 && count <= 100'000 && end - unit == 1) {
        switch (*unit) {
            case 'h':
                return now - std::chrono::hours{count};
            case 'd':
                return now - std::chrono::days{count};
            case 'w':
                return now - std::chrono::weeks{count};
            default:
                break;
        }
    }
    throw core::ConfigError("'" + text +
                            "' is no time: write a day like 2026-11-23, a time like "
                            "2026-11-23T10:00:00Z, or a span back from now like 36h, 7d or 2w");
}

}  // namespace chiptrail::app
