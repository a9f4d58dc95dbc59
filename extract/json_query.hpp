#pragma once

// JSON from strangers, and paths into it: "data.items[*].price", "$..title", "a['b c'][-1]".

#include "core/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::extract {

using Json = nlohmann::json;

struct JsonLimits {
    std::size_t max_depth = 200;
    std::size_t max_values = 2'000'000;
};

/// Strict JSON, apart from a byte order mark and the ")]}'" or "while(1);" guards in front and a
/// JSONP call around it. Bad UTF-8 is repaired. Fails with the byte at which it stops being JSON,
/// or with the limit that it exceeds.
[[nodiscard]] core::Result<Json> parse_json(std::string_view text, const JsonLimits& limits = {});

/// A compiled path: dots or brackets, [*] or .* for every element, [-1] counts from the end,
/// [0:3] is a slice, ".." any depth, a leading '$' is optional, [?(@.type=='x')] keeps the elements
/// whose member equals (==) or differs (!=), [?(@.key)] those that have it.
/// Copies share the compiled form; threads may use one at the same time.
class JsonPath {
public:
    /// Failure::bad_input names the path and the place in it.
    [[nodiscard]] static core::Result<JsonPath> compile(std::string_view text);
    [[nodiscard]] static JsonPath literal(std::string_view text);

    /// In document order, at most 100,000. A step that does not fit the value finds nothing;
    /// pointers live as long as `root`.
    [[nodiscard]] std::vector<const Json*> select(const Json& root) const;
    [[nodiscard]] const Json* first(const Json& root) const;
    [[nodiscard]] const std::string& text() const;

    struct Compiled;

private:
    JsonPath() = default;
    std::shared_ptr<const Compiled> compiled_;
};

/// Text of a plain value: strings as they are, numbers without a needless fraction, booleans as
/// words; empty for null, objects and lists.
[[nodiscard]] std::string json_text(const Json& value);

}  // namespace chiptrail::extract
