#pragma once

// SHA-256 (FIPS 180-4): the name of every stored byte sequence.

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace chiptrail::core {

struct Sha256 {
    std::array<std::uint8_t, 32> bytes{};

    /// 64 lower-case hexadecimal digits.
    [[nodiscard]] std::string hex() const;
    /// Accepts exactly 64 hexadecimal digits of either case.
    [[nodiscard]] static std::optional<Sha256> from_hex(std::string_view text);

    friend auto operator<=>(const Sha256&, const Sha256&) = default;
};

[[nodiscard]] Sha256 sha256(std::string_view bytes);

/// For bytes that come in pieces. Not for sharing between threads.
class Sha256Hasher {
public:
    Sha256Hasher();
    ~Sha256Hasher();
    Sha256Hasher(const Sha256Hasher&) = delete;
    Sha256Hasher& operator=(const Sha256Hasher&) = delete;
    Sha256Hasher(Sha256Hasher&&) noexcept;
    Sha256Hasher& operator=(Sha256Hasher&&) noexcept;

    void update(std::string_view bytes);
    /// The hasher is spent afterwards.
    [[nodiscard]] Sha256 finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chiptrail::core
