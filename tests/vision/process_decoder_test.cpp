#include "core/result.hpp"
#include "decoder/sanitized.hpp"
#include "tests/support/broken_pictures.hpp"
#include "tests/support/sound_pictures.hpp"
#include "vision/decode.hpp"
#include "vision/picture_decoder.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <iostream>

using namespace chiptrail::tests;  // NOLINT(google-build-using-namespace)
namespace core = chiptrail::core;
namespace vision = chiptrail::vision;
using core::Failure;

namespace {

#ifdef CHIPTRAIL_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

vision::DecoderOptions faulty() {
    vision::DecoderOptions options;
    options.program = CHIPTRAIL_FAULTY_DECODER;
    options.max_seconds = 2;
    return options;
}

std::string fault(const std::string& name) {
    return "BMfault:" + name + "\n" + std::string(64, ' ');
}

struct Fault {
    const char* name;
    const char* says;
    Failure::Kind kind;
    bool needs_limits;  ///< of memory, which sanitizers do not have
};

}  // namespace

TEST_CASE("decoder process: a picture that breaks the decoder harms itself alone",
          "[vision][decoder]") {
    using Kind = Failure::Kind;
    const auto row = GENERATE(values<Fault>({
        {"segfault", "signal 11", Kind::bad_input, true},
        {"abort", "signal 6", Kind::bad_input, false},
        {"stderr", "signal 6 (Aborted): zzz", Kind::bad_input, false},
        {"loop", "took longer than 2 s", Kind::timed_out, false},
        {"memory", "needed more than 512 MB", Kind::too_large, true},
        {"shared-memory", "needed more than 512 MB", Kind::too_large, true},
        {"lie", "cannot be true", Kind::bad_input, false},
        {"short", "cannot be true", Kind::bad_input, false},
        {"exit", "ended with code 0", Kind::bad_input, false},
        {"code", "signal 31", Kind::bad_input, false},
        {"open", "signal 31", Kind::bad_input, false},
        {"socket", "signal 31", Kind::bad_input, false},
        {"fork", "signal 31", Kind::bad_input, false},
        {"exec", "signal 31", Kind::bad_input, false},
        {"kill", "signal 31", Kind::bad_input, false},
    }));
    CAPTURE(row.name);
    if (kSanitized && row.needs_limits) {
        return;
    }
    const auto decoder = vision::make_picture_decoder(faulty(), {});

    const auto failed = decoder->decode(fault(row.name));
    REQUIRE_FALSE(failed);
    CHECK_THAT(failed.error().detail, Catch::Contains(row.says));
    CHECK(failed.error().kind == row.kind);

    const auto next = decoder->decode(sound_pictures().at("png"));
    REQUIRE(next);
    CHECK(next->pixels.size() == cv::Size(96, 64));
}

TEST_CASE("decoder process: says the same as decoding in this process", "[vision][decoder]") {
    const auto apart = vision::make_picture_decoder({}, {});
    for (const auto& [name, bytes] : sound_pictures()) {
        if (name == "mp4" || name == "webm") {
            continue;
        }
        CAPTURE(name);
        const auto here = vision::decode_photo(bytes, {});
        const auto there = apart->decode(bytes);
        REQUIRE(here);
        REQUIRE(there);
        CHECK(cv::norm(here->pixels, there->pixels, cv::NORM_INF) == 0);
        CHECK(here->problem == there->problem);
        CHECK(here->exif == there->exif);
        CHECK(here->header.orientation == there->header.orientation);
    }
    CHECK(apart->decode("<html>").error().detail ==
          vision::decode_photo("<html>", {}).error().detail);
}

TEST_CASE("decoder process: each broken picture gives a reason or what it can",
          "[vision][decoder]") {
    auto all = hostile_pictures();
    for (const auto& [name, bytes] : sound_pictures()) {
        auto more = damaged(name, bytes);
        all.insert(all.end(), more.begin(), more.end());
    }
    vision::DecoderOptions options;
    options.max_seconds = 10;
    const auto decoder = vision::make_picture_decoder(options, {});
    int with_pixels = 0;
    int killed = 0;
    for (const auto& picture : all) {
        CAPTURE(picture.name);
        const auto photo = decoder->decode(picture.bytes);
        if (photo) {
            ++with_pixels;
            CHECK(photo->pixels.type() == CV_8UC3);
            CHECK(photo->pixels.cols <= photo->width);
        } else {
            CHECK_FALSE(photo.error().detail.empty());
            CHECK(photo.error().kind != Failure::Kind::timed_out);
            if (photo.error().detail.find("the decoder") == 0) {
                ++killed;
                std::cout << picture.name << ": " << photo.error().detail << '\n';
            }
        }
    }
    std::cout << "broken pictures: " << all.size() << ", with pixels " << with_pixels
              << ", decoder ended by " << killed << '\n';
    CHECK(all.size() > 1'000);
    CHECK(with_pixels > 200);
    // The decoders are sound as far as this goes: the process is there for what it does not find.
    CHECK(killed <= 5);
}

TEST_CASE("decoder process: one that is not there is named with the way out", "[vision][decoder]") {
    vision::DecoderOptions options;
    options.program = "/nowhere/chiptrail-decoder";
    CHECK_THROWS_AS(vision::make_picture_decoder(options, {}), core::ConfigError);
    CHECK_THROWS_WITH(
        vision::make_picture_decoder(options, {}),
        Catch::Contains("/nowhere/chiptrail-decoder") && Catch::Contains("decoder_program"));

    options.program = "/bin/false";
    CHECK_THROWS_AS(vision::make_picture_decoder(options, {})->decode("x"), core::Error);
}

TEST_CASE("decoder process: the self test proves what it says", "[vision][decoder]") {
    const auto report = vision::check_decoder({});
    CHECK(report.problem == "");
    CHECK_THAT(report.active, Catch::VectorContains(std::string("system call filter")));
    CHECK_THAT(report.active, Catch::VectorContains(std::string("no new privileges")));
    CHECK((kSanitized || Catch::VectorContains(std::string("memory limit")).match(report.active)));
    vision::DecoderOptions options;
    options.in_process = true;
    CHECK_THAT(vision::check_decoder(options).problem, Catch::Contains("without protection"));
}
