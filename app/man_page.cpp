#include "app/command_tree.hpp"

namespace chiptrail::app {

namespace {

/// Plain text as roff: what would be a request or an escape is said literally.
std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '\\':
                out += "\\e";
                break;
            case '-':
                out += "\\-";
                break;
            case '\'':
                out += "\\(aq";
                break;
            case '`':
                out += "\\(ga";
                break;
            case '^':
                out += "\\(ha";
                break;
            case '~':
                out += "\\(ti";
                break;
            default:
                out += c;
        }
    }
    // A line that starts with '.' is a request; \& is nothing and hides it.
    return out.starts_with('.') ? "\\&" + out : out;
}

std::string option_entry(const OptionInfo& option) {
    std::string out = ".TP\n";
    std::string head;
    for (const auto& name : option.names) {
        head += (head.empty() ? "" : ", ") + std::string(option.positional ? "\\fI" : "\\fB") +
                escaped(name) + "\\fR";
    }
    if (!option.placeholder.empty() && !option.positional) {
        head += " \\fI" + escaped(option.placeholder) + "\\fR";
    }
    out += head + '\n' + escaped(option.description);
    for (const auto& choice : option.choices) {
        out += (choice == option.choices.front() ? " One of: " : ", ") + escaped(choice);
    }
    return out + (option.choices.empty() ? "\n" : ".\n");
}

std::string paragraphs(const CommandInfo& command) {
    std::string out;
    for (const auto& paragraph : command.text.details) {
        out += ".PP\n" + escaped(paragraph) + '\n';
    }
    return out;
}

std::string example_entries(const CommandInfo& command) {
    std::string out;
    for (const auto& example : command.text.examples) {
        out +=
            ".TP\n\\fBchiptrail " + escaped(example.line) + "\\fR\n" + escaped(example.what) + '\n';
    }
    return out;
}

std::string command_section(const CommandInfo& command) {
    std::string out = ".SS " + escaped(synopsis(command)) + '\n';
    out += escaped(command.text.summary) + ".\n" + paragraphs(command);
    for (const auto& option : command.options) {
        out += option_entry(option);
    }
    if (!command.text.examples.empty()) {
        out += ".PP\nExamples:\n" + example_entries(command);
    }
    for (const auto& child : command.commands) {
        out += command_section(child);
    }
    return out;
}

constexpr const char* kExitStatus = R"(.SH EXIT STATUS
.TP
0
Done.
.TP
1
Failed; the message names what and the way out.
.TP
2
Wrong usage or configuration.
.TP
3
Done, but some items failed.
.TP
75
Another run holds the lock; try again later.
.TP
130
Interrupted.
)";

constexpr const char* kEnvironment = R"(.SH ENVIRONMENT
.TP
CHIPTRAIL_CONFIG
The configuration file, where \-\-config is not given.
.TP
CHIPTRAIL_DATA
The folder of the store, instead of the configured one.
.TP
CHIPTRAIL_CACHE
Where the models lie; ~/.cache/chiptrail without it.
.TP
NO_COLOR
No colours when set.
)";

}  // namespace

std::string man_page(const CommandInfo& root, const std::string& version) {
    std::string out = ".TH CHIPTRAIL 1 \"\" \"chiptrail " + escaped(version) + "\"\n";
    out += ".SH NAME\nchiptrail \\- " + escaped(root.text.summary) + '\n';
    out += ".SH SYNOPSIS\n" + escaped(synopsis(root)) + '\n';
    out += ".SH DESCRIPTION\n" + paragraphs(root);
    out += ".SH OPTIONS\n";
    for (const auto& option : root.options) {
        out += option_entry(option);
    }
    out += ".SH COMMANDS\n";
    for (const auto& command : root.commands) {
        out += command_section(command);
    }
    out += ".SH EXAMPLES\n" + example_entries(root);
    return out + kExitStatus + kEnvironment;
}

}  // namespace chiptrail::app
