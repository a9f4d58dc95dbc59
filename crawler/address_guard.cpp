#include "crawler/address_guard.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace chiptrail::crawler {

namespace {

struct Reserved {
    const char* address;
    int bits;
    std::string_view why;
};

/// The IANA special-purpose registries, as far as an address in them is no public host.
constexpr std::array<Reserved, 16> kReservedIpv4 = {{
    {"0.0.0.0", 8, "this network"},
    {"10.0.0.0", 8, "private"},
    {"100.64.0.0", 10, "carrier-grade NAT"},
    {"127.0.0.0", 8, "loopback"},
    {"169.254.0.0", 16, "link-local, where clouds keep their metadata"},
    {"172.16.0.0", 12, "private"},
    {"192.0.0.0", 24, "reserved"},
    {"192.0.2.0", 24, "documentation"},
    {"192.88.99.0", 24, "reserved"},
    {"192.168.0.0", 16, "private"},
    {"198.18.0.0", 15, "benchmarking"},
    {"198.51.100.0", 24, "documentation"},
    {"203.0.113.0", 24, "documentation"},
    {"224.0.0.0", 4, "multicast"},
    {"240.0.0.0", 4, "reserved"},
    {"168.63.129.16", 32, "a cloud's metadata service"},
}};

constexpr std::array<Reserved, 10> kReservedIpv6 = {{
    {"::", 128, "unspecified"},
    {"::1", 128, "loopback"},
    {"64:ff9b:1::", 48, "local NAT64"},
    {"100::", 64, "discard"},
    {"2001:db8::", 32, "documentation"},
    {"3fff::", 20, "documentation"},
    {"fc00::", 7, "private"},
    {"fe80::", 10, "link-local"},
    {"fec0::", 10, "site-local"},
    {"ff00::", 8, "multicast"},
}};

constexpr int kIpv4Offset = 96;  ///< bits before the IPv4 address in a v4-mapped one

bool is_in(const IpAddress& address, const IpAddress& block, int bits) {
    const auto whole = static_cast<std::size_t>(bits / 8);
    if (!std::equal(
            address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole), block.begin())) {
        return false;
    }
    const unsigned rest = static_cast<unsigned>(bits % 8);
    return rest == 0 || (address[whole] >> (8U - rest)) == (block[whole] >> (8U - rest));
}

bool is_in(const IpAddress& address, const char* block, int bits) {
    return is_in(address, parse_ip(block).value_or(IpAddress{}), bits);
}

IpAddress mapped(const std::uint8_t* ipv4) {
    IpAddress address{};
    address[10] = address[11] = 0xFF;
    std::copy_n(ipv4, 4, address.begin() + 12);
    return address;
}

/// Addresses through which an IPv4 host is reached by way of IPv6.
std::optional<IpAddress> embedded_ipv4(const IpAddress& address) {
    if (is_in(address, "64:ff9b::", 96) || is_in(address, "::", 96)) {
        return mapped(&address[12]);
    }
    if (is_in(address, "2002::", 16)) {
        return mapped(&address[2]);
    }
    if (is_in(address, "2001::", 32)) {
        // RFC 4380, 4: the client's address with every bit inverted.
        const std::array<std::uint8_t, 4> client = {static_cast<std::uint8_t>(~address[12]),
                                                    static_cast<std::uint8_t>(~address[13]),
                                                    static_cast<std::uint8_t>(~address[14]),
                                                    static_cast<std::uint8_t>(~address[15])};
        return mapped(client.data());
    }
    return std::nullopt;
}

std::optional<std::string_view> reserved(const IpAddress& address) {
    if (is_in(address, "::ffff:0:0", kIpv4Offset)) {
        for (const auto& block : kReservedIpv4) {
            if (is_in(address, block.address, kIpv4Offset + block.bits)) {
                return block.why;
            }
        }
        return std::nullopt;
    }
    for (const auto& block : kReservedIpv6) {
        if (is_in(address, block.address, block.bits)) {
            return block.why;
        }
    }
    const auto inner = embedded_ipv4(address);
    return inner ? reserved(*inner) : std::nullopt;
}

}  // namespace

std::optional<IpAddress> parse_ip(std::string_view text) {
    const std::string terminated(text);
    std::array<std::uint8_t, 4> ipv4{};
    if (inet_pton(AF_INET, terminated.c_str(), ipv4.data()) == 1) {
        return mapped(ipv4.data());
    }
    IpAddress address{};
    if (inet_pton(AF_INET6, terminated.c_str(), address.data()) == 1) {
        return address;
    }
    return std::nullopt;
}

std::optional<AddressGuard::Block> AddressGuard::parse_block(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = parse_ip(text.substr(0, slash));
    if (!address) {
        return std::nullopt;
    }
    const int offset = text.find(':') == std::string_view::npos ? kIpv4Offset : 0;
    int bits = 128 - offset;
    if (slash != std::string_view::npos) {
        const auto digits = text.substr(slash + 1);
        const auto* const end = digits.data() + digits.size();
        const auto read = std::from_chars(digits.data(), end, bits);
        if (read.ec != std::errc{} || read.ptr != end || bits < 0 || bits > 128 - offset) {
            return std::nullopt;
        }
    }
    return Block{*address, bits + offset};
}

core::Result<AddressGuard> AddressGuard::make(const std::vector<std::string>& allowed) {
    AddressGuard guard;
    for (const auto& text : allowed) {
        const auto block = parse_block(text);
        if (!block) {
            return core::fail(core::Failure::Kind::bad_input,
                              fmt::format("'{}' is neither an IP address nor a block such as "
                                          "127.0.0.0/8 or ::1/128",
                                          text));
        }
        guard.allowed_.push_back(*block);
    }
    return guard;
}

std::optional<std::string_view> AddressGuard::refusal(const IpAddress& address) const {
    const bool allowed = std::ranges::any_of(allowed_, [&address](const Block& block) {
        return is_in(address, block.address, block.bits);
    });
    return allowed ? std::nullopt : reserved(address);
}

}  // namespace chiptrail::crawler
