#define CHIPTRAIL_KERNELS kernels_base
#define CHIPTRAIL_KERNELS_NAME "plain"
#define CHIPTRAIL_VECTOR_BYTES 16
#include "vision/network_kernels.inc"
