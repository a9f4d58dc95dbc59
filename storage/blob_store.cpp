#include "storage/blob_store.hpp"

#include "core/file.hpp"

#include <system_error>
#include <utility>

namespace chiptrail::storage {

namespace {

void make_folder(const std::filesystem::path& folder) {
    std::error_code error;
    if (std::filesystem::create_directory(folder, error)) {
        core::sync_folder(folder.parent_path());
    } else if (error) {
        throw core::Error("cannot make the folder " + folder.string() + ": " + error.message());
    }
}

bool has_size(const std::filesystem::path& path, std::uint64_t bytes) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    return !error && size == bytes;
}

}  // namespace

FolderBlobStore::FolderBlobStore(std::filesystem::path root) : root_(std::move(root)) {}

std::filesystem::path FolderBlobStore::path_of(const core::Sha256& sha256) const {
    const auto name = sha256.hex();
    return root_ / name.substr(0, 2) / name.substr(2, 2) / name;
}

Blob FolderBlobStore::put(std::string_view bytes) {
    const Blob blob{core::sha256(bytes), bytes.size()};
    const auto path = path_of(blob.sha256);
    if (has_size(path, blob.bytes)) {
        // Whoever wrote it may have died between rename and flush.
        core::sync_folder(path.parent_path());
        return blob;
    }
    make_folder(root_);
    make_folder(path.parent_path().parent_path());
    make_folder(path.parent_path());
    core::write_file_durably(path, bytes);
    return blob;
}

core::Result<std::string> FolderBlobStore::get(const Blob& blob, Check check) const {
    const auto path = path_of(blob.sha256);
    auto bytes = core::read_file(path, blob.bytes);
    if (!bytes && bytes.error().kind == core::Failure::Kind::not_found) {
        return bytes;
    }
    if (!bytes || bytes->size() != blob.bytes) {
        return core::fail(core::Failure::Kind::bad_input,
                          path.string() + " does not have its " + std::to_string(blob.bytes) +
                              " bytes; it was changed after it was stored");
    }
    if (check == Check::hash && core::sha256(*bytes) != blob.sha256) {
        return core::fail(
            core::Failure::Kind::bad_input,
            path.string() + " does not have its SHA-256; it was changed after it was stored");
    }
    return bytes;
}

bool FolderBlobStore::exists(const core::Sha256& sha256) const {
    std::error_code error;
    return std::filesystem::is_regular_file(path_of(sha256), error);
}

std::string FolderBlobStore::verify(const Blob& blob, Check check) const {
    if (check == Check::hash) {
        const auto bytes = get(blob, check);
        return bytes ? std::string() : bytes.error().detail;
    }
    const auto path = path_of(blob.sha256);
    if (!exists(blob.sha256)) {
        return path.string() + " is missing";
    }
    return has_size(path, blob.bytes)
               ? std::string()
               : path.string() + " does not have its " + std::to_string(blob.bytes) + " bytes";
}

}  // namespace chiptrail::storage
