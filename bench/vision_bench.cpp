// Where the time of a scan goes, photo by photo:
//   chiptrail_vision_bench [OPTION...] CONFIG_FOLDER PHOTO...
// CONFIG_FOLDER holds brands.toml and watchlist.toml.
//   --threads=N     for one photo; default: all processors
//   --workers=N     photos side by side, each with its share of the processors
//   --readings      also what was read and found, one line each, so that two versions of the reader
//                   can be compared with diff
//   --json          one object a photo instead of the table, then one of the whole run
//   --stdin         names of photos from standard input, each answered before the next is read
//   --decode-only   the pixels and nothing else: the least that any reader needs

#include "config/lexicon_reader.hpp"
#include "vision/decode.hpp"
#include "vision/scanner.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using chiptrail::vision::Scanner;
using chiptrail::vision::ScanResult;
using Clock = std::chrono::steady_clock;

struct Arguments {
    int threads = 0;
    int workers = 1;
    bool readings = false;
    bool json = false;
    bool from_stdin = false;
    bool decode_only = false;
    std::string config;
    std::vector<std::string> photos;
};

/// The number behind `name` in "name=12".
bool read_number(std::string_view value, std::string_view name, int& number) {
    if (value.substr(0, name.size()) != name) {
        return false;
    }
    number = std::max(1, std::atoi(value.data() + name.size()));
    return true;
}

Arguments parse(int count, char** values) {
    Arguments arguments;
    for (int i = 1; i < count; ++i) {
        const std::string_view value = values[i];
        if (read_number(value, "--threads=", arguments.threads) ||
            read_number(value, "--workers=", arguments.workers)) {
            continue;
        }
        if (value == "--readings") {
            arguments.readings = true;
        } else if (value == "--json") {
            arguments.json = true;
        } else if (value == "--stdin") {
            arguments.from_stdin = true;
        } else if (value == "--decode-only") {
            arguments.decode_only = true;
        } else if (arguments.config.empty()) {
            arguments.config = value;
        } else {
            arguments.photos.emplace_back(value);
        }
    }
    return arguments;
}

/// Of this process and its ended children.
double cpu_seconds() {
    const auto seconds = [](int who) {
        rusage usage{};
        getrusage(who, &usage);
        return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
    };
    return seconds(RUSAGE_SELF) + seconds(RUSAGE_CHILDREN);
}

long peak_megabytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

double milliseconds(std::chrono::microseconds time) {
    return static_cast<double>(time.count()) / 1000;
}

double seconds(std::chrono::microseconds time) {
    return std::chrono::duration<double>(time).count();
}

double megapixels(const ScanResult& result) {
    return result.width * static_cast<double>(result.height) / 1e6;
}

double median(std::vector<double> values) {
    if (values.empty()) {
        return 0;
    }
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

std::string read_bytes(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
}

/// As a scan, but ends at the pixels.
ScanResult decode(const std::string& bytes) {
    ScanResult result;
    const auto start = Clock::now();
    const auto photo = chiptrail::vision::decode_photo(bytes, {});
    result.times.decode =
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start);
    result.seconds = seconds(result.times.decode);
    result.decoded = photo.has_value();
    if (photo) {
        result.width = photo->width;
        result.height = photo->height;
    } else {
        result.problem = photo.error().detail;
    }
    return result;
}

struct Totals {
    std::vector<double> wall;
    double cpu = 0;
    double elapsed = 0;
    double megapixels = 0;
};

void print_readings(const ScanResult& result) {
    for (const auto& reading : result.readings) {
        fmt::print("  reads {:.2f} {:.0f},{:.0f} {}\n",
                   reading.confidence,
                   reading.quad[0].x,
                   reading.quad[0].y,
                   reading.text);
    }
    for (const auto& finding : result.findings) {
        fmt::print("  finds {:.2f} {} {}\n", finding.score, finding.brand, finding.model);
    }
}

void print_head() {
    fmt::print("{:>6} {:>8} {:>8} {:>9} {:>7} {:>8} {:>5} {:>5}\n",
               "Mpx",
               "decode",
               "detect",
               "recognise",
               "match",
               "wall s",
               "lines",
               "finds");
}

void print_row(const std::string& path, const ScanResult& result) {
    fmt::print("{:>6.2f} {:>8.1f} {:>8.1f} {:>9.1f} {:>7.1f} {:>8.3f} {:>5} {:>5} {}\n",
               megapixels(result),
               milliseconds(result.times.decode),
               milliseconds(result.times.detect),
               milliseconds(result.times.recognise),
               milliseconds(result.times.match),
               result.seconds,
               result.readings.size(),
               result.findings.size(),
               std::filesystem::path(path).filename().string());
}

