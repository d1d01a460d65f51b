/* isa_avx2.c - the kernels for AVX2 with FMA */
#include "build.h"

#if LN_WITH_X86
#define LN_ISA_NAME avx2
#include "isa_wide.h"
#if defined(__clang__)
#define LN_ISA_TARGETED
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,popcnt"))), apply_to = function)
#else
#pragma GCC target ("avx2,fma,f16c,popcnt")
#endif
#include "vec_avx2.h"
#include LN_OPS
#include "isa_end.h"
#endif
