#include "vision/scanner.hpp"

#include "core/file.hpp"
#include "core/sha256.hpp"
#include "vision/brand_references.hpp"
#include "vision/decode.hpp"
#include "vision/elapsed.hpp"
#include "vision/mark_finder.hpp"
#include "vision/match.hpp"
#include "vision/pdq.hpp"
#include "vision/text_reader.hpp"

#include <opencv2/core.hpp>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace chiptrail::vision {

namespace {

using Steady = std::chrono::steady_clock;

ReaderOptions reader_options(const ScanOptions& options) {
    ReaderOptions reader;
    reader.models = options.models;
    reader.threads = options.threads;
    reader.max_tiles = options.max_tiles;
    reader.max_lines = options.max_lines;
    return reader;
}

std::optional<MarkFinder> make_mark_finder(const ScanOptions& options,
                                           const Lexicon& lexicon,
                                           PictureDecoder& decoder) {
    if (!options.find_marks) {
        return std::nullopt;
    }
    MarkFinderOptions marks;
    marks.models = options.models;
    marks.min_score = options.min_score;
    marks.references = options.references;
    auto own = brand_references(lexicon, options.models, decoder);
    std::ranges::move(own, std::back_inserter(marks.references));
    return MarkFinder(std::move(marks));
}

}  // namespace

std::string_view reader_version() {
    // Raise it when the same photo may read otherwise, by its letters or by mark_finder_version():
    // pipeline/ then reads photos again.
    return "ppocr-v4/6";
}

std::filesystem::path model_folder() {
    return default_model_folder();
}

std::string weights_digest(const std::filesystem::path& models) {
    constexpr std::uintmax_t kMaxBytes = 1'000'000;
    const auto folder = models.empty() ? default_model_folder() : models;
    const auto sums = core::read_file(folder / "SHA256SUMS", kMaxBytes);
    const auto marks = core::read_file(folder / "marks" / "SHA256SUMS", kMaxBytes);
    return sums ? core::sha256(*sums + marks.value_or(std::string())).hex() : std::string();
}

struct Scanner::State {
    ScanOptions options;
    TextReader reader;
    Matcher matcher;
    std::optional<MarkFinder> marks;
    std::unique_ptr<PictureDecoder> decoder;

    void read(const Photo& photo, ScanResult& result);
};

void Scanner::State::read(const Photo& photo, ScanResult& result) {
    auto read = reader.read(photo);
    result.times.detect = read.times.detect;
    result.times.recognise = read.times.recognise;
    result.times.rows = read.times.rows;
    result.times.second_look = read.times.second_look;
    result.readings = std::move(read.readings);

    const auto start = Steady::now();
    MatchOptions match;
    match.min_score = options.min_score;
    match.reader = reader_version();
    result.findings = matcher.match(result.readings, {photo.width, photo.height}, match);
    result.times.match = since(start);
    if (marks) {
        const auto marks_start = Steady::now();
        result.findings = join_marks(std::move(result.findings),
                                     marks->find(photo.pixels, result.readings, photo.reduction()),
                                     result.readings);
        result.times.marks = since(marks_start);
    }
}

Scanner::Scanner(ScanOptions options, const Lexicon& lexicon) {
    TextReader reader(reader_options(options));
    auto decoder = make_picture_decoder(options.decoder, options.limits);
    auto marks = make_mark_finder(options, lexicon, *decoder);
    state_ = std::make_unique<State>(State{std::move(options),
                                           std::move(reader),
                                           Matcher(lexicon),
                                           std::move(marks),
                                           std::move(decoder)});
}
Scanner::~Scanner() = default;
Scanner::Scanner(Scanner&&) noexcept = default;
Scanner& Scanner::operator=(Scanner&&) noexcept = default;

ScanResult Scanner::scan(std::string_view bytes, const Wanted& wanted) {
    const auto start = Steady::now();
    ScanResult result;
    result.format = sniff_format(bytes);
    auto photo = state_->decoder->decode(bytes);
    result.times.decode = since(start);
    if (photo) {
        result.decoded = true;
        result.width = photo->width;
        result.height = photo->height;
        result.problem = photo->problem;
        result.pdq = pdq(photo->pixels);
        result.exif = photo->exif;
        try {
            if (!wanted || wanted(result)) {
                state_->read(*photo, result);
                result.looked_at = true;
            }
        } catch (const cv::Exception& error) {
            result.problem = std::string("the text reader failed: ") + error.what();
        }
    } else {
        result.problem = photo.error().detail;
    }
    result.seconds = std::chrono::duration<double>(since(start)).count();
    return result;
}

}  // namespace chiptrail::vision
