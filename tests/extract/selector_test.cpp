#include "extract/selector.hpp"

#include "extract/html_document.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>

using namespace chiptrail;
using extract::HtmlDocument;
using extract::Selector;

namespace {

const char* const kPage = R"(<html lang="en"><body>
<div id="d1" class="item first" data-x="Alpha-beta">one<span id="s1" class="price">5</span></div>
<div id="d2" class="item" data-x="beta">two<p id="p1">para <a id="a1" href="/x?id=1">link</a></p></div>
<div id="d3" class="item last"><a id="a2" href="https://e.com/y.pdf">pdf</a><!-- c --></div>
<ul id="u"><li id="l1">1</li><li id="l2">2</li><li id="l3">3</li><li id="l4">4</li></ul>
<span id="s2"></span><input id="i1" disabled><input id="i2" checked>
<p id="1x">odd</p><p id="a.b">dot</p></body></html>)";

/// Ids of what a selector finds, with spaces between them.
std::string ids(const HtmlDocument& document, const std::string& selector) {
    std::string all;
    for (const auto& node : document.select(Selector::literal(selector))) {
        all += (all.empty() ? "" : " ") + std::string(node.attribute("id"));
    }
    return all;
}

}  // namespace

TEST_CASE("selector: CSS finds what the standard says", "[extract][selector]") {
    struct Row {
        const char* selector;
        const char* ids;
    };
    const auto row = GENERATE(values<Row>({
        {"div", "d1 d2 d3"},
        {"DIV.item", "d1 d2 d3"},
        {".item.last", "d3"},
        {".ite", ""},
        {"#p1", "p1"},
        {"#\\31 x", "1x"},
        {"#a\\.b", "a.b"},
        {"div a", "a1 a2"},
        {"div > a", "a2"},
        {"div >a, span", "s1 a2 s2"},
        {"li + li", "l2 l3 l4"},
        {"#l2 ~ li", "l3 l4"},
        {"#l2 ~ li + li", "l4"},
        {"[data-x]", "d1 d2"},
        {"[data-x=beta]", "d2"},
        {"[data-x='BETA' i]", "d2"},
        {"[data-x^=Alpha]", "d1"},
        {"[data-x$=beta]", "d1 d2"},
        {"[data-x*='a-b']", "d1"},
        {"[data-x|=Alpha]", "d1"},
        {"[class~=last]", "d3"},
        {"div[class!=item]", "d1 d3"},
        {"a[href$='.pdf']", "a2"},
        {"a[href*=id]", "a1"},
        {"li:first-child", "l1"},
        {"li:last-child", "l4"},
        {"li:nth-child(2)", "l2"},
        {"li:nth-child(odd)", "l1 l3"},
        {"li:nth-child(2n)", "l2 l4"},
        {"li:nth-child(-n + 2)", "l1 l2"},
        {"li:nth-child(n+3)", "l3 l4"},
        {"li:nth-last-child(2)", "l3"},
        {"div:nth-of-type(2)", "d2"},
        {"div:last-of-type", "d3"},
        {"p > a:only-child", "a1"},
        {"div:not(.first)", "d2 d3"},
        {"div:not(.first, .last)", "d2"},
        {":is(#l1, #d3 a)", "a2 l1"},
        {"div:has(p a)", "d2"},
        {"div:has(> a)", "d3"},
        {"li:has(+ #l3)", "l2"},
        {"li:has(~ #l3)", "l1 l2"},
        {"div:not(:has(a))", "d1"},
        {"p:contains('link')", "p1"},
        {"div:contains(two)", "d2"},
        {"span:empty", "s2"},
        {":root", ""},
        {"input:disabled", "i1"},
        {"input:checked", "i2"},
        {"body > :first-child", "d1"},
        {"*:nth-child(1) > a", "a1"},
        {"html body li", "l1 l2 l3 l4"},
    }));
    const auto document = HtmlDocument::parse(kPage);
    CAPTURE(row.selector);

    CHECK(ids(document, row.selector) == row.ids);
}

