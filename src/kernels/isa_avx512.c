/* isa_avx512.c - the kernels for AVX-512 F, BW, DQ, VL */
#define LN_ISA_NAME avx512
#include "vec_avx512.h"
#include "ops.h"
