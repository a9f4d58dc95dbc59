// Judges what is made of readings without reading again:
//   chiptrail_match_bench read CACHE ROOT FILE...      readings of ROOT/FILE into CACHE
//   chiptrail_match_bench eval CONFIG CACHE LABELS     recall and precision, every mistake
//   chiptrail_match_bench vendors CONFIG CACHE FILE... VENDOR/photo: how often VENDOR is found,
//                                                      and what else is
//   chiptrail_match_bench words CONFIG FOLDER          what bench/print_words.py printed: marks
//                                                      found, other words taken for one
//   chiptrail_match_bench show CACHE FILE...           the readings
// CONFIG is the folder of brands.toml and watchlist.toml.

#include "bench/reading_cache.hpp"
#include "config/lexicon_reader.hpp"
#include "vision/decode.hpp"
#include "vision/evaluation.hpp"
#include "vision/line_recogniser.hpp"
#include "vision/match.hpp"
#include "vision/text_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace bench = chiptrail::bench;
namespace core = chiptrail::core;
namespace vision = chiptrail::vision;
using Paths = std::vector<std::string>;

std::string file_text(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
}

std::filesystem::path cached(const std::string& cache, std::string file) {
    std::replace(file.begin(), file.end(), '/', '=');
    return std::filesystem::path(cache) / (file + ".readings");
}

vision::Lexicon lexicon_in(const std::filesystem::path& config) {
    return chiptrail::config::read_lexicon(config / "brands.toml", config / "watchlist.toml");
}

void read_photos(const std::string& cache, const std::string& root, const Paths& files) {
    vision::ReaderOptions options;
    options.threads = 1;
    vision::TextReader reader(options);
    for (const auto& file : files) {
        if (std::filesystem::exists(cached(cache, file))) {
            continue;
        }
        bench::CachedPhoto photo;
        if (const auto decoded =
                vision::decode_photo(file_text(std::filesystem::path(root) / file), {})) {
            photo.decoded = true;
            photo.size = {decoded->width, decoded->height};
            photo.readings = reader.read(*decoded).readings;
        }
        bench::save(photo, cached(cache, file));
    }
}

bench::CachedPhoto required(const std::string& cache, const std::string& file) {
    auto photo = bench::load(cached(cache, file));
    if (!photo) {
        throw std::runtime_error("no readings of " + file + "; run read first");
    }
    return std::move(*photo);
}

void print_share(const char* what, const vision::Share& share) {
    fmt::print("{:<28}{:>4} of {:>4}  {:.3f}\n", what, share.count, share.of, share.value());
}

void print_score(const vision::Score& score) {
    print_share("  recall, clear", score.recall_clear);
    print_share("  recall, hard", score.recall_hard);
    print_share("  precision", score.precision);
    print_share("  negatives alarmed", score.alarmed_negatives);
}

