#include "vision/line_joining.hpp"

#include "core/unicode.hpp"

#include <algorithm>
#include <cmath>

namespace chiptrail::vision {

namespace {

constexpr std::size_t kMaxCandidates = 64;
constexpr std::size_t kMaxJoined = 256;

/// A reading's place in the frame of another: along its line and across it, in its heights.
struct Extent {
    double left = 0;
    double right = 0;
    double top = 0;
    double bottom = 0;
};

core::Point minus(const core::Point& a, const core::Point& b) {
    return {a.x - b.x, a.y - b.y};
}

double dot(const core::Point& a, const core::Point& b) {
    return a.x * b.x + a.y * b.y;
}

double length(const core::Point& p) {
    return std::hypot(p.x, p.y);
}

double height(const Reading& reading) {
    return length(minus(reading.quad[3], reading.quad[0]));
}

Extent extent_in(const Reading& reading, const Reading& frame) {
    const auto side = minus(frame.quad[1], frame.quad[0]);
    const auto down = minus(frame.quad[3], frame.quad[0]);
    const double unit = height(frame);
    Extent extent{1e30, -1e30, 1e30, -1e30};
    for (const auto& corner : reading.quad) {
        const auto offset = minus(corner, frame.quad[0]);
        const double along = dot(offset, side) / (length(side) * unit);
        const double across = dot(offset, down) / (unit * unit);
        extent.left = std::min(extent.left, along);
        extent.right = std::max(extent.right, along);
        extent.top = std::min(extent.top, across);
        extent.bottom = std::max(extent.bottom, across);
    }
    return extent;
}

bool is_sound(const Reading& reading) {
    return height(reading) >= 1 && length(minus(reading.quad[1], reading.quad[0])) >= 1;
}

bool goes_on(const Reading& first, const Reading& next) {
    const double ratio = height(next) / height(first);
    if (first.rotation != next.rotation || ratio < 0.4 || ratio > 2.5) {
        return false;
    }
    const auto self = extent_in(first, first);
    const auto other = extent_in(next, first);
    const double middle = (other.top + other.bottom) / 2;
    const bool right_of =
        middle > 0 && middle < 1 && other.left > self.right - 0.5 && other.left < self.right + 1.5;
    const double overlap = std::min(self.right, other.right) - std::max(self.left, other.left);
    const bool below = other.top > 0.4 && other.top < 2.0 && middle > 1 && overlap > 0;
    return right_of || below;
}

Reading join(const Reading& first, const Reading& next) {
    Reading joined = first;
    joined.text += " " + next.text;
    joined.confidence = std::min(first.confidence, next.confidence);
    joined.characters.resize(core::decode_utf8(first.text).size(), first.confidence);
    joined.characters.push_back(joined.confidence);
    joined.characters.insert(
        joined.characters.end(), next.characters.begin(), next.characters.end());
    const auto side = minus(first.quad[1], first.quad[0]);
    const auto down = minus(first.quad[3], first.quad[0]);
    const double unit = height(first);
    const auto self = extent_in(first, first);
    const auto other = extent_in(next, first);
    const auto corner = [&](double along, double across) {
        const double scale = along * unit / length(side);
        return core::Point{first.quad[0].x + side.x * scale + down.x * across,
                           first.quad[0].y + side.y * scale + down.y * across};
    };
    const double left = std::min(self.left, other.left);
    const double right = std::max(self.right, other.right);
    const double top = std::min(self.top, other.top);
    const double bottom = std::max(self.bottom, other.bottom);
    joined.quad = {
        corner(left, top), corner(right, top), corner(right, bottom), corner(left, bottom)};
    return joined;
}

}  // namespace

std::vector<JoinedReading> join_neighbours(const std::vector<Reading>& readings,
                                           const std::vector<std::size_t>& candidates) {
    std::vector<std::size_t> sound;
    for (const auto candidate : candidates) {
        if (is_sound(readings[candidate]) && sound.size() < kMaxCandidates) {
            sound.push_back(candidate);
        }
    }
    std::vector<JoinedReading> pairs;
    for (const auto a : sound) {
        for (const auto b : sound) {
            if (a != b && pairs.size() < kMaxJoined && goes_on(readings[a], readings[b])) {
                pairs.push_back({join(readings[a], readings[b]), {a, b}});
            }
        }
    }
    std::vector<JoinedReading> all = pairs;
    for (const auto& pair : pairs) {
        for (const auto c : sound) {
            const bool used = c == pair.parts[0] || c == pair.parts[1];
            if (!used && all.size() < 2 * kMaxJoined &&
                goes_on(readings[pair.parts[1]], readings[c])) {
                all.push_back({join(pair.reading, readings[c]), {pair.parts[0], pair.parts[1], c}});
            }
        }
    }
    return all;
}

}  // namespace chiptrail::vision
