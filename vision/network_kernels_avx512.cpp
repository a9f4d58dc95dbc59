#define CHIPTRAIL_KERNELS kernels_avx512
#define CHIPTRAIL_KERNELS_NAME "avx512"
#define CHIPTRAIL_VECTOR_BYTES 64
#include "vision/network_kernels.inc"