void eval(const std::string& config, const std::string& cache, const std::string& labels) {
    const vision::Matcher matcher(lexicon_in(config));
    const auto photos = vision::read_labels(file_text(labels));
    if (!photos) {
        throw std::runtime_error(photos.error().detail);
    }
    std::vector<vision::ScanResult> scans;
    vision::Share centred;
    for (const auto& photo : *photos) {
        const auto readings = required(cache, photo.file);
        auto& scan = scans.emplace_back();
        scan.decoded = readings.decoded;
        scan.width = readings.size.width;
        scan.height = readings.size.height;
        scan.findings = matcher.match(readings.readings, readings.size);
        for (const auto& finding : scan.findings) {
            const bool labelled = std::any_of(
                photo.marks.begin(), photo.marks.end(), [&](const vision::LabelledMark& mark) {
                    return mark.brand == finding.brand && mark.box;
                });
            if (!labelled || finding.kind != core::FindingKind::wordmark) {
                continue;
            }
            const auto inside = [&](const vision::LabelledMark& mark) {
                const auto x = finding.box.x + finding.box.width / 2;
                const auto y = finding.box.y + finding.box.height / 2;
                return mark.brand == finding.brand && mark.box && x >= mark.box->x &&
                       y >= mark.box->y && x <= mark.box->x + mark.box->width &&
                       y <= mark.box->y + mark.box->height;
            };
            const bool hit = std::any_of(photo.marks.begin(), photo.marks.end(), inside);
            centred.of += 1;
            centred.count += hit ? 1U : 0U;
            if (!hit) {
                fmt::print("elsewhere    {:<11} {} '{}' {},{} {}x{}\n",
                           finding.brand,
                           photo.file,
                           finding.text,
                           finding.box.x,
                           finding.box.y,
                           finding.box.width,
                           finding.box.height);
            }
        }
    }
    const auto report = vision::evaluate(*photos, scans);
    for (const auto& mistake : report.mistakes) {
        fmt::print("{:<12} {:<11} {}", vision::to_text(mistake.kind), mistake.brand, mistake.file);
        for (const auto& box : mistake.boxes) {
            fmt::print(" [{},{} {}x{}]", box.x, box.y, box.width, box.height);
        }
        if (mistake.finding) {
            fmt::print(" {:.2f} {}", mistake.finding->score, mistake.finding->why);
        }
        fmt::print("\n");
    }
    fmt::print("{} photos; word marks\n", report.images);
    print_score(report.score);
    fmt::print("implied ones counted too\n");
    print_score(report.with_implied);
    print_share("labelled boxes hit, clear", report.placed_clear);
    print_share("labelled boxes hit, hard", report.placed_hard);
    print_share("findings in a labelled box", centred);
}

