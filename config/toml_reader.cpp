#include "config/toml_reader.hpp"

#include "core/file.hpp"

#include <toml++/toml.h>

#include <limits>
#include <set>
#include <utility>

namespace chiptrail::config {

namespace {

constexpr std::uintmax_t kMaxFileBytes = std::uintmax_t{4} * 1024 * 1024;

std::string type_name(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::table:
            return "a table";
        case toml::node_type::array:
            return "a list";
        case toml::node_type::string:
            return "text";
        case toml::node_type::integer:
            return "a whole number";
        case toml::node_type::floating_point:
            return "a number";
        case toml::node_type::boolean:
            return "true or false";
        default:
            return "a date or time";
    }
}

}  // namespace

struct TomlTable::State {
    std::shared_ptr<toml::table> document;
    const toml::table* table = nullptr;  ///< null for an absent sub-table
    std::string file;
    std::string prefix;  ///< "crawl." for messages
    toml::source_position position;
    std::set<std::string, std::less<>> asked;

    const toml::node* find(std::string_view key) {
        asked.emplace(key);
        return table == nullptr ? nullptr : table->get(key);
    }

    [[noreturn]] void reject(const toml::node* node,
                             std::string_view key,
                             std::string_view message) const {
        // A text that stands for a table has no place of its own.
        const bool placed = node != nullptr && node->source().begin.line != 0;
        const auto line = placed ? node->source().begin.line : position.line;
        throw core::ConfigError(file + ":" + std::to_string(line) + ": " + prefix +
                                std::string(key) + ": " + std::string(message));
    }

    [[noreturn]] void reject_type(const toml::node& node,
                                  std::string_view key,
                                  std::string_view wanted) const {
        reject(&node, key, "is " + type_name(node) + ", must be " + std::string(wanted));
    }

    template <class T>
    void read_integer(std::string_view key, T& value) {
        const auto* node = find(key);
        if (node == nullptr) {
            return;
        }
        const auto* integer = node->as_integer();
        if (integer == nullptr) {
            reject_type(*node, key, "a whole number");
        }
        if (!std::in_range<T>(integer->get())) {
            reject(node, key, "is out of range: " + std::to_string(integer->get()));
        }
        value = static_cast<T>(integer->get());
    }
};

TomlTable::TomlTable(std::shared_ptr<State> state) : state_(std::move(state)) {}

TomlTable TomlTable::parse_file(const std::filesystem::path& path) {
    const auto text = core::read_file(path, kMaxFileBytes);
    if (!text) {
        throw core::ConfigError(text.error().detail);
    }
    return parse(*text, path.string());
}

TomlTable TomlTable::parse(std::string_view text, const std::string& name) {
    auto state = std::make_shared<State>();
    state->file = name;
    try {
        state->document = std::make_shared<toml::table>(toml::parse(text, name));
    } catch (const toml::parse_error& error) {
        throw core::ConfigError(name + ":" + std::to_string(error.source().begin.line) +
                                ": not TOML: " + std::string(error.description()));
    }
    state->table = state->document.get();
    state->position = state->document->source().begin;
    return TomlTable(std::move(state));
}

bool TomlTable::has(std::string_view key) const {
    return state_->table != nullptr && state_->table->contains(key);
}

std::vector<std::string> TomlTable::keys() const {
    std::vector<std::string> names;
    if (state_->table != nullptr) {
        for (const auto& [key, node] : *state_->table) {
            names.emplace_back(key.str());
        }
    }
    return names;
}

void TomlTable::read(std::string_view key, bool& value) const {
    if (const auto* node = state_->find(key)) {
        const auto* boolean = node->as_boolean();
        if (boolean == nullptr) {
            state_->reject_type(*node, key, "true or false");
        }
        value = boolean->get();
    }
}

void TomlTable::read(std::string_view key, int& value) const {
    state_->read_integer(key, value);
}

void TomlTable::read(std::string_view key, std::int64_t& value) const {
    state_->read_integer(key, value);
}

void TomlTable::read(std::string_view key, std::uint64_t& value) const {
    state_->read_integer(key, value);
}

void TomlTable::read(std::string_view key, double& value) const {
    if (const auto* node = state_->find(key)) {
        const auto number = node->value<double>();
        if (!number || !node->is_number()) {
            state_->reject_type(*node, key, "a number");
        }
        value = *number;
    }
}

void TomlTable::read(std::string_view key, std::string& value) const {
    if (const auto* node = state_->find(key)) {
        const auto* text = node->as_string();
        if (text == nullptr) {
            state_->reject_type(*node, key, "text in quotes");
        }
        value = text->get();
    }
}

