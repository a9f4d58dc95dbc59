#include "config/own_brands.hpp"

#include "config/toml_reader.hpp"
#include "core/file.hpp"
#include "core/result.hpp"
#include "core/unicode.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

namespace chiptrail::config {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t kMaxFileBytes = std::uintmax_t{4} * 1024 * 1024;
constexpr int kTries = 5;

constexpr std::string_view kHead =
    "# Vendors of your own, beside those that come with chiptrail. `chiptrail brands add` writes\n"
    "# here and keeps what you change by hand; the shipped brands.toml explains every key.\n";

std::string toml_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7F) {
            out += fmt::format("\\u{:04X}", byte);
        } else {
            out += c == '"' || c == '\\' ? "\\" : "";
            out += c;
        }
    }
    return out + '"';
}

std::string list_text(const std::vector<std::string>& items) {
    std::string text = "[";
    for (const auto& item : items) {
        text += (text.size() > 1 ? ", " : "") + toml_text(item);
    }
    return text + "]";
}

using Lists = std::vector<std::pair<std::string_view, const std::vector<std::string>*>>;

Lists lists_of(const BrandEntry& entry) {
    return {{"spellings", &entry.spellings},
            {"misreadings", &entry.misreadings},
            {"not_in", &entry.not_in},
            {"product_lines", &entry.product_lines},
            {"images", &entry.images}};
}

std::string block_of(const BrandEntry& entry) {
    std::string text = "[[brand]]\nkey = " + toml_text(entry.key) + "\n";
    if (!entry.name.empty()) {
        text += "name = " + toml_text(entry.name) + "\n";
    }
    for (const auto& [key, items] : lists_of(entry)) {
        if (!items->empty()) {
            text += std::string(key) + " = " + list_text(*items) + "\n";
        }
    }
    text += entry.match_case ? "match_case = true\n" : "";
    return text + (entry.whole_word ? "whole_word = true\n" : "");
}

toml::table parsed(std::string_view text, const std::string& file) {
    try {
        return toml::parse(text, file);
    } catch (const toml::parse_error& error) {
        throw core::ConfigError(file + ":" + std::to_string(error.source().begin.line) +
                                ": not TOML: " + std::string(error.description()));
    }
}

/// The block of `key`; null when there is none.
const toml::table* find_block(const toml::table& document, std::string_view key) {
    const auto* blocks = document["brand"].as_array();
    if (blocks == nullptr) {
        return nullptr;
    }
    for (const auto& block : *blocks) {
        const auto* table = block.as_table();
        if (table != nullptr && (*table)["key"].value_or(std::string_view()) == key) {
            return table;
        }
    }
    return nullptr;
}

/// Byte at which a line (from 1) begins.
std::size_t line_begin(std::string_view text, std::size_t line) {
    std::size_t at = 0;
    for (std::size_t n = 1; n < line && at < text.size(); ++n) {
        at = std::min(text.find('\n', at), text.size() - 1) + 1;
    }
    return at;
}

/// toml++ counts columns in code points, from 1.
std::size_t offset_of(std::string_view text, const toml::source_position& position) {
    auto at = line_begin(text, position.line);
    for (std::size_t n = 1; n < position.column && at < text.size(); ++n) {
        ++at;
        while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) {
            ++at;
        }
    }
    return at;
}

bool reads_as_toml(std::string_view text) {
    try {
        static_cast<void>(toml::parse(text));
        return true;
    } catch (const toml::parse_error&) {
        return false;
    }
}

std::vector<std::string> missing_in(const toml::array& list,
                                    const std::vector<std::string>& items) {
    std::vector<std::string> missing;
    for (const auto& item : items) {
        const bool known = std::any_of(list.begin(), list.end(), [&](const toml::node& node) {
            return node.value_or(std::string_view()) == item;
        });
        if (!known) {
            missing.push_back(item);
        }
    }
    return missing;
}

/// `items` before the bracket that closes the list; what is there stays as it was written.
std::string with_longer_list(std::string_view text,
                             const toml::array& list,
                             const std::vector<std::string>& items) {
    const auto missing = missing_in(list, items);
    if (missing.empty()) {
        return std::string(text);
    }
    const auto inside = list_text(missing);
    const auto added = inside.substr(1, inside.size() - 2);
    const auto close = text.rfind(']', offset_of(text, list.source().end));
    if (close == std::string_view::npos) {
        return std::string(text);
    }
    const std::string before(text.substr(0, close));
    const std::string after(text.substr(close));
    // Whether a comma is needed depends on comments too: the parser knows.
    for (const auto* comma : {", ", ""}) {
        auto changed = before + (list.empty() ? "" : comma) + added + after;
        if (reads_as_toml(changed)) {
            return changed;
        }
    }
    return std::string(text);
}

