#include "review/pictures.hpp"

#include <fmt/format.h>

namespace chiptrail::review {

/// One of the two decoders, given back at the end.
class Pictures::Turn {
public:
    explicit Turn(Pictures& pictures) : pictures_(pictures) {
        pictures_.turns_.acquire();
        const std::scoped_lock lock(pictures_.mutex_);
        decoder_ = std::move(pictures_.decoders_.back());
        pictures_.decoders_.pop_back();
    }
    ~Turn() {
        {
            const std::scoped_lock lock(pictures_.mutex_);
            pictures_.decoders_.push_back(std::move(decoder_));
        }
        pictures_.turns_.release();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    [[nodiscard]] vision::PictureDecoder& decoder() const {
        return *decoder_;
    }

private:
    Pictures& pictures_;
    std::unique_ptr<vision::PictureDecoder> decoder_;
};

Pictures::Pictures(const vision::DecoderOptions& decoder,
                   const vision::DecodeLimits& limits,
                   std::size_t max_bytes)
    : max_bytes_(max_bytes) {
    decoders_.push_back(vision::make_picture_decoder(decoder, limits));
    decoders_.push_back(vision::make_picture_decoder(decoder, limits));
}

core::Result<Pictures::Bytes> Pictures::whole(const core::Sha256& photo,
                                              int max_side,
                                              const Read& read) {
    return get({photo, fmt::format("side {}", max_side)},
               read,
               [&](const std::string& original, vision::PictureDecoder& decoder) {
                   return vision::thumbnail(original, max_side, decoder);
               });
}

core::Result<Pictures::Bytes> Pictures::place(const core::Sha256& photo,
                                              const core::Finding& finding,
                                              const Read& read) {
    constexpr double kMargin = 0.25;
    constexpr int kMinHeight = 240;
    const auto& box = finding.box;
    std::string form = fmt::format("box {} {} {} {}", box.x, box.y, box.width, box.height);
    for (const auto& corner : finding.quad) {
        form += fmt::format(" {} {}", corner.x, corner.y);
    }
    return get(
        {photo, form}, read, [&](const std::string& original, vision::PictureDecoder& decoder) {
            return vision::rectified(original, finding, kMargin, kMinHeight, decoder);
        });
}

core::Result<Pictures::Bytes> Pictures::get(const Key& key, const Read& read, const Make& make) {
    if (auto at_hand = find(key)) {
        return at_hand;
    }
    const Turn turn(*this);
    // The one who had the turn before may have made it.
    if (auto at_hand = find(key)) {
        return at_hand;
    }
    const auto original = read();
    if (!original) {
        return tl::unexpected(original.error());
    }
    auto picture = make(*original, turn.decoder());
    if (!picture) {
        return tl::unexpected(picture.error());
    }
    auto bytes = std::make_shared<const std::string>(std::move(picture->bytes));
    keep(key, bytes);
    return bytes;
}

Pictures::Bytes Pictures::find(const Key& key) {
    const std::scoped_lock lock(mutex_);
    const auto found = kept_.find(key);
    if (found == kept_.end()) {
        return nullptr;
    }
    by_age_.splice(by_age_.begin(), by_age_, found->second.age);
    return found->second.bytes;
}

void Pictures::keep(const Key& key, const Bytes& bytes) {
    const std::scoped_lock lock(mutex_);
    if (bytes->size() > max_bytes_ || kept_.count(key) != 0) {
        return;
    }
    by_age_.push_front(key);
    kept_.emplace(key, Kept{bytes, by_age_.begin()});
    bytes_ += bytes->size();
    while (bytes_ > max_bytes_) {
        const auto oldest = kept_.find(by_age_.back());
        bytes_ -= oldest->second.bytes->size();
        kept_.erase(oldest);
        by_age_.pop_back();
    }
}

}  // namespace chiptrail::review
