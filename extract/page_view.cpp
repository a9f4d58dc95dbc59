#include "extract/page_view.hpp"

#include "core/text.hpp"
#include "extract/script_variable.hpp"

#include <array>

namespace chiptrail::extract {

PageView::PageView(const Page& page, const Extractor::Options& options)
    : page_(page),
      decoded_(decode_to_utf8(page.body.substr(0, options.max_body_bytes), page.content_type)) {
    limits_.max_depth = options.max_depth;
}

const HtmlDocument& PageView::document() {
    if (!document_) {
        document_ = std::make_unique<HtmlDocument>(HtmlDocument::parse(decoded_.text, limits_));
    }
    return *document_;
}

const core::Url& PageView::base() {
    if (!base_) {
        base_ = looks_like_json() ? page_.url : document().base_url(page_.url);
    }
    return *base_;
}

bool PageView::looks_like_json() const {
    const auto text = core::trim(decoded_.text);
    const char first = text.empty() ? '\0' : text.front();
    return first == '{' || first == '[' || (first == ')' && text.substr(0, 4) == ")]}'");
}

const Json* PageView::json() {
    if (!json_) {
        const auto text = core::trim(decoded_.text);
        const bool markup = text.substr(0, 1) == "<" || text.empty();
        json_ = markup ? core::Result<Json>(core::fail(core::Failure::Kind::bad_input, "not JSON"))
                       : parse_json(text);
    }
    return *json_ ? &**json_ : nullptr;
}

const Json* PageView::script(const std::string& name) {
    auto found = scripts_.find(name);
    if (found == scripts_.end()) {
        found = scripts_.emplace(name, find_script_variable(document(), name)).first;
    }
    return found->second ? &*found->second : nullptr;
}

}  // namespace chiptrail::extract
