#include "decoder/service.hpp"

#include "decoder/sandbox.hpp"
#include "decoder/video_frames.hpp"
#include "vision/decoder_protocol.hpp"

#include <fcntl.h>
#include <opencv2/imgproc.hpp>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <ctime>
#include <new>
#include <optional>
#include <string>

namespace chiptrail::decoder {

namespace protocol = vision::protocol;

namespace {

struct Start {
    std::size_t input_bytes = 0;
    std::size_t pixel_bytes = 0;
    std::int64_t memory_mb = 0;
    std::int64_t parent = 0;
};

template <class Number>
bool read_number(const char* text, Number& number) {
    const auto* end = text + std::strlen(text);
    const auto [stopped, error] = std::from_chars(text, end, number);
    return error == std::errc{} && stopped == end;
}

std::optional<Start> read_arguments(int argc, char** argv) {
    Start start;
    const bool good = argc == 5 && read_number(argv[1], start.input_bytes) &&
                      read_number(argv[2], start.pixel_bytes) &&
                      read_number(argv[3], start.memory_mb) && read_number(argv[4], start.parent);
    return good ? std::optional(start) : std::nullopt;
}

struct Memory {
    const char* input = nullptr;
    unsigned char* pixels = nullptr;
};

std::optional<Memory> map_memory(const Start& start) {
    auto* input = ::mmap(
        nullptr, start.input_bytes, PROT_READ, MAP_SHARED | MAP_NORESERVE, protocol::kInput, 0);
    auto* pixels = ::mmap(nullptr,
                          start.pixel_bytes,
                          PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_NORESERVE,
                          protocol::kPixels,
                          0);
    if (input == MAP_FAILED || pixels == MAP_FAILED) {
        return std::nullopt;
    }
    ::close(protocol::kInput);
    ::close(protocol::kPixels);
    return Memory{static_cast<const char*>(input), static_cast<unsigned char*>(pixels)};
}

/// OpenCV and the decoders look at the machine, the environment and their plug-ins when they are
/// first used. Inside the sandbox they could not.
void load_lazily_made_parts() {
    // FFmpeg reads dates of files, and the C library a time zone to do so.
    ::tzset();
    cv::setNumThreads(0);
    const cv::Mat small(4, 4, CV_8UC3, cv::Scalar::all(1));
    cv::Mat out;
    cv::resize(small, out, {2, 2}, 0, 0, cv::INTER_AREA);
    cv::cvtColor(small, out, cv::COLOR_BGR2GRAY);
    cv::rotate(small, out, cv::ROTATE_90_CLOCKWISE);
    vision::prepare_decoders();
    prepare_video_decoders();
}

template <std::size_t Size>
void put(std::array<char, Size>& room, const std::string& text) {
    const auto length = std::min(text.size(), Size - 1);
    std::copy_n(text.data(), length, room.data());
}

void describe(const vision::Photo& photo, protocol::Reply& reply) {
    reply.format = static_cast<std::int32_t>(photo.header.format);
    reply.stored_width = photo.header.width;
    reply.stored_height = photo.header.height;
    reply.frames = photo.header.frames;
    reply.orientation = photo.header.orientation;
    reply.width = photo.width;
    reply.height = photo.height;
    reply.columns = photo.pixels.cols;
    reply.rows = photo.pixels.rows;
    put(reply.problem, photo.problem);
    put(reply.taken_at, photo.exif.taken_at);
    put(reply.make, photo.exif.make);
    put(reply.model, photo.exif.model);
    put(reply.software, photo.exif.software);
    if (photo.exif.latitude && photo.exif.longitude) {
        reply.has_place = 1;
        reply.latitude = *photo.exif.latitude;
        reply.longitude = *photo.exif.longitude;
    }
}

void put_failure(const core::Failure& failure, protocol::Reply& reply) {
    reply.status = protocol::Status::failed;
    reply.failure_kind = static_cast<std::int32_t>(failure.kind);
    put(reply.problem, failure.detail);
}

void decode_into(const protocol::Request& request,
                 const Memory& memory,
                 const Start& start,
                 const Decode& decode,
                 protocol::Reply& reply) {
    vision::DecodeLimits limits;
    limits.max_bytes = request.max_bytes;
    limits.max_pixels = request.max_pixels;
    limits.max_side = request.max_side;
    limits.max_frames = request.max_frames;
    const auto photo = decode({memory.input, request.size}, limits, request.target_pixels);
    if (!photo) {
        put_failure(photo.error(), reply);
        return;
    }
    const auto row = static_cast<std::size_t>(photo->pixels.cols) * 3;
    if (row * static_cast<std::size_t>(photo->pixels.rows) > start.pixel_bytes) {
        put_failure({core::Failure::Kind::too_large, "the picture has more pixels than allowed"},
                    reply);
        return;
    }
    for (int y = 0; y < photo->pixels.rows; ++y) {
        std::memcpy(memory.pixels + row * static_cast<std::size_t>(y), photo->pixels.ptr(y), row);
    }
    describe(*photo, reply);
    reply.status = protocol::Status::decoded;
}

protocol::Reply answer(const protocol::Request& request,
                       const Memory& memory,
                       const Start& start,
                       const Decode& decode) {
    protocol::Reply reply;
    reply.sequence = request.sequence;
    try {
        decode_into(request, memory, start, decode, reply);
    } catch (const std::bad_alloc&) {
        reply.status = protocol::Status::out_of_memory;
    } catch (const cv::Exception& error) {
        if (error.code == cv::Error::StsNoMem) {
            reply.status = protocol::Status::out_of_memory;
        } else {
            put_failure({core::Failure::Kind::bad_input, "cannot be decoded: " + error.err}, reply);
        }
    } catch (const std::exception& error) {
        put_failure(
            {core::Failure::Kind::bad_input, std::string("cannot be decoded: ") + error.what()},
            reply);
    }
    return reply;
}

void probe(protocol::Kind kind) {
    if (kind == protocol::Kind::probe_files) {
        static_cast<void>(::open("/etc/passwd", O_RDONLY | O_CLOEXEC));
    } else {
        static_cast<void>(::socket(AF_INET, SOCK_STREAM, 0));
    }
}

void answer_requests(const Memory& memory, const Start& start, const Decode& decode) {
    protocol::Request request;
    while (::recv(protocol::kSocket, &request, sizeof request, 0) ==
               static_cast<ssize_t>(sizeof request) &&
           request.magic == protocol::kMagic && request.size <= start.input_bytes) {
        protocol::Reply reply;
        if (request.kind == protocol::Kind::decode) {
            reply = answer(request, memory, start, decode);
        } else {
            probe(request.kind);
            reply.sequence = request.sequence;
        }
        if (::send(protocol::kSocket, &reply, sizeof reply, MSG_NOSIGNAL) < 0) {
            return;
        }
    }
}

}  // namespace

int serve(int argc, char** argv, const Decode& decode) {
    const auto start = read_arguments(argc, argv);
    const auto memory = start ? map_memory(*start) : std::nullopt;
    if (!memory) {
        constexpr std::string_view kWhat = "chiptrail-decoder is started by chiptrail alone\n";
        static_cast<void>(!::write(STDERR_FILENO, kWhat.data(), kWhat.size()));
        return protocol::kBadStart;
    }
    load_lazily_made_parts();
    SandboxOptions options;
    options.max_memory_bytes = start->memory_mb * 1024 * 1024;
    options.parent = start->parent;
    const auto sandbox = enter_sandbox(options);
    if (!sandbox.filter || !sandbox.no_new_privileges) {
        return protocol::kNoProtection;
    }
    protocol::Ready ready;
    ready.no_new_privileges = sandbox.no_new_privileges ? 1 : 0;
    ready.filter = sandbox.filter ? 1 : 0;
    ready.landlock = static_cast<std::uint32_t>(sandbox.landlock);
    ready.own_network = sandbox.own_network ? 1 : 0;
    ready.memory_limit = sandbox.memory_limit ? 1 : 0;
    if (::send(protocol::kSocket, &ready, sizeof ready, MSG_NOSIGNAL) < 0) {
        return protocol::kBadStart;
    }
    answer_requests(*memory, *start, decode);
    // No destructors of libraries: they may do what the filter forbids.
    ::_exit(0);
}

core::Result<vision::Photo> decode_any(std::string_view bytes,
                                       const vision::DecodeLimits& limits,
                                       std::int64_t target_pixels) {
    const auto format = vision::sniff_format(bytes);
    if (format == vision::ImageFormat::mp4 || format == vision::ImageFormat::webm) {
        return decode_video(bytes, limits);
    }
    return vision::decode_photo(bytes, limits, target_pixels);
}

}  // namespace chiptrail::decoder
