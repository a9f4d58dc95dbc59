#include "extract/page_status.hpp"

#include "extract/regex.hpp"
#include "extract/utf8_scan.hpp"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace chiptrail::extract {

namespace {

using core::PageStatus;

/// A wall has little to say; a page with more text than this is believed to have content.
constexpr std::size_t kShortText = 1'500;
/// What is left of a page that draws itself by script.
constexpr std::size_t kShellText = 400;
constexpr std::size_t kScannedText = 6'000;

struct Sign {
    Regex pattern;
    const char* meaning;
};

Sign sign(std::string_view pattern, const char* meaning) {
    return {Regex::literal(pattern), meaning};
}

const std::vector<Sign>& captcha_words() {
    static const std::vector<Sign> kSigns{
        sign("(?i)just a moment\\.\\.\\.|checking (if the site connection is secure|your browser)|"
             "verify(ing)? (that )?you are (a )?human|attention required! \\| cloudflare",
             "Cloudflare asks whether a person is there"),
        sign("百度安全验证|安全验证|人机验证|滑动验证|拖动滑块|拖动下方滑块|请完成验证|验证码|"
             "驗證碼|向右滑动",
             "the site asks to solve a slider or code"),
        sign("(?i)robot check|are you a (human|robot)|not a robot|prove (that )?you('| a)re (a "
             ")?human|"
             "unusual traffic|pardon our interruption|press (&|and) hold|security check|"
             "complete the captcha|solve (this|the) (captcha|puzzle)|enter the characters you see",
             "the site asks to solve a captcha"),
        sign("(?i)подтвердите, что (вы|запросы).*не робот|вы не робот|ich bin kein roboter|"
             "je ne suis pas un robot|no soy un robot",
             "the site asks to solve a captcha"),
    };
    return kSigns;
}

const std::vector<std::pair<Selector, const char*>>& captcha_marks() {
    static const std::vector<std::pair<Selector, const char*>> kMarks{
        {Selector::literal("#challenge-form, #cf-challenge-running, #challenge-running, "
                           "script[src*='challenge-platform'], script[src*='cdn-cgi/challenge']"),
         "Cloudflare asks whether a person is there"},
        {Selector::literal("[class*='geetest'], script[src*='geetest'], #nc_1_wrapper, "
                           ".nc-container, #nocaptcha, script[src*='_____tmd_____'], "
                           "form[action*='_____tmd_____'], #baxia-punish, .baxia-dialog, "
                           "[class*='vcode-'], #J_sufei"),
         "the site asks to move a slider"},
        {Selector::literal("#px-captcha, iframe[src*='captcha-delivery.com'], "
                           "script[src*='captcha-delivery.com'], .g-recaptcha, .h-captcha, "
                           "iframe[src*='hcaptcha.com'], iframe[src*='recaptcha'], "
                           "form[action*='captcha' i], form[action*='validateCaptcha'], "
                           "img[src*='captcha' i], input[name*='captcha' i], .cf-turnstile, "
                           "#captcha, [id*='arkose' i]"),
         "the site asks to solve a captcha"},
    };
    return kMarks;
}

const std::vector<Sign>& block_words() {
    static const std::vector<Sign> kSigns{
        sign("(?i)access denied|you don't have permission to access", "the server denies access"),
        sign("(?i)access to this page has been denied|you have been blocked|request blocked|"
             "has been blocked|ip (address )?(is|has been) (banned|blocked)|403 forbidden|"
             "the request could not be satisfied|your (access|request) (was|has been) (denied|"
             "rejected)|too many requests|rate limit exceeded|error 1020|whoa there, pardner|"
             "temporarily (blocked|banned)|not available in your (region|country)",
             "the server refuses us"),
        sign("访问被拒绝|您的访问被阻断|访问过于频繁|请求过于频繁|禁止访问|доступ "
             "(ограничен|запрещен|заблокирован)|"
             "zugriff verweigert|accès refusé|acceso denegado",
             "the server refuses us"),
    };
    return kSigns;
}

const std::vector<Sign>& login_words() {
    static const std::vector<Sign> kSigns{
        sign("(?i)(you must|you need to|please|you have to) (be )?(log|sign)(ged)?[ -]?in|"
             "log ?in to (continue|see|view)|sign ?in to (continue|see|view)|login required|"
             "members only|see posts, photos and more on facebook|"
             "you must log in first|log in or sign up to (view|continue)",
             "the site shows this to members only"),
        sign(
            "请(先)?登录|請(先)?登入|登录后(可见|查看|继续)|需要登录|您需要登录|游客.*无法|"
            "ログインしてください|ログインが必要|"
            "로그인이 필요|войдите,? чтобы|необходимо (войти|авторизоваться)|требуется авторизация|"
            "bitte (melde|melden|logg|einloggen)|vous devez (être connecté|vous connecter)|"
            "debes iniciar sesión|inicia sesión para|musisz się zalogować|vui lòng đăng nhập",
            "the site shows this to members only"),
    };
    return kSigns;
}

const std::vector<Sign>& script_words() {
    static const std::vector<Sign> kSigns{
        sign("(?i)(enable|turn on|activate|requires?|need|without) java ?script|"
             "java ?script (is )?(disabled|required|needed|not enabled|must be)|"
             "(启用|开启|打开|允许|支持).{0,6}javascript|javascript.{0,12}(有効|활성화|aktivieren|"
             "включ|activer|habilit)|"
             "(aktivieren|включите|activez|activa|habilite).{0,20}javascript|"
             "doesn'?t work properly without javascript",
             "the page asks for JavaScript"),
    };
    return kSigns;
}

const std::vector<Sign>& empty_words() {
    static const std::vector<Sign> kSigns{
        sign("(?i)\\bno (results?|items?|matches|listings?|products?|posts|threads|ads|offers) "
             "(were |was )?(found|match(ed)?|available|to (show|display))|"
             "\\b(found|showing) (no|0) (results?|items?|matches)|\\b0 (results|items|listings|"
             "products|matches|ads) (found|for)\\b|(did not|didn'?t|does not) match any|"
             "we (couldn'?t|could not|didn'?t) find (any|anything|what)|nothing (was )?found|"
             "no exact matches found|there are no (topics|posts|items|products|listings|threads)",
             "the site says that nothing was found"),
        sign("没有找到|沒有找到|未找到|找不到.{0,12}(结果|結果|商品|相关)|暂无(数据|商品|内容|相关|"
             "结果)|"
             "共 ?0 "
             "?(件|条|個|个)|无相关|見つかりません|該当する.{0,12}(ありません|ございません)|검색 "
             "?결과가 ?없",
             "the site says that nothing was found"),
        sign("(?i)keine (ergebnisse|treffer|artikel|anzeigen)|0 (ergebnisse|treffer)|"
             "aucun(e)? (résultat|annonce|produit)|sin resultados|no se (han )?encontr|"
             "nenhum(a)? (resultado|anúncio|produto)|nessun risultato|ничего не найдено|"
             "не найдено|по вашему запросу.{0,20}(нет|0)|brak wyników|nie znaleziono|"
             "không tìm thấy|sonuç bulunamadı|geen resultaten|tidak ditemukan|inga resultat|"
             "нічого не знайдено",
             "the site says that nothing was found"),
    };
    return kSigns;
}

const char* first_sign(const std::vector<Sign>& signs, std::string_view text) {
    for (const auto& sign : signs) {
        if (sign.pattern.found_in(text)) {
            return sign.meaning;
        }
    }
    return nullptr;
}

struct Evidence {
    const HtmlDocument& document;
    const core::Url& url;
    int http_status = 200;
    std::size_t posts = 0;
    std::string title;
    std::string text;      ///< visible
    std::string noscript;  ///< what is shown without scripts
};

std::string joined_text(const HtmlDocument& document, const Selector& selector) {
    std::string out;
    for (const auto& node : document.select(selector)) {
        if (out.size() < kScannedText) {
            out += node.raw_text() + "\n";
        }
    }
    return out;
}

std::optional<PageVerdict> captcha(const Evidence& page) {
    static const auto kUrl = Regex::literal(
        "(?i)_____tmd_____|/punish\\?|captcha|/verify(center)?[/?]|/sorry/index|"
        "wappass\\.baidu|seccaptcha|/challenge[/?]|sec\\.taobao|anti_?bot");
    if (kUrl.found_in(page.url.text())) {
        return PageVerdict{PageStatus::captcha, "the address is that of a captcha"};
    }
    if (const char* words = first_sign(captcha_words(), page.title)) {
        return PageVerdict{PageStatus::captcha, words};
    }
    if (page.text.size() > kShortText) {
        return std::nullopt;
    }
    if (const char* words = first_sign(captcha_words(), page.text)) {
        return PageVerdict{PageStatus::captcha, words};
    }
    static const auto kPassword = Selector::literal("input[type=password]");
    const bool login_form = static_cast<bool>(page.document.select_first(kPassword));
    for (const auto& [selector, meaning] : captcha_marks()) {
        if (!login_form && page.document.select_first(selector)) {
            return PageVerdict{PageStatus::captcha, meaning};
        }
    }
    return std::nullopt;
}

std::optional<PageVerdict> login(const Evidence& page) {
    static const auto kUrl = Regex::literal(
        "(?i)(^https?://(login|passport|accounts?|auth|sso)\\.)|/(login|log-in|signin|sign-in|"
        "sign_in|checkpoint|accounts/login|member\\.php\\?mod=logging|users/sign_in)([/.?#]|$)");
    static const auto kPassword = Selector::literal("input[type=password]");
    if (page.http_status == 401) {
        return PageVerdict{PageStatus::needs_login, "the server answered 401: it wants a login"};
    }
    const bool form = static_cast<bool>(page.document.select_first(kPassword));
    if (kUrl.found_in(page.url.text()) && page.posts < 2) {
        return PageVerdict{PageStatus::needs_login, "the site sent us to its login page"};
    }
    if (page.text.size() > kShortText) {
        return std::nullopt;
    }
    if (const char* words = first_sign(login_words(), page.text)) {
        return PageVerdict{PageStatus::needs_login, words};
    }
    constexpr std::size_t kFormText = 800;
    if (form && page.posts == 0 && page.text.size() < kFormText) {
        return PageVerdict{PageStatus::needs_login, "the page is little more than a login form"};
    }
    return std::nullopt;
}

std::optional<PageVerdict> blocked(const Evidence& page) {
    if (const char* words = first_sign(block_words(), page.title)) {
        return PageVerdict{PageStatus::blocked, words};
    }
    const bool short_text = page.text.size() <= kShortText;
    if (short_text) {
        if (const char* words = first_sign(block_words(), page.text)) {
            return PageVerdict{PageStatus::blocked, words};
        }
    }
    const int status = page.http_status;
    if (status == 403 || status == 429 || status == 451 || (status == 503 && page.posts == 0)) {
        return PageVerdict{PageStatus::blocked,
                           "the server answered " + std::to_string(status) + ": it refuses us"};
    }
    return std::nullopt;
}

std::optional<PageVerdict> shell(const Evidence& page) {
    static const auto kRoots = Selector::literal(
        "#root, #app, #__next, #__nuxt, #react-root, #main-app, #ice-container, #container, "
        "app-root, #application, #mount, #svelte, #q-app, #gatsby-focus-wrapper, #layers, #page");
    static const auto kScripts = Selector::literal("script");
    if (page.text.size() > kShellText || page.posts > 0) {
        return std::nullopt;
    }
    if (const char* words = first_sign(script_words(), page.noscript + "\n" + page.text)) {
        return PageVerdict{PageStatus::needs_js, words};
    }
    const auto root = page.document.select_first(kRoots);
    constexpr std::size_t kRootText = 120;
    if (root && root.text().size() < kRootText && page.document.select_first(kScripts)) {
        return PageVerdict{PageStatus::needs_js,
                           "the page is an empty shell that scripts would fill"};
    }
    constexpr std::size_t kManyScripts = 3;
    constexpr std::size_t kNearlyNothing = 80;
    if (page.text.size() < kNearlyNothing &&
        page.document.select(kScripts).size() >= kManyScripts) {
        return PageVerdict{PageStatus::needs_js, "the page has scripts and next to no text"};
    }
    return std::nullopt;
}

std::optional<PageVerdict> nothing_found(const Evidence& page) {
    if (page.posts > 0) {
        return std::nullopt;
    }
    const auto text = clip_utf8(page.text, kScannedText);
    if (const char* words = first_sign(empty_words(), text)) {
        return PageVerdict{PageStatus::empty_list, words};
    }
    return std::nullopt;
}

}  // namespace

PageVerdict classify_page(const HtmlDocument& document,
                          const core::Url& url,
                          int http_status,
                          std::size_t posts) {
    static const auto kNoscript = Selector::literal("noscript");
    Evidence page{document,
                  url,
                  http_status,
                  posts,
                  document.title(),
                  document.body().text(),
                  joined_text(document, kNoscript)};
    const bool content = posts > 0 && page.text.size() > kShortText && http_status < 400;
    if (content) {
        return {};
    }
    // A list of several posts is no wall, however little text it has.
    constexpr std::size_t kSeveral = 2;
    if (posts >= kSeveral && http_status < 400) {
        return {};
    }
    for (const auto test : {captcha, blocked, login, shell, nothing_found}) {
        if (auto verdict = test(page)) {
            return std::move(*verdict);
        }
    }
    return {};
}

}  // namespace chiptrail::extract
