/* isa_sse41.c - the kernels for SSE4.1 */
#include "build.h"

#if LN_WITH_X86
#define LN_ISA_NAME sse41
#include "isa_small.h"
#if defined(__clang__)
#define LN_ISA_TARGETED
#pragma clang attribute push(__attribute__((target("sse4.1"))), apply_to = function)
#else
#pragma GCC target ("sse4.1")
#endif
#include <smmintrin.h>
#include "vec_sse41.h"
#include LN_OPS
#include "isa_end.h"
#endif
