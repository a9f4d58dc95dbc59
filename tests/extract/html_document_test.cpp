#include "extract/html_document.hpp"

#include "tests/support/corpora.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>

using namespace chiptrail;
using extract::HtmlDocument;
using extract::Selector;

namespace {

std::string repeat(const std::string& text, std::size_t times) {
    std::string all;
    all.reserve(text.size() * times);
    for (std::size_t i = 0; i < times; ++i) {
        all += text;
    }
    return all;
}

std::size_t depth_of(const HtmlDocument& document) {
    std::size_t deepest = 0;
    for (const auto& node : document.select(Selector::literal("*"))) {
        std::size_t depth = 0;
        for (auto above = node; above; above = above.parent()) {
            ++depth;
        }
        deepest = std::max(deepest, depth);
    }
    return deepest;
}

}  // namespace

TEST_CASE("html: text is what a reader sees", "[extract][html]") {
    struct Row {
        const char* why;
        const char* html;
        const char* text;
    };
    const auto row = GENERATE(values<Row>({
        {"white space collapses", "<p>a \n\t b</p>", "a b"},
        {"inline markup does not split words",
         "<p>Power<b>Edge</b> R<i>7</i>50</p>",
         "PowerEdge R750"},
        {"blocks stand on lines of their own", "<div>a<div>b</div>c</div>", "a\nb\nc"},
        {"br breaks a line", "a<br>b<br/>c", "a\nb\nc"},
        {"many breaks leave one empty line", "a<br><br><br><br>b", "a\n\nb"},
        {"scripts and styles are not seen", "a<script>x()</script><style>.b{}</style>b", "ab"},
        {"a noscript notice is not seen", "a<noscript>Enable JavaScript</noscript>", "a"},
        {"entities are decoded",
         "<p>AT&amp;T &lt;3 &euro;5 &#x4e2d;</p>",
         "AT&T <3 \u20ac5 \u4e2d"},
        {"a no-break space is a space", "US&nbsp;$5", "US $5"},
        {"pre keeps its lines", "<pre>a\nb</pre>", "a\nb"},
        {"cells are apart, rows on lines", "<table><tr><td>a<td>b<tr><td>c</table>", "a b\nc"},
        {"list items", "<ul><li>a<li>b</ul>", "a\nb"},
        {"nothing", "", ""},
    }));
    CAPTURE(row.why, row.html);

    CHECK(HtmlDocument::parse(row.html).root().text() == row.text);
}

TEST_CASE("html: a node answers for itself and its neighbours", "[extract][html]") {
    const auto document = HtmlDocument::parse(
        "<title> A \n page </title><base href='/b/'><meta property='og:Title' content=' T '>"
        "<div id=x Data-A='1 &amp; 2'>own <b>bold</b> tail<script>{\"a\":1}</script></div><p>");
    const auto node = document.select_first(Selector::literal("#x"));

    CHECK(node.name() == "div");
    CHECK(node.attribute("data-a") == "1 & 2");
    CHECK_FALSE(node.has_attribute("class"));
    CHECK(node.own_text() == "own tail");
    CHECK(node.raw_text() == "own bold tail{\"a\":1}");
    CHECK(node.inner_html() == "own <b>bold</b> tail<script>{\"a\":1}</script>");
    CHECK(node.parent().name() == "body");
    CHECK(node.next_sibling().name() == "p");
    CHECK(node.first_child().name() == "b");
    CHECK(node.children().size() == 2);
    CHECK(document.title() == "A page");
    CHECK(document.meta("OG:title") == "T");
    CHECK(document.meta("og:none").empty());
    CHECK_FALSE(extract::Node().parent());
    CHECK(extract::Node().text().empty());
}

