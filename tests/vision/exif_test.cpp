#include "tests/vision/pictures.hpp"
#include "vision/photo.hpp"

#include <catch2/catch.hpp>

using namespace chiptrail::tests;  // NOLINT(google-build-using-namespace)
using chiptrail::vision::read_exif;
using chiptrail::vision::read_photo_header;

namespace {

/// A block with camera, time and place; big enough to have its values behind the directories.
std::string full_block() {
    constexpr unsigned kDetails = 8 + 2 + 4 * 12 + 4;
    constexpr unsigned kGps = kDetails + 2 + 1 * 12 + 4;
    constexpr unsigned kValues = kGps + 2 + 4 * 12 + 4;
    const std::string make = std::string("Canon\0", 6) + std::string(2, '\0');
    const std::string model = std::string("EOS R5\0", 7) + std::string(1, '\0');
    const std::string time("2021:02:26 12:35:34\0", 20);
    const auto rational = [](unsigned a, unsigned b) {
        return little_endian(a, 4) + little_endian(b, 4);
    };
    const auto latitude = rational(52, 1) + rational(30, 1) + rational(36, 1);
    const auto longitude = rational(13, 1) + rational(2430, 100) + rational(0, 1);
    const unsigned at_time = kValues + 16;
    const unsigned at_latitude = at_time + 20;
    return std::string("II*\0", 4) + little_endian(8, 4) + little_endian(4, 2) +
           tiff_entry(0x010F, 2, 6, kValues) + tiff_entry(0x0110, 2, 7, kValues + 8) +
           tiff_entry(0x8769, 4, 1, kDetails) + tiff_entry(0x8825, 4, 1, kGps) +
           little_endian(0, 4) + little_endian(1, 2) + tiff_entry(0x9003, 2, 20, at_time) +
           little_endian(0, 4) + little_endian(4, 2) + tiff_entry(1, 2, 2, 'S') +
           tiff_entry(2, 5, 3, at_latitude) + tiff_entry(3, 2, 2, 'E') +
           tiff_entry(4, 5, 3, at_latitude + 24) + little_endian(0, 4) + make + model + time +
           latitude + longitude;
}

}  // namespace

TEST_CASE("exif: camera, time and place are read", "[vision][exif]") {
    const auto exif = read_exif(with_exif(encoded(two_halves(20, 10), ".jpg"), full_block()));

    CHECK(exif.make == "Canon");
    CHECK(exif.model == "EOS R5");
    CHECK(exif.taken_at == "2021-02-26T12:35:34");
    REQUIRE(exif.latitude);
    CHECK(*exif.latitude == Approx(-52.51));
    REQUIRE(exif.longitude);
    CHECK(*exif.longitude == Approx(13.405));
}

TEST_CASE("exif: damage reads as absence, never as a failure", "[vision][exif]") {
    const auto jpeg = encoded(two_halves(20, 10), ".jpg");
    const auto block = full_block();
    CHECK(read_exif(jpeg).empty());
    CHECK(read_exif("").empty());
    for (std::size_t size = 0; size < block.size(); ++size) {
        static_cast<void>(read_exif(with_exif(jpeg, block.substr(0, size))));
    }
    for (std::size_t i = 0; i < block.size(); ++i) {
        auto broken = block;
        broken[i] = '\xFF';
        static_cast<void>(read_exif(with_exif(jpeg, broken)));
    }
    const auto header = read_photo_header(with_exif(jpeg, orientation_block(9)), {});
    REQUIRE(header);
    CHECK(header->orientation == 1);
}
