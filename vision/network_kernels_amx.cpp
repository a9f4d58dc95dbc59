#define CHIPTRAIL_KERNELS kernels_amx
#define CHIPTRAIL_KERNELS_NAME "amx"
#define CHIPTRAIL_VECTOR_BYTES 64
#define CHIPTRAIL_BFLOAT
#define CHIPTRAIL_TILES
#include "vision/network_kernels.inc"
