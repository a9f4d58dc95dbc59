#pragma once

// Brushes for the demo's photos. Internal to demo/: OpenCV types show here and nowhere else.

#include "demo/photos.hpp"

#include <opencv2/core.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::demo {

using Colour = cv::Scalar;  // Blue, green, red.

/// A mark on a flat surface, before the surface is put into a scene.
struct FlatMark {
    std::string brand;
    std::string text;
    std::array<cv::Point2f, 4> quad{};
    bool clear = true;
};

/// A flat surface seen head-on: four pixels a millimetre.
struct Panel {
    cv::Mat pixels;
    std::vector<FlatMark> marks;
    std::vector<std::string> models;
};

/// Word marks are drawn from stroke letters that are widened to look like print.
struct Lettering {
    Colour colour{235, 235, 235};
    double weight = 0.16;   ///< stroke width as a part of the letters' height
    double stretch = 1.0;   ///< width of a letter, 1 = as designed
    double spacing = 0.12;  ///< between letters, as a part of their height
    double slant = 0.0;     ///< tangent of the lean to the right
    double fit = 0;         ///< a longer text is drawn smaller, to this width; 0: as it comes
    bool square = true;     ///< stroke ends: square as in logos, else round
    int turned = 0;         ///< degrees clockwise: 0, 90, 180, 270
    bool clear = true;
};

/// Draws `text`, capitals `height` pixels high, with its bounds' top left at `at`; gives its quad.
std::array<cv::Point2f, 4> letter(
    cv::Mat& pixels, const std::string& text, cv::Point at, double height, const Lettering& style);

/// letter() that is also remembered as a vendor's mark.
void mark(Panel& panel,
          const std::string& brand,
          const std::string& text,
          cv::Point at,
          double height,
          const Lettering& style);

/// letter() that is remembered as a model name.
void model(Panel& panel,
           const std::string& canonical,
           const std::string& text,
           cv::Point at,
           double height,
           const Lettering& style);

/// Sheet metal: a soft gradient and fine grain.
void metal(cv::Mat& pixels, const cv::Rect& area, const Colour& colour, cv::RNG& rng);
void screw(cv::Mat& pixels, cv::Point centre, int radius);
/// Hexagonal ventilation holes.
void mesh(cv::Mat& pixels, const cv::Rect& area, int pitch, const Colour& colour);
void upright_bays(cv::Mat& pixels, const cv::Rect& area, int count, cv::RNG& rng);
void flat_bays(cv::Mat& pixels, const cv::Rect& area, int columns, int rows, cv::RNG& rng);
void fan(cv::Mat& pixels, cv::Point centre, int radius);
void ports(cv::Mat& pixels, const cv::Rect& area, int columns, int rows);
void control_panel(cv::Mat& pixels, const cv::Rect& area);
void sticker(Panel& panel, const cv::Rect& area, const std::string& canonical_model, cv::RNG& rng);

/// A rack unit's worth of front: ears with screws, body in `colour`. 4 px/mm, so 1930 px wide.
Panel rack_front(int units, const Colour& colour, cv::RNG& rng);
/// The part of rack_front() between the ears.
cv::Rect body_of(const Panel& panel);

/// A picture under construction, at twice its final size.
class Scene {
public:
    Scene(int width, int height, std::uint64_t seed);

    void room(const Colour& wall, const Colour& floor, double horizon);
    /// Puts a panel where `corners` say (final pixels; top left, then clockwise), over a soft
    /// shadow.
    void place(const Panel& panel, const std::array<cv::Point2f, 4>& corners);
    /// Side or top face of a box, in one colour shaded along its length.
    void face(const std::array<cv::Point2f, 4>& corners, const Colour& near, const Colour& far);
    void shadow(const std::vector<cv::Point2f>& outline, double softness, double depth);

    /// Light falls from `from` (0..1 of width and height); `exposure` 1 is a well-lit room.
    void light(cv::Point2f from, double exposure);
    /// Final touches: focus, sensor noise. Gives the picture at its final size.
    cv::Mat develop(double blur, double noise);

    [[nodiscard]] cv::Mat& pixels() {
        return pixels_;
    }
    [[nodiscard]] cv::RNG& rng() {
        return rng_;
    }
    [[nodiscard]] const std::vector<DrawnMark>& marks() const {
        return marks_;
    }
    [[nodiscard]] const std::vector<std::string>& models() const {
        return models_;
    }

private:
    cv::RNG rng_;
    cv::Mat pixels_;
    std::vector<DrawnMark> marks_;
    std::vector<std::string> models_;
};

/// Pixels drawn per final pixel.
inline constexpr int kOversampling = 2;

}  // namespace chiptrail::demo
