#pragma once

// Rows of letters by their shape alone: blobs of one brightness, alike in height, side by side. The
// text detector was trained on paper and street signs and passes over many a mark printed on a
// busy board or a dark panel; these are places to read besides. For use inside vision/.

#include <opencv2/core.hpp>

#include <cstddef>
#include <vector>

namespace chiptrail::vision {

struct LetterRow {
    cv::RotatedRect box;      ///< a little larger than the letters
    double promise = 0;       ///< more is likelier a mark: large, even, of strong contrast
    std::size_t letters = 0;  ///< blobs; a word whose letters touch may be one
};

/// `pixels` is CV_8UC3. At most `most` rows, the most promising first, horizontal and vertical
/// ones; near 40 ms a megapixel.
[[nodiscard]] std::vector<LetterRow> find_letter_rows(const cv::Mat& pixels, std::size_t most);

}  // namespace chiptrail::vision
