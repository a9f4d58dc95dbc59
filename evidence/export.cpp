#include "evidence/export.hpp"

#include "core/file.hpp"
#include "evidence/hit_json.hpp"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>
#include <system_error>
#include <utility>

namespace chiptrail::evidence {

namespace {

constexpr const char* kReadme =
    "This folder is an export of chiptrail: hits, which are photos in posts on public pages that\n"
    "show the mark of a hardware vendor, each with everything that leads back to the bytes that\n"
    "the web server sent.\n"
    "\n"
    "To check that nothing was changed since the export, in a shell in this folder:\n"
    "\n"
    "    sha256sum -c SHA256SUMS\n"
    "\n"
    "Every line must end in OK. The list itself is checked with a SHA-256 that was written down\n"
    "somewhere else when the export was made:\n"
    "\n"
    "    sha256sum SHA256SUMS\n"
    "\n"
    "What is here:\n"
    "\n"
    "    manifest.json           when and by which version this was made; hits and files\n"
    "    hits/ID/hit.json        post, history, findings, decisions, both exchanges\n"
    "    hits/ID/page/           the page: request, response and body as received\n"
    "    hits/ID/photo/          the photo: request, response and bytes as received\n"
    "    hits/ID/redirects/      exchanges that led to them, if any\n"
    "    hits/ID/annotated.*     a copy of the photo with the findings drawn on it\n"
    "    hits/ID/findings/       each finding: its place cut out and made upright, and the\n"
    "                            reference mark that it was compared with, if any\n"
    "\n"
    "Files with original bytes are named by their SHA-256. A page may be compressed as it came:\n"
    ".gz opens with gunzip, .br with brotli -d, .zst with zstd -d. request.txt and response.txt\n"
    "hold the header fields in the order and spelling of the wire.\n"
    "\n"
    "Pages and photos come from strangers. Open them without a network connection.\n";

/// Takes the half-built folder away unless the export got through.
class Workshop {
public:
    explicit Workshop(std::filesystem::path folder) : folder_(std::move(folder)) {
        std::filesystem::create_directories(folder_.parent_path());
        if (!std::filesystem::create_directory(folder_)) {
            throw core::Error("cannot make the folder " + folder_.string() +
                              ": it is there already. Remove it; a broken export left it.");
        }
    }
    ~Workshop() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    Workshop(const Workshop&) = delete;
    Workshop& operator=(const Workshop&) = delete;

    [[nodiscard]] const std::filesystem::path& folder() const {
        return folder_;
    }

private:
    std::filesystem::path folder_;
};

struct WrittenFile {
    core::Sha256 sha256;
    std::uint64_t bytes = 0;
};

/// Writes files below one root and remembers what it wrote, by path.
class Writer {
public:
    explicit Writer(std::filesystem::path root) : root_(std::move(root)) {}

    void write(const std::string& name, std::string_view bytes) {
        const auto path = root_ / name;
        std::filesystem::create_directories(path.parent_path());
        core::write_file_durably(path, bytes);
        files_[name] = {core::sha256(bytes), bytes.size()};
    }
    [[nodiscard]] const std::map<std::string, WrittenFile>& files() const {
        return files_;
    }
    [[nodiscard]] std::string sums() const {
        std::string text;
        for (const auto& [name, file] : files_) {
            text += file.sha256.hex() + "  " + name + "\n";
        }
        return text;
    }
    /// The names of files and folders survive a crash, too.
    void sync() const {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root_)) {
            if (entry.is_directory()) {
                core::sync_folder(entry.path());
            }
        }
        core::sync_folder(root_);
    }

private:
    std::filesystem::path root_;
    std::map<std::string, WrittenFile> files_;
};

/// ".br" cannot be told from its bytes; the header is asked, but only for names that we know.
std::string body_extension(const core::Exchange& exchange, std::string_view bytes) {
    const auto coding = core::find_header(exchange.response_headers, "content-encoding");
    if (coding && *coding == "br") {
        return "br";
    }
    return extension_of(bytes);
}

