#include "extract/regex.hpp"

#include <re2/re2.h>

#include <stdexcept>
#include <utility>
#include <vector>

namespace chiptrail::extract {

struct Regex::Compiled {
    explicit Compiled(std::string_view text, const RE2::Options& options)
        : pattern(text), re2(re2::StringPiece(text.data(), text.size()), options) {}
    std::string pattern;
    RE2 re2;
};

namespace {

constexpr std::size_t kMaxPattern = 4096;
constexpr std::int64_t kMaxMemory = std::int64_t{8} * 1024 * 1024;

re2::StringPiece piece(std::string_view text) {
    return {text.data(), text.size()};
}

}  // namespace

core::Result<Regex> Regex::compile(std::string_view pattern) {
    if (pattern.size() > kMaxPattern) {
        return core::fail(core::Failure::Kind::too_large,
                          "pattern longer than " + std::to_string(kMaxPattern) + " characters");
    }
    RE2::Options options(RE2::Quiet);
    options.set_max_mem(kMaxMemory);
    auto compiled = std::make_shared<const Compiled>(pattern, options);
    if (!compiled->re2.ok()) {
        return core::fail(core::Failure::Kind::bad_input,
                          "pattern '" + std::string(pattern) + "': " + compiled->re2.error());
    }
    Regex regex;
    regex.compiled_ = std::move(compiled);
    return regex;
}

Regex Regex::literal(std::string_view pattern) {
    auto regex = compile(pattern);
    if (!regex) {
        throw std::logic_error(regex.error().detail);
    }
    return *regex;
}

bool Regex::found_in(std::string_view text) const {
    return RE2::PartialMatch(piece(text), compiled_->re2);
}

std::optional<std::string> Regex::first(std::string_view text) const {
    const int groups = compiled_->re2.NumberOfCapturingGroups();
    std::vector<re2::StringPiece> parts(static_cast<std::size_t>(groups) + 1);
    if (!compiled_->re2.Match(
            piece(text), 0, text.size(), RE2::UNANCHORED, parts.data(), groups + 1)) {
        return std::nullopt;
    }
    for (std::size_t i = 1; i < parts.size(); ++i) {
        if (parts[i].data() != nullptr) {
            return std::string(parts[i].data(), parts[i].size());
        }
    }
    return std::string(parts[0].data(), parts[0].size());
}

std::string Regex::replace(std::string text, std::string_view replacement) const {
    RE2::GlobalReplace(&text, compiled_->re2, piece(replacement));
    return text;
}

std::string Regex::check_replacement(std::string_view replacement) const {
    std::string problem;
    compiled_->re2.CheckRewriteString(piece(replacement), &problem);
    return problem;
}

const std::string& Regex::pattern() const {
    return compiled_->pattern;
}

}  // namespace chiptrail::extract
