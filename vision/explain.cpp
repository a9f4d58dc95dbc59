#include "vision/explain.hpp"

#include "core/file.hpp"
#include "vision/decode.hpp"
#include "vision/mark_embedding.hpp"
#include "vision/rectify.hpp"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace chiptrail::vision {

namespace {

constexpr int kWidth = 1280;
constexpr int kMargin = 24;
constexpr int kPhotoHeight = 640;
constexpr int kPlaceHeight = 260;
constexpr int kPlaceWidth = 760;
constexpr int kLeastPlaceWidth = 240;  // room for its caption
constexpr int kReferenceWidth = kWidth - kPlaceWidth - 3 * kMargin;
constexpr int kLine = 26;
constexpr int kNameWidth = 300;
constexpr std::size_t kMaxFacts = 60;
constexpr std::size_t kMaxLinesPerFact = 6;
constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;

const cv::Scalar kPaper(250, 250, 250);
const cv::Scalar kInk(30, 30, 30);
const cv::Scalar kGrey(120, 120, 120);
const cv::Scalar kRule(205, 205, 205);
const cv::Scalar kFrame(60, 220, 60);  // BGR
const cv::Scalar kShadow(0, 0, 0);

std::string drawable(const std::string& text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        // One '?' a character, not one a byte of it.
        if (byte >= 0x80 && byte < 0xc0) {
            continue;
        }
        out += byte >= ' ' && byte < 0x7f ? c : '?';
    }
    return out;
}

void write(cv::Mat& canvas,
           const std::string& text,
           cv::Point at,
           const cv::Scalar& color,
           double size = 0.55) {
    cv::putText(canvas, drawable(text), at, kFont, size, color, size > 0.8 ? 2 : 1, cv::LINE_AA);
}

int width_of(const std::string& text, double size) {
    int baseline = 0;
    return cv::getTextSize(text, kFont, size, 1, &baseline).width;
}

/// Breaks at blanks where it can, else after a comma.
std::vector<std::string> wrapped(const std::string& text, int width, double size) {
    std::vector<std::string> lines;
    auto rest = drawable(text);
    while (!rest.empty() && lines.size() < kMaxLinesPerFact) {
        std::size_t fits = std::min<std::size_t>(rest.size(), 200);
        while (fits > 1 && width_of(rest.substr(0, fits), size) > width) {
            --fits;
        }
        if (fits < rest.size()) {
            const auto blank = rest.rfind(' ', fits);
            const auto comma = rest.rfind(',', fits - 1);
            if (blank != std::string::npos && blank > 0) {
                fits = blank;
            } else if (comma != std::string::npos) {
                fits = comma + 1;
            }
        }
        lines.push_back(rest.substr(0, fits));
        rest.erase(0, fits);
        rest.erase(0, rest.find_first_not_of(' '));
    }
    if (!rest.empty() && !lines.empty()) {
        lines.back() += " ...";
    }
    return lines;
}

