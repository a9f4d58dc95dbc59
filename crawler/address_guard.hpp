#pragma once

// Which addresses a crawler that follows strangers' links may connect to: public ones.

#include "core/result.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chiptrail::crawler {

/// IPv4 is held as v4-mapped IPv6, so one comparison serves both.
using IpAddress = std::array<std::uint8_t, 16>;

/// Dotted or IPv6 text without brackets and zone; nullopt for anything else.
[[nodiscard]] std::optional<IpAddress> parse_ip(std::string_view text);

class AddressGuard {
public:
    /// `allowed` are CIDR blocks ("127.0.0.0/8", "::1/128") or single addresses.
    /// Failure::bad_input names the one that does not parse.
    [[nodiscard]] static core::Result<AddressGuard> make(const std::vector<std::string>& allowed);

    /// Why `address` must not be connected to ("loopback", "private"); nullopt when it may.
    /// v4-mapped, NAT64, 6to4 and Teredo addresses are judged by the IPv4 address inside.
    [[nodiscard]] std::optional<std::string_view> refusal(const IpAddress& address) const;

private:
    struct Block {
        IpAddress address{};
        int bits = 128;
    };
    static std::optional<Block> parse_block(std::string_view text);

    std::vector<Block> allowed_;
};

}  // namespace chiptrail::crawler
