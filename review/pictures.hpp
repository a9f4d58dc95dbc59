#pragma once

// Photos made small for the screen, and parts of them, kept while there is room. Internal to
// review/.

#include "core/result.hpp"
#include "core/sha256.hpp"
#include "vision/derive.hpp"

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <semaphore>
#include <string>
#include <utility>
#include <vector>

namespace chiptrail::review {

/// Threads may share one. At most two photos are decoded at a time, whoever asks.
class Pictures {
public:
    Pictures(const vision::DecoderOptions& decoder,
             const vision::DecodeLimits& limits,
             std::size_t max_bytes);

    using Read = std::function<core::Result<std::string>()>;
    using Bytes = std::shared_ptr<const std::string>;

    /// JPEG bytes of the upright photo with no side over `max_side`.
    /// `read` gives the original; it is called only when the picture is not at hand.
    [[nodiscard]] core::Result<Bytes> whole(const core::Sha256& photo,
                                            int max_side,
                                            const Read& read);
    /// JPEG bytes of the place of `finding`, upright and large.
    [[nodiscard]] core::Result<Bytes> place(const core::Sha256& photo,
                                            const core::Finding& finding,
                                            const Read& read);

private:
    /// The photo, and what is made of it.
    using Key = std::pair<core::Sha256, std::string>;
    using Make = std::function<core::Result<vision::Picture>(const std::string& original,
                                                             vision::PictureDecoder&)>;
    struct Kept {
        Bytes bytes;
        std::list<Key>::iterator age;
    };

    class Turn;
    core::Result<Bytes> get(const Key& key, const Read& read, const Make& make);
    Bytes find(const Key& key);
    void keep(const Key& key, const Bytes& bytes);

    std::size_t max_bytes_;
    std::counting_semaphore<2> turns_{2};
    std::mutex mutex_;
    // Taken by whoever has a turn; under `mutex_`:
    std::vector<std::unique_ptr<vision::PictureDecoder>> decoders_;
    // Under `mutex_`:
    std::map<Key, Kept> kept_;
    std::list<Key> by_age_;  ///< latest used first
    std::size_t bytes_ = 0;
};

}  // namespace chiptrail::review
