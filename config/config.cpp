#include "config/config.hpp"

#include "config/toml_reader.hpp"
#include "core/file.hpp"
#include "core/result.hpp"
#include "core/sha256.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <utility>

namespace chiptrail::config {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t kMaxFileBytes = std::uintmax_t{4} * 1024 * 1024;

std::string environment(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? "" : value;
}

bool holds_shipped_files(const fs::path& folder) {
    std::error_code ignored;
    return fs::is_regular_file(folder / "chiptrail.toml", ignored) &&
           fs::is_regular_file(folder / "brands.toml", ignored);
}

fs::path find_shipped() {
    std::error_code ignored;
    const auto program = fs::read_symlink("/proc/self/exe", ignored);
    const auto installed = program.parent_path().parent_path() / "share" / "chiptrail";
    if (holds_shipped_files(installed)) {
        return installed;
    }
    // A build folder inside the source tree: build/release/app/chiptrail.
    for (auto folder = program.parent_path(); folder.has_relative_path();
         folder = folder.parent_path()) {
        if (holds_shipped_files(folder / "config")) {
            return folder / "config";
        }
    }
    if (holds_shipped_files(CHIPTRAIL_SOURCE_CONFIG)) {
        return CHIPTRAIL_SOURCE_CONFIG;
    }
    throw core::ConfigError(
        "the files that come with chiptrail (chiptrail.toml, brands.toml) are "
        "neither in " +
        installed.string() + " nor in a config folder above the program: install chiptrail again");
}

/// What all sections of one file share.
struct Context {
    const Surroundings& surroundings;
    fs::path folder;  ///< of the file, for relative paths
    std::map<std::string, std::string>& settings;
};

std::string toml_text(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        out += c == '"' || c == '\\' ? "\\" : "";
        out += c;
    }
    return out + '"';
}

/// One table with checks that TOML types alone cannot make. Notes the value that counts of
/// every key it is asked for.
class Section {
public:
    Section(TomlTable table, std::string name, Context& context)
        : table_(std::move(table)), name_(std::move(name)), context_(context) {}

    template <class T>
    void number(std::string_view key, T& value, std::int64_t least, std::int64_t most) const {
        auto given = static_cast<std::int64_t>(value);
        table_.read(key, given);
        if (table_.has(key) && (given < least || given > most)) {
            table_.reject(key, fmt::format("is {}, must be {} to {}", given, least, most));
        }
        value = static_cast<T>(given);
        note(key, std::to_string(given));
    }

    template <class Duration>
    void duration(std::string_view key,
                  Duration& value,
                  std::chrono::milliseconds unit,
                  std::int64_t least,
                  std::int64_t most) const {
        std::int64_t units = std::chrono::milliseconds(value) / unit;
        number(key, units, least, most);
        value = std::chrono::duration_cast<Duration>(unit * units);
    }

    void share(std::string_view key, double& value) const {
        table_.read(key, value);
        if (!(value >= 0 && value <= 1)) {
            table_.reject(key, fmt::format("is {}, must be 0 to 1", value));
        }
        note(key, fmt::format("{}", value));
    }

    void flag(std::string_view key, bool& value) const {
        table_.read(key, value);
        note(key, value ? "true" : "false");
    }

    /// One line of printable text.
    void text(std::string_view key, std::string& value) const {
        table_.read(key, value);
        if (std::any_of(value.begin(), value.end(), [](char c) { return c >= 0 && c < ' '; })) {
            table_.reject(key, "holds a line break or control character, must be one line");
        }
        note(key, toml_text(value));
    }

    void list(std::string_view key, std::vector<std::string>& value) const {
        table_.read(key, value);
        std::string written;
        for (const auto& item : value) {
            written += (written.empty() ? "" : ", ") + toml_text(item);
        }
        note(key, "[" + written + "]");
    }

    void path(std::string_view key, fs::path& value) const {
        std::string given;
        text(key, given);
        if (given.starts_with("~/") && !context_.surroundings.home.empty()) {
            value = context_.surroundings.home / given.substr(2);
        } else if (!given.empty()) {
            value = (context_.folder / given).lexically_normal();
        }
    }

