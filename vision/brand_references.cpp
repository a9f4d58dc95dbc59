#include "vision/brand_references.hpp"

#include "core/file.hpp"
#include "core/result.hpp"
#include "core/sha256.hpp"
#include "vision/decode.hpp"
#include "vision/mark_embedding.hpp"

#include <algorithm>

namespace chiptrail::vision {

namespace {

constexpr std::uintmax_t kMaxPictureBytes = std::uintmax_t{16} << 20;

/// Stricter than for marks that the network was trained on: nobody weighed these against blots.
constexpr double kLeastSimilarity = 0.82;

bool is_compact(const cv::Mat& picture) {
    return std::max(picture.cols, picture.rows) <= 2 * std::min(picture.cols, picture.rows);
}

cv::Mat read_picture(const Brand& brand, const std::string& file, PictureDecoder& decoder) {
    const auto refuse = [&](const std::string& what) -> core::ConfigError {
        return core::ConfigError("brand '" + brand.key + "': the picture " + file +
                                 " of its mark cannot be used: " + what);
    };
    const auto bytes = core::read_file(file, kMaxPictureBytes);
    if (!bytes) {
        throw refuse(bytes.error().detail);
    }
    const auto photo = decoder.decode(*bytes);
    if (!photo) {
        throw refuse(photo.error().detail);
    }
    return photo->pixels;
}

}  // namespace

std::vector<ReferenceMark> brand_references(const Lexicon& lexicon,
                                            const std::filesystem::path& models,
                                            PictureDecoder& decoder) {
    std::vector<ReferenceMark> references;
    if (std::ranges::all_of(lexicon.brands,
                            [](const Brand& brand) { return brand.images.empty(); })) {
        return references;
    }
    MarkEmbedder embedder(models);
    for (const auto& brand : lexicon.brands) {
        for (const auto& file : brand.images) {
            const auto picture = read_picture(brand, file, decoder);
            if (!is_compact(picture)) {
                continue;
            }
            ReferenceMark reference;
            reference.min_similarity = kLeastSimilarity;
            reference.name = brand.key + "/" + std::filesystem::path(file).stem().string();
            reference.brand = brand.key;
            reference.views = embedder.reference_views({picture});
            references.push_back(std::move(reference));
        }
    }
    return references;
}

std::string brand_pictures_digest(const Lexicon& lexicon) {
    std::string all;
    for (const auto& brand : lexicon.brands) {
        for (const auto& file : brand.images) {
            const auto bytes = core::read_file(file, kMaxPictureBytes);
            all += brand.key + "\n" + (bytes ? core::sha256(*bytes).hex() : "missing") + "\n";
        }
    }
    return all.empty() ? std::string() : core::sha256(all).hex();
}

}  // namespace chiptrail::vision
