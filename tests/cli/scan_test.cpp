#include "demo/photos.hpp"
#include "tests/cli/cli.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <sstream>

using namespace chiptrail;
using chiptrail::tests::Cli;
using chiptrail::tests::has_models;
using chiptrail::tests::schema_problem;
using nlohmann::json;

namespace {

std::vector<json> lines_of(const std::string& text) {
    std::vector<json> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(json::parse(line));
    }
    return lines;
}

/// A PNG header that claims a size, and nothing behind it.
std::string png_that_claims(std::uint32_t width, std::uint32_t height) {
    std::string png("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16);
    for (const auto number : {width, height}) {
        for (int shift = 24; shift >= 0; shift -= 8) {
            png += static_cast<char>(number >> shift & 0xFF);
        }
    }
    return png + std::string("\x08\x02\0\0\0\0\0\0\0", 9);
}

}  // namespace

TEST_CASE("cli: scan finds the drawn mark and says where", "[cli][scan]") {
    if (!has_models()) {
        return;
    }
    const Cli chiptrail;
    const auto photo = chiptrail.file("dell.jpg", demo::draw_photo("dell-xe9680.jpg"));
    const auto result = chiptrail({"scan", photo, "--json"});

    CHECK(result.exit_code == 0);
    CHECK(schema_problem("scan", result.out) == "");
    const auto scanned = json::parse(result.out);
    CHECK(scanned.at("file") == photo);
    REQUIRE_FALSE(scanned.at("findings").empty());
    const auto& best = scanned.at("findings").front();
    CHECK(best.at("brand") == "dell");
    CHECK(best.at("box").at(0).get<int>() + best.at("box").at(2).get<int>() <=
          scanned.at("width").get<int>());
    CHECK_FALSE(scanned.contains("error"));
}

TEST_CASE("cli: one hostile file never stops the others", "[cli][scan]") {
    if (!has_models()) {
        return;
    }
    const Cli chiptrail;
    const auto good = demo::draw_photo("dell-xe9680.jpg");
    static_cast<void>(chiptrail.file("photos/1-bomb.png", png_that_claims(100'000, 100'000)));
    static_cast<void>(chiptrail.file("photos/2-cut.jpg", good.substr(0, good.size() / 2)));
    static_cast<void>(chiptrail.file("photos/3-head.jpg", good.substr(0, 20)));
    static_cast<void>(chiptrail.file("photos/deep/4-good.jpg", good));
    static_cast<void>(chiptrail.file("photos/notes.txt", "no picture at all"));
    const auto folder = (chiptrail.folder() / "photos").string();
    const auto result = chiptrail({"scan", folder, "/nowhere.jpg", "--json", "--jobs", "2"});

    CHECK(result.exit_code == 3);
    CHECK(schema_problem("scan", result.out) == "");
    const auto lines = lines_of(result.out);
    REQUIRE(lines.size() == 5);
    CHECK_THAT(lines[0].at("file").get<std::string>(), Catch::EndsWith("1-bomb.png"));
    CHECK_THAT(lines[0].at("error").get<std::string>(), Catch::Contains("100000"));
    CHECK(lines[1].contains("warning") != lines[1].contains("error"));
    CHECK(lines[2].contains("error"));
    CHECK_THAT(lines[3].at("file").get<std::string>(), Catch::EndsWith("deep/4-good.jpg"));
    CHECK(lines[3].at("findings").front().at("brand") == "dell");
    CHECK(lines[4].at("sha256").is_null());
    CHECK_THAT(lines[4].at("error").get<std::string>(), Catch::Contains("/nowhere.jpg"));
    CHECK_THAT(result.err, Catch::Contains("5 photos") && Catch::Contains("1 file left out"));
}