TEST_CASE("html: hostile markup costs little and loses no text", "[extract][html]") {
    struct Row {
        const char* why;
        std::string html;
    };
    std::string attributes = "<div ";
    for (int i = 0; i < 100'000; ++i) {
        attributes += "a" + std::to_string(i) + "=1 ";
    }
    std::string fonts;
    for (int i = 0; i < 20'000; ++i) {
        fonts += "<font size=" + std::to_string(i) + ">";
    }
    std::string htmls;
    for (int i = 0; i < 50'000; ++i) {
        htmls += "<html a" + std::to_string(i) + "=1>";
    }
    std::string hidden_fonts;
    for (int i = 0; i < 20'000; ++i) {
        hidden_fonts += "<div><font size=" + std::to_string(i) + "></div>";
    }
    const Row rows[] = {
        {"100,000 open divs", repeat("<div>", 100'000) + "needle"},
        {"100,000 open and closed divs",
         repeat("<div>", 100'000) + "needle" + repeat("</div>", 100'000)},
        {"100,000 different tags", repeat("<x><div>", 50'000) + "needle"},
        {"100,000 attributes of one element", attributes + ">needle"},
        {"20,000 open fonts and 20,000 paragraphs", fonts + repeat("<p>a", 20'000) + "needle"},
        {"20,000 fonts left open by their blocks", hidden_fonts + repeat("<p>a", 2'000) + "needle"},
        {"50,000 html tags with attributes", htmls + "needle"},
        {"100,000 nested svg groups", "<svg>" + repeat("<g>", 100'000) + "needle"},
        {"100,000 groups that look like raw text",
         "<svg><style>" + repeat("<g>", 100'000) + "needle"},
        {"100,000 open tables", repeat("<table><tr><td>", 100'000) + "needle"},
        {"50,000 end tags of nothing", repeat("<b>", 400) + repeat("</i></x>", 25'000) + "needle"},
        {"formatting across objects", repeat("<b><object></b>", 50'000) + "needle"},
        {"formatting across blocks", repeat("<b><div></b>", 50'000) + "needle"},
        {"anchors in anchors", repeat("<a href=x><div>", 50'000) + "needle"},
        {"a text of 5 MB", repeat("abcde fghij ", 400'000) + "needle"},
        {"a script of 5 MB", "<script>" + repeat("a</b<!--", 600'000) + "</script>needle"},
        {"100,000 siblings", repeat("<i></i>", 100'000) + "needle"},
        {"unclosed comments", repeat("<!-- ", 200'000) + "-->needle"},
        {"nested forms and buttons", repeat("<form><button>", 50'000) + "needle"},
        {"nested selects", repeat("<select><option>", 50'000) + "needle"},
        {"templates", repeat("<template>", 50'000) + "</template>"},
        {"rubies", repeat("<ruby><rt>", 50'000) + "needle"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        const auto start = std::chrono::steady_clock::now();
        const auto document = HtmlDocument::parse(row.html);
        const auto seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start);

        CHECK(seconds.count() < 30);  // Unbounded, the worst of them take hours.
        CHECK(depth_of(document) <= 520);
        if (row.html.find("needle") != std::string::npos) {
            CHECK(document.root().raw_text().find("needle") != std::string::npos);
        }
        std::cout << "hostile html: " << row.why << ": " << seconds.count() << " s\n";
    }
}

TEST_CASE("html: guards leave honest pages as they are", "[extract][html]") {
    struct Row {
        const char* why;
        std::string html;
        std::size_t elements;
    };
    const Row rows[] = {
        {"2,000 items without end tags", "<ul>" + repeat("<li>a", 2'000), 2'001},
        {"2,000 paragraphs without end tags", repeat("<p>a", 2'000), 2'000},
        {"2,000 rows without end tags", "<table>" + repeat("<tr><td>a<td>b", 2'000), 6'002},
        {"2,000 options without end tags", "<select>" + repeat("<option>a", 2'000), 2'001},
        {"2,000 definitions without end tags", "<dl>" + repeat("<dt>a<dd>b", 2'000), 4'001},
        {"2,000 fonts in paragraphs", repeat("<p><font color=red>a</font></p>", 2'000), 4'000},
        {"2,000 links in divs", repeat("<div><a href=x><b>a</b></a></div>", 2'000), 6'000},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        const auto document = HtmlDocument::parse(row.html);

        CHECK(document.damage().empty());
        CHECK(document.select(Selector::literal("body *")).size() == row.elements);
    }
}

TEST_CASE("html: a page is cut at its last allowed element and says so", "[extract][html]") {
    HtmlDocument::Limits limits;
    limits.max_elements = 100;
    const auto document = HtmlDocument::parse(repeat("<i>a</i>", 200), limits);

    CHECK(document.damage() == "cut at 100 elements");
    CHECK(document.select(Selector::literal("i")).size() == 100);
}

TEST_CASE("html: saved pages of real sites pass the guards unchanged", "[extract][html]") {
    const auto folder = tests::corpus("data/pages");
    if (!folder) {
        return;
    }
    std::size_t pages = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(*folder)) {
        if (entry.path().extension() != ".html") {
            continue;
        }
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string html(std::istreambuf_iterator<char>(file), {});
        CAPTURE(entry.path().string());
        CHECK(HtmlDocument::parse(html).damage().empty());
        ++pages;
    }
    CHECK(pages > 20);
}
