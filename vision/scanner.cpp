#include "vision/scanner.hpp"

#include "vision/decode.hpp"
#include "vision/match.hpp"
#include "vision/text_reader.hpp"

#include <opencv2/core.hpp>

#include <utility>

namespace chiptrail::vision {

namespace {

using Steady = std::chrono::steady_clock;

std::chrono::microseconds since(Steady::time_point start) {
    return std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - start);
}

ReaderOptions reader_options(const ScanOptions& options) {
    ReaderOptions reader;
    reader.models = options.models;
    reader.threads = options.threads;
    reader.max_tiles = options.max_tiles;
    reader.max_lines = options.max_lines;
    return reader;
}

}  // namespace

std::string_view reader_version() {
    // Raise it when the same photo may read otherwise: pipeline/ then reads photos again.
    return "ppocr-v4/2";
}

struct Scanner::State {
    ScanOptions options;
    TextReader reader;
    Matcher matcher;
    std::unique_ptr<PictureDecoder> decoder;

    void read(const Photo& photo, ScanResult& result);
};

void Scanner::State::read(const Photo& photo, ScanResult& result) {
    auto read = reader.read(photo);
    result.times.detect = read.times.detect;
    result.times.recognise = read.times.recognise;
    result.readings = std::move(read.readings);

    const auto start = Steady::now();
    MatchOptions match;
    match.min_score = options.min_score;
    match.reader = reader_version();
    result.findings = matcher.match(result.readings, {photo.width, photo.height}, match);
    result.times.match = since(start);
}

Scanner::Scanner(ScanOptions options, const Lexicon& lexicon) {
    TextReader reader(reader_options(options));
    auto decoder = make_picture_decoder(options.decoder, options.limits);
    state_ = std::make_unique<State>(
        State{std::move(options), std::move(reader), Matcher(lexicon), std::move(decoder)});
}
Scanner::~Scanner() = default;
Scanner::Scanner(Scanner&&) noexcept = default;
Scanner& Scanner::operator=(Scanner&&) noexcept = default;

ScanResult Scanner::scan(std::string_view bytes) {
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
        result.phash = dct64(photo->pixels);
        result.exif = photo->exif;
        try {
            state_->read(*photo, result);
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
