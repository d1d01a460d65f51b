/* isa_neon.c - the kernels for AArch64 NEON; on x86, for the tests, through SIMDe, which goes by the flags of the file */
#include "build.h"

#if LN_WITH_NEON
#define LN_ISA_NAME neon
#ifdef __aarch64__
#include "isa_wide.h"
#include <arm_neon.h>
#else
#include "isa_small.h"
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/arm/neon.h>
#endif
#include "vec_neon.h"
#include LN_OPS
#include "isa_end.h"
#endif
