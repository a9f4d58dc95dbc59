#include "crawler/robots.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>

using chiptrail::crawler::RobotsPolicy;
using std::chrono::milliseconds;

TEST_CASE("robots: the longest matching rule of our groups decides", "[crawler][robots]") {
    struct Row {
        const char* why;
        const char* body;
        const char* target;
        bool allowed;
    };
    const auto row = GENERATE(values<Row>({
        {"an empty file closes nothing", "", "/a", true},
        {"longer wins, placed last", "User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b", true},
        {"longer wins, placed first", "User-agent: *\nAllow: /a/b\nDisallow: /a", "/a/b", true},
        {"on a tie allow wins", "User-agent: *\nDisallow: /a\nAllow: /a", "/a", true},
        {"a dollar ends the target", "User-agent: *\nDisallow: /*.png$", "/a.png?w=1", true},
        {"and closes what ends there", "User-agent: *\nDisallow: /*.png$", "/a.png", false},
        {"a dollar elsewhere is a dollar", "User-agent: *\nDisallow: /a$b", "/a$bc", false},
        {"our group replaces everyone's",
         "User-agent: *\nDisallow: /\nUser-agent: chiptrail\nAllow: /",
         "/a",
         true},
        {"even when it has no rules",
         "User-agent: chiptrail\nDisallow:\n\nUser-agent: *\nDisallow: /",
         "/a",
         true},
        {"groups of one name are merged",
         "User-agent: chiptrail\nDisallow: /a\n\nUser-agent: ChipTrail\nDisallow: /b",
         "/b/c",
         false},
        {"one group, several names",
         "User-agent: x\nUser-agent: chiptrail\nDisallow: /",
         "/a",
         false},
        {"a version does not matter", "User-agent: chiptrail/1.0\nDisallow: /", "/a", false},
        {"a longer name is another's", "User-agent: chiptrailer\nDisallow: /", "/a", true},
        {"a sitemap line ends no group",
         "User-agent: chiptrail\nSitemap: /s\nUser-agent: x\nDisallow: /",
         "/a",
         false},
        {"the file itself is open", "User-agent: *\nDisallow: /", "/robots.txt", true},
        {"the query counts", "User-agent: *\nDisallow: /s?q=", "/s?q=gpu", false},
        {"encoded letters are letters, in the rule",
         "User-agent: *\nDisallow: /%61bc",
         "/abc",
         false},
        {"and in the target", "User-agent: *\nDisallow: /abc", "/%61bc", false},
        {"hexadecimal digits of either case",
         "User-agent: *\nDisallow: /%e6%98%be",
         "/%E6%98%BE",
         false},
        {"rules in plain UTF-8", "User-agent: *\nDisallow: /显", "/%E6%98%BE%E5%8D%A1", false},
        {"an encoded slash is none", "User-agent: *\nDisallow: /a/b", "/a%2Fb", true},
        {"a comment is no rule", "User-agent: * # all\nDisallow: / # but /a", "/a", false},
        {"bytes that are no text are skipped",
         "\xFF\xFE\n\x01\nUser-agent: *\nDisallow: /a",
         "/a",
         false},
    }));
    CAPTURE(row.why, row.body, row.target);

    CHECK(RobotsPolicy::parse(row.body, "chiptrail").check(row.target).allowed == row.allowed);
}

TEST_CASE("robots: a verdict names the line as written", "[crawler][robots]") {
    const auto policy = RobotsPolicy::parse(
        "# hello\r\nUser-agent: *\r\n\r\nDISALLOW :  /Search/%7euser   # why\r\n", "chiptrail");

    const auto closed = policy.check("/Search/~user/1");
    CHECK_FALSE(closed.allowed);
    CHECK(closed.line == 4);
    CHECK(closed.rule == "DISALLOW :  /Search/%7euser");

    const auto open = policy.check("/other");
    CHECK(open.allowed);
    CHECK(open.line == 0);
    CHECK(open.rule.empty());
}

TEST_CASE("robots: crawl delay is that of the groups that count", "[crawler][robots]") {
    struct Row {
        const char* body;
        std::optional<milliseconds> delay;
    };
    const auto row = GENERATE(values<Row>({
        {"User-agent: *\nDisallow: /x", std::nullopt},
        {"User-agent: *\nCrawl-delay: 2", milliseconds(2'000)},
        {"User-agent: *\nCrawl-delay: 0.5", milliseconds(500)},
        {"User-agent: *\nCrawl-delay: 9\n\nUser-agent: chiptrail\nCrawl-delay: 3",
         milliseconds(3'000)},
        {"User-agent: *\nCrawl-delay: 9\n\nUser-agent: chiptrail\nDisallow:", std::nullopt},
        {"User-agent: *\nCrawl-delay: -1", std::nullopt},
        {"User-agent: *\nCrawl-delay: nan", std::nullopt},
        {"User-agent: *\nCrawl-delay: soon", std::nullopt},
        {"User-agent: *\nCrawl-delay: 1e300", milliseconds(86'400'000)},
    }));
    CAPTURE(row.body);

    CHECK(RobotsPolicy::parse(row.body, "chiptrail").crawl_delay() == row.delay);
}

TEST_CASE("robots: sitemaps belong to everyone, in order and up to a bound", "[crawler][robots]") {
    std::string body =
        "Sitemap: https://h/1.xml\nUser-agent: x\nDisallow: /\nsitemap:https://h/2.xml\n";
    CHECK(RobotsPolicy::parse(body, "chiptrail").sitemaps() ==
          std::vector<std::string>{"https://h/1.xml", "https://h/2.xml"});

    for (int i = 0; i < 2'000; ++i) {
        body += "Sitemap: https://h/x.xml\n";
    }
    CHECK(RobotsPolicy::parse(body, "chiptrail").sitemaps().size() == 1'000);
}

TEST_CASE("robots: 500 KiB are read and no more", "[crawler][robots]") {
    const std::string start = "User-agent: *\n";
    const std::string rule = "Disallow: /late\n";
    std::string filler(RobotsPolicy::kMaxBytes - start.size() - rule.size(), '#');
    filler.back() = '\n';
    const auto within = RobotsPolicy::parse(start + filler + rule, "chiptrail");
    CHECK_FALSE(within.check("/late").allowed);

    const auto beyond =
        RobotsPolicy::parse(start + filler + "#" + std::string(20, '#') + "\n" + rule, "chiptrail");
    CHECK(beyond.check("/late").allowed);
}

TEST_CASE("robots: a pattern made to be slow is not", "[crawler][robots]") {
    std::string pattern;
    for (int i = 0; i < 2'000; ++i) {
        pattern += "*a";
    }
    const auto policy =
        RobotsPolicy::parse("User-agent: *\nDisallow: /" + pattern + "b", "chiptrail");
    // Backtracking would take longer than the universe has.
    CHECK(policy.check("/" + std::string(16'000, 'a')).allowed);
}
