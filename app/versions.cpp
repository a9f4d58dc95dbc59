#include "app/versions.hpp"

#include "storage/store.hpp"

#include <CLI/Version.hpp>
#include <curl/curl.h>
#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <opencv2/core/version.hpp>
#include <unicode/uvernum.h>

#include <pugixml.hpp>

namespace chiptrail::app {

namespace {

/// "libcurl/7.88.1 OpenSSL/3.0.17 zlib/1.2.13 ...": also what libcurl stands on.
void add_network_libraries(std::vector<std::pair<std::string, std::string>>& versions) {
    std::string text = curl_version();
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        const auto item = text.substr(0, end);
        const auto slash = item.find('/');
        if (slash != std::string::npos && !item.starts_with('(')) {
            versions.emplace_back(item.substr(0, slash), item.substr(slash + 1));
        }
        text.erase(0, end + 1);
    }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> library_versions() {
    std::vector<std::pair<std::string, std::string>> versions = {
        {"SQLite", storage::database_version()},
        {"OpenCV", CV_VERSION},
        {"ICU", U_ICU_VERSION},
        {"pugixml",
         fmt::format("{}.{}.{}",
                     PUGIXML_VERSION / 1000,
                     PUGIXML_VERSION % 1000 / 10,
                     PUGIXML_VERSION % 10)},
        {"CLI11", CLI11_VERSION},
        {"fmt",
         fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
        {"nlohmann-json",
         fmt::format("{}.{}.{}",
                     NLOHMANN_JSON_VERSION_MAJOR,
                     NLOHMANN_JSON_VERSION_MINOR,
                     NLOHMANN_JSON_VERSION_PATCH)},
    };
    add_network_libraries(versions);
    return versions;
}

}  // namespace chiptrail::app
