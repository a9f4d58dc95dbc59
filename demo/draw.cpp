#include "demo/draw.hpp"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace chiptrail::demo {

namespace {

constexpr int kPixelsPerUnit = 178;  // 44.45 mm.
constexpr int kPanelWidth = 1930;    // 482.6 mm.
constexpr int kEarWidth = 72;
constexpr double kStrokeLetterHeight = 21.0;  // Of a Hershey capital at scale 1.
constexpr double kBigLetter = 168.0;          // Letters are drawn this high, then reduced.

Colour shade(const Colour& colour, double factor) {
    return {std::min(255.0, colour[0] * factor),
            std::min(255.0, colour[1] * factor),
            std::min(255.0, colour[2] * factor)};
}

/// Letters as a mask, kBigLetter high, tightly cut.
cv::Mat big_letters(const std::string& text, const Lettering& style) {
    const double scale = kBigLetter / kStrokeLetterHeight;
    const int margin = static_cast<int>(kBigLetter);
    const int advance = static_cast<int>(style.spacing * kBigLetter);
    const int width = cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, scale, 1, nullptr).width;
    cv::Mat mask = cv::Mat::zeros(static_cast<int>(kBigLetter) + 2 * margin,
                                  width + 2 * margin + advance * static_cast<int>(text.size()),
                                  CV_8U);
    cv::Point pen(margin, margin + static_cast<int>(kBigLetter));
    for (const char character : text) {
        const std::string one(1, character);
        cv::putText(mask, one, pen, cv::FONT_HERSHEY_SIMPLEX, scale, cv::Scalar(255), 3);
        pen.x += cv::getTextSize(one, cv::FONT_HERSHEY_SIMPLEX, scale, 1, nullptr).width + advance;
    }
    const int stroke = std::max(3, static_cast<int>(style.weight * kBigLetter));
    // Logos are a little heavier in their uprights than in their bars.
    const cv::Size pen_size(stroke, std::max(3, stroke * 5 / 6));
    cv::dilate(
        mask,
        mask,
        cv::getStructuringElement(style.square ? cv::MORPH_RECT : cv::MORPH_ELLIPSE, pen_size));
    if (style.slant != 0) {
        const cv::Mat lean =
            (cv::Mat_<double>(2, 3) << 1, -style.slant, style.slant * mask.rows, 0, 1, 0);
        cv::warpAffine(
            mask, mask, lean, {mask.cols + static_cast<int>(style.slant * mask.rows), mask.rows});
    }
    return mask(cv::boundingRect(mask)).clone();
}

cv::Mat turn(const cv::Mat& mask, int degrees) {
    cv::Mat turned = mask;
    if (degrees == 90) {
        cv::rotate(mask, turned, cv::ROTATE_90_CLOCKWISE);
    } else if (degrees == 180) {
        cv::rotate(mask, turned, cv::ROTATE_180);
    } else if (degrees == 270) {
        cv::rotate(mask, turned, cv::ROTATE_90_COUNTERCLOCKWISE);
    }
    return turned;
}

/// Corners of `area` starting where the text's own top left lies after a turn.
std::array<cv::Point2f, 4> reading_order(const cv::Rect& area, int turned) {
    const auto left = static_cast<float>(area.x);
    const auto top = static_cast<float>(area.y);
    const auto right = static_cast<float>(area.x + area.width);
    const auto bottom = static_cast<float>(area.y + area.height);
    std::array<cv::Point2f, 4> quad{cv::Point2f(left, top),
                                    cv::Point2f(right, top),
                                    cv::Point2f(right, bottom),
                                    cv::Point2f(left, bottom)};
    std::rotate(quad.begin(), quad.begin() + turned / 90, quad.end());
    return quad;
}

