/* isa_neon.c - the kernels for AArch64 NEON; on x86, for the tests, through SIMDe */
#define LN_ISA_NAME neon
#ifdef __aarch64__
#include <arm_neon.h>
#else
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/arm/neon.h>
#endif
#include "vec_neon.h"
#include "ops.h"
