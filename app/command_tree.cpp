#include "app/command_tree.hpp"

#include "app/terminal.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <numeric>

namespace chiptrail::app {

namespace {

/// CLI11 appends what its checks accept to the type name: "KIND:{a,b}".
std::vector<std::string> choices_of(const std::string& type) {
    const auto open = type.find('{');
    const auto close = type.rfind('}');
    if (open == std::string::npos || close == std::string::npos || close < open) {
        return {};
    }
    std::vector<std::string> choices;
    std::string rest = type.substr(open + 1, close - open - 1);
    while (!rest.empty()) {
        const auto comma = std::min(rest.find(','), rest.size());
        choices.push_back(rest.substr(0, comma));
        rest.erase(0, comma + 1);
    }
    return choices;
}

OptionInfo describe_option(const CLI::Option& option) {
    OptionInfo info;
    info.positional = option.get_positional();
    info.required = option.get_required();
    info.repeats = option.get_expected_max() > 1;
    info.description = option.get_description();
    const auto type = option.get_type_name();
    info.choices = choices_of(type);
    if (option.get_items_expected_max() > 0) {
        info.placeholder = type.substr(0, type.find_first_of(":{ "));
    }
    if (info.positional) {
        info.names = {option.get_name(true, false)};
        return info;
    }
    for (const auto& name : option.get_snames()) {
        info.names.push_back("-" + name);
    }
    for (const auto& name : option.get_lnames()) {
        info.names.push_back("--" + name);
    }
    return info;
}

CommandInfo describe_below(const CommandLine& line, const CLI::App& command, std::string path) {
    CommandInfo info;
    info.text = line.text_of(command);
    info.path = std::move(path);
    info.runs_alone = line.runs_alone(command);
    for (const auto* option : command.get_options()) {
        if (!option->get_group().empty()) {
            info.options.push_back(describe_option(*option));
        }
    }
    for (const auto* child : command.get_subcommands([](const CLI::App*) { return true; })) {
        info.commands.push_back(describe_below(line, *child, info.path + " " + child->get_name()));
    }
    return info;
}

std::string path_of(const CLI::App& command) {
    const auto* parent = command.get_parent();
    return parent == nullptr ? "chiptrail" : path_of(*parent) + " " + command.get_name();
}

std::string positional_usage(const OptionInfo& option) {
    const auto name = option.names.front() + (option.repeats ? "..." : "");
    return option.required ? name : "[" + name + "]";
}

std::string option_head(const OptionInfo& option) {
    std::string head;
    for (const auto& name : option.names) {
        head += (head.empty() ? "" : ", ") + name;
    }
    return option.placeholder.empty() || option.positional ? head : head + " " + option.placeholder;
}

std::string option_text(const OptionInfo& option) {
    if (option.choices.empty()) {
        return option.description;
    }
    std::string text = option.description + " One of:";
    for (const auto& choice : option.choices) {
        text += (choice == option.choices.front() ? " " : ", ") + choice;
    }
    return text + ".";
}

std::string two_columns(const std::vector<std::pair<std::string, std::string>>& rows,
                        std::size_t width) {
    constexpr std::size_t kMargin = 2;
    constexpr std::size_t kMostLeft = 26;
    std::size_t left = 0;
    for (const auto& [head, text] : rows) {
        left = std::max(left, std::min(head.size(), kMostLeft));
    }
    std::string out;
    for (const auto& [head, text] : rows) {
        const auto indent = kMargin + left + 2;
        auto body = wrapped(text, width, indent);
        out += std::string(kMargin, ' ') + head;
        if (head.size() > left || body.empty()) {
            out += '\n' + body;
        } else {
            out += std::string(indent - kMargin - head.size(), ' ') + body.substr(indent);
        }
    }
    return out;
}

std::string heading(const std::string& text) {
    return '\n' + styled(text, Style::bold, Stream::output) + '\n';
}

std::string options_part(const CommandInfo& command, bool positional, std::size_t width) {
    std::vector<std::pair<std::string, std::string>> rows;
    for (const auto& option : command.options) {
        if (option.positional == positional) {
            rows.emplace_back(option_head(option), option_text(option));
        }
    }
    return rows.empty() ? std::string()
                        : heading(positional ? "Arguments" : "Options") + two_columns(rows, width);
}

std::string as_sentence(std::string text) {
    if (!text.empty() && text.front() >= 'a' && text.front() <= 'z') {
        text.front() = static_cast<char>(text.front() - 'a' + 'A');
    }
    return text + ".";
}

std::size_t edit_distance(const std::string& a, const std::string& b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto above = row[j];
            row[j] =
                std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row[b.size()];
}

}  // namespace

CommandInfo describe(const CommandLine& line) {
    return describe(line, line.root());
}

CommandInfo describe(const CommandLine& line, const CLI::App& command) {
    return describe_below(line, command, path_of(command));
}

std::string synopsis(const CommandInfo& command) {
    std::string out = command.path + " [OPTIONS]";
    if (!command.commands.empty()) {
        out += command.runs_alone ? " [COMMAND]" : " COMMAND";
    }
    for (const auto& option : command.options) {
        if (option.positional) {
            out += " " + positional_usage(option);
        }
    }
    return out;
}

std::string help_page(const CommandInfo& command, std::size_t width) {
    std::string out = wrapped(as_sentence(command.text.summary), width, 0);
    out += heading("Usage") + "  " + synopsis(command) + '\n';
    for (const auto& paragraph : command.text.details) {
        out += '\n' + wrapped(paragraph, width, 0);
    }
    if (!command.commands.empty()) {
        std::vector<std::pair<std::string, std::string>> rows;
        for (const auto& child : command.commands) {
            rows.emplace_back(child.text.name, child.text.summary);
        }
        out += heading("Commands") + two_columns(rows, width);
    }
    out += options_part(command, true, width);
    out += options_part(command, false, width);
    if (!command.text.examples.empty()) {
        out += heading("Examples");
        for (const auto& example : command.text.examples) {
            out += "  chiptrail " + example.line + '\n' + wrapped(example.what, width, 6);
        }
    }
    return out;
}

std::string closest(const std::string& typed, const std::vector<std::string>& known) {
    const auto allowed = std::max<std::size_t>(1, std::min<std::size_t>(typed.size() / 3, 3));
    std::string best;
    std::size_t best_distance = allowed + 1;
    for (const auto& name : known) {
        const auto distance = edit_distance(typed, name);
        if (distance < best_distance) {
            best = name;
            best_distance = distance;
        }
    }
    return best;
}

}  // namespace chiptrail::app