/// "Palo-Alto/x.png" and the brand "paloalto".
std::string vendor_key(const std::string& file) {
    auto key = file.substr(0, file.find('/'));
    std::transform(key.begin(), key.end(), key.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return key == "palo-alto" ? "paloalto" : key;
}

void vendors(const std::string& config, const std::string& cache, const Paths& files) {
    const vision::Matcher matcher(lexicon_in(config));
    std::map<std::string, vision::Share> found;
    std::map<std::string, vision::Share> with_implied;
    for (const auto& file : files) {
        const auto key = vendor_key(file);
        const auto photo = required(cache, file);
        std::set<std::string> seen;
        std::set<std::string> implied;
        for (const auto& finding : matcher.match(photo.readings, photo.size)) {
            const bool is_mark = finding.kind == core::FindingKind::wordmark;
            if (!is_mark && finding.kind != core::FindingKind::implied) {
                continue;
            }
            (is_mark ? seen : implied).insert(finding.brand);
            if (finding.brand != key) {
                fmt::print(
                    "other {:<10} {} {:.2f} {}\n", finding.brand, file, finding.score, finding.why);
            }
        }
        found[key].of += 1;
        with_implied[key].of += 1;
        found[key].count += seen.contains(key) ? 1U : 0U;
        const bool any = seen.contains(key) || implied.contains(key);
        with_implied[key].count += any ? 1U : 0U;
        if (!any) {
            fmt::print("none  {:<10} {}\n", key, file);
        }
    }
    vision::Share all;
    for (const auto& [key, share] : found) {
        fmt::print("{:<14} {:>3} of {:>3}, with implied {:>3}\n",
                   key,
                   share.count,
                   share.of,
                   with_implied[key].count);
        all.count += share.count;
        all.of += share.of;
    }
    print_share("vendor found", all);
}

void show(const std::string& cache, const Paths& files) {
    for (const auto& file : files) {
        const auto photo = required(cache, file);
        fmt::print("{} {}x{}\n", file, photo.size.width, photo.size.height);
        for (const auto& reading : photo.readings) {
            fmt::print("  {:.2f} {:>3} {:>5.0f},{:<5.0f} h{:<4.0f} x{:.2f} +{} {}\n",
                       reading.confidence,
                       reading.rotation,
                       reading.quad[0].x,
                       reading.quad[0].y,
                       reading.height,
                       reading.scale,
                       reading.retries.size(),
                       reading.text);
        }
    }
}

/// The word as the text reader would see it: its place, and twice with more around it.
vision::Reading read_word(vision::LineRecogniser& recogniser, const cv::Mat& picture) {
    // Printed with a border of half its height, of which the detector leaves a third.
    const double word = picture.rows / 2.0;
    const auto crop = [&](double border) {
        const auto cut = static_cast<int>(std::lround(picture.rows / 4.0 - border * word));
        const cv::Rect part(cut, cut, picture.cols - 2 * cut, picture.rows - 2 * cut);
        return picture(part & cv::Rect({}, picture.size())).clone();
    };
    vision::Reading reading;
    for (const double border : {0.17, 0.33, 0.5}) {
        auto line = recogniser.read(crop(border));
        if (line.scores == nullptr) {
            continue;
        }
        if (line.confidence > reading.confidence) {
            std::swap(reading.confidence, line.confidence);
            std::swap(reading.text, line.text);
            std::swap(reading.characters, line.characters);
            auto better = line.scores;
            line.scores = reading.scores;
            reading.scores = std::move(better);
        }
        if (line.scores != nullptr) {
            reading.retries.push_back({0, line.confidence, line.scores});
        }
        if (reading.confidence >= 0.93) {
            break;
        }
    }
    const auto width = static_cast<double>(picture.cols);
    reading.height = 1.34 * word;
    reading.quad = {{{0, 0}, {width, 0}, {width, word}, {0, word}}};
    return reading;
}

struct WordCounts {
    std::size_t printed = 0;
    std::size_t found = 0;
    std::size_t taken = 0;  ///< for another brand, or for one at all
};

void words(const std::string& config, const std::filesystem::path& folder) {
    const vision::Matcher matcher(lexicon_in(config));
    vision::LineRecogniser recogniser(vision::default_model_folder());
    std::map<std::size_t, WordCounts> marks;
    std::map<std::size_t, WordCounts> others;
    std::ifstream table(folder / "words.tsv");
    for (std::string name, brand, word; table >> name >> brand >> word;) {
        const auto photo = vision::decode_photo(file_text(folder / name), {});
        if (!photo) {
            continue;
        }
        const auto reading = read_word(recogniser, photo->pixels);
        auto& counts = (brand == "-" ? others : marks)[word.size()];
        counts.printed += 1;
        for (const auto& finding : matcher.match({reading}, {photo->width, photo->height})) {
            if (finding.kind != core::FindingKind::wordmark) {
                continue;
            }
            (finding.brand == brand ? counts.found : counts.taken) += 1;
            if (finding.brand != brand) {
                fmt::print("{} '{}' taken for {}: {:.2f} {}\n",
                           name,
                           word,
                           finding.brand,
                           finding.score,
                           finding.why);
            }
        }
    }
    fmt::print("letters  marks  found  taken for another  other words  taken for a mark\n");
    for (std::size_t size = 1; size < 20; ++size) {
        if (marks.contains(size) || others.contains(size)) {
            fmt::print("{:>7} {:>6} {:>6} {:>18} {:>12} {:>17}\n",
                       size,
                       marks[size].printed,
                       marks[size].found,
                       marks[size].taken,
                       others[size].printed,
                       others[size].taken);
        }
    }
}

int run(const Paths& arguments) {
    const std::string command = arguments.empty() ? "" : arguments[0];
    const auto rest = [&](std::size_t from) {
        return Paths(arguments.begin() + static_cast<std::ptrdiff_t>(from), arguments.end());
    };
    if (command == "read" && arguments.size() > 3) {
        read_photos(arguments[1], arguments[2], rest(3));
    } else if (command == "eval" && arguments.size() == 4) {
        eval(arguments[1], arguments[2], arguments[3]);
    } else if (command == "vendors" && arguments.size() > 3) {
        vendors(arguments[1], arguments[2], rest(3));
    } else if (command == "words" && arguments.size() == 3) {
        words(arguments[1], arguments[2]);
    } else if (command == "show" && arguments.size() > 2) {
        show(arguments[1], rest(2));
    } else {
        fmt::print(stderr,
                   "usage: read CACHE ROOT FILE... | eval CONFIG CACHE LABELS |\n"
                   "       vendors CONFIG CACHE FILE... | words CONFIG FOLDER |\n"
                   "       show CACHE FILE...\n");
        return 2;
    }
    return 0;
}

}  // namespace

int main(int count, char** values) {
    try {
        return run(Paths(values + 1, values + count));
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
