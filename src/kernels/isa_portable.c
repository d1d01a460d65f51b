/* isa_portable.c - the kernels for any 128-bit vector unit: the SSE4.1 vocabulary through SIMDe */
#define LN_ISA_NAME portable
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/sse4.1.h>
#include "vec_sse41.h"
#include "ops.h"
