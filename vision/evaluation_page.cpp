#include "core/file.hpp"
#include "core/text.hpp"
#include "vision/decode.hpp"
#include "vision/evaluation.hpp"

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace chiptrail::vision {

namespace {

using core::escaped_html;

constexpr std::uintmax_t kMaxPhotoBytes = std::uintmax_t{128} * 1024 * 1024;
constexpr std::size_t kMaxPictureBytes = std::size_t{24} * 1024 * 1024;  ///< on the whole page
constexpr std::size_t kMaxBoxes = 4;  ///< cut out of one photo for one mistake
constexpr int kPhotoSide = 480;
constexpr int kCropSide = 320;

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

/// `pixels` with no side over `side`, never enlarged, as JPEG.
struct Small {
    std::string bytes;
    int width = 0;
    int height = 0;
};

Small small(const cv::Mat& pixels, int side) {
    const double scale =
        std::min(1.0, static_cast<double>(side) / std::max(pixels.cols, pixels.rows));
    cv::Mat shrunk = pixels;
    if (scale < 1) {
        const auto pixel = [&](int length) {
            return std::max(1, static_cast<int>(std::lround(length * scale)));
        };
        cv::resize(pixels, shrunk, {pixel(pixels.cols), pixel(pixels.rows)}, 0, 0, cv::INTER_AREA);
    }
    constexpr int kQuality = 82;
    std::vector<unsigned char> bytes;
    cv::imencode(".jpg", shrunk, bytes, {cv::IMWRITE_JPEG_QUALITY, kQuality});
    return {std::string(bytes.begin(), bytes.end()), shrunk.cols, shrunk.rows};
}

/// What lies in `box` and half its shorter side around it; empty when that is outside the photo.
cv::Mat part_of(const Photo& photo, const core::Box& box) {
    const double scale = 1 / photo.reduction();
    const double around = 0.5 * std::min(box.width, box.height);
    const auto at = [&](double value, int limit) {
        return static_cast<int>(
            std::lround(std::clamp(value * scale, 0.0, static_cast<double>(limit))));
    };
    const int left = at(box.x - around, photo.pixels.cols);
    const int top = at(box.y - around, photo.pixels.rows);
    const int right = at(box.x + around + box.width, photo.pixels.cols);
    const int bottom = at(box.y + around + box.height, photo.pixels.rows);
    if (right <= left || bottom <= top) {
        return {};
    }
    return photo.pixels(cv::Rect(cv::Point(left, top), cv::Point(right, bottom)));
}

std::string data_url(const Small& picture) {
    return "data:image/jpeg;base64," + base64(picture.bytes);
}

class Page {
public:
    Page(const std::filesystem::path& photos, PictureDecoder& decoder)
        : photos_(photos), decoder_(decoder) {}

    std::string card(const Mistake& mistake) {
        std::string html = fmt::format(
            "<article data-what=\"{}\" data-brand=\"{}\" data-mark=\"{}\"><h2>{}: {}</h2><p>{}</p>",
            to_text(mistake.kind),
            escaped_html(mistake.brand),
            escaped_html(mistake.mark_kind),
            title(mistake.kind),
            escaped_html(mistake.brand),
            escaped_html(mistake.file));
        html += "<div>" + photo(mistake) + crops(mistake) + "</div>";
        return html + reasons(mistake) + "</article>\n";
    }

private:
    static std::string_view title(Mistake::Kind kind) {
        switch (kind) {
            case Mistake::Kind::missed_clear:
                return "Missed";
            case Mistake::Kind::missed_hard:
                return "Missed, hard";
            case Mistake::Kind::false_alarm:
                return "False alarm";
            case Mistake::Kind::misplaced:
                return "Found elsewhere";
        }
        return "";
    }

    static std::string reasons(const Mistake& mistake) {
        std::string html;
        if (mistake.finding) {
            const auto& finding = *mistake.finding;
            const bool missed = mistake.kind == Mistake::Kind::missed_clear ||
                                mistake.kind == Mistake::Kind::missed_hard;
            html += fmt::format("<p>{}<b>{:.2f}</b>, read as \xE2\x80\x9C{}\xE2\x80\x9D: {}</p>",
                                missed ? "not sure enough: " : "",
                                finding.score,
                                escaped_html(finding.text),
                                escaped_html(finding.why));
        }
        if (!mistake.read_there.empty()) {
            html += "<p>read in the box:";
            for (const auto& text : mistake.read_there) {
                html += " <q>" + escaped_html(text) + "</q>";
            }
            html += "</p>";
        }
        return html;
    }

    /// The photo of a mistake; decodes it when it is not the last one's.
    const core::Result<Photo>& load(const std::string& file) {
        if (file != last_file_ || !last_) {
            last_file_ = file;
            const auto bytes = core::read_file(photos_ / file, kMaxPhotoBytes);
            last_ = bytes ? decoder_.decode(*bytes)
                          : core::Result<Photo>(tl::unexpected<core::Failure>(bytes.error()));
        }
        return *last_;
    }

    /// Room for `picture` on the page?
    bool take(const Small& picture) {
        if (used_ + picture.bytes.size() > kMaxPictureBytes) {
            return false;
        }
        used_ += picture.bytes.size();
        return true;
    }

    static std::string frame(const core::Box& box, std::string_view what) {
        return fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
                           what,
                           box.x,
                           box.y,
                           std::max(box.width, 0),
                           std::max(box.height, 0));
    }

    /// The small photo with frames over it. It stands on the page once and is used by its number.
    std::string photo(const Mistake& mistake) {
        const auto& shown = load(mistake.file);
        if (!shown) {
            return "<p>no picture: " + escaped_html(shown.error().detail) + "</p>";
        }
        std::string image;
        auto known = numbers_.find(mistake.file);
        if (known == numbers_.end()) {
            const auto picture = small(shown->pixels, kPhotoSide);
            if (!take(picture)) {
                return "<p>no picture: the page is full</p>";
            }
            known = numbers_.emplace(mistake.file, numbers_.size()).first;
            image = fmt::format(
                "<image id=\"p{}\" width=\"{}\" height=\"{}\" "
                "preserveAspectRatio=\"none\" href=\"{}\"/>",
                known->second,
                shown->width,
                shown->height,
                data_url(picture));
        } else {
            image = fmt::format("<use href=\"#p{}\"/>", known->second);
        }
        std::string frames;
        for (const auto& box : mistake.boxes) {
            frames += frame(box, "labelled");
        }
        if (mistake.finding) {
            frames += frame(mistake.finding->box, "found");
        }
        return fmt::format(
            "<svg class=\"photo\" viewBox=\"0 0 {} {}\" role=\"img\" "
            "aria-label=\"{}\">{}{}</svg>",
            shown->width,
            shown->height,
            escaped_html(mistake.file),
            image,
            frames);
    }

    std::string cut(const Photo& shown, const core::Box& box, std::string_view what) {
        const auto pixels = part_of(shown, box);
        if (pixels.empty()) {
            return {};
        }
        const auto part = small(pixels, kCropSide);
        if (!take(part)) {
            return {};
        }
        // Marks are small: shown larger than they are, but not blown up without end.
        const double larger = std::min({static_cast<double>(kCropSide) / part.width,
                                        static_cast<double>(kCropSide) / 2 / part.height,
                                        8.0});
        return fmt::format(
            "<figure><img alt=\"{0}\" width=\"{1:.0f}\" height=\"{2:.0f}\" src=\"{3}\">"
            "<figcaption class=\"{0}\">{0}, {4} x {5} px</figcaption></figure>",
            what,
            std::max(1.0, part.width * larger),
            std::max(1.0, part.height * larger),
            data_url(part),
            box.width,
            box.height);
    }

    std::string crops(const Mistake& mistake) {
        const auto& shown = load(mistake.file);
        if (!shown) {
            return {};
        }
        std::string html;
        for (std::size_t i = 0; i < std::min(kMaxBoxes, mistake.boxes.size()); ++i) {
            html += cut(*shown, mistake.boxes[i], "labelled");
        }
        if (mistake.finding && mistake.finding->box.width > 0) {
            html += cut(*shown, mistake.finding->box, "found");
        }
        return html;
    }

    const std::filesystem::path& photos_;
    PictureDecoder& decoder_;
    std::map<std::string, std::size_t> numbers_;
    std::string last_file_;
    std::optional<core::Result<Photo>> last_;
    std::size_t used_ = 0;
};

constexpr std::string_view kStyle = R"(body{font:15px/1.4 sans-serif;margin:2em auto;max-width:80em;
padding:0 1em;color:#222;background:#fff}pre{overflow:auto;background:#f4f4f4;padding:1em}
article{border-top:1px solid #ccc;padding:.5em 0;content-visibility:auto;
contain-intrinsic-size:auto 300px}h2{font-size:1em;margin:.3em 0}
[data-what=false_alarm] h2{color:#b00}[data-what=missed_clear] h2{color:#850}p{margin:.2em 0}
div{display:flex;flex-wrap:wrap;gap:1em;align-items:flex-start}figure{margin:0}
.photo{width:min(100%,480px);max-height:360px}rect{fill:none;stroke-width:3px;
vector-effect:non-scaling-stroke}rect.labelled{stroke:#0a0;stroke-dasharray:6 4}rect.found{stroke:#d00}
figcaption{font-size:.85em}figcaption.labelled{color:#070}figcaption.found{color:#b00}
form{display:flex;flex-wrap:wrap;gap:1em;position:sticky;top:0;background:#fff;padding:.5em 0;
z-index:1})";

constexpr std::string_view kScript = R"(const form=document.querySelector('form');
function show(){let n=0;for(const card of document.querySelectorAll('article')){
const fits=['what','brand','mark'].every(k=>!form[k].value||card.dataset[k]===form[k].value);
card.style.display=fits?'':'none';n+=fits?1:0}
document.querySelector('output').textContent=n+' shown'}
form.addEventListener('change',show);show();)";

std::string choice(std::string_view name,
                   std::string_view label,
                   const std::set<std::string>& values) {
    std::string html =
        fmt::format("<label>{} <select name=\"{}\"><option value=\"\">all</option>", label, name);
    for (const auto& value : values) {
        html += fmt::format("<option>{}</option>", escaped_html(value));
    }
    return html + "</select></label>";
}

std::string choices(const std::vector<Mistake>& mistakes) {
    std::set<std::string> kinds;
    std::set<std::string> brands;
    std::set<std::string> marks;
    for (const auto& mistake : mistakes) {
        kinds.emplace(to_text(mistake.kind));
        brands.insert(mistake.brand);
        marks.insert(mistake.mark_kind);
    }
    return "<form>" + choice("what", "mistake", kinds) + choice("brand", "brand", brands) +
           choice("mark", "kind", marks) + "<output></output></form>\n";
}

int rank(Mistake::Kind kind) {
    constexpr std::array<Mistake::Kind, 4> kOrder = {Mistake::Kind::false_alarm,
                                                     Mistake::Kind::missed_clear,
                                                     Mistake::Kind::missed_hard,
                                                     Mistake::Kind::misplaced};
    return static_cast<int>(std::ranges::find(kOrder, kind) - kOrder.begin());
}

}  // namespace

void write_report_html(const EvaluationReport& report,
                       const std::filesystem::path& photos,
                       const std::filesystem::path& folder,
                       PictureDecoder& decoder) {
    // The policy: even a hole in the escaping could fetch or send nothing.
    std::string html = fmt::format(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
        "img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">"
        "<meta name=\"viewport\" content=\"width=device-width\"><title>chiptrail eval</title>"
        "<style>{}</style>\n<h1>chiptrail eval: {} mistakes on {} photos</h1>\n{}"
        "<details open><summary>All figures</summary><pre>{}</pre></details>\n",
        kStyle,
        report.mistakes.size(),
        report.images,
        report.curve.empty() ? std::string() : curve_svg(report),
        escaped_html(report_table(report)));
    html += choices(report.mistakes);
    auto ordered = report.mistakes;
    std::ranges::stable_sort(
        ordered, std::less<>(), [](const Mistake& mistake) { return rank(mistake.kind); });
    Page page(photos, decoder);
    for (const auto& mistake : ordered) {
        html += page.card(mistake);
    }
    std::error_code problem;
    std::filesystem::create_directories(folder, problem);
    if (problem) {
        throw core::Error("cannot make the folder " + folder.string() + ": " + problem.message());
    }
    html += fmt::format("<script>{}</script></html>\n", kScript);
    core::write_file_durably(folder / "index.html", html);
}

}  // namespace chiptrail::vision
