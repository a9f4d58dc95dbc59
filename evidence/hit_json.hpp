#pragma once

// The texts of an export: what docs/schemas/export-hit.schema.json describes, and headers as plain
// text. Private to evidence/.

#include "storage/records.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::evidence {

/// Where in the export the bytes of each stored blob lie, relative to the hit's folder.
using FileNames = std::map<core::Sha256, std::string>;

/// What explains a finding, names relative to the hit's folder; empty where there is none.
struct FindingFiles {
    std::string place;
    std::string reference;
    std::string spelling;
};

/// One object, indented, keys in alphabetical order; bytes that are no UTF-8 become U+FFFD.
/// `findings` has one entry a finding of the detection, same order.
[[nodiscard]] std::string hit_json(const storage::HitDetail& hit,
                                   const std::optional<storage::Detector>& detector,
                                   const std::vector<FindingFiles>& findings,
                                   const FileNames& files);

/// Request line and fields as sent; "(no answer: …)" in a response that never came.
[[nodiscard]] std::string request_text(const core::Exchange& exchange);
[[nodiscard]] std::string response_text(const core::Exchange& exchange);

/// From the first bytes alone: "jpg", "png", "html", "json", …; "bin" when they say nothing.
[[nodiscard]] std::string extension_of(std::string_view bytes);

}  // namespace chiptrail::evidence