void print_object(const nlohmann::ordered_json& object) {
    fmt::print("{}\n",
               object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    std::fflush(stdout);
}

void print_json(const std::string& path, const ScanResult& result) {
    print_object({{"file", path},
                  {"megapixels", megapixels(result)},
                  {"seconds", result.seconds},
                  {"stages",
                   {{"decode", seconds(result.times.decode)},
                    {"detect", seconds(result.times.detect)},
                    {"recognise", seconds(result.times.recognise)},
                    {"rows", seconds(result.times.rows)},
                    {"second_look", seconds(result.times.second_look)},
                    {"match", seconds(result.times.match)},
                    {"marks", seconds(result.times.marks)}}},
                  {"lines", result.readings.size()},
                  {"findings", result.findings.size()},
                  {"problem", result.problem}});
}

class Bench {
public:
    explicit Bench(const Arguments& arguments) : arguments_(arguments) {
        const std::filesystem::path config = arguments.config;
        chiptrail::vision::ScanOptions options;
        options.threads = arguments.threads;
        if (options.threads == 0 && arguments.workers > 1) {
            options.threads = std::max(
                1, static_cast<int>(std::thread::hardware_concurrency()) / arguments.workers);
        }
        if (arguments.decode_only) {
            return;
        }
        const auto lexicon =
            chiptrail::config::read_lexicon(config / "brands.toml", config / "watchlist.toml");
        for (int i = 0; i < arguments.workers; ++i) {
            scanners_.push_back(std::make_unique<Scanner>(options, lexicon));
        }
    }

    void run() {
        if (!arguments_.json) {
            print_head();
        }
        const auto start = Clock::now();
        const auto cpu = cpu_seconds();
        if (arguments_.from_stdin) {
            for (std::string path; std::getline(std::cin, path);) {
                one(path, 0);
            }
        } else {
            all();
        }
        scanners_.clear();  // Only ended children count.
        totals_.cpu = cpu_seconds() - cpu;
        totals_.elapsed = std::chrono::duration<double>(Clock::now() - start).count();
        print_totals();
    }

private:
    void one(const std::string& path, std::size_t worker) {
        const auto bytes = read_bytes(path);
        const auto result =
            arguments_.decode_only ? decode(bytes) : scanners_.at(worker)->scan(bytes);
        const std::lock_guard lock(mutex_);
        if (arguments_.json) {
            print_json(path, result);
        } else {
            print_row(path, result);
            if (arguments_.readings) {
                print_readings(result);
            }
        }
        totals_.wall.push_back(result.seconds);
        totals_.megapixels += megapixels(result);
    }

    void all() {
        std::atomic<std::size_t> next = 0;
        std::vector<std::jthread> threads;
        for (int worker = 0; worker < arguments_.workers; ++worker) {
            threads.emplace_back([&, worker] {
                for (auto i = next++; i < arguments_.photos.size(); i = next++) {
                    one(arguments_.photos[i], static_cast<std::size_t>(worker));
                }
            });
        }
    }

    void print_totals() const {
        const auto count = static_cast<double>(totals_.wall.size());
        const double photos_per_second = totals_.elapsed > 0 ? count / totals_.elapsed : 0;
        const double per_megapixel = totals_.megapixels > 0 ? totals_.cpu / totals_.megapixels : 0;
        if (arguments_.json) {
            print_object({{"photos", totals_.wall.size()},
                          {"workers", arguments_.workers},
                          {"megapixels", totals_.megapixels},
                          {"median_seconds", median(totals_.wall)},
                          {"photos_per_second", photos_per_second},
                          {"cpu_seconds", totals_.cpu},
                          {"cpu_seconds_per_megapixel", per_megapixel},
                          {"peak_megabytes", peak_megabytes()}});
            return;
        }
        fmt::print(
            "{} photos, {:.1f} megapixels: median {:.3f} s; {:.2f} photos/s, {:.3f} CPU s a "
            "photo, {:.3f} a megapixel, peak {} MB\n",
            totals_.wall.size(),
            totals_.megapixels,
            median(totals_.wall),
            photos_per_second,
            count > 0 ? totals_.cpu / count : 0,
            per_megapixel,
            peak_megabytes());
    }

    const Arguments& arguments_;
    std::vector<std::unique_ptr<Scanner>> scanners_;
    std::mutex mutex_;
    Totals totals_;
};

}  // namespace

int main(int argc, char** argv) {
    const auto arguments = parse(argc, argv);
    if (arguments.config.empty() || (arguments.photos.empty() && !arguments.from_stdin)) {
        std::fputs(
            "usage: chiptrail_vision_bench [--threads=N] [--workers=N] [--readings] [--json] "
            "[--stdin] [--decode-only] CONFIG_FOLDER PHOTO...\n",
            stderr);
        return 2;
    }
    try {
        Bench(arguments).run();
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
