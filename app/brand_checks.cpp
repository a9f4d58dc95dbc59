#include "app/brand_checks.hpp"

#include "core/unicode.hpp"
#include "vision/match.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace chiptrail::app {

namespace {

// What is printed on devices, labels and boxes everywhere, and what people write under photos.
constexpr std::string_view kOrdinaryWords =
    "about above access action active adapter address after again air alarm alert all alone also "
    "always amber amp analog and antenna any area array assembled assembly attention audio auto "
    "available back backup bank bar barcode base basic battery bay before below best between bios "
    "black blade blue board body boot bottom box bracket brand bridge bright broken buffer build "
    "bus button buy cable cache cage calibrated call camera can cap capacity card care carrier "
    "case caution cell center central certified chain change channel charge chassis check china "
    "chip choice circuit class clean clear clock close closed cloud code cold color com comment "
    "common compact company computer conform connect connection connector console contact control "
    "controller cool cooling copper copy core corner cover create critical current custom customer "
    "cut damage danger dark data date day deal dealer default delivery design desk detail device "
    "diag diagnostic digital direct disc disconnect discount disk display do dock document done "
    "door double down drive driver dual duty each earth east easy edge edit electric electronic "
    "empty enable end energy engine engineering enter enterprise entry equal equipment error "
    "ethernet event every exit expansion expert express extended external face factory fail fan "
    "fast fault feature fiber field file fill filter final find fine fire first fit fix flash "
    "flat flex floor flow fold follow for force format forum forward frame free fresh from front "
    "full function fuse future gate general get gigabit global gold good grade graphics great "
    "green grid ground group guard guide half hand handle hard hardware have head health heat "
    "heavy help here hertz high hold hole home host hot hour house hub human idea image in index "
    "indicator industrial info information input inside install instruction insert integrated "
    "intelligent interface internal international into invoice item jack job join just keep key "
    "keyboard kind kit label lamp large laser last late layer lead leaf learn left length less "
    "level life lift light limit line link list listed live load local lock log logic long look "
    "loop lot loud low machine made main maintenance major make manage management manual map mark "
    "market master match material max media medium member memory menu message metal meter micro "
    "middle mini minus mirror mobile mode model modern module monitor more most motor mount mouse "
    "move much multi music name near need network never new next night node noise non normal "
    "north not notice number off office oil old on one online only open optical option orange "
    "order origin other out output over own pack packet page paid panel paper part pass password "
    "patent path pay phase phone photo pin place plan plastic plate play please plug plus point "
    "policy pool port position post power present press pressure preview price print printer pro "
    "problem product production program protect protection public pull pump push quality quantity "
    "quick quiet rack radio rail range rate raw read ready real rear receive record red reference "
    "region register release remote remove repair replace report reserved reset resource restart "
    "return right ring risk road robust room root rotate router row run running safe safety sale "
    "sample save scan screen screw search second secure security select sell send sensor serial "
    "series serve server service session set shelf ship shipping shop short show side sign signal "
    "silver simple single site size sleep slide slot slow small smart socket soft software solid "
    "solution sound source south space spare special speed spring stack standard standby star "
    "start state static station status step still stock stop storage store story stream strong "
    "style super supply support surface switch symbol system table tag take tape target team tech "
    "technology telecom temperature terminal test text thermal thin this ticket time tip title "
    "token tool top total touch tower track trade traffic train transfer transit transport tray "
    "tube turbo turn twin type under unit universal unlock up update upgrade upper use used user "
    "value valve vent version vertical very video view virtual vision void voltage volume wait "
    "wall warning warranty waste watch water watt wave way web week weight west wheel white wide "
    "width wifi wind window wire wireless with without wood word work world year yellow yes zero "
    "zone arbeit ausgang eingang gerät hersteller modell netz seite spannung strom verkauf neu "
    "gebraucht original occasion neuf vendu prix nuevo usado venta precio";

std::size_t letters_in(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(core::fold(text).text, core::is_word));
}

bool is_ideographic(std::string_view text) {
    return std::ranges::any_of(core::fold(text).text, core::is_ideographic);
}

/// As a reader would give it: alone on its line, without doubt.
vision::Reading read_as(const std::string& text, int line) {
    vision::Reading reading;
    reading.text = text;
    reading.confidence = 0.97;
    reading.characters.assign(core::decode_utf8(text).size(), 0.97);
    reading.height = 30;
    const double top = 60.0 * line;
    reading.quad = {core::Point{10, top}, {600, top}, {600, top + 30}, {10, top + 30}};
    return reading;
}

