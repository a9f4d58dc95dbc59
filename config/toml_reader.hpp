#pragma once

// Strict TOML: every key must be asked for, every value must have the asked type.
// A mistake is reported as "file:line: key: what is wrong, what is accepted".

#include "core/result.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::config {

/// One table of a TOML document. Reads keep the given default when the key is absent.
/// Copies share the document. Every method throws core::ConfigError on a mistake.
class TomlTable {
public:
    /// At most 4 MiB; a missing file is a ConfigError too.
    [[nodiscard]] static TomlTable parse_file(const std::filesystem::path& path);
    /// `name` stands for the file in messages.
    [[nodiscard]] static TomlTable parse(std::string_view text, const std::string& name);

    [[nodiscard]] bool has(std::string_view key) const;
    [[nodiscard]] std::vector<std::string> keys() const;

    void read(std::string_view key, bool& value) const;
    void read(std::string_view key, int& value) const;
    void read(std::string_view key, std::int64_t& value) const;
    void read(std::string_view key, std::uint64_t& value) const;
    void read(std::string_view key, double& value) const;
    void read(std::string_view key, std::string& value) const;
    /// A single string is read as a list of one.
    void read(std::string_view key, std::vector<std::string>& value) const;
    /// Like read, but the key must be there.
    [[nodiscard]] std::string require_string(std::string_view key) const;

    /// Sub-table; empty when absent.
    [[nodiscard]] TomlTable table(std::string_view key) const;
    /// Array of tables (a single table counts as one); empty when absent.
    [[nodiscard]] std::vector<TomlTable> tables(std::string_view key) const;
    /// A list of texts and tables, mixed as one likes, or a single one of them. A text counts as a
    /// table that has it at `text_key`.
    [[nodiscard]] std::vector<TomlTable> tables_or_texts(std::string_view key,
                                                         std::string_view text_key) const;
    /// True when `key` holds a table or an array of tables (and not a plain value).
    [[nodiscard]] bool holds_table(std::string_view key) const;
    /// True when `key` is there and holds neither a truth value, a number nor a time.
    [[nodiscard]] bool holds_list_or_text(std::string_view key) const;

    /// Throws for the first key that no call asked for. Call it once all keys were read.
    void reject_unknown_keys() const;
    /// Throws ConfigError "file:line: key: message".
    [[noreturn]] void reject(std::string_view key, std::string_view message) const;

private:
    struct State;
    explicit TomlTable(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

}  // namespace chiptrail::config
