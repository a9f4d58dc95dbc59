#include "core/file.hpp"
#include "vision/derive.hpp"
#include "vision/evaluation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace chiptrail::vision {

namespace {

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string base64(std::string_view bytes) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto byte = [&](std::size_t i) -> unsigned {
        return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
    };
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const unsigned group = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
        out += kDigits[group >> 18U & 63U];
        out += kDigits[group >> 12U & 63U];
        out += i + 1 < bytes.size() ? kDigits[group >> 6U & 63U] : '=';
        out += i + 2 < bytes.size() ? kDigits[group & 63U] : '=';
    }
    return out;
}

std::string image_tag(const core::Result<Picture>& picture, std::string_view what) {
    if (!picture) {
        return fmt::format("<p>no picture: {}</p>", escaped(picture.error().detail));
    }
    return fmt::format("<img alt=\"{}\" width=\"{}\" height=\"{}\" src=\"data:{};base64,{}\">",
                       escaped(what),
                       picture->width,
                       picture->height,
                       picture->media_type,
                       base64(picture->bytes));
}

std::array<core::Point, 4> corners(const core::Box& box) {
    const double left = box.x;
    const double top = box.y;
    const double right = box.x + box.width;
    const double bottom = box.y + box.height;
    return {core::Point{left, top}, {right, top}, {right, bottom}, {left, bottom}};
}

/// Labelled boxes as findings, so that annotate() can draw them.
std::vector<core::Finding> to_draw(const Mistake& mistake) {
    std::vector<core::Finding> marks;
    if (mistake.finding) {
        marks.push_back(*mistake.finding);
    }
    for (const auto& box : mistake.boxes) {
        core::Finding mark;
        mark.brand = mistake.brand;
        mark.box = box;
        mark.quad = corners(box);
        marks.push_back(std::move(mark));
    }
    return marks;
}

std::string card(const Mistake& mistake,
                 const std::filesystem::path& photos,
                 PictureDecoder& decoder) {
    constexpr std::uintmax_t kMaxPhotoBytes = std::uintmax_t{128} * 1024 * 1024;
    constexpr int kPhotoSide = 480;
    const auto bytes = core::read_file(photos / mistake.file, kMaxPhotoBytes);
    const auto marks = to_draw(mistake);
    std::string html =
        fmt::format("<article class=\"{}\"><h2>{}: {}</h2><p>{}</p>",
                    to_text(mistake.kind),
                    mistake.kind == Mistake::Kind::false_alarm ? "False alarm" : "Missed",
                    escaped(mistake.brand),
                    escaped(mistake.file));
    if (mistake.finding) {
        html +=
            fmt::format("<p>{:.2f}: {}</p>", mistake.finding->score, escaped(mistake.finding->why));
    }
    if (!bytes) {
        return html + fmt::format("<p>{}</p></article>\n", escaped(bytes.error().detail));
    }
    html += "<div>" + image_tag(annotate(*bytes, marks, decoder, kPhotoSide), mistake.file);
    for (const auto& mark : marks) {
        html += image_tag(crop(*bytes, mark.quad, 0.5, decoder), "the place");
    }
    return html + "</div></article>\n";
}

constexpr std::string_view kStyle = R"(body{font:15px/1.4 sans-serif;margin:2em auto;max-width:70em;
padding:0 1em;color:#222;background:#fff}pre{overflow:auto;background:#f4f4f4;padding:1em}
article{border-top:1px solid #ccc;padding:.5em 0}h2{font-size:1em;margin:.3em 0}
.false_alarm h2{color:#b00}.missed_clear h2{color:#850}p{margin:.2em 0}
div{display:flex;flex-wrap:wrap;gap:1em;align-items:flex-start}
img{max-width:100%;height:auto;max-height:480px;object-fit:contain})";

}  // namespace

void write_report_html(const EvaluationReport& report,
                       const std::filesystem::path& photos,
                       const std::filesystem::path& folder) {
    std::string html = fmt::format(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width\"><title>chiptrail eval</title>"
        "<style>{}</style>\n<h1>chiptrail eval: {} mistakes on {} photos</h1><pre>{}</pre>\n",
        kStyle,
        report.mistakes.size(),
        report.images,
        escaped(report_table(report)));
    auto ordered = report.mistakes;
    std::ranges::stable_sort(ordered, [](const Mistake& a, const Mistake& b) {
        // False alarms come last in the enumeration and first on the page.
        const auto rank = [](const Mistake& mistake) {
            return mistake.kind == Mistake::Kind::false_alarm ? -1 : static_cast<int>(mistake.kind);
        };
        return rank(a) < rank(b);
    });
    const auto decoder = make_picture_decoder({}, {});
    for (const auto& mistake : ordered) {
        html += card(mistake, photos, *decoder);
    }
    std::error_code problem;
    std::filesystem::create_directories(folder, problem);
    if (problem) {
        throw core::Error("cannot make the folder " + folder.string() + ": " + problem.message());
    }
    core::write_file_durably(folder / "index.html", html + "</html>\n");
}

}  // namespace chiptrail::vision