constexpr vision::PhotoSize kPage{640, 60'000};

/// For each text what is found in it: brand keys.
std::vector<std::vector<std::string>> brands_in(const std::vector<std::string>& texts,
                                                const vision::Lexicon& lexicon) {
    const vision::Matcher matcher(lexicon);
    std::vector<std::vector<std::string>> result;
    for (const auto& text : texts) {
        std::vector<std::string> keys;
        for (const auto& finding : matcher.match({read_as(text, 0)}, kPage)) {
            if (finding.kind != core::FindingKind::model) {
                keys.push_back(finding.brand);
            }
        }
        result.push_back(std::move(keys));
    }
    return result;
}

vision::Lexicon only(const vision::Brand& brand) {
    vision::Lexicon lexicon;
    lexicon.brands.push_back(brand);
    return lexicon;
}

/// The brand with one of its names alone, so that a problem is told of the one that has it.
vision::Brand with_only(const vision::Brand& brand, const std::string& name, bool misreading) {
    auto result = brand;
    result.spellings = {name};
    result.misreadings.clear();
    result.product_lines.clear();
    if (misreading) {
        result.spellings = brand.spellings;
        result.misreadings = {name};
    }
    return result;
}

std::vector<std::string> ordinary_words() {
    std::vector<std::string> words;
    std::istringstream stream{std::string(kOrdinaryWords)};
    for (std::string word; stream >> word;) {
        words.push_back(word);
        if (word.size() > 2) {
            std::string capitals = word;
            std::ranges::transform(capitals, capitals.begin(), [](char c) {
                return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
            });
            words.push_back(std::move(capitals));
        }
    }
    return words;
}

struct OtherName {
    std::string brand;
    std::string text;
};

std::vector<OtherName> names_of_others(const vision::Lexicon& lexicon, const std::string& key) {
    std::vector<OtherName> names;
    for (const auto& other : lexicon.brands) {
        if (other.key == key) {
            continue;
        }
        for (const auto* list : {&other.spellings, &other.product_lines}) {
            for (const auto& text : *list) {
                names.push_back({other.name, text});
            }
        }
    }
    return names;
}

class Checker {
public:
    Checker(const vision::Brand& brand, const vision::Lexicon& lexicon)
        : brand_(brand), others_(names_of_others(lexicon, brand.key)), words_(ordinary_words()) {
        for (const auto& other : lexicon.brands) {
            if (other.key != brand.key) {
                other_brands_.brands.push_back(other);
            }
        }
    }

    void check(const std::string& name, bool misreading, std::vector<SpellingProblem>& problems) {
        const auto what = problem_of(name, misreading);
        if (!what.empty()) {
            problems.push_back({name, what});
        }
    }

private:
    [[nodiscard]] std::string problem_of(const std::string& name, bool misreading) const {
        if (letters_in(name) < (is_ideographic(name) ? 2U : 3U)) {
            return "is too short: so few letters stand on every board and label, for something "
                   "else";
        }
        if (auto problem = taken_for_another(name); !problem.empty()) {
            return problem;
        }
        const auto alone = only(with_only(brand_, name, misreading));
        std::vector<std::string> texts = words_;
        for (const auto& other : others_) {
            texts.push_back(other.text);
        }
        const auto found = brands_in(texts, alone);
        for (std::size_t i = 0; i < texts.size(); ++i) {
            if (found[i].empty()) {
                continue;
            }
            return i < words_.size()
                       ? fmt::format("would be found in the ordinary word '{}'", texts[i])
                       : fmt::format("would be found where {} prints '{}'",
                                     others_[i - words_.size()].brand,
                                     texts[i]);
        }
        return {};
    }

    [[nodiscard]] std::string taken_for_another(const std::string& name) const {
        const auto found = brands_in({name}, other_brands_);
        if (found.front().empty()) {
            return {};
        }
        return fmt::format("is what {} is found by: one of the two would hide the other",
                           other_brands_.find_brand(found.front().front())->name);
    }

    const vision::Brand& brand_;
    vision::Lexicon other_brands_;
    std::vector<OtherName> others_;
    std::vector<std::string> words_;
};

}  // namespace

std::string brand_key(std::string_view name) {
    std::string key;
    for (const char32_t c : core::fold(name).text) {
        const bool word = (c >= U'a' && c <= U'z') || (c >= U'0' && c <= U'9');
        if (word) {
            key += static_cast<char>(c);
        } else if (!key.empty() && !key.ends_with('-')) {
            key += '-';
        }
    }
    key = key.substr(0, 40);
    while (key.ends_with('-')) {
        key.pop_back();
    }
    return key;
}

std::vector<SpellingProblem> spelling_problems(const vision::Brand& brand,
                                               const vision::Lexicon& lexicon) {
    Checker checker(brand, lexicon);
    std::vector<SpellingProblem> problems;
    for (const auto& name : brand.spellings) {
        checker.check(name, false, problems);
    }
    for (const auto& name : brand.product_lines) {
        checker.check(name, false, problems);
    }
    for (const auto& name : brand.misreadings) {
        checker.check(name, true, problems);
    }
    return problems;
}

}  // namespace chiptrail::app