void paint(cv::Mat& pixels, const cv::Mat& mask, cv::Point at, const Colour& colour) {
    const cv::Rect wanted(at, mask.size());
    const cv::Rect area = wanted & cv::Rect({0, 0}, pixels.size());
    if (area.empty()) {
        return;
    }
    cv::Mat target = pixels(area);
    const cv::Mat cut = mask(area - wanted.tl());
    cv::Mat alpha;
    cv::cvtColor(cut, alpha, cv::COLOR_GRAY2BGR);
    alpha.convertTo(alpha, CV_32FC3, 1.0 / 255);
    cv::Mat below;
    target.convertTo(below, CV_32FC3);
    const cv::Mat ink(below.size(), CV_32FC3, colour);
    const cv::Mat mixed = below.mul(cv::Scalar::all(1) - alpha) + ink.mul(alpha);
    mixed.convertTo(target, CV_8UC3);
}

void grain(cv::Mat& area, double strength, cv::RNG& rng) {
    cv::Mat noise(area.size(), CV_16SC1);
    rng.fill(noise, cv::RNG::NORMAL, 0, strength);
    cv::blur(noise, noise, {9, 1});
    const std::array<cv::Mat, 3> channels{noise, noise, noise};
    cv::merge(channels.data(), channels.size(), noise);
    cv::Mat wide;
    area.convertTo(wide, CV_16SC3);
    wide += noise;
    wide.convertTo(area, CV_8UC3);
}

/// Uneven brightness in patches of about `patch` pixels, up to `strength` of 128.
void mottle(cv::Mat& area, cv::Size patch, int strength, cv::RNG& rng) {
    if (area.empty()) {
        return;
    }
    cv::Mat level(area.rows / patch.height + 2, area.cols / patch.width + 2, CV_8UC1);
    rng.fill(level, cv::RNG::UNIFORM, 128 - strength, 128 + strength + 1);
    cv::resize(level, level, area.size(), 0, 0, cv::INTER_CUBIC);
    cv::cvtColor(level, level, cv::COLOR_GRAY2BGR);
    cv::multiply(area, level, area, 1.0 / 128);
}

void bevel(cv::Mat& pixels, const cv::Rect& area, const Colour& colour) {
    cv::rectangle(pixels, area, colour, cv::FILLED);
    cv::line(pixels, area.tl(), {area.br().x - 1, area.y}, shade(colour, 1.7), 2);
    cv::line(pixels,
             {area.x, area.br().y - 1},
             {area.br().x - 1, area.br().y - 1},
             shade(colour, 0.45),
             3);
    cv::line(pixels,
             {area.br().x - 1, area.y},
             {area.br().x - 1, area.br().y - 1},
             shade(colour, 0.55),
             2);
}

cv::Rect inset(const cv::Rect& area, int by) {
    return {area.x + by, area.y + by, area.width - 2 * by, area.height - 2 * by};
}

std::vector<cv::Point> to_pixels(const std::vector<cv::Point2f>& outline) {
    std::vector<cv::Point> points;
    for (const auto& point : outline) {
        points.emplace_back(cvRound(point.x * kOversampling), cvRound(point.y * kOversampling));
    }
    return points;
}

}  // namespace

std::array<cv::Point2f, 4> letter(
    cv::Mat& pixels, const std::string& text, cv::Point at, double height, const Lettering& style) {
    const cv::Mat big = big_letters(text, style);
    const double wanted = height / kBigLetter;
    const double widest = big.cols * wanted * style.stretch;
    const double factor =
        style.fit > 0 && widest > style.fit ? wanted * style.fit / widest : wanted;
    cv::Mat mask;
    cv::resize(big,
               mask,
               {std::max(1, cvRound(big.cols * factor * style.stretch)),
                std::max(1, cvRound(big.rows * factor))},
               0,
               0,
               cv::INTER_AREA);
    mask = turn(mask, style.turned);
    paint(pixels, mask, at, style.colour);
    return reading_order({at, mask.size()}, style.turned);
}

void mark(Panel& panel,
          const std::string& brand,
          const std::string& text,
          cv::Point at,
          double height,
          const Lettering& style) {
    const auto quad = letter(panel.pixels, text, at, height, style);
    panel.marks.push_back({brand, text, quad, style.clear});
}

void model(Panel& panel,
           const std::string& canonical,
           const std::string& text,
           cv::Point at,
           double height,
           const Lettering& style) {
    letter(panel.pixels, text, at, height, style);
    panel.models.push_back(canonical);
}

