#include "vision/conv_kernels.hpp"

#include <array>

namespace chiptrail::vision::planar {

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
#endif

namespace {

struct Usable {
    std::array<const Kernels*, 4> sets{};
    std::size_t count = 0;

    Usable() {
        sets[count++] = &kernels_base::kKernels;
#if defined(__x86_64__)
        if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0) {
            sets[count++] = &kernels_avx2::kKernels;
            if (__builtin_cpu_supports("avx512f") != 0) {
                sets[count++] = &kernels_avx512::kKernels;
            }
        }
#endif
    }
};

const Usable& usable() {
    static const Usable kUsable;
    return kUsable;
}

}  // namespace

const Kernels& best_kernels() {
    return *usable().sets[usable().count - 1];
}

const Kernels* const* usable_kernels() {
    return usable().sets.data();
}

}  // namespace chiptrail::vision::planar
