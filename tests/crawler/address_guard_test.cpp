#include "crawler/address_guard.hpp"

#include <catch2/catch.hpp>

#include <string>

using chiptrail::crawler::AddressGuard;
using chiptrail::crawler::parse_ip;

namespace {

std::string refusal(const AddressGuard& guard, const std::string& address) {
    const auto ip = parse_ip(address);
    REQUIRE(ip);
    return std::string(guard.refusal(*ip).value_or("allowed"));
}

}  // namespace

TEST_CASE("address guard: only public addresses may be connected to", "[crawler][guard]") {
    struct Row {
        const char* address;
        const char* refusal;
    };
    const auto row = GENERATE(values<Row>({
        {"1.1.1.1", "allowed"},
        {"172.15.255.255", "allowed"},
        {"172.32.0.1", "allowed"},
        {"100.63.255.255", "allowed"},
        {"2606:4700::1111", "allowed"},
        {"::ffff:1.1.1.1", "allowed"},
        {"64:ff9b::1.1.1.1", "allowed"},
        {"127.0.0.1", "loopback"},
        {"127.255.0.9", "loopback"},
        {"0.0.0.0", "this network"},
        {"10.1.2.3", "private"},
        {"172.16.0.1", "private"},
        {"172.31.255.255", "private"},
        {"192.168.1.1", "private"},
        {"100.64.0.1", "carrier-grade NAT"},
        {"100.127.255.255", "carrier-grade NAT"},
        {"169.254.169.254", "link-local, where clouds keep their metadata"},
        {"224.0.0.1", "multicast"},
        {"255.255.255.255", "reserved"},
        {"::1", "loopback"},
        {"::", "unspecified"},
        {"::ffff:127.0.0.1", "loopback"},
        {"::127.0.0.1", "loopback"},
        {"64:ff9b::10.0.0.1", "private"},
        {"2002:7f00:1::", "loopback"},
        {"2001:0:0:0:0:0:80ff:fffe", "loopback"},
        {"fd00:ec2::254", "private"},
        {"fe80::1", "link-local"},
        {"ff02::1", "multicast"},
    }));
    CAPTURE(row.address);

    CHECK(refusal(AddressGuard::make({}).value(), row.address) == row.refusal);
}

TEST_CASE("address guard: blocks that were allowed are, and nothing beside them",
          "[crawler][guard]") {
    const auto guard = AddressGuard::make({"127.0.0.0/8", "::1/128", "10.2.3.4", "192.168.4.0/22"});
    REQUIRE(guard);
    CHECK(refusal(*guard, "127.9.9.9") == "allowed");
    CHECK(refusal(*guard, "::ffff:127.0.0.1") == "allowed");
    CHECK(refusal(*guard, "::1") == "allowed");
    CHECK(refusal(*guard, "10.2.3.4") == "allowed");
    CHECK(refusal(*guard, "10.2.3.5") == "private");
    CHECK(refusal(*guard, "192.168.7.255") == "allowed");
    CHECK(refusal(*guard, "192.168.8.0") == "private");
}

TEST_CASE("address guard: a block that does not parse is named", "[crawler][guard]") {
    const auto* const text = GENERATE("localhost",
                                      "127.0.0.1/33",
                                      "::1/129",
                                      "10.0.0.0/",
                                      "",
                                      "1/8",
                                      "10.0.0.0/8x",
                                      "10.0.0.0/-1");
    CAPTURE(text);

    const auto guard = AddressGuard::make({text});
    REQUIRE_FALSE(guard);
    CHECK_THAT(guard.error().detail, Catch::Contains(text));
}
