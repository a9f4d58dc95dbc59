#pragma once

// One page in every form that a recipe may ask for; each is made on the first question.

#include "extract/charset.hpp"
#include "extract/extractor.hpp"
#include "extract/html_document.hpp"
#include "extract/json_query.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace chiptrail::extract {

/// Not for sharing between threads.
class PageView {
public:
    PageView(const Page& page, const Extractor::Options& options);

    [[nodiscard]] const Page& page() const {
        return page_;
    }
    [[nodiscard]] const DecodedText& decoded() const {
        return decoded_;
    }
    [[nodiscard]] const HtmlDocument& document();
    /// What relative URLs on the page count from.
    [[nodiscard]] const core::Url& base();
    /// The body as JSON; null when it is not.
    [[nodiscard]] const Json* json();
    /// Null when no script of the page has it.
    [[nodiscard]] const Json* script(const std::string& name);
    /// True when the body starts like JSON, so that there is no sense in reading it as markup.
    [[nodiscard]] bool looks_like_json() const;

private:
    const Page& page_;
    HtmlDocument::Limits limits_;
    DecodedText decoded_;
    std::unique_ptr<HtmlDocument> document_;
    std::optional<core::Url> base_;
    std::optional<core::Result<Json>> json_;
    std::map<std::string, std::optional<Json>> scripts_;
};

}  // namespace chiptrail::extract
