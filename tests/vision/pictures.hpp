#pragma once

// Pictures drawn for the test that needs them.

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::tests {

inline std::string encoded(const cv::Mat& picture, const std::string& extension) {
    std::vector<unsigned char> bytes;
    cv::imencode(extension, picture, bytes);
    return {bytes.begin(), bytes.end()};
}

inline std::string big_endian(unsigned value, unsigned size) {
    std::string out;
    for (unsigned i = size; i-- > 0;) {
        out += static_cast<char>((value >> (8 * i)) & 0xFFU);
    }
    return out;
}

inline std::string little_endian(unsigned value, unsigned size) {
    auto out = big_endian(value, size);
    std::reverse(out.begin(), out.end());
    return out;
}

/// Red on the left, blue on the right, and a white patch at the top left.
inline cv::Mat two_halves(int width, int height) {
    cv::Mat picture(height, width, CV_8UC3, cv::Scalar(0, 0, 255));
    picture(cv::Rect(width / 2, 0, width - width / 2, height)).setTo(cv::Scalar(255, 0, 0));
    picture(cv::Rect(0, 0, width / 4, height / 4)).setTo(cv::Scalar::all(255));
    return picture;
}

struct WordStyle {
    double size = 1.6;
    int pen = 4;
    cv::Scalar ink = cv::Scalar::all(20);
    cv::Scalar paper = cv::Scalar::all(225);
};

/// One word on plain paper with room around it.
inline cv::Mat word(const std::string& text, const WordStyle& style = {}) {
    int baseline = 0;
    const auto extent =
        cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, style.size, style.pen, &baseline);
    const int room = extent.height;
    cv::Mat picture(
        extent.height + baseline + 2 * room, extent.width + 2 * room, CV_8UC3, style.paper);
    cv::putText(picture,
                text,
                {room, room + extent.height},
                cv::FONT_HERSHEY_SIMPLEX,
                style.size,
                style.ink,
                style.pen,
                cv::LINE_AA);
    return picture;
}

/// `part` in the middle of a plain photo of the given size.
inline cv::Mat on_photo(const cv::Mat& part, int width, int height, const cv::Scalar& paper) {
    cv::Mat photo(height, width, CV_8UC3, paper);
    part.copyTo(
        photo(cv::Rect((width - part.cols) / 2, (height - part.rows) / 2, part.cols, part.rows)));
    return photo;
}

/// Rotated clockwise by any angle about its middle, on the same paper.
inline cv::Mat turned(const cv::Mat& picture, double degrees, const cv::Scalar& paper) {
    const cv::Point2f middle(static_cast<float>(picture.cols) / 2,
                             static_cast<float>(picture.rows) / 2);
    cv::Mat out;
    cv::warpAffine(picture,
                   out,
                   cv::getRotationMatrix2D(middle, -degrees, 1),
                   picture.size(),
                   cv::INTER_CUBIC,
                   cv::BORDER_CONSTANT,
                   paper);
    return out;
}

/// One entry of a TIFF directory, little-endian, the value inside the entry.
inline std::string tiff_entry(unsigned tag, unsigned type, unsigned count, unsigned value) {
    return little_endian(tag, 2) + little_endian(type, 2) + little_endian(count, 4) +
           little_endian(value, 4);
}

/// A JPEG with an EXIF block put behind its first marker.
inline std::string with_exif(const std::string& jpeg, const std::string& block) {
    const auto payload = std::string("Exif\0\0", 6) + block;
    return jpeg.substr(0, 2) + "\xFF\xE1" +
           big_endian(static_cast<unsigned>(payload.size() + 2), 2) + payload + jpeg.substr(2);
}

inline std::string orientation_block(unsigned orientation) {
    return std::string("II*\0", 4) + little_endian(8, 4) + little_endian(1, 2) +
           tiff_entry(0x0112, 3, 1, orientation) + little_endian(0, 4);
}

}  // namespace chiptrail::tests