class HitExport {
public:
    HitExport(storage::Store& store,
              const ExportOptions& options,
              Writer& writer,
              ExportResult& result)
        : store_(store), options_(options), writer_(writer), result_(result) {}

    storage::HitDetail write(const storage::HitId& id) {
        auto hit = store_.hits().find(id);
        if (!hit) {
            throw core::Error("there is no hit " + id.text + " in the store " +
                              store_.folder().string());
        }
        folder_ = "hits/" + id.text + "/";
        files_.clear();
        findings_.assign(hit->detection.findings.size(), {});
        write_exchange(hit->page, "page/");
        if (hit->photo) {
            write_exchange(*hit->photo, "photo/");
        }
        std::size_t number = 0;
        for (const auto& redirect : hit->redirects) {
            write_exchange(redirect, "redirects/" + std::to_string(++number) + "-");
        }
        write_photo(*hit);
        const auto detector = store_.images().find_detector(hit->detection.detector);
        writer_.write(folder_ + "hit.json", hit_json(*hit, detector, findings_, files_));
        return std::move(*hit);
    }

private:
    std::optional<std::string> load(const storage::Blob& blob) {
        if (blob.bytes > options_.max_blob_bytes) {
            result_.warnings.push_back(folder_ + ": " + blob.sha256.hex() + " has " +
                                       std::to_string(blob.bytes) + " bytes and was not copied");
            return std::nullopt;
        }
        auto bytes = store_.blobs().get(blob, storage::Check::hash);
        if (!bytes) {
            throw core::Error("the export stops: " + bytes.error().detail +
                              ". `chiptrail doctor` checks the whole store.");
        }
        return std::move(*bytes);
    }

    void write_exchange(const storage::Fetch& fetch, const std::string& prefix) {
        writer_.write(folder_ + prefix + "request.txt", request_text(fetch.exchange));
        writer_.write(folder_ + prefix + "response.txt", response_text(fetch.exchange));
        if (!fetch.body) {
            const bool redirect = fetch.exchange.status >= 300 && fetch.exchange.status < 400;
            if (!redirect) {
                result_.warnings.push_back(folder_ + prefix + ": the answer of " +
                                           fetch.exchange.url + " had no body");
            }
            return;
        }
        if (files_.contains(fetch.body->sha256)) {
            return;
        }
        if (const auto bytes = load(*fetch.body)) {
            keep(prefix, fetch.body->sha256, body_extension(fetch.exchange, *bytes), *bytes);
        }
    }

    void keep(const std::string& prefix,
              const core::Sha256& sha256,
              const std::string& extension,
              std::string_view bytes) {
        const auto name = prefix + sha256.hex() + "." + extension;
        writer_.write(folder_ + name, bytes);
        files_[sha256] = name;
    }

    /// The photo is the body of its exchange, unless that came compressed.
    void write_photo(const storage::HitDetail& hit) {
        const auto& blob = hit.row.image.blob;
        const auto bytes = load(blob);
        if (!bytes) {
            return;
        }
        if (!files_.contains(blob.sha256)) {
            keep("photo/", blob.sha256, extension_of(*bytes), *bytes);
        }
        explain(*bytes, hit.detection);
        if (!options_.annotate) {
            return;
        }
        const auto picture = options_.annotate(*bytes, hit.detection.findings);
        if (!picture) {
            result_.warnings.push_back(folder_ + ": the photo could not be drawn on");
            return;
        }
        writer_.write(folder_ + "annotated." + extension_of(*picture), *picture);
    }

    void explain(std::string_view photo, const storage::Detection& detection) {
        for (std::size_t i = 0; options_.explain && i < findings_.size(); ++i) {
            auto view = options_.explain(photo, detection.findings[i]);
            const auto name = "findings/" + detection.finding_ids.at(i).text;
            auto& files = findings_[i];
            files.spelling = std::move(view.spelling);
            files.place = keep_picture(name + "-place", view.place);
            files.reference = keep_picture(name + "-reference", view.reference);
        }
    }

