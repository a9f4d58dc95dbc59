#pragma once

// Data that a page carries in its scripts: "var g_page_config = {...};", "window.__STATE__={...}",
// "JSON.parse('...')", <script type="application/json" id="...">. Nothing is executed: an object
// or array literal is read as far as it is data.

#include "core/result.hpp"
#include "extract/html_document.hpp"
#include "extract/json_query.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace chiptrail::extract {

/// Reads the JavaScript value at the start of `text`: JSON, also with unquoted keys, single quotes
/// and templates, trailing commas, comments, undefined, !0, !1, hexadecimal numbers, NaN. An
/// expression that is not data (a call, a function, an identifier) is read as null. Linear in the
/// length of `text`; nullopt when no object, list or string stands there or a limit is met.
[[nodiscard]] std::optional<Json> read_js_value(std::string_view text,
                                                const JsonLimits& limits = {});

/// Finds the value of `name` in the page's scripts:
/// - "#id": the content of the <script> or other element with that id, as JSON
/// - "a.b": an assignment `a.b = VALUE`, also `var a = {...}` for "a", `"a": VALUE` or `a: VALUE`
///   for ":a", `a(VALUE` for "a(" (the first object, list or string in a call's arguments)
/// VALUE may be JSON.parse("...") or a string that holds JSON. The first that is data wins.
[[nodiscard]] std::optional<Json> find_script_variable(const HtmlDocument& document,
                                                       std::string_view name,
                                                       const JsonLimits& limits = {});
/// The same in one script's text; `name` does not start with '#'.
[[nodiscard]] std::optional<Json> find_script_variable(std::string_view script,
                                                       std::string_view name,
                                                       const JsonLimits& limits = {});

}  // namespace chiptrail::extract