void TomlTable::read(std::string_view key, std::vector<std::string>& value) const {
    const auto* node = state_->find(key);
    if (node == nullptr) {
        return;
    }
    if (const auto* text = node->as_string()) {
        value = {text->get()};
        return;
    }
    const auto* list = node->as_array();
    if (list == nullptr) {
        state_->reject_type(*node, key, "a list of texts in quotes");
    }
    value.clear();
    for (const auto& item : *list) {
        const auto* text = item.as_string();
        if (text == nullptr) {
            state_->reject(&item, key, "holds " + type_name(item) + ", must hold texts in quotes");
        }
        value.push_back(text->get());
    }
}

std::string TomlTable::require_string(std::string_view key) const {
    std::string value;
    if (!has(key)) {
        reject(key, "is missing, must be text in quotes");
    }
    read(key, value);
    return value;
}

TomlTable TomlTable::table(std::string_view key) const {
    auto state = std::make_shared<State>();
    state->document = state_->document;
    state->file = state_->file;
    state->prefix = state_->prefix + std::string(key) + ".";
    state->position = state_->position;
    if (const auto* node = state_->find(key)) {
        state->table = node->as_table();
        if (state->table == nullptr) {
            state_->reject_type(*node, key, "a table");
        }
        state->position = node->source().begin;
    }
    return TomlTable(std::move(state));
}

std::vector<TomlTable> TomlTable::tables(std::string_view key) const {
    const auto* node = state_->find(key);
    if (node == nullptr) {
        return {};
    }
    if (node->is_table()) {
        return {table(key)};
    }
    const auto* list = node->as_array();
    if (list == nullptr) {
        state_->reject_type(*node, key, "a list of tables");
    }
    std::vector<TomlTable> result;
    for (const auto& item : *list) {
        if (!item.is_table()) {
            state_->reject(&item, key, "holds " + type_name(item) + ", must hold tables");
        }
        auto state = std::make_shared<State>();
        state->document = state_->document;
        state->file = state_->file;
        state->prefix =
            state_->prefix + std::string(key) + "[" + std::to_string(result.size()) + "].";
        state->table = item.as_table();
        state->position = item.source().begin;
        result.push_back(TomlTable(std::move(state)));
    }
    return result;
}

std::vector<TomlTable> TomlTable::tables_or_texts(std::string_view key,
                                                  std::string_view text_key) const {
    const auto* node = state_->find(key);
    if (node == nullptr) {
        return {};
    }
    const auto as_table = [&](const toml::node& item, std::size_t index, bool listed) {
        auto state = std::make_shared<State>();
        state->document = state_->document;
        state->file = state_->file;
        state->prefix =
            state_->prefix + std::string(key) + (listed ? "[" + std::to_string(index) + "]." : ".");
        state->position = item.source().begin;
        if (const auto* text = item.as_string()) {
            state->document = std::make_shared<toml::table>();
            state->document->insert(text_key, text->get());
            state->table = state->document.get();
        } else if (item.is_table()) {
            state->table = item.as_table();
        } else {
            state_->reject(&item, key, "holds " + type_name(item) + ", must hold texts or tables");
        }
        return TomlTable(std::move(state));
    };
    std::vector<TomlTable> result;
    if (const auto* list = node->as_array()) {
        for (const auto& item : *list) {
            result.push_back(as_table(item, result.size(), true));
        }
    } else {
        result.push_back(as_table(*node, 0, false));
    }
    return result;
}

bool TomlTable::holds_table(std::string_view key) const {
    const auto* node = state_->table == nullptr ? nullptr : state_->table->get(key);
    return node != nullptr && (node->is_table() || node->is_array_of_tables());
}

bool TomlTable::holds_list_or_text(std::string_view key) const {
    const auto* node = state_->table == nullptr ? nullptr : state_->table->get(key);
    return node != nullptr && (node->is_array() || node->is_string());
}

void TomlTable::reject_unknown_keys() const {
    if (state_->table == nullptr) {
        return;
    }
    for (const auto& [key, node] : *state_->table) {
        if (!state_->asked.contains(key.str())) {
            std::string known;
            for (const auto& name : state_->asked) {
                known += (known.empty() ? "" : ", ") + name;
            }
            throw core::ConfigError(state_->file + ":" + std::to_string(key.source().begin.line) +
                                    ": " + state_->prefix + std::string(key.str()) +
                                    ": unknown key, known here: " + known);
        }
    }
}

void TomlTable::reject(std::string_view key, std::string_view message) const {
    const auto* node = state_->table == nullptr ? nullptr : state_->table->get(key);
    state_->reject(node, key, message);
}

}  // namespace chiptrail::config
