#pragma once

// Model and part numbers as their makers build them: SYS-{3 digits}{2-4 letters}-..., read out of
// text that a camera or a stranger garbled. config/families.toml explains the patterns to its
// user; config/lexicon_reader.hpp fills ModelFamily from it. Plain text in, candidates out: the
// same for a label on a photo and for the text of a post.

#include "vision/lexicon.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::vision {

/// A named part of a model number: {"family", "GE", "for graphics cards"}.
struct ModelPart {
    std::string name;
    std::string value;    ///< as its maker writes it
    std::string meaning;  ///< empty when the family says nothing about that value

    friend bool operator==(const ModelPart&, const ModelPart&) = default;
};

struct ModelCandidate {
    std::size_t family = 0;     ///< index into Lexicon::families
    std::string text;           ///< as its maker writes it: "SYS-421GE-TNRT"
    std::string name;           ///< with its maker: "Supermicro SYS-421GE-TNRT"
    std::string brand;          ///< key of a Brand
    std::string group;          ///< of the family: "server", "part number"
    std::string pattern;        ///< the one that matched, as in the configuration
    bool accelerators = false;  ///< the number says that it is built for them
    std::vector<ModelPart> parts;
    std::size_t begin = 0;               ///< bytes of the text
    std::size_t end = 0;                 ///< one past the last byte
    std::size_t characters = 0;          ///< letters and digits that were compared
    std::size_t lookalikes = 0;          ///< of them, those that only resemble: 0 for O, 5 for S
    std::optional<std::size_t> watched;  ///< index into Lexicon::models; absent: not on the list

    friend bool operator==(const ModelCandidate&, const ModelCandidate&) = default;
};

/// Where and why a pattern cannot be used: "{3 digit-s}: ... is no kind; digits, letters, ...".
/// Empty when it can. `alone`: the pattern shall count without its vendor's name near it, so it
/// must not be what ordinary text is full of.
enum class PatternUse { alone, with_vendor };
[[nodiscard]] std::string pattern_problem(std::string_view pattern, PatternUse use);

/// Immutable after construction: threads may share it.
class ModelGrammar {
public:
    /// Copies what it needs. Patterns that pattern_problem() refuses are left out.
    explicit ModelGrammar(const Lexicon& lexicon);
    ~ModelGrammar();
    ModelGrammar(ModelGrammar&&) noexcept;
    ModelGrammar& operator=(ModelGrammar&&) noexcept;

    /// In text order, none inside another; of those that begin together the one that explains
    /// more. Any bytes are accepted; only the first 64 KiB are read, at most 200 are returned.
    /// `context` is more text in which the vendor's name may stand, such as the rest of the photo
    /// or the post's title; patterns that need it are skipped without.
    [[nodiscard]] std::vector<ModelCandidate> find(std::string_view text,
                                                   std::string_view context = {}) const;

    /// True when a model number may go on from here on the next line or come from the line
    /// before: holds a word such as DGX or SYS, or is short and holds a digit.
    [[nodiscard]] bool may_be_part(std::string_view line) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chiptrail::vision
