#include "tests/support/broken_pictures.hpp"

#include "tests/support/sound_pictures.hpp"

#include <zlib.h>

#include <algorithm>
#include <random>

namespace chiptrail::tests {

namespace {

using namespace std::string_literals;

std::string big(std::uint64_t value, int size) {
    std::string out;
    for (int i = size; i-- > 0;) {
        out += static_cast<char>((value >> (8 * static_cast<unsigned>(i))) & 0xFFU);
    }
    return out;
}

std::string little(std::uint64_t value, int size) {
    auto out = big(value, size);
    std::reverse(out.begin(), out.end());
    return out;
}

std::string png_chunk(const std::string& type, const std::string& payload) {
    const auto body = type + payload;
    const auto sum =
        crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
    return big(payload.size(), 4) + body + big(sum, 4);
}

std::string png_start(std::uint32_t width, std::uint32_t height) {
    return "\x89PNG\r\n\x1A\n"s +
           png_chunk("IHDR", big(width, 4) + big(height, 4) + "\x08\x02\0\0\0"s);
}

std::string packed(const std::string& raw) {
    auto size = compressBound(raw.size());
    std::string out(size, '\0');
    compress2(reinterpret_cast<Bytef*>(out.data()),
              &size,
              reinterpret_cast<const Bytef*>(raw.data()),
              raw.size(),
              9);
    out.resize(size);
    return out;
}

std::string box(const std::string& type, const std::string& payload) {
    return big(payload.size() + 8, 4) + type + payload;
}

std::string ftyp(const std::string& brand) {
    return box("ftyp", brand + big(0, 4) + brand + "mif1");
}

std::string nested(const std::string& type, int depth) {
    std::string inner = box(type, "");
    for (int i = 0; i < depth; ++i) {
        inner = box(type, (type == "meta" ? big(0, 4) : ""s) + inner);
    }
    return inner;
}

std::string exif_jpeg(const std::string& block) {
    const auto& jpeg = sound_pictures().at("jpeg");
    const auto payload = "Exif\0\0"s + block;
    return jpeg.substr(0, 2) + "\xFF\xE1" + big(payload.size() + 2, 2) + payload + jpeg.substr(2);
}

std::string entry(unsigned tag, unsigned type, std::uint64_t count, std::uint64_t value) {
    return little(tag, 2) + little(type, 2) + little(count, 4) + little(value, 4);
}

std::string tiff(const std::string& entries, unsigned count, std::uint32_t next) {
    return "II*\0"s + little(8, 4) + little(count, 2) + entries + little(next, 4);
}

std::string tiff_size(std::uint64_t width, std::uint64_t height) {
    return entry(256, 4, 1, width) + entry(257, 4, 1, height);
}

void add_metadata(std::vector<BrokenPicture>& all) {
    const auto loop =
        "II*\0"s + little(8, 4) + little(1, 2) + entry(0x8769, 4, 1, 8) + little(8, 4);
    all.push_back({"EXIF whose directory is its own", exif_jpeg(loop)});
    all.push_back({"EXIF at an odd, far offset", exif_jpeg("II*\0"s + little(0xFFFFFFF1, 4))});
    all.push_back({"EXIF with 65535 entries", exif_jpeg("II*\0"s + little(8, 4) + "\xFF\xFF"s)});
    all.push_back({"EXIF text of 4 gigabytes",
                   exif_jpeg("II*\0"s + little(8, 4) + little(1, 2) +
                             entry(0x010F, 2, 0xFFFFFFFF, 8) + little(0, 4))});
    all.push_back(
        {"PNG profile that unpacks to 50 megabytes",
         png_start(8, 8) + png_chunk("iCCP", "bomb\0\0"s + packed(std::string(50'000'000, '\0'))) +
             png_chunk("IDAT", packed(std::string(8 * 25, '\x10'))) + png_chunk("IEND", "")});
    all.push_back(
        {"PNG text that unpacks to 50 megabytes",
         png_start(8, 8) + png_chunk("zTXt", "bomb\0\0"s + packed(std::string(50'000'000, 'A'))) +
             png_chunk("IDAT", packed(std::string(8 * 25, '\x10'))) + png_chunk("IEND", "")});
}

void add_sizes(std::vector<BrokenPicture>& all) {
    all.push_back({"PNG of nothing", png_start(0, 0)});
    all.push_back({"PNG of 31 bits a side", png_start(0x7FFFFFFF, 0x7FFFFFFF)});
    all.push_back(
        {"PNG bomb of 20000 x 20000 zeros",
         png_start(20'000, 20'000) + png_chunk("IDAT", packed(std::string(10'000'000, '\0')))});
    all.push_back({"TIFF of nothing", tiff(tiff_size(0, 0), 2, 0)});
    all.push_back({"TIFF of 32 bits a side", tiff(tiff_size(0xFFFFFFFF, 0xFFFFFFFF), 2, 0)});
    all.push_back({"TIFF whose directories go in a circle", tiff(tiff_size(8, 8), 2, 8)});
    all.push_back({"TIFF with one strip of 4 gigabytes",
                   tiff(tiff_size(64, 64) + entry(258, 3, 1, 8) + entry(259, 3, 1, 1) +
                            entry(262, 3, 1, 1) + entry(273, 4, 1, 8) + entry(277, 3, 1, 1) +
                            entry(278, 4, 1, 0xFFFFFFFF) + entry(279, 4, 1, 0xFFFFFFFF),
                        9,
                        0)});
    all.push_back({"GIF of nothing", "GIF89a"s + std::string(7, '\0') + ";"});
    all.push_back({"GIF of 65535 x 65535", "GIF89a\xFF\xFF\xFF\xFF\0\0\0;"s});
    std::string frames = "GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF"s;
    for (int i = 0; i < 3'000; ++i) {
        frames += ",\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0"s;
    }
    all.push_back({"GIF of 3000 frames", frames + ";"});
    all.push_back({"BMP of height -2147483648",
                   "BM"s + std::string(8, '\0') + little(54, 4) + little(40, 4) + little(8, 4) +
                       little(0x80000000, 4) + little(1, 2) + little(24, 2) +
                       std::string(24, '\0')});
    all.push_back({"BMP whose pixels lie behind its end",
                   "BM"s + std::string(8, '\0') + little(0xFFFFFFF0, 4) + little(40, 4) +
                       little(8, 4) + little(8, 4) + little(1, 2) + little(8, 2) +
                       std::string(24, '\0')});
    all.push_back({"WebP of 16777216 x 16777216",
                   "RIFF"s + little(22, 4) + "WEBPVP8X" + little(10, 4) +
                       std::string("\x02\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF", 10)});
}

void add_boxes(std::vector<BrokenPicture>& all) {
    all.push_back({"HEIF with meta in meta 5000 deep", ftyp("heic") + nested("meta", 5'000)});
    all.push_back({"MP4 with moov in moov 5000 deep", ftyp("isom") + nested("moov", 5'000)});
    all.push_back({"AVIF with a box of 16 exabytes",
                   ftyp("avif") + big(1, 4) + "meta" + big(0xFFFFFFFFFFFFFFFF, 8)});
    all.push_back({"HEIF with boxes of size zero", ftyp("heic") + std::string(4'000, '\0')});
    const auto ipma = box("ipma", big(0, 4) + big(0xFFFFFFFF, 4) + big(1, 2) + "\xFF"s);
    const auto ispe = box("ispe", big(0, 4) + big(0xFFFFFFFF, 4) + big(0xFFFFFFFF, 4));
    all.push_back({"HEIF with 4294967295 associations",
                   ftyp("heic") + box("meta",
                                      big(0, 4) + box("pitm", big(0, 4) + big(1, 2)) +
                                          box("iprp", box("ipco", ispe) + ipma))});
    all.push_back({"WebM whose elements never end",
                   "\x1A\x45\xDF\xA3\x80\x18\x53\x80\x67\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s +
                       std::string(5'000, '\x80')});
    all.push_back({"WebM of an impossible number", "\x1A\x45\xDF\xA3"s + std::string(64, '\0')});
}

void add_scans(std::vector<BrokenPicture>& all) {
    // Each scan is a pass over all pixels; without a limit ten kilobytes take minutes.
    const auto& jpeg = sound_pictures().at("jpeg-progressive");
    const auto scan = jpeg.find("\xFF\xDA");
    const auto next = jpeg.find("\xFF\xC4", scan);
    const auto end = next == std::string::npos ? jpeg.size() - 2 : next;
    std::string many = jpeg.substr(0, scan);
    for (int i = 0; i < 1'000; ++i) {
        many += jpeg.substr(scan, end - scan);
    }
    all.push_back({"JPEG of 1000 scans", many + "\xFF\xD9"s});
    all.push_back({"nothing", ""});
    all.push_back({"one byte", "B"});
    all.push_back({"a web page", "<!doctype html><html><img src=x></html>"});
}

void add_overwritten(const std::string& name,
                     const std::string& sound,
                     std::vector<BrokenPicture>& all) {
    for (std::size_t at = 4; at + 4 < std::min<std::size_t>(sound.size(), 100); at += 4) {
        for (const auto* value : {"\xFF\xFF\xFF\xFF", "\x7F\xFF\xFF\xF0"}) {
            auto bytes = sound;
            bytes.replace(at, 4, value, 4);
            all.push_back({name + ", a large number at " + std::to_string(at), bytes});
        }
        auto bytes = sound;
        bytes.replace(at, 4, 4, '\0');
        all.push_back({name + ", zero at " + std::to_string(at), bytes});
    }
}

}  // namespace

std::vector<BrokenPicture> damaged(const std::string& name, const std::string& sound) {
    std::vector<BrokenPicture> all;
    for (const std::size_t size : {1U, 3U, 8U, 12U, 16U, 30U}) {
        all.push_back(
            {name + ", its first " + std::to_string(size) + " bytes", sound.substr(0, size)});
    }
    for (std::size_t percent = 5; percent < 100; percent += 7) {
        all.push_back({name + ", cut after " + std::to_string(percent) + " %",
                       sound.substr(0, sound.size() * percent / 100)});
    }
    std::mt19937 random(20'261'123);
    for (int round = 0; round < 40; ++round) {
        auto bytes = sound;
        for (int i = 0; i <= round / 4; ++i) {
            bytes[random() % bytes.size()] ^= static_cast<char>(1U << (random() % 8));
        }
        all.push_back({name + ", flipped bits, round " + std::to_string(round), bytes});
    }
    for (const char fill : {'\0', '\xFF'}) {
        auto bytes = sound;
        bytes.replace(sound.size() / 3, sound.size() / 3, sound.size() / 3, fill);
        all.push_back({name + ", its middle overwritten", bytes});
    }
    add_overwritten(name, sound, all);
    for (const auto& [other, foreign] : sound_pictures()) {
        if (other != name) {
            all.push_back(
                {name + " that begins like " + other,
                 foreign.substr(0, 12) + sound.substr(std::min<std::size_t>(12, sound.size()))});
        }
    }
    all.push_back({name + " with another behind it", sound + sound});
    all.push_back({name + " with a web page behind it", sound + "<script>alert(1)</script>"});
    return all;
}

std::vector<BrokenPicture> hostile_pictures() {
    std::vector<BrokenPicture> all;
    add_metadata(all);
    add_sizes(all);
    add_boxes(all);
    add_scans(all);
    return all;
}

}  // namespace chiptrail::tests
