#include "app/photo_files.hpp"

#include "app/ordered_work.hpp"
#include "core/file.hpp"
#include "core/result.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

namespace chiptrail::app {

namespace fs = std::filesystem;

namespace {

bool begins_like_a_picture(const fs::path& file) {
    std::string head(64, '\0');
    std::ifstream stream(file, std::ios::binary);
    stream.read(head.data(), static_cast<std::streamsize>(head.size()));
    head.resize(static_cast<std::size_t>(stream.gcount()));
    return vision::sniff_format(head) != vision::ImageFormat::unknown;
}

/// Entries of one folder, sorted; folders and files mixed.
std::vector<fs::directory_entry> entries_of(const fs::path& folder, PhotoFiles& found) {
    std::vector<fs::directory_entry> entries;
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
        entries.push_back(*it);
    }
    if (error) {
        found.unreadable.push_back("cannot read folder " + folder.string() + ": " +
                                   error.message());
    }
    std::sort(entries.begin(), entries.end());
    return entries;
}

void add_folder(const fs::path& top, PhotoFiles& found) {
    // A list, not recursion: strangers' folders can be nested deeper than a stack.
    std::vector<fs::path> waiting = {top};
    while (!waiting.empty()) {
        const auto folder = std::move(waiting.back());
        waiting.pop_back();
        std::vector<fs::path> below;
        for (const auto& entry : entries_of(folder, found)) {
            std::error_code ignored;
            if (entry.is_directory(ignored) && !entry.is_symlink(ignored)) {
                below.push_back(entry.path());
            } else if (entry.is_regular_file(ignored)) {
                if (begins_like_a_picture(entry.path())) {
                    found.files.push_back(entry.path());
                } else {
                    ++found.not_pictures;
                }
            }
        }
        waiting.insert(waiting.end(), below.rbegin(), below.rend());
    }
}

vision::ScanResult failed_result(const std::string& why) {
    vision::ScanResult result;
    result.problem = why;
    return result;
}

ScannedFile scan_file(const fs::path& file, vision::Scanner& scanner, std::uint64_t max_bytes) {
    ScannedFile scanned;
    scanned.file = file.string();
    const auto bytes = core::read_file(file, max_bytes);
    if (!bytes) {
        scanned.result = failed_result(bytes.error().detail);
        return scanned;
    }
    scanned.sha256 = core::sha256(*bytes);
    try {
        scanned.result = scanner.scan(*bytes);
    } catch (const core::ConfigError&) {
        throw;  // A damaged model fails at every photo.
    } catch (const std::exception& error) {
        // One hostile file must not end the scan of all the others.
        scanned.result = failed_result(std::string("cannot be looked at: ") + error.what());
    }
    if (!scanned.result.decoded && scanned.result.problem.empty()) {
        scanned.result.problem = "cannot be decoded";
    }
    return scanned;
}

}  // namespace

PhotoFiles find_photos(const std::vector<fs::path>& paths) {
    PhotoFiles found;
    for (const auto& path : paths) {
        std::error_code ignored;
        if (fs::is_directory(path, ignored)) {
            add_folder(path, found);
        } else {
            found.files.push_back(path);
        }
    }
    return found;
}

std::size_t scan_files(const std::vector<fs::path>& files,
                       const vision::ScanOptions& options,
                       const vision::Lexicon& lexicon,
                       std::size_t workers,
                       const std::stop_token& stop,
                       const std::function<void(ScannedFile)>& done) {
    workers = std::max<std::size_t>(1, std::min(workers, files.size()));
    auto shared = options;
    if (workers > 1 && shared.threads == 0) {
        const auto processors = std::max(1U, std::thread::hardware_concurrency());
        shared.threads = static_cast<int>(std::max<std::size_t>(1, processors / workers));
    }
    std::vector<vision::Scanner> scanners;
    for (std::size_t i = 0; i < workers; ++i) {
        scanners.emplace_back(shared, lexicon);
    }
    std::mutex mutex;
    std::map<std::size_t, ScannedFile> results;
    return work_in_order(
        files.size(),
        workers,
        [&](std::size_t worker, std::size_t item) {
            auto scanned = scan_file(files[item], scanners[worker], shared.limits.max_bytes);
            const std::lock_guard lock(mutex);
            results.emplace(item, std::move(scanned));
        },
        [&](std::size_t item) {
            std::unique_lock lock(mutex);
            auto node = results.extract(item);
            lock.unlock();
            done(std::move(node.mapped()));
        },
        stop);
}

}  // namespace chiptrail::app