    std::string keep_picture(const std::string& name, std::string_view bytes) {
        if (bytes.empty()) {
            return {};
        }
        auto file = name + "." + extension_of(bytes);
        writer_.write(folder_ + file, bytes);
        return file;
    }

    storage::Store& store_;
    const ExportOptions& options_;
    Writer& writer_;
    ExportResult& result_;
    std::string folder_;
    FileNames files_;
    std::vector<FindingFiles> findings_;
};

nlohmann::json hit_line(const storage::HitDetail& hit) {
    return {{"id", hit.row.id.text},
            {"folder", "hits/" + hit.row.id.text},
            {"source", hit.row.source},
            {"url", hit.row.post.url},
            {"title", hit.row.post.title},
            {"score", hit.row.score},
            {"brands", hit.row.brands},
            {"models", hit.row.models},
            {"state", storage::to_text(hit.row.state)},
            {"photo_sha256", hit.row.image.blob.sha256.hex()}};
}

std::string manifest(const ExportOptions& options,
                     const nlohmann::json& hits,
                     const std::map<std::string, WrittenFile>& files) {
    auto list = nlohmann::json::array();
    for (const auto& [name, file] : files) {
        list.push_back({{"path", name}, {"sha256", file.sha256.hex()}, {"bytes", file.bytes}});
    }
    const nlohmann::json document = {{"schema", "chiptrail.export/1"},
                                     {"program", "chiptrail"},
                                     {"version", options.version},
                                     {"exported_at", core::format_rfc3339(options.exported_at)},
                                     {"hits", hits},
                                     {"files", list}};
    return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

/// Absolute, without a trailing slash, so that it has a name and a parent.
std::filesystem::path target_folder(const std::filesystem::path& folder) {
    auto target = std::filesystem::absolute(folder).lexically_normal();
    if (!target.has_filename()) {
        target = target.parent_path();
    }
    if (std::filesystem::exists(target) && !std::filesystem::is_directory(target)) {
        throw core::Error(target.string() + " is a file. Name a new folder for the export.");
    }
    if (std::filesystem::exists(target) && !std::filesystem::is_empty(target)) {
        throw core::Error(target.string() +
                          " is not empty. Name a new folder; an export never mixes with another.");
    }
    return target;
}

ExportResult build(storage::Store& store,
                   const std::vector<storage::HitId>& ids,
                   const std::filesystem::path& target,
                   const ExportOptions& options) {
    const Workshop workshop(target.parent_path() / ("." + target.filename().string() + ".partial-" +
                                                    std::to_string(::getpid())));
    ExportResult result;
    Writer writer(workshop.folder());
    HitExport hit_export(store, options, writer, result);
    auto lines = nlohmann::json::array();
    for (const auto& id : std::set<storage::HitId>(ids.begin(), ids.end())) {
        lines.push_back(hit_line(hit_export.write(id)));
    }
    writer.write("README.txt", kReadme);
    writer.write("manifest.json", manifest(options, lines, writer.files()));
    const auto sums = writer.sums();
    writer.write("SHA256SUMS", sums);
    writer.sync();
    std::filesystem::rename(workshop.folder(), target);
    core::sync_folder(target.parent_path());

    result.folder = target;
    result.hits = lines.size();
    result.files = writer.files().size();
    for (const auto& [name, file] : writer.files()) {
        result.bytes += file.bytes;
    }
    result.sums_sha256 = core::sha256(sums).hex();
    return result;
}

}  // namespace

ExportResult export_hits(storage::Store& store,
                         const std::vector<storage::HitId>& hits,
                         const std::filesystem::path& folder,
                         const ExportOptions& options) {
    if (hits.empty()) {
        throw core::Error("there is nothing to export: no hit was named");
    }
    try {
        return build(store, hits, target_folder(folder), options);
    } catch (const std::filesystem::filesystem_error& error) {
        throw core::Error("cannot export to " + folder.string() + ": " + error.code().message() +
                          " (" + error.path1().string() + ")");
    }
}

}  // namespace chiptrail::evidence