std::string with_longer_block(std::string text, const BrandEntry& entry, const std::string& file) {
    for (const auto& [key, items] : lists_of(entry)) {
        if (items->empty()) {
            continue;
        }
        // Parsed anew each time: every change moves what follows.
        const auto document = parsed(text, file);
        const auto* block = find_block(document, entry.key);
        const auto* node = block->get(key);
        if (node == nullptr) {
            const auto line = block->get("key")->source().end.line;
            text.insert(line_begin(text, line + 1),
                        std::string(key) + " = " + list_text(*items) + "\n");
        } else if (const auto* list = node->as_array()) {
            text = with_longer_list(text, *list, *items);
        }
    }
    return text;
}

/// A lock that ends with the process, in a file that is left behind: removing it would let two in.
class FileLock {
public:
    explicit FileLock(const fs::path& path)
        : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
        if (descriptor_ < 0 || ::flock(descriptor_, LOCK_EX) != 0) {
            const std::string why = std::strerror(errno);  // NOLINT(concurrency-mt-unsafe)
            throw core::Error("cannot write in " + path.parent_path().string() + ": " + why);
        }
    }
    ~FileLock() {
        ::close(descriptor_);
    }
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

private:
    int descriptor_;
};

std::string read_or_empty(const fs::path& file) {
    auto text = core::read_file(file, kMaxFileBytes);
    if (text) {
        return std::move(*text);
    }
    if (text.error().kind == core::Failure::Kind::not_found) {
        return {};
    }
    throw core::ConfigError(text.error().detail);
}

}  // namespace

std::string with_brand(std::string_view text, const BrandEntry& entry, const std::string& file) {
    std::string result(text.empty() ? kHead : text);
    if (!result.ends_with('\n')) {
        result += '\n';
    }
    if (find_block(parsed(result, file), entry.key) != nullptr) {
        return with_longer_block(std::move(result), entry, file);
    }
    return result + "\n" + block_of(entry);
}

std::string without_brand(std::string_view text, std::string_view key, const std::string& file) {
    const auto document = parsed(text, file);
    const auto* block = find_block(document, key);
    if (block == nullptr) {
        return std::string(text);
    }
    const auto first = block->source().begin.line;
    const auto begin = line_begin(text, first);
    // Up to the next table; the comments right above that belong to it.
    auto end = begin;
    std::size_t kept = text.size();
    bool inside = false;
    for (auto at = begin; at < text.size();) {
        const auto stop = std::min(text.find('\n', at), text.size() - 1) + 1;
        const auto line = text.substr(at, stop - at);
        const auto start = line.find_first_not_of(" \t");
        const char c = start == std::string_view::npos ? '\n' : line[start];
        const bool header = inside && c == '[' && reads_as_toml(text.substr(0, at));
        if (header) {
            kept = std::min(kept, at);
            break;
        }
        inside = true;
        kept = c == '#' ? std::min(kept, at) : text.size();
        end = stop;
        at = stop;
    }
    if (end == text.size() && kept == text.size()) {
        kept = end;
    }
    std::string result(text.substr(0, begin));
    while (result.ends_with("\n\n")) {
        result.pop_back();
    }
    const auto rest = text.substr(kept);
    return rest.empty() ? result : result + (result.empty() ? "" : "\n") + std::string(rest);
}

std::vector<std::string> own_brand_keys(const fs::path& file) {
    std::vector<std::string> keys;
    const auto text = read_or_empty(file);
    const auto root = TomlTable::parse(text, file.string());
    for (const auto& table : root.tables("brand")) {
        keys.push_back(table.require_string("key"));
    }
    return keys;
}

void change_own_brands(const fs::path& file,
                       const std::function<std::string(const std::string&)>& edit,
                       const std::function<void(const std::string&)>& check) {
    std::error_code error;
    const auto folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    fs::create_directories(folder, error);
    if (error) {
        throw core::Error("cannot make folder " + folder.string() + ": " + error.message());
    }
    auto lock_file = file;
    lock_file += ".lock";
    const FileLock lock(lock_file);
    for (int i = 0; i < kTries; ++i) {
        const auto before = read_or_empty(file);
        const auto after = edit(before);
        check(after);
        if (after == before) {
            return;
        }
        // An editor takes no lock of ours: what it saved meanwhile must not be lost.
        if (read_or_empty(file) == before) {
            core::write_file_durably(file, after);
            return;
        }
    }
    throw core::Error(file.string() + " keeps changing: close what writes to it and try again");
}

}  // namespace chiptrail::config
