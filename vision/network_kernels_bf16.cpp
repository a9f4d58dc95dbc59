#define CHIPTRAIL_KERNELS kernels_bf16
#define CHIPTRAIL_KERNELS_NAME "bf16"
#define CHIPTRAIL_VECTOR_BYTES 64
#define CHIPTRAIL_BFLOAT
#include "vision/network_kernels.inc"
