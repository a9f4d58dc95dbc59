// Where the time of a scan goes, photo by photo:
//   chiptrail_vision_bench [--threads=N] [--readings] CONFIG_FOLDER PHOTO...
// CONFIG_FOLDER holds brands.toml and watchlist.toml. With --readings also what was read and found,
// one line each, so that two versions of the reader can be compared with diff.

#include "config/lexicon_reader.hpp"
#include "vision/scanner.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using chiptrail::vision::ScanResult;

struct Arguments {
    int threads = 0;
    bool readings = false;
    std::vector<std::string> rest;
};

Arguments parse(int count, char** values) {
    constexpr std::string_view kThreads = "--threads=";
    Arguments arguments;
    for (int i = 1; i < count; ++i) {
        const std::string_view value = values[i];
        if (value.substr(0, kThreads.size()) == kThreads) {
            arguments.threads = std::atoi(values[i] + kThreads.size());
        } else if (value == "--readings") {
            arguments.readings = true;
        } else {
            arguments.rest.emplace_back(value);
        }
    }
    return arguments;
}

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

long peak_megabytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

double milliseconds(std::chrono::microseconds time) {
    return static_cast<double>(time.count()) / 1000;
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

struct Totals {
    std::vector<double> wall;
    std::vector<double> cpu;
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

void print_row(const std::string& path, const ScanResult& result, double cpu) {
    fmt::print("{:>6.2f} {:>8.1f} {:>8.1f} {:>9.1f} {:>7.1f} {:>8.3f} {:>8.3f} {:>5} {:>5} {}\n",
               result.width * static_cast<double>(result.height) / 1e6,
               milliseconds(result.times.decode),
               milliseconds(result.times.detect),
               milliseconds(result.times.recognise),
               milliseconds(result.times.match),
               result.seconds,
               cpu,
               result.readings.size(),
               result.findings.size(),
               std::filesystem::path(path).filename().string());
}

void print_totals(const Totals& totals) {
    double wall = 0;
    double cpu = 0;
    for (std::size_t i = 0; i < totals.wall.size(); ++i) {
        wall += totals.wall[i];
        cpu += totals.cpu[i];
    }
    const auto count = static_cast<double>(totals.wall.size());
    fmt::print(
        "{} photos, {:.1f} megapixels: median {:.3f} s, {:.3f} CPU s; {:.2f} photos/s, "
        "{:.3f} CPU s a megapixel, peak {} MB\n",
        totals.wall.size(),
        totals.megapixels,
        median(totals.wall),
        median(totals.cpu),
        count / wall,
        cpu / totals.megapixels,
        peak_megabytes());
}

int bench(const Arguments& arguments) {
    const std::filesystem::path config = arguments.rest.at(0);
    const auto lexicon =
        chiptrail::config::read_lexicon(config / "brands.toml", config / "watchlist.toml");
    chiptrail::vision::ScanOptions options;
    options.threads = arguments.threads;
    chiptrail::vision::Scanner scanner(options, lexicon);
    fmt::print("{:>6} {:>8} {:>8} {:>9} {:>7} {:>8} {:>8} {:>5} {:>5}\n",
               "Mpx",
               "decode",
               "detect",
               "recognise",
               "match",
               "wall s",
               "CPU s",
               "lines",
               "finds");
    Totals totals;
    for (std::size_t i = 1; i < arguments.rest.size(); ++i) {
        std::ifstream file(arguments.rest[i], std::ios::binary);
        std::ostringstream bytes;
        bytes << file.rdbuf();
        const auto before = cpu_seconds();
        const auto result = scanner.scan(bytes.str());
        const auto cpu = cpu_seconds() - before;
        print_row(arguments.rest[i], result, cpu);
        if (arguments.readings) {
            print_readings(result);
        }
        totals.wall.push_back(result.seconds);
        totals.cpu.push_back(cpu);
        totals.megapixels += result.width * static_cast<double>(result.height) / 1e6;
    }
    print_totals(totals);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const auto arguments = parse(argc, argv);
    if (arguments.rest.size() < 2) {
        std::fputs(
            "usage: chiptrail_vision_bench [--threads=N] [--readings] CONFIG_FOLDER "
            "PHOTO...\n",
            stderr);
        return 2;
    }
    try {
        return bench(arguments);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
