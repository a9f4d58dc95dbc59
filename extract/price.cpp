#include "extract/price.hpp"

#include "core/text.hpp"
#include "extract/utf8_scan.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace chiptrail::extract {

namespace {

constexpr std::size_t kMaxLength = 400;
constexpr std::size_t kMaxDigits = 18;

struct Marker {
    std::string_view text;  ///< lower case
    std::string_view code;  ///< ISO 4217, or "$", "kr", "¥", "元" where the context decides
};

// Longer markers stand before the shorter ones that they begin with.
constexpr std::array kMarkers = std::to_array<Marker>({
    {"u.s. $", "USD"}, {"us $", "USD"},   {"us$", "USD"},    {"usd", "USD"},  {"hk $", "HKD"},
    {"hk$", "HKD"},    {"hkd", "HKD"},    {"nt $", "TWD"},   {"nt$", "TWD"},  {"ntd", "TWD"},
    {"twd", "TWD"},    {"新台幣", "TWD"}, {"新臺幣", "TWD"}, {"r$", "BRL"},   {"brl", "BRL"},
    {"sg$", "SGD"},    {"s$", "SGD"},     {"sgd", "SGD"},    {"au $", "AUD"}, {"au$", "AUD"},
    {"a$", "AUD"},     {"aud", "AUD"},    {"ca $", "CAD"},   {"ca$", "CAD"},  {"c $", "CAD"},
    {"c$", "CAD"},     {"cad", "CAD"},    {"nz$", "NZD"},    {"nzd", "NZD"},  {"mx$", "MXN"},
    {"mex$", "MXN"},   {"mxn", "MXN"},    {"ars", "ARS"},    {"clp", "CLP"},  {"cop", "COP"},
    {"mop$", "MOP"},   {"mop", "MOP"},    {"s/.", "PEN"},    {"s/", "PEN"},   {"pen", "PEN"},
    {"$", "$"},        {"€", "EUR"},      {"euros", "EUR"},  {"euro", "EUR"}, {"eur", "EUR"},
    {"£", "GBP"},      {"gbp", "GBP"},    {"¥", "¥"},        {"￥", "¥"},     {"元", "元"},
    {"圓", "元"},      {"圆", "元"},      {"人民币", "CNY"}, {"cny", "CNY"},  {"rmb", "CNY"},
    {"cn¥", "CNY"},    {"円", "JPY"},     {"jp¥", "JPY"},    {"jpy", "JPY"},  {"yen", "JPY"},
    {"₩", "KRW"},      {"원", "KRW"},     {"krw", "KRW"},    {"rm", "MYR"},   {"myr", "MYR"},
    {"rp.", "IDR"},    {"rp", "IDR"},     {"idr", "IDR"},    {"₫", "VND"},    {"vnđ", "VND"},
    {"vnd", "VND"},    {"đồng", "VND"},   {"đ", "VND"},      {"฿", "THB"},    {"บาท", "THB"},
    {"thb", "THB"},    {"₹", "INR"},      {"rs.", "INR"},    {"rs", "INR"},   {"inr", "INR"},
    {"₱", "PHP"},      {"php", "PHP"},    {"грн", "UAH"},    {"₴", "UAH"},    {"uah", "UAH"},
    {"₽", "RUB"},    {"рублей", "RUB"}, {"рубля", "RUB"},  {"руб", "RUB"},  {"р.", "RUB"},
    {"rub", "RUB"},    {"zł", "PLN"},     {"pln", "PLN"},    {"kč", "CZK"},   {"czk", "CZK"},
    {"ft", "HUF"},     {"huf", "HUF"},    {"lei", "RON"},    {"ron", "RON"},  {"лв", "BGN"},
    {"bgn", "BGN"},    {"sek", "SEK"},    {"nok", "NOK"},    {"dkk", "DKK"},  {"isk", "ISK"},
    {"kr.", "kr"},     {"kr", "kr"},      {"₪", "ILS"},      {"ils", "ILS"},  {"nis", "ILS"},
    {"₺", "TRY"},      {"tl", "TRY"},     {"try", "TRY"},    {"chf", "CHF"},  {"sfr", "CHF"},
    {"aed", "AED"},    {"د.إ", "AED"},    {"sar", "SAR"},    {"ر.س", "SAR"},  {"₦", "NGN"},
    {"ngn", "NGN"},    {"₸", "KZT"},      {"тг", "KZT"},     {"kzt", "KZT"},  {"zar", "ZAR"},
    {"kwd", "KWD"},    {"bhd", "BHD"},    {"omr", "OMR"},    {"jod", "JOD"},  {"tnd", "TND"},
    {"egp", "EGP"},    {"pkr", "PKR"},    {"bdt", "BDT"},    {"৳", "BDT"},    {"lkr", "LKR"},
    {"gel", "GEL"},    {"₾", "GEL"},    {"byn", "BYN"},
});

struct Scale {
    std::string_view word;
    int zeros;
    bool alone;  ///< must not touch another word letter
};

constexpr std::array kScales = std::to_array<Scale>({
    {"万", 4, false},   {"萬", 4, false},   {"만", 4, false},     {"億", 8, false},
    {"亿", 8, false},   {"억", 8, false},   {"千", 3, false},     {"k", 3, true},
    {"juta", 6, true},  {"jt", 6, true},    {"ribu", 3, true},    {"rb", 3, true},
    {"triệu", 6, true}, {"tr", 6, true},    {"lakhs", 5, true},   {"lakh", 5, true},
    {"lac", 5, true},   {"crore", 7, true}, {"million", 6, true}, {"mio", 6, true},
    {"тыс", 3, true},   {"млн", 6, true},   {"nghìn", 3, true},
});

struct Country {
    std::string_view domain;
    std::string_view currency;
};

constexpr std::array kCountries = std::to_array<Country>({
    {"us", "USD"}, {"hk", "HKD"}, {"tw", "TWD"}, {"br", "BRL"}, {"sg", "SGD"}, {"au", "AUD"},
    {"ca", "CAD"}, {"nz", "NZD"}, {"mx", "MXN"}, {"ar", "ARS"}, {"cl", "CLP"}, {"mo", "MOP"},
    {"pe", "PEN"}, {"uk", "GBP"}, {"cn", "CNY"}, {"jp", "JPY"}, {"kr", "KRW"}, {"my", "MYR"},
    {"id", "IDR"}, {"vn", "VND"}, {"th", "THB"}, {"in", "INR"}, {"ph", "PHP"}, {"ua", "UAH"},
    {"ru", "RUB"}, {"pl", "PLN"}, {"cz", "CZK"}, {"hu", "HUF"}, {"ro", "RON"}, {"se", "SEK"},
    {"no", "NOK"}, {"dk", "DKK"}, {"is", "ISK"}, {"il", "ILS"}, {"tr", "TRY"}, {"ch", "CHF"},
    {"ae", "AED"}, {"sa", "SAR"}, {"ng", "NGN"}, {"kz", "KZT"}, {"za", "ZAR"}, {"by", "BYN"},
    {"de", "EUR"}, {"fr", "EUR"}, {"it", "EUR"}, {"es", "EUR"}, {"nl", "EUR"}, {"be", "EUR"},
    {"at", "EUR"}, {"ie", "EUR"}, {"pt", "EUR"}, {"fi", "EUR"}, {"gr", "EUR"}, {"sk", "EUR"},
    {"si", "EUR"}, {"ee", "EUR"}, {"lv", "EUR"}, {"lt", "EUR"}, {"lu", "EUR"}, {"hr", "EUR"},
});

constexpr std::array<std::string_view, 21> kFree{
    "free",     "gratis",    "免费", "免費",   "kostenlos",   "zu verschenken", "gratuit",
    "gratuito", "бесплатно", "무료", "даром",  "безкоштовно", "miễn phí",       "za darmo",
    "無料",     "ücretsiz",  "ฟรี",   "zdarma", "à donner",    "percuma",        "ingyen"};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool one_of(std::string_view code, std::initializer_list<std::string_view> codes) {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

/// The first of hint and host that `allowed` has, else `otherwise`.
std::string choose(const PriceContext& context,
                   std::initializer_list<std::string_view> allowed,
                   std::string_view otherwise) {
    if (one_of(context.currency, allowed)) {
        return std::string(context.currency);
    }
    const auto by_host = currency_of_host(context.host);
    return one_of(by_host, allowed) ? by_host : std::string(otherwise);
}

std::string resolve(std::string_view code, const PriceContext& context) {
    if (code == "$") {
        return choose(context,
                      {"USD",
                       "CAD",
                       "AUD",
                       "NZD",
                       "SGD",
                       "HKD",
                       "TWD",
                       "MXN",
                       "ARS",
                       "CLP",
                       "COP",
                       "BRL",
                       "MOP"},
                      "USD");
    }
    if (code == "kr") {
        return choose(context, {"SEK", "NOK", "DKK", "ISK"}, "");
    }
    if (code == "¥") {
        return choose(context, {"CNY", "JPY"}, "CNY");
    }
    if (code == "元") {
        return choose(context, {"CNY", "TWD", "HKD", "MOP", "JPY"}, "CNY");
    }
    return std::string(code);
}

struct Number {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string amount;
};

struct Symbol {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string_view code;
};

struct Tokens {
    std::vector<Number> numbers;
    std::vector<Symbol> symbols;
};

bool three_digits_at(std::string_view text, std::size_t at) {
    return at + 3 <= text.size() && is_digit(text[at]) && is_digit(text[at + 1]) &&
           is_digit(text[at + 2]) && (at + 3 == text.size() || !is_digit(text[at + 3]));
}

/// Length of the separator at `at` when digits go on behind it; 0 when the number ends.
std::size_t separator_length(std::string_view text, std::size_t at, std::size_t digits_before) {
    const char c = text[at];
    if ((c == '.' || c == ',') && at + 1 < text.size() && is_digit(text[at + 1])) {
        return 1;
    }
    const bool grouping_possible = digits_before >= 1 && digits_before <= 3;
    if ((c == ' ' || c == '\'') && grouping_possible && three_digits_at(text, at + 1)) {
        return 1;
    }
    constexpr std::string_view kApostrophe = "’";
    if (text.substr(at).starts_with(kApostrophe) &&
        three_digits_at(text, at + kApostrophe.size())) {
        return kApostrophe.size();
    }
    return 0;
}

/// Whether the one separator of `digits_before`.`digits_after` marks decimals.
bool single_is_decimal(char separator,
                       std::size_t digits_before,
                       std::size_t digits_after,
                       std::string_view leading,
                       std::string_view currency) {
    if (digits_after != 3) {
        return true;
    }
    if (leading == "0" || digits_before > 3) {
        return true;
    }
    return separator == '.' && one_of(currency, {"KWD", "BHD", "OMR", "JOD", "TND"});
}

/// "1.299,00" and "1,299.00" both to "1299.00".
std::string decimal_form(std::string_view number, std::string_view currency) {
    const auto last = number.find_last_of(".,");
    std::size_t decimal = std::string_view::npos;
    if (last != std::string_view::npos) {
        const char separator = number[last];
        const bool repeated = number.find(separator) != last;
        const bool mixed =
            number.find_first_of(separator == '.' ? "," : ".") != std::string_view::npos;
        const bool grouped_otherwise = number.find_first_of(" '") != std::string_view::npos;
        const auto before = number.substr(0, last);
        if (!repeated &&
            (mixed || grouped_otherwise ||
             single_is_decimal(separator, last, number.size() - last - 1, before, currency))) {
            decimal = last;
        }
    }
    std::string out;
    for (std::size_t i = 0; i < number.size(); ++i) {
        if (i == decimal) {
            out += '.';
        } else if (is_digit(number[i])) {
            out += number[i];
        }
    }
    const auto whole = std::min(out.find('.'), out.size());
    std::size_t zeros = 0;
    while (zeros + 1 < whole && out[zeros] == '0') {
        ++zeros;
    }
    return out.substr(zeros);
}

/// "1.5" times 10^4 is "15000".
std::string scaled(std::string amount, int zeros) {
    auto point = amount.find('.');
    if (point == std::string::npos) {
        return amount == "0" ? amount : amount + std::string(static_cast<std::size_t>(zeros), '0');
    }
    std::string fraction = amount.substr(point + 1);
    amount.resize(point);
    while (zeros > 0) {
        amount += fraction.empty() ? '0' : fraction.front();
        if (!fraction.empty()) {
            fraction.erase(0, 1);
        }
        --zeros;
    }
    while (amount.size() > 1 && amount.front() == '0') {
        amount.erase(0, 1);
    }
    return fraction.empty() ? amount : amount + "." + fraction;
}

/// 15萬, 15 k: the scale word behind a number, and where it ends.
std::pair<int, std::size_t> scale_after(std::string_view text, std::size_t at) {
    const std::size_t start = at < text.size() && text[at] == ' ' ? at + 1 : at;
    for (const auto& scale : kScales) {
        if (!text.substr(start).starts_with(scale.word)) {
            continue;
        }
        const auto end = start + scale.word.size();
        const bool ends = end == text.size() || !is_word_letter(code_point_at(text, end).value);
        if (!scale.alone || ends) {
            return {scale.zeros, end};
        }
    }
    return {0, at};
}

std::size_t read_number(std::string_view text,
                        std::size_t at,
                        std::string_view currency,
                        std::vector<Number>& numbers) {
    const auto begin = at;
    std::string written;
    std::size_t digits = 0;
    std::size_t run = 0;
    while (at < text.size()) {
        if (is_digit(text[at])) {
            written += text[at++];
            ++digits;
            ++run;
            continue;
        }
        const auto length = separator_length(text, at, run);
        if (length == 0) {
            break;
        }
        written += length == 1 ? text[at] : '\'';
        at += length;
        run = 0;
    }
    if (digits > kMaxDigits) {
        return at;
    }
    const auto [zeros, end] = scale_after(text, at);
    const bool percent = text.substr(at).starts_with("%") || text.substr(at).starts_with(" %");
    if (!percent) {
        numbers.push_back({begin, end, scaled(decimal_form(written, currency), zeros)});
    }
    return end;
}

/// A marker written in letters must not be part of a longer word.
bool ends_are_free(std::string_view text, std::size_t begin, std::size_t end) {
    std::size_t last = end - 1;
    while (last > begin && (static_cast<unsigned char>(text[last]) & 0xc0) == 0x80) {
        --last;
    }
    const bool left =
        !is_word_letter(code_point_at(text, begin).value) || stands_alone(text, begin, text.size());
    const bool right = !is_word_letter(code_point_at(text, last).value) ||
                       stands_alone(text.substr(begin), 0, end - begin);
    return left && right;
}

std::optional<Symbol> symbol_at(std::string_view text, std::size_t at) {
    for (const auto& marker : kMarkers) {
        const auto end = at + marker.text.size();
        if (text.substr(at).starts_with(marker.text) && ends_are_free(text, at, end)) {
            return Symbol{at, end, marker.code};
        }
    }
    return std::nullopt;
}

Tokens tokens_of(std::string_view text, std::string_view currency) {
    Tokens tokens;
    for (std::size_t at = 0; at < text.size();) {
        if (is_digit(text[at])) {
            at = read_number(text, at, currency, tokens.numbers);
        } else if (const auto symbol = symbol_at(text, at)) {
            tokens.symbols.push_back(*symbol);
            at = symbol->end;
        } else {
            at += code_point_at(text, at).length;
        }
    }
    return tokens;
}

/// Only spaces, and what is written between a symbol and its number, stand in between.
bool touches(std::string_view text, std::size_t end, std::size_t begin) {
    const auto between = core::trim(text.substr(end, begin - end));
    return between.empty() || between == ":" || between == "." || between == "/" || between == "-";
}

const Symbol* symbol_of(std::string_view text, const Tokens& tokens, const Number& number) {
    const Symbol* found = nullptr;
    for (const auto& symbol : tokens.symbols) {
        if (symbol.end <= number.begin && touches(text, symbol.end, number.begin)) {
            return &symbol;
        }
        if (found == nullptr && symbol.begin >= number.end &&
            touches(text, number.end, symbol.begin)) {
            found = &symbol;
        }
    }
    return found;
}

bool is_range_mark(std::string_view between,
                   const Tokens& tokens,
                   std::size_t begin,
                   std::size_t end) {
    std::string left(between);
    for (const auto& symbol : tokens.symbols) {
        if (symbol.begin >= begin && symbol.end <= end) {
            const auto at = symbol.begin - begin;
            left.replace(at, symbol.end - symbol.begin, symbol.end - symbol.begin, ' ');
        }
    }
    const auto mark = core::trim(left);
    constexpr std::array<std::string_view, 13> kMarks{
        "-", "–", "—", "~", "〜", "～", "to", "bis", "à", "至", "до", "a", "…"};
    return std::find(kMarks.begin(), kMarks.end(), mark) != kMarks.end();
}

double value_of(const std::string& amount) {
    return std::stod(amount);
}

std::size_t price_number(std::string_view text, const Tokens& tokens) {
    for (std::size_t i = 0; i < tokens.numbers.size(); ++i) {
        if (symbol_of(text, tokens, tokens.numbers[i]) != nullptr) {
            return i;
        }
    }
    return 0;
}

bool is_free(std::string_view text) {
    while (!text.empty() && (text.back() == '!' || text.back() == '.' || text.back() == ' ')) {
        text.remove_suffix(1);
    }
    return std::find(kFree.begin(), kFree.end(), text) != kFree.end();
}

void read_amounts(std::string_view text,
                  const Tokens& tokens,
                  core::Price& price,
                  std::string_view& code) {
    auto chosen = price_number(text, tokens);
    const auto pair_at = [&](std::size_t first) {
        if (first + 1 >= tokens.numbers.size()) {
            return false;
        }
        const auto begin = tokens.numbers[first].end;
        const auto end = tokens.numbers[first + 1].begin;
        return is_range_mark(text.substr(begin, end - begin), tokens, begin, end);
    };
    // "149 - 159 €": the symbol touches the upper end only.
    if (chosen > 0 && pair_at(chosen - 1) &&
        symbol_of(text, tokens, tokens.numbers[chosen - 1]) == nullptr) {
        --chosen;
    }
    const auto& number = tokens.numbers[chosen];
    price.amount = number.amount;
    const auto* symbol = symbol_of(text, tokens, number);
    if (pair_at(chosen)) {
        const auto& upper = tokens.numbers[chosen + 1];
        if (value_of(upper.amount) > value_of(number.amount)) {
            price.amount_max = upper.amount;
        }
        if (symbol == nullptr) {
            symbol = symbol_of(text, tokens, upper);
        }
    }
    if (symbol == nullptr && tokens.symbols.size() == 1) {
        symbol = &tokens.symbols.front();
    }
    if (symbol != nullptr) {
        code = symbol->code;
    }
}

}  // namespace

core::Price parse_price(std::string_view text, const PriceContext& context) {
    core::Price price;
    text = core::trim(text);
    price.raw = std::string(clip_utf8(text, kMaxLength));
    if (text.size() > kMaxLength) {
        return price;
    }
    const auto plain = lower_case(plain_spaces_and_digits(text));
    if (is_free(plain)) {
        price.amount = "0";
        price.currency = std::string(context.currency);
        return price;
    }
    auto tokens = tokens_of(plain, context.currency);
    if (tokens.numbers.empty()) {
        return price;
    }
    std::string_view code;
    read_amounts(plain, tokens, price, code);
    price.currency = code.empty() ? std::string() : resolve(code, context);
    if (price.currency.empty()) {
        price.currency = std::string(context.currency);
    }
    return price;
}

std::string currency_from(std::string_view text, const PriceContext& context) {
    const auto plain = lower_case(plain_spaces_and_digits(clip_utf8(text, kMaxLength)));
    if (plain.empty()) {
        return {};
    }
    const auto symbol = symbol_at(plain, 0);
    if (symbol && (symbol->end == plain.size() || plain.substr(symbol->end) == ".")) {
        return resolve(symbol->code, context);
    }
    // "UAH / грн": a code with its word.
    for (const auto& found : tokens_of(plain, {}).symbols) {
        return resolve(found.code, context);
    }
    return {};
}

std::string currency_of_host(std::string_view host) {
    const auto dot = host.rfind('.');
    if (dot == std::string_view::npos) {
        return {};
    }
    const auto top = host.substr(dot + 1);
    for (const auto& country : kCountries) {
        if (core::equal_ignoring_case(top, country.domain)) {
            return std::string(country.currency);
        }
    }
    return {};
}

}  // namespace chiptrail::extract