/// As large as fits, enlarged at most `most` times.
cv::Mat fitted_into(const cv::Mat& picture, cv::Size room, double most) {
    const auto scale = std::min({static_cast<double>(room.width) / picture.cols,
                                 static_cast<double>(room.height) / picture.rows,
                                 most});
    cv::Mat out;
    cv::resize(picture,
               out,
               {std::max(1, static_cast<int>(std::lround(picture.cols * scale))),
                std::max(1, static_cast<int>(std::lround(picture.rows * scale)))},
               0,
               0,
               scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
    return out;
}

void paste(cv::Mat& canvas, const cv::Mat& picture, cv::Point at) {
    const cv::Rect place(at, picture.size());
    picture.copyTo(canvas(place));
    cv::rectangle(canvas, place, kRule);
}

/// The photo with the place framed, as large as its part of the page.
cv::Mat photo_with_frame(const Photo& photo, const core::Finding& finding) {
    auto out = fitted_into(photo.pixels, {kWidth - 2 * kMargin, kPhotoHeight}, 4);
    const auto scale = static_cast<double>(out.cols) / photo.width;
    std::vector<cv::Point> corners;
    const auto pixel = [scale](double value, int limit) {
        return static_cast<int>(std::lround(std::clamp(value * scale, -1.0, limit + 1.0)));
    };
    for (const auto& corner : corners_of(finding, 1)) {
        corners.emplace_back(pixel(corner.x, out.cols), pixel(corner.y, out.rows));
    }
    cv::polylines(out, corners, true, kShadow, 4, cv::LINE_AA);
    cv::polylines(out, corners, true, kFrame, 2, cv::LINE_AA);
    // A mark of a few pixels would be lost: a wider ring leads the eye to it.
    const auto bounds = cv::boundingRect(corners);
    if (bounds.width < 60 && bounds.height < 60) {
        const cv::Point centre(bounds.x + bounds.width / 2, bounds.y + bounds.height / 2);
        cv::circle(out, centre, 56, kShadow, 4, cv::LINE_AA);
        cv::circle(out, centre, 56, kFrame, 2, cv::LINE_AA);
    }
    return out;
}

cv::Mat set_in_type(const std::string& spelling) {
    constexpr double kSize = 3;
    constexpr int kPen = 6;
    const auto text = drawable(spelling);
    int baseline = 0;
    const auto extent = cv::getTextSize(text, kFont, kSize, kPen, &baseline);
    cv::Mat out(extent.height + baseline + 60, extent.width + 60, CV_8UC3, cv::Scalar::all(255));
    cv::putText(
        out, text, {30, 30 + extent.height}, kFont, kSize, cv::Scalar(0, 0, 0), kPen, cv::LINE_AA);
    return out;
}

/// Empty when there is none.
cv::Mat picture_of(const Reference& reference) {
    if (!reference.picture.empty()) {
        const std::vector<unsigned char> bytes(reference.picture.begin(), reference.picture.end());
        try {
            return cv::imdecode(bytes, cv::IMREAD_COLOR);
        } catch (const cv::Exception&) {
            return {};
        }
    }
    constexpr std::size_t kLongest = 60;
    const auto text = drawable(reference.spelling).substr(0, kLongest);
    // A name of which nothing can be drawn would be a row of question marks.
    const bool is_latin = std::ranges::any_of(text, [](char c) { return c != '?' && c != ' '; });
    return is_latin ? set_in_type(text) : cv::Mat();
}

std::string folded(std::string text) {
    std::erase_if(text, [](char c) { return c == ' ' || c == '-' || c == '.'; });
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

/// The spelling that what was read comes nearest to: the one inside it, else the first.
std::string spelling_in(const std::vector<std::string>& spellings, const std::string& text) {
    const auto read = folded(text);
    const auto inside = std::ranges::find_if(spellings, [&](const std::string& spelling) {
        return read.find(folded(spelling)) != std::string::npos;
    });
    return inside != spellings.end() ? *inside
           : spellings.empty()       ? std::string()
                                     : spellings.front();
}

struct Row {
    std::string name;
    std::vector<std::string> lines;
};

std::vector<Row> rows_of(const Explanation& explanation) {
    std::vector<Row> rows;
    for (const auto& [name, value] : explanation.facts) {
        if (rows.size() == kMaxFacts) {
            break;
        }
        auto lines = wrapped(value, kWidth - kNameWidth - 2 * kMargin, 0.55);
        if (lines.empty()) {
            lines.emplace_back("-");
        }
        rows.push_back({name, std::move(lines)});
    }
    return rows;
}

int height_of(const std::vector<Row>& rows) {
    int lines = 0;
    for (const auto& row : rows) {
        lines += static_cast<int>(row.lines.size());
    }
    return lines * kLine;
}

void write_rows(cv::Mat& canvas, const std::vector<Row>& rows, int top) {
    int y = top;
    for (const auto& row : rows) {
        cv::line(canvas, {kMargin, y - kLine + 8}, {kWidth - kMargin, y - kLine + 8}, kRule);
        write(canvas, row.name.substr(0, 34), {kMargin, y}, kGrey);
        for (const auto& line : row.lines) {
            write(canvas, line, {kMargin + kNameWidth, y}, kInk);
            y += kLine;
        }
    }
}

void draw_place(cv::Mat& canvas, const Photo& photo, const Explanation& explanation, int top) {
    const auto place = rectify(
        photo.pixels, corners_of(explanation.finding, photo.reduction()), 0.25, kPlaceHeight);
    const int picture_top = top + kLine;
    // The reference stands beside the place, to be compared at one glance.
    int left = 2 * kMargin + kPlaceWidth;
    if (place) {
        const auto shown = fitted_into(*place, {kPlaceWidth, kPlaceHeight}, 1);
        write(canvas, "the place, upright", {kMargin, top + 12}, kGrey);
        paste(canvas, shown, {kMargin, picture_top});
        left = std::max(kLeastPlaceWidth, shown.cols) + 2 * kMargin;
    } else {
        write(canvas, "the place lies outside the photo", {kMargin, top + 12}, kGrey);
    }
    const auto reference = picture_of(explanation.reference);
    const bool by_letters = explanation.reference.picture.empty();
    const char* const caption = reference.empty() ? "no reference picture"
                                : by_letters      ? "the name in a plain font"
                                                  : "the reference mark";
    write(canvas, caption, {left, top + 12}, kGrey);
    if (!reference.empty()) {
        paste(canvas,
              fitted_into(reference, {kReferenceWidth, kPlaceHeight}, 4),
              {left, picture_top});
    }
}

}  // namespace

Reference reference_of(const core::Finding& finding,
                       const Lexicon& lexicon,
                       const std::filesystem::path& models) {
    constexpr std::uintmax_t kMaxBytes = 4'000'000;
    Reference reference;
    if (const auto file = reference_picture(models, finding.reference); !file.empty()) {
        if (auto bytes = core::read_file(file, kMaxBytes)) {
            reference.picture = std::move(*bytes);
            return reference;
        }
    }
    const auto* brand = lexicon.find_brand(finding.brand);
    switch (finding.kind) {
        case core::FindingKind::wordmark:
            reference.spelling =
                brand != nullptr ? spelling_in(brand->spellings, finding.text) : std::string();
            break;
        case core::FindingKind::implied:
            reference.spelling =
                brand != nullptr ? spelling_in(brand->product_lines, finding.text) : std::string();
            break;
        case core::FindingKind::model:
            reference.spelling = finding.model;
            break;
        case core::FindingKind::symbol:
        case core::FindingKind::code:
            break;
    }
    return reference;
}

core::Result<Picture> explain(std::string_view bytes,
                              const Explanation& explanation,
                              PictureDecoder& decoder) {
    const auto photo = decoder.decode(bytes);
    if (!photo) {
        return tl::unexpected(photo.error());
    }
    const auto framed = photo_with_frame(*photo, explanation.finding);
    const auto rows = rows_of(explanation);
    constexpr int kTitle = 64;
    const int place_top = kTitle + framed.rows + kMargin;
    const int rows_top = place_top + kLine + kPlaceHeight + 2 * kMargin;
    cv::Mat canvas(rows_top + height_of(rows) + kMargin, kWidth, CV_8UC3, kPaper);
    write(canvas, explanation.title.substr(0, 80), {kMargin, 42}, kInk, 0.9);
    paste(canvas, framed, {(kWidth - framed.cols) / 2, kTitle});
    draw_place(canvas, *photo, explanation, place_top);
    write_rows(canvas, rows, rows_top);
    std::vector<unsigned char> png;
    cv::imencode(".png", canvas, png);
    return Picture{std::string(png.begin(), png.end()), canvas.cols, canvas.rows, "image/png"};
}

std::optional<Picture> draw_reference(const Reference& reference) {
    const auto picture = picture_of(reference);
    if (picture.empty()) {
        return std::nullopt;
    }
    const auto shown = fitted_into(picture, {640, 320}, 4);
    std::vector<unsigned char> png;
    cv::imencode(".png", shown, png);
    return Picture{std::string(png.begin(), png.end()), shown.cols, shown.rows, "image/png"};
}

}  // namespace chiptrail::vision
