#include "vision/decode_formats.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>
#include <new>

// After <cstdio>, which it needs and does not include.
#include <jerror.h>
#include <jpeglib.h>

namespace chiptrail::vision {

namespace {

constexpr int kMaxScans = 200;  // A few kilobytes can hold thousands, each a pass over all pixels.
constexpr long kMaxMemory = 400L * 1024 * 1024;

/// All that libjpeg's callbacks need. Plain data: longjmp runs no destructors.
struct Reader {
    jpeg_decompress_struct info{};
    jpeg_error_mgr errors{};
    jpeg_source_mgr source{};
    jpeg_progress_mgr progress{};
    std::jmp_buf failed{};
    std::array<char, JMSG_LENGTH_MAX> error{};
    std::array<char, JMSG_LENGTH_MAX> warning{};
    int error_code = 0;
    bool ended = false;         ///< libjpeg asked for more than there is
    JDIMENSION row_at_end = 0;  ///< first row that it could not give whole
    unsigned char* pixels = nullptr;
    std::size_t stride = 0;
};

Reader& reader_of(j_common_ptr info) {
    return *static_cast<Reader*>(info->client_data);
}

[[noreturn]] void on_error(j_common_ptr info) {
    auto& reader = reader_of(info);
    reader.error_code = info->err->msg_code;
    info->err->format_message(info, reader.error.data());
    std::longjmp(reader.failed, 1);  // NOLINT(cert-err52-cpp): libjpeg knows no exceptions
}

/// Real cameras cause the others all the time.
bool is_damage(int code) {
    constexpr std::array<int, 5> kDamage{JWRN_HIT_MARKER,
                                         JWRN_HUFF_BAD_CODE,
                                         JWRN_MUST_RESYNC,
                                         JWRN_NOT_SEQUENTIAL,
                                         JWRN_BOGUS_PROGRESSION};
    return std::find(kDamage.begin(), kDamage.end(), code) != kDamage.end();
}

void on_message(j_common_ptr info, int level) {
    auto& reader = reader_of(info);
    if (level >= 0) {
        return;
    }
    ++info->err->num_warnings;
    if (is_damage(info->err->msg_code) && reader.warning[0] == '\0') {
        info->err->format_message(info, reader.warning.data());
    }
}

void no_output(j_common_ptr /*info*/) {}
void no_source_work(j_decompress_ptr /*info*/) {}

boolean on_more(j_decompress_ptr info) {
    static constexpr std::array<JOCTET, 2> kEnd{0xFF, JPEG_EOI};
    auto& reader = *static_cast<Reader*>(info->client_data);
    if (!reader.ended) {
        reader.ended = true;
        reader.row_at_end = info->output_scanline;
    }
    reader.source.next_input_byte = kEnd.data();
    reader.source.bytes_in_buffer = kEnd.size();
    return TRUE;
}

void on_skip(j_decompress_ptr info, long count) {
    auto& source = *info->src;
    if (count <= 0) {
        return;
    }
    const auto wanted = static_cast<std::size_t>(count);
    if (wanted >= source.bytes_in_buffer) {
        on_more(info);
        return;
    }
    source.next_input_byte += wanted;
    source.bytes_in_buffer -= wanted;
}

void on_progress(j_common_ptr info) {
    if (info->is_decompressor != 0 &&
        static_cast<Reader*>(info->client_data)->info.input_scan_number > kMaxScans) {
        std::snprintf(
            reader_of(info).error.data(), JMSG_LENGTH_MAX, "it has more than %d scans", kMaxScans);
        std::longjmp(reader_of(info).failed, 1);  // NOLINT(cert-err52-cpp): as above
    }
}

void prepare(Reader& reader) {
    auto& info = reader.info;
    info.err = jpeg_std_error(&reader.errors);
    reader.errors.error_exit = on_error;
    reader.errors.emit_message = on_message;
    reader.errors.output_message = no_output;
    info.client_data = &reader;
}

void connect(Reader& reader, std::string_view bytes) {
    auto& info = reader.info;
    jpeg_create_decompress(&info);
    reader.source.init_source = no_source_work;
    reader.source.fill_input_buffer = on_more;
    reader.source.skip_input_data = on_skip;
    reader.source.resync_to_restart = jpeg_resync_to_restart;
    reader.source.term_source = no_source_work;
    reader.source.next_input_byte = reinterpret_cast<const JOCTET*>(bytes.data());
    reader.source.bytes_in_buffer = bytes.size();
    info.src = &reader.source;
    reader.progress.progress_monitor = on_progress;
    info.progress = &reader.progress;
    info.mem->max_memory_to_use = kMaxMemory;
}

J_COLOR_SPACE wanted_colors(J_COLOR_SPACE stored) {
    switch (stored) {
        case JCS_CMYK:
        case JCS_YCCK:
            return JCS_CMYK;
        case JCS_UNKNOWN:
            return JCS_UNKNOWN;
        default:
            return JCS_EXT_BGR;
    }
}

/// Up to the first row. False when it failed.
bool start(Reader& reader, std::string_view bytes, unsigned divisor) {
    if (setjmp(reader.failed) != 0) {  // NOLINT(cert-err52-cpp): libjpeg knows no exceptions
        return false;
    }
    connect(reader, bytes);
    jpeg_read_header(&reader.info, TRUE);
    reader.info.scale_num = 1;
    reader.info.scale_denom = divisor;
    reader.info.out_color_space = wanted_colors(reader.info.jpeg_color_space);
    jpeg_start_decompress(&reader.info);
    return true;
}

/// False when it failed; info.output_scanline says how far it came.
bool read_rows(Reader& reader) {
    if (setjmp(reader.failed) != 0) {  // NOLINT(cert-err52-cpp): as above
        return false;
    }
    auto& info = reader.info;
    while (info.output_scanline < info.output_height) {
        JSAMPROW row = reader.pixels + reader.stride * info.output_scanline;
        if (jpeg_read_scanlines(&info, &row, 1) != 1) {
            return false;
        }
    }
    return true;
}

class Destroy {
public:
    explicit Destroy(Reader& reader) : reader_(reader) {}
    ~Destroy() {
        jpeg_destroy_decompress(&reader_.info);
    }
    Destroy(const Destroy&) = delete;
    Destroy& operator=(const Destroy&) = delete;

private:
    Reader& reader_;
};

unsigned divisor_for(const PhotoHeader& header, std::int64_t target_pixels) {
    const auto pixels = std::int64_t{header.width} * header.height;
    unsigned divisor = 1;
    while (divisor < 8 && pixels / (std::int64_t{divisor} * divisor) > target_pixels) {
        divisor *= 2;
    }
    return divisor;
}

/// Adobe's programs store ink inverted, and say that they did with a marker of theirs.
cv::Mat from_cmyk(const cv::Mat& cmyk, bool inverted) {
    cv::Mat out(cmyk.size(), CV_8UC3);
    for (int y = 0; y < cmyk.rows; ++y) {
        const auto* from = cmyk.ptr<cv::Vec4b>(y);
        auto* to = out.ptr<cv::Vec3b>(y);
        for (int x = 0; x < cmyk.cols; ++x) {
            const auto light = [&](int ink) {
                return inverted ? int{from[x][ink]} : 255 - from[x][ink];
            };
            for (int channel = 0; channel < 3; ++channel) {
                to[x][channel] =
                    static_cast<std::uint8_t>((light(2 - channel) * light(3) + 127) / 255);
            }
        }
    }
    return out;
}

cv::Mat to_bgr(const cv::Mat& pixels, const jpeg_decompress_struct& info) {
    switch (pixels.channels()) {
        case 3:
            return pixels;
        case 4:
            return from_cmyk(pixels, info.saw_Adobe_marker != 0);
        default: {
            cv::Mat gray;
            cv::extractChannel(pixels, gray, 0);
            cv::Mat out;
            cv::merge(std::array{gray, gray, gray}, out);
            return out;
        }
    }
}

std::string problem_of(const Reader& reader, bool whole) {
    const auto& info = reader.info;
    const auto height = static_cast<int>(info.output_height);
    if (!whole) {
        return fmt::format("{} ({})",
                           rows_read("JPEG", static_cast<int>(info.output_scanline), height),
                           reader.error.data());
    }
    if (reader.ended && jpeg_has_multiple_scans(const_cast<jpeg_decompress_struct*>(&info)) != 0) {
        return fmt::format("the JPEG is cut short in scan {}: parts are coarse or missing",
                           info.input_scan_number);
    }
    if (reader.ended && reader.row_at_end + 16 < info.output_height) {
        return rows_read("JPEG", static_cast<int>(reader.row_at_end), height);
    }
    if (reader.ended) {
        return "the JPEG is cut short: its end marker is missing";
    }
    return reader.warning[0] == '\0'
               ? std::string()
               : fmt::format("the JPEG is damaged: {}", reader.warning.data());
}

Decoded decode_once(std::string_view bytes,
                    const PhotoHeader& header,
                    std::int64_t target_pixels,
                    std::size_t& good_bytes) {
    Reader reader;
    prepare(reader);
    const Destroy destroy(reader);
    if (!start(reader, bytes, divisor_for(header, target_pixels))) {
        if (reader.error_code == JERR_OUT_OF_MEMORY || reader.error_code == JERR_NO_BACKING_STORE) {
            throw std::bad_alloc();
        }
        const bool has_scan = reader.info.input_scan_number > 0;
        good_bytes = has_scan && !reader.ended ? bytes.size() - reader.source.bytes_in_buffer : 0;
        return {{}, reader.error.data()};
    }
    if (reader.info.image_width > static_cast<JDIMENSION>(header.width) ||
        reader.info.image_height > static_cast<JDIMENSION>(header.height)) {
        return {{}, "its header contradicts itself"};
    }
    cv::Mat pixels(static_cast<int>(reader.info.output_height),
                   static_cast<int>(reader.info.output_width),
                   CV_8UC(reader.info.output_components),
                   cv::Scalar::all(128));
    reader.pixels = pixels.data;
    reader.stride = pixels.step;
    const bool whole = read_rows(reader);
    if (!whole && reader.info.output_scanline == 0) {
        return {{}, reader.error.data()};
    }
    return {to_bgr(pixels, reader.info), problem_of(reader, whole)};
}

}  // namespace

Decoded decode_jpeg(std::string_view bytes, const PhotoHeader& header, std::int64_t target_pixels) {
    std::size_t good_bytes = 0;
    auto decoded = decode_once(bytes, header, target_pixels, good_bytes);
    if (!decoded.pixels.empty()) {
        return decoded;
    }
    // A progressive one whose later scans cannot be read still has the earlier ones: it is cut
    // before the scan, or the tables for it, at which it failed.
    using namespace std::string_view_literals;
    const auto tried = good_bytes == 0 ? bytes.size() : good_bytes;
    for (const auto marker : {"\xFF\xC4"sv, "\xFF\xDA"sv}) {
        const auto first_scan = bytes.find("\xFF\xDA"sv);
        const auto cut = bytes.rfind(marker, tried);
        if (cut == std::string_view::npos || first_scan == std::string_view::npos ||
            cut <= first_scan) {
            continue;
        }
        auto part = decode_once(bytes.substr(0, cut), header, target_pixels, good_bytes);
        if (!part.pixels.empty()) {
            return part;
        }
    }
    return decoded;
}

}  // namespace chiptrail::vision
