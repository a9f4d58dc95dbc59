#include "vision/process_decoder.hpp"

#include "vision/decode.hpp"
#include "vision/decoder_process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

namespace chiptrail::vision {

using core::fail;
using core::Failure;
using core::Result;

namespace {

// Above it, the pages of shared memory are given back after each picture.
constexpr std::size_t kKeptBytes = std::size_t{32} * 1024 * 1024;
// Decoders leak, and what a picture did to one unseen should not last.
constexpr std::uint64_t kPicturesBeforeRenewal = 500;

template <std::size_t Size>
std::string text_of(const std::array<char, Size>& room) {
    std::string text(room.data(), ::strnlen(room.data(), Size));
    std::erase_if(text, [](char c) { return c < ' ' || c > '~'; });
    return text;
}

Failure stated_failure(const protocol::Reply& reply) {
    constexpr auto kLast = static_cast<std::int32_t>(Failure::Kind::not_found);
    const bool known = reply.failure_kind >= 0 && reply.failure_kind <= kLast;
    auto detail = text_of(reply.problem);
    return {known ? static_cast<Failure::Kind>(reply.failure_kind) : Failure::Kind::bad_input,
            detail.empty() ? "the decoder gave no reason" : std::move(detail)};
}

Exif exif_of(const protocol::Reply& reply) {
    Exif exif;
    exif.taken_at = text_of(reply.taken_at);
    exif.make = text_of(reply.make);
    exif.model = text_of(reply.model);
    exif.software = text_of(reply.software);
    const bool on_earth = std::isfinite(reply.latitude) && std::isfinite(reply.longitude) &&
                          std::abs(reply.latitude) <= 90 && std::abs(reply.longitude) <= 180;
    if (reply.has_place == 1 && on_earth) {
        exif.latitude = reply.latitude;
        exif.longitude = reply.longitude;
    }
    return exif;
}

bool is_between(std::int64_t value, std::int64_t least, std::int64_t most) {
    return value >= least && value <= most;
}

/// A decoder that a picture has taken over may say anything.
bool is_believable(const protocol::Reply& reply,
                   const DecodeLimits& limits,
                   std::size_t room,
                   ImageFormat format) {
    const auto pixels = std::int64_t{reply.columns} * reply.rows;
    return reply.format == static_cast<std::int32_t>(format) &&
           is_between(reply.stored_width, 1, limits.max_side) &&
           is_between(reply.stored_height, 1, limits.max_side) &&
           is_between(reply.width, 1, limits.max_side) &&
           is_between(reply.height, 1, limits.max_side) &&
           is_between(reply.columns, 1, reply.width) && is_between(reply.rows, 1, reply.height) &&
           is_between(reply.frames, 1, limits.max_frames) && is_between(reply.orientation, 1, 8) &&
           pixels <= limits.max_pixels && static_cast<std::uint64_t>(pixels) * 3 <= room;
}

class ProcessDecoder final : public PictureDecoder {
public:
    ProcessDecoder(const DecoderOptions& options, const DecodeLimits& limits)
        : options_(options), limits_(limits), program_(decoder_program(options)) {}

    Result<Photo> decode(std::string_view bytes, std::int64_t target_pixels) override;

    /// What the decoder is asked to prove that it cannot; nullopt when it could.
    std::optional<std::string> probe(protocol::Kind kind);
    const protocol::Ready& ready();

private:
    void make_ready();
    [[nodiscard]] Failure failure_of(DecoderProcess::Outcome outcome);
    [[nodiscard]] Failure out_of_memory();
    [[nodiscard]] Result<Photo> photo_of(const protocol::Reply& reply, ImageFormat format);
    void clear(std::size_t input, std::size_t pixels);

