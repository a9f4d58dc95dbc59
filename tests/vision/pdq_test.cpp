#include "vision/pdq.hpp"

#include "tests/vision/pictures.hpp"
#include "vision/decode.hpp"

#include <catch2/catch.hpp>
#include <opencv2/imgproc.hpp>

using namespace chiptrail;
using namespace chiptrail::tests;
using vision::pdq;
using vision::pdq_full_size;

namespace {

using Value = std::int64_t (*)(std::int64_t x, std::int64_t y, std::int64_t channel);

std::int64_t scene(std::int64_t x, std::int64_t y, std::int64_t channel) {
    const bool disc = (x - 150) * (x - 150) + (y - 110) * (y - 110) < 6400;
    return x * x / 97 + y * (3 + channel) + (x / 40 + y / 30) % 2 * 90 + (disc ? 60 : 0);
}

std::int64_t rings(std::int64_t x, std::int64_t y, std::int64_t /*channel*/) {
    return ((x - 20) * (x - 20) + (y - 40) * (y - 40)) / 5;
}

std::int64_t noise(std::int64_t x, std::int64_t y, std::int64_t channel) {
    return ((x * 73856093) ^ (y * 19349663) ^ (channel * 83492791)) / 128;
}

std::int64_t plain(std::int64_t x, std::int64_t /*y*/, std::int64_t /*channel*/) {
    return 100 + x / 100;
}

cv::Mat draw(int width, int height, int channels, Value value) {
    cv::Mat picture(height, width, channels == 3 ? CV_8UC3 : CV_8UC1);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            for (int channel = 0; channel < channels; ++channel) {
                picture.ptr(y)[x * channels + channel] =
                    static_cast<unsigned char>(value(x, y, channel) % 256);
            }
        }
    }
    return picture;
}

}  // namespace

// The published test pictures are photos of others, so the hashes here are of pictures drawn by
// formula. They come from our own transcription of Meta's reference (ThreatExchange, pdq/cpp of
// commit 0234393, full-size path), all 256 bits; the reference itself was not built and run.
TEST_CASE("pdq: drawn pictures have the hashes that a transcription of the reference gives",
          "[vision][pdq]") {
    struct Row {
        const char* what;
        int width;
        int height;
        int channels;
        Value value;
        const char* hash;
        int quality;
    };
    const auto row = GENERATE(values<Row>({
        {"colour",
         320,
         240,
         3,
         scene,
         "716fc15fbfc0cd5f3f80e31f5b30445a5a20d460b5c6d4629d8796728f863ea0",
         100},
        {"windows of four",
         512,
         512,
         3,
         scene,
         "cf803c0475ff3e0ecfdc1e0e78debe0ef91e1e06efde980a6cde980093619801",
         100},
        {"smaller than two windows",
         100,
         70,
         3,
         scene,
         "1248bd98292756cdd6b0ad6f2958d6b78e655097290c6b5b94a7329c7b5a96b4",
         100},
        {"grey, odd sides",
         129,
         300,
         1,
         scene,
         "255dc93052af12ac645b4eb436cb9d12cd9359b6b5553e595aa28c50754db557",
         100},
        {"64x64 is taken as it is",
         64,
         64,
         1,
         rings,
         "6d81a5812489948d144dd4cf526f52ee2b6efaaea5ae5ab6b2b62a52d529d549",
         100},
        {"noise",
         400,
         300,
         3,
         noise,
         "ff7d1489bf59aa29be79418615550086155400800082ff7d1555ff5d1555ff7f",
         100},
        {"nothing to see",
         200,
         200,
         1,
         plain,
         "0000333333339999cccc333311332c4b33336666cccccccccccc999933333333",
         0},
    }));
    CAPTURE(row.what);
    const auto found = pdq_full_size(draw(row.width, row.height, row.channels, row.value));
    CHECK(found.hash.hex() == row.hash);
    CHECK(found.quality == row.quality);
}

TEST_CASE("pdq: copies are near, other pictures far", "[vision][pdq]") {
    const auto picture = on_photo(word("SUPERMICRO"), 1600, 1200, cv::Scalar(90, 120, 150));
    const auto hash = pdq(picture);
    cv::Mat smaller;
    cv::resize(picture, smaller, {}, 0.4, 0.4, cv::INTER_AREA);
    const auto copy = vision::decode_photo(encoded(smaller, ".jpg"), {});
    REQUIRE(copy);
    CHECK(core::distance(hash.hash, pdq(copy->pixels).hash) <= 31);
    CHECK(core::distance(hash.hash, pdq(two_halves(1600, 1200)).hash) > 60);
}

TEST_CASE("pdq: what is too small to hash has no bits", "[vision][pdq]") {
    CHECK(pdq(cv::Mat(4, 400, CV_8UC3, cv::Scalar::all(7))) == core::Pdq());
    CHECK(pdq(cv::Mat(400, 4, CV_8UC3, cv::Scalar::all(7))) == core::Pdq());
}
