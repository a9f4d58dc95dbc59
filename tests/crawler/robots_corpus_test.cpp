// The cases of google/robotstxt, where RFC 9309 says the same.

#include "core/file.hpp"
#include "core/url.hpp"
#include "crawler/robots.hpp"
#include "tests/support/corpora.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

using chiptrail::core::Url;
using chiptrail::crawler::is_product_token;
using chiptrail::crawler::RobotsPolicy;
using chiptrail::tests::corpus;
using nlohmann::json;

namespace {

std::optional<std::vector<json>> read_lines(const std::string& name) {
    const auto path = corpus("suites/robotstxt/" + name);
    if (!path) {
        return std::nullopt;
    }
    std::istringstream text(chiptrail::core::read_file(*path, 16U << 20U).value());
    std::vector<json> rows;
    for (std::string line; std::getline(text, line);) {
        if (!line.empty()) {
            rows.push_back(json::parse(line));
        }
    }
    return rows;
}

/// Path and query as the crawler would send them; "" (no URL at all) is nobody's request.
std::string target_of(const std::string& url) {
    const auto parsed = Url::parse(url);
    return parsed ? parsed->target() : "/";
}

/// RFC 9309, 2.2.2 asks to compare after encoding bytes beyond ASCII and decoding encoded
/// unreserved characters; Google's matcher compares bytes and leaves that to its caller.
bool differs_on_purpose(const std::string& name) {
    return name == "ID_Encoding/3" || name == "ID_Encoding/5" || name == "ID_Encoding/6";
}

std::string base64_decode(const std::string& text) {
    static const std::string kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    unsigned bits = 0;
    int count = 0;
    for (const char c : text) {
        const auto value = kAlphabet.find(c);
        if (value == std::string::npos) {
            break;
        }
        bits = (bits << 6U) | static_cast<unsigned>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out += static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xFFU);
        }
    }
    return out;
}

struct Tally {
    int agreed = 0;
    int all = 0;
};

}  // namespace

TEST_CASE("robots: Google's cases that RFC 9309 covers agree", "[crawler][robots][corpus]") {
    const auto rows = read_lines("cases.jsonl");
    if (!rows) {
        return;
    }
    std::map<std::string, Tally> tallies;
    int failed = 0;
    int applied = 0;
    for (const auto& row : *rows) {
        const std::string name = row["name"];
        const auto policy = RobotsPolicy::parse(row["robots"].get<std::string>(),
                                                row["user_agent"].get<std::string>());
        const bool same = policy.check(target_of(row["url"])).allowed == row["allowed"];
        auto& tally = tallies[name.substr(0, name.find('/'))];
        ++tally.all;
        tally.agreed += same ? 1 : 0;
        if (name.starts_with("GoogleOnly_")) {
            continue;
        }
        ++applied;
        if (!same && !differs_on_purpose(name)) {
            ++failed;
            std::cout << "robots differs: " << row.dump() << '\n';
        }
    }
    for (const auto& [name, tally] : tallies) {
        std::cout << "robots " << name << ": " << tally.agreed << " of " << tally.all << '\n';
    }
    CHECK(applied >= 70);
    CHECK(failed == 0);
}

TEST_CASE("robots: lines, byte order marks and sitemaps are read as Google reads them",
          "[crawler][robots][corpus]") {
    const auto rows = read_lines("parse.jsonl");
    if (!rows) {
        return;
    }
    for (const auto& row : *rows) {
        const auto body = base64_decode(row["robots_base64"]);
        CAPTURE(row["name"].get<std::string>(), body);
        if (row.contains("sitemap")) {
            CHECK(RobotsPolicy::parse(body, "foo").sitemaps() ==
                  std::vector<std::string>{row["sitemap"]});
        } else if (row.contains("last_line")) {
            CHECK(RobotsPolicy::parse(body, "bar").check("/x").line == row["last_line"]);
        } else {
            // "User-agent: foo" and "Allow: /AnyValue": the rule is ours if both were understood.
            const bool both = row["directives"] == 2;
            CHECK((RobotsPolicy::parse(body, "foo").check("/AnyValue").line == 2) == both);
        }
    }
}

TEST_CASE("robots: strings are taken apart as Google does", "[crawler][robots][corpus]") {
    const auto rows = read_lines("strings.jsonl");
    if (!rows) {
        return;
    }
    int applied = 0;
    for (const auto& row : *rows) {
        const std::string in = row["in"];
        CAPTURE(row.dump());
        if (row["test"] == "valid_user_agent") {
            CHECK(is_product_token(in) == row["out"]);
        } else if (row["test"] == "path_params_query" && Url::parse(in)) {
            CHECK(Url::parse(in)->target() == row["out"]);
        } else if (row["test"] == "escape_pattern" && in.starts_with('%')) {
            const auto policy = RobotsPolicy::parse("User-agent: *\nDisallow: /" + in, "x");
            CHECK_FALSE(policy.check("/" + row["out"].get<std::string>()).allowed);
        } else {
            continue;
        }
        ++applied;
    }
    CHECK(applied >= 15);
}
