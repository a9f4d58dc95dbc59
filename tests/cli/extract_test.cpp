#include "tests/cli/cli.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using chiptrail::tests::Cli;
using chiptrail::tests::schema_problem;
using nlohmann::json;

namespace {

constexpr const char* kListing = R"(<!DOCTYPE html><html><head><meta charset="utf-8">
<script type="application/ld+json">{"@context": "https://schema.org", "@type": "Product",
"name": "PowerEdge R740 &amp; rails", "description": "Two processors.", "sku": "17",
"image": ["/a.jpg", "https://cdn.example/b.jpg"],
"offers": {"@type": "Offer", "price": "1450.50", "priceCurrency": "EUR"}}</script>
</head><body><h1>PowerEdge R740</h1></body></html>)";

}  // namespace

TEST_CASE("cli: extract prints one object a post, as the schema says", "[cli][extract]") {
    const Cli chiptrail;
    const auto page = chiptrail.file("page.html", kListing);
    const auto result =
        chiptrail({"extract", page, "--url", "https://unknown.example/item/17", "--json"});

    CHECK(result.exit_code == 0);
    CHECK(result.err.empty());
    CHECK(schema_problem("extract", result.out) == "");
    const auto post = json::parse(result.out);
    CHECK(post.at("kind") == "listing");
    CHECK(post.at("price").at("amount") == 1450.5);
    CHECK(post.at("price").at("amount_max").is_null());
    CHECK(post.at("price").at("currency") == "EUR");
    CHECK(post.at("images") ==
          json::array({"https://unknown.example/a.jpg", "https://cdn.example/b.jpg"}));
    CHECK(post.at("page").at("status") == "ok");
}

TEST_CASE("cli: a page without posts gives one object that says why", "[cli][extract]") {
    const Cli chiptrail;
    const auto page = chiptrail.file("empty.html", "<html><body><p>nothing</p></body></html>");
    const auto result = chiptrail({"extract", page, "--url", "https://x.example/", "--json"});

    CHECK(result.exit_code == 0);
    CHECK(schema_problem("extract", result.out) == "");
    const auto object = json::parse(result.out);
    CHECK(object.at("url") == "https://x.example/");
    CHECK_FALSE(object.contains("title"));
    CHECK_FALSE(object.at("page").at("reason").get<std::string>().empty());
}

TEST_CASE("cli: extract believes the charset of --content-type", "[cli][extract]") {
    const Cli chiptrail;
    // "浪潮" in GBK.
    const auto page = chiptrail.file(
        "gbk.html",
        "<html><head><meta property=\"og:title\" content=\"\xC0\xCB\xB3\xB1 NF5688\"><meta "
        "property=\"og:type\" content=\"product\"><meta property=\"og:image\" "
        "content=\"/a.jpg\"></head></html>");
    const auto result = chiptrail({"extract",
                                   page,
                                   "--url",
                                   "https://x.example/1",
                                   "--content-type",
                                   "text/html; charset=gbk",
                                   "--json"});

    CHECK_THAT(result.out, Catch::Contains("浪潮 NF5688"));
    CHECK(schema_problem("extract", result.out) == "");
}

TEST_CASE("cli: bytes of any kind give an answer that is JSON", "[cli][extract]") {
    const Cli chiptrail;
    std::string noise;
    for (int i = 0; i < 4'096; ++i) {
        noise += static_cast<char>(i * 7919 >> 3);
    }
    const auto content = GENERATE_COPY(values<std::string>(
        {"", noise, "{", "[1,2", std::string(100'000, '<'), "<html>\xFF\xFE</html>"}));
    const auto page = chiptrail.file("page", content);

    const auto result = chiptrail({"extract", page, "--url", "https://x.example/", "--json"});
    CHECK(result.exit_code == 0);
    CHECK(schema_problem("extract", result.out) == "");
}

TEST_CASE("cli: extract names what it cannot use", "[cli][extract]") {
    const Cli chiptrail;
    const auto page = chiptrail.file("page.html", kListing);

    const auto missing = chiptrail({"extract", "no.html", "--url", "https://x.example/"});
    CHECK(missing.exit_code == 1);
    CHECK_THAT(missing.err, Catch::Contains("no.html"));
    const auto url = chiptrail({"extract", page, "--url", "ftp://x.example/"});
    CHECK(url.exit_code == 2);
    CHECK_THAT(url.err, Catch::Contains("--url"));
    static_cast<void>(chiptrail.file("chiptrail.toml", "[extract]\nmax_body_bytes = 1_000\n"));
    const auto big = chiptrail(
        {"extract", chiptrail.file("big", std::string(1'001, 'x')), "--url", "https://x.example/"});
    CHECK(big.exit_code == 1);
    CHECK_THAT(big.err, Catch::Contains("larger than 1000 bytes"));
}

TEST_CASE("cli: extract for people says why there is no post", "[cli][extract]") {
    const Cli chiptrail;
    const auto page = chiptrail.file("empty.html", "<html><body><p>nothing</p></body></html>");
    const auto result = chiptrail({"extract", page, "--url", "https://x.example/"});

    CHECK(result.exit_code == 0);
    CHECK(result.out == "0 posts, page status ok: nothing on this page reads as a post\n");
}

TEST_CASE("cli: extract for people shows the fields and how many posts there are", "[cli]") {
    const Cli chiptrail;
    const auto page = chiptrail.file("page.html", kListing);
    const auto result = chiptrail({"extract", page, "--url", "https://unknown.example/item/17"});

    CHECK(result.exit_code == 0);
    CHECK_THAT(
        result.out,
        Catch::Contains("price      EUR 1450.5") && Catch::Contains("1 post, page status ok"));
}
