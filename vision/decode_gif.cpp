#include "vision/decode_formats.hpp"

#include <gif_lib.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

namespace chiptrail::vision {

namespace {

struct Source {
    std::string_view bytes;
    std::size_t at = 0;
};

int read_from_memory(GifFileType* file, GifByteType* to, int wanted) {
    auto& source = *static_cast<Source*>(file->UserData);
    const auto size = std::min(static_cast<std::size_t>(wanted), source.bytes.size() - source.at);
    std::memcpy(to, source.bytes.data() + source.at, size);
    source.at += size;
    return static_cast<int>(size);
}

struct Close {
    void operator()(GifFileType* file) const {
        int ignored = 0;
        DGifCloseFile(file, &ignored);
    }
};
using File = std::unique_ptr<GifFileType, Close>;

/// Reads extensions up to the first image; returns the transparent index or -1, or nullopt when
/// no image comes.
std::optional<int> find_first_image(GifFileType* file) {
    int transparent = NO_TRANSPARENT_COLOR;
    GifRecordType record = UNDEFINED_RECORD_TYPE;
    while (DGifGetRecordType(file, &record) == GIF_OK) {
        if (record == IMAGE_DESC_RECORD_TYPE) {
            return DGifGetImageDesc(file) == GIF_OK ? std::optional(transparent) : std::nullopt;
        }
        if (record != EXTENSION_RECORD_TYPE) {
            return std::nullopt;
        }
        int code = 0;
        GifByteType* block = nullptr;
        if (DGifGetExtension(file, &code, &block) != GIF_OK) {
            return std::nullopt;
        }
        while (block != nullptr) {
            GraphicsControlBlock control{};
            if (code == GRAPHICS_EXT_FUNC_CODE &&
                DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK) {
                transparent = control.TransparentColor;
            }
            if (DGifGetExtensionNext(file, &block) != GIF_OK) {
                return std::nullopt;
            }
        }
    }
    return std::nullopt;
}

void paint_row(cv::Mat& canvas,
               int y,
               int left,
               const std::vector<GifPixelType>& row,
               const ColorMapObject& colors,
               int transparent) {
    if (y < 0 || y >= canvas.rows) {
        return;
    }
    auto* pixels = canvas.ptr<cv::Vec3b>(y);
    for (std::size_t i = 0; i < row.size(); ++i) {
        const int x = left + static_cast<int>(i);
        if (x < 0 || x >= canvas.cols || row[i] == transparent || row[i] >= colors.ColorCount) {
            continue;
        }
        const auto& color = colors.Colors[row[i]];
        pixels[x] = {color.Blue, color.Green, color.Red};
    }
}

/// Rows in the order the file has them; GIF89a, appendix E.
std::vector<int> row_order(int height, bool interlaced) {
    std::vector<int> rows;
    constexpr int kPasses[][2] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};
    if (!interlaced) {
        for (int y = 0; y < height; ++y) {
            rows.push_back(y);
        }
        return rows;
    }
    for (const auto& pass : kPasses) {
        for (int y = pass[0]; y < height; y += pass[1]) {
            rows.push_back(y);
        }
    }
    return rows;
}

}  // namespace

Decoded decode_gif(std::string_view bytes) {
    Source source{bytes, 0};
    int error = 0;
    const File file(DGifOpen(&source, read_from_memory, &error));
    if (!file) {
        return {{}, "its header cannot be read"};
    }
    const auto transparent = find_first_image(file.get());
    if (!transparent) {
        return {{}, "it has no image"};
    }
    const auto& image = file->Image;
    const auto* colors = image.ColorMap != nullptr ? image.ColorMap : file->SColorMap;
    if (colors == nullptr || image.Width <= 0 || image.Height <= 0) {
        return {{}, "its first image has no size or no colours"};
    }
    cv::Mat canvas(file->SHeight, file->SWidth, CV_8UC3, cv::Scalar::all(255));
    std::vector<GifPixelType> row(static_cast<std::size_t>(image.Width));
    int rows = 0;
    for (const int y : row_order(image.Height, image.Interlace)) {
        if (DGifGetLine(file.get(), row.data(), image.Width) != GIF_OK) {
            break;
        }
        ++rows;
        paint_row(canvas, image.Top + y, image.Left, row, *colors, *transparent);
    }
    if (rows == 0) {
        return {{}, "its first image cannot be unpacked"};
    }
    return {canvas, rows == image.Height ? "" : rows_read("GIF", rows, image.Height)};
}

}  // namespace chiptrail::vision
