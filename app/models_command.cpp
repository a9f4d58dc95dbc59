#include "app/command.hpp"
#include "app/opened.hpp"
#include "app/terminal.hpp"
#include "core/result.hpp"
#include "core/term_matcher.hpp"
#include "vision/model_grammar.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>

namespace chiptrail::app {

namespace {

constexpr std::size_t kMaxLineBytes = std::size_t{64} * 1024;

struct ModelsArguments {
    std::vector<std::string> texts;
    std::string context;
    bool json = false;
};

/// A name of the watch-list that no family builds: "Gaudi" in a post.
struct ListedName {
    std::string text;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t model = 0;
};

struct Explained {
    std::string text;
    std::vector<vision::ModelCandidate> candidates;
    std::vector<ListedName> listed;
};

class Explainer {
public:
    explicit Explainer(const vision::Lexicon& lexicon)
        : grammar_(lexicon), listed_(lexicon.model_terms()) {}

    [[nodiscard]] Explained explain(const std::string& text, const std::string& context) const {
        Explained result;
        result.text = text.substr(0, kMaxLineBytes);
        result.candidates = grammar_.find(result.text, context);
        for (const auto& match : listed_.find(result.text, context)) {
            const bool known =
                std::ranges::any_of(result.candidates, [&](const vision::ModelCandidate& c) {
                    return c.begin < match.end && match.begin < c.end;
                });
            if (!known) {
                result.listed.push_back({result.text.substr(match.begin, match.end - match.begin),
                                         match.begin,
                                         match.end,
                                         match.term});
            }
        }
        return result;
    }

private:
    vision::ModelGrammar grammar_;
    core::TermMatcher listed_;
};

void print_field(std::string_view name, const std::string& value) {
    if (!value.empty()) {
        std::cout << "    " << fmt::format("{:<12}", name) << harmless(value) << '\n';
    }
}

void print_watched(const vision::Model* model) {
    if (model == nullptr) {
        print_field("watch-list", "not on it");
        return;
    }
    print_field("watch-list", model->name);
    print_field("control", model->control);
    print_field("rule", model->rule);
    print_field("basis", model->basis);
}

void print_candidate(const vision::ModelCandidate& candidate,
                     const std::string& text,
                     const vision::Lexicon& lexicon) {
    std::cout << styled(harmless(candidate.name), Style::bold, Stream::output) << '\n';
    auto read = text.substr(candidate.begin, candidate.end - candidate.begin);
    if (candidate.lookalikes > 0) {
        read += fmt::format(
            " ({} of {} characters only resemble)", candidate.lookalikes, candidate.characters);
    }
    print_field("read from", read);
    print_field("family", lexicon.families[candidate.family].name);
    print_field("kind",
                candidate.group + (candidate.accelerators ? ", built for accelerators" : ""));
    for (const auto& part : candidate.parts) {
        print_field(part.name, part.value + (part.meaning.empty() ? "" : ": " + part.meaning));
    }
    print_field("pattern", candidate.pattern);
    print_watched(candidate.watched ? &lexicon.models[*candidate.watched] : nullptr);
}

void print_text(const Explained& explained, const vision::Lexicon& lexicon) {
    for (const auto& candidate : explained.candidates) {
        print_candidate(candidate, explained.text, lexicon);
    }
    for (const auto& name : explained.listed) {
        std::cout << styled(harmless(name.text), Style::bold, Stream::output) << '\n';
        print_watched(&lexicon.models[name.model]);
    }
    if (explained.candidates.empty() && explained.listed.empty()) {
        std::cout << "no model number in '" << harmless(explained.text) << "'\n";
    }
}

using Json = nlohmann::ordered_json;

Json watched_object(const vision::Model* model) {
    if (model == nullptr) {
        return nullptr;
    }
    return {{"name", model->name},
            {"control", model->control},
            {"rule", model->rule},
            {"basis", model->basis}};
}

void print_json(const Explained& explained, const vision::Lexicon& lexicon) {
    Json models = Json::array();
    for (const auto& candidate : explained.candidates) {
        Json parts = Json::array();
        for (const auto& part : candidate.parts) {
            parts.push_back(
                {{"name", part.name}, {"value", part.value}, {"meaning", part.meaning}});
        }
        models.push_back(
            {{"name", candidate.name},
             {"model", candidate.text},
             {"brand", candidate.brand},
             {"group", candidate.group},
             {"accelerators", candidate.accelerators},
             {"begin", candidate.begin},
             {"end", candidate.end},
             {"characters", candidate.characters},
             {"lookalikes", candidate.lookalikes},
             {"family", lexicon.families[candidate.family].name},
             {"pattern", candidate.pattern},
             {"parts", parts},
             {"watched",
              watched_object(candidate.watched ? &lexicon.models[*candidate.watched] : nullptr)}});
    }
    for (const auto& name : explained.listed) {
        const auto& model = lexicon.models[name.model];
        models.push_back({{"name", name.text},
                          {"model", name.text},
                          {"brand", model.brand},
                          {"group", model.group},
                          {"begin", name.begin},
                          {"end", name.end},
                          {"watched", watched_object(&model)}});
    }
    const Json object = {{"text", explained.text}, {"models", models}};
    std::cout << object.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
}

int run_models(const ModelsArguments& arguments, const Globals& globals) {
    const auto config = load_config(globals);
    const auto lexicon = config::load_lexicon(config);
    const Explainer explainer(lexicon);
    bool all_found = true;
    const auto one = [&](const std::string& text) {
        const auto explained = explainer.explain(text, arguments.context);
        all_found = all_found && !(explained.candidates.empty() && explained.listed.empty());
        if (arguments.json) {
            print_json(explained, lexicon);
        } else {
            print_text(explained, lexicon);
        }
    };
    for (const auto& text : arguments.texts) {
        if (text != "-") {
            one(text);
            continue;
        }
        for (std::string line; std::getline(std::cin, line);) {
            one(line);
        }
    }
    return all_found ? kDone : kFailed;
}

}  // namespace

void add_models(CommandLine& line) {
    auto& command = line.add(
        {"models",
         "shows how a text is read as model and part numbers",
         {"For each number: its maker, kind and named parts, the pattern of families.toml that "
          "fits, and what the watch-list says of it: control, the rule that says so, and how "
          "that was found out. Characters that readers confuse (0 and O, 1 and I, 5 and S, 8 and "
          "B) and missing hyphens are set right where the pattern leaves no doubt.",
          "Short numbers such as R760 count only where their maker is named too: in TEXT, or in "
          "--context. The exit code is 1 when a TEXT holds no number."},
         {{"models 'SYS-421GE-TNRT'", "A 4U GPU server of Supermicro; is it watched?"},
          {"models 'R760xa' --context 'Dell'", "A number that needs its maker's name."},
          {"models - < titles.txt", "One text a line."}}});
    const auto arguments = std::make_shared<ModelsArguments>();
    command.add_option("TEXT", arguments->texts, "What was read; - reads lines from stdin.")
        ->required();
    command
        .add_option("--context",
                    arguments->context,
                    "More text from the same photo or post, in which the maker may be named.")
        ->type_name("TEXT");
    command.add_flag("--json", arguments->json, "One JSON object a text.");
    line.on_run(command,
                [arguments](const Globals& globals) { return run_models(*arguments, globals); });
}

}  // namespace chiptrail::app
