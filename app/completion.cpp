#include "app/command_tree.hpp"

#include <algorithm>
#include <functional>

namespace chiptrail::app {

namespace {

bool takes_path(const OptionInfo& option) {
    return option.placeholder == "FILE" || option.placeholder == "FOLDER" ||
           option.placeholder == "PATH";
}

void for_each_command(const CommandInfo& command,
                      const std::function<void(const CommandInfo&)>& visit) {
    visit(command);
    for (const auto& child : command.commands) {
        for_each_command(child, visit);
    }
}

/// "_chiptrail_sources_test": a name that every shell takes.
std::string function_name(const CommandInfo& command) {
    std::string name = "_" + command.path;
    for (char& c : name) {
        if (c == ' ' || c == '-') {
            c = '_';
        }
    }
    return name;
}

std::string option_words(const CommandInfo& command) {
    std::string words;
    for (const auto& option : command.options) {
        if (!option.positional) {
            for (const auto& name : option.names) {
                words += (words.empty() ? "" : " ") + name;
            }
        }
    }
    return words;
}

std::string joined(const std::vector<std::string>& parts) {
    std::string out;
    for (const auto& part : parts) {
        out += (out.empty() ? "" : " ") + part;
    }
    return out;
}

std::string argument_words(const CommandInfo& command) {
    std::string words;
    for (const auto& child : command.commands) {
        words += (words.empty() ? "" : " ") + child.text.name;
    }
    for (const auto& option : command.options) {
        if (option.positional && !option.choices.empty()) {
            words += (words.empty() ? "" : " ") + joined(option.choices);
        }
    }
    return words;
}

std::string bash_value_cases(const CommandInfo& command) {
    std::string out;
    for (const auto& option : command.options) {
        if (option.positional || option.placeholder.empty()) {
            continue;
        }
        out += "        \"" + command.path + "\":" + option.names.front();
        for (std::size_t i = 1; i < option.names.size(); ++i) {
            out += "|\"" + command.path + "\":" + option.names[i];
        }
        if (!option.choices.empty()) {
            out += ") COMPREPLY=($(compgen -W '" + joined(option.choices) + "' -- \"$word\"));;\n";
        } else if (option.placeholder == "FOLDER") {
            out += ") COMPREPLY=($(compgen -d -- \"$word\"));;\n";
        } else if (takes_path(option)) {
            out += ") COMPREPLY=($(compgen -f -- \"$word\"));;\n";
        } else {
            out += ") COMPREPLY=();;\n";
        }
    }
    return out;
}

std::string bash_script(const CommandInfo& root) {
    std::string commands;
    std::string values;
    std::string words;
    for_each_command(root, [&](const CommandInfo& command) {
        if (&command != &root) {
            commands += "            \"" + command.path + "\") command=$next;;\n";
        }
        values += bash_value_cases(command);
        words += "        \"" + command.path + "\") options='" + option_words(command) +
                 "'; arguments='" + argument_words(command) + "';;\n";
    });
    return "# bash completion for chiptrail\n"
           "_chiptrail() {\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
           "    local command=chiptrail next i options arguments\n"
           "    COMPREPLY=()\n"
           "    for ((i = 1; i < COMP_CWORD; ++i)); do\n"
           "        next=\"$command ${COMP_WORDS[i]}\"\n"
           "        case $next in\n" +
           commands +
           "        esac\n"
           "    done\n"
           "    case $command:$previous in\n" +
           values +
           "    *)\n"
           "    case $command in\n" +
           words +
           "    esac\n"
           "    if [[ $word == -* ]]; then\n"
           "        COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
           "    elif [[ -n $arguments ]]; then\n"
           "        COMPREPLY=($(compgen -W \"$arguments\" -- \"$word\"))\n"
           "    else\n"
           "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
           "    fi;;\n"
           "    esac\n"
           "}\n"
           "complete -o filenames -F _chiptrail chiptrail\n";
}

/// Text inside '...[...]' of zsh's _arguments.
std::string zsh_text(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '\'') {
            out += "'\\''";
        } else if (c == '[' || c == ']' || c == ':' || c == '\\') {
            out += '\\';
            out += c;
        } else {
            out += c;
        }
    }
    return out;
}

