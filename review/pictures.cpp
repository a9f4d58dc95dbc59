#include "review/pictures.hpp"

#include "vision/derive.hpp"

namespace chiptrail::review {

namespace {

class Turn {
public:
    explicit Turn(std::counting_semaphore<2>& semaphore) : semaphore_(semaphore) {
        semaphore_.acquire();
    }
    ~Turn() {
        semaphore_.release();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

private:
    std::counting_semaphore<2>& semaphore_;
};

}  // namespace

core::Result<Pictures::Bytes> Pictures::get(const core::Sha256& photo,
                                            int max_side,
                                            const Read& read) {
    const Key key(photo, max_side);
    if (auto at_hand = find(key)) {
        return at_hand;
    }
    const Turn turn(decoders_);
    // The one who had the turn before may have made it.
    if (auto at_hand = find(key)) {
        return at_hand;
    }
    const auto original = read();
    if (!original) {
        return tl::unexpected(original.error());
    }
    auto picture = vision::thumbnail(*original, max_side, limits_);
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
