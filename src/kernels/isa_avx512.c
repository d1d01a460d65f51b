/* isa_avx512.c - the kernels for AVX-512 F, BW, DQ, VL; for the tests, emulated in AVX2 */
#include "build.h"

#if LN_WITH_X86
#define LN_ISA_NAME avx512
#include "isa_wide.h"
#ifdef LN_WITH_EMULATED_AVX512
#if defined(__clang__)
#define LN_ISA_TARGETED
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,popcnt"))), apply_to = function)
#else
#pragma GCC target ("avx2,fma,f16c,popcnt")
#endif
#else
#if defined(__clang__)
#define LN_ISA_TARGETED
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,popcnt"))), apply_to = function)
#else
#pragma GCC target ("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,popcnt")
#endif
#endif
#include "vec_avx512.h"
#include LN_OPS
#include "isa_end.h"
#endif