std::string zsh_action(const OptionInfo& option) {
    if (!option.choices.empty()) {
        return "(" + joined(option.choices) + ")";
    }
    if (option.placeholder == "FOLDER") {
        return "_files -/";
    }
    return takes_path(option) ? "_files" : "";
}

std::string zsh_options(const CommandInfo& command) {
    std::string out;
    for (const auto& option : command.options) {
        const auto value = option.placeholder.empty()
                               ? ""
                               : ":" + zsh_text(option.placeholder) + ":" + zsh_action(option);
        if (option.positional) {
            out += " \\\n        '" + std::string(option.repeats ? "*" : "") + value + "'";
            continue;
        }
        for (const auto& name : option.names) {
            out += " \\\n        '" + name + "[" + zsh_text(option.description) + "]" + value + "'";
        }
    }
    return out;
}

std::string zsh_function(const CommandInfo& command) {
    std::string out = function_name(command) + "() {\n";
    if (command.commands.empty()) {
        return out + "    _arguments -s" + zsh_options(command) + "\n}\n";
    }
    out += "    local context state line\n    typeset -A opt_args\n    _arguments -C -s" +
           zsh_options(command) +
           " \\\n        '1:command:->command' '*::argument:->argument'\n"
           "    case $state in\n    command)\n        local -a commands=(";
    for (const auto& child : command.commands) {
        out += "\n            '" + child.text.name + ":" + zsh_text(child.text.summary) + "'";
    }
    out += ")\n        _describe command commands;;\n    argument)\n        case $line[1] in\n";
    for (const auto& child : command.commands) {
        out += "        " + child.text.name + ") " + function_name(child) + ";;\n";
    }
    return out + "        esac;;\n    esac\n}\n";
}

std::string zsh_script(const CommandInfo& root) {
    std::string out = "#compdef chiptrail\n";
    for_each_command(root, [&](const CommandInfo& command) { out += zsh_function(command); });
    return out +
           "if [ \"$funcstack[1]\" = _chiptrail ]; then\n    _chiptrail \"$@\"\nelse\n"
           "    compdef _chiptrail chiptrail\nfi\n";
}

std::string fish_text(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '\'' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    return "'" + out + "'";
}

std::string fish_condition(const CommandInfo& root, const CommandInfo& command) {
    if (&command == &root) {
        return "__fish_use_subcommand";
    }
    std::string out;
    for (std::size_t from = root.path.size() + 1; from < command.path.size();) {
        const auto end = std::min(command.path.find(' ', from), command.path.size());
        out += (out.empty() ? "" : "; and ") + std::string("__fish_seen_subcommand_from ") +
               command.path.substr(from, end - from);
        from = end + 1;
    }
    return out;
}

std::string fish_option(const OptionInfo& option, const std::string& start) {
    std::string out = start;
    for (const auto& name : option.names) {
        out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    if (!option.placeholder.empty()) {
        out += takes_path(option) ? " -r -F" : " -x";
    }
    if (!option.choices.empty()) {
        out += " -a " + fish_text(joined(option.choices));
    }
    return out + " -d " + fish_text(option.description) + '\n';
}

std::string fish_script(const CommandInfo& root) {
    std::string out = "# fish completion for chiptrail\n";
    for_each_command(root, [&](const CommandInfo& command) {
        const auto start = "complete -c chiptrail -n " + fish_text(fish_condition(root, command));
        for (const auto& child : command.commands) {
            out +=
                start + " -f -a " + child.text.name + " -d " + fish_text(child.text.summary) + '\n';
        }
        for (const auto& option : command.options) {
            if (!option.positional) {
                out += fish_option(option, start);
            } else if (!option.choices.empty()) {
                out += start + " -f -a " + fish_text(joined(option.choices)) + '\n';
            }
        }
    });
    return out;
}

}  // namespace

std::string completion_script(const CommandInfo& root, const std::string& shell) {
    if (shell == "bash") {
        return bash_script(root);
    }
    return shell == "zsh" ? zsh_script(root) : fish_script(root);
}

}  // namespace chiptrail::app
