#define CHIPTRAIL_KERNELS kernels_avx2
#define CHIPTRAIL_KERNELS_NAME "avx2"
#define CHIPTRAIL_VECTOR_BYTES 32
#include "vision/network_kernels.inc"