TEST_CASE("selector: values are texts, attributes or what XPath gives", "[extract][selector]") {
    struct Row {
        const char* selector;
        std::vector<std::string> values;
    };
    const auto row = GENERATE(values<Row>({
        {"#d1", {"one5"}},
        {"#d1::text", {"one"}},
        {"#p1 ::text", {"link"}},
        {"a::attr(HREF)", {"/x?id=1", "https://e.com/y.pdf"}},
        {"div::attr(data-x)", {"Alpha-beta", "beta"}},
        {"//a/@href", {"/x?id=1", "https://e.com/y.pdf"}},
        {"//li[2]", {"2"}},
        {"//li/text()", {"1", "2", "3", "4"}},
        {"xpath:string(//p[1])", {"para link"}},
        {"(//li)[last()]", {"4"}},
        {"xpath:count(//li)", {"4"}},
        {"//nothing", {}},
        {"li:nth-child(9)", {}},
    }));
    const auto document = HtmlDocument::parse(kPage);
    CAPTURE(row.selector);

    CHECK(document.values(Selector::literal(row.selector)) == row.values);
}

TEST_CASE("selector: inside a node only its own part of the page answers", "[extract][selector]") {
    const auto document = HtmlDocument::parse(kPage);
    const auto node = document.select_first(Selector::literal("#d2"));

    CHECK(node.values(Selector::literal("a::attr(id)")) == std::vector<std::string>{"a1"});
    CHECK(node.values(Selector::literal(":scope > p::attr(id)")) == std::vector<std::string>{"p1"});
    CHECK(node.values(Selector::literal(":scope > a")).empty());
    CHECK(node.values(Selector::literal("./p/a/@id")) == std::vector<std::string>{"a1"});
    CHECK(node.values(Selector::literal(".//a/@id")) == std::vector<std::string>{"a1"});
    CHECK(node.values(Selector::literal("//ul/@id")) == std::vector<std::string>{"u"});
    CHECK(node.values(Selector::literal("div")).empty());
    CHECK(node.matches(Selector::literal(".item")));
    CHECK_FALSE(node.matches(Selector::literal(".last")));
}

TEST_CASE("selector: a mistake is named with its place", "[extract][selector]") {
    struct Row {
        const char* selector;
        const char* message;
    };
    const auto row = GENERATE(values<Row>({
        {"", "a selector must not be empty"},
        {"div >", "selector 'div >', character 6: expected an element, but the selector ends"},
        {"div..a", "selector 'div..a', character 5: expected a class name"},
        {"a[href", "selector 'a[href', character 7: expected '='"},
        {"a[href='x]", "selector 'a[href='x]', character 11: the quoted text does not end"},
        {"a:hover", "selector 'a:hover', character 3: unknown pseudo-class :hover"},
        {"a::html",
         "selector 'a::html', character 4: unknown pseudo-element ::html, known are ::text and "
         "::attr(name)"},
        {"a::text, b",
         "selector 'a::text, b', character 11: every part of a list must end in the same ::text "
         "or ::attr()"},
        {"li:nth-child(x)",
         "selector 'li:nth-child(x)', character 14: expected a formula such as 3, odd or 2n+1"},
        {"a)", "selector 'a)', character 2: did not expect ')'"},
        {"a,,b", "selector 'a,,b', character 3: expected an element, not ','"},
        {".9a",
         "selector '.9a', character 2: expected a class name, which cannot start with a digit"},
        {"svg|a", "selector 'svg|a', character 4: namespaces are not supported"},
    }));
    const auto selector = Selector::compile(row.selector);
    CAPTURE(row.selector);

    REQUIRE_FALSE(selector);
    CHECK(selector.error().detail == row.message);
}

TEST_CASE("selector: bad XPath is a value, not a crash", "[extract][selector]") {
    const auto selector = Selector::compile("//a[");

    REQUIRE_FALSE(selector);
    CHECK(selector.error().detail.find("selector '//a[', character ") == 0);
}

TEST_CASE("selector: the page cannot make a selector slow", "[extract][selector]") {
    std::string html;
    for (int i = 0; i < 60'000; ++i) {
        html += "<i class='a b'></i>";
    }
    html += "</i>";
    for (int i = 0; i < 400; ++i) {
        html += "<div class=a>";
    }
    const auto document = HtmlDocument::parse(html);
    const auto start = std::chrono::steady_clock::now();
    for (const auto* selector : {"i:nth-last-of-type(3n+1)",
                                 "i ~ i ~ i ~ i ~ i",
                                 ".a .a .a .a .a .a .a .a .a",
                                 ":has(.a .a .a)",
                                 "div:not(:has(div:has(div)))",
                                 "*:nth-child(7n+1) + i:nth-of-type(2)"}) {
        CHECK_FALSE(document.select(Selector::literal(selector)).empty());
    }
    const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start);
    CHECK(seconds.count() < 20);
}