    [[nodiscard]] bool has(std::string_view key) const {
        return table_.has(key);
    }
    [[noreturn]] void reject(std::string_view key, std::string_view message) const {
        table_.reject(key, message);
    }
    void reject_unknown_keys() const {
        table_.reject_unknown_keys();
    }

private:
    void note(std::string_view key, std::string value) const {
        context_.settings[name_ + "." + std::string(key)] = std::move(value);
    }

    TomlTable table_;
    std::string name_;
    Context& context_;
};

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::int64_t kKilobyte = 1'000;
constexpr std::int64_t kGigabyte = 1'000'000'000;

bool is_product_token(const std::string& text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    });
}

void read_politeness(const Section& section, crawler::Crawler::Options& options) {
    section.duration("delay_ms_per_host", options.delay_ms_per_host, milliseconds{1}, 0, 3'600'000);
    section.duration("max_crawl_delay_s", options.max_crawl_delay, seconds{1}, 0, 86'400);
    section.number("max_requests", options.max_requests, 1, 256);
    section.number("max_requests_per_host", options.max_requests_per_host, 1, 8);
    section.number("max_redirects", options.max_redirects, 0, 50);
    section.duration("robots_lifetime_h", options.robots_lifetime, hours{1}, 1, 24);
    section.duration("first_robots_retry_s", options.first_robots_retry, seconds{1}, 1, 86'400);
    section.duration("max_robots_retry_s", options.max_robots_retry, seconds{1}, 1, 86'400);
    section.text("accept_language", options.accept_language);
}

void read_retries(const Section& section, crawler::Crawler::Options& options) {
    section.number("max_attempts", options.max_attempts, 1, 20);
    section.duration("first_back_off_ms", options.first_back_off, milliseconds{1}, 1, 3'600'000);
    section.duration("max_back_off_s", options.max_back_off, seconds{1}, 1, 86'400);
    section.duration("max_retry_after_h", options.max_retry_after, hours{1}, 1, 24 * 30);
    section.duration("max_idle_s", options.max_idle, seconds{1}, 0, 86'400);
}

void read_sizes(const Section& section, Config& config) {
    auto& crawl = config.crawl;
    section.number("max_page_bytes", crawl.crawler.max_page_bytes, kKilobyte, kGigabyte);
    section.number("max_image_bytes", crawl.crawler.max_image_bytes, kKilobyte, kGigabyte);
    section.number("max_inflated_bytes", crawl.max_inflated_bytes, kKilobyte, kGigabyte);
    section.number("max_header_bytes", config.fetch.max_header_bytes, kKilobyte, 16'000'000);
    section.number("max_images_per_post", crawl.max_images_per_post, 0, 1'000);
    // What is not a page or a photo is robots.txt, and has a bound of its own.
    config.fetch.max_body_bytes =
        std::max(crawl.crawler.max_page_bytes, crawl.crawler.max_image_bytes);
}

void read_connections(const Section& section, crawler::CurlFetcher::Options& options) {
    section.text("contact", options.contact);
    section.duration("connect_timeout_s", options.connect_timeout, seconds{1}, 1, 3'600);
    section.duration("total_timeout_s", options.total_timeout, seconds{1}, 1, 86'400);
    section.number(
        "low_speed_bytes_per_second", options.low_speed_bytes_per_second, 0, 1'000'000'000);
    section.duration("low_speed_s", options.low_speed_time, seconds{1}, 1, 3'600);
    section.text("proxy", options.proxy);
    fs::path ca_file;
    section.path("ca_file", ca_file);
    options.ca_file = ca_file.string();
    section.list("connect_to", options.connect_to);
    section.list("allow_addresses", options.allow_addresses);
}

void read_crawl(const Section& section, Config& config) {
    auto& token = config.crawl.crawler.product_token;
    section.text("product_token", token);
    if (!is_product_token(token)) {
        section.reject("product_token",
                       "is \"" + token + "\", must be letters, '-' and '_' (RFC 9309)");
    }
    config.fetch.product_token = token;
    read_politeness(section, config.crawl.crawler);
    read_retries(section, config.crawl.crawler);
    read_sizes(section, config);
    read_connections(section, config.fetch);
    section.reject_unknown_keys();
}

void read_extract(const Section& section, extract::Extractor::Options& options) {
    section.number("max_body_bytes", options.max_body_bytes, kKilobyte, kGigabyte);
    section.number("max_depth", options.max_depth, 8, 4'096);
    section.number("max_posts", options.max_posts, 1, 100'000);
    section.reject_unknown_keys();
}

void read_vision(const Section& section, Config& config) {
    auto& options = config.crawl.scan.scanner;
    section.path("models_folder", options.models);
    section.number("workers", config.crawl.scan.workers, 1, 64);
    section.number("threads", options.threads, 0, 256);
    section.number("max_tiles", options.max_tiles, 1, 64);
    section.number("max_lines", options.max_lines, 1, 2'000);
    section.share("min_score", options.min_score);
    section.number("max_photo_bytes", options.limits.max_bytes, kKilobyte, 2 * kGigabyte);
    section.number("max_photo_pixels", options.limits.max_pixels, 10'000, kGigabyte);
    section.number("max_photo_side", options.limits.max_side, 100, 100'000);
    section.number("max_photo_frames", options.limits.max_frames, 1, 100'000);
    section.path("decoder_program", options.decoder.program);
    section.flag("decode_in_process", options.decoder.in_process);
    section.number("decode_seconds", options.decoder.max_seconds, 1, 3'600);
    section.number("decode_memory_mb", options.decoder.max_memory_mb, 64, 65'536);
    section.share("min_hit_score", config.crawl.min_hit_score);
    auto& same = config.crawl.scan.same_photo;
    section.number("same_photo_max_distance", same.max_distance, 0, 64);
    section.number("same_photo_min_quality", same.min_quality, 0, 100);
    section.reject_unknown_keys();
}

void read_marks(const Section& section, Config& config) {
    section.path("brands_file", config.brands);
    section.path("watchlist_file", config.watchlist);
    section.path("families_file", config.families);
    section.path("own_brands_file", config.own_brands);
    section.reject_unknown_keys();
}

SourceChange read_change(const Section& section) {
    SourceChange change;
    const auto number = [&](std::string_view key, std::optional<int>& value, std::int64_t most) {
        int given = 0;
        section.number(key, given, 0, most);
        value = section.has(key) ? std::optional(given) : std::nullopt;
    };
    bool enabled = false;
    section.flag("enabled", enabled);
    change.enabled = section.has("enabled") ? std::optional(enabled) : std::nullopt;
    milliseconds delay{0};
    section.duration("delay_ms", delay, milliseconds{1}, 0, 3'600'000);
    change.delay = section.has("delay_ms") ? std::optional(delay) : std::nullopt;
    number("max_pages", change.max_pages, 1'000'000);
    number("max_depth", change.max_depth, 50);
    number("max_images", change.max_images, 1'000'000);
    hours revisit{0};
    section.duration("revisit_hours", revisit, hours{1}, 0, 24 * 365);
    change.revisit = section.has("revisit_hours") ? std::optional(revisit) : std::nullopt;
    section.reject_unknown_keys();
    return change;
}

void read_sources(const Section& section, Sources& sources) {
    section.path("folder", sources.folder);
    section.flag("shipped", sources.shipped);
    section.list("enabled", sources.enabled);
    section.reject_unknown_keys();
}

void read_listen(const Section& section, review::Options& review) {
    auto listen = review.host + ":" + std::to_string(review.port);
    section.text("listen", listen);
    const auto address = parse_listen(listen);
    if (!address) {
        section.reject(
            "listen",
            "is " + toml_text(listen) + ", must be like \"127.0.0.1:8017\", port 0 to 65535");
    }
    review.host = address->first;
    review.port = address->second;
}

void read_review(const Section& section, review::Options& review) {
    read_listen(section, review);
    section.text("reviewer", review.reviewer);
    section.list("more_hosts", review.more_hosts);
    section.number("picture_cache_bytes", review.picture_cache_bytes, 0, kGigabyte);
    section.reject_unknown_keys();
}

void read_storage(const Section& section, Config& config) {
    section.path("folder", config.data);
    section.reject_unknown_keys();
}

fs::path default_data_folder(const Surroundings& surroundings) {
    return surroundings.xdg_data_home / "chiptrail";
}

/// Beside the user's chiptrail.toml, or where that would be: shipped files are never written.
fs::path default_own_brands(const fs::path& file, const Surroundings& surroundings) {
    const bool shipped = file == surroundings.shipped / "chiptrail.toml";
    const auto folder = shipped ? surroundings.xdg_config_home / "chiptrail" : file.parent_path();
    return folder / "own-brands.toml";
}

}  // namespace

std::optional<std::pair<std::string, int>> parse_listen(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) {
        return std::nullopt;
    }
    auto host = text.substr(0, colon);
    const auto digits = text.substr(colon + 1);
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (digits.empty() || digits.size() > 5 ||
        !std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; }) ||
        (!bracketed && host.find(':') != std::string_view::npos)) {
        return std::nullopt;
    }
    if (bracketed) {
        host = host.substr(1, host.size() - 2);
    }
    const int port = std::stoi(std::string(digits));
    if (port > 65'535) {
        return std::nullopt;
    }
    return std::pair{std::string(host), port};
}

Surroundings surroundings_of_process() {
    Surroundings result;
    result.config_file = environment("CHIPTRAIL_CONFIG");
    result.data_folder = environment("CHIPTRAIL_DATA");
    result.home = environment("HOME");
    result.xdg_config_home = environment("XDG_CONFIG_HOME");
    result.xdg_data_home = environment("XDG_DATA_HOME");
    // XDG Base Directory Specification: a relative path counts as not set.
    if (!result.xdg_config_home.is_absolute()) {
        result.xdg_config_home = result.home / ".config";
    }
    if (!result.xdg_data_home.is_absolute()) {
        result.xdg_data_home = result.home / ".local" / "share";
    }
    result.working_folder = fs::current_path();
    result.shipped = find_shipped();
    return result;
}

fs::path find_config_file(const fs::path& chosen, const Surroundings& surroundings) {
    std::error_code ignored;
    for (const auto& [path, what] :
         {std::pair{chosen, "--config"}, std::pair{surroundings.config_file, "CHIPTRAIL_CONFIG"}}) {
        if (path.empty()) {
            continue;
        }
        if (!fs::exists(path, ignored)) {
            throw core::ConfigError(path.string() + ", named by " + what + ", is not there: copy " +
                                    (surroundings.shipped / "chiptrail.toml").string() + " to it");
        }
        return path;
    }
    for (const auto& folder :
         {surroundings.working_folder, surroundings.xdg_config_home / "chiptrail"}) {
        if (fs::is_regular_file(folder / "chiptrail.toml", ignored)) {
            return folder / "chiptrail.toml";
        }
    }
    return surroundings.shipped / "chiptrail.toml";
}

Config load(const fs::path& file, const Surroundings& surroundings) {
    const auto text = core::read_file(file, kMaxFileBytes);
    if (!text) {
        throw core::ConfigError(text.error().detail);
    }
    return parse(*text, file, surroundings);
}

Config parse(std::string_view text, const fs::path& file, const Surroundings& surroundings) {
    Config config;
    config.file = file;
    config.shipped = surroundings.shipped;
    config.crawl.config_digest = core::sha256(text).hex();
    config.brands = surroundings.shipped / "brands.toml";
    config.watchlist = surroundings.shipped / "watchlist.toml";
    config.families = surroundings.shipped / "families.toml";
    config.own_brands = default_own_brands(file, surroundings);
    config.data = default_data_folder(surroundings);

    const auto document = TomlTable::parse(text, file.string());
    Context context{surroundings, file.parent_path(), config.settings};
    const auto section = [&](const std::string& name) {
        return Section(document.table(name), name, context);
    };
    read_crawl(section("crawl"), config);
    read_sources(section("sources"), config.sources);
    read_marks(section("marks"), config);
    read_vision(section("vision"), config);
    read_extract(section("extract"), config.crawl.extractor);
    read_storage(section("storage"), config);
    read_review(section("review"), config.review);
    std::map<std::string, std::string> unlisted;
    Context of_sources{surroundings, file.parent_path(), unlisted};
    const auto sources = document.table("source");
    for (const auto& name : sources.keys()) {
        config.sources.changes[name] = read_change(Section(sources.table(name), name, of_sources));
    }
    document.reject_unknown_keys();
    if (!surroundings.data_folder.empty()) {
        config.data = surroundings.data_folder;
    }
    return config;
}

}  // namespace chiptrail::config
