/* isa_sve.c - the kernels for AArch64 SVE, at any vector length */
#include "build.h"

#if LN_WITH_SVE
#define LN_ISA_NAME sve
#include "isa_wide.h"
#if defined(__clang__)
#define LN_ISA_TARGETED
#pragma clang attribute push(__attribute__((target("sve"))), apply_to = function)
#else
#pragma GCC target ("+sve")
#endif
#include "vec_sve.h"
#include LN_OPS
#include "isa_end.h"
#endif
