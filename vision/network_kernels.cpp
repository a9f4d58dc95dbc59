#include "vision/network_kernels.hpp"

#include <array>
#include <cstdlib>

#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#endif

namespace chiptrail::vision {

namespace kernels_base {
extern const Kernels kKernels;
}
#if defined(__x86_64__)
namespace kernels_avx2 {
extern const Kernels kKernels;
}
namespace kernels_avx512 {
extern const Kernels kKernels;
}
namespace kernels_bf16 {
extern const Kernels kKernels;
}
namespace kernels_amx {
extern const Kernels kKernels;
}
#endif

namespace {

#if defined(__x86_64__)

bool has_bfloat() {
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    constexpr unsigned kAvx512Bf16 = 1U << 5U;
    return __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) != 0 && (eax & kAvx512Bf16) != 0;
}

bool has_tiles() {
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    constexpr unsigned kTiles = (1U << 22U) | (1U << 24U);  // AMX-BF16 and AMX-TILE
    if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) == 0 || (edx & kTiles) != kTiles) {
        return false;
    }
#if defined(__linux__)
    // The kernel saves the tiles only of processes that ask (Documentation/arch/x86/xstate.rst).
    constexpr long kRequestPermission = 0x1023;
    constexpr long kTileData = 18;
    return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
    return false;
#endif
}

#endif

struct Usable {
    std::array<const Kernels*, 6> sets{};
    std::size_t count = 0;

    Usable() {
        sets[count++] = &kernels_base::kKernels;
#if defined(__x86_64__)
        if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0) {
            sets[count++] = &kernels_avx2::kKernels;
            if (__builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
                __builtin_cpu_supports("avx512dq") != 0 &&
                __builtin_cpu_supports("avx512vl") != 0) {
                add_wide();
            }
        }
#endif
    }

    [[nodiscard]] const Kernels* named(std::string_view name) const {
        for (std::size_t i = 0; i < count; ++i) {
            if (sets[i]->name == name) {
                return sets[i];
            }
        }
        return nullptr;
    }

#if defined(__x86_64__)
    void add_wide() {
        sets[count++] = &kernels_avx512::kKernels;
        if (has_bfloat()) {
            sets[count++] = &kernels_bf16::kKernels;
            if (has_tiles()) {
                sets[count++] = &kernels_amx::kKernels;
            }
        }
    }
#endif
};

const Usable& usable() {
    static const Usable kUsable;
    return kUsable;
}

}  // namespace

const Kernels& best_kernels() {
    static const Kernels& kBest = [&]() -> const Kernels& {
        const char* wanted = std::getenv("CHIPTRAIL_KERNELS");  // NOLINT(concurrency-mt-unsafe)
        const auto* named = wanted == nullptr ? nullptr : kernels_named(wanted);
        return named == nullptr ? *usable().sets[usable().count - 1] : *named;
    }();
    return kBest;
}

const Kernels* kernels_named(std::string_view name) {
    return usable().named(name);
}

const Kernels* const* usable_kernels() {
    return usable().sets.data();
}

}  // namespace chiptrail::vision
