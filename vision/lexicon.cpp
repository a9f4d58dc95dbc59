#include "vision/lexicon.hpp"

#include <algorithm>

namespace chiptrail::vision {

const Brand* Lexicon::find_brand(std::string_view key) const {
    const auto found = std::ranges::find(brands, key, &Brand::key);
    return found == brands.end() ? nullptr : &*found;
}

const Model* Lexicon::find_model(std::string_view name) const {
    const auto found = std::ranges::find(models, name, &Model::name);
    return found == models.end() ? nullptr : &*found;
}

std::vector<core::Term> Lexicon::model_terms() const {
    std::vector<core::Term> terms;
    terms.reserve(models.size());
    for (const auto& model : models) {
        terms.push_back({model.name, model.spellings, model.needs});
    }
    return terms;
}

}  // namespace chiptrail::vision