TEST_CASE("cli: pictures that break the decoder are named, and the scan goes on", "[cli][scan]") {
    if (!has_models()) {
        return;
    }
    const Cli chiptrail;
    const auto good = demo::draw_photo("dell-xe9680.jpg");
    static_cast<void>(chiptrail.file("photos/1-good.jpg", good));
    static_cast<void>(
        chiptrail.file("photos/2-abort.bmp", "BMfault:abort\n" + std::string(50, ' ')));
    static_cast<void>(chiptrail.file("photos/3-good.jpg", good));
    static_cast<void>(chiptrail.file("photos/4-open.bmp", "BMfault:open\n" + std::string(50, ' ')));
    static_cast<void>(chiptrail.file("photos/5-loop.bmp", "BMfault:loop\n" + std::string(50, ' ')));
    static_cast<void>(chiptrail.file("photos/6-good.jpg", good));
    const auto config = chiptrail.file("chiptrail.toml",
                                       "[vision]\ndecoder_program = \"" CHIPTRAIL_FAULTY_DECODER
                                       "\"\ndecode_seconds = 1\n");
    const auto result = chiptrail({"--config", config, "scan", "photos", "--json"});

    CHECK(result.exit_code == 3);
    CHECK(schema_problem("scan", result.out) == "");
    const auto lines = lines_of(result.out);
    REQUIRE(lines.size() == 6);
    for (const auto number : {0U, 2U, 5U}) {
        CHECK(lines[number].at("findings").front().at("brand") == "dell");
    }
    CHECK_THAT(lines[1].at("file").get<std::string>(), Catch::EndsWith("2-abort.bmp"));
    CHECK_THAT(lines[1].at("error").get<std::string>(), Catch::Contains("killed by signal 6"));
    CHECK_THAT(lines[3].at("error").get<std::string>(), Catch::Contains("killed by signal 31"));
    CHECK_THAT(lines[4].at("error").get<std::string>(), Catch::Contains("longer than 1 s"));
    CHECK_THAT(result.err, Catch::Contains("3 failed"));
}

TEST_CASE("cli: scan draws what it found and can show all it read", "[cli][scan]") {
    if (!has_models()) {
        return;
    }
    const Cli chiptrail;
    const auto photo = chiptrail.file("dell.jpg", demo::draw_photo("dell-xe9680.jpg"));
    const auto result = chiptrail({"scan", photo, "--draw", "marked", "--readings"});

    CHECK(result.exit_code == 0);
    CHECK_THAT(result.out, Catch::Contains(": dell ") && Catch::Contains("    read "));
    CHECK(std::filesystem::file_size(chiptrail.folder() / "marked" / "00001-dell.jpg") > 10'000);
}

TEST_CASE("cli: missing models are exit code 2 and say what to run", "[cli][scan]") {
    const Cli chiptrail;
    auto options = chiptrail.options();
    options.environment["CHIPTRAIL_CACHE"] = (chiptrail.folder() / "empty").string();
    const auto photo = chiptrail.file("photo.jpg", "x");

    const auto result = chiptrail.run({"scan", photo}, options);
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err, Catch::Contains((chiptrail.folder() / "empty").string()));
}

TEST_CASE("cli: eval compares with labels and prints the figures", "[cli][eval]") {
    if (!has_models()) {
        return;
    }
    const Cli chiptrail;
    static_cast<void>(chiptrail.file("data/dell.jpg", demo::draw_photo("dell-xe9680.jpg")));
    static_cast<void>(chiptrail.file("data/chairs.jpg", demo::draw_photo("chairs.jpg")));
    const auto labels = chiptrail.file(
        "data/labels.jsonl",
        R"({"file":"dell.jpg","role":"positive","brands":[{"brand":"dell","box":null,"kind":"wordmark","legible":"clear"}]})"
        "\n"
        R"({"file":"chairs.jpg","role":"negative","brands":[]})"
        "\n"
        R"({"file":"gone.jpg","role":"positive","brands":[{"brand":"cisco","box":null,"kind":"wordmark","legible":"clear"}]})"
        "\n");
    const auto result = chiptrail({"eval", labels, "--json", "--html", "report"});

    CHECK(result.exit_code == 3);
    CHECK(schema_problem("eval", result.out) == "");
    const auto report = json::parse(result.out);
    CHECK(report.at("images") == 3);
    CHECK(report.at("recall_clear") == 0.5);
    CHECK(report.at("by_brand").at("dell").at("recall_clear").at("count") == 1);
    CHECK(std::filesystem::exists(chiptrail.folder() / "report" / "index.html"));
    CHECK(report.at("cost").at("peak_bytes").get<double>() > 10'000'000);
    CHECK(report.at("cost").at("cpu_seconds").get<double>() > 0);
    CHECK(report.at("stages").at("detect").at("total_seconds").get<double>() > 0);

    const auto broken = chiptrail({"eval", chiptrail.file("broken.jsonl", "{\n")});
    CHECK(broken.exit_code == 1);
    CHECK_THAT(broken.err, Catch::Contains("broken.jsonl") && Catch::Contains("line 1"));
}

