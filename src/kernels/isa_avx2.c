/* isa_avx2.c - the kernels for AVX2 with FMA */
#define LN_ISA_NAME avx2
#include "vec_avx2.h"
#include "ops.h"