void metal(cv::Mat& pixels, const cv::Rect& area, const Colour& colour, cv::RNG& rng) {
    cv::Mat target = pixels(area & cv::Rect({0, 0}, pixels.size()));
    for (int row = 0; row < target.rows; ++row) {
        const double height = static_cast<double>(row) / target.rows;
        target.row(row).setTo(shade(colour, 1.12 - 0.24 * height));
    }
    grain(target, 9, rng);
}

void screw(cv::Mat& pixels, cv::Point centre, int radius) {
    cv::circle(pixels, centre + cv::Point(2, 3), radius + 1, {25, 25, 25}, cv::FILLED, cv::LINE_AA);
    for (int step = radius; step > 0; --step) {
        const double level = 210 - 90.0 * step / radius;
        cv::circle(pixels, centre, step, Colour::all(level), cv::FILLED, cv::LINE_AA);
    }
    const int arm = radius * 6 / 10;
    cv::line(pixels,
             centre - cv::Point(arm, 0),
             centre + cv::Point(arm, 0),
             {60, 60, 60},
             4,
             cv::LINE_AA);
    cv::line(pixels,
             centre - cv::Point(0, arm),
             centre + cv::Point(0, arm),
             {60, 60, 60},
             4,
             cv::LINE_AA);
}

void mesh(cv::Mat& pixels, const cv::Rect& area, int pitch, const Colour& colour) {
    cv::rectangle(pixels, area, colour, cv::FILLED);
    const double row_height = pitch * 0.866;
    const int radius = pitch * 42 / 100;
    int index = 0;
    for (double y = area.y + pitch * 0.6; y < area.br().y - pitch * 0.5; y += row_height) {
        const double offset = (index++ % 2 == 0) ? 0 : pitch * 0.5;
        for (double x = area.x + pitch * 0.6 + offset; x < area.br().x - pitch * 0.5; x += pitch) {
            const cv::Point centre(cvRound(x), cvRound(y));
            std::vector<cv::Point> hexagon;
            cv::ellipse2Poly(centre, {radius, radius}, 30, 0, 360, 60, hexagon);
            cv::fillConvexPoly(pixels, hexagon, shade(colour, 0.28), cv::LINE_AA);
        }
    }
}

void upright_bays(cv::Mat& pixels, const cv::Rect& area, int count, cv::RNG& rng) {
    cv::rectangle(pixels, area, {18, 18, 18}, cv::FILLED);
    const double pitch = static_cast<double>(area.width) / count;
    for (int bay = 0; bay < count; ++bay) {
        const cv::Rect carrier(
            area.x + cvRound(bay * pitch) + 3, area.y + 4, cvRound(pitch) - 6, area.height - 8);
        bevel(pixels, carrier, {52, 50, 48});
        mesh(pixels,
             {carrier.x + 6,
              carrier.y + carrier.height / 3,
              carrier.width - 12,
              carrier.height * 6 / 10},
             13,
             {62, 60, 58});
        const cv::Rect latch(carrier.x + 6, carrier.y + 10, carrier.width - 12, carrier.height / 5);
        bevel(pixels, latch, {74, 72, 70});
        const bool lit = rng.uniform(0, 4) != 0;
        cv::circle(pixels,
                   {carrier.x + carrier.width / 2, carrier.br().y - 12},
                   4,
                   lit ? Colour(90, 230, 90) : Colour(50, 60, 50),
                   cv::FILLED,
                   cv::LINE_AA);
    }
}

void flat_bays(cv::Mat& pixels, const cv::Rect& area, int columns, int rows, cv::RNG& rng) {
    cv::rectangle(pixels, area, {20, 20, 20}, cv::FILLED);
    const double wide = static_cast<double>(area.width) / columns;
    const double high = static_cast<double>(area.height) / rows;
    for (int row = 0; row < rows; ++row) {
        for (int column = 0; column < columns; ++column) {
            const cv::Rect carrier(area.x + cvRound(column * wide) + 4,
                                   area.y + cvRound(row * high) + 4,
                                   cvRound(wide) - 8,
                                   cvRound(high) - 8);
            bevel(pixels, carrier, {58, 56, 54});
            mesh(pixels,
                 {carrier.x + 14, carrier.y + 10, carrier.width * 7 / 10, carrier.height - 20},
                 15,
                 {66, 64, 62});
            bevel(pixels,
                  {carrier.br().x - carrier.width / 5,
                   carrier.y + 8,
                   carrier.width / 5 - 8,
                   carrier.height - 16},
                  {86, 84, 82});
            const bool busy = rng.uniform(0, 3) != 0;
            cv::circle(pixels,
                       {carrier.br().x - 14, carrier.y + 16},
                       5,
                       busy ? Colour(240, 160, 60) : Colour(60, 60, 60),
                       cv::FILLED,
                       cv::LINE_AA);
        }
    }
}

