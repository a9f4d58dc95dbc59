#pragma once

// Which photo an element stands for: the largest variant that the page or the shape of the URL
// tells of, absolute; never a pixel, a spinner or an icon.

#include "core/url.hpp"
#include "extract/html_document.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::extract {

/// The photo of an <img>, <source>, <a> to a picture, <meta content>, <link href>, <video poster>
/// or of any element with a CSS background-image: best of srcset, then lazy-loading attributes,
/// then src. Empty when there is none or it is a placeholder.
[[nodiscard]] std::string image_of(const Node& element, const core::Url& base);

/// Photos inside `scope` (itself included) in page order, largest variants, each once, without
/// avatars, smilies, icons and sprites.
[[nodiscard]] std::vector<std::string> images_in(const Node& scope, const core::Url& base);

/// "…/x.jpg_60x60q90.jpg" -> "…/x.jpg", "s-l225" -> "s-l1600", "/wap180/" -> "/large/" and the
/// like for hosts whose originals are known to stand there. Other URLs come back unchanged.
[[nodiscard]] std::string largest_variant(std::string_view url);

/// The URL of the largest candidate of a srcset value; empty when there is none.
[[nodiscard]] std::string best_of_srcset(std::string_view srcset);

/// The first url(...) of a style attribute; empty when there is none.
[[nodiscard]] std::string css_background_image(std::string_view style);

/// By its URL alone: a spacer, spinner, smiley, flag, button, icon, logo or avatar.
[[nodiscard]] bool is_decoration(std::string_view url);

/// Absolute http(s) form of a URL attribute; empty for data:, blob:, javascript: and bad ones.
[[nodiscard]] std::string absolute_url(std::string_view text, const core::Url& base);

/// Appends unless it is empty or already there.
void add_once(std::vector<std::string>& list, std::string value);

}  // namespace chiptrail::extract
