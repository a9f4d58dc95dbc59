#include "vision/model_check.hpp"

#include "core/file.hpp"
#include "core/sha256.hpp"

#include <cstdint>
#include <sstream>

namespace chiptrail::vision {

std::string damaged_model(const std::filesystem::path& folder) {
    constexpr std::uintmax_t kMaxSumsBytes = 100'000;
    constexpr std::uintmax_t kMaxModelBytes = std::uintmax_t{512} * 1024 * 1024;
    const auto list = folder / "SHA256SUMS";
    const auto sums = core::read_file(list, kMaxSumsBytes);
    if (!sums) {
        return sums.error().detail;
    }
    if (sums->empty() || sums->back() != '\n') {
        return list.string() + " is cut off";
    }
    std::istringstream lines(*sums);
    std::string digest;
    std::string name;
    while (lines >> digest >> name) {
        const auto bytes = core::read_file(folder / name, kMaxModelBytes);
        if (!bytes) {
            return bytes.error().detail;
        }
        if (core::sha256(*bytes).hex() != digest) {
            return (folder / name).string() + " is not what set-up wrote";
        }
    }
    return {};
}

}  // namespace chiptrail::vision
