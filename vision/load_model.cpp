#include "vision/load_model.hpp"

#include "core/result.hpp"

namespace chiptrail::vision {

cv::dnn::Net load_model(const std::filesystem::path& file) {
    constexpr const char* kWayOut =
        " cannot be loaded as a model. Remove its folder and run setup/models.sh again (./run and "
        "./test do it for you).";
    try {
        auto net = cv::dnn::readNetFromONNX(file.string());
        if (!net.empty()) {
            return net;
        }
    } catch (const cv::Exception&) {
        // What OpenCV says names its own source lines, not what to do.
    }
    throw core::ConfigError(file.string() + kWayOut);
}

}  // namespace chiptrail::vision