TEST_CASE("cli: eval counts what another program found, and what changed", "[cli][eval]") {
    const Cli chiptrail;
    const auto labels = chiptrail.file(
        "labels.jsonl",
        R"({"file":"a.jpg","role":"positive","brands":[{"brand":"dell","box":[0,0,40,40],"legible":"clear"}]})"
        "\n"
        R"({"file":"b.jpg","role":"positive","brands":[{"brand":"hp","box":[0,0,40,40],"legible":"clear"}]})"
        "\n");
    const auto first =
        chiptrail.file("first.jsonl",
                       R"({"file":"a.jpg","brand":"dell","box":[5,5,9,9],"score":0.7})"
                       "\n");
    const auto second =
        chiptrail.file("second.jsonl",
                       R"({"file":"b.jpg","brand":"hp","box":[90,90,9,9],"score":0.9})"
                       "\n");

    const auto before = chiptrail({"eval", labels, "--findings", first, "--json"});
    CHECK(before.exit_code == 0);
    CHECK(schema_problem("eval", before.out) == "");
    CHECK(json::parse(before.out).at("recall_clear") == 0.5);
    CHECK(json::parse(before.out).at("centred") == 1.0);
    CHECK_THAT(before.err, Catch::Contains("1 of 2 labelled photos are not named"));

    const auto now = chiptrail({"eval",
                                labels,
                                "--findings",
                                second,
                                "--json",
                                "--compare",
                                chiptrail.file("before.json", before.out),
                                "--curve",
                                "curve.svg"});
    CHECK(now.exit_code == 0);
    CHECK(schema_problem("eval", now.out) == "");
    const auto compared = json::parse(now.out).at("compared");
    CHECK(compared.at("gained").at(0).at("file") == "b.jpg");
    CHECK(compared.at("lost").at(0).at("brand") == "dell");
    CHECK(std::filesystem::exists(chiptrail.folder() / "curve.svg"));

    const auto table = chiptrail({"eval", labels, "--findings", second});
    CHECK_THAT(table.out, Catch::Contains("misplaced hp b.jpg"));
    const auto refused = chiptrail({"eval", labels, "--findings", first, "--compare", labels});
    CHECK(refused.exit_code == 1);
    CHECK_THAT(refused.err, Catch::Contains("labels.jsonl is no report"));
    const auto bad = chiptrail({"eval", labels, "--findings", chiptrail.file("bad", "[]\n")});
    CHECK(bad.exit_code == 1);
    CHECK_THAT(bad.err, Catch::Contains("bad: line 1"));
    CHECK(chiptrail({"eval", labels, "--findings", first, "--save-findings", "x"}).exit_code == 2);
}

TEST_CASE("cli: eval counts kept findings as it counted them at first", "[cli][eval]") {
    if (!has_models()) {
        return;
    }
    const Cli chiptrail;
    static_cast<void>(chiptrail.file("data/dell.jpg", demo::draw_photo("dell-xe9680.jpg")));
    const auto labels = chiptrail.file(
        "data/labels.jsonl",
        R"({"file":"dell.jpg","role":"positive","brands":[{"brand":"hp","box":[0,0,9,9]}]})"
        "\n");
    const auto first = chiptrail({"eval", labels, "--json", "--save-findings", "kept.jsonl"});
    const auto again = chiptrail({"eval", labels, "--json", "--findings", "kept.jsonl"});

    CHECK(again.exit_code == 0);
    for (const auto* key : {"marks", "mistakes", "curve", "photos", "stages"}) {
        CHECK(json::parse(first.out).at(key) == json::parse(again.out).at(key));
    }
    CHECK(json::parse(again.out).at("mistakes").size() == 2);
}
