#include "bench/reading_cache.hpp"

#include "vision/line_scores.hpp"

#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace chiptrail::bench {

namespace {

/// Of a step's logarithm: what lies below the floor is "never" anyway.
constexpr float kUnit = 1.0F / 1024;
constexpr float kFloor = -31;

class Writer {
public:
    explicit Writer(const std::filesystem::path& file) : file_(gzopen(file.c_str(), "wb1")) {
        if (file_ == nullptr) {
            throw std::runtime_error("cannot write " + file.string());
        }
    }
    ~Writer() {
        gzclose(file_);
    }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void bytes(const void* data, std::size_t size) {
        if (size > 0 && gzwrite(file_, data, static_cast<unsigned>(size)) <= 0) {
            throw std::runtime_error("cannot write readings");
        }
    }
    template <class T>
    void value(const T& value) {
        static_assert(std::is_trivially_copyable_v<T>);
        bytes(&value, sizeof value);
    }
    template <class T>
    void list(const std::vector<T>& values) {
        value(static_cast<std::uint32_t>(values.size()));
        bytes(values.data(), values.size() * sizeof(T));
    }

private:
    gzFile file_;
};

class Reader {
public:
    explicit Reader(const std::filesystem::path& file) : file_(gzopen(file.c_str(), "rb")) {}
    ~Reader() {
        if (file_ != nullptr) {
            gzclose(file_);
        }
    }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    [[nodiscard]] bool is_good() const {
        return file_ != nullptr && good_;
    }
    void bytes(void* data, std::size_t size) {
        good_ =
            is_good() && gzread(file_, data, static_cast<unsigned>(size)) == static_cast<int>(size);
    }
    template <class T>
    T value() {
        T value{};
        bytes(&value, sizeof value);
        return value;
    }
    template <class T>
    std::vector<T> list() {
        std::vector<T> values(value<std::uint32_t>());
        bytes(values.data(), values.size() * sizeof(T));
        return values;
    }

private:
    gzFile file_;
    bool good_ = true;
};

void put(Writer& out, const vision::LineScores* scores) {
    out.value(scores != nullptr);
    if (scores == nullptr) {
        return;
    }
    out.list(scores->alphabet());
    std::vector<std::int16_t> values;
    for (const float value : scores->values()) {
        values.push_back(static_cast<std::int16_t>(std::lround(std::max(value, kFloor) / kUnit)));
    }
    out.list(values);
}

std::shared_ptr<const vision::LineScores> get_scores(Reader& in) {
    if (!in.value<bool>()) {
        return nullptr;
    }
    auto alphabet = in.list<char32_t>();
    std::vector<float> values;
    for (const auto value : in.list<std::int16_t>()) {
        values.push_back(static_cast<float>(value) * kUnit);
    }
    return std::make_shared<const vision::LineScores>(std::move(alphabet), std::move(values));
}

void put(Writer& out, const vision::Reading& reading) {
    out.list(std::vector<char>(reading.text.begin(), reading.text.end()));
    out.value(reading.confidence);
    out.list(reading.characters);
    out.value(reading.quad);
    out.value(reading.height);
    out.value(reading.rotation);
    out.value(reading.scale);
    put(out, reading.scores.get());
    out.value(static_cast<std::uint32_t>(reading.retries.size()));
    for (const auto& retry : reading.retries) {
        out.value(retry.rotation);
        out.value(retry.confidence);
        put(out, retry.scores.get());
    }
}

vision::Reading get_reading(Reader& in) {
    vision::Reading reading;
    const auto text = in.list<char>();
    reading.text.assign(text.begin(), text.end());
    reading.confidence = in.value<double>();
    reading.characters = in.list<double>();
    reading.quad = in.value<std::array<core::Point, 4>>();
    reading.height = in.value<double>();
    reading.rotation = in.value<int>();
    reading.scale = in.value<double>();
    reading.scores = get_scores(in);
    for (auto left = in.value<std::uint32_t>(); left > 0 && in.is_good(); --left) {
        vision::Retry retry;
        retry.rotation = in.value<int>();
        retry.confidence = in.value<double>();
        retry.scores = get_scores(in);
        reading.retries.push_back(std::move(retry));
    }
    return reading;
}

}  // namespace

void save(const CachedPhoto& photo, const std::filesystem::path& file) {
    const auto part = file.string() + ".part";
    {
        Writer out(part);
        out.value(photo.size);
        out.value(photo.decoded);
        out.value(static_cast<std::uint32_t>(photo.readings.size()));
        for (const auto& reading : photo.readings) {
            put(out, reading);
        }
    }
    std::filesystem::rename(part, file);
}

std::optional<CachedPhoto> load(const std::filesystem::path& file) {
    Reader in(file);
    CachedPhoto photo;
    photo.size = in.value<vision::PhotoSize>();
    photo.decoded = in.value<bool>();
    for (auto left = in.value<std::uint32_t>(); left > 0 && in.is_good(); --left) {
        photo.readings.push_back(get_reading(in));
    }
    if (!in.is_good()) {
        return std::nullopt;
    }
    return photo;
}

}  // namespace chiptrail::bench
