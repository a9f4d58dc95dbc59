#include "extract/price.hpp"

#include <catch2/catch.hpp>

using chiptrail::extract::currency_from;
using chiptrail::extract::parse_price;
using chiptrail::extract::PriceContext;

TEST_CASE("price: amounts and currencies are read in the world's styles", "[extract][price]") {
    struct Row {
        const char* text;
        const char* amount;
        const char* amount_max;
        const char* currency;
    };
    const auto row = GENERATE(values<Row>({
        {"€ 97,39 - 128,72", "97.39", "128.72", "EUR"},
        {"EUR 10,79", "10.79", "", "EUR"},
        {"EUR 159,00 bis EUR 209,00", "159.00", "209.00", "EUR"},
        {"US $349.99", "349.99", "", "USD"},
        {"HK$110", "110", "", "HKD"},
        {"NT$ 1,280", "1280", "", "TWD"},
        {"R$ 1.234,56", "1234.56", "", "BRL"},
        {"¥149.00 - 159.00", "149.00", "159.00", "CNY"},
        {"￥１２９９．００", "1299.00", "", "CNY"},
        {"149 - 159 €", "149", "159", "EUR"},
        {"RM 12.50", "12.50", "", "MYR"},
        {"RM12", "12", "", "MYR"},
        {"FREE", "0", "", ""},
        {"Gratis!", "0", "", ""},
        {"免费", "0", "", ""},
        {"1.299,00 €", "1299.00", "", "EUR"},
        {"$1,300", "1300", "", "USD"},
        {"1,234,567", "1234567", "", ""},
        {"12 345,67 zł", "12345.67", "", "PLN"},
        {"12\xC2\xA0"
         "345,67\xC2\xA0zł",
         "12345.67",
         "",
         "PLN"},
        {"Rp 1.500.000", "1500000", "", "IDR"},
        {"Rp1,5 juta", "1500000", "", "IDR"},
        {"S$ 20", "20", "", "SGD"},
        {"A$20.50", "20.50", "", "AUD"},
        {"AU $20.50", "20.50", "", "AUD"},
        {"C $99.99 to C $120.00", "99.99", "120.00", "CAD"},
        {"1.200.000 ₫", "1200000", "", "VND"},
        {"150.000đ", "150000", "", "VND"},
        {"฿1,290", "1290", "", "THB"},
        {"₹ 1,23,456", "123456", "", "INR"},
        {"Rs. 45,000", "45000", "", "INR"},
        {"253.0 грн", "253.0", "", "UAH"},
        {"12 500 руб.", "12500", "", "RUB"},
        {"15万", "150000", "", ""},
        {"1.5萬元", "15000", "", "CNY"},
        {"$0", "0", "", "USD"},
        {"$15k", "15000", "", "USD"},
        {"5 kr", "5", "", ""},
        {"\xE2\x80\x8F"
         "35.90 \xE2\x82\xAA",
         "35.90",
         "",
         "ILS"},
        {"CHF 1'299.00", "1299.00", "", "CHF"},
        {"0.125", "0.125", "", ""},
        {"-20% $80.00", "80.00", "", "USD"},
        {"From $80.00", "80.00", "", "USD"},
        {"Price: 2 for $5", "5", "", "USD"},
        {"8,000円", "8000", "", "JPY"},
        {"₩1,200,000", "1200000", "", "KRW"},
        {"call for price", "", "", ""},
        {"Free shipping", "", "", ""},
        {"", "", "", ""},
        {"KRONEN", "", "", ""},
    }));
    CAPTURE(row.text);

    const auto price = parse_price(row.text);
    CHECK(price.amount == row.amount);
    CHECK(price.amount_max == row.amount_max);
    CHECK(price.currency == row.currency);
    CHECK(price.raw == row.text);
}

TEST_CASE("price: page and host decide where the text leaves a choice", "[extract][price]") {
    struct Row {
        const char* text;
        PriceContext context;
        const char* currency;
    };
    const auto row = GENERATE(values<Row>({
        {"$5", {"", "www.ebay.com.au"}, "AUD"},
        {"$5", {"CAD", "shop.example"}, "CAD"},
        {"$5", {"EUR", "shop.example"}, "USD"},
        {"¥500", {"", "www.amazon.co.jp"}, "JPY"},
        {"500元", {"", "www.ruten.com.tw"}, "TWD"},
        {"100 kr.", {"", "www.dba.dk"}, "DKK"},
        {"100", {"UAH", ""}, "UAH"},
        {"£7", {"USD", "www.example.com"}, "GBP"},
    }));
    CAPTURE(row.text, row.context.host, row.context.currency);
    CHECK(parse_price(row.text, row.context).currency == row.currency);
}

TEST_CASE("price: a currency alone is recognised", "[extract][price]") {
    CHECK(currency_from("eur") == "EUR");
    CHECK(currency_from(" грн. ") == "UAH");
    CHECK(currency_from("UAH / грн") == "UAH");
    CHECK(currency_from("") == "");
    CHECK(currency_from("hello") == "");
}

TEST_CASE("price: long text and endless digits are no price", "[extract][price]") {
    CHECK(parse_price("$5" + std::string(500, 'x')).amount == "");
    CHECK(parse_price("$" + std::string(200, '9')).amount == "");
    CHECK(parse_price(std::string(300, '\xff')).amount == "");
}
