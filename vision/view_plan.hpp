#pragma once

// Which parts of a photo the text detector looks at, and how large. For use inside vision/.

#include <opencv2/core.hpp>

#include <vector>

namespace chiptrail::vision {

struct View {
    cv::Rect part;     ///< of the photo, in its pixels
    double scale = 1;  ///< view pixels per photo pixel

    [[nodiscard]] cv::Size size() const;
};

struct ViewPlan {
    cv::Size shape;            ///< that every view fits into
    std::vector<View> coarse;  ///< the whole photo, in few views
    std::vector<View> fine;    ///< the whole photo again, larger; empty where nothing is gained
};

/// `max_views` bounds coarse and fine together; at least one coarse view is always there.
[[nodiscard]] ViewPlan plan_views(cv::Size photo, int max_views);

}  // namespace chiptrail::vision
