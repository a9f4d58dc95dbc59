#include "demo/photos.hpp"

#include "demo/draw.hpp"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <functional>

namespace chiptrail::demo {

namespace {

struct Picture {
    cv::Mat pixels;
    std::vector<DrawnMark> marks;
    std::vector<std::string> models;
    int jpeg_quality = 88;
};

const Colour kBlack{44, 42, 40};
const Colour kGraphite{70, 66, 62};
const Colour kSilver{176, 174, 170};
const Colour kChampagne{128, 166, 186};
const Colour kPlaster{196, 204, 208};
const Colour kConcrete{146, 150, 152};
const Colour kWood{92, 134, 176};

Picture finish(Scene& scene, double blur, double noise, int quality = 88) {
    return {scene.develop(blur, noise), scene.marks(), scene.models(), quality};
}

using Corners = std::array<cv::Point2f, 4>;

/// A front of `size` seen almost head-on: turned by `degrees`, its right side `away` smaller.
Corners seen(cv::Point2f centre, cv::Size2f size, double degrees, double away) {
    const double angle = degrees * CV_PI / 180;
    const auto half_width = static_cast<double>(size.width) / 2;
    const auto half_height = static_cast<double>(size.height) / 2;
    const std::array<cv::Point2d, 4> flat{cv::Point2d(-half_width, -half_height),
                                          cv::Point2d(half_width, -half_height * (1 - away)),
                                          cv::Point2d(half_width, half_height * (1 - away)),
                                          cv::Point2d(-half_width, half_height)};
    Corners corners;
    for (std::size_t corner = 0; corner < flat.size(); ++corner) {
        const auto& point = flat.at(corner);
        corners.at(corner) = {
            static_cast<float>(point.x * std::cos(angle) - point.y * std::sin(angle)) + centre.x,
            static_cast<float>(point.x * std::sin(angle) + point.y * std::cos(angle)) + centre.y};
    }
    return corners;
}

/// The lid of a box whose front stands at `front`, running back and up.
void lid(Scene& scene, const Corners& front, float depth, float lean, const Colour& colour) {
    const cv::Point2f back(lean, -depth);
    const cv::Point2f taper((front[1].x - front[0].x) * 0.06F, 0);
    scene.face({front[0] + back + taper, front[1] + back - taper, front[1], front[0]},
               colour * 0.95,
               colour * 0.7);
}

/// The usual front of a storage or compute server: bays, mesh, controls.
Panel server(int units, const Colour& colour, int bays, cv::RNG& rng) {
    Panel panel = rack_front(units, colour, rng);
    const cv::Rect body = body_of(panel);
    const int bay_width = body.width * 62 / 100;
    if (units == 1) {
        upright_bays(panel.pixels, {body.x + 120, body.y, bay_width - 60, body.height}, bays, rng);
    } else if (bays <= 12) {
        flat_bays(panel.pixels, {body.x + 120, body.y, bay_width, body.height}, 4, bays / 4, rng);
    } else {
        upright_bays(panel.pixels, {body.x + 120, body.y, bay_width, body.height}, bays, rng);
    }
    control_panel(panel.pixels, {body.x + 12, body.y + 6, 92, body.height - 12});
    return panel;
}

/// Where server() leaves room for a name, at the right end.
cv::Rect name_plate(const Panel& panel) {
    const cv::Rect body = body_of(panel);
    const int left = body.x + 140 + body.width * 62 / 100;
    return {left, body.y + 10, body.br().x - left - 10, body.height - 20};
}

Picture eight_unit(std::uint64_t seed) {
    Scene scene(1600, 1200, seed);
    scene.room(kPlaster, kConcrete, 0.62);
    Panel panel = rack_front(5, kGraphite, scene.rng());
    const cv::Rect body = body_of(panel);
    for (int column = 0; column < 5; ++column) {
        for (int row = 0; row < 2; ++row) {
            fan(panel.pixels, {body.x + 190 + column * 345, body.y + 160 + row * 265}, 118);
        }
    }
    upright_bays(panel.pixels, {body.x + 130, body.br().y - 290, 1180, 280}, 16, scene.rng());
    control_panel(panel.pixels, {body.x + 14, body.br().y - 290, 96, 280});
    Lettering name;
    name.weight = 0.19;
    name.stretch = 1.15;
    name.fit = 400;
    mark(panel, "supermicro", "SUPERMICRO", {body.x + 1345, body.br().y - 270}, 46, name);
    sticker(panel, {body.x + 1345, body.br().y - 160, 400, 120}, "SYS-821GE-TNHR", scene.rng());
    const Corners front = seen({800, 640}, {1320, 610}, -1.5, 0.05);
    lid(scene, front, 130, 40, {150, 150, 150});
    scene.place(panel, front);
    scene.light({0.35F, 0.2F}, 1.02);
    return finish(scene, 0.5, 4);
}

Picture gpu_tray(std::uint64_t seed) {
    Scene scene(1600, 1200, seed);
    scene.room({120, 150, 130}, {112, 140, 122}, 0.05);
    Panel panel;
    panel.pixels.create(1500, 2100, CV_8UC3);
    metal(panel.pixels, {0, 0, 2100, 1500}, {58, 78, 40}, scene.rng());
    for (int card = 0; card < 8; ++card) {
        const cv::Rect sink(70 + (card % 4) * 500, 60 + (card / 4) * 790, 440, 590);
        metal(panel.pixels, sink, {186, 190, 192}, scene.rng());
        for (int fin = sink.x + 16; fin < sink.br().x - 10; fin += 13) {
            cv::line(panel.pixels, {fin, sink.y + 14}, {fin, sink.br().y - 14}, {96, 98, 100}, 5);
        }
        metal(panel.pixels, {sink.x + 60, sink.y + 220, 320, 150}, {44, 42, 40}, scene.rng());
        Lettering name;
        name.weight = 0.2;
        name.stretch = 1.2;
        name.colour = {225, 228, 226};
        name.fit = 280;
        mark(panel, "nvidia", "NVIDIA", {sink.x + 80, sink.y + 268}, 58, name);
    }
    Lettering print;
    print.colour = {220, 236, 220};
    print.square = false;
    print.weight = 0.14;
    model(panel, "HGX H100", "HGX H100", {820, 690}, 62, print);
    scene.place(panel,
                {cv::Point2f(230, 110),
                 cv::Point2f(1420, 150),
                 cv::Point2f(1530, 1120),
                 cv::Point2f(90, 1060)});
    scene.light({0.7F, 0.1F}, 1.0);
    return finish(scene, 0.5, 5);
}

Picture dell_bezel(std::uint64_t seed) {
    Scene scene(1600, 1200, seed);
    scene.room(kPlaster, kWood, 0.55);
    Panel panel = rack_front(4, kBlack, scene.rng());
    const cv::Rect body = body_of(panel);
    mesh(panel.pixels, body, 46, {88, 84, 80});
    metal(panel.pixels, {body.x + 570, body.y + 250, 900, 190}, {52, 50, 48}, scene.rng());
    Lettering name;
    name.weight = 0.2;
    name.stretch = 1.1;
    mark(panel, "dell", "DELL EMC", {body.x + 630, body.y + 300}, 88, name);
    metal(panel.pixels, {body.x + 1120, body.br().y - 110, 640, 84}, {40, 38, 36}, scene.rng());
    Lettering print;
    print.weight = 0.13;
    print.square = false;
    print.fit = 590;
    model(panel, "XE9680", "PowerEdge XE9680", {body.x + 1150, body.br().y - 92}, 46, print);
    const Corners front = seen({790, 650}, {1400, 500}, 2.5, 0.09);
    lid(scene, front, 150, -30, {90, 88, 86});
    scene.place(panel, front);
    scene.light({0.5F, 0.15F}, 1.0);
    return finish(scene, 0.6, 5);
}

Picture named_server(std::uint64_t seed,
                     int units,
                     int bays,
                     const Colour& colour,
                     const std::string& brand,
                     const std::string& text,
                     double height,
                     const std::string& model_text,
                     double degrees,
                     double exposure,
                     int quality) {
    Scene scene(1600, 1200, seed);
    const bool wooden = scene.rng().uniform(0, 2) == 0;
    scene.room(kPlaster, wooden ? kWood : kConcrete, 0.5);
    Panel panel = server(units, colour, bays, scene.rng());
    const cv::Rect plate = name_plate(panel);
    const bool pale = colour[0] > 120;
    Lettering name;
    name.weight = 0.19;
    name.stretch = 1.08;
    name.colour = pale ? Colour(40, 38, 36) : Colour(232, 232, 230);
    name.clear = exposure > 0.5;
    name.fit = plate.width - 40;
    mark(panel, brand, text, plate.tl() + cv::Point(20, plate.height / 6), height, name);
    if (!model_text.empty()) {
        Lettering print = name;
        print.weight = 0.12;
        print.square = false;
        model(panel,
              model_text,
              model_text,
              plate.tl() + cv::Point(22, plate.height / 6 + cvRound(height * 1.9)),
              height * 0.62,
              print);
    }
    const Corners front = seen({800, 640}, {1430, static_cast<float>(units) * 134}, degrees, 0.04);
    lid(scene, front, 170, degrees < 0 ? 40 : -40, colour * 1.3);
    scene.place(panel, front);
    scene.light({0.4F, 0.2F}, exposure);
    const double noise = exposure < 0.5 ? 7 : quality < 40 ? 8 : 4;
    return finish(scene, 0.6, noise, quality);
}

Picture hpe(std::uint64_t seed) {
    return named_server(seed, 2, 24, kGraphite, "hpe", "HPE", 70, "DL380 Gen10", -2, 1, 86);
}

Picture lenovo(std::uint64_t seed) {
    return named_server(seed, 2, 12, kBlack, "lenovo", "Lenovo", 62, "SR650 V2", 9, 1, 86);
}

Picture asus_dark(std::uint64_t seed) {
    return named_server(seed, 4, 12, kGraphite, "asus", "ASUS", 86, "ESC8000A-E11", -3, 0.34, 84);
}

Picture gigabyte_noisy(std::uint64_t seed) {
    return named_server(seed, 4, 12, kBlack, "gigabyte", "GIGABYTE", 58, "G593-SD0", 2, 0.9, 24);
}

Picture inspur(std::uint64_t seed) {
    return named_server(seed, 4, 24, kSilver, "inspur", "inspur", 84, "NF5688M6", 3, 1, 86);
}

Picture switch_front(std::uint64_t seed, bool branded) {
    Scene scene(1600, 1000, seed);
    scene.room(kPlaster, kWood, 0.45);
    Panel panel = rack_front(1, branded ? Colour(110, 100, 90) : kGraphite, scene.rng());
    const cv::Rect body = body_of(panel);
    ports(panel.pixels, {body.x + 440, body.y + 14, 1180, body.height - 28}, 24, 2);
    ports(panel.pixels, {body.x + 1640, body.y + 40, 120, body.height - 80}, 2, 1);
    if (branded) {
        Lettering name;
        name.weight = 0.16;
        name.stretch = 1.2;
        mark(panel, "cisco", "CISCO", {body.x + 60, body.y + 48}, 50, name);
    }
    const Corners front = seen({800, 560}, {1460, 138}, branded ? -4 : 3, 0.06);
    lid(scene, front, 260, 60, {130, 126, 120});
    scene.place(panel, front);
    scene.light({0.5F, 0.1F}, 1.0);
    return finish(scene, 0.5, 4);
}

Picture cisco(std::uint64_t seed) {
    return switch_front(seed, true);
}

Picture plain_switch(std::uint64_t seed) {
    return switch_front(seed, false);
}

Picture vertical_ear(std::uint64_t seed) {
    Scene scene(1200, 1600, seed);
    scene.room(kPlaster, kConcrete, 0.7);
    // A close view of the left end: only the ear, the controls and three columns of bays.
    Panel whole = rack_front(4, kBlack, scene.rng());
    const cv::Rect body = body_of(whole);
    flat_bays(whole.pixels, {body.x + 130, body.y, 1500, body.height}, 4, 4, scene.rng());
    control_panel(whole.pixels, {body.x + 12, body.y + 6, 100, body.height - 12});
    metal(whole.pixels, {8, 110, 58, 490}, {58, 56, 54}, scene.rng());
    Lettering name;
    name.weight = 0.18;
    name.stretch = 1.05;
    name.turned = 270;
    mark(whole, "supermicro", "SUPERMICRO", {16, 150}, 38, name);
    Panel end;
    end.pixels = whole.pixels.colRange(0, 900).clone();
    end.marks = whole.marks;
    const Corners front{cv::Point2f(90, 330),
                        cv::Point2f(1290, 380),
                        cv::Point2f(1290, 1260),
                        cv::Point2f(90, 1300)};
    lid(scene, front, 150, 60, {90, 90, 90});
    scene.place(end, front);
    scene.light({0.3F, 0.3F}, 1.0);
    return finish(scene, 0.6, 5);
}

Picture upside_down(std::uint64_t seed) {
    Scene scene(1600, 1200, seed);
    scene.room(kConcrete, kWood, 0.3);
    Panel panel = rack_front(4, kChampagne, scene.rng());
    const cv::Rect body = body_of(panel);
    mesh(panel.pixels, body, 40, {110, 150, 170});
    metal(panel.pixels, {body.x + 1180, body.y + 210, 560, 250}, {40, 40, 40}, scene.rng());
    Lettering name;
    name.weight = 0.2;
    name.stretch = 1.2;
    name.fit = 460;
    mark(panel, "nvidia", "NVIDIA", {body.x + 1230, body.y + 262}, 84, name);
    Lettering print;
    print.weight = 0.13;
    model(panel, "DGX A100", "DGX A100", {body.x + 1240, body.y + 380}, 48, print);
    scene.place(panel, seen({800, 640}, {1400, 500}, 177, 0.05));
    scene.light({0.6F, 0.2F}, 1.0);
    return finish(scene, 0.6, 5);
}

Picture graphics_card(std::uint64_t seed) {
    Scene scene(1600, 1067, seed);
    scene.room({176, 190, 196}, {60, 62, 66}, 0.08);
    Panel panel;
    panel.pixels.create(900, 2400, CV_8UC3);
    metal(panel.pixels, {0, 0, 2400, 900}, {92, 138, 160}, scene.rng());
    cv::rectangle(panel.pixels, {24, 24, 2352, 852}, {60, 96, 116}, 6);
    for (int fin = 60; fin < 640; fin += 26) {
        cv::line(panel.pixels, {fin, 90}, {fin + 60, 810}, {40, 64, 78}, 11, cv::LINE_AA);
    }
    Lettering name;
    name.weight = 0.2;
    name.stretch = 1.2;
    name.colour = {238, 240, 240};
    mark(panel, "nvidia", "NVIDIA", {900, 300}, 130, name);
    Lettering print = name;
    print.weight = 0.13;
    model(panel, "H100", "H100 80GB", {900, 520}, 84, print);
    cv::rectangle(panel.pixels, {1500, 868, 620, 32}, {60, 190, 220}, cv::FILLED);
    scene.place(panel, seen({810, 540}, {1300, 490}, -11, 0.05));
    scene.light({0.4F, 0.3F}, 1.0);
    return finish(scene, 0.6, 4);
}

/// A rack of many makers, photographed from the cold aisle.
Picture rack(std::uint64_t seed) {
    Scene scene(1200, 1600, seed);
    scene.room({70, 72, 74}, {110, 112, 114}, 0.93);
    struct Slot {
        int units;
        const char* brand;
        const char* text;
        int bays;
        Colour colour;
    };
    const std::array<Slot, 7> slots{{{1, "", "", 10, kGraphite},
                                     {2, "dell", "DELL EMC", 24, kBlack},
                                     {2, "dell", "DELL EMC", 24, kBlack},
                                     {2, "hpe", "HPE", 24, kGraphite},
                                     {4, "supermicro", "SUPERMICRO", 12, kGraphite},
                                     {1, "", "", 10, kSilver},
                                     {2, "lenovo", "Lenovo", 12, kBlack}}};
    float top = 90;
    for (const auto& slot : slots) {
        Panel panel = server(slot.units, slot.colour, slot.bays, scene.rng());
        if (slot.text[0] != '\0') {
            Lettering name;
            name.weight = 0.2;
            name.fit = name_plate(panel).width - 30;
            mark(
                panel, slot.brand, slot.text, name_plate(panel).tl() + cv::Point(14, 40), 60, name);
        }
        const float height = static_cast<float>(slot.units) * 93;
        scene.place(panel,
                    {cv::Point2f(108, top),
                     cv::Point2f(1092, top + 8),
                     cv::Point2f(1092, top + height + 2),
                     cv::Point2f(108, top + height)});
        top += height + 6;
    }
    for (const float x : {50.0F, 1092.0F}) {
        Panel post;
        post.pixels.create(2600, 120, CV_8UC3);
        metal(post.pixels, {0, 0, 120, 2600}, {40, 40, 42}, scene.rng());
        for (int y = 40; y < 2560; y += 59) {
            cv::rectangle(post.pixels, {44, y, 32, 32}, {8, 8, 8}, cv::FILLED);
        }
        scene.place(post,
                    {cv::Point2f(x, 30),
                     cv::Point2f(x + 58, 30),
                     cv::Point2f(x + 58, 1560),
                     cv::Point2f(x, 1560)});
    }
    scene.light({0.5F, 0.35F}, 0.95);
    return finish(scene, 0.5, 6, 80);
}

/// Two machines on a bench, as people photograph what they want to sell.
Picture bench(std::uint64_t seed) {
    Scene scene(1600, 1200, seed);
    scene.room({150, 176, 186}, kWood, 0.4);
    Lettering name;
    name.weight = 0.19;
    name.fit = 480;
    Panel lower = server(2, kGraphite, 12, scene.rng());
    mark(lower, "supermicro", "SUPERMICRO", name_plate(lower).tl() + cv::Point(8, 90), 44, name);
    const Corners below = seen({770, 830}, {1360, 250}, -3, 0.07);
    lid(scene, below, 210, 60, {120, 120, 120});
    scene.place(lower, below);
    Panel upper = server(1, kBlack, 10, scene.rng());
    mark(upper, "dell", "DELL", name_plate(upper).tl() + cv::Point(30, 40), 62, name);
    const Corners above = seen({800, 590}, {1290, 118}, -5, 0.07);
    lid(scene, above, 150, 60, {80, 80, 80});
    scene.place(upper, above);
    scene.light({0.2F, 0.1F}, 0.9);
    return finish(scene, 0.9, 7, 72);
}

void chair(Scene& scene, cv::Point2f at, float size, const Colour& colour) {
    const auto limb = [&](cv::Point2f a, cv::Point2f b, float width) {
        cv::line(scene.pixels(),
                 (at + a * size) * kOversampling,
                 (at + b * size) * kOversampling,
                 {40, 40, 42},
                 cvRound(width * kOversampling),
                 cv::LINE_AA);
    };
    const auto cushion = [&](cv::Point2f centre, cv::Size2f half, double degrees) {
        const cv::RotatedRect seat((at + centre * size) * kOversampling,
                                   half * (size * kOversampling),
                                   static_cast<float>(degrees));
        cv::Mat& pixels = scene.pixels();
        cv::ellipse(pixels, seat, colour * 0.7, cv::FILLED, cv::LINE_AA);
        cv::RotatedRect shine = seat;
        shine.center -= cv::Point2f(0, 7);
        shine.size = shine.size * 0.94F;
        cv::ellipse(pixels, shine, colour, cv::FILLED, cv::LINE_AA);
    };
    scene.shadow({at + cv::Point2f(-0.4F, 1.0F) * size,
                  at + cv::Point2f(0.45F, 1.0F) * size,
                  at + cv::Point2f(0.5F, 1.1F) * size,
                  at + cv::Point2f(-0.45F, 1.1F) * size},
                 16,
                 0.5);
    limb({0, 0.35F}, {0, 0.85F}, 16);
    for (const float foot : {-0.38F, -0.16F, 0.2F, 0.4F}) {
        limb({0, 0.84F}, {foot, 1.02F}, 13);
    }
    limb({0.02F, -0.3F}, {0.04F, 0.34F}, 20);
    cushion({0, 0.34F}, {0.86F, 0.24F}, 0);
    cushion({0.03F, -0.36F}, {0.66F, 0.92F}, 4);
}

Picture furniture(std::uint64_t seed) {
    Scene scene(1600, 1200, seed);
    scene.room({206, 214, 216}, {120, 150, 178}, 0.66);
    chair(scene, {480, 560}, 400, {120, 74, 40});
    chair(scene, {1120, 600}, 380, {60, 60, 150});
    scene.light({0.6F, 0.2F}, 1.0);
    return finish(scene, 0.7, 4);
}

Picture cables(std::uint64_t seed) {
    Scene scene(1600, 1200, seed);
    scene.room({150, 164, 172}, {140, 156, 166}, 0.05);
    const std::array<Colour, 4> colours{
        Colour(190, 90, 30), Colour(40, 190, 230), Colour(60, 60, 190), Colour(120, 120, 120)};
    cv::RNG& rng = scene.rng();
    for (int cable = 0; cable < 26; ++cable) {
        const Colour colour = colours.at(static_cast<std::size_t>(rng.uniform(0, 4)));
        const double x = rng.uniform(900, 2300);
        const double y = rng.uniform(700, 1700);
        const double wide = rng.uniform(300, 900);
        const double high = rng.uniform(200, 600);
        const double phase = rng.uniform(0.0, 6.28);
        std::vector<cv::Point> line;
        for (double t = 0; t < 9; t += 0.05) {
            const double shrink = 1 - t * 0.05;
            line.emplace_back(cvRound(x + wide * shrink * std::cos(t + phase)),
                              cvRound(y + high * shrink * std::sin(t * 1.07 + phase)));
        }
        std::vector<cv::Point> below = line;
        for (auto& point : below) {
            point += cv::Point(7, 11);
        }
        cv::polylines(scene.pixels(), below, false, {70, 76, 80}, 24, cv::LINE_AA);
        cv::polylines(scene.pixels(), line, false, colour * 0.75, 22, cv::LINE_AA);
        cv::polylines(scene.pixels(), line, false, colour, 12, cv::LINE_AA);
    }
    scene.light({0.4F, 0.4F}, 1.0);
    return finish(scene, 0.6, 4);
}

Picture blank_panels(std::uint64_t seed) {
    Scene scene(1600, 1200, seed);
    scene.room({168, 178, 184}, {150, 160, 168}, 0.04);
    float y = 260;
    for (const int units : {1, 2, 1, 1}) {
        Panel panel = rack_front(units, kBlack, scene.rng());
        if (units == 2) {
            mesh(panel.pixels, body_of(panel), 34, {60, 58, 56});
        }
        const float height = static_cast<float>(units) * 128;
        scene.place(panel,
                    seen({800 + (y - 600) * 0.05F, y + height / 2}, {1420, height}, 1.2, 0.02));
        y += height + 36;
    }
    scene.light({0.5F, 0.2F}, 1.0);
    return finish(scene, 0.6, 4);
}

Picture plain_server(std::uint64_t seed) {
    Scene scene(1600, 1200, seed);
    scene.room(kPlaster, kConcrete, 0.5);
    const Panel panel = server(2, kSilver, 12, scene.rng());
    const Corners front = seen({800, 640}, {1430, 262}, 2, 0.05);
    lid(scene, front, 180, -40, {200, 200, 198});
    scene.place(panel, front);
    scene.light({0.5F, 0.2F}, 1.0);
    return finish(scene, 0.6, 4);
}

struct Entry {
    const char* name;
    Picture (*draw)(std::uint64_t seed);
    std::uint64_t seed;
};

const std::array<Entry, 19> kPhotos{{
    {"smci-821ge.jpg", eight_unit, 11},
    {"hgx-tray.jpg", gpu_tray, 12},
    {"dell-xe9680.jpg", dell_bezel, 13},
    {"hpe-dl380.jpg", hpe, 14},
    {"lenovo-sr650.jpg", lenovo, 15},
    {"asus-dark.jpg", asus_dark, 16},
    {"gigabyte-g593.jpg", gigabyte_noisy, 17},
    {"inspur-nf5688.jpg", inspur, 18},
    {"cisco-switch.jpg", cisco, 19},
    {"plain-switch.jpg", plain_switch, 20},
    {"smci-ear.jpg", vertical_ear, 21},
    {"dgx-turned.jpg", upside_down, 22},
    {"h100-card.jpg", graphics_card, 23},
    {"rack.jpg", rack, 24},
    {"bench.jpg", bench, 25},
    {"chairs.jpg", furniture, 26},
    {"cables.jpg", cables, 27},
    {"blank-panels.jpg", blank_panels, 28},
    {"plain-server.jpg", plain_server, 29},
}};

/// Cut short in the header and filled up with zeros, as a broken upload leaves it.
constexpr std::string_view kDamaged = "broken-upload.jpg";
constexpr std::size_t kDamagedFrom = 300;

std::string encode(const Picture& picture, int max_side) {
    cv::Mat pixels = picture.pixels;
    const int side = std::max(pixels.cols, pixels.rows);
    if (max_side > 0 && side > max_side) {
        const double factor = static_cast<double>(max_side) / side;
        cv::resize(picture.pixels, pixels, {}, factor, factor, cv::INTER_AREA);
    }
    std::vector<unsigned char> bytes;
    cv::imencode(".jpg", pixels, bytes, {cv::IMWRITE_JPEG_QUALITY, picture.jpeg_quality});
    return {bytes.begin(), bytes.end()};
}

const Entry* find_photo(std::string_view name) {
    const auto found = std::find_if(
        kPhotos.begin(), kPhotos.end(), [&](const Entry& entry) { return entry.name == name; });
    return found == kPhotos.end() ? nullptr : &*found;
}

}  // namespace

std::vector<std::string> photo_names() {
    std::vector<std::string> names;
    for (const auto& entry : kPhotos) {
        names.emplace_back(entry.name);
    }
    names.emplace_back(kDamaged);
    return names;
}

std::string draw_photo(std::string_view name, int max_side) {
    if (name == kDamaged) {
        std::string bytes = draw_photo("plain-server.jpg", max_side);
        std::fill(bytes.begin() + kDamagedFrom, bytes.end(), '\0');
        return bytes;
    }
    const Entry* entry = find_photo(name);
    return entry == nullptr ? std::string() : encode(entry->draw(entry->seed), max_side);
}

std::vector<PhotoTruth> demo_truth() {
    std::vector<PhotoTruth> truth;
    for (const auto& entry : kPhotos) {
        const Picture picture = entry.draw(entry.seed);
        truth.push_back({entry.name,
                         picture.pixels.cols,
                         picture.pixels.rows,
                         picture.marks,
                         picture.models,
                         true});
    }
    PhotoTruth damaged;
    damaged.name = std::string(kDamaged);
    damaged.decodable = false;
    truth.push_back(damaged);
    return truth;
}

}  // namespace chiptrail::demo