void fan(cv::Mat& pixels, cv::Point centre, int radius) {
    cv::circle(pixels, centre, radius + 8, {58, 58, 58}, cv::FILLED, cv::LINE_AA);
    cv::circle(pixels, centre, radius, {16, 16, 16}, cv::FILLED, cv::LINE_AA);
    for (int blade = 0; blade < 7; ++blade) {
        cv::ellipse(pixels,
                    centre,
                    {radius - 6, radius - 6},
                    blade * 51.4,
                    0,
                    30,
                    {44, 44, 44},
                    cv::FILLED,
                    cv::LINE_AA);
    }
    for (int ring = radius; ring > radius / 3; ring -= radius / 6) {
        cv::circle(pixels, centre, ring, {120, 120, 120}, 4, cv::LINE_AA);
    }
    cv::circle(pixels, centre, radius / 3, {70, 70, 70}, cv::FILLED, cv::LINE_AA);
}

void ports(cv::Mat& pixels, const cv::Rect& area, int columns, int rows) {
    const double wide = static_cast<double>(area.width) / columns;
    const double high = static_cast<double>(area.height) / rows;
    for (int row = 0; row < rows; ++row) {
        for (int column = 0; column < columns; ++column) {
            const cv::Rect port(area.x + cvRound(column * wide) + 3,
                                area.y + cvRound(row * high) + 3,
                                cvRound(wide) - 7,
                                cvRound(high) - 7);
            cv::rectangle(pixels, port, {150, 150, 146}, cv::FILLED);
            cv::rectangle(pixels, inset(port, 5), {12, 12, 12}, cv::FILLED);
            cv::line(pixels,
                     {port.x + 8, port.br().y - 9},
                     {port.br().x - 8, port.br().y - 9},
                     {60, 170, 200},
                     3);
        }
    }
}

void control_panel(cv::Mat& pixels, const cv::Rect& area) {
    bevel(pixels, area, {40, 40, 40});
    const cv::Point button(area.x + area.width / 2, area.y + 34);
    cv::circle(pixels, button, 19, {110, 110, 110}, cv::FILLED, cv::LINE_AA);
    cv::circle(pixels, button, 13, {45, 45, 45}, 3, cv::LINE_AA);
    const std::array<Colour, 3> lamps{
        Colour(80, 230, 80), Colour(240, 170, 70), Colour(60, 60, 200)};
    for (std::size_t lamp = 0; lamp < lamps.size(); ++lamp) {
        cv::circle(pixels,
                   {button.x, area.y + 76 + 22 * static_cast<int>(lamp)},
                   6,
                   lamps[lamp],
                   cv::FILLED,
                   cv::LINE_AA);
    }
    if (area.height > 220) {
        for (int port = 0; port < 2; ++port) {
            const cv::Rect socket(button.x - 11, area.y + 150 + 66 * port, 22, 52);
            cv::rectangle(pixels, socket, {170, 170, 170}, cv::FILLED);
            cv::rectangle(pixels, inset(socket, 5), {180, 90, 20}, cv::FILLED);
        }
    }
}

void sticker(Panel& panel, const cv::Rect& area, const std::string& canonical_model, cv::RNG& rng) {
    cv::rectangle(panel.pixels, area, {238, 240, 240}, cv::FILLED);
    Lettering print;
    print.colour = {30, 30, 30};
    print.weight = 0.13;
    print.square = false;
    print.fit = area.width - 30;
    const int height = area.height * 3 / 10;
    model(panel, canonical_model, canonical_model, area.tl() + cv::Point(14, 12), height, print);
    const int top = area.y + area.height * 55 / 100;
    for (int x = area.x + 14; x < area.br().x - 20;) {
        const int bar = rng.uniform(2, 7);
        cv::rectangle(
            panel.pixels, {x, top, bar, area.height * 35 / 100}, {25, 25, 25}, cv::FILLED);
        x += bar + rng.uniform(2, 7);
    }
}

