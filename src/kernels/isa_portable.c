/* isa_portable.c - the kernels for any 128-bit vector unit: the SSE4.1 vocabulary through SIMDe */
#include "build.h"

#if LN_WITH_PORTABLE
#define LN_ISA_NAME portable
#include "isa_small.h"
#define SIMDE_ENABLE_NATIVE_ALIASES
#define simde_math_roundevenf(v) rintf(v)	/* SIMDe takes roundevenf, which musl and others do not have */
#include <simde/x86/sse4.1.h>
#include "vec_sse41.h"
#include LN_OPS
#include "isa_end.h"
#endif
