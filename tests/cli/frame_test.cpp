#include "tests/cli/cli.hpp"

#include <catch2/catch.hpp>

#include <sstream>

using chiptrail::tests::Cli;
using chiptrail::tests::run_program;

namespace {

const std::vector<std::vector<std::string>> kCommands = {{"crawl"},
                                                         {"scan"},
                                                         {"hits"},
                                                         {"show"},
                                                         {"review"},
                                                         {"export"},
                                                         {"sources"},
                                                         {"sources", "test"},
                                                         {"extract"},
                                                         {"eval"},
                                                         {"demo"},
                                                         {"doctor"},
                                                         {"completion"},
                                                         {"man"}};

std::size_t longest_line(const std::string& text) {
    std::istringstream lines(text);
    std::size_t longest = 0;
    for (std::string line; std::getline(lines, line);) {
        // An example is for copying, so it is never broken.
        longest = line.starts_with("  chiptrail ") ? longest : std::max(longest, line.size());
    }
    return longest;
}

}  // namespace

TEST_CASE("cli: --version names program and version on stdout", "[cli]") {
    const auto result = Cli()({"--version"});

    CHECK(result.exit_code == 0);
    CHECK_THAT(result.out, Catch::Matches("chiptrail [0-9]+\\.[0-9]+\\.[0-9]+\n"));
    CHECK(result.err.empty());
}

TEST_CASE("cli: every command has a page with usage, options and an example", "[cli]") {
    const Cli chiptrail;
    for (auto words : kCommands) {
        std::string path = "chiptrail";
        for (const auto& word : words) {
            path += " " + word;
        }
        CAPTURE(path);
        words.emplace_back("--help");
        const auto result = chiptrail(words);
        CHECK(result.exit_code == 0);
        CHECK(result.err.empty());
        CHECK_THAT(result.out, Catch::Contains("Usage\n  " + path + " [OPTIONS]"));
        CHECK_THAT(result.out, Catch::Contains("\nOptions\n"));
        CHECK_THAT(result.out, Catch::Contains("\nExamples\n  chiptrail " + path.substr(10)));
        CHECK(longest_line(result.out) <= 100);
        CHECK_THAT(result.out, !Catch::Contains("\x1b["));
    }
}

TEST_CASE("cli: the main page lists every command with what it does", "[cli]") {
    const auto result = Cli()({"--help"});

    CHECK(result.exit_code == 0);
    for (const auto& words : kCommands) {
        CAPTURE(words.front());
        CHECK_THAT(result.out, Catch::Contains("\n  " + words.front() + " "));
    }
}

TEST_CASE("cli: wrong usage is exit code 2, names the mistake and where help is", "[cli]") {
    struct Row {
        const char* why;
        std::vector<std::string> arguments;
        const char* message;
    };
    const auto row = GENERATE(values<Row>({
        {"a typing mistake in a command", {"crawll"}, "did you mean 'crawl'?"},
        {"a typing mistake in an option", {"hits", "--brnad", "x"}, "did you mean '--brand'?"},
        {"in an option with a value", {"hits", "--limt=3"}, "did you mean '--limit'?"},
        {"in an option before all commands", {"hits", "--cofnig", "x"}, "did you mean '--config'?"},
        {"a command like nothing known", {"xyzzy"}, "has no command 'xyzzy'."},
        {"a word too many", {"man", "bash"}, "does not know what to do with 'bash'"},
        {"a missing argument", {"scan"}, "PATH is required"},
        {"a missing option", {"extract", "page.html"}, "--url is required"},
        {"a number out of range", {"hits", "--min-score", "2"}, "--min-score"},
        {"no number", {"hits", "--limit", "many"}, "--limit"},
        {"an unknown choice", {"completion", "tcsh"}, "bash,zsh,fish"},
        {"a time that is none", {"hits", "--since", "yesterday"}, "2026-11-23"},
        {"nothing to export", {"export", "-o", "x"}, "name the hits to export"},
        {"a bad escape sequence", {"\x1b[31mred"}, "has no command '[31mred'"},
    }));
    CAPTURE(row.why);
    const Cli chiptrail;
    chiptrail(row.arguments);

    const auto result = chiptrail(row.arguments);
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    CHECK_THAT(result.err, Catch::StartsWith("chiptrail: ") && Catch::Contains(row.message));
}

TEST_CASE("cli: no command at all is wrong usage and shows the page on stderr", "[cli]") {
    const auto result = Cli()({});

    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    CHECK_THAT(result.err, Catch::Contains("Commands"));
}

TEST_CASE("cli: a full disk under stdout is reported, not passed over", "[cli]") {
    const Cli chiptrail;
    auto options = chiptrail.options();
    options.output = "/dev/full";

    const auto result = chiptrail.run({"man"}, options);
    CHECK(result.exit_code == 1);
    CHECK_THAT(result.err, Catch::Contains("No space left on device"));
}

TEST_CASE("cli: the manual page is clean roff and has every command", "[cli]") {
    const Cli chiptrail;
    const auto page = chiptrail({"man"});

    CHECK(page.exit_code == 0);
    CHECK_THAT(page.out, Catch::StartsWith(".TH CHIPTRAIL 1"));
    CHECK_THAT(page.out, Catch::Contains(".SS chiptrail sources test"));
    const auto file = chiptrail.file("chiptrail.1", page.out);
    const auto shown = run_program("/usr/bin/man", {"--warnings", "-E", "UTF-8", "-l", file});
    CHECK(shown.exit_code == 0);
    CHECK(shown.err.empty());
    CHECK_THAT(shown.out, Catch::Contains("EXIT STATUS"));
}

TEST_CASE("cli: bash completes commands, options, choices and values", "[cli]") {
    struct Row {
        const char* typed;  // The last word is the one to complete.
        const char* reply;
    };
    const auto row = GENERATE(values<Row>({
        {"chiptrail cr", "crawl"},
        {"chiptrail hits --min", "--min-score"},
        {"chiptrail hits --decision con", "confirmed"},
        {"chiptrail completion z", "zsh"},
        {"chiptrail sources te", "test"},
        {"chiptrail sources test --fi", "--file"},
    }));
    CAPTURE(row.typed);
    const Cli chiptrail;
    const auto script = chiptrail({"completion", "bash"});
    CHECK(script.exit_code == 0);
    const auto file = chiptrail.file("completion.bash", script.out);

    const auto result =
        run_program("/bin/bash",
                    {"-c",
                     "set -eu; source \"$1\"; read -ra COMP_WORDS <<<\"$2\"; "
                     "COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _chiptrail; echo \"${COMPREPLY[*]}\"",
                     "bash",
                     file,
                     row.typed});
    CHECK(result.err.empty());
    CHECK(result.out == std::string(row.reply) + "\n");
}

TEST_CASE("cli: completion for zsh and fish names commands and options", "[cli]") {
    const Cli chiptrail;
    const auto zsh = chiptrail({"completion", "zsh"});
    const auto fish = chiptrail({"completion", "fish"});

    CHECK_THAT(zsh.out,
               Catch::StartsWith("#compdef chiptrail\n") && Catch::Contains("--min-score"));
    CHECK_THAT(fish.out,
               Catch::Contains("complete -c chiptrail") && Catch::Contains("-l min-score"));
    for (const auto& [shell, script] :
         {std::pair{"/usr/bin/zsh", zsh.out}, std::pair{"/usr/bin/fish", fish.out}}) {
        if (std::filesystem::exists(shell)) {
            const auto checked = run_program(shell, {"-n", chiptrail.file("completion", script)});
            CHECK(checked.exit_code == 0);
            CHECK(checked.err.empty());
        }
    }
}