    DecoderOptions options_;
    DecodeLimits limits_;
    std::filesystem::path program_;
    std::unique_ptr<SharedMemory> input_;
    std::unique_ptr<SharedMemory> pixels_;
    std::unique_ptr<DecoderProcess> process_;
    std::uint64_t sequence_ = 0;
    std::uint64_t since_start_ = 0;
};

void ProcessDecoder::make_ready() {
    if (!input_) {
        input_ = std::make_unique<SharedMemory>("chiptrail-picture",
                                                std::max<std::size_t>(limits_.max_bytes, 1));
        pixels_ = std::make_unique<SharedMemory>(
            "chiptrail-pixels",
            static_cast<std::size_t>(std::max<std::int64_t>(limits_.max_pixels, 1)) * 3);
    }
    if (process_ && since_start_ >= kPicturesBeforeRenewal) {
        process_.reset();
    }
    if (!process_) {
        process_ = std::make_unique<DecoderProcess>(program_, options_, *input_, *pixels_);
        since_start_ = 0;
    }
    ++since_start_;
}

/// What to say of the picture at which it went wrong; the next one gets a new decoder.
Failure ProcessDecoder::failure_of(DecoderProcess::Outcome outcome) {
    const auto how = outcome == DecoderProcess::Outcome::ended ? process_->end() : std::string();
    process_.reset();
    switch (outcome) {
        case DecoderProcess::Outcome::overdue:
            return {Failure::Kind::timed_out,
                    fmt::format("decoding took longer than {} s", options_.max_seconds)};
        case DecoderProcess::Outcome::ended:
            return {Failure::Kind::bad_input, "the decoder " + how};
        default:
            return {Failure::Kind::bad_input, "the decoder gave an answer that cannot be true"};
    }
}

Failure ProcessDecoder::out_of_memory() {
    // What a decoder holds after that is its secret; a new one holds nothing.
    process_.reset();
    return {Failure::Kind::too_large,
            fmt::format("decoding needed more than {} MB", options_.max_memory_mb)};
}

Result<Photo> ProcessDecoder::photo_of(const protocol::Reply& reply, ImageFormat format) {
    if (!is_believable(reply, limits_, pixels_->size(), format)) {
        return tl::unexpected<Failure>(failure_of(DecoderProcess::Outcome::nonsense));
    }
    Photo photo;
    photo.header = {
        format, reply.stored_width, reply.stored_height, reply.frames, reply.orientation};
    photo.width = reply.width;
    photo.height = reply.height;
    photo.problem = text_of(reply.problem);
    photo.exif = exif_of(reply);
    // A copy: the next picture overwrites what lies there.
    photo.pixels = cv::Mat(reply.rows, reply.columns, CV_8UC3, pixels_->data()).clone();
    return photo;
}

void ProcessDecoder::clear(std::size_t input, std::size_t pixels) {
    if (input > kKeptBytes) {
        input_->clear();
    }
    if (pixels > kKeptBytes) {
        pixels_->clear();
    }
}

Result<Photo> ProcessDecoder::decode(std::string_view bytes, std::int64_t target_pixels) {
    if (bytes.size() > limits_.max_bytes) {
        return fail(
            Failure::Kind::too_large,
            fmt::format("the file has {} bytes; the limit is {}", bytes.size(), limits_.max_bytes));
    }
    protocol::Request request;
    request.sequence = ++sequence_;
    request.size = bytes.size();
    request.target_pixels = target_pixels;
    request.max_bytes = limits_.max_bytes;
    request.max_pixels = limits_.max_pixels;
    request.max_side = limits_.max_side;
    request.max_frames = limits_.max_frames;
    make_ready();
    if (bytes.size() > input_->size()) {
        return fail(Failure::Kind::too_large,
                    fmt::format("the file has {} bytes; the limit set for files is {}",
                                bytes.size(),
                                input_->size()));
    }
    std::copy(bytes.begin(), bytes.end(), input_->data());
    if (!process_->send(request)) {
        // It ended between two pictures, killed by an administrator or with its parent thread.
        process_.reset();
        make_ready();
        static_cast<void>(process_->send(request));
    }
    protocol::Reply reply;
    const auto outcome = process_->wait(sequence_, reply);
    if (outcome != DecoderProcess::Outcome::replied) {
        const auto failure = failure_of(outcome);
        clear(bytes.size(), pixels_->size());
        return tl::unexpected<Failure>(failure);
    }
    if (reply.status == protocol::Status::out_of_memory) {
        clear(bytes.size(), pixels_->size());
        return tl::unexpected<Failure>(out_of_memory());
    }
    if (reply.status != protocol::Status::decoded) {
        return tl::unexpected<Failure>(stated_failure(reply));
    }
    auto photo = photo_of(reply, sniff_format(bytes));
    clear(bytes.size(), photo ? photo->pixels.total() * 3 : pixels_->size());
    return photo;
}

std::optional<std::string> ProcessDecoder::probe(protocol::Kind kind) {
    make_ready();
    protocol::Request request;
    request.kind = kind;
    request.sequence = ++sequence_;
    protocol::Reply reply;
    if (!process_->send(request) ||
        process_->wait(sequence_, reply) != DecoderProcess::Outcome::ended) {
        process_.reset();
        return std::nullopt;
    }
    auto how = process_->end();
    process_.reset();
    return how;
}

const protocol::Ready& ProcessDecoder::ready() {
    make_ready();
    return process_->ready();
}

/// One red and one blue pixel; BITMAPINFOHEADER, 24 bits.
std::string two_pixels() {
    using namespace std::string_literals;
    return "BM\x3e\0\0\0\0\0\0\0\x36\0\0\0"s + "\x28\0\0\0\x02\0\0\0\x01\0\0\0\x01\0\x18\0"s +
           std::string(24, '\0') + "\0\0\xFF\xFF\0\0\0\0"s;
}

void add(DecoderReport& report, bool good, const std::string& what) {
    (good ? report.active : report.missing).push_back(what);
}

void prove(DecoderReport& report, ProcessDecoder& decoder) {
    const auto photo = decoder.decode(two_pixels(), kTargetPixels);
    if (!photo || photo->pixels.at<cv::Vec3b>(0, 0) != cv::Vec3b(0, 0, 255)) {
        report.problem = "it cannot decode a sound picture: " +
                         (photo ? std::string("wrong pixels") : photo.error().detail);
    }
    for (const auto kind : {protocol::Kind::probe_files, protocol::Kind::probe_network}) {
        const auto death = decoder.probe(kind);
        if (!death || death->find("signal 31") == std::string::npos) {
            report.problem =
                kind == protocol::Kind::probe_files ? "it can open files" : "it can open sockets";
        }
    }
}

}  // namespace

std::unique_ptr<PictureDecoder> make_process_decoder(const DecoderOptions& options,
                                                     const DecodeLimits& limits) {
    return std::make_unique<ProcessDecoder>(options, limits);
}

DecoderReport check_decoder(const DecoderOptions& options) {
    DecoderReport report;
    if (options.in_process) {
        report.problem = "pictures are decoded in this process, without protection";
        return report;
    }
    ProcessDecoder decoder(options, {});
    report.program = decoder_program(options);
    const auto ready = decoder.ready();
    add(report, ready.filter == 1, "system call filter");
    add(report, ready.no_new_privileges == 1, "no new privileges");
    add(report, ready.landlock > 0, "Landlock");
    add(report, ready.own_network == 1, "network of its own");
    add(report, ready.memory_limit == 1, "memory limit");
    prove(report, decoder);
    return report;
}

}  // namespace chiptrail::vision
