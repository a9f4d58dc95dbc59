#pragma once

// Which names mean what: brands and model names with all that is known about how they look in
// print and how a reader mistakes them. A plain value; config/lexicon_reader.hpp fills it from
// config/brands.toml and config/watchlist.toml, which explain every field to their user.

#include "core/term_matcher.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::vision {

struct Brand {
    std::string key;                         ///< "dell": stored with findings, never shown alone
    std::string name;                        ///< "Dell": for people
    std::vector<std::string> spellings;      ///< as printed, any script: "Inspur", "浪潮"
    std::vector<std::string> misreadings;    ///< what readers make of the mark: "/SUS"
    std::vector<std::string> not_in;         ///< words that resemble the name, as core::Term
    std::vector<std::string> product_lines;  ///< imply the brand: "PowerEdge", "GeForce"
    std::vector<std::string> companions;     ///< words read as one with the name: "inside"
    bool match_case = false;                 ///< spellings count only in the case they are written
    bool whole_word = false;                 ///< always true for spellings under five letters
    double min_confidence = 0;        ///< of the reader; 0: by length, strict for short names
    std::vector<std::string> images;  ///< files with pictures of its mark, as they can be opened

    friend bool operator==(const Brand&, const Brand&) = default;
};

struct Model {
    std::string name;                    ///< canonical: "NVIDIA H100"
    std::string brand;                   ///< key of a Brand; may be empty
    std::string group;                   ///< "accelerator", "server": for filters
    std::vector<std::string> spellings;  ///< in the syntax of core::Term
    std::vector<std::string> needs;      ///< as in core::Term
    std::string control;                 ///< "ECCN 3A090.a", for people
    std::string rule;                    ///< where that is written
    std::string basis;  ///< how the control was found out: "not verified", "named by its maker"

    friend bool operator==(const Model&, const Model&) = default;
};

/// What a value of a named part tells: part "family", value "GE", meaning "for graphics cards".
struct PartMeaning {
    std::string part;
    std::string value;
    std::string meaning;
    bool accelerators = false;  ///< with it the product is built for accelerators

    friend bool operator==(const PartMeaning&, const PartMeaning&) = default;
};

/// How a maker builds the numbers of a kind of product; vision/model_grammar.hpp reads by it.
struct ModelFamily {
    std::string name;                      ///< "Supermicro server", for people; unique
    std::string brand;                     ///< key of a Brand
    std::string group;                     ///< "server", "switch", "part number"
    std::vector<std::string> patterns;     ///< count wherever they stand
    std::vector<std::string> with_vendor;  ///< count only where the brand is named too
    std::vector<PartMeaning> meanings;
    bool accelerators = false;  ///< all of the family is built for accelerators

    friend bool operator==(const ModelFamily&, const ModelFamily&) = default;
};

struct Lexicon {
    std::vector<Brand> brands;
    std::vector<Model> models;
    std::vector<ModelFamily> families;
    std::vector<std::string> search_terms;  ///< what {term} in a source's start URLs stands for

    /// Null when there is none.
    [[nodiscard]] const Brand* find_brand(std::string_view key) const;
    [[nodiscard]] const Model* find_model(std::string_view name) const;
    /// The models as terms, same order, for flagging the text of posts.
    [[nodiscard]] std::vector<core::Term> model_terms() const;

    friend bool operator==(const Lexicon&, const Lexicon&) = default;
};

}  // namespace chiptrail::vision
