#pragma once

// Time that moves only when a test says so.

#include "core/time.hpp"

#include <chrono>

namespace chiptrail::tests {

class FakeClock final : public core::Clock {
public:
    [[nodiscard]] core::Timestamp now() const override {
        return now_;
    }
    [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const override {
        return std::chrono::steady_clock::time_point(now_.time_since_epoch());
    }
    void advance(std::chrono::milliseconds by) {
        now_ += by;
    }
    void set(core::Timestamp now) {
        now_ = now;
    }

private:
    core::Timestamp now_{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};
};

}  // namespace chiptrail::tests
