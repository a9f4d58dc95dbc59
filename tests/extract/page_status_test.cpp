#include "extract/page_status.hpp"

#include <catch2/catch.hpp>

using namespace chiptrail;
using core::PageStatus;

namespace {

extract::PageVerdict judge(const std::string& html,
                           const char* url,
                           int status,
                           std::size_t posts) {
    return extract::classify_page(
        extract::HtmlDocument::parse(html), *core::Url::parse(url), status, posts);
}

}  // namespace

TEST_CASE("page status: a page without posts says why", "[extract][status]") {
    struct Row {
        const char* why;
        const char* html;
        const char* url;
        int http_status;
        PageStatus status;
    };
    const char* plain = "https://shop.example/list";
    const auto row = GENERATE_COPY(values<Row>({
        {"Cloudflare challenge",
         "<title>Just a moment...</title><body><div id='challenge-form'></div></body>",
         plain,
         403,
         PageStatus::captcha},
        {"Taobao slider by address",
         "<body>x</body>",
         "https://item.taobao.com/item.htm/_____tmd_____/punish?x5secdata=1",
         200,
         PageStatus::captcha},
        {"Baidu",
         "<title>百度安全验证</title><body>请完成验证</body>",
         plain,
         200,
         PageStatus::captcha},
        {"Amazon robot check",
         "<title>Robot Check</title><body>Enter the characters you see below</body>",
         plain,
         200,
         PageStatus::captcha},
        {"hCaptcha alone",
         "<body><div class='h-captcha'></div></body>",
         plain,
         200,
         PageStatus::captcha},
        {"geetest",
         "<body><div class='geetest_holder'></div></body>",
         plain,
         200,
         PageStatus::captcha},
        {"Akamai",
         "<title>Access Denied</title><body>You don't have permission to access this. Reference "
         "#18.1</body>",
         plain,
         403,
         PageStatus::blocked},
        {"429", "<body>slow down</body>", plain, 429, PageStatus::blocked},
        {"403 with a body", "<body>no</body>", plain, 403, PageStatus::blocked},
        {"401", "<body>no</body>", plain, 401, PageStatus::needs_login},
        {"login page by address",
         "<body><form><input type=password></form></body>",
         "https://passport.weibo.cn/signin/login?r=1",
         200,
         PageStatus::needs_login},
        {"members only",
         "<body>You must be logged in. Please log in to continue.</body>",
         plain,
         200,
         PageStatus::needs_login},
        {"members only, Chinese",
         "<body>您需要登录后才可以查看</body>",
         plain,
         200,
         PageStatus::needs_login},
        {"empty shell",
         "<body><div id=root></div><script src=a.js></script></body>",
         plain,
         200,
         PageStatus::needs_js},
        {"noscript asks",
         "<body><noscript>You need to enable JavaScript to run this app.</noscript><div "
         "id=x></div></body>",
         plain,
         200,
         PageStatus::needs_js},
        {"no results",
         "<body><h1>Search</h1>0 results found for rack</body>",
         plain,
         200,
         PageStatus::empty_list},
        {"no results, Chinese",
         "<body>抱歉，没有找到相关商品</body>",
         plain,
         200,
         PageStatus::empty_list},
        {"no results, German",
         "<body>Leider keine Treffer</body>",
         plain,
         200,
         PageStatus::empty_list},
        {"no results, Russian",
         "<body>По вашему запросу ничего не найдено</body>",
         plain,
         200,
         PageStatus::empty_list},
        {"a short page that says nothing of the kind",
         "<body><p>Hello there.</p></body>",
         plain,
         200,
         PageStatus::ok},
    }));
    CAPTURE(row.why);
    const auto verdict = judge(row.html, row.url, row.http_status, 0);
    CAPTURE(verdict.reason);
    CHECK(verdict.status == row.status);
    CHECK(verdict.reason.empty() == (row.status == PageStatus::ok));
}

TEST_CASE("page status: a page with posts is ok whatever else it carries", "[extract][status]") {
    const std::string words(2'000, 'w');
    CHECK(judge("<body><div class=g-recaptcha></div><input type=password>" + words + "</body>",
                "https://a.example/x",
                200,
                1)
              .status == PageStatus::ok);
    CHECK(judge("<body>Please log in to continue</body>", "https://a.example/x", 200, 5).status ==
          PageStatus::ok);
    CHECK(judge("<body>" + words + " no results found </body>", "https://a.example/x", 200, 3)
              .status == PageStatus::ok);
}

TEST_CASE("page status: a word of a long article is no wall", "[extract][status]") {
    std::string article = "<body><p>";
    for (int i = 0; i < 200; ++i) {
        article += "The captcha asked are you a human, access denied. ";
    }
    CHECK(judge(article + "</p></body>", "https://a.example/x", 200, 0).status == PageStatus::ok);
}
