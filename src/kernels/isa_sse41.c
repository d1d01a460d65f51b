/* isa_sse41.c - the kernels for SSE4.1 */
#define LN_ISA_NAME sse41
#include <smmintrin.h>
#include "vec_sse41.h"
#include "ops.h"