Panel rack_front(int units, const Colour& colour, cv::RNG& rng) {
    Panel panel;
    panel.pixels.create(units * kPixelsPerUnit - 6, kPanelWidth, CV_8UC3);
    const cv::Rect all({0, 0}, panel.pixels.size());
    metal(panel.pixels, all, colour, rng);
    for (const int x : {0, kPanelWidth - kEarWidth}) {
        metal(panel.pixels, {x, 0, kEarWidth, all.height}, shade(colour, 0.9), rng);
        cv::line(panel.pixels,
                 {x == 0 ? kEarWidth : x, 0},
                 {x == 0 ? kEarWidth : x, all.height},
                 shade(colour, 0.35),
                 4);
        for (const int y : {42, all.height - 42}) {
            screw(panel.pixels, {x + kEarWidth / 2, y}, 19);
        }
    }
    cv::line(panel.pixels, {0, 1}, {kPanelWidth, 1}, shade(colour, 1.7), 3);
    cv::line(
        panel.pixels, {0, all.height - 2}, {kPanelWidth, all.height - 2}, shade(colour, 0.4), 4);
    return panel;
}

cv::Rect body_of(const Panel& panel) {
    return {kEarWidth + 8, 10, panel.pixels.cols - 2 * kEarWidth - 16, panel.pixels.rows - 20};
}

Scene::Scene(int width, int height, std::uint64_t seed)
    : rng_(seed), pixels_(height * kOversampling, width * kOversampling, CV_8UC3) {}

void Scene::room(const Colour& wall, const Colour& floor, double horizon) {
    const int split = cvRound(pixels_.rows * horizon);
    for (int row = 0; row < pixels_.rows; ++row) {
        const bool above = row < split;
        const double depth = above ? 0.85 + 0.2 * row / std::max(1, split)
                                   : 0.8 + 0.35 * (row - split) / (pixels_.rows - split);
        pixels_.row(row).setTo(shade(above ? wall : floor, depth));
    }
    // A surface that is one colour to the pixel is what gives a drawing away.
    cv::Mat wall_part = pixels_.rowRange(0, split);
    mottle(wall_part, {300, 300}, 5, rng_);
    mottle(wall_part, {6, 6}, 3, rng_);
    cv::Mat floor_part = pixels_.rowRange(split, pixels_.rows);
    mottle(floor_part, {700, 14}, 12, rng_);
    mottle(floor_part, {90, 4}, 5, rng_);
    cv::Mat edge = pixels_.rowRange(std::max(0, split - 30), std::min(pixels_.rows, split + 30));
    cv::GaussianBlur(edge, edge, {0, 0}, 9);
}

