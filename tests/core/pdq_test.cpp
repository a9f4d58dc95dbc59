#include "core/pdq.hpp"

#include <catch2/catch.hpp>

using chiptrail::core::distance;
using chiptrail::core::Pdq;
using chiptrail::core::PdqHash;

TEST_CASE("pdq: a hash is written with its highest bit first", "[core][pdq]") {
    PdqHash hash;
    hash.words[0] = 1;
    hash.words[3] = std::uint64_t{1} << 63U;
    const auto text = "8" + std::string(62, '0') + "1";
    CHECK(hash.hex() == text);
    CHECK(PdqHash::from_hex(text) == hash);
    CHECK(PdqHash::from_hex(std::string(64, 'A'))->hex() == std::string(64, 'a'));
}

TEST_CASE("pdq: what is no hash is not read as one", "[core][pdq]") {
    const std::string digits(64, '7');
    CHECK_FALSE(PdqHash::from_hex(""));
    CHECK_FALSE(PdqHash::from_hex(digits.substr(1)));
    CHECK_FALSE(PdqHash::from_hex(digits + "7"));
    CHECK_FALSE(PdqHash::from_hex(digits.substr(1) + "g"));
    CHECK_FALSE(PdqHash::from_hex("-" + digits.substr(1)));
    const auto bad = GENERATE(as<std::string>{},
                              "pdq:",
                              "dct64:00ff",
                              "pdq:%",
                              "pdq:%:",
                              "pdq:%:101",
                              "pdq:%:-1",
                              "pdq:%:5x",
                              "pdq:%/50");
    auto text = bad;
    if (const auto at = text.find('%'); at != std::string::npos) {
        text.replace(at, 1, digits);
    }
    CAPTURE(text);
    CHECK_FALSE(Pdq::from_text(text));
}

TEST_CASE("pdq: distance counts differing bits", "[core][pdq]") {
    const auto zeros = *PdqHash::from_hex(std::string(64, '0'));
    const auto ones = *PdqHash::from_hex(std::string(64, 'f'));
    auto one_bit = zeros;
    one_bit.words[2] = 8;
    CHECK(distance(zeros, zeros) == 0);
    CHECK(distance(zeros, one_bit) == 1);
    CHECK(distance(zeros, ones) == 256);
}

TEST_CASE("pdq: hash and quality survive as text", "[core][pdq]") {
    const Pdq pdq{*PdqHash::from_hex(std::string(63, '3') + "c"), 87};
    CHECK(pdq.text() == "pdq:" + std::string(63, '3') + "c:87");
    CHECK(Pdq::from_text(pdq.text()) == pdq);
}
