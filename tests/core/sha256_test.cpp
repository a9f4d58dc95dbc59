#include "core/sha256.hpp"

#include <catch2/catch.hpp>

#include <string>

using chiptrail::core::Sha256;
using chiptrail::core::sha256;
using chiptrail::core::Sha256Hasher;

TEST_CASE("sha256: the vectors of FIPS 180-4 come out", "[core][sha256]") {
    CHECK(sha256("").hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256("abc").hex() ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("sha256: bytes in pieces give the digest of the whole", "[core][sha256]") {
    const std::string bytes(100'003, 'x');
    Sha256Hasher hasher;
    hasher.update(std::string_view(bytes).substr(0, 64));
    hasher.update(std::string_view(bytes).substr(64));

    CHECK(hasher.finish() == sha256(bytes));
}

TEST_CASE("sha256: hexadecimal text reads back, anything else does not", "[core][sha256]") {
    const auto digest = sha256("abc");

    CHECK(Sha256::from_hex(digest.hex()) == digest);
    CHECK_FALSE(Sha256::from_hex("ba78"));
    CHECK_FALSE(Sha256::from_hex(std::string(64, 'g')));
}