void Scene::place(const Panel& panel, const std::array<cv::Point2f, 4>& corners) {
    std::vector<cv::Point2f> outline(corners.begin(), corners.end());
    shadow(outline, 14, 0.45);
    const auto width = static_cast<float>(panel.pixels.cols);
    const auto height = static_cast<float>(panel.pixels.rows);
    const std::array<cv::Point2f, 4> from{cv::Point2f(0, 0),
                                          cv::Point2f(width, 0),
                                          cv::Point2f(width, height),
                                          cv::Point2f(0, height)};
    std::array<cv::Point2f, 4> to = corners;
    for (auto& corner : to) {
        corner *= static_cast<float>(kOversampling);
    }
    const cv::Mat view = cv::getPerspectiveTransform(from, to);
    // Only the part of the picture that the panel covers is touched: warping is the costly step.
    const auto points = to_pixels(outline);
    const cv::Rect area = cv::boundingRect(points) & cv::Rect({0, 0}, pixels_.size());
    const cv::Mat shift = (cv::Mat_<double>(3, 3) << 1, 0, -area.x, 0, 1, -area.y, 0, 0, 1);
    cv::Mat warped;
    cv::warpPerspective(panel.pixels, warped, shift * view, area.size(), cv::INTER_LINEAR);
    cv::Mat mask = cv::Mat::zeros(area.size(), CV_8U);
    auto inside = points;
    for (auto& point : inside) {
        point -= area.tl();
    }
    cv::fillConvexPoly(mask, inside, cv::Scalar(255));
    warped.copyTo(pixels_(area), mask);

    for (const auto& flat : panel.marks) {
        std::vector<cv::Point2f> seen;
        cv::perspectiveTransform(
            std::vector<cv::Point2f>(flat.quad.begin(), flat.quad.end()), seen, view);
        DrawnMark drawn{flat.brand, flat.text, {}, flat.clear};
        for (std::size_t corner = 0; corner < seen.size(); ++corner) {
            drawn.quad.at(corner) = {seen[corner].x / kOversampling,
                                     seen[corner].y / kOversampling};
        }
        marks_.push_back(drawn);
    }
    models_.insert(models_.end(), panel.models.begin(), panel.models.end());
}

void Scene::face(const std::array<cv::Point2f, 4>& corners, const Colour& near, const Colour& far) {
    Panel plain;
    plain.pixels.create(64, 256, CV_8UC3);
    for (int column = 0; column < plain.pixels.cols; ++column) {
        const double part = static_cast<double>(column) / plain.pixels.cols;
        plain.pixels.col(column).setTo(near * (1 - part) + far * part);
    }
    place(plain, corners);
}

void Scene::shadow(const std::vector<cv::Point2f>& outline, double softness, double depth) {
    constexpr int kCoarse = 8;
    auto points = to_pixels(outline);
    const int reach = cvRound(softness * kCoarse * 2);
    const cv::Rect covered = cv::boundingRect(points);
    const cv::Rect area = cv::Rect(covered.x - reach,
                                   covered.y - reach,
                                   covered.width + 2 * reach,
                                   covered.height + 2 * reach) &
                          cv::Rect({0, 0}, pixels_.size());
    for (auto& point : points) {
        point = (point - area.tl()) / kCoarse + cv::Point(0, 3);
    }
    cv::Mat keep(area.height / kCoarse + 1, area.width / kCoarse + 1, CV_32F, cv::Scalar(1));
    cv::fillConvexPoly(keep, points, cv::Scalar(1 - depth));
    cv::GaussianBlur(keep, keep, {0, 0}, softness / 2);
    cv::resize(keep, keep, area.size());
    cv::cvtColor(keep, keep, cv::COLOR_GRAY2BGR);
    cv::Mat target = pixels_(area);
    cv::multiply(target, keep, target, 1, CV_8U);
}

void Scene::light(cv::Point2f from, double exposure) {
    cv::Mat level(60, 80, CV_32F);
    for (int row = 0; row < level.rows; ++row) {
        for (int column = 0; column < level.cols; ++column) {
            const double x = static_cast<double>(column) / level.cols - from.x;
            const double y = static_cast<double>(row) / level.rows - from.y;
            level.at<float>(row, column) =
                static_cast<float>(exposure * (1.18 - 0.5 * (x * x + y * y)));
        }
    }
    cv::resize(level, level, pixels_.size(), 0, 0, cv::INTER_CUBIC);
    cv::cvtColor(level, level, cv::COLOR_GRAY2BGR);
    cv::multiply(pixels_, level, pixels_, 1, CV_8U);
}

cv::Mat Scene::develop(double blur, double noise) {
    cv::Mat small;
    cv::resize(pixels_, small, pixels_.size() / kOversampling, 0, 0, cv::INTER_AREA);
    if (blur > 0) {
        cv::GaussianBlur(small, small, {0, 0}, blur);
    }
    cv::Mat sensor(small.size(), CV_16SC3);
    rng_.fill(sensor, cv::RNG::NORMAL, 0, noise);
    cv::Mat wide;
    small.convertTo(wide, CV_16SC3);
    wide += sensor;
    wide.convertTo(small, CV_8UC3);
    return small;
}

}  // namespace chiptrail::demo
