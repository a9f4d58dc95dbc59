// A pattern as a user could mistype it, and text as a stranger could write it: nothing hangs,
// nothing is found outside the text, and what is found is found again where it stands alone.
#include "vision/model_grammar.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace chiptrail;

vision::Lexicon lexicon_with(const std::string& pattern) {
    vision::Lexicon lexicon;
    vision::Brand acme;
    acme.key = "acme";
    acme.name = "Acme";
    acme.spellings = {"Acme", "爱克美"};
    lexicon.brands = {acme};
    vision::ModelFamily family;
    family.name = "Acme server";
    family.brand = "acme";
    family.patterns = {"SYS-{height: 1|2|4}{2 digits}{family: 1-3 letters}-{2-8 letters}",
                       "ProBox DL{3 digits}[{variant: a|e}][ Gen{1-2 digits}[ Plus]]"};
    family.with_vendor = {"R{3 digits}[{variant: xa|xd}]"};
    if (vision::pattern_problem(pattern, vision::PatternUse::with_vendor).empty()) {
        family.with_vendor.push_back(pattern);
    }
    lexicon.families = {family};
    lexicon.models = {{"box", "acme", "server", {"SYS-#21GE-T*"}, {}, "", "", ""}};
    return lexicon;
}

}  // namespace

/// The first line is a pattern, the rest is text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto line = std::min(bytes.find('\n'), bytes.size());
    const auto text = bytes.substr(std::min(line + 1, bytes.size()));
    const vision::ModelGrammar grammar(lexicon_with(std::string(bytes.substr(0, line))));
    static_cast<void>(grammar.may_be_part(text));
    std::size_t last = 0;
    for (const auto& found : grammar.find(text, "Acme")) {
        const bool inside =
            found.begin >= last && found.begin < found.end && found.end <= text.size();
        if (!inside || found.text.empty() || found.lookalikes > found.characters) {
            std::abort();
        }
        last = found.end;
        const auto alone = text.substr(found.begin, found.end - found.begin);
        if (grammar.find(alone, "Acme").empty()) {
            std::abort();
        }
    }
    return 0;
}
