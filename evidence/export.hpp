#pragma once

// A folder that proves a hit to someone who has neither chiptrail nor its store:
// original bytes, headers, history, findings and a checksum of every file.

#include "core/time.hpp"
#include "storage/store.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::evidence {

/// Photo bytes and findings in, PNG or JPEG bytes out; nullopt when the photo cannot be drawn on.
using Annotator = std::function<std::optional<std::string>(std::string_view photo,
                                                           const std::vector<core::Finding>&)>;

/// What explains one finding. Empty where there is none.
struct FindingView {
    std::string place;      ///< JPEG or PNG: its place made upright
    std::string reference;  ///< PNG or JPEG: the mark that it was compared with
    std::string spelling;   ///< the name that it was read as
};
using Explainer = std::function<FindingView(std::string_view photo, const core::Finding& finding)>;

struct ExportOptions {
    std::string version;            ///< of chiptrail
    core::Timestamp exported_at{};  ///< stands in manifest.json alone
    Annotator annotate;             ///< empty: no annotated picture
    Explainer explain;              ///< empty: no pictures of single findings
    /// Longer originals are named by hash but not copied, and a warning says so.
    std::uint64_t max_blob_bytes = std::uint64_t{256} * 1024 * 1024;
};

struct ExportResult {
    std::filesystem::path folder;
    std::size_t hits = 0;
    std::size_t files = 0;  ///< SHA256SUMS included
    std::uint64_t bytes = 0;
    std::string sums_sha256;  ///< of SHA256SUMS: written down elsewhere, it seals the rest
    std::vector<std::string> warnings;  ///< a photo that could not be drawn on, a page without body
};

/// Writes `folder` whole or not at all: it is built beside its place and renamed. The same store
/// and options give the same bytes. Throws core::Error when `folder` exists and is not empty, a
/// hit is not there, its stored bytes are missing or changed, or the disk is full.
ExportResult export_hits(storage::Store& store,
                         const std::vector<storage::HitId>& hits,
                         const std::filesystem::path& folder,
                         const ExportOptions& options);

}  // namespace chiptrail::evidence
